"""The states of all random generators that a training may draw from, and of its loaders."""

import inspect
import random
from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from dlbook.training.errors import CheckpointError

LONGEST = 1000  # lists beyond it are the examples, not the parts of a data set
_LEAVES = (str, bytes, int, float, complex, np.ndarray, torch.Tensor, type, ModuleType)


def random_states(loaders: Iterable[Any], device: torch.device) -> dict[str, Any]:
    """Return the states of the global generators, and of what is within the loaders."""
    loaders = list(loaders)
    refuse_persistent_workers(loaders)
    return {
        "torch": torch.get_rng_state(),
        "device": _device_state(device),
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False),  # noqa: NPY002  (transforms may use it)
        "loaders": [(type(part).__name__, _state(part)) for part in generators(loaders)],
        "stateful": [(type(part).__name__, part.state_dict()) for part in stateful(loaders)],
    }


def check_random(states: dict[str, Any], loaders: Iterable[Any]) -> None:
    """Refuse loaders with other generators, or other parts with a state, than were saved."""
    loaders = list(loaders)
    refuse_persistent_workers(loaders)
    for name, what, now in (
        ("loaders", "generators of loaders", generators(loaders)),
        ("stateful", "samplers, data sets or loaders with a state_dict()", stateful(loaders)),
    ):
        kinds, found = [kind for kind, _ in states[name]], [type(part).__name__ for part in now]
        if kinds != found:
            raise CheckpointError(
                f"the checkpoint holds the state of {len(kinds)} {what}, but the loaders given "
                f"have {len(found)}: {', '.join(kinds) or 'none'} there, "
                f"{', '.join(found) or 'none'} here; give loaders that are made as those were"
            )


def restore_random(states: dict[str, Any], loaders: Iterable[Any], device: torch.device) -> None:
    """Put all generators and loaders back to where they were."""
    loaders = list(loaders)
    for part, (_, state) in zip(stateful(loaders), states["stateful"], strict=True):
        part.load_state_dict(state)
    for part, (_, state) in zip(generators(loaders), states["loaders"], strict=True):
        _restore(part, state)
    torch.set_rng_state(states["torch"])
    kind, state = states["device"]
    if kind == device.type and state is not None:
        _call_on(torch.get_device_module(device).set_rng_state, device, state)
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])  # noqa: NPY002


def refuse_persistent_workers(loaders: Iterable[Any]) -> None:
    """Refuse loaders whose workers live on, with random numbers that nobody else sees."""
    if any(getattr(loader, "persistent_workers", False) for loader in loaders):
        raise ValueError(
            "a checkpoint cannot hold the random numbers of workers that live on between epochs; "
            "make the DataLoader with persistent_workers=False"
        )


def generators(loaders: Iterable[Any]) -> list[Any]:
    """Return the generators within loaders, of torch, NumPy and Python, each one once."""
    kinds = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
    return [
        part
        for part in _parts(list(loaders))
        if isinstance(part, kinds) and not isinstance(part, random.SystemRandom)
    ]


def stateful(loaders: Iterable[Any]) -> list[Any]:
    """Return loaders, samplers, data sets and their parts that save and load a state themselves."""
    return [
        part
        for part in _parts(list(loaders))
        if not isinstance(part, torch.nn.Module)
        and callable(getattr(part, "state_dict", None))
        and callable(getattr(part, "load_state_dict", None))
    ]


def _parts(roots: list[Any]) -> Iterator[Any]:
    """Yield the roots and what can be reached from them by attributes, lists, tuples and dicts."""
    seen: dict[int, Any] = {}
    waiting = list(reversed(roots))
    while waiting:
        part = waiting.pop()
        if part is None or isinstance(part, _LEAVES) or id(part) in seen:
            continue
        seen[id(part)] = part  # held, so that no other object gets its id
        yield part
        waiting += reversed(_within(part))


def _within(part: Any) -> list[Any]:
    """Return what an object holds; not by its own methods, which may count their calls."""
    if isinstance(part, FunctionType):
        return []
    if isinstance(part, partial):
        return [part.func, *part.args, *part.keywords.values()]
    held: list[Any] = []
    if isinstance(part, dict) and dict.__len__(part) <= LONGEST:
        held += dict.values(part)
    elif isinstance(part, list) and list.__len__(part) <= LONGEST:
        held += list.__iter__(part)
    elif isinstance(part, tuple) and tuple.__len__(part) <= LONGEST:
        held += tuple.__iter__(part)
    held += getattr(part, "__dict__", {}).values()
    held.append(getattr(part, "__self__", None))  # a method that is a transform
    return held


def _state(part: Any) -> Any:
    """Return a generator's state."""
    if isinstance(part, torch.Generator):
        return part.get_state()
    if isinstance(part, np.random.Generator):
        return part.bit_generator.state
    if isinstance(part, np.random.RandomState):
        return part.get_state(legacy=False)
    return part.getstate()


def _restore(part: Any, state: Any) -> None:
    """Give a generator a state."""
    if isinstance(part, torch.Generator):
        part.set_state(state)
    elif isinstance(part, np.random.Generator):
        part.bit_generator.state = state
    elif isinstance(part, np.random.RandomState):
        part.set_state(state)
    else:
        part.setstate(state)


def _device_state(device: torch.device) -> tuple[str, torch.Tensor | None]:
    """Return the state of an accelerator's own generator; none for the CPU, whose is global."""
    if device.type == "cpu":
        return "cpu", None
    return device.type, _call_on(torch.get_device_module(device).get_rng_state, device)


def _call_on(function: Any, device: torch.device, *values: Any) -> Any:
    """Call a function for a device, which some kinds of device do not take as an argument."""
    takes_device = "device" in inspect.signature(function).parameters
    return function(*values, device) if takes_device else function(*values)
