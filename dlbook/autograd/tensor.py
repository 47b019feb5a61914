"""A tensor that remembers how it was computed.

Chapter: book/training/backpropagation.md
"""

from collections.abc import Callable, Sequence
from itertools import count
from operator import attrgetter
from typing import Any, Union

import numpy as np
import torch

from dlbook.autograd import ops
from dlbook.autograd._constants import REFUSED, changed, constant, explained
from dlbook.autograd._methods import Methods
from dlbook.autograd._mode import recording

__all__ = ["Tensor", "cat", "cross_entropy", "stack", "where"]

Operand = Union["Tensor", torch.Tensor, np.ndarray, float]
Edge = tuple["Tensor", ops.Pullback]


class Tensor(Methods):
    r"""An array that knows which tensors it was computed from.

    It wraps a ``torch.Tensor``, which serves as an array with a device and nothing more: torch's
    own autograd takes no part. Methods and operators have torch's names, arguments and results.
    Each operation is defined beside its gradient in ``ops.py``; its result keeps an *edge* to each
    input that needs a gradient: the input, and the pullback that carries a cotangent to it.

    Parameters
    ----------
    data : torch.Tensor, NumPy array, nested sequence of numbers, or number
        A torch.Tensor is shared, as ``torch.Tensor.detach`` does; all else is copied, as
        ``torch.tensor`` does. Shape, dtype and device follow it.
    requires_grad : bool
        Whether ``backward`` fills ``grad``.

    Attributes
    ----------
    data : torch.Tensor
    grad : torch.Tensor or None
        The derivative of the tensor whose ``backward`` was called with respect to this leaf.
    requires_grad : bool
        Whether it is such a leaf or was computed from one.
    op : str
        The operation that made it; empty for a leaf.

    Raises
    ------
    TypeError
        If the data are not real numbers, or are whole numbers or booleans that are to have a
        gradient.

    Notes
    -----
    A tensor holds the tensors it was computed from and never those computed from it, so that no
    references run in a circle: when nobody holds the result any more, its graph is freed at once.
    The graph stays usable until then, as with torch's ``retain_graph=True``.

    If ``data`` that the graph still needs are changed in place, ``backward`` raises, as torch does,
    instead of returning a wrong gradient. It finds that out by torch's version counters; under
    ``torch.inference_mode``, where torch keeps none, such a change goes unnoticed.

    Examples
    --------
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> loss = ((w * 3 - 1) ** 2).sum()
    >>> loss.backward()
    >>> w.grad  # 2 (3w − 1) · 3
    tensor([12., 30.])
    """

    __array_ufunc__ = None  # so that NumPy leaves `array + tensor` to this class
    __slots__ = ("__weakref__", "_edges", "_kept", "_number", "data", "grad", "op", "requires_grad")

    data: torch.Tensor
    grad: torch.Tensor | None
    requires_grad: bool
    op: str
    _edges: list[Edge]
    _kept: list[tuple[torch.Tensor, int]]
    _number: int  # of the tensors made so far

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        if isinstance(data, Tensor):
            data = data.data
        data = data.detach() if isinstance(data, torch.Tensor) else torch.tensor(data)
        if data.is_complex():
            raise TypeError(f"the engine computes with real numbers, got dtype {data.dtype}")
        if requires_grad and not data.is_floating_point():
            raise TypeError(
                f"requires_grad=True needs floating point data, got {data.dtype}: a whole number "
                "or a boolean cannot change a little, so there is no derivative"
            )
        self.data = data
        self.grad = None
        self.requires_grad = requires_grad
        self.op = ""
        self._edges = []
        self._kept = []
        self._number = _next_number()

    def backward(self, grad: Operand | None = None) -> None:
        """Add to each leaf's ``grad`` the derivative of this tensor with respect to it.

        Parameters
        ----------
        grad : torch.Tensor, Tensor, array or number, optional
            The cotangent of this tensor, of its shape. May be left out for a single number.

        Raises
        ------
        RuntimeError
            If this tensor needs no gradient, if it is not a single number and has no ``grad``, if
            ``grad`` has another shape, or if data that the graph needs were changed in place.

        Notes
        -----
        From this tensor back to the leaves, each tensor's cotangent is complete before it is passed
        on, since all that was computed from it comes earlier in the walk. The cotangents live in a
        dictionary of this call, so that a second call adds the same amounts again, as torch with
        ``retain_graph=True``.

        Examples
        --------
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).backward([1.0, 10.0])
        >>> x.grad
        tensor([ 2., 40.])
        """
        cotangents = {self: self._first_cotangent(grad)}
        shared = {self}  # whose cotangent may be memory of someone else's, such as the caller's
        for tensor in reversed(_parents_first(self)):
            cotangent = cotangents.pop(tensor)
            for kept, version in tensor._kept:
                if kept._version != version:
                    raise RuntimeError(changed(tensor.op, kept))
            for parent, pullback in tensor._edges:
                piece = pullback(cotangent)
                data = parent.data
                if piece.shape != data.shape:
                    piece = ops.unbroadcast(piece, data.shape)
                if piece.dtype != data.dtype:
                    piece = piece.to(data.dtype)
                if parent in cotangents:
                    cotangents[parent] = cotangents[parent] + piece
                    shared.discard(parent)
                else:
                    cotangents[parent] = piece
                    if not parent._edges and _may_be_shared(piece, cotangent):
                        shared.add(parent)
        for leaf, cotangent in cotangents.items():  # what is left, since nothing takes it further
            if leaf.grad is not None:
                leaf.grad += cotangent
            else:
                leaf.grad = cotangent.clone() if leaf in shared else cotangent

    def _first_cotangent(self, grad: Operand | None) -> torch.Tensor:
        """Return the cotangent at which the walk begins, or say why it cannot."""
        if not self.requires_grad:
            raise RuntimeError(
                "backward: this tensor needs no gradient: neither it nor anything that it was "
                "computed from has requires_grad=True, or it was computed under no_grad"
            )
        if grad is None:
            if self.data.numel() != 1:
                raise RuntimeError(
                    f"backward: a tensor of shape {tuple(self.shape)} has no single derivative; "
                    "reduce it to one number (.sum(), .mean()) or pass its cotangent as grad"
                )
            return torch.ones_like(self.data)
        grad = grad.data if isinstance(grad, Tensor) else torch.as_tensor(grad)
        if grad.shape != self.shape:
            raise RuntimeError(
                f"backward: grad must have the tensor's shape {tuple(self.shape)}, "
                f"got {tuple(grad.shape)}"
            )
        return grad.detach().to(self.data)

    @property
    def parents(self) -> tuple["Tensor", ...]:
        """The tensors that it was computed from, as far as they need a gradient."""
        return tuple(parent for parent, _ in self._edges)

    @property
    def is_leaf(self) -> bool:
        """Whether it was not computed from a tensor that requires a gradient."""
        return not self._edges

    def detach(self) -> "Tensor":
        """Return a tensor with the same data (shared) and no history."""
        return Tensor(self.data)

    def _unary(self, op: Callable[..., Any], *options: Any) -> "Tensor":
        """Compute an operation of this tensor, and record it if this tensor needs a gradient."""
        try:
            data, pullback = op(self.data, *options)
        except REFUSED as error:
            raise explained(op, [self.data], options, error) from error
        if self.requires_grad and recording():
            return _result(data, op, [(self, pullback)])
        return _result(data, op, [])

    @staticmethod
    def _binary(op: Callable[..., Any], left: Operand, right: Operand) -> "Tensor":
        """Compute an operation of two operands, at least one of them a Tensor.

        It does what ``_join`` does for any number of operands, in half the time.
        """
        a = left.data if isinstance(left, Tensor) else constant(left, (right,))
        b = right.data if isinstance(right, Tensor) else constant(right, (left,))
        try:
            data, pull_a, pull_b = op(a, b)
        except REFUSED as error:
            raise explained(op, [a, b], (), error) from error
        edges = []
        if isinstance(left, Tensor) and left.requires_grad and recording():
            edges.append((left, pull_a))
        if isinstance(right, Tensor) and right.requires_grad and recording():
            edges.append((right, pull_b))
        return _result(data, op, edges)

    @staticmethod
    def _join(op: Callable[..., Any], operands: Sequence[Operand], *options: Any) -> "Tensor":
        """Compute an operation of any number of operands."""
        arrays = [x.data if isinstance(x, Tensor) else constant(x, operands) for x in operands]
        try:
            data, pullbacks = op(arrays, *options)
        except REFUSED as error:
            raise explained(op, arrays, options, error) from error
        edges = []
        if recording():
            for x, pullback in zip(operands, pullbacks, strict=True):
                if isinstance(x, Tensor) and x.requires_grad:
                    edges.append((x, pullback))
        return _result(data, op, edges)


