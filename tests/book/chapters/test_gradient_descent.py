"""The labelled equations of book/training/gradient-descent.md, each checked by another route."""

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import optimize

PAGE = Path(__file__).parents[3] / "book" / "training" / "gradient-descent.md"


def from_page(*names):
    """Return functions that the page defines, so that the page's own lines are tested."""
    cells = re.findall(r"^```\{code-cell\}\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    cells = [re.sub(r"\A(---\n.*?\n---\n|(:[^\n]*\n)+)", "", cell, flags=re.S) for cell in cells]
    found = {"np": np, "num_points": 30}
    for node in [node for cell in cells for node in ast.parse(cell).body]:
        if isinstance(node, ast.FunctionDef) and node.name in names and node.name not in found:
            exec(compile(ast.Module([node], []), str(PAGE), "exec"), found)
    return [found[name] for name in names]


@pytest.fixture
def points():
    random = np.random.default_rng(1847)
    x = random.uniform(0, 4, 30)
    return x, 1.5 * x - 1 + random.normal(0, 0.8, 30)


def line_loss(theta, x, y):
    """Return the loss of a line, example by example."""
    return sum((theta[0] * a + theta[1] - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)


def line_hessian(x):
    return 2 * np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1.0]])


@pytest.mark.eq("eq-line-loss")
def test_the_loss_of_a_line_is_the_mean_squared_error(points):
    x, y = points
    (loss,) = from_page("loss")
    theta = np.array([0.7, -0.3])
    by_torch = torch.nn.functional.mse_loss(torch.tensor(0.7 * x - 0.3), torch.tensor(y))
    assert loss(theta, x, y) == pytest.approx(by_torch.item(), rel=1e-12)
    assert loss(theta, x, y) == pytest.approx(line_loss(theta, x, y), rel=1e-12)


@pytest.mark.eq("eq-line-gradient")
def test_the_gradient_of_a_line_is_that_of_automatic_differentiation(points):
    x, y = points
    (gradient,) = from_page("gradient")
    theta = torch.tensor([0.7, -0.3], dtype=torch.float64, requires_grad=True)
    torch.mean((theta[0] * torch.tensor(x) + theta[1] - torch.tensor(y)) ** 2).backward()
    np.testing.assert_allclose(gradient(np.array([0.7, -0.3]), x, y), theta.grad, rtol=1e-12)


@pytest.mark.eq("eq-two-moves")
def test_a_move_is_made_in_two_parts_and_the_mean_value_theorem_finds_their_slopes(points):
    x, y = points
    (gradient,) = from_page("gradient")
    m, c, (u, v), t = 0.7, -0.3, (0.6, -0.8), 0.9
    whole = line_loss((m + t * u, c + t * v), x, y) - line_loss((m, c), x, y)
    first = line_loss((m + t * u, c + t * v), x, y) - line_loss((m, c + t * v), x, y)
    second = line_loss((m, c + t * v), x, y) - line_loss((m, c), x, y)
    assert first + second == pytest.approx(whole)
    # a parabola takes its mean slope half way
    assert first == pytest.approx(t * u * gradient((m + t * u / 2, c + t * v), x, y)[0])
    assert second == pytest.approx(t * v * gradient((m, c + t * v / 2), x, y)[1])


@pytest.mark.eq("eq-directional")
def test_the_slope_in_a_direction_is_the_length_times_the_cosine(points):
    x, y = points
    (gradient,) = from_page("gradient")
    theta = np.array([0.7, -0.3])
    g = gradient(theta, x, y)
    uphill = math.atan2(g[1], g[0])
    for angle in np.linspace(0, 2 * np.pi, 13):
        u = np.array([math.cos(angle), math.sin(angle)])
        h = 1e-5
        slope = (line_loss(theta + h * u, x, y) - line_loss(theta - h * u, x, y)) / (2 * h)
        assert slope == pytest.approx(math.hypot(*g) * math.cos(angle - uphill), abs=1e-6)
    found = optimize.minimize_scalar(
        lambda a: line_loss(theta + 1e-4 * np.array([math.cos(a), math.sin(a)]), x, y),
        bounds=(uphill + 2, uphill + 4.3),
        method="bounded",
    )
    assert found.x == pytest.approx(uphill + math.pi, abs=1e-3)


@pytest.mark.eq("eq-descent")
def test_descent_walks_the_path_of_torch(points):
    x, y = points
    descend, gradient = from_page("descend", "gradient")
    path = descend(lambda t: gradient(t, x, y), np.array([-1.5, 3.0]), 0.05, 20)
    theta = torch.nn.Parameter(torch.tensor([-1.5, 3.0], dtype=torch.float64))
    optimizer = torch.optim.SGD([theta], lr=0.05)
    for k in range(20):
        np.testing.assert_allclose(path[k], theta.detach(), rtol=1e-12)
        optimizer.zero_grad()
        torch.mean((theta[0] * torch.tensor(x) + theta[1] - torch.tensor(y)) ** 2).backward()
        optimizer.step()


