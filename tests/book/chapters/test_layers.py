"""The labelled equations of book/network/layers.md, each checked by another route."""

import math
from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from dlbook.exercises.layers import forward, num_parameters, relu_weights
from dlbook.nn import functional
from dlbook.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from dlbook.nn.linear import Linear

RANDOM = np.random.default_rng(6)
PLACES = [-3.0, -1.2, -0.4, 0.3, 0.9, 2.5]  # none at a kink


def slope(f, place, step=1e-6):
    """Return the slope of a module by a central difference."""
    low, high = f(torch.tensor([place - step, place + step], dtype=torch.float64)).tolist()
    return (high - low) / (2 * step)


@pytest.mark.eq("eq-layer")
def test_a_layer_is_its_neurons_one_by_one():
    layer = Linear(3, 4, dtype=torch.float64)
    x = torch.from_numpy(RANDOM.normal(size=(5, 3)))
    outputs = ReLU()(layer(x)).tolist()
    weight, bias = layer.weight.tolist(), layer.bias.tolist()
    for i, row in enumerate(x.tolist()):
        for k in range(4):
            total = bias[k] + sum(w * v for w, v in zip(weight[k], row, strict=True))
            assert outputs[i][k] == pytest.approx(max(0.0, total))


@pytest.mark.eq("eq-compose")
def test_a_network_is_its_layers_inside_each_other():
    sizes = [3, 5, 4, 2]
    layers = [Linear(i, o, dtype=torch.float64) for i, o in pairwise(sizes)]
    x = torch.from_numpy(RANDOM.normal(size=(6, 3)))
    nested = layers[2](ReLU()(layers[1](ReLU()(layers[0](x)))))
    weights = [layer.weight.detach().numpy() for layer in layers]
    biases = [layer.bias.detach().numpy() for layer in layers]
    assert np.allclose(forward(x.numpy(), weights, biases), nested.detach().numpy())


@pytest.mark.eq("eq-parameters")
@pytest.mark.parametrize("widths", [[2, 2, 1], [64, 32, 16, 10], [1, 1], [7, 3, 9, 9, 2]])
def test_the_count_is_pytorchs(widths):
    model = torch.nn.Sequential(*(torch.nn.Linear(i, o) for i, o in pairwise(widths)))
    assert num_parameters(widths) == sum(p.numel() for p in model.parameters())


@pytest.mark.eq("eq-xor-net")
def test_the_weights_by_hand_compute_xor_exactly():
    for x1, x2 in [(-1, -1), (-1, 1), (1, -1), (1, 1)]:
        x1, x2 = Fraction(x1), Fraction(x2)
        y = max(Fraction(0), 2 * x1 - x2 - 1) + max(Fraction(0), -x1 + 2 * x2 - 1) - 1
        assert y == (1 if x1 != x2 else -1)


@pytest.mark.eq("eq-midpoint")
@pytest.mark.parametrize("f", [np.tanh, np.sign, lambda a: np.maximum(0, a), np.exp])
def test_no_threshold_on_one_rising_unit_separates_xor(f):
    corners = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])
    for _ in range(2000):
        w, b = RANDOM.normal(size=2) * 3, RANDOM.normal() * 3
        sums = corners @ w + b
        assert sums[0] + sums[1] == pytest.approx(2 * b)
        assert sums[2] + sums[3] == pytest.approx(2 * b)
        same, different = f(sums[:2]), f(sums[2:])
        assert same.max() >= different.min() - 1e-12
        assert different.max() >= same.min() - 1e-12


@pytest.mark.eq("eq-slopes")
@pytest.mark.eq("eq-interpolate")
def test_the_units_connect_the_dots():
    z, y = np.sort(RANDOM.normal(size=30)), RANDOM.normal(size=30)
    places = np.linspace(z[0], z[-1], 500)
    ours = y[0] + np.maximum(0, places[:, None] - z[:-1]) @ relu_weights(z, y)
    assert np.allclose(ours, np.interp(places, z, y), atol=1e-9)


@pytest.mark.eq("eq-sigmoid-slope")
def test_the_slope_of_the_sigmoid():
    for a in PLACES:
        s = 1 / (1 + math.exp(-a))
        assert slope(Sigmoid(), a) == pytest.approx(s * (1 - s), abs=1e-8)
    assert slope(Sigmoid(), 0.0) == pytest.approx(1 / 4)
    assert max(slope(Sigmoid(), a) for a in PLACES) < 1 / 4


