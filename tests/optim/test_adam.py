"""Adam and AdamW: torch's trajectory for each set of options, and the papers' lines in NumPy."""

from itertools import product

import numpy as np
import pytest
import torch
from optim_helpers import run

from dlbook.optim import Adam, AdamW

PAIRS = [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)]
NAMES = ("betas", "eps", "weight_decay", "amsgrad", "maximize")
GRID = [
    dict(zip(NAMES, values, strict=True))
    for values in product(
        ((0.9, 0.999), (0.5, 0.9), (0.0, 0.0)), (1e-8, 0.1), (0, 0.2), (False, True), (False, True)
    )
]
# Where β₁ is large beside β₂, v forgets faster than m, and a step may be longer than lr.
UNUSUAL = [{}, {"betas": (0.99, 0.5)}, {"betas": (0.0, 0.999)}, {"eps": 0}, {"lr": 1.0}]


@pytest.mark.parametrize("options", [*UNUSUAL, *GRID], ids=str)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_torchs_trajectory(ours: type, theirs: type, options: dict) -> None:
    torch.testing.assert_close(run(ours, **options), run(theirs, **options), rtol=0, atol=1e-11)


@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_torchs_trajectory_in_float32(ours: type, theirs: type, amsgrad: bool) -> None:
    options = {"lr": 0.01, "weight_decay": 0.1, "amsgrad": amsgrad}
    mine, torchs = (run(made, torch.float32, **options) for made in (ours, theirs))
    torch.testing.assert_close(mine, torchs, rtol=0, atol=2e-6)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_in_bfloat16_no_farther_from_the_truth_than_torch(ours: type, theirs: type) -> None:
    truth = run(theirs, lr=0.05)
    mine, torchs = (run(made, torch.bfloat16, lr=0.05) for made in (ours, theirs))
    assert mine.isfinite().all()
    assert (mine - truth).abs().mean() <= 1.2 * (torchs - truth).abs().mean()


def by_the_paper(
    decoupled: bool, amsgrad: bool, steps: int, weight_decay: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return AdamW's or Adam's end by algorithm 1's lines, and the library's."""
    alpha, beta1, beta2, epsilon = 0.05, 0.8, 0.95, 0.01
    theta = np.array([1.0, -2.0, 0.5])
    weight = torch.nn.Parameter(torch.tensor(theta))
    kind = AdamW if decoupled else Adam
    optimizer = kind([weight], alpha, (beta1, beta2), epsilon, weight_decay, amsgrad)
    m, v, largest = np.zeros(3), np.zeros(3), np.zeros(3)
    for t in range(1, steps + 1):
        grad = 3 * np.sin(2 * theta + t) / t
        weight.grad = 3 * torch.sin(2 * weight.detach() + t) / t
        optimizer.step()
        g = grad if decoupled else grad + weight_decay * theta
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v)
        m_hat = m / (1 - beta1**t)
        v_hat = (largest if amsgrad else v) / (1 - beta2**t)
        shrunk = theta - alpha * weight_decay * theta if decoupled else theta
        theta = shrunk - alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, weight.detach().numpy()


@pytest.mark.parametrize("weight_decay", [0, 0.3])
@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("decoupled", [False, True])
def test_the_papers_lines(decoupled: bool, amsgrad: bool, weight_decay: float) -> None:
    expected, got = by_the_paper(decoupled, amsgrad, 40, weight_decay)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_the_first_step_has_the_length_of_the_learning_rate(kind: type) -> None:
    weight = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    weight.grad = torch.tensor([1e-3, -5.0, 1e6], dtype=torch.float64)
    kind([weight], lr=0.01, eps=0).step()
    expected = torch.tensor([-0.01, 0.01, -0.01], dtype=torch.float64)
    torch.testing.assert_close(weight.detach(), expected, rtol=1e-12, atol=0)


def test_a_constant_gradient_moves_by_the_learning_rate_each_time() -> None:
    """Both corrections are exact then: m̂ is the gradient, v̂ its square."""
    weight = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    optimizer = Adam([weight], lr=0.01, eps=0)
    for _ in range(30):
        weight.grad = torch.tensor([1e-4, -7.0], dtype=torch.float64)
        optimizer.step()
    expected = torch.tensor([-0.3, 0.3], dtype=torch.float64)
    torch.testing.assert_close(weight.detach(), expected, rtol=1e-10, atol=0)


def test_without_a_gradient_to_speak_of_adamw_shrinks_geometrically() -> None:
    weight = torch.nn.Parameter(torch.tensor([3.0, -2.0], dtype=torch.float64))
    optimizer = AdamW([weight], lr=0.1, weight_decay=0.5)
    for _ in range(20):
        weight.grad = torch.zeros(2, dtype=torch.float64)
        optimizer.step()
    expected = torch.tensor([3.0, -2.0], dtype=torch.float64) * 0.95**20
    torch.testing.assert_close(weight.detach(), expected, rtol=1e-12, atol=0)


def test_amsgrad_may_begin_later() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = Adam([weight])
    for amsgrad in (False, True):
        optimizer.param_groups[0]["amsgrad"] = amsgrad
        weight.grad = torch.ones(2)
        optimizer.step()
    torch.testing.assert_close(
        optimizer.state[weight]["max_exp_avg_sq"], optimizer.state[weight]["exp_avg_sq"]
    )
