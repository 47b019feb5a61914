"""The loop: against loops written in NumPy, closed forms, and what may not go wrong silently."""

import math
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import dlbook.nn as own_nn
import dlbook.optim as own_optim
from dlbook.data.loaders import batches
from dlbook.models import MLP
from dlbook.training import EarlyStopping, TrainingDiverged, evaluate, fit, load_checkpoint

F64 = torch.float64


def linear(weight, bias=0.0):
    """A linear model with given float64 weights."""
    model = nn.Linear(len(weight), 1, dtype=F64)
    with torch.no_grad():
        model.weight.copy_(torch.tensor(np.array([weight])))
        model.bias.fill_(bias)
    return model


def in_batches(x, y, size):
    """Consecutive batches of float64 tensors; the last one may be smaller."""
    starts = range(0, len(x), size)
    return [(torch.tensor(x[i : i + size]), torch.tensor(y[i : i + size])) for i in starts]


def descend(x, y, weight, bias, *, size, rate, epochs, momentum=0.0):
    """Minibatch gradient descent on the mean squared error, in NumPy, with its mean losses."""
    weight, velocity, losses = np.append(weight, bias), 0.0, []
    x = np.column_stack([x, np.ones(len(x))])
    for _ in range(epochs):
        total = 0.0
        for i in range(0, len(x), size):
            rows, targets = x[i : i + size], y[i : i + size, 0]
            errors = rows @ weight - targets
            total += (errors**2).sum()
            velocity = momentum * velocity + 2 * rows.T @ errors / len(rows)
            weight = weight - rate * velocity
        losses.append(total / len(x))
    return weight[:-1], weight[-1], losses


def test_small_whole_numbers_agree_to_the_last_bit():
    """All numbers here are short binary fractions, so that no order of operations rounds."""
    x = np.array([[1.0, -2.0], [3.0, 0.0], [-1.0, 1.0], [2.0, 2.0], [0.0, -1.0], [1.0, 1.0]])
    y = np.array([[1.0], [-2.0], [0.0], [3.0], [1.0], [2.0]])
    settings = {"size": 2, "rate": 0.125, "epochs": 2}
    weight, bias, losses = descend(x, y, [0.5, -1.0], 0.25, **settings)
    model = linear([0.5, -1.0], 0.25)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
    history = fit(model, in_batches(x, y, 2), nn.MSELoss(), optimizer, epochs=2)
    assert model.weight[0].tolist() == weight.tolist()
    assert model.bias.item() == bias
    assert history.train_loss == losses


@pytest.mark.parametrize("size", [10, 4, 3, 1])  # 10 is the full batch; 4 and 3 leave a rest
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("package", [torch.optim, own_optim], ids=["torch", "dlbook"])
def test_it_is_the_loop_written_out_by_hand(size, momentum, package):
    random = np.random.default_rng(1)
    x, y = random.normal(size=(10, 3)), random.normal(size=(10, 1))
    weight, bias, losses = descend(
        x, y, [0.1, 0.2, 0.3], 0.4, size=size, rate=0.01, epochs=30, momentum=momentum
    )
    model = linear([0.1, 0.2, 0.3], 0.4)
    optimizer = package.SGD(model.parameters(), lr=0.01, momentum=momentum)
    history = fit(model, in_batches(x, y, size), nn.MSELoss(), optimizer, epochs=30)
    np.testing.assert_allclose(model.weight[0].tolist(), weight, rtol=1e-12)
    np.testing.assert_allclose(model.bias.item(), bias, rtol=1e-12)
    np.testing.assert_allclose(history.train_loss, losses, rtol=1e-12)
    num_batches = math.ceil(10 / size)
    assert history.num_iterations == [num_batches * epoch for epoch in range(1, 31)]
    assert history.num_examples == [10 * epoch for epoch in range(1, 31)]


def test_full_batches_follow_the_closed_form():
    """On a quadratic loss each step shrinks the error: w − w* = (I − ηH)ᵗ (w₀ − w*)."""
    random = np.random.default_rng(2)
    x, y = random.normal(size=(20, 2)), random.normal(size=(20, 1))
    best = np.linalg.lstsq(x, y[:, 0], rcond=None)[0]
    hessian = 2 * x.T @ x / len(x)
    start = np.array([3.0, -2.0])
    expected = best + np.linalg.matrix_power(np.eye(2) - 0.1 * hessian, 25) @ (start - best)
    model = linear(start)
    optimizer = torch.optim.SGD([model.weight], lr=0.1)  # the bias stays 0
    fit(model, in_batches(x, y, 20), nn.MSELoss(), optimizer, epochs=25)
    np.testing.assert_allclose(model.weight[0].tolist(), expected, rtol=1e-11)
    assert model.bias.item() == 0


