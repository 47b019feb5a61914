"""What the engine takes from others, and what it says when shapes do not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["constant", "explained"]


def constant(x: Any, inputs: Sequence[Any]) -> Any:
    """Return a constant operand as a torch.Tensor on the device of the tensors, or as a number."""
    if isinstance(x, int | float):
        return x
    if isinstance(x, torch.Tensor):
        if x.requires_grad and torch.is_grad_enabled():
            raise ValueError(
                f"a torch.Tensor of shape {tuple(x.shape)} with requires_grad=True met an engine "
                "Tensor: two autograd engines cannot share a graph, and its gradient would be "
                "lost; pass it as x.detach(), or as Tensor(x, requires_grad=True)"
            )
        return x.detach() if x.requires_grad else x
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, np.ndarray):
        device = next((t.data.device for t in inputs if hasattr(t, "requires_grad")), None)
        return torch.tensor(x, device=device)
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
    op: str, arrays: Sequence[Any], options: Mapping[str, Any], error: Exception
) -> Exception:
    """Return torch's error with the operation, the shapes that came and what was expected."""
    shapes = " and ".join(
        f"shape {tuple(x.shape)}" if isinstance(x, torch.Tensor) else f"the number {x!r}"
        for x in arrays
    )
    chosen = ", ".join(f"{name}={value!r}" for name, value in options.items())
    rule = f" ({RULES[op]})" if op in RULES else ""
    came = " with ".join(part for part in (shapes, chosen) if part)
    kind = type(error) if type(error) in (IndexError, TypeError) else RuntimeError
    return kind(f"{op}: does not work for {came or 'no tensors'}{rule}: {error}")