def _result(data: torch.Tensor, op: Callable[..., Any], edges: list[Edge]) -> Tensor:
    """Return the tensor that an operation makes, with its edges."""
    result = _new(Tensor)  # without the checks of __init__
    result.data = data
    result.grad = None
    result.requires_grad = bool(edges)
    result.op = op.__name__
    result._edges = edges
    result._kept = _versions(edges) if edges else []
    result._number = _next_number()
    return result


_new = object.__new__
_next_number = count().__next__  # one step, even where threads compute at the same time


def _versions(edges: list[Edge]) -> list[tuple[torch.Tensor, int]]:
    """Return each array that a pullback keeps for later, with its *version*.

    torch raises the version of an array whenever it is changed in place. A pullback is a function
    within a function: Python keeps the arrays that it will need in its ``__closure__``, an index
    in a tuple there.
    """
    kept = []
    try:
        for _, pullback in edges:
            for cell in pullback.__closure__ or ():
                held = cell.cell_contents
                if isinstance(held, torch.Tensor):
                    kept.append((held, held._version))
                elif type(held) is tuple:
                    kept += [(x, x._version) for x in held if isinstance(x, torch.Tensor)]
    except RuntimeError:  # in inference mode arrays have no version
        return []
    return kept


def _may_be_shared(piece: torch.Tensor, cotangent: torch.Tensor) -> bool:
    """Tell whether a piece may be the cotangent's own memory, so that no one may write to it."""
    if piece is cotangent or piece.is_inference():  # in inference mode torch notes no views
        return True
    whole = piece._base  # of which the piece is a view, or None
    return whole is not None and (whole is cotangent or whole is cotangent._base)


