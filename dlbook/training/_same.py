"""Whether a checkpoint belongs to a model, an optimizer and a schedule, and if not, why."""

import re
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

from dlbook.training.errors import CheckpointError

# A one-cycle schedule adds some of these to the groups, and moves momentum or betas.
_MOVED_BY_SCHEDULES = {"momentum", "betas", "max_lr", "min_lr", "max_momentum", "base_momentum"}

# What of a schedule's state is no setting: it moves, or depends on a function of the reader's.
_MOVING = {
    *("last_epoch", "_step_count", "_last_lr", "_is_initial", "_get_lr_called_within_step"),
    *("verbose", "T_cur", "T_i", "best", "cooldown_counter", "num_bad_epochs"),
    *("lr_lambdas", "_scale_fn_custom"),
}


def architecture(model: nn.Module) -> dict[str, Any]:
    """Return what the model is made of: its modules' classes; its tensors' shapes and types."""
    return {
        "name": type(model).__name__,
        "modules": {
            name or "its class": type(module).__name__ for name, module in model.named_modules()
        },
        "tensors": {
            name: f"shape {tuple(value.shape)}, {value.dtype}"
            for name, value in model.state_dict().items()
            if isinstance(value, Tensor)
        },
    }


def settings(model: nn.Module) -> dict[str, str]:
    """Return what each module says of itself besides its class, such as a dropout's rate."""
    return {
        name or "it": re.sub(r" at 0x[0-9a-fA-F]+", "", module.extra_repr()) or "without settings"
        for name, module in model.named_modules()
    }


def kind(thing: Any) -> str | None:
    """Return the class of an optimizer or schedule, and the package that it comes from."""
    if thing is None:
        return None
    name = f"{type(thing).__name__} of {type(thing).__module__.partition('.')[0]}"
    parts = getattr(thing, "schedulers", getattr(thing, "_schedulers", None))
    return f"{name} ({', '.join(str(kind(part)) for part in parts)})" if parts else name


def optimizer_settings(model: nn.Module, optimizer: Any, schedule: Any) -> list[dict[str, Any]]:
    """Return each group's parameters by name, and its settings, as they were at the start."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    hidden = {"params", "initial_lr"} | (_MOVED_BY_SCHEDULES if schedule is not None else set())
    groups = []
    for group in optimizer.param_groups:
        if any(id(parameter) not in names for parameter in group["params"]):
            raise ValueError(
                "the optimizer has parameters that are not the model's; a checkpoint would lose "
                "their values. Make them a part of the model"
            )
        settings = {name: repr(value) for name, value in group.items() if name not in hidden}
        settings["lr"] = repr(float(group.get("initial_lr", group["lr"])))
        parameters = [names[id(parameter)] for parameter in group["params"]]
        groups.append({"parameters": parameters, "settings": settings})
    return groups


def check_architecture(saved: dict[str, Any], model: nn.Module) -> None:
    """Refuse a model that differs from the one that was saved."""
    now = architecture(model)
    differences = _differences(saved["tensors"], now["tensors"], "the model")
    differences += _differences(saved["modules"], now["modules"], "the model")
    if differences:
        raise CheckpointError(
            f"the checkpoint holds a {saved['name']} of another architecture than this "
            f"{now['name']}: {_some(differences)}"
        )


def check_optimizer(saved: dict[str, Any], model: nn.Module, optimizer: Any, schedule: Any) -> None:
    """Refuse another optimizer, other settings, other parameters, or another schedule."""
    if saved["optimizer_kind"] != kind(optimizer):
        raise CheckpointError(
            f"the checkpoint holds the state of {saved['optimizer_kind']}; the optimizer given is "
            f"{kind(optimizer)}"
        )
    check_kind("schedule", saved["schedule_kind"], kind(schedule))
    before, now = saved["optimizer_settings"], optimizer_settings(model, optimizer, schedule)
    if [group["parameters"] for group in before] != [group["parameters"] for group in now]:
        raise CheckpointError(
            "the optimizer's groups hold other parameters, or in another order, than in the "
            f"checkpoint: {_names(before)} there, {_names(now)} here"
        )
    for number, (old, new) in enumerate(zip(before, now, strict=True)):
        both = old["settings"].keys() & new["settings"].keys()  # versions of torch add settings
        old, new = (
            {name: group["settings"][name] for name in sorted(both)} for group in (old, new)
        )
        differences = _differences(old, new, "the optimizer")
        if differences:
            raise CheckpointError(
                "the optimizer has other settings than the checkpoint, so the training would not "
                f"go on as before; in group {number}: {_some(differences)}"
            )


def check_settings(saved: dict[str, str], model: nn.Module) -> None:
    """Refuse a model of the same classes with other settings."""
    if differences := _differences(saved, settings(model), "the model"):
        raise CheckpointError(
            "the model has other settings than the checkpoint, so the training would not go on as "
            f"before: {_some(differences)}"
        )


def check_schedule(saved: dict[str, Any], schedule: Any) -> None:
    """Refuse a schedule of the same class with other settings."""
    if type(schedule).__module__.partition(".")[0] not in ("torch", "dlbook"):
        return  # of what a reader has written, nobody knows what moves
    before, now = (dict(_flat(state, "")) for state in (saved, schedule.state_dict()))
    if differences := _differences(before, now, "the schedule"):
        raise CheckpointError(
            "the schedule has other settings than the checkpoint, so the training would not go on "
            f"as before: {_some(differences)}"
        )


def check_kind(what: str, saved: str | None, now: str | None) -> None:
    """Refuse a schedule or early stopping that was not there, was left out, or is another."""
    if saved != now:
        raise CheckpointError(
            f"the checkpoint was made with {what}={saved}; got {what}={now}. Give what it was "
            "made with"
        )


def _flat(value: Any, name: str) -> Iterable[tuple[str, str]]:
    """Yield the settings in a schedule's state, those of its parts too."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        pairs = enumerate(value)
    else:
        yield name, repr(value)
        return
    for key, item in pairs:
        if key not in _MOVING:
            yield from _flat(item, f"{name}.{key}" if name else str(key))


def _differences(saved: dict[str, str], now: dict[str, str], holder: str) -> list[str]:
    """Return the entries in which two descriptions differ, in words."""
    return [
        f"{name} is {saved.get(name, 'not there')} in the checkpoint and "
        f"{now.get(name, 'not there')} in {holder}"
        for name in [*saved, *(name for name in now if name not in saved)]
        if saved.get(name) != now.get(name)
    ]


def _some(differences: list[str]) -> str:
    """Return the first differences."""
    more = f"; and {len(differences) - 3} more" if len(differences) > 3 else ""
    return "; ".join(differences[:3]) + more


def _names(groups: list[dict[str, Any]]) -> str:
    """Return the first parameters of all groups."""
    names = [name for group in groups for name in group["parameters"]]
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
