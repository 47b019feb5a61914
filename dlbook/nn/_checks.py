"""What the layers ask of their arguments and inputs, and how they say no."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch.nn import Module

from dlbook.nn._precision import HALF


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
        if not _is_whole(value) or value < 0:
            raise ValueError(
                f"{type(layer).__name__}: {name} must be a whole number, 0 or more, got {value!r}"
            )


def whole(owner: Module | str, **arguments: Any) -> None:
    """Raise unless each argument is a whole number."""
    for name, value in arguments.items():
        if not _is_whole(value):
            raise TypeError(f"{_name(owner)}: {name} must be a whole number, got {value!r}")


def number(owner: Module | str, **arguments: Any) -> None:
    """Raise unless each argument is a number: no truth value, text or tensor, and not NaN."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, Real):
            kind = type(value).__name__
            raise TypeError(f"{_name(owner)}: {name} must be a number, got {kind} {value!r}")
        if math.isnan(value):
            raise ValueError(f"{_name(owner)}: {name} must be a number, got {value}")


def flag(owner: Module | str, **arguments: Any) -> None:
    """Raise unless each argument is True or False."""
    for name, value in arguments.items():
        if not isinstance(value, bool):
            raise TypeError(f"{_name(owner)}: {name} must be True or False, got {value!r}")


def floating(layer: Module, input: torch.Tensor) -> None:
    """Raise unless the input holds real floating-point numbers."""
    if not input.dtype.is_floating_point:
        raise TypeError(
            f"{type(layer).__name__}({layer.extra_repr()}): expected an input of a floating type, "
            f"got {input.dtype}; use input.float()"
        )


def mismatch(layer: Module, expected: str, shape: Sequence[int]) -> ValueError:
    """Return the error that says which input a layer expected and which came."""
    return ValueError(
        f"{type(layer).__name__}({layer.extra_repr()}) expects an input of shape {expected}, "
        f"got {tuple(shape)}"
    )


def normalizable(layer: Module, input: torch.Tensor, parameter: torch.Tensor | None) -> None:
    """Raise unless an input is floating and has the parameters' dtype, or 16 bits for their 32."""
    floating(layer, input)
    if parameter is None or (input.dtype in HALF and parameter.dtype == torch.float32):
        return
    same_dtype(layer, input, parameter)


def same_dtype(layer: Module, input: torch.Tensor, parameter: torch.Tensor) -> None:
    """Raise unless an input has the parameters' dtype."""
    if input.dtype == parameter.dtype:
        return
    raise TypeError(
        f"{type(layer).__name__}({layer.extra_repr()}): the input is {input.dtype}, the parameters "
        f"are {parameter.dtype}; convert one, as in input.to({parameter.dtype})"
    )


def _is_whole(value: Any) -> bool:
    """Tell whether something is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _name(owner: Module | str) -> str:
    """Return the name of a layer or loss."""
    return owner if isinstance(owner, str) else type(owner).__name__
