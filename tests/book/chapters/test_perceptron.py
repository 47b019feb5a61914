"""The labelled equations of book/network/perceptron.md, each checked by another route."""

from itertools import product
from math import comb

import numpy as np
import pytest

from dlbook.data.synthetic import separable, xor
from dlbook.perceptron import Perceptron, contradiction, mistake_bound


@pytest.fixture
def cloud():
    return separable(60, 3, margin=0.05, seed=11)


@pytest.mark.eq("eq-neuron")
def test_the_neuron_is_the_sign_of_a_sum():
    neuron = Perceptron(3)
    neuron.weights, neuron.bias = np.array([1.0, -2.0, 0.5]), 0.25
    x = np.array([0.3, 0.4, 1.5])
    total = sum(float(w) * float(v) for w, v in zip(neuron.weights, x, strict=True)) + 0.25
    assert neuron.score(x) == pytest.approx(total)
    assert neuron.predict(x) == (1 if total >= 0 else -1)


@pytest.mark.eq("eq-update")
@pytest.mark.parametrize("label", [-1, 1])
def test_only_a_mistake_moves_the_weights(label):
    neuron = Perceptron(2)
    neuron.weights, neuron.bias = np.array([1.0, 1.0]), 0.0
    x = np.array([2.0, 1.0])  # score 3: right for +1, wrong for −1
    was_mistake = neuron.update(x, label)
    assert was_mistake == (label == -1)
    assert neuron.weights.tolist() == ([-1.0, 0.0] if was_mistake else [1.0, 1.0])
    assert neuron.bias == (-1.0 if was_mistake else 0.0)


@pytest.mark.eq("eq-gain")
def test_an_update_raises_the_score_by_the_squared_length_plus_one(cloud):
    neuron = Perceptron(3)
    for x, y in zip(cloud.x, cloud.y, strict=True):
        before = y * neuron.score(x)
        if neuron.update(x, y):
            assert y * neuron.score(x) - before == pytest.approx(x @ x + 1)


@pytest.mark.eq("eq-progress")
@pytest.mark.eq("eq-growth")
def test_progress_is_linear_and_growth_a_square_root(cloud):
    neuron, num_mistakes = Perceptron(3), 0
    unit = np.append(cloud.direction, 0.0)
    augmented = np.column_stack([cloud.x, np.ones(len(cloud.x))])
    margin = (cloud.y * (augmented @ unit)).min()
    radius = np.linalg.norm(augmented, axis=1).max()
    for _ in range(50):
        for x, y in zip(cloud.x, cloud.y, strict=True):
            num_mistakes += neuron.update(x, y)
            weights = np.append(neuron.weights, neuron.bias)
            assert unit @ weights >= num_mistakes * margin - 1e-9
            assert weights @ weights <= num_mistakes * radius**2 + 1e-9
    assert num_mistakes > 3


@pytest.mark.eq("eq-novikoff")
def test_the_bound_is_radius_over_margin_squared(cloud):
    bound = mistake_bound(cloud.x, cloud.y, cloud.direction, 0.0)
    radius = max(np.sqrt((x**2).sum() + 1) for x in cloud.x)
    margin = min(y * (x @ cloud.direction) for x, y in zip(cloud.x, cloud.y, strict=True))
    assert bound.mistakes == pytest.approx((radius / margin) ** 2)
    assert sum(Perceptron(3).fit(cloud.x, cloud.y).mistakes) <= bound.mistakes


@pytest.mark.eq("eq-xor")
def test_the_four_inequalities_cancel():
    total = sum(y * np.append(x, 1) for x, y in zip(xor().x, xor().y, strict=True))
    assert total.tolist() == [0, 0, 0]
    assert contradiction(xor().x, xor().y, [1, 1, 1, 1])


@pytest.mark.eq("eq-cover")
@pytest.mark.parametrize("num_points", [3, 4, 5, 6])
def test_cover_counts_the_divisions_of_points_in_the_plane(num_points):
    def bound(n, d):
        return 2 * sum(comb(n - 1, k) for k in range(d + 1))

    # points on a circle are in general position; a line cuts an arc of them off
    arcs = {
        tuple(1 if (k - start) % num_points < length else -1 for k in range(num_points))
        for start, length in product(range(num_points), range(num_points + 1))
    }
    assert len(arcs) == bound(num_points, 2)
    # on a line, which is the least general position in the plane, there are fewer
    assert 2 * num_points <= bound(num_points, 2)
