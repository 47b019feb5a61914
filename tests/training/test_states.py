"""A checkpoint that does not fit is refused, and then nothing at all has changed."""

import copy
import json
import random

import numpy as np
import pytest
import torch
from torch import nn

import dlbook.optim as own_optim
from dlbook.models import MLP
from dlbook.training import CheckpointError, EarlyStopping, load_checkpoint, save_checkpoint
from dlbook.training._pack import pack, unpack

theirs = torch.optim.lr_scheduler


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


def stepped(model, optimizer, schedule=None, steps=3):
    """Train for some steps."""
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p**2).sum() for p in model.parameters()).backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()


def everything(model, optimizer, schedule=None):
    """Return a copy of all that a checkpoint could change."""
    return copy.deepcopy(
        {
            "model": dict(model.state_dict()),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule and schedule.state_dict(),
            "torch": torch.get_rng_state(),
            "python": random.getstate(),
            "numpy": np.random.get_state(),  # noqa: NPY002
        }
    )


def assert_same(first, second):
    torch.testing.assert_close(first["torch"], second["torch"])
    for name in ("model", "optimizer"):
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)
    assert first["schedule"] == second["schedule"]
    assert first["python"] == second["python"]
    assert str(first["numpy"]) == str(second["numpy"])


def sequence(package, optimizer, parts):
    chosen = [package.StepLR(optimizer, n) for n in range(1, parts + 1)]
    return package.SequentialLR(optimizer, chosen, [2 * n for n in range(1, parts)])


SCHEDULES = {
    "fewer parts": (lambda p, o: sequence(p, o, 3), lambda p, o: sequence(p, o, 2)),
    "more parts": (lambda p, o: sequence(p, o, 2), lambda p, o: sequence(p, o, 3)),
    "step_size": (lambda p, o: p.StepLR(o, 1), lambda p, o: p.StepLR(o, 99)),
    "gamma": (lambda p, o: p.StepLR(o, 1, gamma=0.5), lambda p, o: p.StepLR(o, 1, gamma=0.1)),
    "T_max": (lambda p, o: p.CosineAnnealingLR(o, 5), lambda p, o: p.CosineAnnealingLR(o, 6)),
    "a part's": (
        lambda p, o: p.SequentialLR(o, [p.StepLR(o, 2), p.StepLR(o, 3)], [2]),
        lambda p, o: p.SequentialLR(o, [p.StepLR(o, 2), p.StepLR(o, 4)], [2]),
    ),
    "other parts": (
        lambda p, o: p.SequentialLR(o, [p.StepLR(o, 2), p.StepLR(o, 3)], [2]),
        lambda p, o: p.SequentialLR(o, [p.LinearLR(o), p.StepLR(o, 3)], [2]),
    ),
    "total_steps": (lambda p, o: p.OneCycleLR(o, 0.1, 9), lambda p, o: p.OneCycleLR(o, 0.1, 10)),
}


@pytest.mark.parametrize("package", [theirs, own_optim], ids=["torch", "dlbook"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_with_other_settings_is_refused(path, name, package):
    def start(make):
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        return model, optimizer, make(package, optimizer)

    saved, given = SCHEDULES[name]
    model, optimizer, schedule = start(saved)
    stepped(model, optimizer, schedule)
    save_checkpoint(path, model, optimizer, schedule=schedule)
    model, optimizer, schedule = start(given)
    before = everything(model, optimizer, schedule)
    with pytest.raises(
        CheckpointError, match=r"the schedule has other settings|made with schedule"
    ):
        load_checkpoint(path, model, optimizer, schedule=schedule)
    assert_same(everything(model, optimizer, schedule), before)
    model, optimizer, schedule = start(saved)
    load_checkpoint(path, model, optimizer, schedule=schedule)
    assert schedule.last_epoch == 3


MODELS = [
    (nn.LayerNorm(4), nn.GroupNorm(2, 4), "its class is LayerNorm in the .* and GroupNorm in the"),
    (
        nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.1), nn.Dropout(0.1)),
        nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.9), nn.Dropout(0.9)),
        "1 is negative_slope=0.1 in the checkpoint and negative_slope=0.9 in the model; 2 is p=0.1",
    ),
    (nn.BatchNorm1d(3), nn.BatchNorm1d(3, momentum=0.5), "momentum=0.1.* and .*momentum=0.5"),
]


@pytest.mark.parametrize(("model", "other", "message"), MODELS)
def test_another_model_with_the_same_shapes_is_refused(path, model, other, message):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    stepped(model, optimizer)
    save_checkpoint(path, model, optimizer)
    torch.rand(1)
    given = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.9)
    before = everything(other, given)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, other, given)
    assert_same(everything(other, given), before)


def test_for_predictions_settings_of_training_do_not_matter(path):
    model, other = (nn.Sequential(nn.Linear(2, 2), nn.Dropout(p)) for p in (0.1, 0.9))
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))
    load_checkpoint(path, other)
    assert torch.equal(model[0].weight, other[0].weight)


