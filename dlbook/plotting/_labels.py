"""Put labels beside what they name, with no two on top of each other."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from dlbook.plotting.style import SMALL, Figure

LINE = 1.22 * SMALL  # points from one line of text to the next


def spread(wanted: np.ndarray, sizes: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the places nearest to the wanted ones at which boxes of these sizes do not overlap.

    Boxes keep their order and stay within [low, high] if they fit. Pooling adjacent violators
    gives the least sum of squared moves.
    """
    order = np.argsort(wanted, kind="stable")
    sizes = sizes[order]
    # without overlap, place i is at least place i-1 plus half of both sizes: subtract these steps
    steps = np.concatenate([[0.0], np.cumsum((sizes[1:] + sizes[:-1]) / 2)])
    pools: list[list[float]] = []  # mean and count
    for target in wanted[order] - steps:
        pools.append([target, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m), (b, n) = pools[-2:]
            pools[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    moved = np.concatenate([np.full(int(count), mean) for mean, count in pools])
    top = high - steps[-1] - sizes[-1] / 2
    moved = np.clip(moved, low + sizes[0] / 2, max(top, low + sizes[0] / 2)) + steps
    places = np.empty_like(moved)
    places[order] = moved
    return places


class EndLabels:
    """Labels in the right margin of some axes, each level with the end of its line."""

    def __init__(self, figure: Figure, axes: Any, width: int = 18) -> None:
        self.figure, self.axes, self.width = figure, axes, width
        self.ends: list[tuple[float, float]] = []
        self.texts: list[list[Any]] = []
        self.leaders: list[Line2D] = []
        figure.after_layout.append(self._place)

    def add(self, text: str, x: float, y: float, color: str) -> None:
        """Label the point (x, y) of the data."""
        beside = self.axes.transAxes + ScaledTranslation(12 / 72, 0, self.figure.dpi_scale_trans)
        # each line is a text of its own: only then can a page set it in another typeface
        lines = textwrap.wrap(text, self.width) or [""]
        self.texts.append(
            [
                self.axes.text(
                    1, 0.5, line, transform=beside, color=color, va="center", clip_on=False
                )
                for line in lines
            ]
        )
        leader = Line2D([], [], color=color, linewidth=0.9, clip_on=False, solid_capstyle="round")
        leader.set_in_layout(False)
        self.axes.add_artist(leader)
        self.leaders.append(leader)
        self.ends.append((x, y))

    def _place(self) -> None:
        """Move the labels once the height of the axes is known."""
        if not self.ends:
            return
        box = self.axes.get_window_extent()
        points = self.figure.dpi / 72
        line = LINE * points / box.height
        ends = self.axes.transAxes.inverted().transform(self.axes.transData.transform(self.ends))
        sizes = np.array([len(lines) * line for lines in self.texts])
        if sizes.sum() > 1.1:
            raise ValueError(
                f"{len(sizes)} labels do not fit beside the axes; "
                f"draw fewer series, or make the figure higher"
            )
        places = spread(np.clip(ends[:, 1], 0, 1), sizes, -0.03, 1.03)
        gap, pad = 8 * points / box.width, 3 * points / box.width
        for (x, y), place, lines, leader in zip(
            ends, places, self.texts, self.leaders, strict=True
        ):
            for index, text in enumerate(lines):
                text.set_y(place + ((len(lines) - 1) / 2 - index) * line)
            far = abs(place - y) > 0.4 * line or x < 1 - 3 * gap
            shown = far and 0 <= y <= 1
            leader.set_data([x + pad, 1 + gap] if shown else [], [y, place] if shown else [])
            leader.set_transform(self.axes.transAxes)


def row_places(labels: Sequence[str], least: float) -> tuple[np.ndarray, float]:
    """Return the middle of each row and the height of all, in pixels from the top."""
    sizes = [max(least, 19 * len(_wrap(label)) + 8) for label in labels]
    return np.cumsum(sizes) - np.array(sizes) / 2, float(sum(sizes))


def _wrap(label: str) -> list[str]:
    """Return the lines of a label at the left of a row."""
    return textwrap.wrap(str(label), 24) or [""]


def row_labels(axes: Any, places: np.ndarray, labels: Sequence[str]) -> None:
    """Write a label at the left of each row."""
    axes.set_yticks(list(places), labels=[""] * len(places))
    for place, label in zip(places, labels, strict=True):
        lines = _wrap(label)
        for index, line in enumerate(lines):
            down = ((len(lines) - 1) / 2 - index) * LINE / 72
            beside = axes.get_yaxis_transform() + ScaledTranslation(
                -8 / 72, down, axes.figure.dpi_scale_trans
            )
            axes.text(0, place, line, transform=beside, ha="right", va="center")
