"""Schedules: torch's learning rate at each step, on either optimizer, also after a resume."""

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from optim_helpers import parameters, trajectory

import dlbook.optim as ours
from dlbook.optim import SGD, LinearLR, LRScheduler, SequentialLR, StepLR

theirs = torch.optim.lr_scheduler

SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "step": lambda lib, opt: lib.StepLR(opt, 3),
    "step 1": lambda lib, opt: lib.StepLR(opt, step_size=1, gamma=0.9),
    "step 7 to 0": lambda lib, opt: lib.StepLR(opt, 7, gamma=0.0),
    "linear": lambda lib, opt: lib.LinearLR(opt),
    "linear up": lambda lib, opt: lib.LinearLR(opt, start_factor=0.01, total_iters=10),
    "linear to 0": lambda lib, opt: lib.LinearLR(opt, 1.0, 0.0, 9),
    "linear 1": lambda lib, opt: lib.LinearLR(opt, 0.5, 0.25, total_iters=1),
    "cosine": lambda lib, opt: lib.CosineAnnealingLR(opt, 20),
    "cosine with a floor": lambda lib, opt: lib.CosineAnnealingLR(opt, T_max=7, eta_min=0.01),
    "cosine 1": lambda lib, opt: lib.CosineAnnealingLR(opt, 1),
    "lambda": lambda lib, opt: lib.LambdaLR(opt, lambda t: 1 / (1 + t)),
    "lambdas": lambda lib, opt: lib.LambdaLR(opt, lr_lambda=[lambda t: 0.9**t, lambda t: 2.0]),
    "warm-up, cosine": lambda lib, opt: lib.SequentialLR(
        opt,
        [lib.LinearLR(opt, 0.1, total_iters=5), lib.CosineAnnealingLR(opt, 20, eta_min=1e-3)],
        milestones=[5],
    ),
    "three parts": lambda lib, opt: lib.SequentialLR(
        opt,
        schedulers=[lib.LinearLR(opt), lib.StepLR(opt, 4), lib.LambdaLR(opt, lambda t: 0.5**t)],
        milestones=[3, 20],
    ),
    "one part": lambda lib, opt: lib.SequentialLR(opt, [lib.StepLR(opt, 2)], []),
}


def two_groups(kind: type, params: list[Any], **options: Any) -> Any:
    return kind([{"params": params[:1], "lr": 0.7}, {"params": params[1:]}], lr=0.3, **options)


@pytest.mark.parametrize("on", [SGD, torch.optim.SGD])
@pytest.mark.parametrize("name", SCHEDULES)
def test_torchs_learning_rates(name: str, on: type) -> None:
    optimizer = two_groups(on, parameters())
    reference = two_groups(torch.optim.SGD, parameters())
    mine = SCHEDULES[name](ours, optimizer)
    torchs = SCHEDULES[name](theirs, reference)
    for step in range(70):
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx([g["lr"] for g in reference.param_groups], rel=0, abs=1e-12)
        assert mine.get_last_lr() == rates
        assert mine.get_last_lr() == pytest.approx(torchs.get_last_lr(), rel=0, abs=1e-12)
        assert [mine.lr_at(step, i) for i in range(2)] == rates
        reference.step()  # torch warns where a schedule steps first
        optimizer.step()
        mine.step()
        torchs.step()


@pytest.mark.parametrize("name", [name for name in SCHEDULES if "lambda" not in name])
def test_a_schedule_goes_on_from_json(name: str) -> None:
    params = parameters()
    whole = two_groups(SGD, params, momentum=0.9)
    schedule = SCHEDULES[name](ours, whole)
    rates, saved = [], {}
    for step in range(30):
        if step == 13:
            saved = {"schedule": json.dumps(schedule.state_dict()), "optimizer": whole.state_dict()}
        rates.append(schedule.get_last_lr())
        schedule.step()
    for order in (("schedule", "optimizer"), ("optimizer", "schedule")):
        resumed = two_groups(SGD, parameters(), momentum=0.9)
        if order[0] == "optimizer":  # before the schedule is even made
            resumed.load_state_dict(saved["optimizer"])
        again = SCHEDULES[name](ours, resumed)
        again.load_state_dict(json.loads(saved["schedule"]))
        if order[0] == "schedule":
            resumed.load_state_dict({**saved["optimizer"], "state": {}})
        for expected in rates[13:]:
            assert again.get_last_lr() == expected
            if order[0] == "optimizer":
                assert [group["lr"] for group in resumed.param_groups] == expected
            again.step()


