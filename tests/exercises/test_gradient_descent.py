"""Wrong solutions on gradient descent as students write them, and the hint that each one gets."""

import numpy as np
import pytest

from dlbook.exercises import examine
from dlbook.exercises.gradient_descent import best_step, sum_gradient


def by_autograd(weights, bias, x, y):
    import torch

    w, b = torch.tensor(weights, requires_grad=True), torch.tensor(float(bias), requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch.tensor(x) @ w + b, torch.tensor(y))
    loss.backward()
    return w.grad.numpy(), b.grad.item()


def in_a_loop(weights, bias, x, y):
    along_weights, along_bias = np.zeros(len(weights)), 0.0
    for x_i, y_i in zip(x, y, strict=True):
        error = weights @ x_i + bias - y_i
        along_weights = along_weights + 2 * error * x_i / len(y)
        along_bias += 2 * error / len(y)
    return along_weights, along_bias


@pytest.mark.parametrize("answer", [sum_gradient, by_autograd, in_a_loop])
def test_right_gradients_pass(answer):
    assert examine("gradient-descent/gradient", answer).passed


def by_search(hessian):
    from scipy.optimize import minimize_scalar

    curvatures = np.linalg.eigvalsh(hessian)
    worst = minimize_scalar(
        lambda rate: np.abs(1 - rate * curvatures).max(),
        bounds=(0, 2 / curvatures[-1]),
        method="bounded",
        options={"xatol": 1e-13},
    )
    return worst.x, worst.fun


def by_condition_number(hessian):
    kappa = np.linalg.cond(hessian)
    return 2 / (np.linalg.norm(hessian, 2) * (1 + 1 / kappa)), (kappa - 1) / (kappa + 1)


def test_the_best_step_is_the_best():
    assert examine("gradient-descent/best-step", best_step).passed
    assert examine("gradient-descent/best-step", by_condition_number).passed
    hessian = np.array([[9.0, 2.0], [2.0, 6.0]])
    np.testing.assert_allclose(best_step(hessian), by_search(hessian), rtol=1e-6)


def no_two(weights, bias, x, y):
    error = x @ weights + bias - y
    return x.T @ error / len(y), error.mean()


def answer_minus_prediction(weights, bias, x, y):
    error = y - x @ weights - bias
    return 2 * x.T @ error / len(y), 2 * error.mean()


def sum_for_mean(weights, bias, x, y):
    error = x @ weights + bias - y
    return 2 * x.T @ error, 2 * error.sum()


def transposed(weights, bias, x, y):
    error = x @ weights + bias - y
    return 2 * x @ error / len(y), 2 * error.mean()


def mean_of_everything(weights, bias, x, y):
    error = x @ weights + bias - y
    return 2 * (error[:, None] * x).mean(), 2 * error.mean()


def loses_the_pairs(weights, bias, x, y):
    error = x @ weights + bias - y
    return 2 * error.mean() * x.mean(axis=0), 2 * error.mean()


def one_array(weights, bias, x, y):
    error = x @ weights + bias - y
    return np.append(2 * x.T @ error / len(y), 2 * error.mean())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (no_two, "derivative of a square"),
        (answer_minus_prediction, "opposite sign"),
        (sum_for_mean, "The loss is a mean"),
        (transposed, ""),
        (mean_of_everything, ""),
        (loses_the_pairs, "pair each error"),
        (one_array, ""),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_gradient_gets_the_hint_that_helps(answer, words):
    feedback = examine("gradient-descent/gradient", answer)
    assert feedback.status == "failed"
    assert feedback.hint
    assert words in feedback.hint


def largest_alone(hessian):
    curvatures = np.linalg.eigvalsh(hessian)
    return 1 / curvatures[-1], 1 - curvatures[0] / curvatures[-1]


def diagonal(hessian):
    low, high = np.diag(hessian).min(), np.diag(hessian).max()
    return 2 / (low + high), (high - low) / (high + low)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(largest_alone, "steepest axis alone"), (diagonal, "tilted")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_step_gets_the_hint_that_helps(answer, words):
    feedback = examine("gradient-descent/best-step", answer)
    assert feedback.status == "failed"
    assert words in feedback.hint
