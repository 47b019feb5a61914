"""How a saved state is read: does it belong to this optimizer, and to these parameters?"""

from collections.abc import Mapping
from typing import Any

import torch

# Options of torch's optimizers about how a step is computed, not what comes out of it.
SWITCHES = {"foreach", "fused", "capturable", "differentiable"}


def saved_groups(
    kind: str, marks: Mapping[str, Any], groups: list[dict[str, Any]], saved: Any
) -> list[dict[str, Any]]:
    """Return the saved groups without torch's switches, or say why they don't fit ``groups``.

    ``marks`` are entries that tell this kind of optimizer from one with the same options.
    """
    sizes = [len(group["params"]) for group in groups]
    if sizes != [len(group["params"]) for group in saved]:
        raise ValueError(
            f"this {kind} has groups of {sizes} parameters, the saved state "
            f"{[len(group['params']) for group in saved]}: it belongs to another model"
        )
    for group, theirs in zip(groups, saved, strict=True):
        if missing := [n for n in group if n not in theirs and n != "initial_lr"]:
            raise ValueError(
                f"the saved state is of another kind of optimizer: {kind} needs "
                f"{', '.join(missing)}; it has {', '.join(n for n in theirs if n != 'params')}"
            )
        for name, value in marks.items():
            if theirs.get(name, value) != value:
                raise ValueError(
                    f"the saved state is of another kind of optimizer: {kind} has {name}={value}, "
                    f"it {theirs[name]}"
                )
    dropped = SWITCHES | set(marks)
    return [{n: v for n, v in theirs.items() if n not in dropped} for theirs in saved]


def saved_state(param: Any, number: Any, saved: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a parameter's saved state on its device and in its dtype."""
    values = param if isinstance(param, torch.Tensor) else param.data
    state: dict[str, Any] = {}
    for name, value in saved.items():
        if name == "step":
            state[name] = int(value)  # torch keeps it as a tensor
        elif isinstance(value, torch.Tensor):
            if value.shape != values.shape:
                raise ValueError(
                    f"parameter {number} has shape {tuple(values.shape)}, but its saved {name} "
                    f"{tuple(value.shape)}: the state belongs to another model"
                )
            state[name] = value.to(device=values.device, dtype=values.dtype, copy=True)
    return state
