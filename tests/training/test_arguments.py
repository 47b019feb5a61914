"""Arguments that do not fit are refused before the first iteration, each by its name."""

import math

import pytest
import torch
from torch import nn

import dlbook.nn as own_nn
import dlbook.optim as own_optim
from dlbook.training import EarlyStopping, evaluate, fit

BATCH = (torch.zeros(2, 2), torch.zeros(2, 1))


def wrong(model=None, optimizer=None, **changes):
    """Call fit with one thing wrong; nothing may have been computed before it is told."""
    model = nn.Linear(2, 1) if model is None else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1) if optimizer is None else optimizer
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    arguments = {"loader": [BATCH], "loss": nn.MSELoss(), "epochs": 1, "validation": [BATCH]}
    try:
        return fit(model, optimizer=optimizer, **arguments | changes)
    finally:
        assert calls == []


RESERVED = ["epoch", "train_loss", "validation_loss", "learning_rate", "num_iterations"]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"schedule": 3}, TypeError, r"schedule must be .* a method step\(\).*got 3"),
        ({"early_stopping": 3}, TypeError, "early_stopping must be an EarlyStopping.*got 3"),
        ({"clip_norm": "1"}, TypeError, "clip_norm must be a number, got '1'"),
        ({"clip_norm": True}, TypeError, "clip_norm must be a number, got True"),
        ({"clip_norm": math.nan}, ValueError, "clip_norm must be above 0 and finite, got nan"),
        ({"metrics": [1]}, TypeError, "metrics must be a dict of names and functions, got list"),
        ({"metrics": {"a": 1}}, TypeError, "got 'a': 1"),
        ({"metrics": {1: max}}, TypeError, "must have names as keys .* got 1"),
        *[({"metrics": {n: max}}, ValueError, f"cannot be called '{n}'") for n in RESERVED],
        ({"device": "banana"}, ValueError, "device='banana' is not available; here there is cpu"),
        ({"device": 3}, TypeError, "device must be a torch.device or a text .* got 3"),
        ({"device": "meta"}, ValueError, "device='meta' has shapes but no numbers"),
        ({"device": "cuda:77"}, ValueError, "device='cuda:77' is not available"),
        ({"checkpoint": 3}, TypeError, "checkpoint must be the path of a file, got 3"),
        ({"resume": "no"}, TypeError, "resume must be True or False, got 'no'"),
        ({"model": nn.Linear(2, 1, device="meta")}, ValueError, "is on the device 'meta'"),
    ],
)
def test_it_is_named(changes, error, message):
    with pytest.raises(error, match=message):
        wrong(**changes)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="device='cuda' is not available; here there is cpu"):
        wrong(device="cuda")


@pytest.mark.parametrize("package", [torch.optim.lr_scheduler, own_optim])
def test_a_schedule_of_another_optimizer_is_refused(package):
    model = nn.Linear(2, 1)
    one, other = (torch.optim.SGD(model.parameters(), lr=0.1) for _ in range(2))
    with pytest.raises(ValueError, match="the schedule, StepLR, was made for another optimizer"):
        wrong(model, one, schedule=package.StepLR(other, 1))


def test_a_schedule_without_a_state_cannot_be_in_a_checkpoint(tmp_path):
    class Bare:
        def step(self):
            pass

    with pytest.raises(
        TypeError, match=r"needs a schedule with state_dict\(\).*which Bare has not"
    ):
        wrong(schedule=Bare(), checkpoint=tmp_path / "run.safetensors")


def test_an_optimizer_that_needs_a_closure_is_refused():
    model = nn.Linear(2, 1)
    with pytest.raises(ValueError, match="LBFGS computes the loss several times a step"):
        wrong(model, torch.optim.LBFGS(model.parameters()))


def test_a_loss_without_a_graph_is_named():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="does not depend on the parameters of the Linear"):
        fit(model, [BATCH], lambda out, y: out.detach().mean(), optimizer, epochs=1)


class Pair(nn.Module):
    """A model with two outputs."""

    def forward(self, x):
        return x, x