def plain_loop(model, loader, loss, optimizer, epochs, schedule=None, clip_norm=None):
    """The loop as PyTorch's tutorials write it."""
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            optimizer.zero_grad()
            value = loss(model(x), y)
            value.backward()
            if clip_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
            optimizer.step()
            total, count = total + value.item() * len(y), count + len(y)
        losses.append(total / count)
        if schedule is not None:
            schedule.step()
    return losses


def classes(seed=0, n=50):
    """A loader of a small classification problem, and a network for it."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, n)
    x = random.normal(size=(n, 4)) + y[:, None]
    torch.manual_seed(seed)
    return MLP(4, [8], 3), batches(x, y, 16, seed=seed)


@pytest.mark.parametrize(
    ("optim", "layers"), [(torch.optim, nn), (own_optim, own_nn), (own_optim, nn)]
)
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_every_optimizer_with_schedule_and_clipping(optim, layers, name):
    def run(train, optim, layers):
        model, loader = classes()
        start = model.state_dict()
        model = MLP(4, [8], 3, layers=layers)
        model.load_state_dict(start)
        optimizer = getattr(optim, name)(model.parameters(), lr=0.05)
        package = torch.optim.lr_scheduler if optim is torch.optim else own_optim
        schedule = package.StepLR(optimizer, step_size=2, gamma=0.5)
        losses = train(
            *(model, loader, layers.CrossEntropyLoss(), optimizer),
            epochs=5,
            schedule=schedule,
            clip_norm=0.3,
        )
        return model, losses

    model, losses = run(plain_loop, torch.optim, nn)
    other, history = run(fit, optim, layers)
    np.testing.assert_allclose(history.train_loss, losses, rtol=2e-5)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)
    if optim is torch.optim:
        assert history.train_loss == losses
    assert history.learning_rate == [0.05, 0.05, 0.025, 0.025, 0.0125]


@pytest.mark.parametrize("every", ["epoch", "iteration"])
def test_the_schedule_steps_as_often_as_it_is_told(every):
    model, loader = classes()  # four batches
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    history = fit(
        *(model, loader, nn.CrossEntropyLoss(), optimizer),
        epochs=3,
        schedule=schedule,
        schedule_every=every,
    )
    step = 1 if every == "epoch" else len(loader)
    expected = [0.1 * 0.5 ** (step * epoch) for epoch in range(4)]
    np.testing.assert_allclose(history.learning_rate, expected[:3], rtol=1e-12)
    np.testing.assert_allclose(optimizer.param_groups[0]["lr"], expected[3], rtol=1e-12)


def test_a_warm_up_from_zero_is_no_mistake():
    model, loader = classes()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: min(1, epoch / 2))
    history = fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=3, schedule=schedule)
    assert history.learning_rate == [0.0, 0.05, 0.1]


def test_clipping_shortens_what_is_longer_only():
    x = torch.tensor([[3.0, 4.0]], dtype=F64)
    for clip_norm, length in [(1.0, 1.0), (100.0, 5.0)]:
        model = linear([0.0, 0.0])
        optimizer = torch.optim.SGD([model.weight], lr=1.0)  # the gradient of the output is x
        loader = [(x, torch.zeros(1, 1))]
        fit(model, loader, lambda out, _: out.mean(), optimizer, epochs=1, clip_norm=clip_norm)
        assert model.weight.norm().item() == pytest.approx(length, rel=1e-5)


def test_evaluate_weighs_examples_not_batches():
    x = np.array([[0.0], [0.0], [0.0], [6.0]])
    loader = in_batches(x, np.zeros((4, 1)), 3)  # three zeros, then the one that is wrong
    assert evaluate(linear([1.0]), loader, nn.MSELoss()) == {"loss": 9.0}


def test_metrics_see_all_examples_at_once():
    """A median is not the mean of medians."""
    x = np.array([[1.0], [2.0], [9.0], [3.0]])
    model, loader = linear([1.0]), in_batches(x, np.zeros((4, 1)), 3)

    def median(outputs, targets):
        assert outputs.shape == targets.shape == (4, 1)
        assert not outputs.requires_grad
        return np.median(outputs)

    optimizer = torch.optim.SGD(model.parameters(), lr=1e-30)
    measured = evaluate(model, loader, nn.MSELoss(), metrics={"median": median})
    assert measured == {"loss": (1 + 4 + 81 + 9) / 4, "median": 2.5}
    history = fit(
        *(model, loader, nn.MSELoss(), optimizer),
        epochs=2,
        validation=loader,
        metrics={"median": median},
    )
    assert history.metrics == {"median": [2.5, 2.5]}
    assert history.validation_loss == [23.75, 23.75]


def test_evaluation_is_in_evaluation_mode_and_leaves_each_mode_as_it_was():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.BatchNorm1d(2))
    model[2].eval()  # frozen statistics, as in fine-tuning
    seen = []
    model[1].register_forward_hook(lambda module, *_: seen.append(module.training))
    loader = [(torch.randn(4, 2), torch.zeros(4, 2))]
    evaluate(model, loader, nn.MSELoss())
    assert seen == [False]
    assert [module.training for module in model.modules()] == [True, True, True, False]

    def broken(outputs, target):
        raise RuntimeError("a loss that fails")

    with pytest.raises(RuntimeError, match="a loss that fails"):
        evaluate(model, loader, broken)
    assert [module.training for module in model.modules()] == [True, True, True, False]


def test_training_is_in_training_mode_after_validation_too():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    seen = []
    model[1].register_forward_hook(lambda module, *_: seen.append(module.training))
    loader = [(torch.randn(4, 2), torch.zeros(4, 2))]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.eval()  # as a cell before may have left it
    fit(model, loader, nn.MSELoss(), optimizer, epochs=2, validation=loader)
    assert seen == [True, False, True, False]
    assert model.training


def test_evaluation_changes_nothing():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate(model, [(torch.randn(4, 2), torch.zeros(4, 2))], nn.MSELoss())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_several_inputs_and_one_target():
    class Product(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, a, b):
            return self.scale * a * b

    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0])
    model = Product()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, [(a, b, 2 * a * b)], nn.MSELoss(), optimizer, epochs=100)
    assert model.scale.item() == pytest.approx(2, abs=1e-4)
    assert history.num_examples[-1] == 200


def test_frozen_parameters_stay():
    model, loader = classes()
    model.network[0].requires_grad_(False)
    before = model.network[0].weight.clone()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    history = fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=5)
    assert torch.equal(model.network[0].weight, before)
    assert history.train_loss[-1] < history.train_loss[0]


def test_the_weights_of_a_loss_go_where_the_model_is():
    model, loader = classes()
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    model.to("meta")
    with pytest.raises(RuntimeError, match="meta"):  # numbers cannot be had from there
        evaluate(model, loader, loss)
    assert loss.weight.device.type == "meta"


def test_progress_is_quiet_unless_asked_for(capsys):
    model, loader = classes()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for progress, shown in [(None, False), (False, False), (True, True)]:
        fit(*(model, loader, nn.CrossEntropyLoss(), optimizer), epochs=2, progress=progress)
        printed = capsys.readouterr()
        assert printed.out == ""
        assert ("8/8" in printed.err) == shown
        assert (printed.err == "") != shown


def test_threads_do_not_disturb_each_other():
    def run(seed):
        model, loader = classes(seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        return model, loader, nn.CrossEntropyLoss(), optimizer

    def train(arguments, found, place):
        model, loader, *_ = arguments
        history = fit(*arguments, epochs=8, validation=loader, early_stopping=EarlyStopping(8))
        found[place] = (history, model.state_dict())

    alone, together = {}, {}
    for seed in range(3):
        train(run(seed), alone, seed)
    prepared = [run(seed) for seed in range(3)]  # drawn from the one global generator in turn
    threads = [
        threading.Thread(target=train, args=(prepared[seed], together, seed)) for seed in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(together) == [0, 1, 2]
    for seed in range(3):
        assert together[seed][0] == alone[seed][0]
        for name, value in alone[seed][1].items():
            assert torch.equal(together[seed][1][name], value)


class Endless(IterableDataset):
    """A data set without a length."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter([(torch.ones(2), torch.ones(1))] * self.count)


