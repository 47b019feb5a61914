"""How the numbers that a cell hands to a claim are read: lists, arrays, tensors, single values."""

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any


def number_list(name: str, values: Any) -> tuple[float, ...]:
    """Return one float for each seed, or say what was expected."""
    if values is None:
        raise ValueError(f"`{name}` is missing; expected one number for each seed")
    return tuple(number(name, value) for value in _items(name, values, "number"))


def flag_list(name: str, values: Any) -> tuple[bool, ...]:
    """Return the results of exact checks, or say what was expected."""
    if values is None:
        raise ValueError(f"`{name}` is missing; expected a bool for each exact check")
    items = [_plain(value) for value in _items(name, values, "bool")]
    for item in items:
        if not isinstance(item, bool):
            raise TypeError(
                f"a proof's `{name}` holds only True and False, got {item!r}; "
                f"compare exactly, in whole numbers or fractions"
            )
    return tuple(items)


def number(name: str, value: Any) -> float:
    """Return a real number as a float; True, False and texts are none."""
    plain = _plain(value)
    if isinstance(plain, bool):
        raise TypeError(
            f"`{name}` holds {plain}, expected numbers; count how often it is so, or use "
            f"kind='proof' if the check is exact"
        )
    if not isinstance(plain, Sequence):  # a text is one too
        try:
            return float(plain)
        except (TypeError, ValueError, OverflowError):
            pass
    raise TypeError(f"`{name}` holds {plain!r} of type {type(plain).__name__}, expected a number")


def _items(name: str, values: Any, what: str) -> list[Any]:
    """Return the values as a flat list."""
    shape = getattr(values, "shape", ())
    if len(shape) > 1:
        raise ValueError(
            f"`{name}` has shape {tuple(shape)}, expected one {what} for each seed; reduce each "
            f"seed's row to one {what} first"
        )
    values = _plain(values)
    if isinstance(values, Real):
        return [values]
    if isinstance(values, (str, bytes)) or not isinstance(values, (Sequence, Iterator)):
        raise TypeError(
            f"`{name}` is a {what} or a list with one {what} for each seed, "
            f"got {values!r} of type {type(values).__name__}"
        )
    items = list(values)
    if not items:
        raise ValueError(f"`{name}` is empty; expected one {what} for each seed")
    for item in items:
        if getattr(item, "ndim", 0) or (isinstance(item, Sequence) and not isinstance(item, str)):
            raise ValueError(
                f"`{name}` is a list of lists, expected one {what} for each seed; reduce each "
                f"seed's row to one {what} first"
            )
    return items


def _plain(value: Any) -> Any:
    """Return an array or a tensor, on whatever device, as Python's own lists and numbers."""
    return value.tolist() if hasattr(value, "tolist") else value
