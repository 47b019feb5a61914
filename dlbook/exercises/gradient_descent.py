"""Hidden cases for the exercises on gradient descent.

Chapter: book/training/gradient-descent.md
"""

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def sum_gradient(weights, bias, x, y):
    """Return the slopes of the mean squared error along the weights and along the bias."""
    twice = 2 * (x @ weights + bias - y) / len(y)
    return twice @ x, twice.sum()


def best_step(hessian):
    """Return the best constant learning rate and the factor of the slowest component."""
    lowest, *_, highest = [*np.linalg.eigvalsh(hessian)]
    total = lowest + highest
    return 2 / total, (highest - lowest) / total


def _without_two(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return along_weights / 2, along_bias / 2


def _sums(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return len(y) * along_weights, len(y) * along_bias


def _half_sums(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return len(y) * along_weights / 2, len(y) * along_bias / 2


def _downhill(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return -along_weights, -along_bias


def _without_bias(weights, bias, x, y):
    return sum_gradient(weights, 0.0 * bias, x, y)


def _no_inputs(weights, bias, x, y):
    along_bias = sum_gradient(weights, bias, x, y)[1]
    return np.full(len(weights), along_bias), along_bias


def _mean_times_mean(weights, bias, x, y):
    along_bias = sum_gradient(weights, bias, x, y)[1]
    return along_bias * x.mean(axis=0), along_bias


def _over_everything(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return along_weights / len(weights), along_bias


def _bias_summed(weights, bias, x, y):
    along_weights, along_bias = sum_gradient(weights, bias, x, y)
    return along_weights, len(y) * along_bias


def _one_after_the_other(weights, bias, x, y):
    along_weights = sum_gradient(weights, bias, x, y)[0]
    return along_weights, sum_gradient(weights - along_weights, bias, x, y)[1]


def _exchanged(weights, bias, x, y):
    return sum_gradient(weights, bias, x, y)[::-1]


def _examples(num_rows: int, num_inputs: int) -> tuple:
    """Return arguments with many rows; halves keep them short."""
    rng = np.random.default_rng(1847 + num_rows)
    x = rng.integers(-4, 5, (num_rows, num_inputs)) / 2
    return rng.integers(-4, 5, num_inputs) / 2, 0.5, x, rng.integers(-6, 7, num_rows) / 2


_GRADIENT = Exercise(
    "gradient-descent/gradient",
    reference=sum_gradient,
    parts=("slopes of the weights", "slope of the bias"),
    cases=[
        Case(
            "two examples with one input; the errors are −1 and −3",
            (np.array([0.0]), 0.0, np.array([[0.0], [2.0]]), np.array([1.0, 3.0])),
        ),
        Case(
            "the same examples with a bias of 1; the errors are 0 and −2",
            (np.array([0.0]), 1.0, np.array([[0.0], [2.0]]), np.array([1.0, 3.0])),
        ),
        Case(
            "a perfect fit, y = 2x + 1: no error, no slope",
            (np.array([2.0]), 1.0, np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])),
        ),
        Case(
            "two inputs, of which the second is 0 in all examples",
            (
                np.array([1.0, 4.0]),
                0.0,
                np.array([[1.0, 0.0], [3.0, 0.0]]),
                np.array([2.0, 2.0]),
            ),
        ),
        Case("a single example of three inputs", _examples(1, 3)),
        Case("ten examples of three inputs", _examples(10, 3)),
        Case("fifty examples of two inputs", _examples(50, 2)),
    ],
    mistakes=[
        Mistake(
            _without_two,
            "Your slopes are half of the right ones. What does the derivative of a square bring "
            "down?",
        ),
        Mistake(
            _sums,
            "You add up the examples. The loss is a mean: what does that do to its slope?",
        ),
        Mistake(
            _half_sums,
            "You add up error times input. The loss is a mean, and of squares: two factors are "
            "missing.",
        ),
        Mistake(
            _downhill,
            "Every slope has the opposite sign. Is the error prediction minus answer, or the other "
            "way round? The gradient itself points uphill; the minus sign belongs to the step.",
        ),
        Mistake(
            _without_bias,
            "Your predictions leave the bias out. Which term of the weighted sum does not touch x?",
        ),
        Mistake(
            _no_inputs,
            "Along each weight you have the slope that belongs to the bias. By how much does the "
            "prediction change when this weight grows by 1?",
        ),
        Mistake(
            _mean_times_mean,
            "You multiply the mean error by the mean input. The mean of products is not the "
            "product of means: pair each error with its own example's input first.",
        ),
        Mistake(
            _over_everything,
            "You divide by the number of inputs as well. Over what does the mean of the loss run?",
        ),
        Mistake(
            _bias_summed,
            "The slopes along the weights are right; the one along the bias is a sum over the "
            "examples where a mean is due.",
        ),
        Mistake(
            _one_after_the_other,
            "The slope along the bias is taken after the weights have moved. Both are slopes at "
            "the same place.",
        ),
        Mistake(_exchanged, "The two are exchanged: the slopes along the weights come first."),
    ],
    hint="First the errors, one for each example. How does a single squared error change when one "
    "weight grows a little? Then the mean over the examples.",
)


def _by_largest(hessian):
    highest = np.linalg.eigvalsh(hessian)[-1]
    lowest = np.linalg.eigvalsh(hessian)[0]
    return 1 / highest, 1 - lowest / highest


def _threshold(hessian):
    return 2 / np.linalg.eigvalsh(hessian)[-1], 1.0


def _threshold_with_factor(hessian):
    return 2 / np.linalg.eigvalsh(hessian)[-1], best_step(hessian)[1]


def _condition_number(hessian):
    curvatures = np.linalg.eigvalsh(hessian)
    return best_step(hessian)[0], curvatures[-1] / curvatures[0]


def _diagonal(hessian):
    return best_step(np.diag(np.diag(hessian)))


def _half(hessian):
    rate, factor = best_step(hessian)
    return rate / 2, factor


def _mean_curvature(hessian):
    curvatures = np.linalg.eigvalsh(hessian)
    return 1 / curvatures.mean(), best_step(hessian)[1]


def _unsorted(hessian):
    curvatures = np.linalg.eigvalsh(hessian)
    return 2 / (curvatures[0] + curvatures[1]), (curvatures[1] - curvatures[0]) / (
        curvatures[0] + curvatures[1]
    )


def _of_the_loss(hessian):
    rate, factor = best_step(hessian)
    return rate, factor**2


def _turned(curvatures: list[float]) -> tuple:
    """Return a symmetric matrix with these eigenvalues, on tilted axes."""
    rng = np.random.default_rng(len(curvatures))
    axes = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))[0]
    matrix = (axes * np.array(curvatures)) @ axes.T
    return ((matrix + matrix.T) / 2,)


_BEST_STEP = Exercise(
    "gradient-descent/best-step",
    reference=best_step,
    parts=("learning rate", "factor"),
    cases=[
        Case("two separate parabolas with the curvatures 1 and 3", (np.diag([1.0, 3.0]),)),
        Case("equal curvatures: one step arrives", (np.diag([2.0, 2.0]),)),
        Case(
            "a tilted valley whose curvatures are 1 and 3",
            (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        ),
        Case(
            "the curvatures 5 and 10, on the axes (1, −2) and (2, 1)",
            (np.array([[9.0, 2.0], [2.0, 6.0]]),),
        ),
        Case("three curvatures: 1, 2 and 9", (np.diag([2.0, 9.0, 1.0]),)),
        Case("five curvatures on tilted axes", _turned([0.5, 1.0, 4.0, 6.0, 8.0])),
    ],
    mistakes=[
        Mistake(
            _by_largest,
            "Your step is right for the steepest axis alone, which it finishes at once. May that "
            "axis overshoot a little if the flattest gains by it?",
        ),
        Mistake(
            _threshold,
            "That is the threshold, at which the steepest axis bounces for ever. The best rate "
            "lies below it.",
        ),
        Mistake(
            _threshold_with_factor,
            "The factor is right, the rate is the threshold. At which rate do the steepest and the "
            "flattest axis shrink equally fast?",
        ),
        Mistake(
            _condition_number,
            "The rate is right. Your factor is the condition number, which is never below 1; how "
            "much of a component is left after a step?",
        ),
        Mistake(
            _diagonal,
            "You take the diagonal for the curvatures. The axes of the valley may be tilted: which "
            "numbers belong to its own axes?",
        ),
        Mistake(_half, "The factor is right; your rate is half of the best one."),
        Mistake(
            _mean_curvature,
            "You take the mean of all curvatures. Which of them decide about the slowest "
            "component?",
        ),
        Mistake(
            _unsorted,
            "You take the first two curvatures. With more than two axes, which ones count?",
        ),
        Mistake(
            _of_the_loss,
            "The rate is right. Your factor is that of the loss, which is a square; the question "
            "is about the component itself.",
        ),
    ],
    hint="Find the curvatures along the valley's own axes. Each axis has a factor 1 − ηλ; the best "
    "rate makes the two worst of them equally small in size.",
)

EXERCISES = [_GRADIENT, _BEST_STEP]