def test_a_data_set_without_a_length():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, DataLoader(Endless(5), 2), nn.MSELoss(), optimizer, epochs=2)
    assert (history.num_iterations, history.num_examples) == ([3, 6], [5, 10])
    with pytest.raises(ValueError, match="has no batch"):
        fit(model, DataLoader(Endless(0), 2), nn.MSELoss(), optimizer, epochs=2)


BATCH = (torch.zeros(2, 2), torch.zeros(2, 1))


def wrong(**changes):
    """Call fit with one thing wrong."""
    model = changes.pop("model", None) or nn.Linear(2, 1)
    if "optimizer" not in changes:
        changes["optimizer"] = torch.optim.SGD(model.parameters(), lr=0.1)
    arguments = {"loader": [BATCH], "loss": nn.MSELoss(), "epochs": 1} | changes
    return fit(model, **arguments)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
        ({"epochs": -3}, ValueError, "got -3"),
        ({"epochs": 2.0}, TypeError, "epochs must be a whole number, got 2.0"),
        ({"loader": []}, ValueError, "loader has no batch"),
        ({"loader": iter([BATCH])}, TypeError, "used up after one epoch"),
        ({"loader": torch.zeros(3, 2)}, TypeError, "such as a DataLoader; got Tensor"),
        ({"loader": 5}, TypeError, "such as a DataLoader; got int"),
        ({"loader": [torch.zeros(2, 2)]}, TypeError, "got a Tensor"),
        ({"loader": [(torch.zeros(2, 2),)]}, TypeError, "got a tuple of 1"),
        ({"loader": [{"x": 1, "y": 2}]}, TypeError, r"\(inputs, target\); got a dict"),
        ({"loader": [(np.zeros((2, 2)), np.zeros(2))]}, TypeError, "holds a ndarray"),
        ({"loader": [(torch.zeros(2, 2), torch.zeros(()))]}, ValueError, "at least one example"),
        ({"loader": [(torch.zeros(0, 2), torch.zeros(0, 1))]}, ValueError, r"shape \(0, 1\)"),
        ({"validation": []}, ValueError, "validation has no batch"),
        ({"loss": nn.MSELoss(reduction="none")}, ValueError, r"one number.*got shape \(2, 1\)"),
        ({"loss": nn.MSELoss(reduction="sum")}, ValueError, "reduction='sum'"),
        ({"loss": own_nn.MSELoss(reduction="sum")}, ValueError, "reduction='sum'"),
        ({"loss": lambda out, y: 0.5}, TypeError, "must return a tensor, got float"),
        ({"loss": 3}, TypeError, "loss must be callable"),
        ({"model": nn.ReLU(), "optimizer": None}, ValueError, "ReLU has no parameter"),
        ({"model": nn.Linear(2, 1).requires_grad_(False)}, ValueError, "nothing can be learned"),
        ({"model": lambda x: x, "optimizer": None}, TypeError, "dlbook.autograd"),
        ({"optimizer": None}, TypeError, "optimizer must have param_groups, got NoneType"),
        (
            {"optimizer": torch.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1)},
            ValueError,
            "holds none of the model's trainable parameters",
        ),
        ({"metrics": {"m": max}}, ValueError, "metrics needs validation="),
        ({"early_stopping": EarlyStopping(1)}, ValueError, "early_stopping needs validation="),
        ({"metrics": {"loss": max}, "validation": [BATCH]}, ValueError, "called 'loss'"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm must be above 0"),
        ({"clip_norm": math.inf}, ValueError, "finite, got inf"),
        ({"schedule_every": "batch"}, ValueError, "'epoch' or 'iteration', got 'batch'"),
        ({"resume": True}, ValueError, "resume=True needs checkpoint="),
    ],
)
def test_what_does_not_fit_is_refused(changes, error, message):
    with pytest.raises(error, match=message):
        wrong(**changes)


