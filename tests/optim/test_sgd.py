"""Gradient descent: torch's trajectory for each set of options, and two that are known by hand."""

from itertools import product

import numpy as np
import pytest
import torch
from optim_helpers import run

from dlbook.optim import SGD

GRID = [
    {
        "lr": 0.05,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
        "maximize": maximize,
    }
    for momentum, dampening, weight_decay, nesterov, maximize in product(
        (0, 0.9), (0, 0.3), (0, 0.1), (False, True), (False, True)
    )
    if not nesterov or (momentum and not dampening)
]


@pytest.mark.parametrize("options", [{}, {"momentum": 1.0}, {"dampening": -0.5, "momentum": 0.5}])
def test_defaults_and_unusual_values_as_torch(options: dict) -> None:
    assert torch.equal(run(SGD, **options), run(torch.optim.SGD, **options))


@pytest.mark.parametrize("options", GRID, ids=str)
def test_torchs_trajectory(options: dict) -> None:
    assert torch.equal(run(SGD, **options), run(torch.optim.SGD, **options))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_torchs_trajectory_in_fewer_digits(dtype: torch.dtype) -> None:
    options = {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}
    assert torch.equal(run(SGD, dtype, **options), run(torch.optim.SGD, dtype, **options))


def descend(hessian: np.ndarray, start: np.ndarray, steps: int, **options: float) -> np.ndarray:
    """Return where gradient descent on ½ θᵀHθ arrives."""
    theta = torch.nn.Parameter(torch.tensor(start))
    optimizer = SGD([theta], **options)
    for _ in range(steps):
        theta.grad = torch.tensor(hessian) @ theta.detach()
        optimizer.step()
    return theta.detach().numpy()


def test_on_a_parabola_each_step_multiplies_by_one_minus_lr_times_curvature() -> None:
    curvature, start = np.array([0.5, 1.0, 3.0, 4.0]), np.array([1.0, -2.0, 3.0, 4.0])
    got = descend(np.diag(curvature), start, 40, lr=0.5)
    np.testing.assert_allclose(got, (1 - 0.5 * curvature) ** 40 * start, rtol=1e-12, atol=1e-15)
    assert got[3] == start[3]  # a learning rate of 2 / curvature: neither nearer nor farther


@pytest.mark.parametrize(("nesterov", "dampening"), [(False, 0), (False, 0.4), (True, 0)])
def test_momentum_on_a_quadratic_is_a_power_of_one_matrix(nesterov: bool, dampening: float) -> None:
    numbers = np.random.default_rng(3)
    root = numbers.normal(size=(3, 3))
    hessian, start = root @ root.T + np.eye(3), numbers.normal(size=3)
    lr, mu = 0.04, 0.8
    # (b, θ) → (μb + (1 − τ)Hθ, θ − η(…)), after a first step with b = Hθ
    gain, one, none = (1 - dampening) * hessian, np.eye(3), np.zeros((3, 3))
    accumulate = np.block([[mu * one, gain], [none, one]])
    move = np.block([[one, none], [-lr * one, one]])
    if nesterov:  # θ moves by Hθ + μb, with the old θ and the new b
        move = np.block([[one, none], [-lr * mu * one, one - lr * hessian]])
    first = np.concatenate([hessian @ start, start])
    after = np.linalg.matrix_power(move @ accumulate, 29) @ (move @ first)
    options = {"lr": lr, "momentum": mu, "dampening": dampening, "nesterov": nesterov}
    got = descend(hessian, start, 30, **options)
    np.testing.assert_allclose(got, after[3:], rtol=1e-10, atol=1e-14)


def test_momentum_is_sutskevers_while_the_learning_rate_stays() -> None:
    """v ← μv − ε∇f(θ), θ ← θ + v; Nesterov's with the gradient at θ + μv (equations 1 to 4)."""
    curvature, start, lr, mu = np.array([1.0, 5.0]), np.array([2.0, -1.0]), 0.1, 0.9
    theta, v = start.copy(), np.zeros(2)
    ahead, w = start.copy(), np.zeros(2)
    for _ in range(25):
        v = mu * v - lr * curvature * theta
        theta = theta + v
        w = mu * w - lr * curvature * (ahead + mu * w)
        ahead = ahead + w
    plain = descend(np.diag(curvature), start, 25, lr=lr, momentum=mu)
    np.testing.assert_allclose(plain, theta, rtol=1e-10)
    # torch's Nesterov keeps the point that looks ahead, θ + μv, in the place of θ
    nesterov = descend(np.diag(curvature), start, 25, lr=lr, momentum=mu, nesterov=True)
    np.testing.assert_allclose(nesterov, ahead + mu * w, rtol=1e-10)
