"""How a saved state is read: does it belong to this optimizer, and to these parameters?"""

from typing import Any

import torch

# How torch's optimizers compute a step, and not what they compute, except where they say True.
SWITCHES = ("foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay")


def saved_groups(kind: str, groups: list[dict[str, Any]], saved: Any) -> list[dict[str, Any]]:
    """Return the saved groups without torch's switches, or say why they don't fit ``groups``."""
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
        decoupled = theirs.get("decoupled_weight_decay", kind == "AdamW")
        if decoupled != (kind == "AdamW"):
            raise ValueError(f"the saved state is not {kind}'s: its weight decay is the other kind")
    return [{n: v for n, v in theirs.items() if n not in SWITCHES} for theirs in saved]


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
