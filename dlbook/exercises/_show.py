"""Plain data as short text that a reader can follow, and paste where it is short."""

from typing import Any

import numpy as np

from dlbook.exercises._case import Case, Exercise
from dlbook.exercises._frozen import Array, Foreign, freeze

WIDTH = 84
FEW = 24  # an array with so many numbers is shown whole
PREFIX = {"array": "np.array", "tensor": "torch.tensor"}


def show(value: Any, digits: int = 4) -> str:
    """Return plain data as text of at most some 200 characters."""
    text = _show(value, digits, 0)
    return text if len(text) <= 240 else f"{text[:200]} … ({describe(value)})"


def show_pair(expected: Any, received: Any) -> tuple[str, str]:
    """Return both as texts, with as many digits as it takes to see that they differ."""
    for digits in (4, 8, 17):
        pair = show(expected, digits), show(received, digits)
        if pair[0] != pair[1]:
            break
    return pair


def show_call(exercise: Exercise, case: Case) -> str:
    """Return the call of a case, such as ``update(weights=np.array([0.5]), bias=0.0)``."""
    args, kwargs = case.fresh()
    names = exercise.argument_names(case)
    given = [*zip(names, args, strict=True), *kwargs.items()]
    shown = [f"{name}={show_argument(value)}" for name, value in given]
    line = f"{exercise.name}({', '.join(shown)})"
    if len(line) <= WIDTH or len(shown) < 2:
        return line
    return f"{exercise.name}(\n" + "".join(f"    {part},\n" for part in shown) + ")"


def show_argument(value: Any) -> str:
    """Return an argument; one that is no plain data by its name."""
    frozen = freeze(value)
    if isinstance(frozen, Foreign):
        return getattr(value, "__name__", frozen.words)
    return show(frozen)


def describe(value: Any) -> str:
    """Say in words what kind of thing plain data is."""
    if isinstance(value, Foreign):
        return value.words
    if isinstance(value, Array):
        noun = "an array" if value.kind == "array" else "a torch tensor"
        of = {"i": "integers", "u": "integers", "b": "True and False", "c": "complex numbers"}
        kind = of.get(value.values.dtype.kind)
        return f"{noun} of shape {value.shape}" + (f" of {kind}" if kind else "")
    if isinstance(value, (list, tuple, dict, set)):
        count = len(value)
        items = "1 item" if count == 1 else f"{count} items"
        return (
            f"an empty {type(value).__name__}"
            if not count
            else f"a {type(value).__name__} of {items}"
        )
    if isinstance(value, bool):
        return "True or False"
    if value is None:
        return "None"
    if isinstance(value, (int, float, complex)):
        return "a whole number" if isinstance(value, int) else "a number"
    return "a text" if isinstance(value, str) else type(value).__name__


def _show(value: Any, digits: int, depth: int) -> str:
    """Return text for plain data; deep and long containers are cut."""
    if isinstance(value, Foreign):
        return f"<{value.words}>"
    if isinstance(value, Array):
        return _show_array(value, digits)
    if isinstance(value, (list, tuple, set, dict)):
        return _show_container(value, digits, depth)
    if isinstance(value, bool) or value is None or value is NotImplemented:
        return str(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, int):
        digits_about = int(value.bit_length() * 0.30103)
        return str(value) if digits_about < 40 else f"<a whole number of {digits_about:,} digits>"
    if isinstance(value, float):
        return _show_float(value, digits)
    if isinstance(value, complex):
        return f"{value:.{digits}g}"
    text = repr(value[:120])
    return text if len(value) <= 120 else f"{text[:-1]}…{text[-1]} ({len(value):,} long)"


def _show_float(value: float, digits: int) -> str:
    """Return a float that is recognised as one: 2.0 rather than 2."""
    text = f"{value:.{digits}g}"
    return text if any(mark in text for mark in ".en") else f"{text}.0"


def _show_array(value: Array, digits: int) -> str:
    """Return a short array whole and a long one by its shape and its corners."""
    numbers = value.values
    formats: Any = {
        "float_kind": lambda number: _show_float(float(number), digits),
        "int": str,
        "bool": str,
    }
    whole = numbers.size <= FEW
    body = np.array2string(
        numbers,
        separator=", ",
        threshold=FEW,
        edgeitems=3 if numbers.ndim < 2 else 2,
        max_line_width=10_000,
        formatter=formats,
    )
    body = " ".join(body.split())
    prefix = PREFIX[value.kind]
    return f"{prefix}({body})" if whole else f"{describe(value)}: {body}"


def _show_container(value: Any, digits: int, depth: int) -> str:
    """Return a container with its first items."""
    if depth > 3:
        return "…"
    if isinstance(value, dict):
        pairs = list(value.items())[:8]
        items = [f"{_show(k, digits, depth + 1)}: {_show(v, digits, depth + 1)}" for k, v in pairs]
    else:
        items = [_show(item, digits, depth + 1) for item in list(value)[:FEW]]
    if len(value) > len(items):
        items.append(f"… ({len(value):,} items)")
    body = ", ".join(items)
    if isinstance(value, tuple):
        return f"({body},)" if len(value) == 1 else f"({body})"
    if isinstance(value, list):
        return f"[{body}]"
    return f"{{{body}}}" if value else ("{}" if isinstance(value, dict) else "set()")
