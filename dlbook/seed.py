"""Seeds: where every random number of the book comes from.

Chapter: book/learning/search.md
"""

import os

import numpy as np
import torch

__all__ = ["base_seed", "generator", "rng", "seed_everything", "seeds"]

_STRIDE = 1_000  # seeds of two base seeds never meet as long as a chapter uses fewer than this
_MOST_BASE = 4_000_000  # so that every seed is below 2³², which scikit-learn and old NumPy ask for
_MOST = 2**63 - 1  # what torch takes


def base_seed() -> int:
    """Return the book's base seed: ``DLBOOK_SEED``, or 0 where it is not set.

    Returns
    -------
    int
        From 0 to 4,000,000.

    Raises
    ------
    ValueError
        If ``DLBOOK_SEED`` is not a whole number from 0 to 4,000,000.

    Examples
    --------
    >>> base_seed() >= 0
    True
    """
    text = os.environ.get("DLBOOK_SEED", "").strip() or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or int(text) > _MOST_BASE:
        raise ValueError(
            f"DLBOOK_SEED must be a whole number from 0 to {_MOST_BASE:,}, written in digits, "
            f"such as 7; it is {text!r}"
        )
    return int(text)


def seeds(num_seeds: int, *, offset: int = 0) -> list[int]:
    """Return ``num_seeds`` different seeds that move with the base seed.

    Parameters
    ----------
    num_seeds : int, at least 1
    offset : int, at least 0
        Skip so many seeds first, to get seeds that an earlier experiment has not used.

    Returns
    -------
    list of int
        The same ones at each call; no two base seeds have one in common.

    Raises
    ------
    TypeError, ValueError
        If a number is not whole or too small, or both together exceed the 1,000 of a base seed.

    Examples
    --------
    >>> len(set(seeds(3) + seeds(3, offset=3)))
    6
    """
    _whole("num_seeds", num_seeds, 1)
    _whole("offset", offset, 0)
    if offset + num_seeds > _STRIDE:
        raise ValueError(
            f"one base seed has {_STRIDE} seeds; asked for {num_seeds} after the first {offset}"
        )
    first = base_seed() * _STRIDE + offset
    return list(range(first, first + num_seeds))


def rng(seed: int | None = None) -> np.random.Generator:
    """Return a NumPy random generator; without a seed, the first one of the base seed.

    Parameters
    ----------
    seed : int, at least 0, optional

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If the seed is no whole number, is negative, or is 2⁶³ or more.

    Examples
    --------
    >>> float(rng(3).random()) == float(rng(3).random())
    True
    """
    return np.random.default_rng(_default(seed))


def generator(seed: int | None = None) -> torch.Generator:
    """Return a torch generator on the CPU: the same numbers whatever the device.

    Parameters
    ----------
    seed : int, at least 0, optional
        Without one, the first seed of the base seed.

    Returns
    -------
    torch.Generator

    Raises
    ------
    TypeError, ValueError
        As :func:`rng` does.

    Examples
    --------
    >>> generator(3).initial_seed()
    3
    """
    return torch.Generator().manual_seed(_default(seed))


def seed_everything(seed: int | None = None) -> int:
    """Seed Python's, NumPy's and torch's global generators, and return the seed that was used.

    Prefer :func:`rng` and :func:`generator`: a generator that you hand over is a dependency that
    a reader can see. This function is for code that draws from the global ones, as
    ``torch.nn.Linear`` does when it is created.

    Parameters
    ----------
    seed : int, at least 0, optional
        Without one, the first seed of the base seed.

    Returns
    -------
    int
        The seed. NumPy's global generator takes it modulo 2³².

    Raises
    ------
    TypeError, ValueError
        As :func:`rng` does.

    Examples
    --------
    >>> seed_everything(3)
    3
    """
    import random

    seed = _default(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (other people's code draws from it)
    torch.manual_seed(seed)
    return seed


def _default(seed: int | None) -> int:
    """Return a checked seed; the first of the base seed for None."""
    if seed is None:
        return base_seed() * _STRIDE
    return _whole("seed", seed, 0)


def _whole(name: str, value: int, least: int) -> int:
    """Return ``value`` as an int, or say what was expected."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"{name} must be a whole number, got {value!r} of type {type(value).__name__}"
        )
    if not least <= value <= _MOST:
        raise ValueError(f"{name} must be at least {least} and below 2⁶³, got {value}")
    return int(value)
