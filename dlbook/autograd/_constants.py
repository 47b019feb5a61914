"""What the engine takes from others, and what it says when shapes do not fit."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["REFUSED", "changed", "constant", "explained"]

REFUSED = RuntimeError, IndexError, TypeError, ValueError  # what torch raises for bad arguments


def constant(x: Any, partners: Sequence[Any]) -> Any:
    """Return an operand that is no Tensor as a number, or as an array beside its partners."""
    if type(x) is float or type(x) is int:
        return x
    if isinstance(x, torch.Tensor):
        if not x.requires_grad:
            return x
        if torch.is_grad_enabled():
            raise ValueError(
                f"a torch.Tensor of shape {tuple(x.shape)} with requires_grad=True met an engine "
                "Tensor: two autograd engines cannot share a graph, and its gradient would be "
                "lost; pass it as x.detach(), or as Tensor(x, requires_grad=True)"
            )
        return x.detach()
    if isinstance(x, np.number | np.bool_):
        return x.item()
    if isinstance(x, int | float):
        return x
    if isinstance(x, np.ndarray):
        devices = [y.device for y in partners if hasattr(y, "requires_grad")]
        return torch.tensor(x, device=devices[0] if devices else None)
    raise TypeError(
        f"an operand must be a Tensor, a torch.Tensor, a NumPy array or a number, "
        f"got {type(x).__name__}"
    )


RULES = {
    "matmul": "the last axis of the left side must be as long as the second-last of the right",
    "cat": "the tensors must have equal shapes, except along dim",
    "stack": "the tensors must have equal shapes",
    "reshape": "the new shape must hold as many numbers",
    "expand": "only axes of length 1 can be expanded, and new ones are added in front",
}
for _name in ("add", "sub", "mul", "div", "pow", "maximum", "where"):
    RULES[_name] = "matched from the last axis, lengths must be equal, or one of them 1"


def explained(
    op: Callable[..., Any], arrays: Sequence[Any], options: Sequence[Any], error: Exception
) -> Exception:
    """Return torch's error with the operation, the shapes that came and what was expected."""
    name = op.__name__
    shapes = " and ".join(
        f"shape {tuple(x.shape)}" if isinstance(x, torch.Tensor) else f"the number {x!r}"
        for x in arrays
    )
    names = list(inspect.signature(op).parameters)[-len(options) :]
    chosen = ", ".join(f"{n}={value!r}" for n, value in zip(names, options, strict=False))
    rule = f" ({RULES[name]})" if name in RULES else ""
    came = " with ".join(part for part in (shapes, chosen) if part)
    kind = type(error) if type(error) in (IndexError, TypeError, ValueError) else RuntimeError
    return kind(f"{name}: does not work for {came or 'no tensors'}{rule}: {error}")


def changed(op: str, array: torch.Tensor) -> str:
    """Return what to say when an array was changed before its pullback could use it."""
    return (
        f"backward: a tensor of shape {tuple(array.shape)} that {op} needs for its gradient was "
        "changed in place after it was used; change a copy (.clone()), or call backward before "
        "the change"
    )
