"""Does a confidence of 0.8 mean that 80 of 100 such answers are right? Measures, and a mend.

Each measure takes probabilities in one of two forms:

- shape (n,): the probability of a statement, with labels that say whether it was true (1 or 0).
  The statement may be "the class is 1", or "this answer is right";
- shape (n, K): the probabilities of K classes, with the index of the true class as labels.

Chapter: book/training/losses.md
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "Reliability",
    "brier_score",
    "expected_calibration_error",
    "fit_temperature",
    "negative_log_likelihood",
    "reliability",
]


class Reliability(NamedTuple):
    """Confidence beside accuracy, bin by bin: what a reliability diagram shows.

    Parameters
    ----------
    confidence : array, float64, shape (num_bins,)
        Mean confidence of the answers in each bin, not a number where the bin is empty.
    accuracy : array, float64, shape (num_bins,)
        Share of them that are right, not a number where the bin is empty.
    counts : array, int64, shape (num_bins,)
        How many there are.
    edges : array, float64, shape (num_bins + 1,)
        Where the bins begin and end. A bin has its upper edge, not its lower; the first has both.

    Examples
    --------
    >>> reliability([0.6, 0.9], [0, 1], num_bins=2).counts.tolist()
    [0, 2]
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    counts: np.ndarray
    edges: np.ndarray


