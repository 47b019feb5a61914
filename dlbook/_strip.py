"""The picture on a claim's card: measured values and control on one axis, the threshold between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlbook.claims import Card

LEFT, RIGHT = 26.0, 97.0  # where the axis begins and ends, in percent of the width
LANES = {"measured": 11, "control": 31}  # heights in pixels
MOST_MARKS = 60
WIDE = 50  # an axis that spans a larger ratio is logarithmic


def strip(card: Card, ink: str) -> str:
    """Return an inline SVG that does not scale its text, or nothing for a card without threshold.

    It is hidden from screen readers, as the card says the same in words.
    """
    if card.side is None or card.threshold is None:
        return ""
    bounds = [-card.threshold, card.threshold] if card.side == "within" else [card.threshold]
    ends = [*(card.measured_interval or ()), *(card.control_interval or ())]
    place = _axis([*card.measured, *card.control, *bounds, *ends])
    at = [place(bound) for bound in bounds]
    start, end = {"below": (LEFT - 2, at[0]), "above": (at[0], RIGHT + 2)}.get(
        card.side, (at[0], at[-1])
    )
    label = f"{card.side} {'±' if card.side == 'within' else ''}{card.threshold:.6g}"
    lines = "".join(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="42"/>' for x in at)
    names = "".join(f'<text x="0" y="{y + 4}">{name}</text>' for name, y in LANES.items())
    return (
        '<svg class="dl-claim-strip" width="100%" height="58" aria-hidden="true" font-size="12" '
        'fill="currentColor" stroke="none">'
        f'<g style="color:{ink}"><rect x="{start:.2f}%" y="0" width="{end - start:.2f}%" '
        f'height="42" fill-opacity=".13"/>'
        f'<g stroke="currentColor" stroke-width="1.5">{lines}</g>'
        f"{_marks(card.measured, card.measured_interval, place, LANES['measured'])}</g>"
        f"{_marks(card.control, card.control_interval, place, LANES['control'])}"
        f'{names}<text x="{at[-1]:.2f}%" y="55" '
        f'text-anchor="{"end" if at[-1] > 80 else "middle"}">{label}</text></svg>'
    )


def _axis(numbers: Sequence[float]) -> Callable[[float], float]:
    """Return where on the width a number lies; the logarithmic axis has 0 at its left end."""
    positive = [number for number in numbers if number > 0]
    logarithmic = min(numbers) >= 0 and max(positive) / min(positive) > WIDE
    least = math.log10(min(positive)) if positive else 0.0
    size = max(map(abs, numbers))
    edge = least - 0.2 * (math.log10(size) - least)

    def scaled(number: float) -> float:
        if logarithmic:
            return math.log10(number) if number > 0 else edge
        return number / size  # keeps the difference of the largest floats finite

    low, high = min(map(scaled, numbers)), max(map(scaled, numbers))
    return lambda number: LEFT + (RIGHT - LEFT) * (scaled(number) - low) / (high - low)


def _marks(
    values: Sequence[float],
    interval: tuple[float, float] | None,
    place: Callable[[float], float],
    y: int,
) -> str:
    """Return a dot for each value; an interval is a bar, with its values behind it."""
    chosen = sorted(values)
    if len(chosen) > MOST_MARKS:
        step = (len(chosen) - 1) / (MOST_MARKS - 1)
        chosen = [chosen[round(step * index)] for index in range(MOST_MARKS)]
    opacity, radius = (".3", "3") if interval else (".7", "4")
    dots = "".join(f'<circle cx="{place(v):.2f}%" cy="{y}" r="{radius}"/>' for v in chosen)
    bar = ""
    if interval:
        low, high = map(place, interval)
        bar = (
            f'<line x1="{low:.2f}%" x2="{high:.2f}%" y1="{y}" y2="{y}" stroke="currentColor" '
            f'stroke-width="3" stroke-linecap="round"/>'
        )
    return f'<g fill-opacity="{opacity}">{dots}</g>{bar}'
