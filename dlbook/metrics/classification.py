"""How often a classifier is right, and which way it is wrong.

Names and meanings are scikit-learn's.

Chapter: book/network/perceptron.md
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "PrecisionRecallCurve",
    "accuracy",
    "confusion_matrix",
    "error_rate",
    "precision",
    "precision_recall_curve",
    "recall",
]


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at each threshold, the thresholds rising.

    Parameters
    ----------
    precision, recall : array, float64, shape (num_thresholds + 1,)
        The last pair is (1, 0) by convention: a threshold above every score.
    thresholds : array, float64, shape (num_thresholds,)
        The distinct scores; an example counts as positive from this score on.

    Examples
    --------
    >>> precision_recall_curve([0, 1], [0.2, 0.7]).thresholds.tolist()
    [0.2, 0.7]
    """

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the share of predictions that are right.

    Parameters
    ----------
    y_true, y_pred : array, shape (n,), n at least 1
        Labels of any one type: numbers, booleans or text.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    TypeError
        If one holds text and the other numbers.
    ValueError
        If the shapes differ, there is no example, or these are scores rather than labels.

    Examples
    --------
    >>> accuracy(["ham", "spam", "ham", "ham"], ["ham", "ham", "ham", "ham"])
    0.75
    """
    y_true, y_pred = _labels(y_true, y_pred)
    return float(np.mean(y_true == y_pred))


def error_rate(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the share of predictions that are wrong, 1 − accuracy.

    Parameters
    ----------
    y_true, y_pred : array, shape (n,), n at least 1
        As for :func:`accuracy`.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    TypeError, ValueError
        As :func:`accuracy` does.

    Examples
    --------
    >>> error_rate([1, -1, 1, 1], [1, 1, 1, 1])
    0.25
    """
    y_true, y_pred = _labels(y_true, y_pred)
    return float(np.mean(y_true != y_pred))


def confusion_matrix(
    y_true: ArrayLike, y_pred: ArrayLike, *, labels: ArrayLike | None = None
) -> np.ndarray:
    """Count each pair of a true and a predicted label.

    Parameters
    ----------
    y_true, y_pred : array, shape (n,), n at least 1
        As for :func:`accuracy`.
    labels : array, shape (K,), optional
        The order of rows and columns; by default the labels that occur, sorted.

    Returns
    -------
    numpy.ndarray, int64, shape (K, K)
        Entry (i, j) counts the examples of label i that were predicted as label j.

    Raises
    ------
    TypeError, ValueError
        As :func:`accuracy` does, and if a label occurs that ``labels`` does not have, or it has one
        twice.

    Examples
    --------
    >>> confusion_matrix(["ham", "spam", "ham"], ["ham", "ham", "ham"])
    array([[2, 0],
           [1, 0]])
    """
    y_true, y_pred = _labels(y_true, y_pred)
    found = np.unique(np.concatenate([y_true, y_pred]))
    names = found if labels is None else np.asarray(labels)
    if len(np.unique(names)) < len(names):
        raise ValueError(f"each label stands once in labels, got {names.tolist()}")
    if extra := set(found.tolist()) - set(names.tolist()):
        raise ValueError(
            f"labels is {names.tolist()}, but {sorted(extra)} occur too; list every label"
        )
    order = np.argsort(names, kind="stable")
    rows = order[np.searchsorted(names, y_true, sorter=order)]
    columns = order[np.searchsorted(names, y_pred, sorter=order)]
    counts = np.bincount(rows * len(names) + columns, minlength=len(names) ** 2)
    return counts.reshape(len(names), len(names)).astype(np.int64)


