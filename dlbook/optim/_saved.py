"""How a saved state is read: does it belong to this optimizer, and to these parameters?"""

import copy
import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import torch

from dlbook.optim._check import number

# Options of torch's optimizers about how a step is computed, not what comes out of it.
SWITCHES = {"foreach", "fused", "capturable", "differentiable"}


def saved_parts(saved: Any) -> tuple[list[dict[str, Any]], Mapping[Any, Any]]:
    """Return the groups and the states in what was saved, or say what was expected."""
    groups, state = (
        (saved.get("param_groups"), saved.get("state")) if isinstance(saved, Mapping) else (0, 0)
    )
    if not (isinstance(groups, list) and isinstance(state, Mapping)):
        with_what = f" with {', '.join(map(str, saved))}" if isinstance(saved, Mapping) else ""
        raise ValueError(
            "expected the state of an optimizer, a dict with the list 'param_groups' and the dict "
            f"'state'; got {type(saved).__name__}{with_what}"
        )
    for place, group in enumerate(groups):
        if not (isinstance(group, Mapping) and isinstance(group.get("params"), list)):
            raise ValueError(f"group {place} of the saved state has no list 'params'")
    return groups, state


def by_number(
    groups: list[dict[str, Any]], state: Mapping[Any, Any]
) -> tuple[list[int], dict[int, dict[str, Any]]]:
    """Return the numbers of all parameters in the saved groups, and their states by number."""
    known = [_whole(place, "a parameter's number") for g in groups for place in g["params"]]
    if len(set(known)) < len(known):
        raise ValueError(f"the saved groups hold a parameter twice: {known}")
    states = {_whole(place, "a parameter's number"): values for place, values in state.items()}
    places = set(known)
    for place, values in states.items():
        if place not in places or not isinstance(values, Mapping):
            raise ValueError(
                f"the saved state has an entry for parameter {place}, {values!r:.40}; expected a "
                f"dict for each of the parameters in its groups, {sorted(known)}"
            )
    return known, {place: dict(values) for place, values in states.items()}


def saved_groups(
    kind: str,
    marks: Mapping[str, Any],
    groups: list[dict[str, Any]],
    saved: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> list[dict[str, Any]]:
    """Return a copy of the saved groups without torch's switches, or say why they don't fit.

    ``marks`` are entries that tell this kind of optimizer from one with the same options; ``check``
    refuses options out of their range.
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
    taken = [
        {name: _plain(value) for name, value in theirs.items() if name not in dropped}
        for theirs in saved
    ]
    for place, group in enumerate(taken):
        moved = {"lr": 1.0} if group["lr"] == 0 else {}  # a schedule may have led it to 0
        try:
            check(group | moved)
            if "initial_lr" in group:
                number("initial_lr", group["initial_lr"], least=0)
        except (TypeError, ValueError) as error:
            raise ValueError(f"group {place} of the saved state does not fit: {error}") from error
    return taken


def saved_state(
    param: Any, place: int, saved: dict[str, Any], entries: Mapping[str, bool] | None
) -> dict[str, Any]:
    """Return a copy of a parameter's saved state on its device and in its dtype.

    ``entries`` are the names that the optimizer knows, and whether it needs them; None if it does
    not tell, as one that a reader has written.
    """
    values = param if isinstance(param, torch.Tensor) else param.data
    if entries is not None:
        # torch writes None for a momentum that is not used
        saved = {name: value for name, value in saved.items() if value is not None}
        needed = {name for name, is_needed in entries.items() if is_needed}
        if saved and not needed <= set(saved) <= set(entries):
            raise ValueError(
                f"the saved state of parameter {place} has {', '.join(saved)}; expected "
                f"{', '.join(entries)}: it belongs to another kind of optimizer or is damaged"
            )
    state: dict[str, Any] = {}
    for name, value in saved.items():
        if name == "step":
            state[name] = _whole(value, f"step of parameter {place}")  # torch keeps it as a tensor
        elif isinstance(value, torch.Tensor) and value.is_floating_point():
            if value.shape != values.shape:
                raise ValueError(
                    f"parameter {place} has shape {tuple(values.shape)}, but its saved {name} "
                    f"{tuple(value.shape)}: the state belongs to another model"
                )
            state[name] = value.to(device=values.device, dtype=values.dtype, copy=True)
        elif entries is not None:
            raise ValueError(
                f"the saved {name} of parameter {place} must be a tensor of floating-point "
                f"numbers, got {value!r:.40}"
            )
        else:
            state[name] = copy.deepcopy(value)
    return state


def _plain(value: Any) -> Any:
    """Return a copy of an option; torch may keep a learning rate as a tensor."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return value.item()
    return copy.deepcopy(value)


def _whole(value: Any, name: str) -> int:
    """Return a whole number of at least 0, also from a tensor, a float or, as in JSON, a text."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    exact = math.nan if isinstance(value, bool) or not isinstance(value, Real) else float(value)
    if not (exact >= 0 and exact.is_integer()):
        raise ValueError(f"{name} in the saved state must be a whole number, got {value!r:.40}")
    return int(exact)
