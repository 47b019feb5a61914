"""Repeat an experiment over seeds and say, by an interval, what that allows one to claim.

Chapter: book/learning/search.md
"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "Interval",
    "bootstrap_interval",
    "corrected_resampled_interval",
    "equivalent",
    "mean_interval",
    "paired_interval",
    "proportion_interval",
    "repeat",
]


class Interval(NamedTuple):
    """An estimate with its confidence interval; prints as ``0.93 [0.91, 0.95]``.

    A format applies to all three numbers: ``f"{interval:.1%}"`` gives ``93.1% [91.1%, 95.1%]``.

    Parameters
    ----------
    mean : float
        The estimate: a mean, a share, or the statistic of :func:`bootstrap_interval`.
    low, high : float
        The ends of the interval.
    level : float in (0, 1)
        How often intervals made this way contain the true value.

    Examples
    --------
    >>> print(Interval(mean=0.931, low=0.911, high=0.951))
    0.93 [0.91, 0.95]
    """

    mean: float
    low: float
    high: float
    level: float = 0.95

    def __format__(self, spec: str) -> str:
        spec = spec or _shortest_spec(self.mean, (self.high - self.low) / 2)
        # adding 0.0 turns -0.0 into 0.0
        mean, low, high = (format(value + 0.0, spec) for value in self[:3])
        return f"{mean} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self, "")


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    r"""Return the mean of independent values with its Student t interval.

    The ends are :math:`\bar{v} \pm t_{n-1}\, s / \sqrt{n}`.

    Parameters
    ----------
    values : array, shape (n,), n at least 2
        One independent value for each seed.
    level : float in (0, 1)

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If there are fewer than two values, one of them is not finite, or the level does not lie
        between 0 and 1.

    Notes
    -----
    Exact for normal values. For skewed values and a small n, see :func:`bootstrap_interval`.

    References
    ----------
    Student (1908), The probable error of a mean, doi:10.1093/biomet/6.1.1.

    Examples
    --------
    >>> print(mean_interval([0.90, 0.93, 0.94, 0.95]))
    0.93 [0.90, 0.96]
    """
    values = _values(values)
    return _t_interval(values, 1 / len(values), level)


def proportion_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return a share, successes / trials, with its Wilson score interval.

    Parameters
    ----------
    successes, trials : int, 0 ≤ successes ≤ trials, trials at least 1
        Such as the number of correct answers and of test examples.
    level : float in (0, 1)

    Returns
    -------
    Interval
        Always within [0, 1] and never of zero width, unlike ± 1.96 standard errors.

    Raises
    ------
    TypeError
        If a count is not a whole number.
    ValueError
        If there are more successes than trials, no trial, or a count below 0, or the level does not
        lie between 0 and 1.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference,
    doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> print(proportion_interval(10, 10))
    1.00 [0.72, 1.00]
    """
    successes, trials = _count("successes", successes, 0), _count("trials", trials, 1)
    if successes > trials:
        raise ValueError(f"{successes} successes in {trials} trials cannot be; swap the arguments?")
    z = NormalDist().inv_cdf((1 + _level(level)) / 2)
    share = successes / trials
    center = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    spread = share * (1 - share) / trials + z**2 / (4 * trials**2)
    half = z * math.sqrt(spread) / (1 + z**2 / trials)
    # rounding must not push the ends past what the formula gives exactly at 0 and at 1
    low = 0.0 if successes == 0 else max(0.0, center - half)
    high = 1.0 if successes == trials else min(1.0, center + half)
    return Interval(share, low, high, level)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[[np.ndarray], float] = np.mean,
    level: float = 0.95,
    num_resamples: int = 2000,
    seed: int | None = None,
) -> Interval:
    """Return any statistic of a sample with its percentile bootstrap interval.

    Parameters
    ----------
    values : array, shape (n,) or (n, columns), n at least 2
        Independent rows; whole rows are drawn again, with replacement.
    statistic : callable
        Takes such an array and returns a number.
    level : float in (0, 1)
    num_resamples : int, at least 100
    seed : int, optional
        The first seed of the base seed by default.

    Returns
    -------
    Interval

    Raises
    ------
    TypeError, ValueError
        If there are fewer than two rows, a value or a result of the statistic is not finite, or
        an argument is of another kind or out of its range.

    Notes
    -----
    Costs ``num_resamples`` calls of the statistic. With few values it is too narrow: with ten,
    a 95 % interval for a mean contains the truth about nine times in ten.

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife, doi:10.1214/aos/1176344552.

    Examples
    --------
    >>> print(bootstrap_interval([1, 2, 2, 3, 3, 3, 4, 20], np.median, seed=0))
    3.0 [2.0, 4.0]
    """
    from dlbook.seed import rng

    values = _values(values, max_ndim=2)
    _count("num_resamples", num_resamples, 100)
    rows = rng(seed).integers(0, len(values), size=(num_resamples, len(values)))
    results = np.array([float(statistic(values[chosen])) for chosen in rows])
    estimate = float(statistic(values))
    if not np.isfinite(results).all() or not math.isfinite(estimate):
        raise ValueError(
            f"the statistic is not finite on {np.sum(~np.isfinite(results))} of {num_resamples} "
            f"resamples; it must be defined wherever rows repeat"
        )
    tail = (1 - _level(level)) / 2
    low, high = np.quantile(results, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), level)


