"""The labelled equations of book/training/training-a-network.md, each by another route."""

from itertools import chain, product

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import nn

from dlbook.autograd import Value
from dlbook.data.loaders import batches
from dlbook.exercises.training_a_network import iterations, start_std
from dlbook.nn import init
from dlbook.training import fit

RANDOM = np.random.default_rng(10)


@pytest.mark.eq("eq-iterations")
@pytest.mark.parametrize(("num_examples", "size"), [(10, 5), (11, 5), (14, 5), (3, 5), (5, 1)])
def test_fit_takes_as_many_steps_as_the_formula_says(num_examples, size):
    steps = 0

    class Counting(torch.optim.SGD):
        def step(self, closure=None):
            nonlocal steps
            steps += 1
            return super().step(closure)

    model = nn.Linear(2, 2)
    loader = batches(np.zeros((num_examples, 2)), np.zeros(num_examples, dtype=int), size, seed=0)
    fit(model, loader, nn.CrossEntropyLoss(), Counting(model.parameters(), lr=0.1), epochs=3)
    rounded_up = -(-num_examples // size)
    assert steps == 3 * rounded_up == iterations(num_examples, size, 3, False)


def values(units):
    """Return the units' weights as Values: two incoming ones, a bias, an outgoing one."""
    return [[Value(float(v)) for v in unit] for unit in units]


def descend(units, num_steps):
    """Train units of a network on XOR by the engine of plain numbers; return their weights."""
    weights = values(units)
    for _ in range(num_steps):
        loss = Value(0.0)
        for x1, x2 in product((-1.0, 1.0), repeat=2):
            total = Value(0.0)
            for w1, w2, b, v in weights:
                total = total + v * (w1 * x1 + w2 * x2 + b).tanh()
            loss = loss + (total + x1 * x2) ** 2
        for weight in chain(*weights):
            weight.grad = 0.0
        loss.backward()
        for weight in chain(*weights):
            weight.data -= 0.05 * weight.grad
    return [[weight.data for weight in unit] for unit in weights]


@pytest.mark.eq("eq-symmetry")
def test_equal_units_stay_equal_to_the_last_bit_and_others_do_not():
    unit, other = [0.3, -0.7, 0.1, 0.4], [0.9, 0.2, -0.3, -0.5]
    first, second, third = descend([unit, unit, other], 100)
    assert first == second  # bit for bit
    assert np.abs(np.subtract(first, unit)).max() > 0.1  # and they have moved
    assert np.abs(np.subtract(first, third)).min() > 1e-3
    nudged = [unit[0] + 1e-3, *unit[1:]]
    first, second, _ = descend([unit, nudged, other], 100)
    assert first != second


@pytest.mark.eq("eq-signal")
def test_the_mean_square_of_a_sum_over_every_draw_of_signs():
    h, s = RANDOM.normal(size=6), 0.3
    sums = [(s * np.array(signs)) @ h for signs in product((-1, 1), repeat=6)]  # all 64 draws
    assert np.mean(np.square(sums)) == pytest.approx(s**2 * 6 * np.mean(h**2), rel=1e-12)


@pytest.mark.eq("eq-relu-half")
@pytest.mark.parametrize("law", [stats.norm(scale=1.7), stats.laplace(), stats.uniform(-2, 4)])
def test_a_relu_keeps_half_of_the_mean_square_of_a_symmetric_number(law):
    low, high = law.ppf([1e-13, 1 - 1e-13])
    whole = integrate.quad(lambda a: a**2 * law.pdf(a), low, high, points=[0.0])[0]
    kept = integrate.quad(lambda a: max(a, 0.0) ** 2 * law.pdf(a), low, high, points=[0.0])[0]
    assert kept == pytest.approx(whole / 2, rel=1e-6)


@pytest.mark.eq("eq-start-variance")
@pytest.mark.parametrize("shape", [(300, 700), (700, 300), (500, 500)])
def test_the_library_draws_with_these_variances(shape):
    n_out, n_in = shape
    generator = torch.Generator().manual_seed(1)
    for fill, rule in ((init.kaiming_normal_, "he"), (init.xavier_normal_, "xavier")):
        options = {"nonlinearity": "relu"} if rule == "he" else {}
        weight = fill(torch.empty(shape), generator=generator, **options)
        expected = 2 / n_in if rule == "he" else 2 / (n_in + n_out)
        spread = (2 / weight.numel()) ** 0.5  # of a variance estimated from so many numbers
        assert float(weight.var()) == pytest.approx(expected, rel=6 * spread)
        assert start_std(n_in, n_out, rule) == pytest.approx(expected**0.5)


@pytest.mark.eq("eq-start-variance")
def test_he_keeps_the_signal_through_relus_and_xavier_the_middle_between_both_ways():
    n_in, n_out = 400, 100
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(2000, n_in, generator=generator).relu()
    he = init.kaiming_normal_(torch.empty(3000, n_in), nonlinearity="relu", generator=generator)
    kept = (x @ he.T).relu().square().mean() / x.square().mean()
    assert float(kept) == pytest.approx(1.0, abs=0.1)
    xavier = init.xavier_normal_(torch.empty(n_out, n_in), generator=generator)
    forward = (torch.randn(2000, n_in, generator=generator) @ xavier.T).square().mean()
    backward = (torch.randn(2000, n_out, generator=generator) @ xavier).square().mean()
    assert float(1 / forward + 1 / backward) == pytest.approx(
        (n_in + n_out) / 2 * (1 / n_in + 1 / n_out), rel=0.05
    )
