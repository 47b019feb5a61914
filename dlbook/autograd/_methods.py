"""The operators and methods of the engine's Tensor, with torch's names and arguments."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import torch

from dlbook.autograd import ops
from dlbook.autograd._constants import constant
from dlbook.autograd._mode import recording

__all__ = ["Methods"]

JOINS = {"cat", "stack", "where"}
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
FROM_TORCH = {
    **{name: name for name in JOINS},
    **{name: name for name in ("add", "sub", "mul", "div", "pow", "matmul", "maximum", "addmm")},
    **{name: name for name in ("neg", "exp", "log", "sqrt", "square", "reciprocal", "abs")},
    **{name: name for name in ("sin", "cos", "tanh", "sigmoid", "relu", "clamp")},
    **{name: name for name in ("sum", "mean", "amax", "logsumexp", "softmax", "log_softmax")},
    **{name: name for name in ("reshape", "transpose", "permute", "squeeze", "unsqueeze")},
    **{name: f"__{name}__" for name in COMPARISONS},
}

Dims = int | Sequence[int] | None


class Methods:
    """All that only names an operation; :class:`dlbook.autograd.Tensor` does the rest."""

    __array_ufunc__ = None  # so that NumPy leaves `array + tensor` to this class
    __slots__ = ()

    data: torch.Tensor
    requires_grad: bool
    op: str
    _unary: Callable[..., Any]
    _binary: ClassVar[Callable[..., Any]]
    _join: ClassVar[Callable[..., Any]]

    # Operators; the other side may be a Tensor, a torch.Tensor, an array or a number

    def __add__(self, other: Any) -> Any:
        return self._binary(ops.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._binary(ops.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._binary(ops.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._binary(ops.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._binary(ops.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._binary(ops.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._binary(ops.div, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._binary(ops.div, other, self)

    def __pow__(self, other: Any) -> Any:
        return self._binary(ops.pow, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._binary(ops.pow, other, self)

    def __matmul__(self, other: Any) -> Any:
        return self._binary(ops.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._binary(ops.matmul, other, self)

    def __neg__(self) -> Any:
        return self._unary(ops.neg)

    def __abs__(self) -> Any:
        return self._unary(ops.abs)

    def __getitem__(self, index: Any) -> Any:
        return self._unary(ops.getitem, _plain(index))

    # In place: only where nothing is recorded, as for an update of parameters

    def __iadd__(self, other: Any) -> Any:
        return self + other if self._records() else self._write(self.data.add_, other)

    def __isub__(self, other: Any) -> Any:
        return self - other if self._records() else self._write(self.data.sub_, other)

    def __imul__(self, other: Any) -> Any:
        return self * other if self._records() else self._write(self.data.mul_, other)

    def __itruediv__(self, other: Any) -> Any:
        return self / other if self._records() else self._write(self.data.div_, other)

    def _records(self) -> bool:
        """Tell whether ``+=`` must make a new tensor; refuse it on a leaf, which would be lost."""
        if not (self.requires_grad and recording()):
            return False
        if not self.op:  # a leaf
            raise RuntimeError(
                "a leaf that requires a gradient cannot be changed in place while operations are "
                "recorded; write `with no_grad(): w -= step`, or change w.data"
            )
        return True

    def _write(self, change: Callable[[Any], object], other: Any) -> Any:
        """Change the data in place."""
        if isinstance(other, Methods) and other.requires_grad and recording():
            raise RuntimeError("an operation in place is not recorded; write x = x + y, not x += y")
        change(_plain(other))
        return self

    # Comparisons give plain torch.Tensors of booleans: they have no derivative

    def __lt__(self, other: Any) -> torch.Tensor:
        return self.data < _plain(other)

    def __le__(self, other: Any) -> torch.Tensor:
        return self.data <= _plain(other)

    def __gt__(self, other: Any) -> torch.Tensor:
        return self.data > _plain(other)

    def __ge__(self, other: Any) -> torch.Tensor:
        return self.data >= _plain(other)

    def __eq__(self, other: Any) -> Any:
        return self.data == _plain(other)

    def __ne__(self, other: Any) -> Any:
        return self.data != _plain(other)

    __hash__ = object.__hash__  # by identity, as torch: a tensor may be a dictionary's key

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Let ``array + tensor`` and ``torch.exp(tensor)`` of torch come to the engine's method."""
        name = function.__name__
        if name not in FROM_TORCH:
            raise TypeError(
                f"torch's {name} does not know the engine's Tensor; use a method of the engine, or "
                "pass .data, which has no history"
            )
        if name in JOINS:
            return getattr(import_module("dlbook.autograd"), name)(*args, **(kwargs or {}))
        first, *others = args
        owner = first if isinstance(first, cls) else cls(constant(first, ()))  # type: ignore[call-arg]
        return getattr(owner, FROM_TORCH[name])(*others, **(kwargs or {}))

    # Arithmetic by name

    def add(self, other: Any) -> Any:
        """Return self + other."""
        return self + other

    def sub(self, other: Any) -> Any:
        """Return self − other."""
        return self - other

    def mul(self, other: Any) -> Any:
        """Return self · other, elementwise."""
        return self * other

    def div(self, other: Any) -> Any:
        """Return self / other."""
        return self / other

    def pow(self, exponent: Any) -> Any:
        """Return self to the power of the exponent."""
        return self**exponent

    def matmul(self, other: Any) -> Any:
        """Return the matrix product, batched and broadcast over the leading axes."""
        return self @ other

    def addmm(self, mat1: Any, mat2: Any) -> Any:
        """Return self + mat1 @ mat2 for two matrices, computed in one go."""
        return self._join(ops.addmm, (self, mat1, mat2))

    def maximum(self, other: Any) -> Any:
        """Return the larger of the two, elementwise; a tie shares the gradient in halves."""
        return self._binary(ops.maximum, self, other)

    # Functions of each element

    def neg(self) -> Any:
        """Return −self."""
        return -self

    def exp(self) -> Any:
        """Return e to the power of self."""
        return self._unary(ops.exp)

    def log(self) -> Any:
        """Return the natural logarithm."""
        return self._unary(ops.log)

    def sqrt(self) -> Any:
        """Return the square root."""
        return self._unary(ops.sqrt)

    def square(self) -> Any:
        """Return self²."""
        return self._unary(ops.square)

    def reciprocal(self) -> Any:
        """Return 1 / self."""
        return self._unary(ops.reciprocal)

    def abs(self) -> Any:
        """Return the absolute value; the gradient at 0 is 0."""
        return self._unary(ops.abs)

    def sin(self) -> Any:
        """Return the sine."""
        return self._unary(ops.sin)

    def cos(self) -> Any:
        """Return the cosine."""
        return self._unary(ops.cos)

    def tanh(self) -> Any:
        """Return the hyperbolic tangent."""
        return self._unary(ops.tanh)

    def sigmoid(self) -> Any:
        """Return 1 / (1 + e⁻ˣ)."""
        return self._unary(ops.sigmoid)

    def relu(self) -> Any:
        """Return max(self, 0); the gradient at 0 is 0."""
        return self._unary(ops.relu)

    def clamp(self, min: float | None = None, max: float | None = None) -> Any:
        """Return self held between two numbers; on the border the gradient passes."""
        return self._unary(ops.clamp, min, max)

    # Reductions; dim is an axis, several axes, or None for all

    def sum(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """Return the sum over axes."""
        return self._unary(ops.sum, dim, keepdim)

    def mean(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """Return the mean over axes."""
        return self._unary(ops.mean, dim, keepdim)

    def amax(self, dim: Dims = (), keepdim: bool = False) -> Any:
        """Return the largest element; those that tie share the gradient equally."""
        return self._unary(ops.amax, dim, keepdim)

    def logsumexp(self, dim: int | Sequence[int], keepdim: bool = False) -> Any:
        """Return ln Σ exp(self), without overflow."""
        return self._unary(ops.logsumexp, dim, keepdim)

    def softmax(self, dim: int) -> Any:
        """Return exp(self) / Σ exp(self), without overflow."""
        return self._unary(ops.softmax, dim)

    def log_softmax(self, dim: int) -> Any:
        """Return self − ln Σ exp(self), without overflow."""
        return self._unary(ops.log_softmax, dim)

    # Shapes

    def reshape(self, *shape: Any) -> Any:
        """Return the same numbers in another shape; one length may be −1."""
        return self._unary(ops.reshape, _sizes(shape))

    def transpose(self, dim0: int, dim1: int) -> Any:
        """Return self with two axes exchanged."""
        return self._unary(ops.transpose, dim0, dim1)

    def permute(self, *dims: Any) -> Any:
        """Return self with its axes in another order."""
        return self._unary(ops.permute, _sizes(dims))

    def expand(self, *sizes: Any) -> Any:
        """Return self, repeated along axes of length 1; −1 keeps an axis."""
        return self._unary(ops.expand, _sizes(sizes))

    def squeeze(self, dim: Dims = None) -> Any:
        """Return self without its axes of length 1, or without those named."""
        return self._unary(ops.squeeze, dim)

    def unsqueeze(self, dim: int) -> Any:
        """Return self with a new axis of length 1."""
        return self._unary(ops.unsqueeze, dim)

    @property
    def T(self) -> Any:
        """The transpose of a matrix."""
        if self.data.ndim != 2:
            raise ValueError(f".T is for matrices, got shape {tuple(self.shape)}; use .transpose")
        return self.transpose(0, 1)

    # What the data say about themselves

    @property
    def shape(self) -> torch.Size:
        """The lengths of the axes."""
        return self.data.shape

    @property
    def dtype(self) -> torch.dtype:
        """The type of the numbers."""
        return self.data.dtype

    @property
    def device(self) -> torch.device:
        """Where the numbers are."""
        return self.data.device

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    def dim(self) -> int:
        """Return the number of axes."""
        return self.data.ndim

    def size(self, dim: int | None = None) -> Any:
        """Return the lengths of the axes, or of one."""
        return self.data.shape if dim is None else self.data.shape[dim]

    def numel(self) -> int:
        """Return the number of elements."""
        return self.data.numel()

    def item(self) -> float:
        """Return the only element as a Python number."""
        return self.data.item()

    def __float__(self) -> float:
        return float(self.data)

    def __repr__(self) -> str:
        shown = repr(self.data).removeprefix("tensor(").removesuffix(")")
        made = f", op={self.op}" if self.op and self.requires_grad else ""
        return f"Tensor({shown}{', requires_grad=True' if self.requires_grad else ''}{made})"

    def __array__(self, *arguments: Any, **options: Any) -> np.ndarray:
        if self.requires_grad:
            raise RuntimeError("an array of NumPy keeps no gradient; use .detach() or .data")
        return np.asarray(self.data.numpy(), *arguments, **options)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))


def _plain(x: Any) -> Any:
    """Return an operand or an index with the data of engine tensors in their place."""
    if isinstance(x, torch.Tensor):
        return x
    if isinstance(x, Methods):
        return x.data
    if isinstance(x, tuple):
        return tuple([_plain(part) for part in x])
    return torch.as_tensor(x) if isinstance(x, np.ndarray | list) else x


def _sizes(given: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes that were given one by one, or as one sequence."""
    return tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int) else given
