"""Data that is made: its rule is known, so that what a model learns can be held against it.

Chapter: book/network/perceptron.md
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlbook.data._checks import number, rows, whole
from dlbook.data._separable import Separable, separable
from dlbook.data._spam import Messages, bag_of_words, spam
from dlbook.data._spirals import spirals
from dlbook.data.bundled import Table
from dlbook.seed import rng

__all__ = [
    "BooleanFunctions",
    "Messages",
    "Separable",
    "admissions",
    "bag_of_words",
    "boolean_functions",
    "committee",
    "label_noise",
    "separable",
    "spam",
    "spirals",
    "xor",
]


def admissions(n: int, *, seed: int | None, drift: float = 0.0, noise: float = 0.0) -> Table:
    """Return ``n`` applicants with two scores each, and whether a committee admitted them.

    Parameters
    ----------
    n : int, at least 1
    seed : int or None
        None takes the first seed of the book's base seed.
    drift : float in [−½, ½]
        How far the committee has moved since it asked for at least half of both scores; see
        :func:`committee`. The applicants stay the same: only the rule drifts.
    noise : float in [0, ½]
        Probability that a single decision is the opposite of the committee's rule. No rule can
        err less often than this.

    Returns
    -------
    Table
        ``x`` uniform on [0, 1]², shape (n, 2); ``y`` 0 (rejected) or 1 (admitted).

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of its range.

    Notes
    -----
    Scores, and which decisions are noise, depend on ``n`` and ``seed`` alone: two calls that
    differ in ``drift`` show the same applicants to the committee then and now.
    Without noise and drift the admitted ones fill the upper right quarter of the square. The best
    straight line, 3 (x₁ + x₂) = 4, errs on 1/12 of the square: a triangle of area 1/18 is lost
    and two of area 1/72 each are won wrongly.

    Examples
    --------
    >>> scores, admitted, *_ = admissions(4, seed=0)
    >>> scores.shape, set(admitted.tolist()) <= {0, 1}
    ((4, 2), True)
    """
    n = whole("n", n, 1)
    noise = number("noise", noise, 0, 0.5)
    random = rng(seed)
    scores = random.random((n, 2))
    flipped = random.random(n) < noise
    admitted = committee(scores, drift=drift) ^ flipped
    names = ("written test", "interview"), ("rejected", "admitted")
    return Table(scores, admitted.astype(np.int64), *names)


def committee(scores: ArrayLike, *, drift: float = 0.0) -> np.ndarray:
    r"""Decide as the admissions committee does: at least half of both scores, moved by ``drift``.

    With drift δ it asks for at least ½ + δ in the first score and is content with ½ − δ in the
    second. It admits a share of ¼ − δ², so that the drift hardly shows in how many it admits.

    Parameters
    ----------
    scores : array, shape (n, 2)
    drift : float in [−½, ½]

    Returns
    -------
    bool array, shape (n,)

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of its range.

    Notes
    -----
    The rule "at least half of both" errs on a share of :math:`|\delta| - \delta^2` of all
    applicants.

    Examples
    --------
    >>> committee([[0.6, 0.6], [0.6, 0.4]]).tolist()
    [True, False]
    >>> committee([[0.6, 0.6], [0.6, 0.4]], drift=0.2).tolist()
    [False, False]
    """
    drift = number("drift", drift, -0.5, 0.5)
    scores = rows(scores, "scores")
    if scores.ndim != 2 or scores.shape[1] != 2:
        raise ValueError(f"scores must have shape (n, 2), two for each; got {scores.shape}")
    return (scores[:, 0] >= 0.5 + drift) & (scores[:, 1] >= 0.5 - drift)


def xor(n: int = 4, *, noise: float = 0.0, seed: int | None = None) -> Table:
    """Return the exclusive or in ±1: the label is +1 where the two signs differ.

    Parameters
    ----------
    n : int, at least 4
        The four corners of the square [−1, 1]² are taken in turn.
    noise : float in [0, 10]
        Standard deviation of what is added to each coordinate. A point keeps the label of the
        corner that it came from.
    seed : int, optional
        Matters only with noise. Without one, the first seed of the book's base seed.

    Returns
    -------
    Table
        ``x`` of shape (n, 2), ``y`` −1 or +1.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of its range.

    Examples
    --------
    >>> xor().x.tolist(), xor().y.tolist()
    ([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [-1, 1, 1, -1])
    """
    n = whole("n", n, 4)
    noise = number("noise", noise, 0, 10)
    corners = _corners()[np.arange(n) % 4]
    y = -(corners[:, 0] * corners[:, 1]).astype(np.int64)
    x = corners + noise * rng(seed).normal(size=(n, 2))
    return Table(x, y, ("x1", "x2"), ("same", "different"))


class BooleanFunctions(NamedTuple):
    """The truth tables of all functions of two Boolean inputs, with −1 false and +1 true.

    Parameters
    ----------
    x : float64 array, shape (4, 2)
        The four inputs.
    y : int64 array, shape (16, 4)
        Row k has the four outputs of function k.
    names : tuple of str, length 16

    Examples
    --------
    >>> x, y, names = boolean_functions()
    >>> x.shape, y.shape, names[0], names[-1]
    ((4, 2), (16, 4), 'FALSE', 'TRUE')
    """

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]


def boolean_functions() -> BooleanFunctions:
    """Return all 16 functions of two Boolean inputs.

    Returns
    -------
    BooleanFunctions

    Notes
    -----
    Function k gives for input i the i-th binary digit of k, the most significant one first: k
    reads 0001 for AND, which is number 1, and 0110 for XOR, which is number 6.

    Examples
    --------
    >>> table = boolean_functions()
    >>> table.names[6], table.y[6].tolist()
    ('XOR', [-1, 1, 1, -1])
    """
    bits = (np.arange(16)[:, None] >> np.array([3, 2, 1, 0])) & 1
    names = (
        *("FALSE", "AND", "x1 AND NOT x2", "x1", "NOT x1 AND x2", "x2", "XOR", "OR"),
        *("NOR", "XNOR", "NOT x2", "x1 OR NOT x2", "NOT x1", "NOT x1 OR x2", "NAND", "TRUE"),
    )
    return BooleanFunctions(_corners(), (2 * bits - 1).astype(np.int64), names)


def label_noise(y: ArrayLike, rate: float, *, seed: int | None) -> np.ndarray:
    """Return a copy of the labels in which a share of ``rate`` is wrong.

    Parameters
    ----------
    y : array of class labels, shape (n,)
    rate : float in [0, 1]
        ``round(rate * n)`` labels, chosen at random, become one of the *other* classes of ``y``,
        each with the same probability.
    seed : int or None
        None takes the first seed of the book's base seed.

    Returns
    -------
    array like ``y``
        The wrong labels are where it differs from ``y``.

    Raises
    ------
    TypeError, ValueError
        If ``y`` is not flat, is empty or has a single class, or the rate is not in [0, 1].

    Examples
    --------
    >>> y = np.repeat([-1, 1], 50)
    >>> int((label_noise(y, 0.1, seed=0) != y).sum())
    10
    """
    y = rows(y, "y")
    if y.ndim != 1:
        raise ValueError(f"y must have shape (n,), got {y.shape}")
    classes, place = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"label noise needs at least two classes in y, got only {classes}")
    random = rng(seed)
    wrong = random.choice(len(y), size=round(number("rate", rate, 0, 1) * len(y)), replace=False)
    shift = random.integers(1, len(classes), size=len(wrong))
    place[wrong] = (place[wrong] + shift) % len(classes)
    return classes[place]


def _corners() -> np.ndarray:
    """Return the four inputs in ±1, in the order of binary counting."""
    return np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
