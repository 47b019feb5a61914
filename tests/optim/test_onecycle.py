"""The one-cycle schedule: torch's learning rates and momenta at each step."""

import json
import math
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from optim_helpers import parameters

from dlbook.optim import SGD, Adam, AdamW, OneCycleLR, RMSprop, StepLR

Torchs = torch.optim.lr_scheduler.OneCycleLR
KINDS = [SGD, RMSprop, Adam, AdamW]
OPTIONS = [
    {"total_steps": 20},
    {"epochs": 3, "steps_per_epoch": 7},
    {"total_steps": 20, "epochs": 3, "steps_per_epoch": 7},
    {"total_steps": 20, "pct_start": 0.0},
    {"total_steps": 20, "pct_start": 0.95},
    {"total_steps": 9, "div_factor": 5, "final_div_factor": 10},
    {"total_steps": 9, "base_momentum": 0.1, "max_momentum": 0.7},
    {"total_steps": 9, "base_momentum": [0.1, 0.2], "max_momentum": [0.7, 0.8]},
    {"total_steps": 9, "cycle_momentum": False},
    {"total_steps": 12, "three_phase": True, "pct_start": 0.0},
    *(
        {"total_steps": 21, "pct_start": pct, "anneal_strategy": anneal, "three_phase": three}
        for pct, anneal, three in product((0.2, 0.37, 0.5), ("cos", "linear"), (False, True))
    ),
]


def two_groups(kind: type) -> Any:
    params = parameters()
    return kind([{"params": params[:1]}, {"params": params[1:]}], lr=0.3)


def moved(optimizer: Any) -> list[tuple[float, ...]]:
    """Return what a cycle moves, group by group."""
    groups = optimizer.param_groups
    return [(g["lr"], *g["betas"]) if "betas" in g else (g["lr"], g["momentum"]) for g in groups]


def flat(rows: list[tuple[float, ...]]) -> list[float]:
    return [value for row in rows for value in row]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_torchs_values(kind: type, options: dict[str, Any]) -> None:
    optimizer = two_groups(kind)
    reference = two_groups(getattr(torch.optim, kind.__name__))
    mine = OneCycleLR(optimizer, [0.5, 2.0], **options)
    torchs = Torchs(reference, [0.5, 2.0], **options)
    reference.step()  # torch warns where a schedule steps first
    for _ in range(mine.total_steps):
        expected = flat(moved(reference))
        assert flat(moved(optimizer)) == pytest.approx(expected, rel=0, abs=1e-12)
        assert mine.get_last_lr() == pytest.approx(torchs.get_last_lr(), rel=0, abs=1e-12)
        mine.step()
        torchs.step()
    assert flat(moved(optimizer)) == pytest.approx(flat(moved(reference)), rel=0, abs=1e-12)
    for schedule in (mine, torchs):
        with pytest.raises(ValueError, match="step"):
            schedule.step()


def test_it_works_on_torchs_optimizer() -> None:
    optimizer, reference = two_groups(torch.optim.Adam), two_groups(torch.optim.Adam)
    mine, torchs = OneCycleLR(optimizer, 0.5, 10), Torchs(reference, 0.5, 10)
    reference.step()
    for _ in range(10):
        assert flat(moved(optimizer)) == pytest.approx(flat(moved(reference)), rel=0, abs=1e-12)
        mine.step()
        torchs.step()


def test_the_corners() -> None:
    schedule = OneCycleLR(SGD(parameters(), lr=9.0), max_lr=1.0, total_steps=101, pct_start=0.5)
    schedule.pct_start = 51 / 101  # so that the summit falls on a step
    rates = [schedule.lr_at(t) for t in (0, 25, 50, 75, 100)]
    assert rates == pytest.approx([0.04, 0.52, 1.0, (1 + 4e-6) / 2, 4e-6], abs=1e-12)
    momenta = [schedule.momentum_at(t) for t in (0, 25, 50, 75, 100)]
    assert momenta == pytest.approx([0.95, 0.9, 0.85, 0.9, 0.95], abs=1e-12)


@pytest.mark.parametrize("options", [{"pct_start": 0.1}, {"pct_start": 1.0}])
def test_a_phase_without_steps_is_over_where_torch_divides_by_zero(options: dict) -> None:
    schedule = OneCycleLR(SGD(parameters()), 1.0, total_steps=10, **options)
    assert all(math.isfinite(schedule.lr_at(t)) for t in range(11))
    assert schedule.lr_at(0 if options["pct_start"] == 0.1 else 9) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_it_goes_on_from_json(kind: type) -> None:
    whole = two_groups(kind)
    schedule = OneCycleLR(whole, 0.5, 20, three_phase=True)
    for _ in range(8):
        schedule.step()
    saved = json.dumps(schedule.state_dict())
    resumed = two_groups(kind)
    again = OneCycleLR(resumed, 99.0, 5)
    again.load_state_dict(json.loads(saved))
    for _ in range(12):
        assert moved(resumed) == moved(whole)
        again.step()
        schedule.step()


def make(kind: type = SGD) -> Any:
    return kind(parameters(), lr=0.1)


BAD = [
    ({}, "give total_steps, or both epochs and steps_per_epoch"),
    ({"epochs": 3}, "give total_steps, or both"),
    ({"total_steps": 0}, "total_steps must be at least 1, got 0"),
    ({"epochs": 3, "steps_per_epoch": 0}, "steps_per_epoch must be at least 1"),
    ({"max_lr": 0.0}, "max_lr must be above 0, got 0"),
    ({"max_lr": [1.0, 2.0]}, "max_lr has 2 values, the optimizer 1 groups"),
    ({"pct_start": 30}, "share of the steps on the way up, at most 1 .*got 30"),
    ({"pct_start": 0.6, "three_phase": True}, "at most 0.5 with three_phase=True; got 0.6"),
    ({"anneal_strategy": "exp"}, "anneal_strategy must be 'cos' or 'linear', got 'exp'"),
    ({"div_factor": 0}, "div_factor must be above 0"),
    ({"final_div_factor": -1}, "final_div_factor must be above 0"),
    ({"base_momentum": 1.0}, "must be at least 0 and below 1, got 1.0"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=lambda value: str(value)[:30])
def test_bad_input(options: dict[str, Any], message: str) -> None:
    known = {"total_steps", "epochs", "steps_per_epoch"} & set(options)
    steps = {} if known or not options else {"total_steps": 10}
    with pytest.raises(ValueError, match=message):
        OneCycleLR(make(), **{"max_lr": 1.0, **steps, **options})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: OneCycleLR(make(), 1.0, 10.5), TypeError, "total_steps must be a whole number"),
        (lambda: OneCycleLR(make(), 1.0, 10, three_phase=1), TypeError, "three_phase must be True"),
        (lambda: OneCycleLR(make(), 1.0, 10, last_epoch=2), TypeError, "last_epoch"),
        (lambda: OneCycleLR([], 1.0, 10), TypeError, "expected an optimizer, got a list"),
        (lambda: OneCycleLR(make(torch.optim.Adagrad), 1.0, 9), ValueError, "Adagrad has neither"),
        (lambda: StepLR(make(), 3).load_state_dict({}), ValueError, "not the state of a StepLR"),
    ],
)
def test_wrong_kinds(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
