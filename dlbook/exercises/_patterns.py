"""What wrong numbers have in common with the right ones: a sign, an order, a shift."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dlbook.exercises._case import Case, Exercise
from dlbook.exercises._compare import Difference
from dlbook.exercises._frozen import Array, freeze


def numbers_hint(name: str, difference: Difference, case: Case, exercise: Exercise) -> str:
    """Return the first pattern that explains the difference, said of ``name``; or nothing."""
    expected, received = _values(difference.expected), _values(difference.received)
    if expected is None or received is None or expected.shape != received.shape:
        return ""
    patterns = _VALUE_PATTERNS if exercise.is_value else _PATTERNS
    for pattern in patterns:
        if hint := pattern(expected, received):
            return hint.replace("{name}", name)
    return "" if exercise.is_value else _same_as_argument(name, received, case, exercise)


def _values(value: Any) -> np.ndarray | None:
    """Return numbers as a float array; None for what is no number."""
    if isinstance(value, Array) and value.values.dtype.kind in "iuf" and value.values.size:
        return value.values.astype(np.float64)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return np.asarray(float(value))
        except OverflowError:
            return None
    return None


def _infinite(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for numbers that have become infinite."""
    if np.isinf(received).any() and np.isfinite(expected).all():
        return "{name} has become infinite: is something divided by 0, or too large for `exp`?"
    return ""


def _sign(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for a wrong sign."""
    if np.allclose(received, -expected):
        return "{name} is right up to its sign: is a minus missing, or one too many?"
    return ""


def _truncated(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for decimals that were cut off."""
    whole = bool((received == np.round(received)).all())
    if whole and (np.trunc(expected) == received).all():
        return (
            "{name} has lost its decimals: the numbers pass through integers somewhere. An array "
            "made of integers stays one; make it with `dtype=float`, and divide with `/`, not `//`."
        )
    return ""


def _reordered(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for the right numbers at the wrong places."""
    if expected.ndim == 0 or expected.size < 2:
        return ""
    if np.allclose(received, expected[::-1]):
        return "{name} has the right numbers, in the opposite order."
    if received.shape == expected.T.shape and np.allclose(received, expected.T):
        return "{name} has the right numbers; rows and columns are exchanged."
    if np.allclose(np.sort(received, axis=None), np.sort(expected, axis=None)):
        return "{name} has the right numbers, in another order."
    return ""


def _shifted(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for one and the same amount too much or too little."""
    gaps = received - expected
    if expected.size > 1 and np.allclose(gaps, gaps.flat[0]):
        return f"{{name}} is off by the same amount everywhere: {gaps.flat[0]:+.4g}."
    return ""


def _scaled(expected: np.ndarray, received: np.ndarray) -> str:
    """Look for a factor."""
    if expected.size < 2 or not expected.any():
        return ""
    at = int(np.argmax(np.abs(expected)))
    factor = received.flat[at] / expected.flat[at]
    if factor != 0 and np.allclose(received, factor * expected):
        return (
            f"{{name}} is the right one times {factor:.4g}: is a factor missing, or one too many?"
        )
    return ""


_Pattern = Callable[[np.ndarray, np.ndarray], str]
_PATTERNS: tuple[_Pattern, ...] = (_infinite, _sign, _truncated, _reordered, _shifted, _scaled)
_VALUE_PATTERNS: tuple[_Pattern, ...] = (_infinite, _sign)  # the others would tell the answer


def _same_as_argument(name: str, received: np.ndarray, case: Case, exercise: Exercise) -> str:
    """Say so if the result is an argument, unchanged."""
    if received.ndim == 0:
        return ""
    for argument, value in zip(exercise.argument_names(case), case.args, strict=True):
        values = _values(freeze(value))
        if values is not None and values.shape == received.shape and (values == received).all():
            return f"{name} is the argument `{argument}`, unchanged. Here it has to change."
    return ""