def test_the_settings_are_saved_with_it() -> None:
    one = ours.CosineAnnealingLR(SGD(parameters(), lr=1.0), T_max=10, eta_min=0.5)
    other = ours.CosineAnnealingLR(SGD(parameters(), lr=2.0), T_max=99)
    other.load_state_dict(one.state_dict())
    assert [other.lr_at(t) for t in range(12)] == [one.lr_at(t) for t in range(12)]


def test_a_scheduled_trajectory_is_torchs() -> None:
    ends = []
    for kind, lib in ((SGD, ours), (torch.optim.SGD, theirs)):
        params = parameters()
        optimizer = kind(params, lr=0.1, momentum=0.9)
        schedule = SCHEDULES["warm-up, cosine"](lib, optimizer)
        for step in range(30):
            trajectory(optimizer, params, 1, start=step)
            schedule.step()
        ends.append(torch.cat([param.detach().flatten() for param in params]))
    torch.testing.assert_close(*ends, rtol=0, atol=1e-12)


def test_closed_forms() -> None:
    optimizer = SGD(parameters(), lr=0.8)
    cosine = ours.CosineAnnealingLR(optimizer, T_max=6, eta_min=0.2)
    thirds = [0.8, 0.5 + 0.3 * math.sqrt(0.75), 0.65, 0.5, 0.35, 0.5 - 0.3 * math.sqrt(0.75), 0.2]
    assert [cosine.lr_at(t) for t in range(7)] == pytest.approx(thirds, abs=1e-15)
    linear = ours.LinearLR(optimizer, 0.25, total_iters=3)
    assert [linear.lr_at(t) for t in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8])
    step = ours.StepLR(optimizer, 2, gamma=0.5)
    assert [step.lr_at(t) for t in range(6)] == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]


def test_a_schedule_may_reach_0() -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = SGD([weight], lr=1.0)
    schedule = ours.LinearLR(optimizer, 1.0, 0.0, total_iters=1)
    schedule.step()
    weight.grad = torch.ones(1)
    optimizer.step()
    assert optimizer.param_groups[0]["lr"] == 0 and weight.item() == 1
    SGD([weight], lr=1.0).load_state_dict(optimizer.state_dict())


def make() -> SGD:
    return SGD(parameters(), lr=0.1)