def reliability(
    confidences: ArrayLike,
    correct: ArrayLike,
    *,
    num_bins: int = 15,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> Reliability:
    """Sort answers into bins by their confidence, and count how many of each are right.

    Parameters
    ----------
    confidences : array, float, shape (n,), in [0, 1], n at least 1
        The probability that each answer was given.
    correct : array of bool or of 0 and 1, shape (n,)
        Whether it is right.
    num_bins : int, at least 1
    strategy : "uniform" or "quantile"
        Bins of one width on [0, 1], or of about one count. Equal confidences stay together, so that
        bins of quantiles may be empty.

    Returns
    -------
    Reliability

    Raises
    ------
    TypeError
        If ``num_bins`` is not a whole number.
    ValueError
        If shapes differ, there is no answer, a confidence lies outside [0, 1], ``correct`` holds
        more than 0 and 1, or a setting is unknown.

    Notes
    -----
    The diagram goes back to weather forecasts. For few answers the accuracy of a bin is itself
    uncertain: draw its interval (:func:`dlbook.stats.proportion_interval`), or few bins.

    Examples
    --------
    >>> bins = reliability([0.6, 0.7, 0.9, 0.9], [1, 0, 1, 1], num_bins=4)
    >>> bins.counts.tolist()
    [0, 0, 2, 2]
    >>> bins.confidence[2:].round(2).tolist(), bins.accuracy[2:].tolist()
    ([0.65, 0.9], [0.5, 1.0])
    """
    confidences, correct = _checked("confidences", confidences, "correct", correct, ndim=(1,))
    if isinstance(num_bins, bool) or not hasattr(num_bins, "__index__"):
        raise TypeError(f"num_bins must be a whole number, got {num_bins!r}")
    if num_bins < 1:
        raise ValueError(f"num_bins must be at least 1, got {num_bins}")
    if strategy not in ("uniform", "quantile"):
        raise ValueError(f"strategy must be 'uniform' or 'quantile', got {strategy!r}")
    edges = np.linspace(0, 1, num_bins + 1)
    if strategy == "quantile":
        edges = np.percentile(confidences, 100 * edges)
    bins = np.searchsorted(edges[1:-1], confidences)
    counts = np.bincount(bins, minlength=num_bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 where a bin is empty
        confidence = np.bincount(bins, confidences, num_bins) / counts
        accuracy = np.bincount(bins, correct, num_bins) / counts
    return Reliability(confidence, accuracy, counts.astype(np.int64), edges)


def expected_calibration_error(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    num_bins: int = 15,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> float:
    r"""Return how far confidence and accuracy lie apart on average, the ECE.

    .. math:: \text{ECE} = \sum_m \frac{n_m}{n} \left| \text{acc}_m - \text{conf}_m \right|

    Parameters
    ----------
    probabilities : array, float, shape (n,) or (n, K), in [0, 1], n at least 1
        Confidences, or the probabilities of K classes: then the confidence is the largest of a row,
        and the answer is its class.
    labels : array of int, shape (n,)
        For confidences, whether the answer is right (1 or 0); else the index of the true class.
    num_bins, strategy
        As for :func:`reliability`.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    TypeError, ValueError
        As :func:`reliability` does, and if rows do not add up to 1 or an index is out of range.

    Notes
    -----
    The number depends on the bins. It is biased upwards by noise: even if every confidence is the
    true probability, an accuracy counted over :math:`n_m` answers misses it by about
    :math:`\sqrt{2 p (1 - p) / (\pi n_m)}` on average, and the ECE adds up the misses without their
    signs; it grows as the square root of bins over answers. It is biased downwards by averaging:
    too high and too low confidences in one bin cancel. Compare models on the same answers with the
    same bins, and beside the value for labels drawn from the probabilities themselves.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks,
    arXiv:1706.04599, equation (3).
    Roelofs, Cain, Shlens, Mozer (2020), Mitigating bias in calibration error estimation,
    arXiv:2012.08668.

    Examples
    --------
    >>> print(f"{expected_calibration_error([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0]):.2f}")
    0.15
    >>> expected_calibration_error([[0.75, 0.25], [0.25, 0.75]], [0, 1])
    0.25
    """
    probabilities, labels = _checked("probabilities", probabilities, "labels", labels)
    if probabilities.ndim == 2:
        labels = probabilities.argmax(axis=1) == labels
        probabilities = probabilities.max(axis=1)
    bins = reliability(probabilities, labels, num_bins=num_bins, strategy=strategy)
    filled = bins.counts > 0
    gaps = np.abs(bins.accuracy - bins.confidence)[filled]
    return float(np.average(gaps, weights=bins.counts[filled]))


def brier_score(probabilities: ArrayLike, labels: ArrayLike) -> float:
    r"""Return the mean squared difference between probabilities and what came true.

    .. math:: \frac{1}{n} \sum_i (p_i - y_i)^2 \qquad \text{or} \qquad
              \frac{1}{n} \sum_i \sum_k (p_{ik} - [k = y_i])^2

    Parameters
    ----------
    probabilities : array, float, shape (n,) or (n, K), in [0, 1], n at least 1
        Of a statement, or of K classes.
    labels : array of int, shape (n,)
        Whether the statement was true (1 or 0); else the index of the true class.

    Returns
    -------
    float
        In [0, 1] for a statement, in [0, 2] for classes, where two classes are counted twice. The
        answer "all K classes alike" gets 1 − 1/K; the probability 1/2 of a statement 1/4.

    Raises
    ------
    TypeError, ValueError
        As :func:`expected_calibration_error` does.

    Notes
    -----
    A proper score: on average, no other answer than the true probability makes it smaller. No bins
    are needed, but it mixes calibration with how much the probabilities tell.

    References
    ----------
    Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather
    Review 78, pages 1–3, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> brier_score([0.5, 1.0], [1, 1])
    0.125
    >>> brier_score([[0.5, 0.5], [0.0, 1.0]], [1, 1])
    0.25
    """
    probabilities, labels = _checked("probabilities", probabilities, "labels", labels)
    if probabilities.ndim == 1:
        return float(np.mean((probabilities - labels) ** 2))
    one_hot = np.arange(probabilities.shape[1]) == labels[:, None]  # (n, K)
    return float(np.mean(((probabilities - one_hot) ** 2).sum(axis=1)))


def negative_log_likelihood(probabilities: ArrayLike, labels: ArrayLike) -> float:
    r"""Return −log of the probability of what came true, on average, in nats.

    Parameters
    ----------
    probabilities : array, float, shape (n,) or (n, K), in [0, 1], n at least 1
        Of a statement, or of K classes.
    labels : array of int, shape (n,)
        Whether the statement was true (1 or 0); else the index of the true class.

    Returns
    -------
    float, 0 or more
        Infinite as soon as something came true that had the probability 0: a score that clips it
        would forgive certainty. Over log 2 it is in bits.

    Raises
    ------
    TypeError, ValueError
        As :func:`expected_calibration_error` does.

    Notes
    -----
    The cross-entropy loss, on probabilities; a proper score like :func:`brier_score`, with no upper
    bound. From logits, :class:`~dlbook.nn.losses.CrossEntropyLoss` is more exact.

    Examples
    --------
    >>> print(f"{negative_log_likelihood([0.5, 0.75], [1, 0]):.3f}")
    1.040
    >>> negative_log_likelihood([[0.0, 1.0]], [0])
    inf
    """
    probabilities, labels = _checked("probabilities", probabilities, "labels", labels)
    if probabilities.ndim == 1:
        of_truth = np.where(labels == 1, probabilities, 1 - probabilities)
    else:
        of_truth = probabilities[np.arange(len(labels)), labels]
    with np.errstate(divide="ignore"):
        return float(np.mean(-np.log(of_truth)))


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    r"""Return the temperature T for which softmax(logits / T) makes the labels most likely.

    Parameters
    ----------
    logits : array, float, shape (n, K) or (n,), n at least 1
        Of examples that the model was not trained on. Of shape (n,): the logit of a statement.
    labels : array of int, shape (n,)
        The index of the true class; or whether the statement was true (1 or 0).

    Returns
    -------
    float, positive
        Above 1 where the model is too sure, below 1 where it is not sure enough.

    Raises
    ------
    TypeError
        If labels are not whole numbers.
    ValueError
        If shapes do not fit, a logit is not finite, a label is out of range, or no temperature is
        best: all examples are right, or the logits say nothing about the labels.

    Notes
    -----
    T changes no answer, since the largest logit stays the largest; only the confidences. In
    β = 1/T the negative log-likelihood is convex, with the slope

    .. math:: \frac{1}{n} \sum_i \Big( \sum_k p_{ik}(\beta)\, z_{ik} - z_{i y_i} \Big),

    the mean logit that the model expects less the one that came. It rises with β, so the minimum is
    where it crosses 0, which Brent's method finds. If every example is right, it never does: the
    likelihood grows until T is 0.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks,
    arXiv:1706.04599, section 4.2.

    Examples
    --------
    Four equal examples with 3 to 1 odds, of which three are right, are calibrated at logit log 3:

    >>> print(f"{fit_temperature([[2 * np.log(3), 0.0]] * 4, [0, 0, 0, 1]):.3f}")
    2.000
    """
    from scipy.optimize import brentq

    z = np.asarray(logits, dtype=np.float64)
    if z.ndim not in (1, 2) or not z.size:
        raise ValueError(f"logits must have shape (n, K) or (n,), n at least 1; got {z.shape}")
    if not np.isfinite(z).all():
        raise ValueError(f"{np.sum(~np.isfinite(z))} of {z.size} logits are not finite")
    labels = _indices("labels", labels, len(z), 2 if z.ndim == 1 else z.shape[1])
    if z.ndim == 1:
        z = np.stack([np.zeros_like(z), z], axis=1)  # σ(z) is the softmax of (0, z)
    z = z - z.max(axis=1, keepdims=True)  # changes no probability, and no exponential overflows
    came = z[np.arange(len(z)), labels].mean()

    def slope(beta: float) -> float:
        weights = np.exp(beta * z)
        expected = (weights * z).sum(axis=1) / weights.sum(axis=1)
        return float(expected.mean() - came)

    if slope(0.0) >= 0:
        raise ValueError(
            "no temperature is best: the true class has no higher logit than the average class, "
            "so the flattest answer is the most likely; are labels and logits in the same order?"
        )
    if came == 0:
        raise ValueError(
            f"no temperature is best: all {len(z)} examples are right, so the likelihood grows "
            f"until the temperature is 0; use more examples, that the model was not trained on"
        )
    high = 1 / -z.min()  # a logit difference of 1 between the best and the worst class
    while slope(high) <= 0:
        high *= 2
    return float(1 / brentq(slope, 0.0, high, xtol=1e-14 * high, rtol=1e-14))


def _checked(
    name: str, values: ArrayLike, label_name: str, labels: ArrayLike, ndim: tuple[int, ...] = (1, 2)
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and labels as arrays, checked."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in ndim:
        wanted = " or ".join(["(n,)", "(n, K)"][dim - 1] for dim in ndim)
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    if not array.size:
        raise ValueError(f"there are no examples: {name} has shape {array.shape}")
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        raise ValueError(
            f"{name} must lie in [0, 1], got {array[wrong][0]:g}; "
            f"turn logits into probabilities by softmax or sigmoid first"
        )
    if array.ndim == 2 and (off := np.abs(array.sum(axis=1) - 1)).max() > 1e-4:
        row = int(off.argmax())
        raise ValueError(
            f"the rows of {name} must add up to 1, but row {row} adds up to {array[row].sum():g}"
        )
    num_classes = 2 if array.ndim == 1 else array.shape[1]
    return array, _indices(label_name, labels, len(array), num_classes)


def _indices(name: str, labels: ArrayLike, length: int, num_classes: int) -> np.ndarray:
    """Return labels as whole numbers from 0 to K − 1, checked."""
    array = np.asarray(labels)
    if array.shape != (length,):
        raise ValueError(
            f"{name} must have one entry for each of the {length} examples, got shape {array.shape}"
        )
    if array.dtype.kind not in "biuf" or (array != np.round(array)).any():
        raise TypeError(f"{name} must be whole numbers, got {array.dtype}: {array[:3].tolist()} …")
    if array.min() < 0 or array.max() >= num_classes:
        wrong = array[(array < 0) | (array >= num_classes)][0]
        raise ValueError(
            f"{name} must be 0 to {num_classes - 1}, got {wrong:g}: with {num_classes} classes "
            f"they are indices, and of a statement they are 1 if it was true, else 0"
        )
    return array.astype(np.int64)