def paired_interval(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean of a − b with its Student t interval, pair by pair.

    Pairing, such as two methods on the same seeds, takes out what both share: the interval is
    that of the differences, and is narrow even where a and b each vary much.

    Parameters
    ----------
    a, b : array, shape (n,), n at least 2
        ``a[i]`` and ``b[i]`` come from the same seed.
    level : float in (0, 1)

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If the lengths differ, and where :func:`mean_interval` raises.

    Examples
    --------
    >>> print(paired_interval([0.91, 0.84, 0.97], [0.90, 0.83, 0.95]))
    0.013 [-0.001, 0.028]
    """
    a, b = _values(a, "a"), _values(b, "b")
    if len(a) != len(b):
        raise ValueError(f"a pair needs one value of each: a has {len(a)} values, b has {len(b)}")
    return mean_interval(a - b, level)


def corrected_resampled_interval(
    differences: ArrayLike, num_train: int, num_test: int, level: float = 0.95
) -> Interval:
    r"""Return the mean difference over resampled splits, corrected for their shared examples.

    The ends are :math:`\bar{d} \pm t_{J-1}\, s \sqrt{1/J + n_\text{test}/n_\text{train}}`: the
    second term stands for the correlation of splits that share most of their training data.

    Parameters
    ----------
    differences : array, shape (J,), J at least 2
        The difference of two methods' scores on each of J random splits (or folds).
    num_train, num_test : int, at least 1
        Numbers of examples on the two sides of a split.
    level : float in (0, 1)

    Returns
    -------
    Interval

    Raises
    ------
    TypeError, ValueError
        If the numbers are not whole and positive, and where :func:`mean_interval` raises.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error,
    doi:10.1023/A:1024068626366.

    Examples
    --------
    >>> differences = [0.01, 0.02, 0.00, 0.03, 0.02]
    >>> print(mean_interval(differences))
    0.016 [0.002, 0.030]
    >>> print(corrected_resampled_interval(differences, num_train=80, num_test=20))
    0.02 [-0.01, 0.04]
    """
    differences = _values(differences, "differences")
    shared = _count("num_test", num_test, 1) / _count("num_train", num_train, 1)
    return _t_interval(differences, 1 / len(differences) + shared, level)


def equivalent(interval: Interval, margin: float) -> bool:
    """Tell whether a difference is small: its whole interval lies within ± margin.

    "No significant difference" is not that: a wide interval around 0 shows only that too little
    was measured.

    Parameters
    ----------
    interval : Interval
        Of a difference.
    margin : float, above 0
        The largest difference that does not matter, chosen before measuring.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If the margin is not a finite number above 0.

    References
    ----------
    Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability, doi:10.1007/BF01068419. An interval at
    level 0.90 gives the test at 5 %.

    Examples
    --------
    >>> equivalent(Interval(0.002, -0.004, 0.008), margin=0.01)
    True
    >>> equivalent(Interval(0.002, -0.040, 0.044), margin=0.01)
    False
    """
    if not margin > 0 or not math.isfinite(margin):
        raise ValueError(f"the margin must be a finite number above 0, got {margin}")
    return -margin < interval.low and interval.high < margin


def repeat(
    experiment: Callable[[int], Any], seeds: Iterable[int], progress: bool = False
) -> np.ndarray:
    """Run ``experiment(seed)`` for each seed and stack what it returns.

    Parameters
    ----------
    experiment : callable
        Takes a seed and returns a number, or numbers of one shape (an array, tuple or list).
    seeds : iterable of int
        Different ones, such as ``seeds(10)`` from :mod:`dlbook.seed`.
    progress : bool
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    numpy.ndarray, float64, shape (number of seeds, …)
        A row for each seed, in order; ``results.T`` gives a row for each returned number.

    Raises
    ------
    TypeError
        If ``seeds`` is a single number.
    ValueError
        If there is no seed, a seed twice, or results of different shapes.

    Examples
    --------
    >>> repeat(lambda seed: (seed, seed**2), [1, 2, 3]).shape
    (3, 2)
    """
    if not isinstance(seeds, Iterable):
        raise TypeError(f"repeat takes the seeds themselves, such as seeds(10); got {seeds!r}")
    seeds = list(seeds)
    if not seeds:
        raise ValueError("repeat needs at least one seed, got none")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"each seed counts once, or results would repeat; got {seeds}")
    rows: list[np.ndarray] = []
    for seed in _progress(seeds, progress):
        row = np.asarray(experiment(seed), dtype=np.float64)
        if rows and row.shape != rows[0].shape:
            raise ValueError(
                f"the experiment must return one shape: {rows[0].shape} for seed {seeds[0]}, "
                f"{row.shape} for seed {seed}"
            )
        rows.append(row)
    return np.stack(rows)


def _t_interval(values: np.ndarray, factor: float, level: float) -> Interval:
    """Return mean ± t · sqrt(factor · s²)."""
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    t = float(stdtrit(len(values) - 1, (1 + _level(level)) / 2))
    half = t * math.sqrt(factor * float(np.var(values, ddof=1)))
    return Interval(mean, mean - half, mean + half, level)


def _values(values: ArrayLike, name: str = "values", max_ndim: int = 1) -> np.ndarray:
    """Return the values as float64, checked."""
    array = np.asarray(values, dtype=np.float64)
    if not 1 <= array.ndim <= max_ndim:
        raise ValueError(
            f"{name} must be a flat list of numbers, one for each seed; got shape {array.shape}"
        )
    if len(array) < 2:
        raise ValueError(
            f"an interval needs at least 2 values, to see how they vary; {name} has {len(array)}"
        )
    bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(bad):
        first = ", ".join(str(index) for index in bad[:5]) + (", …" if len(bad) > 5 else "")
        raise ValueError(
            f"{name} must be finite, but {len(bad)} of {len(array)} are NaN or infinite "
            f"(at {first}); find out why before you average"
        )
    return array


def _level(level: float) -> float:
    """Return the checked level."""
    if not 0 < level < 1:
        hint = f"; did you mean {level / 100:g}?" if 1 < level < 100 else ""
        raise ValueError(f"the level is a share between 0 and 1, such as 0.95; got {level}{hint}")
    return level


def _count(name: str, value: int, least: int) -> int:
    """Return ``value`` as an int, or say what was expected."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, got {value!r} of type {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def _shortest_spec(mean: float, half: float) -> str:
    """Return the format that keeps one digit of the half-width, two where the first is a 1."""
    if not half > 1e-12 * abs(mean):  # as good as a point
        return ".6g"
    digit = -math.floor(math.log10(half / 1.9999))
    if digit > 5:
        size = math.floor(math.log10(max(abs(mean), half)))
        return f".{max(0, min(size + digit, 6))}e"
    return f".{max(digit, 0)}f"


def _progress(seeds: Sequence[int], shown: bool) -> Iterable[int]:
    """Wrap the seeds in a progress bar that is quiet where there is no terminal."""
    if not shown:
        return seeds
    from tqdm import tqdm

    return tqdm(seeds, desc="seeds", disable=None, leave=False)