@pytest.mark.parametrize("rate", [0.0, -0.1, math.nan, math.inf])
def test_a_learning_rate_of_zero_or_less_is_refused(rate):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.param_groups[0]["lr"] = rate  # the optimizers refuse some of them themselves
    with pytest.raises(ValueError, match=f"above 0 and finite, got lr={rate} in parameter group 0"):
        wrong(model=model, optimizer=optimizer)


def test_a_schedule_that_needs_a_loss_is_refused():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match="ReduceLROnPlateau needs a loss"):
        wrong(model=model, optimizer=optimizer, schedule=schedule)


def test_refused_arguments_change_nothing():
    model = nn.Linear(2, 1).eval()
    before = model.weight.clone()
    with pytest.raises(ValueError, match="validation has no batch"):
        wrong(model=model, validation=[])
    assert torch.equal(model.weight, before) and not model.training


def diverging(bad_batch, poison, optimizer_of, checkpoint=None):
    """Train on 5 batches, of which one is bad in the second epoch; and the same without it."""

    def start():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))
        return model, optimizer_of(model.parameters())

    random = torch.Generator().manual_seed(0)
    data = [
        (torch.randn(6, 3, generator=random), torch.randn(6, 1, generator=random)) for _ in range(5)
    ]
    calls = 0

    def loss(outputs, target):
        nonlocal calls
        calls += 1
        value = ((outputs - target) ** 2).mean()
        return poison(value, outputs) if calls == 5 + bad_batch else value

    model, optimizer = start()
    with pytest.raises(TrainingDiverged) as caught:
        fit(model, data, loss, optimizer, epochs=4, checkpoint=checkpoint)
    good, good_optimizer = start()
    plain_loop(good, data, nn.MSELoss(), good_optimizer, epochs=1)
    if bad_batch > 1:
        plain_loop(good, data[: bad_batch - 1], nn.MSELoss(), good_optimizer, epochs=1)
    return caught.value, (model, optimizer), (good, good_optimizer)