def test_metrics_of_a_model_with_several_outputs_are_refused():
    def loss(outputs, target):
        return outputs[0].mean()

    assert evaluate(Pair(), [BATCH], loss) == {"loss": 0}
    with pytest.raises(TypeError, match=r"metrics need a model that returns one tensor.*got tuple"):
        evaluate(Pair(), [BATCH], loss, metrics={"m": lambda out, y: 0.0})
    with pytest.raises(TypeError, match="got one without examples"):
        evaluate(Mean(), [BATCH], lambda out, y: out, metrics={"m": lambda out, y: 0.0})


class Mean(nn.Module):
    """A model with one number for a whole batch."""

    def forward(self, x):
        return x.mean()


def test_outputs_of_different_shapes_are_refused():
    loader = [(torch.zeros(2, n), torch.zeros(2)) for n in (3, 4)]
    with pytest.raises(
        ValueError, match=r"outputs of one shape in all batches, .*\(2, 3\), \(2, 4"
    ):
        evaluate(
            *(nn.Identity(), loader, lambda out, y: out.mean()),
            metrics={"m": lambda out, y: 0.0},
        )


@pytest.mark.parametrize("value", [None, "x", torch.zeros(2)])
def test_a_metric_that_is_no_number_is_named(value):
    with pytest.raises(TypeError, match="metric 'odd' must return one number, got"):
        evaluate(nn.Identity(), [BATCH], lambda o, y: o.mean(), metrics={"odd": lambda *_: value})


def test_min_delta_must_be_a_number():
    with pytest.raises(TypeError, match="min_delta must be a number, got '0'"):
        EarlyStopping(2, min_delta="0")


# ---- the mean over examples, whatever the batches


LOSSES = {
    "weights": {"weight": torch.tensor([1.0, 5.0, 0.2])},
    "weights, one left out": {"weight": torch.tensor([1.0, 5.0, 0.2]), "ignore_index": 1},
    "one left out": {"ignore_index": 1},
    "smoothed": {"weight": torch.tensor([1.0, 5.0, 0.2]), "label_smoothing": 0.1},
    "plain": {},
}


@pytest.mark.parametrize("layers", [nn, own_nn], ids=["torch", "dlbook"])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("sizes", [(8,), (5, 3), (1, 2, 5), (1,) * 8])
def test_a_loss_does_not_depend_on_how_examples_are_split(name, layers, sizes):
    torch.manual_seed(0)
    x, y = torch.randn(8, 3), torch.tensor([0, 1, 1, 2, 2, 0, 1, 2])
    loss = layers.CrossEntropyLoss(**LOSSES[name])
    expected = nn.functional.cross_entropy(x, y, **LOSSES[name]).item()
    loader = list(zip(x.split(sizes), y.split(sizes), strict=True))
    assert evaluate(nn.Identity(), loader, loss)["loss"] == pytest.approx(expected, rel=1e-6)


def test_the_training_loss_is_weighed_alike():
    torch.manual_seed(0)
    x, y = torch.randn(6, 3), torch.tensor([0, 1, 1, 2, 2, 0])
    loss = nn.CrossEntropyLoss(torch.tensor([1.0, 5.0, 0.2]))
    model = nn.Linear(3, 3)
    expected = loss(model(x), y).item()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-30)
    loader = list(zip(x.split((1, 5)), y.split((1, 5)), strict=True))
    history = fit(model, loader, loss, optimizer, epochs=1)
    assert history.train_loss == [pytest.approx(expected, rel=1e-6)]
    assert history.num_examples == [6]


def test_probabilities_as_targets_count_by_example():
    """Their weights are no divisor: torch divides by the number of examples."""
    torch.manual_seed(0)
    x, y = torch.randn(6, 3), torch.softmax(torch.randn(6, 3), 1)
    loss = nn.CrossEntropyLoss(torch.tensor([1.0, 5.0, 0.2]))
    loader = list(zip(x.split((1, 5)), y.split((1, 5)), strict=True))
    measured = evaluate(nn.Identity(), loader, loss)["loss"]
    assert measured == pytest.approx(loss(x, y).item(), rel=1e-6)


def test_where_no_example_counts_there_is_no_loss():
    loader = [(torch.zeros(2, 3), torch.full((2,), -100))]
    assert math.isnan(evaluate(nn.Identity(), loader, nn.CrossEntropyLoss())["loss"])
