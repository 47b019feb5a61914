"""The operations of the engine, each beside its gradient.

Chapter: book/training/backpropagation.md

An operation takes plain ``torch.Tensor`` objects or numbers and returns its value and, for each of
its inputs, a *pullback*: a function that turns the cotangent ``g`` of the value (the derivative of
the loss with respect to it) into the cotangent of that input. A pullback keeps only what it needs.
One that is never needed, since its input is a constant, is dropped by the caller and never runs.

Where an input was broadcast, its pullback returns the cotangent in the shape of the value: the
caller sums it back by :func:`unbroadcast`, once for all operations.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from types import EllipsisType, NoneType
from typing import Any

import torch

__all__ = ["unbroadcast"]

Array = torch.Tensor
Operand = Any  # a torch.Tensor or a Python number
Pullback = Callable[[Array], Array]
Dims = int | tuple[int, ...] | None


def unbroadcast(g: Array, shape: Sequence[int]) -> Array:
    """Sum a cotangent over the axes along which its input was repeated by broadcasting.

    Each copy of a number contributes to the loss, so the derivative is the sum over the copies.

    Parameters
    ----------
    g : torch.Tensor
        The cotangent, in a shape to which ``shape`` broadcasts.
    shape : sequence of int
        The shape of the input.

    Returns
    -------
    torch.Tensor, of the shape asked for

    Examples
    --------
    >>> unbroadcast(torch.ones(4, 2, 3), (2, 1)).tolist()
    [[12.0], [12.0]]
    """
    if g.ndim > len(shape):  # axes that were added in front
        g = g.sum(tuple(range(g.ndim - len(shape))))
    stretched = [axis for axis, size in enumerate(shape) if size == 1 != g.shape[axis]]
    return g.sum(stretched, keepdim=True) if stretched else g


# Arithmetic


def add(a: Operand, b: Operand) -> tuple[Array, Pullback, Pullback]:
    """Return a + b."""
    return a + b, lambda g: g, lambda g: g


def sub(a: Operand, b: Operand) -> tuple[Array, Pullback, Pullback]:
    """Return a − b."""
    return a - b, lambda g: g, lambda g: -g


def mul(a: Operand, b: Operand) -> tuple[Array, Pullback, Pullback]:
    """Return a · b: the slope with respect to a factor is the other factor."""
    return a * b, lambda g: g * b, lambda g: g * a


def div(a: Operand, b: Operand) -> tuple[Array, Pullback, Pullback]:
    """Return y = a / b, with slopes 1 / b and −y / b."""
    y = a / b
    return y, lambda g: g / b, lambda g: -g * (y / b)


def pow(a: Operand, b: Operand) -> tuple[Array, Pullback, Pullback]:
    """Return aᵇ, with slopes b·aᵇ⁻¹ and aᵇ·ln a.

    A constant (b = 0) has slope 0 even at a = 0, and so has 0ᵇ with respect to b ≥ 0, where the
    formulas alone would say 0 · ∞.
    """
    y = a**b

    def pull_base(g: Array) -> Array:
        slope = b * a ** (b - 1)
        return g * _zero_where(b == 0, slope)

    def pull_exponent(g: Array) -> Array:
        base = torch.as_tensor(a, dtype=y.dtype, device=y.device)
        return g * _zero_where((base == 0) & (b >= 0), y * base.log())

    return y, pull_base, pull_exponent


def _zero_where(condition: Array | bool, slope: Array) -> Array:
    """Return the slope, with 0 where the condition holds."""
    if isinstance(condition, bool):
        return torch.zeros_like(slope) if condition else slope
    return torch.where(condition, torch.zeros_like(slope), slope)


def matmul(a: Array, b: Array) -> tuple[Array, Pullback, Pullback]:
    """Return A B: the cotangents are G Bᵀ and Aᵀ G.

    A vector counts as a row on the left and as a column on the right; the axis that this adds is
    taken away again.
    """
    if a.ndim == 2 and b.ndim == 2:
        return a.mm(b), lambda g: g.mm(b.t()), lambda g: a.t().mm(g)

    rows = a.unsqueeze(0) if a.ndim == 1 else a
    columns = b.unsqueeze(1) if b.ndim == 1 else b

    def as_matrices(g: Array) -> Array:
        g = g.unsqueeze(-1) if b.ndim == 1 else g
        return g.unsqueeze(-2) if a.ndim == 1 else g

    def pull_left(g: Array) -> Array:
        product = as_matrices(g) @ columns.mT
        return product.squeeze(-2) if a.ndim == 1 else product

    def pull_right(g: Array) -> Array:
        product = rows.mT @ as_matrices(g)
        return product.squeeze(-1) if b.ndim == 1 else product

    return a @ b, pull_left, pull_right


def addmm(operands: Sequence[Array]) -> tuple[Array, list[Pullback]]:
    """Return C + A B for matrices A and B: one kernel, and one step of the walk, for both.

    Aᵀ G is laid out in memory as B is, by rows or as (Gᵀ A)ᵀ by columns. An update of B that had to
    read by columns and write by rows would take ten times as long.
    """
    c, a, b = operands
    pull_b = (lambda g: a.t().mm(g)) if b.is_contiguous() else (lambda g: g.t().mm(a).t())
    return torch.addmm(c, a, b), [lambda g: g, lambda g: g.mm(b.t()), pull_b]


def maximum(a: Array, b: Array) -> tuple[Array, Pullback, Pullback]:
    """Return the larger of a and b, elementwise; at a tie each gets half of the cotangent."""

    def share(g: Array, mine: Array, other: Array) -> Array:
        return torch.where(mine == other, g / 2, g).masked_fill(mine < other, 0)

    return torch.maximum(a, b), lambda g: share(g, a, b), lambda g: share(g, b, a)


# Functions of each element


def neg(a: Array) -> tuple[Array, Pullback]:
    """Return −a."""
    return -a, lambda g: -g


def exp(a: Array) -> tuple[Array, Pullback]:
    """Return eᵃ, which is its own slope."""
    y = a.exp()
    return y, lambda g: g * y


def log(a: Array) -> tuple[Array, Pullback]:
    """Return the natural logarithm."""
    return a.log(), lambda g: g / a


def sqrt(a: Array) -> tuple[Array, Pullback]:
    """Return √a, with slope 1 / (2√a)."""
    y = a.sqrt()
    return y, lambda g: g / (2 * y)


def square(a: Array) -> tuple[Array, Pullback]:
    """Return a²."""
    return a.square(), lambda g: g * (2 * a)


def reciprocal(a: Array) -> tuple[Array, Pullback]:
    """Return 1 / a, with slope −1 / a²."""
    y = a.reciprocal()
    return y, lambda g: -g * (y * y)


def abs(a: Array) -> tuple[Array, Pullback]:
    """Return |a|, whose slope is the sign of a: 0 at 0."""
    return a.abs(), lambda g: g * a.sign()


def sin(a: Array) -> tuple[Array, Pullback]:
    """Return the sine."""
    return a.sin(), lambda g: g * a.cos()


def cos(a: Array) -> tuple[Array, Pullback]:
    """Return the cosine."""
    return a.cos(), lambda g: g * -a.sin()


def tanh(a: Array) -> tuple[Array, Pullback]:
    """Return tanh a, with slope 1 − tanh² a."""
    y = a.tanh()
    return y, lambda g: g * (1 - y * y)


def sigmoid(a: Array) -> tuple[Array, Pullback]:
    """Return σ(a) = 1 / (1 + e⁻ᵃ), with slope σ (1 − σ)."""
    y = a.sigmoid()
    return y, lambda g: g * (y * (1 - y))


threshold_backward = torch.ops.aten.threshold_backward.default


def relu(a: Array) -> tuple[Array, Pullback]:
    """Return max(a, 0), with slope 0 at 0.

    The pullback is ``torch.where(y > 0, g, 0)``, here by one kernel that does no more than that
    and is many times as fast. (``g * (y > 0)`` would turn an infinite g into NaN.)
    """
    y = a.relu()
    return y, lambda g: threshold_backward(g, y, 0)


def clamp(a: Array, min: float | None, max: float | None) -> tuple[Array, Pullback]:
    """Return a, held between two numbers; the slope is 1 inside and on the border."""

    def pull(g: Array) -> Array:
        inside = torch.ones_like(a, dtype=torch.bool)
        if min is not None:
            inside &= a >= min
        if max is not None:
            inside &= a <= max
        return torch.where(inside, g, 0)

    return a.clamp(min, max), pull


# Reductions. `spread` puts the axes that were summed away back, with length 1.


def spread(g: Array, dim: Dims, keepdim: bool, ndim: int) -> Array:
    """Return a reduced tensor in a shape that broadcasts to the unreduced one."""
    if keepdim or dim is None or ndim == 0:
        return g
    for axis in sorted(d % ndim for d in ([dim] if isinstance(dim, int) else dim)):
        g = g.unsqueeze(axis)
    return g


def sum(a: Array, dim: Dims, keepdim: bool) -> tuple[Array, Pullback]:
    """Return the sum: each term has slope 1."""
    shape = a.shape
    return a.sum(dim, keepdim), lambda g: spread(g, dim, keepdim, len(shape)).expand(shape)


def mean(a: Array, dim: Dims, keepdim: bool) -> tuple[Array, Pullback]:
    """Return the mean of n terms: each has slope 1 / n."""
    y, shape = a.mean(dim, keepdim), a.shape
    n = a.numel() // max(y.numel(), 1)
    return y, lambda g: spread(g / n, dim, keepdim, len(shape)).expand(shape)


def amax(a: Array, dim: Dims, keepdim: bool) -> tuple[Array, Pullback]:
    """Return the largest element; those that tie share the cotangent equally."""
    dim = tuple(range(a.ndim)) if dim in (None, ()) else dim
    y = a.amax(dim, keepdim)

    def pull(g: Array) -> Array:
        winners = a == spread(y, dim, keepdim, a.ndim)
        number = winners.sum(dim, keepdim=True)
        return winners * (spread(g, dim, keepdim, a.ndim) / number)

    return y, pull


def logsumexp(a: Array, dim: int | tuple[int, ...], keepdim: bool) -> tuple[Array, Pullback]:
    """Return ln Σ eᵃ, whose slope is the softmax of a."""
    y = a.logsumexp(dim, keepdim)

    def pull(g: Array) -> Array:
        softmax = (a - spread(y, dim, keepdim, a.ndim)).exp()
        return softmax * spread(g, dim, keepdim, a.ndim)

    return y, pull


def softmax(a: Array, dim: int) -> tuple[Array, Pullback]:
    """Return y = eᵃ / Σ eᵃ. The cotangent is y (g − Σ g y): what all share takes nothing."""
    y = a.softmax(dim)

    def pull(g: Array) -> Array:
        weighted = g * y
        return weighted - y * weighted.sum(dim, keepdim=True)

    return y, pull


def log_softmax(a: Array, dim: int) -> tuple[Array, Pullback]:
    """Return y = a − ln Σ eᵃ. The cotangent is g − eʸ Σ g."""
    y = a.log_softmax(dim)
    return y, lambda g: g - y.exp() * g.sum(dim, keepdim=True)


def cross_entropy(a: Array, classes: Array) -> tuple[Array, Pullback]:
    """Return the mean of −log softmax at the right class of each row.

    The formula is ``-log_softmax(a, 1)[rows, classes].mean()``, four operations. Taken together
    their cotangents are (softmax − one-hot) / B, which is less work than one after the other.
    """
    log_p, columns = a.log_softmax(1), classes.unsqueeze(1)
    share = 1 / len(classes) if len(classes) else float("nan")

    def pull(g: Array) -> Array:
        slope = log_p.exp()
        slope.scatter_add_(1, columns, slope.new_full((1, 1), -1.0).expand_as(columns))
        return slope.mul_(g * share)

    return log_p.gather(1, columns).sum() * -share, pull


# Shape: the same numbers in another place, so the cotangent is put back into the old place.


def reshape(a: Array, shape: Sequence[int]) -> tuple[Array, Pullback]:
    """Return the numbers of a in another shape."""
    old = a.shape
    return a.reshape(shape), lambda g: g.reshape(old)


def transpose(a: Array, dim0: int, dim1: int) -> tuple[Array, Pullback]:
    """Return a with two axes exchanged."""
    return a.transpose(dim0, dim1), lambda g: g.transpose(dim0, dim1)


def permute(a: Array, dims: tuple[int, ...]) -> tuple[Array, Pullback]:
    """Return a with its axes in another order; back by the inverse permutation."""
    y = a.permute(dims)
    inverse = sorted(range(a.ndim), key=lambda axis: dims[axis] % a.ndim)
    return y, lambda g: g.permute(inverse)


def expand(a: Array, shape: Sequence[int]) -> tuple[Array, Pullback]:
    """Return a, repeated along axes of length 1; the copies are summed by unbroadcast."""
    return a.expand(shape), lambda g: g


def squeeze(a: Array, dim: Dims) -> tuple[Array, Pullback]:
    """Return a without axes of length 1."""
    y, shape = a.squeeze() if dim is None else a.squeeze(dim), a.shape
    return y, lambda g: g.reshape(shape)


def unsqueeze(a: Array, dim: int) -> tuple[Array, Pullback]:
    """Return a with one more axis, of length 1."""
    y, shape = a.unsqueeze(dim), a.shape
    return y, lambda g: g.reshape(shape)


def getitem(a: Array, index: Any) -> tuple[Array, Pullback]:
    """Return a[index]. An element that was taken twice gets the sum of both cotangents."""
    shape = a.shape

    def pull(g: Array) -> Array:
        zeros = g.new_zeros(shape)
        parts = index if isinstance(index, tuple) else (index,)
        kinds = {type(part) for part in parts}
        if kinds == {torch.Tensor}:
            return zeros.index_put_(parts, g, accumulate=True)
        if kinds <= {int, slice, EllipsisType, NoneType}:
            zeros[index] = g  # takes no element twice
            return zeros
        places = torch.arange(zeros.numel(), device=g.device).reshape(shape)[index]
        return zeros.view(-1).index_add_(0, places.reshape(-1), g.reshape(-1)).view(shape)

    return a[index], pull


# Operations of several inputs: they take a list and return a list of pullbacks.


def cat(tensors: Sequence[Array], dim: int) -> tuple[Array, list[Pullback]]:
    """Return tensors joined along an axis: each gets its own piece of the cotangent."""

    def piece(start: int, length: int) -> Pullback:
        return lambda g: g.narrow(dim, start, length)

    y = torch.cat(list(tensors), dim)
    lengths = [tensor.shape[dim] for tensor in tensors]
    starts = [0, *accumulate(lengths)]
    return y, [piece(*place) for place in zip(starts, lengths, strict=False)]


def stack(tensors: Sequence[Array], dim: int) -> tuple[Array, list[Pullback]]:
    """Return tensors stacked along a new axis."""

    def piece(place: int) -> Pullback:
        return lambda g: g.select(dim, place)

    return torch.stack(list(tensors), dim), [piece(place) for place in range(len(tensors))]


def where(operands: Sequence[Operand]) -> tuple[Array, list[Pullback | None]]:
    """Return a where the condition holds and b elsewhere; the condition has no gradient."""
    condition, a, b = operands
    y = torch.where(condition, a, b)
    return y, [None, lambda g: torch.where(condition, g, 0), lambda g: torch.where(condition, 0, g)]
