"""What the layers ask of their arguments and inputs, and how they say no."""

from collections.abc import Sequence
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


def check_dtype(
    layer: Module, input: torch.Tensor, parameter: torch.Tensor | None, halves: bool = True
) -> None:
    """Raise unless an input has the parameters' dtype or, with halves, 16 bits for their 32."""
    if parameter is None or input.dtype == parameter.dtype:
        return
    if halves and input.dtype in HALF and parameter.dtype == torch.float32:
        return
    raise TypeError(
        f"{type(layer).__name__}({layer.extra_repr()}): the input is {input.dtype}, the parameters "
        f"are {parameter.dtype}; convert one, as in input.to({parameter.dtype})"
    )
