"""Numbers as a reader likes them: on axes and in alt texts, in Unicode, without LaTeX."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import Formatter, LogLocator, MaxNLocator

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, spec: str = "") -> str:
    """Return a number as text: to three digits, or as the format says."""
    value = float(value)
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "−infinity" if value < 0 else "infinity"
    if spec:
        return format(value + 0.0, spec).replace("-", "−")
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    if -4 < size < 6:
        decimals = max(0, 2 - size)
        text = f"{value:,.{decimals}f}"
        return (_trim(text) if decimals else text).replace("-", "−")
    mantissa = _trim(f"{value / 10.0**size:.2f}")
    head = "" if mantissa == "1" else f"{mantissa}·"
    return f"{head}10{power(size)}".replace("-", "−")


def power(exponent: int) -> str:
    """Return a whole number as superscript: 10 to the −3 is ``10⁻³``."""
    return str(int(exponent)).translate(_SUPERSCRIPT)


def _trim(text: str) -> str:
    """Drop zeros at the end of decimals."""
    return text.rstrip("0").rstrip(".") if "." in text else text


class LinearTicks(Formatter):
    """Tick labels with as many decimals as their step needs; all in one power of ten if tiny."""

    def __init__(self, percent: bool = False) -> None:
        self.percent = percent

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number(x, ".0%" if self.percent else "")

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of all ticks together."""
        scale = 100.0 if self.percent else 1.0
        values = [float(value) * scale for value in values]
        if len(values) < 2:
            return [number(value) + "%" * self.percent for value in values]
        step = min(b - a for a, b in itertools.pairwise(values))
        largest = max(abs(value) for value in values)
        exponent = math.floor(math.log10(largest)) if largest else 0
        if step < 1e-4 or largest >= 1e6:
            return [self._scientific(value, exponent, step) for value in values]
        # the step to two digits says how many decimals its multiples need
        decimals = len(_trim(f"{float(f'{step:.1e}'):.8f}").partition(".")[2])
        text = [f"{value + 0.0:,.{decimals}f}".replace("-", "−") for value in values]
        return [label + "%" * self.percent for label in text]

    @staticmethod
    def _scientific(value: float, exponent: int, step: float) -> str:
        """Return the value with the exponent that all ticks share."""
        if abs(value) < step / 1000:
            return "0"
        decimals = max(0, exponent - math.floor(math.log10(step)))
        mantissa = _trim(f"{value / 10.0**exponent:.{decimals}f}")
        return f"{mantissa}·10{power(exponent)}".replace("-", "−")


class LogTicks(Formatter):
    """Tick labels of a logarithmic axis: 0.01 to 10,000 in full, beyond that as powers of ten."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the labels of all ticks together."""
        low, high = self.axis.get_view_interval() if self.axis else (min(values), max(values))
        plain = low >= 0.004 and high <= 25_000
        return [self._label(value, plain) for value in values]

    @staticmethod
    def _label(value: float, plain: bool) -> str:
        if plain or value <= 0:
            return number(value)
        exponent = math.floor(math.log10(value) + 1e-9)
        mantissa = value / 10.0**exponent
        head = "" if abs(mantissa - 1) < 1e-6 else f"{number(mantissa)}·"
        return f"{head}10{power(exponent)}"


class LogPlaces(LogLocator):
    """Where a logarithmic axis has ticks: at powers of ten, with more between them if few fit."""

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the ticks of an axis from vmin to vmax."""
        decades = math.log10(vmax / vmin) if 0 < vmin < vmax else 0
        if 0 < decades < 1:
            even = np.asarray(MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(vmin, vmax))
            return even[even > 0].tolist()
        self.set_params(subs=(1.0, 2.0, 5.0) if 0 < decades < 2 else (1.0,))
        return super().tick_values(vmin, vmax)
