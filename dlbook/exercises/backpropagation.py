"""Hidden cases for the exercises on backpropagation.

Chapter: book/training/backpropagation.md
"""

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def cotangents(num_nodes, arrows):
    """Return the cotangent of each node; the nodes are numbered in the order of computation."""
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for node in reversed(range(num_nodes)):
        for start, end, slope in arrows:
            if end == node:
                result[start] += result[node] * slope
    return result


def _overwrites(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for node in reversed(range(num_nodes)):
        for start, end, slope in arrows:
            if end == node:
                result[start] = result[node] * slope
    return result


def _keeps_the_first(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for node in reversed(range(num_nodes)):
        for start, end, slope in arrows:
            if end == node and result[start] == 0:
                result[start] = result[node] * slope
    return result


def _adds_slopes(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for node in reversed(range(num_nodes)):
        for start, end, slope in arrows:
            if end == node:
                result[start] += result[node] + slope
    return result


def _forgets_the_slope(num_nodes, arrows):
    return cotangents(num_nodes, [(start, end, 1.0) for start, end, _ in arrows])


def _last_slope_only(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for start, _, slope in arrows:
        result[start] += slope
    return result


def _in_given_order(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for start, end, slope in arrows:
        result[start] += result[end] * slope
    return result


def _reversed_arrows(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[-1] = 1.0
    for start, end, slope in reversed(arrows):
        result[start] += result[end] * slope
    return result


def _starts_at_zero(num_nodes, arrows):
    return np.zeros(num_nodes)


def _forward(num_nodes, arrows):
    result = np.zeros(num_nodes)
    result[0] = 1.0
    for node in range(num_nodes):
        for start, end, slope in arrows:
            if start == node:
                result[end] += result[node] * slope
    return result


_FORK = [(0, 1, 2.0), (1, 2, 3.0), (1, 3, 1.0), (2, 3, 1.0), (3, 4, -1.0)]

_COTANGENTS = Exercise(
    "backpropagation/cotangents",
    reference=cotangents,
    cases=[
        Case("one arrow: node 1 = 3 · node 0", (2, [(0, 1, 3.0)])),
        Case("a chain of three nodes", (3, [(0, 1, 2.0), (1, 2, 5.0)])),
        Case("two inputs of one product", (3, [(0, 2, 4.0), (1, 2, 3.0)])),
        Case("node 1 is used twice", (5, _FORK)),
        Case(
            "the same, with its arrows in another order", (5, [_FORK[i] for i in (3, 0, 4, 2, 1)])
        ),
        Case("the square of node 0, given as two arrows", (2, [(0, 1, 3.0), (0, 1, 3.0)])),
        Case("a number that the result does not depend on", (3, [(0, 2, 2.0), (0, 1, 7.0)])),
        Case("a slope of zero on the way", (4, [(0, 1, 2.0), (1, 2, 0.0), (2, 3, 4.0)])),
    ],
    mistakes=[
        Mistake(
            _overwrites, "A node that is used twice gets two deliveries. Yours keeps the last."
        ),
        Mistake(
            _keeps_the_first,
            "A node that is used twice gets two deliveries. Yours keeps the first.",
        ),
        Mistake(_adds_slopes, "Along a path, do slopes add or multiply?"),
        Mistake(_forgets_the_slope, "Where in your answer do the slopes of the arrows come in?"),
        Mistake(
            _last_slope_only,
            "You add the slopes of the arrows that leave a node. What arrives from behind them?",
        ),
        Mistake(
            _in_given_order,
            "You take the arrows in the order of the list, so some nodes pass on what they have "
            "not received yet. Which node can be finished first?",
        ),
        Mistake(
            _reversed_arrows,
            "The arrows may come in any order. The numbers of the nodes tell who can be finished "
            "when.",
        ),
        Mistake(_starts_at_zero, "What is the slope of the result in itself?"),
        Mistake(
            _forward,
            "These are the slopes of every node in node 0. Asked for are the slopes of the last "
            "node in every node.",
        ),
    ],
    hint="Give the last node 1, then go through the nodes from the last to the first. By the time "
    "you reach a node, what has been delivered to it?",
)


def unbroadcast(cotangent, shape):
    """Sum a cotangent over what broadcasting has repeated, down to a shape."""
    cotangent = cotangent.sum(axis=tuple(range(cotangent.ndim - len(shape))))
    repeated = tuple(i for i, size in enumerate(shape) if size == 1)
    return cotangent.sum(axis=repeated, keepdims=True)


def _mean(cotangent, shape):
    total = unbroadcast(cotangent, shape)
    return total * (total.size / cotangent.size)


def _leading_only(cotangent, shape):
    return cotangent.sum(axis=tuple(range(cotangent.ndim - len(shape))))


def _ones_only(cotangent, shape):
    repeated = tuple(i for i, size in enumerate(shape) if size == 1)
    return cotangent.sum(axis=repeated, keepdims=True)


def _one_copy(cotangent, shape):
    part = cotangent[(0,) * (cotangent.ndim - len(shape))]
    return part[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)]


def _squeezed(cotangent, shape):
    return unbroadcast(cotangent, shape).squeeze()


def _rows_always(cotangent, shape):
    return cotangent.sum(axis=0)


def _everything(cotangent, shape):
    return np.full(shape, cotangent.sum())


def _grid(*shape: int) -> np.ndarray:
    """Return the numbers 1, 2, 3, … in a shape."""
    return np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)


_UNBROADCAST = Exercise(
    "backpropagation/unbroadcast",
    reference=unbroadcast,
    cases=[
        Case("nothing was repeated", (_grid(2, 3), (2, 3))),
        Case("a bias of shape (3,) beside a batch of shape (2, 3)", (_grid(2, 3), (3,))),
        Case("a column of shape (2, 1) beside shape (2, 3)", (_grid(2, 3), (2, 1))),
        Case("a single number of shape () beside shape (2, 2)", (_grid(2, 2), ())),
        Case("shape (1, 3) beside shape (2, 3)", (_grid(2, 3), (1, 3))),
        Case("shape (3, 1) beside shape (2, 3, 4)", (_grid(2, 3, 4), (3, 1))),
        Case("shape (1, 1, 2) beside shape (3, 2, 2)", (_grid(3, 2, 2), (1, 1, 2))),
        Case("a size of one that was not repeated", (_grid(4, 1), (1,))),
    ],
    mistakes=[
        Mistake(_mean, "You average. An input that is used five times has how much effect?"),
        Mistake(
            _leading_only,
            "The axes that were put in front are summed. What about an axis of size 1 that was "
            "stretched?",
        ),
        Mistake(
            _ones_only,
            "The stretched axes are summed. What about axes that the input did not have at all?",
        ),
        Mistake(_one_copy, "You keep one of the copies. What happened to the others' cotangents?"),
        Mistake(_squeezed, "The numbers are right. Which shape did the input have?"),
        Mistake(_rows_always, "You always sum the first axis. Which axes were repeated here?"),
        Mistake(_everything, "You sum all entries together. Which of them belong to one input?"),
    ],
    hint="Every input entry has an arrow to each of its copies. Which axes of the cotangent hold "
    "copies of one and the same entry?",
)


def matmul_rule(x, w, cotangent):
    """Return the cotangents of x and w from that of x @ w."""
    return cotangent @ w.T, x.T @ cotangent


def _exchanged(x, w, cotangent):
    return x.T @ cotangent, cotangent @ w.T


def _not_transposed(x, w, cotangent):
    return cotangent @ w, x @ cotangent


def _other_side(x, w, cotangent):
    return w.T @ cotangent, cotangent @ x.T


def _without_cotangent(x, w, cotangent):
    ones = np.ones_like(cotangent)
    return ones @ w.T, x.T @ ones


def _averaged(x, w, cotangent):
    return cotangent @ w.T, x.T @ cotangent / len(x)


def _product(*sizes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, w and a cotangent of x @ w, with small whole numbers."""
    rng = np.random.default_rng(sum(sizes))
    rows, inner, columns = sizes
    shapes = (rows, inner), (inner, columns), (rows, columns)
    first, second, third = (rng.integers(-3, 4, shape).astype(float) for shape in shapes)
    return first, second, third


_MATMUL = Exercise(
    "backpropagation/matmul",
    reference=matmul_rule,
    parts=("the cotangent of x", "the cotangent of w"),
    cases=[
        Case(
            "all of shape (1, 1): 2 · 3, with cotangent 5",
            (np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])),
        ),
        Case(
            "two by two",
            (
                np.array([[1.0, 2.0], [0.0, 1.0]]),
                np.array([[1.0, 0.0], [3.0, 1.0]]),
                np.array([[1.0, 2.0], [0.0, -1.0]]),
            ),
        ),
        Case("a batch of 4, 3 features, 2 units", _product(4, 3, 2)),
        Case("one example", _product(1, 3, 5)),
        Case("one unit", _product(5, 2, 1)),
    ],
    mistakes=[
        Mistake(_exchanged, "These are the right two arrays. Which belongs to x?"),
        Mistake(
            _not_transposed,
            "Write out one entry of Y = XW. By which entries of W does a change of one entry of X "
            "come out, and in which order do they stand in W?",
        ),
        Mistake(
            _other_side, "The right factors, in the wrong order. Which shape must each result have?"
        ),
        Mistake(_without_cotangent, "Where in your answer does the cotangent of the product go?"),
        Mistake(
            _averaged,
            "The weight's cotangent is divided by the number of rows. Has the product done that?",
        ),
    ],
    hint="The cotangent of x has the shape of x. Which product of the other two arrays has it?",
)

EXERCISES = [_COTANGENTS, _UNBROADCAST, _MATMUL]