def precision(y_true: ArrayLike, y_pred: ArrayLike, *, pos_label: Any = 1) -> float:
    """Return the share of positive predictions that are right: TP / (TP + FP).

    Parameters
    ----------
    y_true, y_pred : array, shape (n,), n at least 1
        As for :func:`accuracy`.
    pos_label : label
        The class to be found; every other label is negative.

    Returns
    -------
    float in [0, 1]
        0 if nothing was predicted positive, where the share has no meaning.

    Raises
    ------
    TypeError, ValueError
        As :func:`accuracy` does, and if ``pos_label`` is none of the labels; among labels of 0, 1
        and −1 it may be absent.

    Examples
    --------
    >>> precision([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
    true, predicted = _positives(y_true, y_pred, pos_label)
    return float(np.sum(true & predicted) / max(1, np.sum(predicted)))


def recall(y_true: ArrayLike, y_pred: ArrayLike, *, pos_label: Any = 1) -> float:
    """Return the share of positives that were found: TP / (TP + FN).

    Parameters
    ----------
    y_true, y_pred : array, shape (n,), n at least 1
        As for :func:`accuracy`.
    pos_label : label
        The class to be found; every other label is negative.

    Returns
    -------
    float in [0, 1]
        0 if there is no positive to be found, where the share has no meaning.

    Raises
    ------
    TypeError, ValueError
        As :func:`accuracy` does, and if ``pos_label`` is none of the labels; among labels of 0, 1
        and −1 it may be absent.

    Examples
    --------
    >>> recall([1, 1, 1, 0], [1, 0, 0, 0])
    0.3333333333333333
    """
    true, predicted = _positives(y_true, y_pred, pos_label)
    return float(np.sum(true & predicted) / max(1, np.sum(true)))


def precision_recall_curve(
    y_true: ArrayLike, y_score: ArrayLike, *, pos_label: Any = 1
) -> PrecisionRecallCurve:
    """Return precision and recall for every threshold on a score.

    Parameters
    ----------
    y_true : array, shape (n,), n at least 1
        Labels.
    y_score : array, float, shape (n,)
        Higher means more likely positive: a probability, or w·x + b.
    pos_label : label
        The class to be found.

    Returns
    -------
    PrecisionRecallCurve

    Raises
    ------
    ValueError
        If the shapes differ, a score is not finite, or there is no positive example.

    Notes
    -----
    Sorts once: O(n log n), instead of one pass over the data for each threshold.

    Examples
    --------
    >>> curve = precision_recall_curve([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.8])
    >>> curve.thresholds.tolist()
    [0.1, 0.4, 0.5, 0.8]
    >>> curve.precision.round(2).tolist()
    [0.5, 0.67, 0.5, 1.0, 1.0]
    >>> curve.recall.tolist()
    [1.0, 1.0, 0.5, 0.5, 0.0]
    """
    y_true = _one_array("y_true", y_true)
    y_score = np.asarray(y_score, dtype=np.float64)
    _same_shape("y_true", y_true, "y_score", y_score)
    if not np.isfinite(y_score).all():
        raise ValueError(f"{np.sum(~np.isfinite(y_score))} of {len(y_score)} scores are not finite")
    positive = y_true == pos_label
    if not positive.any():
        raise ValueError(
            f"no example has the label {pos_label!r}, so recall has no meaning; "
            f"y_true has {np.unique(y_true).tolist()}, choose pos_label among them"
        )
    order = np.argsort(-y_score, kind="stable")
    scores, found = y_score[order], np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # last of equal scores
    hits = found[last][::-1]
    return PrecisionRecallCurve(
        np.append(hits / (last[::-1] + 1), 1.0),
        np.append(hits / found[-1], 0.0),
        scores[last][::-1],
    )


def _positives(
    y_true: ArrayLike, y_pred: ArrayLike, pos_label: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return which examples are positive, and which were predicted so."""
    y_true, y_pred = _labels(y_true, y_pred)
    true, predicted = y_true == pos_label, y_pred == pos_label
    known = np.unique(np.concatenate([y_true, y_pred])).tolist()
    if not (np.any(true) or np.any(predicted)) and not set(known) <= {0, 1, -1}:
        raise ValueError(f"pos_label={pos_label!r} is none of the labels {known}; choose one")
    return true, predicted


def _labels(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both arrays of labels, checked."""
    y_true, y_pred = _one_array("y_true", y_true), _one_array("y_pred", y_pred)
    _same_shape("y_true", y_true, "y_pred", y_pred)
    if (y_true.dtype.kind in "US") != (y_pred.dtype.kind in "US"):
        raise TypeError(
            f"labels must be of one type: y_true has {y_true.dtype}, y_pred {y_pred.dtype}"
        )
    return y_true, y_pred


def _one_array(name: str, labels: ArrayLike) -> np.ndarray:
    """Return labels as an array of numbers, booleans or text."""
    array = np.asarray(labels)
    if array.dtype.kind == "f" and (array != np.round(array)).any():
        raise ValueError(
            f"{name} holds {array.ravel()[(array != np.round(array)).ravel()][0]:g}, which is no "
            f"label; if these are scores, compare them with a threshold first"
        )
    return array


def _same_shape(name: str, array: np.ndarray, other_name: str, other: np.ndarray) -> None:
    """Refuse arrays that are not flat, not equally long, or empty."""
    if array.ndim != 1 or array.shape != other.shape:
        raise ValueError(
            f"{name} and {other_name} must be flat and equally long, "
            f"got shapes {array.shape} and {other.shape}"
        )
    if not len(array):
        raise ValueError(f"there are no examples: {name} and {other_name} are empty")
