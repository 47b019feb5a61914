"""Compare plain data with what was expected, and say of which kind the first difference is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlbook.exercises._frozen import Array, Foreign

_ROOM = {"float16": 1e-2, "float32": 1e-4, "complex64": 1e-4}  # relative, by dtype


@dataclass(frozen=True)
class Difference:
    """Where two values differ, and how.

    ``kind`` is "type", "shape", "length", "keys", "dtype", "nan" or "value". ``path`` leads to the
    place, as keys and indices; ``expected`` and ``received`` are what stands there.
    """

    kind: str
    path: tuple[Any, ...]
    expected: Any
    received: Any


def compare(
    expected: Any, received: Any, rtol: float = 1e-6, atol: float = 1e-9
) -> Difference | None:
    """Return the first difference, or None if there is none that matters.

    Numbers are compared within the tolerance, whatever their type: 2 is 2.0, and NumPy's float is
    Python's. A list passes where a tuple is expected, and a 0-dimensional array where a number is;
    what a page would go on to use differently does not: a list for an array, True for 1.
    """
    return _compare(expected, received, (), rtol, atol)


def _compare(
    expected: Any, received: Any, path: tuple[Any, ...], rtol: float, atol: float
) -> Difference | None:
    """Compare at one place."""
    if isinstance(received, Array) and received.shape == () and _is_number(expected):
        received = received.values.item()
    if isinstance(expected, Array) and expected.shape == () and not isinstance(received, Array):
        expected = expected.values.item()
    if isinstance(expected, Array):
        return _compare_arrays(expected, received, path, rtol, atol)
    if isinstance(expected, (list, tuple)):
        return _compare_sequences(expected, received, path, rtol, atol)
    if isinstance(expected, dict):
        return _compare_dicts(expected, received, path, rtol, atol)
    if _is_number(expected):
        if isinstance(received, Array):
            return Difference("shape", path, expected, received)
        if not _is_number(received) or isinstance(expected, bool) != isinstance(received, bool):
            return Difference("type", path, expected, received)
        if received != received and expected == expected:
            return Difference("nan", path, expected, received)
        same = _close_numbers(expected, received, rtol, atol)
        return None if same else Difference("value", path, expected, received)
    if type(expected) is not type(received):
        return Difference("type", path, expected, received)
    return None if expected == received else Difference("value", path, expected, received)


def _compare_arrays(
    expected: Array, received: Any, path: tuple[Any, ...], rtol: float, atol: float
) -> Difference | None:
    """Compare with an array: kind, shape, kind of numbers, numbers."""
    if _is_number(received):
        return Difference("shape", path, expected, received)
    if not isinstance(received, Array) or received.kind != expected.kind:
        return Difference("type", path, expected, received)
    if received.shape != expected.shape:
        return Difference("shape", path, expected, received)
    if (expected.values.dtype.kind == "b") != (received.values.dtype.kind == "b"):
        return Difference("dtype", path, expected, received)
    room = _ROOM.get(received.values.dtype.name, 0.0)
    if _close(expected.values, received.values, max(rtol, room), max(atol, room * 1e-2)):
        return None
    new_nan = np.isnan(received.values) & ~np.isnan(expected.values)
    return Difference("nan" if new_nan.any() else "value", path, expected, received)


def _compare_sequences(
    expected: list | tuple, received: Any, path: tuple[Any, ...], rtol: float, atol: float
) -> Difference | None:
    """Compare with a list or tuple, item by item."""
    if not isinstance(received, (list, tuple)):
        return Difference("type", path, expected, received)
    if len(received) != len(expected):
        return Difference("length", path, expected, received)
    for index, (left, right) in enumerate(zip(expected, received, strict=True)):
        if difference := _compare(left, right, (*path, index), rtol, atol):
            return difference
    return None


def _compare_dicts(
    expected: dict, received: Any, path: tuple[Any, ...], rtol: float, atol: float
) -> Difference | None:
    """Compare with a dict, key by key."""
    if not isinstance(received, dict):
        return Difference("type", path, expected, received)
    if expected.keys() != received.keys():
        return Difference("keys", path, expected, received)
    for key, left in expected.items():
        if difference := _compare(left, received[key], (*path, key), rtol, atol):
            return difference
    return None


def _close(expected: np.ndarray, received: np.ndarray, rtol: float, atol: float) -> bool:
    """Tell whether numbers agree; NaN agrees with NaN."""
    if expected.dtype.kind in "iub" and received.dtype.kind in "iub":
        return bool((expected == received).all())
    with np.errstate(all="ignore"):
        return bool(np.allclose(received, expected, rtol=rtol, atol=atol, equal_nan=True))


def _close_numbers(expected: Any, received: Any, rtol: float, atol: float) -> bool:
    """Tell whether two Python numbers agree; whole ones exactly, however large."""
    if isinstance(expected, int) and isinstance(received, int):
        return expected == received
    try:
        return _close(np.asarray(complex(expected)), np.asarray(complex(received)), rtol, atol)
    except OverflowError:
        return False


def _is_number(value: Any) -> bool:
    """Tell whether plain data is a single number, True and False included."""
    return isinstance(value, (bool, int, float, complex)) and not isinstance(value, Foreign)