POISONS = {
    "nan": lambda value, outputs: value * math.nan,
    "inf": lambda value, outputs: value * math.inf,
    "gradient": lambda value, outputs: value + (outputs.sum() * 0).sqrt(),  # 0 · ∞ in backward
}


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("bad_batch", [1, 3])
@pytest.mark.parametrize("package", [torch.optim, own_optim], ids=["torch", "dlbook"])
def test_a_loss_that_is_no_number_stops_before_its_step(poison, bad_batch, package):
    error, (model, optimizer), (good, good_optimizer) = diverging(
        bad_batch, POISONS[poison], lambda parameters: package.Adam(parameters, lr=0.01)
    )
    assert (error.epoch, error.batch) == (2, bad_batch)
    assert f"in epoch 2, batch {bad_batch}." in str(error)
    assert "lr" not in str(error) and "it is 0.01" in str(error)
    if poison == "gradient":
        assert math.isfinite(error.loss) and "the gradient of 0.weight is not finite" in str(error)
    else:
        assert not math.isfinite(error.loss) and f"the loss is {error.loss}" in str(error)
    assert error.history.num_epochs == 1
    for (name, value), expected in zip(
        model.state_dict().items(), good.state_dict().values(), strict=True
    ):
        assert torch.equal(value, expected), name  # running statistics too
    state, expected_state = optimizer.state_dict()["state"], good_optimizer.state_dict()["state"]
    assert state.keys() == expected_state.keys() and state
    for number in state:
        for name, value in state[number].items():
            assert torch.equal(
                torch.as_tensor(value), torch.as_tensor(expected_state[number][name])
            )


def test_bad_data_are_named():
    x = torch.zeros(4, 2)
    x[1, 0] = math.nan
    x[2, 1] = math.inf
    with pytest.raises(TrainingDiverged, match="batch itself holds 2 values that are NaN or inf"):
        wrong(loader=[(x, torch.zeros(4, 1))])


def test_a_learning_rate_that_is_too_large_is_named():
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [2.0]])
    model = linear([0.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=100.0)
    with pytest.raises(TrainingDiverged, match=r"smaller learning rate \(it is 100\)") as caught:
        fit(model, in_batches(x, y, 2), nn.MSELoss(), optimizer, epochs=1000)
    losses = caught.value.history.train_loss
    assert len(losses) == caught.value.epoch - 1
    assert np.isfinite(losses).all() and losses[-1] > 1e200
    assert torch.isfinite(model.weight).all()


def test_a_last_step_that_is_too_large_is_found(tmp_path):
    """No iteration follows that could see it."""
    model, path = linear([0.0]), tmp_path / "run.safetensors"
    optimizer = torch.optim.SGD(model.parameters(), lr=1e300)
    batch = (torch.full((1, 1), 1e10, dtype=F64), torch.ones(1, 1, dtype=F64))
    with pytest.raises(TrainingDiverged, match=r"^weight is not finite after epoch 1.*1e\+300"):
        fit(model, [batch], nn.MSELoss(), optimizer, epochs=1, checkpoint=path)
    assert load_checkpoint(path, model).num_epochs == 0
    assert model.weight.item() == 0


def test_validation_data_that_are_no_numbers_stop_too():
    model = nn.Linear(2, 1)
    bad = [(torch.full((2, 2), math.nan), torch.zeros(2, 1))]
    with pytest.raises(TrainingDiverged, match="on the validation examples is nan after epoch 1"):
        wrong(model=model, validation=bad)


def test_the_error_survives_a_process_pool():
    import pickle

    error = pickle.loads(pickle.dumps(TrainingDiverged("the loss is nan", epoch=3, batch=7)))
    assert (str(error), error.epoch, error.batch) == ("the loss is nan", 3, 7)


def test_a_loader_with_drop_last_and_too_few_examples():
    data = TensorDataset(torch.zeros(3, 2), torch.zeros(3, 1))
    with pytest.raises(ValueError, match="smaller than batch_size with drop_last"):
        wrong(loader=DataLoader(data, batch_size=4, drop_last=True))
