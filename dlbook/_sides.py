"""The two sides of a claim's card and the one threshold between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from dlbook._numbers import number, number_list
from dlbook.stats import Interval, mean_interval

LEAST_LEVEL = 0.9  # an interval of a lower level leaves too much outside to settle anything


class Unsupported(Exception):
    """The numbers do not bear the verdict out; the message says which and by how much."""


@dataclass(frozen=True)
class Threshold:
    """The one threshold of a card, and the side of it where the effect lies."""

    side: str
    bound: float

    def __str__(self) -> str:
        return f"{self.side} {'±' if self.side == 'within' else ''}{self.bound:.6g}"

    def holds(self, low: float, high: float) -> bool:
        """Tell whether everything from low to high lies on the stated side."""
        if self.side == "within":
            return -self.bound < low and high < self.bound
        return high < self.bound if self.side == "below" else low > self.bound

    def touches(self, low: float, high: float) -> bool:
        """Tell whether anything from low to high lies on the stated side."""
        if self.side == "within":
            return low < self.bound and -self.bound < high
        return low < self.bound if self.side == "below" else high > self.bound

    def nearest(self, value: float) -> float:
        """Return the threshold, or of the two that ± stands for, the one nearer to the value."""
        return math.copysign(self.bound, value) if self.side == "within" else self.bound

    def shown(self, value: float) -> str:
        """Return the value with three digits, or as many as show on which side it lies."""
        bound = self.nearest(value)
        for digits in range(3, 17):
            text = f"{value:.{digits}g}"
            if (float(text) < bound, float(text) > bound) == (value < bound, value > bound):
                return text
        return repr(value)


@dataclass(frozen=True)
class Side:
    """The measured values or the control: the numbers, what is judged of them, and their spread.

    ``spread`` is how much the center varies, towards lower and towards higher numbers: the
    standard deviation of values, the standard error of an interval; 0 where that is not known.
    """

    numbers: tuple[float, ...]
    center: float
    spread: tuple[float, float]
    source: str
    interval: tuple[float, float] | None = None

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """What is judged, as (low, high): the one interval, or each value."""
        return (self.interval,) if self.interval else tuple((v, v) for v in self.numbers)

    def text(self, threshold: Threshold) -> str:
        """Return the numbers as the card shows them."""
        low = threshold.shown(min(low for low, _ in self.spans))
        high = threshold.shown(max(high for _, high in self.spans))
        if self.interval:
            return f"{threshold.shown(self.center)} [{low}, {high}] ({self.source})"
        return f"{low if low == high else f'{low} … {high}'} ({self.source})"

    def margin(self, threshold: Threshold) -> float | None:
        """Return the distance of the center from the threshold, in spreads."""
        target = threshold.nearest(self.center)
        spread = self.spread[1] if target > self.center else self.spread[0]
        margin = abs(target - self.center) / spread if spread else math.inf
        return margin if math.isfinite(margin) else None


def read_threshold(bounds: dict[str, Any]) -> Threshold:
    """Return the one threshold that was given."""
    given = {side: number(side, bound) for side, bound in bounds.items() if bound is not None}
    if len(given) != 1:
        raise ValueError(
            f"give exactly one of below=, above=, within=; got {' and '.join(given) or 'none'}"
        )
    ((side, bound),) = given.items()
    if not math.isfinite(bound) or (side == "within" and bound <= 0):
        least = " above 0" if side == "within" else ""
        raise ValueError(f"`{side}` is a finite number{least}, got {bound}")
    return Threshold(side, bound)


def read_side(name: str, values: Any, over: str) -> Side:
    """Return one side of a card, read from values or from an interval."""
    if isinstance(values, Interval):
        return _of_interval(name, values)
    numbers = number_list(name, values)
    _refuse_infinite(name, numbers)
    return _of_mean(name, numbers) if over == "interval" else of_values(numbers)


def of_values(values: tuple[float, ...]) -> Side:
    """Return the side that judges each value."""
    mean, deviation = _mean_and_deviation(values)
    count, equal = len(values), "equal " if len(set(values)) == 1 else ""
    source = "one value" if count == 1 else f"{count} {equal}values"
    return Side(values, mean, (deviation, deviation), source)


def _of_mean(name: str, values: tuple[float, ...]) -> Side:
    """Return the side that judges the interval of the values' mean."""
    if len(values) < 2:
        raise ValueError(
            f"over='interval' needs at least 2 values, to see how they vary; `{name}` has one"
        )
    _, deviation = _mean_and_deviation(values)
    error = deviation / math.sqrt(len(values))
    mean, low, high, _ = mean_interval(values)
    _refuse_infinite(name, (mean, low, high))
    source = f"mean and 95 % interval of {len(values)} values"
    return Side(values, mean, (error, error), source, (low, high))


def _of_interval(name: str, interval: Interval) -> Side:
    """Return the side that judges an interval that the page made itself."""
    mean, low, high, level = map(float, interval)
    _refuse_infinite(name, (mean, low, high))
    if low > high or not LEAST_LEVEL <= level < 1:
        raise ValueError(
            f"`{name}` is the interval {low:g} to {high:g} of level {level:g}; expected its ends "
            f"in order and a level from {LEAST_LEVEL} to below 1"
        )
    # Read as a normal's, each side on its own; Student's t is wider, so the margin errs downwards.
    z = NormalDist().inv_cdf((1 + level) / 2)
    spread = max(0.0, mean - low) / z, max(0.0, high - mean) / z
    return Side((mean, low, high), mean, spread, f"{100 * level:.4g} % interval", (low, high))


def _mean_and_deviation(values: tuple[float, ...]) -> tuple[float, float]:
    """Return the mean and the standard deviation (n − 1); 0 where nothing varies."""
    if len(set(values)) == 1:  # where rounding would leave a tiny spread
        return values[0], 0.0
    mean = math.fsum(values) / len(values)
    return mean, math.hypot(*(v - mean for v in values)) / math.sqrt(len(values) - 1)


def _refuse_infinite(name: str, values: Sequence[float]) -> None:
    """Refuse NaN and infinity, which compare with a threshold and mean nothing."""
    if not all(map(math.isfinite, values)):
        raise Unsupported(
            f"`{name}` is not finite: {', '.join(f'{v:.3g}' for v in values)}\n"
            f"A run that diverged or divided by 0 is no evidence, on either side of a threshold. "
            f"If divergence is the effect, count the runs that diverge."
        )
