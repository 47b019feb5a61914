"""Hidden cases for the exercises on learning as search.

Chapter: book/learning/search.md
"""

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def slope(loss, theta, h):
    """Return the two-sided finite differences of the loss along each parameter."""
    moves = h * np.eye(len(theta))
    return np.array([(loss(theta + move) - loss(theta - move)) / (2 * h) for move in moves])


def _forward(loss, theta, h):
    moves = h * np.eye(len(theta))
    return np.array([(loss(theta + move) - loss(theta)) / h for move in moves])


def _not_divided(loss, theta, h):
    return slope(loss, theta, h) * 2 * h


def _divided_by_h(loss, theta, h):
    return slope(loss, theta, h) * 2


def _times_h(loss, theta, h):
    return slope(loss, theta, h) * h * h


def _all_at_once(loss, theta, h):
    value = (loss(theta + h) - loss(theta - h)) / (2 * h)
    return np.full(len(theta), value)


def _backwards(loss, theta, h):
    return -slope(loss, theta, h)


def _moves_by_one(loss, theta, h):
    return slope(loss, theta, 1.0)


def _number(loss, theta, h):
    return float(slope(loss, theta, h).sum())


def parabola(theta):
    """Return θ₁² + 3 θ₂²."""
    return theta[0] ** 2 + 3 * theta[1] ** 2


def cube(theta):
    """Return θ₁³."""
    return theta[0] ** 3


def product(theta):
    """Return θ₁ θ₂ θ₃."""
    return theta[0] * theta[1] * theta[2]


def weighted(theta):
    """Return 1·θ₁ + 2·θ₂ + 3·θ₃ + …"""
    return float(np.arange(1, len(theta) + 1) @ theta)


_SLOPE = Exercise(
    "search/slope",
    reference=slope,
    cases=[
        Case("the loss θ₁² + 3 θ₂² at (1, 2)", (parabola, np.array([1.0, 2.0]), 0.5)),
        Case("the same loss, another step", (parabola, np.array([1.0, 2.0]), 0.25)),
        Case("the bottom of the parabola", (parabola, np.array([0.0, 0.0]), 0.5)),
        Case("the loss θ₁³, where the step size shows", (cube, np.array([1.0]), 0.5)),
        Case("the loss θ₁ θ₂ θ₃", (product, np.array([2.0, -1.0, 0.5]), 0.5)),
        Case("a straight loss of seven parameters", (weighted, np.zeros(7), 0.125)),
    ],
    mistakes=[
        Mistake(
            _forward,
            "Your slope looks ahead only. At the bottom of a parabola that gives a slope where "
            "there is none: look back as well.",
        ),
        Mistake(_not_divided, "That is the difference of the losses. A slope is rise over run."),
        Mistake(
            _divided_by_h,
            "Your slopes are twice what they should be. How far apart are the two points?",
        ),
        Mistake(
            _times_h,
            "`/ 2 * h` divides by 2 and then multiplies by h. Which brackets are missing?",
        ),
        Mistake(
            _all_at_once,
            "You move all parameters at the same time. The slope along one parameter is what "
            "moving that one alone changes.",
        ),
        Mistake(
            _backwards,
            "Every sign is turned. The slope is positive where the loss rises; stepping against it "
            "comes later.",
        ),
        Mistake(_moves_by_one, "You move by 1, whatever h is."),
        Mistake(_number, "You return one number; there is one slope for each parameter."),
    ],
    hint="Take one parameter, move it by h ahead and by h back, and leave the others where they "
    "are. What is the rise, and what is the run?",
)


def interval(values, t):
    """Return the ends of mean ± t · s / √n."""
    values = np.asarray(values, dtype=float)
    half = t * values.std(ddof=1) / len(values) ** 0.5
    return values.mean() - half, values.mean() + half


def _divides_by_n(values, t):
    values = np.asarray(values, dtype=float)
    half = t * values.std() / len(values) ** 0.5
    return values.mean() - half, values.mean() + half


def _without_root(values, t):
    values = np.asarray(values, dtype=float)
    half = t * values.std(ddof=1) / len(values)
    return values.mean() - half, values.mean() + half


def _of_the_values(values, t):
    values = np.asarray(values, dtype=float)
    half = t * values.std(ddof=1)
    return values.mean() - half, values.mean() + half


def _variance(values, t):
    values = np.asarray(values, dtype=float)
    half = t * values.var(ddof=1) / len(values) ** 0.5
    return values.mean() - half, values.mean() + half


def _mean_and_half(values, t):
    low, high = interval(values, t)
    return (low + high) / 2, (high - low) / 2


def _fixed_two(values, t):
    return interval(values, 2.0)


def _high_first(values, t):
    return interval(values, t)[::-1]


_INTERVAL = Exercise(
    "search/interval",
    reference=interval,
    parts=("low", "high"),
    cases=[
        Case("five values", (np.array([2.0, 4.0, 4.0, 5.0, 10.0]), 2.0)),
        Case("two values, 1 and 3, and t = 2", (np.array([1.0, 3.0]), 2.0)),
        Case("another t", (np.array([2.0, 4.0, 4.0, 5.0, 10.0]), 3.0)),
        Case("equal values", (np.array([7.0, 7.0, 7.0]), 2.5)),
        Case("a plain list", ([0.5, 0.25, 0.75, 0.5], 2.0)),
        Case("negative values", (np.array([-3.0, -1.0, -2.0, -2.0, -2.0, -2.0]), 2.5)),
    ],
    mistakes=[
        Mistake(
            _divides_by_n,
            "Your variance divides by n. The values' distances from their own mean are a little "
            "too small; by what does the chapter divide?",
        ),
        Mistake(_without_root, "Your standard error divides by n where √n belongs."),
        Mistake(
            _of_the_values,
            "That is the spread of the single values. The mean of n of them spreads less.",
        ),
        Mistake(_variance, "You use s² where s belongs; the units tell."),
        Mistake(_mean_and_half, "You return the mean and the half width; wanted are the two ends."),
        Mistake(_fixed_two, "Your factor is always 2; use t."),
        Mistake(_high_first, "The two ends are exchanged: the lower one comes first."),
    ],
    hint="Three steps: the mean, the standard deviation with n − 1, and the standard error.",
)

EXERCISES = [_SLOPE, _INTERVAL]