class Described(nn.Linear):
    """A layer that says what it has learned, and where a function lies in memory."""

    def extra_repr(self):
        return f"bias={self.bias.item():.3f}, {object()}"


def test_settings_that_training_moves_are_no_difference(path):
    model, other = Described(1, 1), Described(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    stepped(model, optimizer)
    save_checkpoint(path, model, optimizer)
    load_checkpoint(path, other, torch.optim.SGD(other.parameters(), lr=0.1))
    assert torch.equal(model.bias, other.bias)


PARTS = ["model", "optimizer", "schedule", "early_stopping", "loader"]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_refuses_its_state_leaves_all_as_it_was(path, part, monkeypatch):
    """Each part in turn fails, after it has changed something."""

    class Loader(list):
        state = 0

        def state_dict(self):
            return {"state": self.state}

        def load_state_dict(self, state):
            self.state = state["state"]

    def start():
        model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = theirs.StepLR(optimizer, 1)
        parts = [model, optimizer, schedule, EarlyStopping(3), Loader([1])]
        return dict(zip(PARTS, parts, strict=True))

    def at(parts):
        model, optimizer, schedule, stopping, loader = parts.values()
        return (path, model, optimizer), {
            "schedule": schedule,
            "early_stopping": stopping,
            "loaders": [loader],
        }

    old, new = start(), start()
    stepped(old["model"], old["optimizer"], old["schedule"])
    old["loader"].state = 7
    arguments, options = at(old)
    save_checkpoint(*arguments, **options)

    stepped(new["model"], new["optimizer"], new["schedule"], steps=1)
    torch.rand(1), random.random(), np.random.random()  # noqa: NPY002
    before = everything(new["model"], new["optimizer"], new["schedule"])
    kind = type(new[part])
    load, calls = kind.load_state_dict, []

    def fails_once(self, state):
        load(self, state)
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("this state is odd")

    monkeypatch.setattr(kind, "load_state_dict", fails_once)
    arguments, options = at(new)
    with pytest.raises(
        CheckpointError, match=r"refused, so nothing was changed: this state is odd"
    ):
        load_checkpoint(*arguments, **options)
    assert_same(everything(new["model"], new["optimizer"], new["schedule"]), before)
    assert (new["loader"].state, new["early_stopping"].num_epochs) == (0, 0)
    assert load_checkpoint(*arguments, **options).num_epochs == 0
    assert new["loader"].state == 7


def test_a_model_that_refuses_its_extra_state_is_put_back_for_predictions_too(path):
    class Strict(nn.Linear):
        odd = False

        def get_extra_state(self):
            return {"odd": self.odd}

        def set_extra_state(self, state):
            if state["odd"]:
                raise RuntimeError("odd")

    model, other = Strict(1, 1), Strict(1, 1)
    model.odd = True
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))
    before = other.weight.clone()
    with pytest.raises(CheckpointError, match="was refused, so nothing was changed"):
        load_checkpoint(path, other)
    assert torch.equal(other.weight, before)


class Extra(nn.Linear):
    """A layer with a state under keys that read alike."""

    def __init__(self):
        super().__init__(1, 1)
        self.extra = {1: torch.zeros(1), "1": torch.zeros(2), "1#1": torch.zeros(3)}

    def get_extra_state(self):
        return self.extra

    def set_extra_state(self, state):
        self.extra = state


def test_tensors_under_keys_that_read_alike_are_kept_apart(path):
    model, other = Extra(), Extra()
    model.extra = {1: torch.ones(1), "1": torch.ones(2), "1#1": torch.ones(3)}
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))
    load_checkpoint(path, other)
    assert list(other.extra) == [1, "1", "1#1"]
    assert [value.tolist() for value in other.extra.values()] == [[1.0], [1.0] * 2, [1.0] * 3]


def test_keys_with_dots_are_kept_apart():
    value = {"a": {"b": torch.zeros(1)}, "a.b": torch.ones(1)}
    tensors = {}
    text = json.dumps(pack(value, "state", tensors))
    found = unpack(json.loads(text), tensors)
    assert (found["a"]["b"].item(), found["a.b"].item(), len(tensors)) == (0, 1, 2)


def test_mlp_classes_are_compared_by_name(path):
    model = MLP(2, [2], 1)
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))

    class Renamed(MLP):
        pass

    with pytest.raises(CheckpointError, match="its class is MLP in the checkpoint and Renamed in"):
        load_checkpoint(path, Renamed(2, [2], 1))


def test_an_optimizer_of_more_than_the_model_is_named_as_such(path):
    model = nn.Linear(1, 1)
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))
    optimizer = torch.optim.SGD([*model.parameters(), nn.Parameter(torch.ones(1))], lr=0.1)
    with pytest.raises(ValueError, match=r"^the optimizer has parameters that are not the model's"):
        load_checkpoint(path, model, optimizer)