@pytest.mark.eq("eq-tanh-slope")
def test_tanh_is_a_sigmoid_and_has_its_slope():
    for a in PLACES:
        assert math.tanh(a) == pytest.approx(2 / (1 + math.exp(-2 * a)) - 1)
        assert slope(Tanh(), a) == pytest.approx(1 - math.tanh(a) ** 2, abs=1e-8)


@pytest.mark.eq("eq-gate-slope")
def test_softplus_and_the_gated_ones():
    for a in PLACES:
        s = 1 / (1 + math.exp(-a))
        assert slope(Softplus(), a) == pytest.approx(s, abs=1e-8)
        assert slope(SiLU(), a) == pytest.approx(s + a * s * (1 - s), abs=1e-8)
        expected = stats.norm.cdf(a) + a * stats.norm.pdf(a)
        assert slope(GELU(), a) == pytest.approx(expected, abs=1e-8)


def test_the_table_of_activations():
    x = torch.tensor(PLACES, dtype=torch.float64)
    by_hand = {
        ReLU(): lambda a: max(0.0, a),
        LeakyReLU(0.2): lambda a: a if a > 0 else 0.2 * a,
        ELU(1.5): lambda a: a if a > 0 else 1.5 * (math.exp(a) - 1),
        Sigmoid(): lambda a: 1 / (1 + math.exp(-a)),
        Tanh(): lambda a: (math.exp(a) - math.exp(-a)) / (math.exp(a) + math.exp(-a)),
        Softplus(): lambda a: math.log(1 + math.exp(a)),
        SiLU(): lambda a: a / (1 + math.exp(-a)),
        GELU(): lambda a: a * stats.norm.cdf(a),
    }
    for module, f in by_hand.items():
        assert module(x).tolist() == pytest.approx([f(a) for a in PLACES])
    for a in PLACES:
        assert slope(LeakyReLU(0.2), a) == pytest.approx(1 if a > 0 else 0.2, abs=1e-8)
        assert slope(ELU(1.5), a) == pytest.approx(1 if a > 0 else 1.5 * math.exp(a), abs=1e-8)


@pytest.mark.eq("eq-quadratic")
def test_square_units_are_a_parabola():
    (w, b, v), v0 = RANDOM.normal(size=(3, 50)), 0.7
    x = np.linspace(-1, 1, 41)
    outputs = (np.outer(x, w) + b) ** 2 @ v + v0
    expected = [(v * w**2).sum(), 2 * (v * w * b).sum(), (v * b**2).sum() + v0]
    assert np.polyfit(x, outputs, 2) == pytest.approx(expected)
    assert np.allclose(np.diff(outputs, 3), 0, atol=1e-9)


@pytest.mark.eq("eq-sixteenth")
def test_the_best_parabola_leaves_a_sixteenth():
    # Legendre polynomials are orthogonal on [−1, 1]: the best parabola is the sum of three of them
    legendre = np.polynomial.legendre.Legendre

    def inner(f, g):
        pieces = [integrate.quad(lambda x: f(x) * g(x), *ends)[0] for ends in ((-1, 0), (0, 1))]
        return sum(pieces) / 2

    explained = 0.0
    for degree in (1, 2):
        p = legendre.basis(degree)
        explained += inner(abs, p) ** 2 / inner(p, p)
    variance = inner(abs, abs) - inner(abs, lambda x: 1.0) ** 2
    assert 1 - explained / variance == pytest.approx(1 / 16)


@pytest.mark.eq("eq-abs")
def test_two_relus_are_the_absolute_value():
    x = torch.tensor([-2.5, -1e-300, 0.0, 1e-300, 7.0], dtype=torch.float64)
    assert torch.equal(functional.relu(x) + functional.relu(-x), x.abs())


@pytest.mark.eq("eq-step")
def test_the_ratio_is_one_on_a_line_and_large_at_a_seam():
    def ratio(p):
        steps = np.diff(p)
        return steps[1:-1] / ((steps[:-2] + steps[2:]) / 2)

    assert np.allclose(ratio([1, 4, 7, 10, 13]), 1)
    p = [1, 2, 10, 11]
    assert ratio(p) == pytest.approx([(10 - 2) / (((2 - 1) + (11 - 10)) / 2)])


def test_the_order_of_hidden_units_does_not_matter():
    W, b, v = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=3), RANDOM.normal(size=(1, 3))
    x = RANDOM.normal(size=(20, 2))
    outputs = {
        tuple(
            np.round(forward(x, [W[list(p)], v[:, list(p)]], [b[list(p)], np.zeros(1)]).ravel(), 9)
        )
        for p in permutations(range(3))
    }
    assert len(outputs) == 1
