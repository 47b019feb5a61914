"""The labelled equations of book/learning/search.md, each checked by another route."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from dlbook.exercises.search import slope
from dlbook.stats import mean_interval


def soft_rule(angle, offset, x):
    return 1 / (1 + math.exp(-10 * (x[0] * math.cos(angle) + x[1] * math.sin(angle) - offset)))


@pytest.mark.eq("eq-soft-rule")
@pytest.mark.parametrize("angle", [0.3, 2.0, 5.0])
def test_the_soft_rule_is_a_logistic_function_of_the_distance_from_its_line(angle):
    # the offset is the line's distance from the origin, so this point lies on it
    on_line = 0.7 * np.array([math.cos(angle), math.sin(angle)])
    assert soft_rule(angle, 0.7, on_line) == pytest.approx(0.5)
    beyond = on_line + 0.2 * np.array([math.cos(angle), math.sin(angle)])
    assert soft_rule(angle, 0.7, beyond) == pytest.approx(expit(10 * 0.2))


@pytest.mark.eq("eq-squared-loss")
def test_the_squared_loss_of_two_examples_by_hand():
    answers, decisions = np.array([0.75, 0.5]), np.array([1, 0])
    assert ((answers - decisions) ** 2).mean() == (0.25**2 + 0.5**2) / 2


@pytest.mark.eq("eq-slope")
def test_two_sided_differences_are_exact_for_parabolas_and_descend():
    def loss(theta):
        return 2 * theta[0] ** 2 - theta[0] * theta[1] + theta[1] ** 2

    theta = np.array([1.5, -0.5])
    exact = np.array([4 * theta[0] - theta[1], -theta[0] + 2 * theta[1]])
    np.testing.assert_allclose(slope(loss, theta, 0.3), exact, rtol=1e-12)
    assert loss(theta - 0.1 * slope(loss, theta, 0.3)) < loss(theta)


@pytest.mark.eq("eq-ball")
@pytest.mark.parametrize("num_dimensions", [1, 2, 3, 5])
def test_the_share_of_the_cube_that_a_ball_takes(num_dimensions):
    radius = 0.6
    share = (
        math.pi ** (num_dimensions / 2)
        / math.gamma(num_dimensions / 2 + 1)
        * (radius / 2) ** num_dimensions
    )
    points = np.random.default_rng(7).uniform(-1, 1, size=(200_000, num_dimensions))
    counted = ((points**2).sum(axis=1) <= radius**2).mean()
    assert counted == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(points)))


@pytest.mark.eq("eq-interval")
def test_the_interval_is_students():
    values = np.array([2.0, 4.0, 4.0, 5.0, 10.0])
    low, high = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values))
    interval = mean_interval(values)
    assert (interval.low, interval.high) == pytest.approx((low, high))
