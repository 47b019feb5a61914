"""RMSprop: torch's trajectory for each set of options, and the lecture's formula in NumPy."""

from itertools import product

import numpy as np
import pytest
import torch
from optim_helpers import run

from dlbook.optim import RMSprop

NAMES = ("alpha", "weight_decay", "momentum", "centered", "maximize")
GRID = [
    dict(zip(NAMES, values, strict=True))
    for values in product((0.99, 0.5), (0, 0.1), (0, 0.9), (False, True), (False, True))
]


@pytest.mark.parametrize("options", [{}, {"eps": 0.1}, {"alpha": 0}, *GRID], ids=str)
def test_torchs_trajectory(options: dict) -> None:
    ours, theirs = run(RMSprop, **options), run(torch.optim.RMSprop, **options)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_torchs_trajectory_in_fewer_digits(dtype: torch.dtype) -> None:
    options = {"momentum": 0.5, "weight_decay": 0.1}
    assert torch.equal(run(RMSprop, dtype, **options), run(torch.optim.RMSprop, dtype, **options))


@pytest.mark.parametrize(
    ("centered", "momentum"), [(False, 0), (True, 0), (False, 0.9), (True, 0.9)]
)
def test_the_formula(centered: bool, momentum: float) -> None:
    alpha, lr, eps, decay = 0.9, 0.02, 1e-3, 0.05
    theta = np.array([1.0, -2.0, 3.0])
    weight = torch.nn.Parameter(torch.tensor(theta))
    options = {"eps": eps, "weight_decay": decay, "momentum": momentum, "centered": centered}
    optimizer = RMSprop([weight], lr, alpha, **options)
    v, mean, b = np.zeros(3), np.zeros(3), np.zeros(3)
    for step in range(30):
        grad = np.cos(theta + step)
        weight.grad = torch.cos(weight.detach() + step)
        optimizer.step()
        grad = grad + decay * theta
        v = alpha * v + (1 - alpha) * grad**2
        mean = alpha * mean + (1 - alpha) * grad
        root = np.sqrt(v - mean**2) if centered else np.sqrt(v)
        b = momentum * b + grad / (root + eps)
        theta = theta - lr * b
    np.testing.assert_allclose(weight.detach().numpy(), theta, rtol=1e-9)


def test_the_first_step_is_lr_over_the_root_of_one_minus_alpha() -> None:
    weight = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    weight.grad = torch.tensor([1e-3, -5.0, 1e6], dtype=torch.float64)
    RMSprop([weight], lr=0.01, alpha=0.99, eps=0).step()
    expected = torch.tensor([-0.1, 0.1, -0.1], dtype=torch.float64)
    torch.testing.assert_close(weight.detach(), expected)


def test_a_variance_below_zero_by_rounding_is_no_nan() -> None:
    weight = torch.nn.Parameter(torch.zeros(50, dtype=torch.float64))
    optimizer = RMSprop([weight], alpha=0.5, centered=True, eps=1e-3)
    constant = torch.linspace(0.1, 0.9, 50, dtype=torch.float64)
    for _ in range(200):
        weight.grad = constant
        optimizer.step()
    state = optimizer.state[weight]
    assert (state["square_avg"] < state["grad_avg"] ** 2).any()  # it does happen
    assert weight.isfinite().all()


def test_momentum_and_centering_may_begin_later() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = RMSprop([weight])
    for change in ({}, {"momentum": 0.9}, {"centered": True}):
        optimizer.param_groups[0].update(change)
        weight.grad = torch.ones(2)
        optimizer.step()
    assert set(optimizer.state[weight]) == {"step", "square_avg", "momentum_buffer", "grad_avg"}
