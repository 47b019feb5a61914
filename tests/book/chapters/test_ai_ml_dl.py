"""The labelled equations of book/learning/ai-ml-dl.md, each checked by another route."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from dlbook.data.synthetic import committee
from dlbook.exercises.ai_ml_dl import flops, old_rule_error


def squares(side=1000):
    """Return the midpoints of a fine grid of scores."""
    middle = (np.arange(side) + 0.5) / side
    return np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)


@pytest.mark.eq("eq-line-error")
def test_the_best_straight_line_errs_on_one_applicant_in_twelve():
    def error(c):
        return (c - 1) ** 2 / 2 + (1.5 - c) ** 2

    points = squares()
    for c in (1.0, 1.2, 4 / 3, 1.5):
        counted = ((points.sum(axis=1) >= c) != committee(points)).mean()
        assert counted == pytest.approx(error(c), abs=2e-3)
    best = minimize_scalar(error, bounds=(1, 1.5), method="bounded", options={"xatol": 1e-9})
    assert best.x == pytest.approx(4 / 3, abs=1e-6)
    assert best.fun == pytest.approx(1 / 12)


def test_no_tilted_line_errs_less():
    points = squares(200)
    admitted = committee(points)
    errors = [
        ((points @ [np.cos(angle), np.sin(angle)] >= offset) != admitted).mean()
        for angle in np.linspace(0, np.pi / 2, 46)
        for offset in np.linspace(0.3, 1.3, 101)
    ]
    assert min(errors) == pytest.approx(1 / 12, abs=4e-3)


@pytest.mark.eq("eq-drift")
@pytest.mark.parametrize("drift", [0.0, 0.1, 0.25, 0.5])
def test_an_old_rule_errs_on_two_strips(drift):
    points = squares()
    counted = (committee(points) != committee(points, drift=drift)).mean()
    assert counted == pytest.approx(drift - drift**2, abs=2e-3)


def test_the_error_of_the_exercise_is_an_area():
    points, delta, epsilon = squares(), 0.1, 0.3
    new = (points[:, 0] >= 0.5 + delta) & (points[:, 1] >= 0.5 + epsilon)
    assert (new != committee(points)).mean() == pytest.approx(
        old_rule_error(delta, epsilon), abs=2e-3
    )


@pytest.mark.eq("eq-flops")
def test_torch_counts_the_same_operations():
    from torch.utils.flop_counter import FlopCounterMode

    sizes = [64, 64, 64, 64, 10]
    layers = [torch.nn.Linear(i, o) for i, o in pairwise(sizes)]
    with FlopCounterMode(display=False) as counter:
        torch.nn.Sequential(*layers)(torch.zeros(1, 64))
    assert counter.get_total_flops() == flops(sizes)
