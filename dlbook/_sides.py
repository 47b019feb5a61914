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
        return f"{self.side} {'±' if self.side == 'within' else ''}{rounded(self.bound, 6)}"

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
        texts = (rounded(value, digits) for digits in range(3, 17))
        return next((text for text in texts if self.agrees(text, value)), repr(value))

    def agrees(self, text: str, value: float) -> bool:
        """Tell whether the text puts the value on the side of the threshold where it lies."""
        bound = self.nearest(value)
        return (float(text) < bound, float(text) > bound) == (value < bound, value > bound)


@dataclass(frozen=True)
class Side:
    """The measured values or the control: the numbers, what is judged of them, and their spread.

    ``spread`` is how much the center varies, towards lower and towards higher numbers: the
    standard deviation of values, the standard error of an interval; 0 where that is not known.
    """

    numbers: tuple[float, ...]
    center: float
    spread: tuple[float, ...]
    source: str
    interval: tuple[float, float] | None = None

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """What is judged, as (low, high): the one interval, or each value."""
        return (self.interval,) if self.interval else tuple((v, v) for v in self.numbers)

    def text(self, threshold: Threshold) -> str:
        """Return the numbers as the card shows them."""
        if self.interval:
            exact = (self.center, *self.interval)
            words = str(Interval(*exact))  # as prose shows it, where that tells the sides apart
            shown = words.translate({ord(mark): None for mark in "[],"}).split()
            if not all(map(threshold.agrees, shown, exact)):
                shown = [threshold.shown(value) for value in exact]
            return f"{shown[0]} [{shown[1]}, {shown[2]}] ({self.source})"
        low, high = threshold.shown(min(self.numbers)), threshold.shown(max(self.numbers))
        return f"{low if low == high else f'{low} … {high}'} ({self.source})"

    def margin(self, threshold: Threshold) -> float | None:
        """Return the distance of the center from the threshold, in spreads."""
        target = threshold.nearest(self.center)
        spread = self.spread[target > self.center]
        if not 0 < spread < math.inf:
            return None
        margin = abs(target - self.center) / spread
        return margin if math.isfinite(margin) else None


def rounded(value: float, digits: int) -> str:
    """Return a number with so many digits, its whole part never cut: 0.042, 1899, 3.1e-15."""
    if not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


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
    whole = (high - low) / 2
    spread = tuple(part / z if part > 0 else whole / z for part in (mean - low, high - mean))
    return Side((mean, low, high), mean, spread, f"{100 * level:.4g} % interval", (low, high))


def _mean_and_deviation(values: tuple[float, ...]) -> tuple[float, float]:
    """Return the mean and the standard deviation (n − 1); 0 where nothing varies."""
    if len(set(values)) == 1:  # where rounding would leave a tiny spread
        return values[0], 0.0
    mean = math.fsum(v / len(values) for v in values)  # the sum itself might overflow
    return mean, math.hypot(*(v - mean for v in values)) / math.sqrt(len(values) - 1)


def _refuse_infinite(name: str, values: Sequence[float]) -> None:
    """Refuse NaN and infinity, which compare with a threshold and mean nothing."""
    finite = [math.isfinite(value) for value in values]
    if not all(finite):
        some = ", ".join(f"{value:.3g}" for value in values[:10])
        raise Unsupported(
            f"{finite.count(False)} of {len(values)} numbers of `{name}` are not finite: "
            f"{some}{', …' if len(values) > 10 else ''}\n"
            f"A run that diverged or divided by 0 is no evidence, on either side of a threshold. "
            f"If divergence is the effect, count the runs that diverge."
        )
