"""A saved state: the run that goes on from it is the run that was never interrupted."""

import copy
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import torch
from optim_helpers import parameters, trajectory
from safetensors.torch import load, save

from dlbook.optim import SGD, Adam, AdamW, Optimizer, RMSprop

CASES = [
    (SGD, {"lr": 0.05}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (RMSprop, {"momentum": 0.9, "centered": True}),
    (Adam, {"lr": 0.02, "amsgrad": True, "weight_decay": 0.1}),
    (AdamW, {"lr": 0.02, "betas": (0.8, 0.95)}),
]
IDS = [f"{kind.__name__}-{len(options)}" for kind, options in CASES]


def by_torch(state: dict[str, Any]) -> dict[str, Any]:
    """Save and load as torch does, admitting nothing but tensors and plain values."""
    file = BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def by_json(state: dict[str, Any]) -> dict[str, Any]:
    """Save the tensors in safetensors and the rest in JSON, whose keys are text."""
    entries = [(n, name, v) for n, values in state["state"].items() for name, v in values.items()]
    tensors = {f"{n}.{name}": v for n, name, v in entries if isinstance(v, torch.Tensor)}
    kept: dict[int, dict[str, Any]] = {n: {} for n in state["state"]}
    for n, name, value in entries:
        if not isinstance(value, torch.Tensor):
            kept[n][name] = value
    text = json.dumps({"state": kept, "param_groups": state["param_groups"]})
    blob = save(tensors)
    loaded = json.loads(text)
    for key, value in load(blob).items():
        n, name = key.split(".")
        loaded["state"][n][name] = value
    return loaded


def in_two_groups(kind: type, options: dict[str, Any], params: list[Any]) -> Any:
    return kind([{"params": params[:1], "lr": 0.03}, {"params": params[1:]}], **options)


@pytest.mark.parametrize("through", [by_torch, by_json, copy.deepcopy])
@pytest.mark.parametrize(("kind", "options"), CASES, ids=IDS)
def test_resumed_at_step_25_the_trajectory_is_the_same_bit_for_bit(
    kind: type, options: dict, through: Callable[[dict], dict]
) -> None:
    whole = parameters()
    expected = trajectory(in_two_groups(kind, options, whole), whole, 50)
    first = parameters()
    optimizer = in_two_groups(kind, options, first)
    trajectory(optimizer, first, 25)
    state = through(optimizer.state_dict())
    second = [torch.nn.Parameter(param.detach().clone()) for param in first]
    resumed = in_two_groups(kind, {}, second)
    resumed.load_state_dict(state)
    assert torch.equal(trajectory(resumed, second, 25, start=25), expected[25:])


@pytest.mark.parametrize("direction", ["to torch", "from torch"])
@pytest.mark.parametrize(("kind", "options"), CASES, ids=IDS)
def test_a_state_goes_over_to_torch_and_back(kind: type, options: dict, direction: str) -> None:
    theirs = getattr(torch.optim, kind.__name__)
    begin, go_on = (kind, theirs) if direction == "to torch" else (theirs, kind)
    whole = parameters()
    expected = trajectory(in_two_groups(theirs, options, whole), whole, 50)
    first = parameters()
    optimizer = in_two_groups(begin, options, first)
    trajectory(optimizer, first, 25)
    second = [torch.nn.Parameter(param.detach().clone()) for param in first]
    resumed = in_two_groups(go_on, {}, second)
    resumed.load_state_dict(by_torch(optimizer.state_dict()))
    got = trajectory(resumed, second, 25, start=25)
    torch.testing.assert_close(got, expected[25:], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), CASES, ids=IDS)
def test_the_layout_is_torchs(kind: type, options: dict) -> None:
    states = []
    for made in (kind, getattr(torch.optim, kind.__name__)):
        params = parameters()
        optimizer = in_two_groups(made, options, params)
        trajectory(optimizer, params, 3)
        states.append(optimizer.state_dict())
    ours, theirs = states
    assert set(ours) == set(theirs) == {"state", "param_groups"}
    assert {n: set(s) for n, s in ours["state"].items()} == {
        n: set(s) for n, s in theirs["state"].items()
    }
    for mine, torchs in zip(ours["param_groups"], theirs["param_groups"], strict=True):
        assert mine == {name: torchs[name] for name in mine}


def test_what_is_loaded_is_a_copy() -> None:
    params = parameters()
    optimizer = Adam(params, lr=0.1)
    trajectory(optimizer, params, 3)
    twins = copy.deepcopy(params)
    twin = Adam(twins)
    twin.load_state_dict(optimizer.state_dict())
    before = copy.deepcopy(optimizer.state_dict())
    trajectory(twin, twins, 3, start=3)
    after = optimizer.state_dict()
    assert all(torch.equal(before["state"][0][n], after["state"][0][n]) for n in ("exp_avg",))
    assert after["state"][0]["step"] == before["state"][0]["step"]
    assert twin.param_groups[0]["lr"] == 0.1


def test_it_takes_the_parameters_dtype() -> None:
    params = parameters()
    optimizer = Adam(params)
    trajectory(optimizer, params, 3)
    narrow = [torch.nn.Parameter(param.detach().float()) for param in params]
    twin = Adam(narrow)
    twin.load_state_dict(optimizer.state_dict())
    assert twin.state[narrow[0]]["exp_avg"].dtype == torch.float32
    assert twin.state[narrow[0]]["step"] == 3


def stepped(kind: type, **options: Any) -> dict[str, Any]:
    params = parameters()
    optimizer = kind(params, **options)
    trajectory(optimizer, params, 2)
    return optimizer.state_dict()


