"""The recorded graph as plain lists, for drawing and for looking at."""

from typing import Any

from dlbook.autograd.tensor import Tensor
from dlbook.autograd.value import Value

__all__ = ["graph"]


def graph(root: Value | Tensor) -> tuple[list[Any], list[tuple[int, int]]]:
    """Return the graph that ``backward`` of a result would walk through.

    Parameters
    ----------
    root : Value or Tensor
        The result.

    Returns
    -------
    nodes : list of Value or Tensor
        The objects themselves, each after its parents; the last one is the root. Each has its
        ``op``, ``data`` and ``grad``. ``Value.backward`` goes through them in the
        opposite order.
    edges : list of (int, int)
        From the place of a parent to that of a node made from it: for each node in turn, one for
        each of its ``parents``.

    Notes
    -----
    Constants are not part of the graph, nor are tensors that need no gradient.

    Examples
    --------
    >>> x = Value(3)
    >>> nodes, edges = graph(x * x + 1)
    >>> [node.op for node in nodes]
    ['', '×', '+']
    >>> edges
    [(0, 1), (0, 1), (1, 2)]
    """
    place: dict[Any, int] = {}
    seen = set()
    stack: list[Any] = [root]
    while stack:
        node = stack[-1]
        if node in seen:
            stack.pop()
            place.setdefault(node, len(place))
            continue
        seen.add(node)
        stack.extend(parent for parent in reversed(node.parents) if parent not in seen)
    return list(place), [(place[parent], place[node]) for node in place for parent in node.parents]
