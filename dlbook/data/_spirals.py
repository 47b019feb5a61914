"""Spirals: classes that no straight cut, and no few of them, divides."""

import numpy as np

from dlbook.data._checks import number, whole
from dlbook.data.bundled import Table
from dlbook.seed import rng


def spirals(
    n: int, *, seed: int | None, arms: int = 2, turns: float = 1.5, noise: float = 0.05
) -> Table:
    r"""Return points on spiral arms that wind around each other; the label is the arm.

    A point at the radius t, which is :math:`\sqrt{u}` for an even u in (0.02, 1), lies at the angle
    :math:`2\pi\,(\text{turns} \cdot t + \text{arm} / \text{arms})`.

    Parameters
    ----------
    n : int, at least 2
        The arms are taken in turn.
    seed : int, optional
        Without one, the first seed of the book's base seed.
    arms : int, at least 2
    turns : float in [0, 10]
        How often each arm goes around.
    noise : float in [0, 10]
        Standard deviation of what is added to each coordinate; the radius is at most 1 before.

    Returns
    -------
    Table
        ``x`` of shape (n, 2), ``y`` from 0 to arms − 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of its range.

    Examples
    --------
    >>> table = spirals(6, seed=0, arms=3)
    >>> table.x.shape, table.y.tolist()
    ((6, 2), [0, 1, 2, 0, 1, 2])
    """
    n, arms = whole("n", n, 2), whole("arms", arms, 2)
    turns, noise = number("turns", turns, 0, 10), number("noise", noise, 0, 10)
    random = rng(seed)
    y = np.arange(n) % arms
    radius = np.sqrt(random.uniform(0.02, 1, n))
    angle = 2 * np.pi * (turns * radius + y / arms)
    x = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    x = x + noise * random.normal(size=(n, 2))
    return Table(x, y, ("x1", "x2"), tuple(f"arm {arm + 1}" for arm in range(arms)))