@pytest.mark.eq("eq-one-weight")
@pytest.mark.parametrize("share", [0.3, 1.0, 1.7, 2.0, 2.2])
def test_each_step_multiplies_the_distance(share):
    curvature, lowest, weight = 5.0, 2.0, 2.5
    for k in range(1, 6):
        slope = curvature * (weight - lowest)
        weight -= share / curvature * slope
        assert weight - lowest == pytest.approx(0.5 * (1 - share) ** k, abs=1e-12)


@pytest.mark.eq("eq-line-quadratic")
def test_the_loss_of_a_line_is_a_quadratic_around_its_lowest_point(points):
    x, y = points
    best = np.polyfit(x, y, 1)
    hessian = line_hessian(x)
    for e in ([0.3, -0.2], [-4.0, 7.0]):
        rise = 0.5 * np.array(e) @ hessian @ np.array(e)
        assert line_loss(best + e, x, y) == pytest.approx(line_loss(best, x, y) + rise)
    by_torch = torch.autograd.functional.hessian(
        lambda t: torch.mean((t[0] * torch.tensor(x) + t[1] - torch.tensor(y)) ** 2),
        torch.zeros(2, dtype=torch.float64),
    )
    np.testing.assert_allclose(hessian, by_torch, rtol=1e-12)


@pytest.mark.eq("eq-rotation")
@pytest.mark.parametrize("entries", [(9.0, 2.0, 6.0), (12.0, 4.0, 2.0), (3.0, 1.0, 3.0)])
def test_turned_axes_untie_the_weights(entries):
    a, b, d = entries
    matrix = np.array([[a, b], [b, d]])
    for alpha in (0.0, 0.4, 1.1):
        turn = np.array([[math.cos(alpha), -math.sin(alpha)], [math.sin(alpha), math.cos(alpha)]])
        mixed = 2 * (turn.T @ matrix @ turn)[0, 1]  # the coefficient of p′q′
        assert mixed == pytest.approx((d - a) * math.sin(2 * alpha) + 2 * b * math.cos(2 * alpha))
    alpha = math.pi / 4 if a == d else math.atan(2 * b / (a - d)) / 2
    turn = np.array([[math.cos(alpha), -math.sin(alpha)], [math.sin(alpha), math.cos(alpha)]])
    separate = turn.T @ matrix @ turn
    assert separate[0, 1] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(np.sort(np.diag(separate)), np.linalg.eigvalsh(matrix))


@pytest.mark.eq("eq-modes")
def test_components_are_powers(points):
    x, y = points
    descend, gradient = from_page("descend", "gradient")
    best = np.polyfit(x, y, 1)
    curvatures, axes = np.linalg.eigh(line_hessian(x))
    path = descend(lambda t: gradient(t, x, y), np.array([-1.5, 3.0]), 0.1, 12) - best
    for k, e in enumerate(path @ axes):
        np.testing.assert_allclose(e, (1 - 0.1 * curvatures) ** k * (path[0] @ axes), atol=1e-12)


@pytest.mark.eq("eq-threshold")
@pytest.mark.parametrize(("share", "shrinks"), [(0.05, True), (0.999, True), (1.001, False)])
def test_two_over_the_largest_curvature_divides_convergence_from_divergence(share, shrinks):
    # by the spectral radius of the matrix that a step multiplies with
    matrix = np.array([[9.0, 2.0], [2.0, 6.0]])
    step = np.eye(2) - share * 2 / 10 * matrix
    assert (np.abs(np.linalg.eigvals(step)).max() < 1) == shrinks
    assert (np.abs(np.linalg.matrix_power(step, 20_000)).max() < 1e-12) == shrinks
    sleeping = np.linalg.matrix_power(np.diag([1 - share * 2 / 10 * 5]), 2000)
    assert np.abs(sleeping).max() < 1e-12  # the other axis alone


@pytest.mark.eq("eq-network-gradient")
@pytest.mark.parametrize("num_hidden", [1, 3, 8])
def test_the_networks_gradient_and_hessian_are_those_of_automatic_differentiation(num_hidden):
    slopes, hessian = from_page("network_loss_and_gradient", "network_hessian")
    hessian.__globals__["network_loss_and_gradient"] = slopes
    random = np.random.default_rng(num_hidden)
    x, y = random.normal(size=(2, 15))
    theta = random.normal(size=(4, 3 * num_hidden + 1))

    def loss(t):
        w, b, v = t[:-1].reshape(3, num_hidden)
        hidden = torch.tanh(torch.outer(torch.tensor(x), w) + b)
        return torch.mean((hidden @ v + t[-1] - torch.tensor(y)) ** 2)

    values, gradients = slopes(theta, x, y)
    second = hessian(theta, x, y)
    for i, row in enumerate(torch.tensor(theta, requires_grad=True).unbind()):
        assert values[i] == pytest.approx(loss(row).item(), rel=1e-12)
        (expected,) = torch.autograd.grad(loss(row), row)
        np.testing.assert_allclose(gradients[i], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            second[i], torch.autograd.functional.hessian(loss, row.detach()), atol=1e-5
        )


