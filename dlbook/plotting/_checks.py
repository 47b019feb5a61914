"""Check what plotting functions are given, and say in words what is wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plotting._numbers import number
from dlbook.plotting.style import SERIES


def pair(x: ArrayLike, y: ArrayLike, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y as float arrays of one length with something to draw."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(
            f"{name}: x and y must be flat and equally long; x has shape {x.shape}, y {y.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError(f"{name}: x holds NaN or infinity; only y may have gaps")
    if not np.isfinite(y).any():
        raise ValueError(f"{name}: there is no finite value to draw among {len(y)}")
    return x, y


def within_six(series: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """Return the series if there are some, and as many as the eye can tell apart."""
    if not isinstance(series, Mapping):
        raise TypeError(
            f'the {what} are a dict of arrays by name, such as {{"train": values}}; '
            f"got {type(series).__name__}"
        )
    if not 1 <= len(series) <= len(SERIES):
        raise ValueError(
            f"a figure holds 1 to {len(SERIES)} {what}, got {len(series)}; "
            f"show some in grey or split the figure"
        )
    return series


def positive(scale: str, axis: str, *arrays: Any) -> None:
    """Refuse an unknown scale, and values that a logarithmic axis cannot show."""
    if scale not in ("linear", "log"):
        raise ValueError(f'{axis}scale is "linear" or "log", got {scale!r}')
    if scale == "log":
        for array in arrays:
            values = np.asarray(array, dtype=np.float64)
            if (values <= 0).any():
                raise ValueError(
                    f"a logarithmic {axis} axis shows positive values only; "
                    f"the smallest is {np.nanmin(values):g}"
                )


class Estimates(NamedTuple):
    """Numbers, with or without intervals."""

    mean: np.ndarray
    low: np.ndarray | None
    high: np.ndarray | None

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the intervals, the numbers themselves where there are none."""
        return (self.mean, self.mean) if self.low is None else (self.low, self.high)  # type: ignore

    def take(self, order: np.ndarray) -> "Estimates":
        """Return them in another order."""
        return Estimates(*(None if part is None else part[order] for part in self))  # type: ignore

    def texts(self, spec: str, full: bool = False) -> list[str]:
        """Return each number as text, with its interval in brackets if ``full``."""
        texts = [self._text(value, spec) for value in self.mean]
        if not full or self.low is None or self.high is None:
            return texts
        ends = zip(self.low, self.high, strict=True)
        ranges = [f" [{self._text(low, spec)}, {self._text(high, spec)}]" for low, high in ends]
        return [text + interval for text, interval in zip(texts, ranges, strict=True)]

    def _text(self, value: float, spec: str) -> str:
        """Return one number, with as many decimals as the others unless that would hide it."""
        places = self._decimals()
        usual = value == 0 or 0.5 * 10.0**-places <= abs(value) < 1e5
        return number(value, spec or (f",.{places}f" if usual else ""))

    def _decimals(self) -> int:
        """Return the decimals that all numbers share: those that a typical interval deserves."""
        usual = (np.abs(self.mean) >= 1e-3) & (np.abs(self.mean) < 1e5)
        if self.low is not None and self.high is not None:
            half = ((self.high - self.low) / 2)[usual & (self.high > self.low)]
            needed = -np.floor(np.log10(half / 1.9999))  # one digit of it, two if the first is a 1
            return int(np.clip(np.ceil(np.median(needed)), 0, 4)) if len(half) else 3
        decimals = [len(number(value).partition(".")[2]) for value in self.mean[usual]]
        return min(max(decimals, default=0), 4)

    def spoken(self, spec: str) -> list[str]:
        """Return each number as a voice would read it: ``0.9 (0.8 to 1)``."""
        full = self.texts(spec, full=True)
        return [text.replace("[", "(").replace("]", ")").replace(", ", " to ") for text in full]


def estimates(values: Any, count: int, name: str) -> Estimates:
    """Return numbers or (mean, low, high) as estimates."""
    rows = [np.asarray(value, dtype=np.float64).ravel()[:3] for value in values]
    sizes = {len(row) for row in rows}
    if len(rows) != count:
        raise ValueError(f"{name}: {count} labels need {count} values, got {len(rows)}")
    if sizes not in ({1}, {3}):
        raise ValueError(f"{name}: give numbers, or (mean, low, high) for every one of them")
    table = np.stack(rows)
    if not np.isfinite(table).all():
        raise ValueError(f"{name} must be finite, but {np.sum(~np.isfinite(table))} are not")
    if sizes == {1}:
        return Estimates(table[:, 0], None, None)
    if (table[:, 1] > table[:, 0]).any() or (table[:, 0] > table[:, 2]).any():
        raise ValueError(f"{name}: an interval is (mean, low, high) with low ≤ mean ≤ high")
    return Estimates(*table.T)
