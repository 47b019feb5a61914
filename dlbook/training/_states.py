"""All states of a training together: collected, and put back as a whole or not at all."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from dlbook.training._batches import device_of, num_batches
from dlbook.training._random import random_states, restore_random
from dlbook.training._same import check_settings
from dlbook.training.errors import CheckpointError

STATES = ("model", "buffers", "optimizer", "schedule", "early_stopping", "random")


def states_of(
    model: nn.Module, optimizer: Any, schedule: Any, early_stopping: Any, loaders: list[Any]
) -> dict[str, Any]:
    """Return the states of all that a training changes."""
    return {
        "model": model.state_dict(),
        "buffers": _unsaved_buffers(model),
        "optimizer": optimizer.state_dict(),
        "schedule": None if schedule is None else schedule.state_dict(),
        "early_stopping": None if early_stopping is None else early_stopping.state_dict(),
        "random": random_states(loaders, device_of(model)),
    }


def apply_states(
    states: dict[str, Any],
    model: nn.Module,
    optimizer: Any,
    *,
    schedule: Any,
    early_stopping: Any,
    loaders: list[Any],
) -> None:
    """Put everything into the state that was read; if a part refuses it, all back as it was."""
    parts = (model, optimizer, schedule, early_stopping, loaders)
    if optimizer is None:
        before: dict[str, Any] = {"model": copy.deepcopy(_plain(model.state_dict()))}
    else:
        before = copy.deepcopy({**states_of(*parts), "model": _plain(model.state_dict())})
    try:
        _put(states, *parts)
        if optimizer is not None:
            check_settings(states["settings"], model)
            _check_batches(states["num_batches"], loaders)
    except Exception as error:
        _put(before, *parts)
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            f"a state in the checkpoint was refused, so nothing was changed: {error}"
        ) from error


def _put(
    states: dict[str, Any],
    model: nn.Module,
    optimizer: Any,
    schedule: Any,
    early_stopping: Any,
    loaders: list[Any],
) -> None:
    """Give each part its state."""
    model.load_state_dict(states["model"])
    if optimizer is None:
        return
    _put_buffers(states["buffers"], model)
    optimizer.load_state_dict(states["optimizer"])
    if schedule is not None:
        schedule.load_state_dict(states["schedule"])
    if early_stopping is not None:
        early_stopping.load_state_dict(states["early_stopping"])
    restore_random(states["random"], loaders, device_of(model))


def _check_batches(saved: list[int | None], loaders: list[Any]) -> None:
    """Refuse loaders with other numbers of batches; asked when their states are back."""
    for then, now in zip(saved, map(num_batches, loaders), strict=False):
        if then is not None and now is not None and then != now:
            raise CheckpointError(
                f"the checkpoint was made with {then} batches an epoch, the loader has {now}; give "
                "the same examples in batches of the same size. If a loader's length changes, let "
                "it or its sampler have state_dict() and load_state_dict()"
            )


def _unsaved_buffers(model: nn.Module) -> dict[str, dict[str, Tensor | None]]:
    """Return the buffers that a state_dict leaves out, by module and name."""
    return {
        path: {
            name: None if (buffer := module._buffers[name]) is None else buffer.detach()
            for name in sorted(module._non_persistent_buffers_set)
        }
        for path, module in model.named_modules()
        if module._non_persistent_buffers_set
    }


def _put_buffers(saved: dict[str, dict[str, Tensor | None]], model: nn.Module) -> None:
    """Put these buffers back; where training has put another tensor in the place, as that one."""
    modules = dict(model.named_modules())
    for path, buffers in saved.items():
        for name, value in buffers.items():
            old = modules[path]._buffers.get(name)
            if value is None or old is None or (old.shape, old.dtype) != (value.shape, value.dtype):
                new = None if value is None else value.to(device_of(model), copy=True)
                modules[path].register_buffer(name, new, persistent=False)
            else:
                with torch.no_grad():
                    old.copy_(value)


def _plain(state: Any) -> dict[str, Any]:
    """Return a state_dict cut off from any graph, so that it can be copied."""
    return {name: v.detach() if isinstance(v, Tensor) else v for name, v in state.items()}
