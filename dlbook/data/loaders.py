"""From a table to training: split it, scale it, and hand it over in mini-batches.

Chapter: book/learning/search.md
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from dlbook.data._checks import number, pair, rows, whole
from dlbook.seed import generator, rng

if TYPE_CHECKING:
    from torch.utils.data import DataLoader

__all__ = ["batches", "split", "standardize"]


def split(
    x: ArrayLike,
    y: ArrayLike,
    *,
    test_size: float = 0.25,
    seed: int | None = None,
    stratify: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Divide examples at random into a training part and a test part.

    Parameters
    ----------
    x : array, shape (n, …)
    y : array, shape (n,)
    test_size : float between 0 and 1, exclusive
        Share of the examples that goes to the test part, rounded to whole examples.
    seed : int, at least 0, optional
        Without one, the first seed of the book's base seed.
    stratify : bool
        Take the share of each class by itself, so that both parts have the same mix of classes.
        For a regression, whose targets are no classes, set it to False.

    Returns
    -------
    x_train, x_test, y_train, y_test : arrays
        Copies, in random order. Each part has at least one example (of each class).

    Raises
    ------
    TypeError, ValueError
        If shapes disagree, ``test_size`` or the seed is out of its range, or a class has one
        example only.

    Examples
    --------
    >>> x_train, x_test, y_train, y_test = split(np.eye(8), [0, 0, 0, 0, 1, 1, 1, 1], seed=0)
    >>> x_train.shape, sorted(y_test.tolist())
    ((6, 8), [0, 1])
    """
    x, y = pair(x, y)
    if not 0 < number("test_size", test_size, 0, 1) < 1:
        raise ValueError(f"test_size must lie strictly between 0 and 1, got {test_size}")
    random = rng(seed)
    groups = _classes(y) if stratify else [np.arange(len(y))]
    test = np.concatenate([_draw(group, test_size, random) for group in groups])
    train = np.setdiff1d(np.arange(len(y)), test)
    random.shuffle(test)
    random.shuffle(train)
    return x[train], x[test], y[train], y[test]


def standardize(train: ArrayLike, *others: ArrayLike) -> tuple[np.ndarray, ...]:
    """Shift and scale each column to mean 0 and standard deviation 1 on the training rows.

    The other arrays are moved by the *training* statistics: a test row must not tell the model
    anything, not even its own mean.

    Parameters
    ----------
    train : array, shape (n, D)
        The rows that the means and standard deviations are computed from.
    *others : arrays, shape (m, D)
        Validation or test rows, moved by the same numbers.

    Returns
    -------
    tuple of float arrays
        As many as came in: ``x_train, x_test = standardize(x_train, x_test)``. For one array,
        ``(x,) = standardize(x)``.

    Raises
    ------
    TypeError
        If an array does not hold numbers.
    ValueError
        If numbers of columns differ, or a training value is NaN or infinite.

    Notes
    -----
    A column that is constant on the training rows is shifted to 0 and not scaled.

    Examples
    --------
    >>> train, test = standardize([[1.0], [3.0]], [[5.0]])
    >>> train.ravel().tolist(), test.ravel().tolist()
    ([-1.0, 1.0], [3.0])
    """
    train = _floats(train, "train")
    if not np.isfinite(train).all():
        raise ValueError(
            f"train has {(~np.isfinite(train)).sum()} values that are NaN or infinite; "
            "remove or fill them before you standardize"
        )
    moved = [_floats(other, f"array {place}") for place, other in enumerate(others, 2)]
    for place, other in enumerate(moved, 2):
        if other.shape[1:] != train.shape[1:]:
            raise ValueError(
                f"all arrays must have the columns of train, shape {train.shape}; "
                f"array {place} has shape {other.shape}"
            )
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(np.ptp(train, axis=0) > 0, std, 1)  # rounding can give a constant a std of 1e-17
    return tuple((array - mean) / std for array in (train, *moved))


def batches(
    x: ArrayLike,
    y: ArrayLike,
    batch_size: int,
    *,
    seed: int | None = None,
    shuffle: bool = True,
) -> "DataLoader":
    """Return a torch ``DataLoader`` that yields ``(x, y)`` tensors in mini-batches.

    Parameters
    ----------
    x : array, shape (n, …)
        Floats become torch's default floating type, as layers expect; other types stay.
    y : array, shape (n,)
        Class numbers stay int64; floats become torch's default floating type.
    batch_size : int, at least 1
        The last batch of an epoch is smaller where ``n`` is no multiple of it.
    seed : int, optional
        The order of all epochs follows from it. Without one, the first seed of the base seed.
    shuffle : bool
        A new order in each epoch; otherwise the order of the rows.

    Returns
    -------
    torch.utils.data.DataLoader

    Raises
    ------
    TypeError, ValueError
        If ``x`` and ``y`` have no row or not as many, or ``batch_size`` is not a whole number of
        at least 1.

    Examples
    --------
    >>> loader = batches(np.zeros((10, 3)), np.zeros(10, dtype=np.int64), batch_size=4, seed=0)
    >>> [tuple(x.shape) for x, y in loader]
    [(4, 3), (4, 3), (2, 3)]
    """
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    def tensor(array: np.ndarray) -> torch.Tensor:
        dtype = torch.get_default_dtype() if array.dtype.kind == "f" else None
        return torch.tensor(array, dtype=dtype)

    x, y = pair(x, y)
    return DataLoader(
        TensorDataset(tensor(x), tensor(y)),
        batch_size=whole("batch_size", batch_size, 1),
        shuffle=shuffle,
        generator=generator(seed),
    )


def _classes(y: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each class, or say why the labels cannot be stratified."""
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"to stratify, each class needs two examples, one for each part; class "
            f"{labels[counts.argmin()]} has one. For a regression pass stratify=False"
        )
    return [np.flatnonzero(y == label) for label in labels]


def _draw(group: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Return a random share of a group: at least one member, and never all of them."""
    if len(group) < 2:
        raise ValueError(f"a split needs two examples, one for each part; got {len(group)}")
    size = min(max(round(share * len(group)), 1), len(group) - 1)
    return random.choice(group, size=size, replace=False)


def _floats(x: ArrayLike, name: str) -> np.ndarray:
    """Return rows as floats of their own precision, float64 for whole numbers."""
    array = rows(x, name)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold numbers, got dtype {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)
