"""Points that a plane separates, with room to spare."""

from typing import NamedTuple

import numpy as np

from dlbook.data._checks import number, whole
from dlbook.seed import rng

_CHUNK = 100_000  # candidate points a round of rejection: bounds the memory, not the result


class Separable(NamedTuple):
    """Points on two sides of a plane through the origin, and that plane.

    Parameters
    ----------
    x : float64 array, shape (n, D)
    y : int64 array of −1 and +1, shape (n,)
    direction : float64 array of length 1, shape (D,)
        The normal of the plane: ``y * (x @ direction)`` is at least the margin for each point.

    Examples
    --------
    >>> separable(50, 3, margin=0.2, seed=0).direction.shape
    (3,)
    """

    x: np.ndarray
    y: np.ndarray
    direction: np.ndarray


def separable(n: int, num_features: int, *, margin: float, seed: int | None) -> Separable:
    """Return points of the unit ball that keep a distance of ``margin`` from some plane.

    Points are drawn uniformly from the ball, and those too close to the plane are thrown away.

    Parameters
    ----------
    n : int, at least 1
    num_features : int, at least 1
        The dimension D.
    margin : float between 0 and 1, exclusive
        Least distance from a plane through the origin, whose direction is random.
    seed : int or None
        None takes the first seed of the book's base seed.

    Returns
    -------
    Separable
        ``x``, ``y`` (the side of the plane) and ``direction``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of its range, or fewer than one point in 10,000
        keeps the margin: in high dimension almost all of the ball lies close to any plane through
        its centre.

    Notes
    -----
    For a uniform point, the squared distance from the plane follows a Beta(½, (D + 1)/2)
    distribution. The margin in the data is at least ``margin``, and usually a little more.

    Examples
    --------
    >>> x, y, direction = separable(50, 3, margin=0.2, seed=0)
    >>> bool((y * (x @ direction)).min() >= 0.2)
    True
    """
    n, num_features = whole("n", n, 1), whole("num_features", num_features, 1)
    if not 0 < number("margin", margin, 0, 1) < 1:
        raise ValueError(f"margin must lie strictly between 0 and 1, got {margin}")
    kept_share = _share_beyond(margin, num_features)
    if kept_share < 1e-4:
        raise ValueError(
            f"a margin of {margin:g} keeps {kept_share:.1e} of the points of the unit ball in "
            f"{num_features} dimensions; take a smaller margin or fewer features"
        )
    random = rng(seed)
    direction = random.normal(size=num_features)
    direction /= np.linalg.norm(direction)
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < n:
        x = _ball(min(int(1.2 * n / kept_share) + 10, _CHUNK), num_features, random)
        kept.append(x[np.abs(x @ direction) >= margin])
    x = np.concatenate(kept)[:n]
    return Separable(x, np.where(x @ direction > 0, 1, -1).astype(np.int64), direction)


def _ball(n: int, num_features: int, random: np.random.Generator) -> np.ndarray:
    """Return points drawn uniformly from the unit ball."""
    x = random.normal(size=(n, num_features))
    radius = random.random((n, 1)) ** (1 / num_features)  # the volume within r grows as r^D
    return radius * x / np.linalg.norm(x, axis=1, keepdims=True)


def _share_beyond(margin: float, num_features: int) -> float:
    """Return the share of the unit ball that is farther than ``margin`` from a central plane."""
    from scipy.special import betainc

    return float(betainc((num_features + 1) / 2, 0.5, 1 - margin**2))