def _parents_first(root: Tensor) -> list[Tensor]:
    """Return the computed tensors that lead to the root, and it, each one after its parents.

    Leaves are left out, for there the walk back ends. The order is that in which the tensors were
    made: the parents of each were there before it, so their numbers are smaller.
    """
    found = [root] if root._edges else []
    seen = set(found)
    for tensor in found:  # which grows meanwhile
        for parent, _ in tensor._edges:
            if parent._edges and parent not in seen:
                seen.add(parent)
                found.append(parent)
    found.sort(key=_number)
    return found


_number = attrgetter("_number")


def cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join tensors along an axis, as ``torch.cat``.

    Parameters
    ----------
    tensors : sequence of Tensor, torch.Tensor or array
        All of one shape, except along ``dim``.
    dim : int

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        If the shapes do not fit, or there is no tensor.

    Examples
    --------
    >>> cat([Tensor([1.0]), Tensor([2.0, 3.0])])
    Tensor([1., 2., 3.])
    """
    return Tensor._join(ops.cat, tensors, dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Put tensors of one shape side by side along a new axis, as ``torch.stack``.

    Parameters
    ----------
    tensors : sequence of Tensor, torch.Tensor or array
    dim : int
        The place of the new axis.

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        If the shapes differ, or there is no tensor.

    Examples
    --------
    >>> stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])], dim=1).shape
    torch.Size([2, 2])
    """
    return Tensor._join(ops.stack, tensors, dim)


def cross_entropy(input: Tensor, target: Any) -> Tensor:
    r"""Return the mean cross-entropy of logits, as ``torch.nn.functional.cross_entropy``.

    .. math:: \ell = -\frac{1}{B} \sum_b \log p_{b, t_b}, \qquad
              \frac{\partial \ell}{\partial z_{bk}} = \frac{1}{B} \bigl(p_{bk} - [k = t_b]\bigr)

    Parameters
    ----------
    input : Tensor, shape (B, K)
        The logits z.
    target : whole numbers, torch.Tensor or array, shape (B,)
        The index of the right class in each row, from 0 to K − 1.

    Returns
    -------
    Tensor, a single number

    Raises
    ------
    ValueError
        If the shapes do not fit.
    TypeError
        If the indices are not whole numbers.
    RuntimeError
        If an index is out of range.

    Examples
    --------
    >>> logits = Tensor([[0.0, 0.0], [2.0, 0.0]], requires_grad=True)
    >>> cross_entropy(logits, [0, 1]).backward()
    >>> logits.grad.round(decimals=2)
    tensor([[-0.2500,  0.2500],
            [ 0.4400, -0.4400]])
    """
    target = torch.as_tensor(target, device=input.data.device)
    if target.is_floating_point() or target.dtype == torch.bool:
        raise TypeError(f"cross_entropy: target must hold class indices, got {target.dtype}")
    if input.ndim != 2 or target.shape != input.shape[:1]:
        raise ValueError(
            f"cross_entropy: expected logits of shape (B, K) and indices of shape (B,), got "
            f"{tuple(input.shape)} and {tuple(target.shape)}"
        )
    return input._unary(ops.cross_entropy, target.long())


def where(condition: Any, input: Operand, other: Operand) -> Tensor:
    """Take ``input`` where the condition holds and ``other`` elsewhere, as ``torch.where``.

    Parameters
    ----------
    condition : bool torch.Tensor, Tensor or array
    input, other : Tensor, torch.Tensor, array or number
        They broadcast with the condition.

    Returns
    -------
    Tensor

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast.

    Examples
    --------
    >>> x = Tensor([-1.0, 2.0])
    >>> where(x > 0, x, 0.1 * x)
    Tensor([-0.1000,  2.0000])
    """
    return Tensor._join(ops.where, (condition, input, other))
