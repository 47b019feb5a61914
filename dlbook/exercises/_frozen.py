"""Turn what a reader's code returned into plain data that can be compared and shown safely.

All contact with the reader's objects happens here, while the clock runs: an object whose ``__eq__``
or ``__repr__`` loops or raises cannot do harm later.
"""

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 12
MAX_ITEMS = 20_000  # no right answer comes near it

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


@dataclass(frozen=True)
class Array:
    """A copy of an array or tensor. ``kind`` is "array" or "tensor"."""

    kind: str
    values: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.values.shape


@dataclass(frozen=True)
class Foreign:
    """Something that no right answer is: what it is, in words."""

    kind: str
    words: str


class _Budget:
    """Count down the items that may still be looked at."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def take(self, count: int) -> bool:
        """Tell whether so many more are allowed."""
        self.left -= count
        return self.left >= 0


def freeze(value: Any) -> Any:
    """Return plain data: numbers, texts, None, containers of such, Array, Foreign."""
    return _freeze(value, 0, _Budget())


def ellipsis_inside(frozen: Any) -> bool:
    """Tell whether plain data holds a ``...`` or NotImplemented: the sign of a stub."""
    if frozen is Ellipsis or frozen is NotImplemented:
        return True
    if isinstance(frozen, dict):
        return any(map(ellipsis_inside, frozen.values()))
    return isinstance(frozen, (list, tuple)) and any(map(ellipsis_inside, frozen))


def _freeze(value: Any, depth: int, budget: _Budget) -> Any:
    """Return plain data, down to a depth and a number of items."""
    kind = type(value)
    if value is Ellipsis or value is NotImplemented:
        return value
    if issubclass(kind, np.generic):
        return value.item() if kind is not np.void else Foreign("object", "a NumPy record")
    for plain in _PLAIN:
        if issubclass(kind, plain):
            return value if kind is plain else _base_value(plain, value)
    if issubclass(kind, np.ndarray):
        return _array(value, depth, budget)
    if _is_tensor(kind):
        return Array("tensor", _tensor_values(value))
    if issubclass(kind, (list, tuple, dict, set, frozenset)):
        return _container(value, kind, depth, budget)
    return _foreign(value, kind)


def _base_value(plain: type, value: Any) -> Any:
    """Return the plain number or text inside an instance of a subclass."""
    converters = {int: int.__int__, float: float.__float__, complex: complex.__complex__}
    if plain in converters:
        return converters[plain](value)
    return bytes.__getitem__(value, slice(None)) if plain is bytes else str.__str__(value)


def _array(value: np.ndarray, depth: int, budget: _Budget) -> Any:
    """Return a copy of an array; one of objects becomes what the objects are."""
    values = np.array(value, copy=True, subok=False)
    if values.dtype.kind == "O":
        if not budget.take(values.size):
            return Foreign("object array", f"an array of {values.size:,} Python objects")
        if values.ndim == 0:
            return Foreign("object array", "an array that holds one Python object")
        inside = [_freeze(item, depth + 1, budget) for item in values.flat]
        if not ellipsis_inside(inside):
            return Foreign("object array", f"an array of Python objects, shape {values.shape}")
        return inside
    if values.dtype.kind in "SUVMmT":
        texts = "texts" if values.dtype.kind in "SUT" else str(values.dtype)
        return Foreign("array of texts", f"an array of {texts}, shape {values.shape}")
    return Array("array", values)


def _is_tensor(kind: type) -> bool:
    """Tell whether a type is torch's tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and issubclass(kind, torch.Tensor)


def _tensor_values(value: Any) -> np.ndarray:
    """Return a tensor's numbers; NumPy has no bfloat16."""
    value = value.detach().to("cpu", copy=True).resolve_conj().resolve_neg()
    if str(value.dtype) == "torch.bfloat16":
        value = value.float()
    return value.to_dense().numpy() if value.is_sparse else value.numpy()


def _container(value: Any, kind: type, depth: int, budget: _Budget) -> Any:
    """Return a list, tuple, dict or set of plain data."""
    base = next(b for b in (list, tuple, dict, set, frozenset) if issubclass(kind, b))
    name = base.__name__.replace("frozenset", "set")
    size = base.__len__(value)
    if not budget.take(size):
        return Foreign(name, f"a {name} of {size:,} items")
    if depth >= MAX_DEPTH:
        return Foreign(name, f"a {name} nested more than {MAX_DEPTH} deep")
    items: Iterator[Any] = base.__iter__(value)
    if base is dict:
        keys = [_freeze(key, depth + 1, budget) for key in items]
        if not all(isinstance(key, _PLAIN) for key in keys):
            return Foreign("dict", f"a dict with {size} keys, not all of them numbers or texts")
        values = [_freeze(item, depth + 1, budget) for item in dict.values(value)]
        return dict(zip(keys, values, strict=True))
    frozen = [_freeze(item, depth + 1, budget) for item in items]
    if base is list or base is tuple:
        return base(frozen)
    if all(isinstance(item, _PLAIN) for item in frozen):
        return set(frozen)
    return Foreign("set", f"a set of {size} items")


def _foreign(value: Any, kind: type) -> Foreign:
    """Say what an object is, without asking the object."""
    if kind is types.GeneratorType:
        return Foreign("generator", "a generator")
    if kind is types.CoroutineType:
        value.close()  # else Python warns that nobody awaited it
        return Foreign("coroutine", "a coroutine")
    if kind in (map, filter, zip, range, enumerate, reversed):
        return Foreign("lazy", f"a {kind.__name__} object")
    if kind in _FUNCTIONS:
        return Foreign("function", f"the function {getattr(value, '__name__', '')}".rstrip())
    if issubclass(kind, type):
        return Foreign("class", f"the class {type.__dict__['__name__'].__get__(value)}")
    name = type.__dict__["__name__"].__get__(kind)
    return Foreign("object", f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name} object")
