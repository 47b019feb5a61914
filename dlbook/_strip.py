"""The picture on a claim's card: measured values and control on one axis, the threshold between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from dlbook._sides import Threshold

if TYPE_CHECKING:
    from dlbook.claims import Card

LEFT, RIGHT = 26.0, 97.0  # where the axis begins and ends, in percent of the width
LANES = {"measured": 11, "control": 31}  # heights in pixels
MOST_MARKS = 60
WIDE = 50  # from this ratio on the axis is logarithmic


def strip(card: Card, ink: str) -> str:
    """Return an inline SVG that does not scale its text, or nothing for a card without threshold.

    It is hidden from screen readers, as the card says the same in words.
    """
    if card.side is None or card.threshold is None:
        return ""
    bounds = [-card.threshold, card.threshold] if card.side == "within" else [card.threshold]
    ends = [*(card.measured_interval or ()), *(card.control_interval or ())]
    axis = _Axis([*card.measured, *card.control, *bounds, *ends], _is_wide(card))
    at = [axis(bound) for bound in bounds]
    start, end = {"below": (LEFT - 2, at[0]), "above": (at[0], RIGHT + 2)}.get(
        card.side, (at[0], at[-1])
    )
    label = f"{Threshold(card.side, card.threshold)}{' (log scale)' if axis.logarithmic else ''}"
    middle = (at[0] + at[-1]) / 2
    lines = "".join(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="42"/>' for x in at)
    names = "".join(f'<text x="0" y="{y + 4}">{name}</text>' for name, y in LANES.items())
    return (
        '<svg class="dl-claim-strip" width="100%" height="58" aria-hidden="true" font-size="12" '
        'fill="currentColor" stroke="none">'
        f'<g style="color:{ink}"><rect x="{start:.2f}%" y="0" width="{end - start:.2f}%" '
        f'height="42" fill-opacity=".13"/>'
        f'<g stroke="currentColor" stroke-width="1.5">{lines}</g>'
        f"{_marks(card.measured, card.measured_interval, axis, LANES['measured'])}</g>"
        f"{_marks(card.control, card.control_interval, axis, LANES['control'])}"
        f'{names}<text x="{middle:.2f}%" y="55" '
        f'text-anchor="{"end" if middle > 80 else "middle"}">{label}</text></svg>'
    )


class _Axis:
    """Where on the width a number lies; a logarithmic axis has 0 at its left end."""

    def __init__(self, numbers: Sequence[float], wide: bool) -> None:
        self.size = max(map(abs, numbers))
        self.logarithmic = wide and min(numbers) >= 0
        if self.logarithmic:
            least = math.log10(min(number for number in numbers if number > 0))
            self.zero = least - 0.2 * (math.log10(self.size) - least)
        scaled = [self._scaled(number) for number in numbers]
        self.low, self.high = min(scaled), max(scaled)

    def __call__(self, number: float) -> float:
        share = (self._scaled(number) - self.low) / (self.high - self.low)
        return LEFT + (RIGHT - LEFT) * share

    def _scaled(self, number: float) -> float:
        if self.logarithmic:
            return math.log10(number) if number > 0 else self.zero
        return number / self.size  # keeps the difference of the largest floats finite


def _is_wide(card: Card) -> bool:
    """Tell whether the threshold and the two sides' medians differ by orders of magnitude."""
    typical = (median(card.measured), median(card.control), card.threshold or 0.0)
    positive = [number for number in typical if number > 0]
    return bool(positive) and max(positive) / min(positive) > WIDE


def _marks(
    values: Sequence[float], interval: tuple[float, float] | None, axis: _Axis, y: int
) -> str:
    """Return a dot for each value; an interval is a bar, with its values behind it."""
    chosen = sorted(values)
    if len(chosen) > MOST_MARKS:
        step = (len(chosen) - 1) / (MOST_MARKS - 1)
        chosen = [chosen[round(step * index)] for index in range(MOST_MARKS)]
    opacity, radius, bar = ".7", "4", ""
    if interval:
        if values[1:] == interval:  # mean, low, high: an interval that the page made
            chosen = chosen[1:2]
        opacity, radius = ".3", "3"
        low, high = map(axis, interval)
        bar = (
            f'<line x1="{low:.2f}%" x2="{high:.2f}%" y1="{y}" y2="{y}" stroke="currentColor" '
            f'stroke-width="3" stroke-linecap="round"/>'
        )
    dots = "".join(f'<circle cx="{axis(v):.2f}%" cy="{y}" r="{radius}"/>' for v in chosen)
    return f'<g fill-opacity="{opacity}">{dots}</g>{bar}'