def shuffled(state: dict[str, Any]) -> dict[str, Any]:
    """Exchange the states of two parameters."""
    return {**state, "state": {0: state["state"][1], 1: state["state"][0]}}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (lambda: stepped(SGD, momentum=0.9), "another kind of optimizer: Adam needs betas"),
        (lambda: stepped(torch.optim.AdamW), "Adam has decoupled_weight_decay=False, it True"),
        (lambda: stepped(AdamW), "another kind of optimizer: Adam has decoupled"),
        (lambda: {**stepped(Adam), "param_groups": []}, r"groups of \[3\] parameters"),
        (lambda: shuffled(stepped(Adam)), r"parameter 0 has shape \(3, 2\).*exp_avg \(4,\)"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(
    state: Callable[[], dict], message: str
) -> None:
    params = parameters()
    optimizer = Adam(params, lr=0.5)
    trajectory(optimizer, params, 1)
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state())
    torch.testing.assert_close(optimizer.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize("kind", [Adam, torch.optim.Adam])
def test_adams_state_is_not_adamws(kind: type) -> None:
    with pytest.raises(ValueError, match="AdamW has decoupled_weight_decay=True, it False"):
        AdamW(parameters()).load_state_dict(stepped(kind))


def damaged(change: Callable[[dict], Any], kind: type = Adam, **options: Any) -> dict[str, Any]:
    """Return a state after two steps with something wrong in it."""
    state = copy.deepcopy(stepped(kind, **options))
    change(state)
    return state


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("state"), "'param_groups' and the dict 'state'; got dict with param_gro"),
        (lambda s: s.update(param_groups={}), "expected the state of an optimizer"),
        (lambda s: s.update(param_groups=[{}]), "group 0 of the saved state has no list 'params'"),
        (lambda s: s["state"].update({7: {"step": 1}}), r"an entry for parameter 7, .*\[0, 1, 2\]"),
        (lambda s: s["state"].update({0: 3}), "an entry for parameter 0, 3; expected a dict"),
        (lambda s: s["state"].update({"x": {}}), "a parameter's number .* got 'x'"),
        (lambda s: s["param_groups"][0].update(params=[0, 0, 1]), r"a parameter twice: \[0, 0, 1"),
        (
            lambda s: s["state"].update({0: {"step": 3}}),
            "parameter 0 has step; expected step, exp_",
        ),
        (lambda s: s["state"][0].update(velocity=torch.ones(3, 2)), "velocity; expected step"),
        (lambda s: s["state"][0].update(exp_avg=3), "exp_avg of parameter 0 must be a tensor"),
        (lambda s: s["state"][0].update(step=2.5), "step of parameter 0 .* whole number, got 2.5"),
        (lambda s: s["state"][0].update(step=-1), "must be a whole number, got -1"),
        (lambda s: s["state"][0].update(step=torch.tensor(float("nan"))), "whole number, got nan"),
        (lambda s: s["param_groups"][0].update(lr=-1), "group 0 .* does not fit: lr must be above"),
        (lambda s: s["param_groups"][0].update(betas=(2, 2)), "beta1 must be at least 0 and below"),
        (lambda s: s["param_groups"][0].update(betas=3), "does not fit: betas must be a pair"),
        (lambda s: s["param_groups"][0].update(initial_lr=-1), "fit: initial_lr must be at least"),
        (lambda s: s["param_groups"][0].update(eps="x"), "does not fit: eps must be a number"),
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(change: Callable, message: str) -> None:
    params = parameters()
    optimizer = Adam(params, lr=0.5)
    trajectory(optimizer, params, 1)
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(damaged(change))
    torch.testing.assert_close(optimizer.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize("thing", [None, 3, "text", []])
def test_what_is_no_state_is_refused(thing: Any) -> None:
    with pytest.raises(ValueError, match=f"expected the state .* got {type(thing).__name__}"):
        SGD(parameters()).load_state_dict(thing)


def test_a_learning_rate_that_a_schedule_has_led_to_0_is_taken() -> None:
    params = parameters()
    optimizer = Adam(params)
    optimizer.load_state_dict(damaged(lambda s: s["param_groups"][0].update(lr=0.0)))
    assert optimizer.param_groups[0]["lr"] == 0


def test_lists_are_not_shared_with_the_saved_state() -> None:
    state = damaged(lambda s: s["param_groups"][0].update(betas=[0.5, 0.6]))
    optimizer = Adam(parameters())
    optimizer.load_state_dict(state)
    state["param_groups"][0]["betas"][0] = 7
    assert optimizer.param_groups[0]["betas"] == [0.5, 0.6]


def test_the_state_of_an_optimizer_of_the_reader_comes_back_whole() -> None:
    """Its entries are not known here, so nothing may be lost."""

    class Counting(Optimizer):
        def update(self, param, grad, state, group):
            state.setdefault("signs", [])
            state["signs"].append(len(state["signs"]))
            state["seen"] = state.get("seen", torch.zeros(2, dtype=torch.long)) + 1

    params = parameters()
    optimizer = Counting(params, {"lr": 0.1})
    trajectory(optimizer, params, 2)
    twins = parameters()
    twin = Counting(twins, {"lr": 0.1})
    twin.load_state_dict(optimizer.state_dict())
    trajectory(optimizer, params, 1)
    assert twin.state[twins[0]]["signs"] == [0, 1]
    assert twin.state[twins[0]]["seen"].tolist() == [2, 2]