BAD = [
    (lambda: ours.StepLR(make(), 0), ValueError, "step_size must be at least 1, got 0"),
    (lambda: ours.StepLR(make(), 2.5), TypeError, "step_size must be a whole number, got 2.5"),
    (lambda: ours.StepLR(make(), 2, gamma=-1), ValueError, "gamma must be at least 0, got -1"),
    (lambda: ours.StepLR(make(), 2, last_epoch=3), TypeError, "last_epoch"),
    (lambda: ours.StepLR(parameters(), 2), TypeError, "expected an optimizer, got a list"),
    (lambda: ours.LinearLR(make(), 0.0), ValueError, "start_factor must be above 0"),
    (lambda: ours.LinearLR(make(), 1.0, 2.0), ValueError, "neither factor above 1; got 1.0 and 2"),
    (lambda: ours.LinearLR(make(), total_iters=0), ValueError, "total_iters must be at least 1"),
    (lambda: ours.CosineAnnealingLR(make(), 0), ValueError, "T_max must be at least 1"),
    (lambda: ours.CosineAnnealingLR(make(), 9, -0.1), ValueError, "eta_min must be at least 0"),
    (lambda: ours.CosineAnnealingLR(make(), 9, math.nan), ValueError, "eta_min must be at least 0"),
    (lambda: ours.LambdaLR(make(), 0.5), TypeError, "lr_lambda must be a function"),
    (lambda: ours.LambdaLR(make(), [abs, abs]), ValueError, "has 2 values, the optimizer 1 groups"),
    (lambda: LRScheduler(make()), NotImplementedError, "LRScheduler must define lr_at"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_sequence_refuses_what_does_not_fit() -> None:
    optimizer, other = make(), make()
    step = ours.StepLR(optimizer, 2)
    with pytest.raises(ValueError, match="of its optimizer"):
        ours.SequentialLR(other, [step], [])
    with pytest.raises(ValueError, match=r"2 schedules need 1 milestones.*got \[1, 2\]"):
        ours.SequentialLR(optimizer, [step, step], [1, 2])
    with pytest.raises(ValueError, match="a milestone must be at least 6, got 5"):
        ours.SequentialLR(optimizer, [step, step, step], [5, 5])
    with pytest.raises(TypeError, match="cannot hold a OneCycleLR"):
        cycle = ours.OneCycleLR(optimizer, 0.1, 10, cycle_momentum=False)
        ours.SequentialLR(optimizer, [step, cycle], [3])


def test_a_group_that_came_later_is_named() -> None:
    params = parameters()
    optimizer = SGD(params[:1])
    schedule = ours.StepLR(optimizer, 2)
    optimizer.add_param_group({"params": params[1:]})
    with pytest.raises(ValueError, match="made for 1 parameter groups, the optimizer now has 2"):
        schedule.step()


def test_a_state_of_another_schedule_is_refused() -> None:
    schedule = ours.StepLR(make(), 2)
    with pytest.raises(ValueError, match=r"not the state of a StepLR.*'gamma'"):
        schedule.load_state_dict(ours.LinearLR(make()).state_dict())
    with pytest.raises(ValueError, match="for 2 parameter groups, the optimizer has 1"):
        schedule.load_state_dict(ours.StepLR(two_groups(SGD, parameters()), 2).state_dict())
    with pytest.raises(ValueError, match="not the state of a SequentialLR"):
        ours.SequentialLR(make_with := make(), [ours.StepLR(make_with, 2)], []).load_state_dict(
            schedule.state_dict()
        )


def in_sequence(optimizer: Any, step_size: int = 1) -> SequentialLR:
    return SequentialLR(optimizer, [LinearLR(optimizer), StepLR(optimizer, step_size)], [2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["schedulers"].pop(), "the state has 1 schedules, this 2"),
        (lambda s: s.update(schedulers=None), "the state has None schedules"),
        (lambda s: s["schedulers"][1].pop("gamma"), "not the state of a StepLR"),
        (lambda s: s["schedulers"][1].update(base_lrs=[1.0, 2.0]), "is for 2 parameter groups"),
        (lambda s: s["schedulers"][1].update(step_size=0), "gives no learning rate: integer"),
        (lambda s: s.update(last_epoch="x"), "last_epoch in the state must be a whole number"),
        (lambda s: s.update(last_epoch=-1), "last_epoch in the state must be at least 0"),
        (lambda s: s.update(base_lrs=["x"]), "a base rate in the state must be a number"),
        (lambda s: s.update(base_lrs=3), "is for 3 parameter groups"),
        (lambda s: s.pop("milestones"), "not the state of a SequentialLR"),
    ],
)
def test_a_damaged_state_is_refused_and_changes_no_part(change: Any, message: str) -> None:
    other = in_sequence(torch.optim.SGD([torch.zeros(1)], lr=1.0))
    for _ in range(4):
        other.step()
    state = copy.deepcopy(other.state_dict())
    change(state)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    schedule = in_sequence(optimizer, 7)
    optimizer.param_groups[0]["lr"] = 0.123
    before = copy.deepcopy(schedule.state_dict())
    with pytest.raises(ValueError, match=message):
        schedule.load_state_dict(state)
    assert schedule.state_dict() == before
    assert optimizer.param_groups[0]["lr"] == 0.123


def test_what_is_no_state_of_a_schedule_is_refused() -> None:
    schedule = StepLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), 1)
    with pytest.raises(ValueError, match="got NoneType"):
        schedule.load_state_dict(None)  # type: ignore[arg-type]


def test_a_schedule_shares_no_lists_with_the_saved_state() -> None:
    schedule = in_sequence(torch.optim.SGD([torch.zeros(1)], lr=1.0))
    state = copy.deepcopy(schedule.state_dict())
    schedule.load_state_dict(state)
    state["milestones"][0] = 9
    state["schedulers"][1]["base_lrs"][0] = 9.0
    assert schedule.milestones == [2]
    assert schedule.schedulers[1].base_lrs == [1.0]
