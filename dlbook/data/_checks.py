"""Checks that the data modules share: each says what was expected and what came."""

from typing import Any

import numpy as np


def whole(name: str, value: Any, least: int) -> int:
    """Return ``value`` as an int of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"{name} must be a whole number, got {value!r} of type {type(value).__name__}"
        )
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return ``value`` as a float within [low, high]."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {value!r} of type {type(value).__name__}")
    if not low <= value <= high:  # NaN fails as well
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {value}")
    return float(value)


def rows(x: Any, name: str = "x") -> np.ndarray:
    """Return ``x`` as an array with at least one row."""
    array = np.asarray(x)
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} must have at least one row, got shape {array.shape}")
    return array


def pair(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and labels as arrays of one length."""
    x, y = rows(x), rows(y, "y")
    if y.ndim != 1:
        raise ValueError(f"y must have one label for each row, shape (n,); got shape {y.shape}")
    if len(x) != len(y):
        raise ValueError(
            f"x and y must have the same number of rows; x has shape {x.shape}, y {y.shape}"
        )
    return x, y
