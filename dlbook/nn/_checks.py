"""What the layers ask of their arguments and inputs, and how they say no."""

from collections.abc import Sequence
from typing import Any

from torch.nn import Module


def refuse(layer: Module, why: str, **arguments: tuple[Any, Any]) -> None:
    """Raise if an argument has another value than the one that we support."""
    for name, (value, supported) in arguments.items():
        if value != supported:
            raise ValueError(
                f"{type(layer).__name__}: {name}={value!r} is not supported, only "
                f"{name}={supported!r}: {why}"
            )


def sizes(layer: Module, **arguments: int) -> None:
    """Raise unless each argument is a size: a whole number, not negative."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not hasattr(value, "__index__") or value < 0:
            raise ValueError(
                f"{type(layer).__name__}: {name} must be a whole number, 0 or more, got {value!r}"
            )


def mismatch(layer: Module, expected: str, shape: Sequence[int]) -> ValueError:
    """Return the error that says which input a layer expected and which came."""
    return ValueError(
        f"{type(layer).__name__}({layer.extra_repr()}) expects an input of shape {expected}, "
        f"got {tuple(shape)}"
    )