@pytest.mark.eq("eq-rate")
@pytest.mark.parametrize("curvatures", [[1.0, 1.0], [1.0, 3.0], [0.5, 2.0, 8.0]])
def test_the_best_rate_is_the_best(curvatures):
    curvatures = np.array(curvatures)
    kappa = curvatures[-1] / curvatures[0]

    def worst(rate):
        return np.abs(1 - rate * curvatures).max()

    rate = 2 / (curvatures[0] + curvatures[-1])
    assert worst(rate) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-12)
    rates = np.linspace(0, 2 / curvatures[-1], 2001)
    assert min(map(worst, rates)) >= worst(rate) - 1e-12
    if kappa > 1:
        # (1 + z) / (1 − z) with z = 1/κ: the logarithm's series begins with 2z
        assert math.log(1 / worst(rate)) == pytest.approx(2 * math.atanh(1 / kappa))


@pytest.mark.eq("eq-units")
def test_another_unit_is_another_learning_rate(points):
    x, y = points
    (gradient,) = from_page("gradient")
    scale, rate = 57.3, 1e-5
    there = np.array([0.7 / scale, -0.3])  # the same line for the inputs in the other unit
    after = there - rate * gradient(there, scale * x, y)
    here = np.array([0.7, -0.3])
    expected = here - rate * np.array([scale**2, 1.0]) * gradient(here, x, y)
    np.testing.assert_allclose(after * [scale, 1.0], expected, rtol=1e-10)


@pytest.mark.eq("eq-partner")
@pytest.mark.parametrize("m", [-2.0, 0.0, 3.5])
def test_the_best_constant_for_a_slope(points, m):
    x, y = points
    found = optimize.minimize_scalar(lambda c: line_loss((m, c), x, y))
    assert found.x == pytest.approx(y.mean() - m * x.mean(), abs=1e-6)


@pytest.mark.eq("eq-undone")
def test_the_partner_undoes_a_share_of_the_damage(points):
    x, y = points
    best = np.polyfit(x, y, 1)
    lowest = line_loss(best, x, y)
    damage = line_loss((best[0] + 0.8, best[1]), x, y) - lowest
    left = optimize.minimize_scalar(lambda c: line_loss((best[0] + 0.8, c), x, y)).fun - lowest
    (a, b), (_, d) = line_hessian(x)
    assert 1 - left / damage == pytest.approx(b**2 / (a * d), abs=1e-8)
    assert b**2 / (a * d) == pytest.approx(x.mean() ** 2 / (x**2).mean())


def all_batches(num_examples, size, replace):
    """Return the rows of every batch, each as likely as the others."""
    from itertools import permutations, product

    choose = product(range(num_examples), repeat=size)
    return np.array(list(permutations(range(num_examples), size) if not replace else choose))


@pytest.mark.eq("eq-unbiased")
@pytest.mark.eq("eq-batch-variance")
@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_the_mean_and_the_variance_over_all_batches(size, replace):
    each = np.random.default_rng(6).normal(size=(6, 2))
    full = each.mean(axis=0)
    means = each[all_batches(6, size, replace)].mean(axis=1)
    np.testing.assert_allclose(means.mean(axis=0), full, atol=1e-12)
    sigma2 = ((each - full) ** 2).sum(axis=1).mean()
    expected = sigma2 / size * (1.0 if replace else (6 - size) / 5)
    assert ((means - full) ** 2).sum(axis=1).mean() == pytest.approx(expected, abs=1e-12)


@pytest.mark.eq("eq-hover")
@pytest.mark.parametrize(("rate", "curvature"), [(0.1, 1.0), (0.5, 3.0), (1.5, 1.0)])
def test_where_a_constant_rate_comes_to_rest(rate, curvature):
    noise = 0.7  # the variance
    variance = rate * noise / (curvature * (2 - rate * curvature))
    # the sum of what each past error has left behind, a geometric series
    left = sum(rate**2 * noise * (1 - rate * curvature) ** (2 * k) for k in range(2000))
    assert variance == pytest.approx(left, rel=1e-9)
    random, e = np.random.default_rng(9), np.zeros(20_000)
    for _ in range(400):
        e = e - rate * (curvature * e + random.normal(0, math.sqrt(noise), e.shape))
    assert e.var() == pytest.approx(variance, rel=0.05)
