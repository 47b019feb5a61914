"""The perceptron: its rule, the mistake bound, and exact proofs that no weights exist."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.linear_model import Perceptron as SklearnPerceptron

from dlbook.data.synthetic import boolean_functions, separable, xor
from dlbook.perceptron import Perceptron, contradiction, integer_weights, mistake_bound

CORNERS = boolean_functions().x


def separable_by_program(x, y):
    """Ask a linear program for weights with y (w·x + b) ≥ 1: an oracle that is not ours."""
    augmented = np.column_stack([x, np.ones(len(x))])
    program = linprog(
        np.zeros(augmented.shape[1]),
        A_ub=-y[:, None] * augmented,
        b_ub=-np.ones(len(y)),
        bounds=(None, None),
    )
    return program.status == 0


def test_learns_what_scikit_learn_learns():
    cloud = separable(100, 3, margin=0.1, seed=5)
    ours = Perceptron(3)
    assert ours.fit(cloud.x, cloud.y).converged
    theirs = SklearnPerceptron(shuffle=False, tol=None, max_iter=1000, eta0=1.0)
    theirs.fit(cloud.x, cloud.y)
    np.testing.assert_allclose(ours.weights, theirs.coef_[0], rtol=1e-12)
    assert ours.bias == pytest.approx(theirs.intercept_[0], abs=1e-12)
    np.testing.assert_array_equal(ours.predict(cloud.x), theirs.predict(cloud.x))


def test_a_score_of_zero_fires_but_counts_as_a_mistake():
    neuron = Perceptron(2)
    assert neuron.predict([0.0, 0.0]) == 1
    assert neuron.update(np.array([1.0, 0.0]), 1)
    assert not neuron.update(np.array([1.0, 0.0]), 1)


def test_an_update_does_not_touch_the_data():
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])
    kept = x.copy()
    Perceptron(2).fit(x, [1, -1])
    np.testing.assert_array_equal(x, kept)


def test_never_settles_where_no_line_exists():
    history = Perceptron(2).fit(xor().x, xor().y, max_passes=30)
    assert not history.converged
    assert len(history.mistakes) == 30
    assert min(history.mistakes) > 0


@pytest.mark.parametrize("index", range(16))
def test_each_boolean_function_is_settled_and_a_linear_program_agrees(index):
    y = boolean_functions().y[index]
    weights = integer_weights(CORNERS, y)
    assert (weights is None) == contradiction(CORNERS, y, [1, 1, 1, 1])
    assert (weights is not None) == separable_by_program(CORNERS, y)
    if weights is not None:
        assert (y * (CORNERS @ weights[:2] + weights[2]) > 0).all()


def test_contradiction_is_exact():
    x = np.array([[0.1], [0.2], [0.3]])
    # 0.1 − 2 · 0.2 + 0.3 is 0 on paper, but not for the fractions that these floats are
    assert not contradiction(x, [1, -1, 1], [1, 2, 1])
    assert contradiction(np.array([[1.0], [2.0], [3.0]]), [1, -1, 1], [1, 2, 1])


@pytest.mark.parametrize("multipliers", [[0, 0, 0, 0], [1, -1, 1, -1], [1, 1, 1, 2]])
def test_contradiction_needs_multipliers_that_prove_something(multipliers):
    assert not contradiction(xor().x, xor().y, multipliers)


@given(seed=st.integers(0, 10_000), num_features=st.integers(1, 6))
def test_mistakes_stay_below_the_bound(seed, num_features):
    cloud = separable(40, num_features, margin=0.05, seed=seed)
    bound = mistake_bound(cloud.x, cloud.y, cloud.direction, 0.0)
    history = Perceptron(num_features).fit(cloud.x, cloud.y, max_passes=10_000)
    assert history.converged
    assert sum(history.mistakes) <= bound.mistakes


def test_the_bound_does_not_depend_on_the_length_of_the_weights():
    cloud = separable(40, 2, margin=0.1, seed=3)
    bounds = [mistake_bound(cloud.x, cloud.y, c * cloud.direction, 0.0) for c in (1, 7.5)]
    assert bounds[0] == pytest.approx(bounds[1])


def test_the_bound_refuses_data_that_the_weights_do_not_separate():
    with pytest.raises(ValueError, match=r"do not separate the data: \d of 4 .* separable data"):
        mistake_bound(xor().x, xor().y, weights=[1, 1], bias=0)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[1.0, 2.0]], [1, -1], r"x \(n, D\) and y \(n,\); got x \(1, 2\) and y \(2,\)"),
        ([1.0, 2.0], [1, -1], r"got x \(2,\)"),
        (np.zeros((0, 2)), [], r"x is empty: shape \(0, 2\)"),
        ([[1.0, np.nan]], [1], "x holds 1 values that are NaN or infinite"),
        ([[1.0, 2.0], [0.0, 1.0]], [0, 1], r"labels must be -1 and \+1, got \[0, 1\]"),
    ],
)
def test_bad_data_is_refused_with_what_came(x, y, message):
    with pytest.raises(ValueError, match=message):
        Perceptron(2).fit(x, y)


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="at least one input, got 0"):
        Perceptron(0)
    with pytest.raises(ValueError, match="max_passes must be at least 1, got 0"):
        Perceptron(2).fit([[1.0, 2.0]], [1], max_passes=0)
    with pytest.raises(ValueError, match=r"has 2 inputs.*got \(4, 3\)"):
        Perceptron(2).score(np.ones((4, 3)))
    with pytest.raises(ValueError, match="needs whole numbers"):
        integer_weights([[0.5, 1.0]], [1])
    with pytest.raises(ValueError, match="4 points need 4 multipliers, got 2"):
        contradiction(CORNERS, [1, 1, 1, 1], [1, 1])
    with pytest.raises(ValueError, match=r"weights must have shape \(2,\).*got \(3,\)"):
        mistake_bound(CORNERS, [1, 1, 1, 1], [1, 2, 3], 0)
