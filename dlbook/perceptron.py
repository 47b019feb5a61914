"""Rosenblatt's perceptron: a rule that learns from its mistakes, and the bound on how many.

Chapter: book/network/perceptron.md
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Bound", "History", "Perceptron", "contradiction", "integer_weights", "mistake_bound"]


class History(NamedTuple):
    """What happened while a perceptron learned.

    Parameters
    ----------
    mistakes : list of int
        Mistakes in each pass over the data; each one is an update.
    converged : bool
        Whether the last pass was free of mistakes.

    Examples
    --------
    >>> Perceptron(1).fit([[-1], [1]], [-1, 1])
    History(mistakes=[2, 0], converged=True)
    """

    mistakes: list[int]
    converged: bool


class Perceptron:
    r"""A neuron that fires (+1) if :math:`\mathbf{w}\cdot\mathbf{x} + b \ge 0`, else not (−1).

    Parameters
    ----------
    num_features : int, at least 1
        The number of inputs, D.

    Attributes
    ----------
    weights : float64 array, shape (D,)
    bias : float
        Both start at zero.

    Raises
    ------
    ValueError
        If there is no input.

    References
    ----------
    Rosenblatt (1958), The perceptron: a probabilistic model for information storage and
    organization in the brain, doi:10.1037/h0042519.

    Examples
    --------
    >>> x, y = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [-1, -1, -1, 1]
    >>> neuron = Perceptron(2)
    >>> neuron.fit(x, y).converged
    True
    >>> neuron.predict(x)
    array([-1, -1, -1,  1])
    """

    def __init__(self, num_features: int) -> None:
        if num_features < 1:
            raise ValueError(f"a perceptron needs at least one input, got {num_features}")
        self.weights = np.zeros(num_features)
        self.bias = 0.0

    def score(self, x: ArrayLike) -> np.ndarray:
        """Return w·x + b for one input or for many.

        Parameters
        ----------
        x : array, shape (D,) or (n, D)

        Returns
        -------
        float64 array, shape () or (n,)

        Raises
        ------
        ValueError
            If x has another number of features.
        """
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != len(self.weights):
            raise ValueError(
                f"this perceptron has {len(self.weights)} inputs, so x must have shape "
                f"({len(self.weights)},) or (n, {len(self.weights)}); got {x.shape}"
            )
        return x @ self.weights + self.bias

    def predict(self, x: ArrayLike) -> np.ndarray:
        """Return +1 where the neuron fires and −1 where it does not.

        Parameters
        ----------
        x : array, shape (D,) or (n, D)

        Returns
        -------
        int64 array, shape () or (n,)
        """
        return np.where(self.score(x) >= 0, 1, -1)

    def update(self, x: np.ndarray, label: int) -> bool:
        """Look at one example; if it is a mistake, move towards it. Return whether it was one.

        Parameters
        ----------
        x : array, shape (D,)
        label : −1 or +1

        Returns
        -------
        bool
        """
        if label * self.score(x) > 0:
            return False
        self.weights += label * x
        self.bias += label
        return True

    def fit(self, x: ArrayLike, y: ArrayLike, *, max_passes: int = 1000) -> History:
        """Go over the examples in their order until a pass makes no mistake.

        Parameters
        ----------
        x : array, shape (n, D)
        y : array of −1 and +1, shape (n,)
        max_passes : int, at least 1
            Stop after so many passes: on data that no line separates, the rule never stops.

        Returns
        -------
        History

        Raises
        ------
        ValueError
            If the shapes do not fit, x is empty or not finite, or a label is neither −1 nor +1.

        Notes
        -----
        A score of exactly 0 counts as a mistake, though ``predict`` fires: at the start all scores
        are 0, and the rule must begin somewhere.
        """
        x, y = _checked(x, y)
        if max_passes < 1:
            raise ValueError(f"max_passes must be at least 1, got {max_passes}")
        mistakes: list[int] = []
        for _ in range(max_passes):
            mistakes.append(sum(self.update(row, label) for row, label in zip(x, y, strict=True)))
            if mistakes[-1] == 0:
                break
        return History(mistakes, mistakes[-1] == 0)


class Bound(NamedTuple):
    """The most mistakes that the perceptron can make on separable data, and its parts.

    Parameters
    ----------
    mistakes : float
        The bound, (radius / margin)².
    radius : float
        Length of the longest augmented input, R.
    margin : float
        Smallest distance of an augmented input from the separating plane, γ.

    Examples
    --------
    >>> mistake_bound([[-1], [1]], [-1, 1], weights=[1], bias=0).margin
    1.0
    """

    mistakes: float
    radius: float
    margin: float


def mistake_bound(x: ArrayLike, y: ArrayLike, weights: ArrayLike, bias: float) -> Bound:
    r"""Return :math:`(R/\gamma)^2` for some weights and bias that separate the data.

    Both are taken in the augmented coordinates :math:`(\mathbf{x}, 1)`: R is the length of the
    longest augmented input, γ the smallest distance :math:`y\,(\mathbf{w}\cdot\mathbf{x} + b) /
    \lVert(\mathbf{w}, b)\rVert`. It holds for every separating direction; the widest margin gives
    the smallest bound.

    Parameters
    ----------
    x : array, shape (n, D)
    y : array of −1 and +1, shape (n,)
    weights : array, shape (D,)
    bias : float

    Returns
    -------
    Bound

    Raises
    ------
    ValueError
        If the weights do not separate the data, since then the theorem says nothing, or do not have
        shape (D,); and where :meth:`Perceptron.fit` refuses x and y.

    References
    ----------
    Novikoff (1962), On convergence proofs on perceptrons; Block (1962), The perceptron: a model
    for brain functioning, doi:10.1103/RevModPhys.34.123.

    Examples
    --------
    >>> x, y = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [-1, -1, -1, 1]
    >>> round(mistake_bound(x, y, weights=[1, 1], bias=-1).mistakes, 6)
    9.0
    """
    x, y = _checked(x, y)
    direction = np.append(np.asarray(weights, dtype=np.float64), bias)
    if direction.shape != (x.shape[1] + 1,):
        raise ValueError(
            f"weights must have shape ({x.shape[1]},) for x of shape {x.shape}, "
            f"got {np.shape(weights)}"
        )
    augmented = np.column_stack([x, np.ones(len(x))])
    distances = y * (augmented @ direction)
    if not (distances > 0).all():
        raise ValueError(
            f"these weights do not separate the data: {(distances <= 0).sum()} of {len(x)} points "
            "are on the wrong side or on the line; the mistake bound holds for separable data only"
        )
    margin = float(distances.min() / np.linalg.norm(direction))
    radius = float(np.linalg.norm(augmented, axis=1).max())
    return Bound((radius / margin) ** 2, radius, margin)


def contradiction(x: ArrayLike, y: ArrayLike, multipliers: Sequence[int]) -> bool:
    r"""Tell whether the multipliers prove that no weights and no bias separate the data.

    Separating means :math:`y_i(\mathbf{w}\cdot\mathbf{x}_i + b) > 0` for each i. If multipliers
    :math:`\lambda_i \ge 0`, not all 0, make :math:`\sum_i \lambda_i y_i (\mathbf{x}_i, 1)` vanish,
    the weighted sum of these inequalities reads 0 > 0. The sum is done in exact fractions.

    Parameters
    ----------
    x : array, shape (n, D)
        Its floats are taken as the exact fractions that they are.
    y : array of −1 and +1, shape (n,)
    multipliers : sequence of int, length n

    Returns
    -------
    bool
        False says only that these multipliers prove nothing; so do negative ones.

    Raises
    ------
    ValueError
        If there is not one multiplier for each point, and where :meth:`Perceptron.fit` refuses x
        and y.

    Examples
    --------
    >>> corners = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    >>> contradiction(corners, [-1, 1, 1, -1], [1, 1, 1, 1])  # XOR
    True
    >>> contradiction(corners, [-1, -1, -1, 1], [1, 1, 1, 1])  # AND
    False
    """
    x, y = _checked(x, y)
    if len(multipliers) != len(y):
        raise ValueError(f"{len(y)} points need {len(y)} multipliers, got {len(multipliers)}")
    if min(multipliers) < 0 or not any(multipliers):
        return False
    augmented = np.column_stack([x, np.ones(len(x))]).tolist()
    factors = [Fraction(int(m)) * int(label) for m, label in zip(multipliers, y, strict=True)]
    columns = zip(*augmented, strict=True)
    return all(
        sum(factor * Fraction(value) for factor, value in zip(factors, column, strict=True)) == 0
        for column in columns
    )


def integer_weights(x: ArrayLike, y: ArrayLike, largest: int = 2) -> tuple[int, ...] | None:
    """Search all whole numbers up to ``largest`` in size for weights and bias that separate.

    Parameters
    ----------
    x : array of whole numbers, shape (n, D)
        Whole, so that each score is exact.
    y : array of −1 and +1, shape (n,)
    largest : int, at least 0

    Returns
    -------
    tuple of int or None
        The first (w₁, …, w_D, b) that separates the data, if there is one.

    Raises
    ------
    ValueError
        If x is not whole, and where :meth:`Perceptron.fit` refuses x and y.

    Notes
    -----
    Tries up to (2 · largest + 1)^(D + 1) candidates.

    Examples
    --------
    >>> corners = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    >>> integer_weights(corners, [-1, -1, -1, 1]) is not None
    True
    >>> integer_weights(corners, [-1, 1, 1, -1]) is None
    True
    """
    x, y = _checked(x, y)
    if (x != np.round(x)).any():
        raise ValueError("integer_weights needs whole numbers in x, so that each score is exact")
    augmented = np.column_stack([x, np.ones(len(x))]).astype(np.int64)
    for candidate in product(range(-largest, largest + 1), repeat=augmented.shape[1]):
        if (y * (augmented @ np.array(candidate)) > 0).all():
            return candidate
    return None


def _checked(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return examples and labels as arrays, or say what was expected and what came."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"expected x (n, D) and y (n,); got x {x.shape} and y {y.shape}")
    if x.size == 0:
        raise ValueError(f"x is empty: shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"x holds {(~np.isfinite(x)).sum()} values that are NaN or infinite")
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(f"labels must be -1 and +1, got {np.unique(y)[:6].tolist()}")
    return x, y.astype(np.int64)
