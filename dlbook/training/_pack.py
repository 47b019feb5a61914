"""States of optimizers and schedules as JSON, with their tensors set aside; nothing is pickled."""

from collections import Counter
from typing import Any

import numpy as np
from torch import Tensor

from dlbook.training.errors import CheckpointError


def pack(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Return a nested value as JSON takes it, and put its tensors into ``tensors``.

    Each JSON object has one key, which says what it stands for, so that tuples, whole numbers as
    keys and tensors come back as they were.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Tensor):
        place, number = name, 1
        while place in tensors:  # the keys 1 and "1" of a dict read alike
            place, number = f"{name}#{number}", number + 1
        tensors[place] = value
        return {"tensor": place}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": [value.dtype.str, value.tolist()]}
    if isinstance(value, (list, tuple)):
        items = [pack(item, f"{name}.{place}", tensors) for place, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        kind = "counter" if isinstance(value, Counter) else "dict"
        return {kind: [[_key(k, name), pack(v, f"{name}.{k}", tensors)] for k, v in value.items()]}
    raise TypeError(
        f"{name} is a {type(value).__name__}; a checkpoint holds numbers, texts, lists, dicts and "
        "tensors, because anything else would need pickle, which executes code when it is loaded"
    )


def unpack(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Return what :func:`pack` was given."""
    if isinstance(value, list):
        return [unpack(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "array":
        return np.array(content[1], dtype=content[0])
    if kind == "tuple":
        return tuple(unpack(item, tensors) for item in content)
    if kind in ("dict", "counter"):
        made = {key: unpack(item, tensors) for key, item in content}
        return Counter(made) if kind == "counter" else made
    raise CheckpointError(f"a checkpoint cannot hold a {kind!r}")


def _key(key: Any, name: str) -> Any:
    """Return a key that JSON can hold within a list."""
    if not isinstance(key, (str, int)):
        raise TypeError(f"keys of {name} must be texts or whole numbers, got {key!r}")
    return key
