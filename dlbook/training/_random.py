"""The states of all random generators that a training may draw from."""

import inspect
import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from dlbook.training.errors import CheckpointError


def random_states(loaders: Iterable[Any], device: torch.device) -> dict[str, Any]:
    """Return the states of the global generators and of those that shuffle the loaders."""
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002  (transforms may use it)
    numbers = numpy_state["state"]
    return {
        "torch": torch.get_rng_state(),
        "device": _device_state(device),
        "python": random.getstate(),
        "numpy": numpy_state | {"state": numbers | {"key": torch.tensor(numbers["key"].tolist())}},
        "loaders": [generator.get_state() for generator in generators(loaders)],
    }


def check_random(states: dict[str, Any], loaders: Iterable[Any]) -> None:
    """Refuse loaders with another number of generators than the checkpoint has."""
    wanted, found = len(states["loaders"]), len(generators(loaders))
    if wanted != found:
        raise CheckpointError(
            f"the checkpoint holds the state of {wanted} generators of loaders, but the loaders "
            f"given have {found}; give loaders that are made as those were"
        )


def restore_random(states: dict[str, Any], loaders: Iterable[Any], device: torch.device) -> None:
    """Put all generators back to where they were."""
    torch.set_rng_state(states["torch"])
    kind, state = states["device"]
    if kind == device.type and state is not None:
        _call_on(torch.get_device_module(device).set_rng_state, device, state)
    random.setstate(states["python"])
    numbers = states["numpy"]["state"]
    keys = numbers["key"].numpy().astype(np.uint32)
    np.random.set_state(states["numpy"] | {"state": numbers | {"key": keys}})  # noqa: NPY002
    for generator, state in zip(generators(loaders), states["loaders"], strict=True):
        generator.set_state(state)


def generators(loaders: Iterable[Any]) -> list[torch.Generator]:
    """Return the generators of loaders, their samplers and data sets, each one once."""
    found: dict[int, torch.Generator] = {}
    for loader in loaders:
        batch_sampler = getattr(loader, "batch_sampler", None)
        owners = [loader, batch_sampler, getattr(batch_sampler, "sampler", None)]
        owners += [getattr(loader, "sampler", None), getattr(loader, "dataset", None)]
        for owner in owners:
            generator = getattr(owner, "generator", None)
            if isinstance(generator, torch.Generator):
                found[id(generator)] = generator
    return list(found.values())


def _device_state(device: torch.device) -> tuple[str, torch.Tensor | None]:
    """Return the state of an accelerator's own generator; none for the CPU, whose is global."""
    if device.type == "cpu":
        return "cpu", None
    return device.type, _call_on(torch.get_device_module(device).get_rng_state, device)


def _call_on(function: Any, device: torch.device, *values: Any) -> Any:
    """Call a function for a device, which some kinds of device do not take as an argument."""
    takes_device = "device" in inspect.signature(function).parameters
    return function(*values, device) if takes_device else function(*values)
