"""A drawing board measured in pixels, for figures that have no axes: boxes, arrows and texts."""

import itertools
import textwrap
from typing import Any

import numpy as np
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from dlbook.plotting.style import SMALL, Axes, Figure, color, figure

LINE = 1.25 * SMALL * 96 / 72  # pixels from one line of text to the next
CHARACTER = 0.56 * SMALL * 96 / 72  # pixels that a character takes, rather more than less


def canvas(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure and bare axes over all of it: x to the right, y downwards, in pixels."""
    fig = figure(width, height)
    fig.set_layout_engine("none")
    axes = fig.add_axes((0.0, 0.0, 1.0, 1.0), axes_class=Axes)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return fig, axes


def wrap(text: str, width: float) -> list[str]:
    """Return the lines of a text for a column so many pixels wide."""
    most = max(4, int(width / CHARACTER))
    return textwrap.wrap(str(text), most, break_long_words=False) or [""]


def write(axes: Any, x: float, y: float, lines: list[str], **look: Any) -> None:
    """Write lines around the height y, each a text of its own, so that any typeface is aligned."""
    look = {"ha": "center", "va": "center"} | look
    for index, line in enumerate(lines):
        axes.text(x, y + (index - (len(lines) - 1) / 2) * LINE, line, **look)


def box(
    axes: Any,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    hue: str = "muted",
    fill: str = "tint",
    opacity: float = 1.0,
    line: float = 1.3,
) -> None:
    """Draw a box with round corners."""
    corner = min(8.0, height / 3)
    shape: dict[str, Any] = {"boxstyle": f"round,pad=0,rounding_size={corner}", "linewidth": 0}
    frame = ((left, top), width, height)
    axes.add_patch(FancyBboxPatch(*frame, **shape, facecolor=color(fill), alpha=opacity, zorder=2))
    shape["linewidth"] = line
    axes.add_patch(
        FancyBboxPatch(*frame, **shape, facecolor="none", edgecolor=color(hue), zorder=2.1)
    )


def arrow(axes: Any, points: np.ndarray, *, down: bool = False, hue: str = "muted") -> None:
    """Draw an arrow through points, to the right or downwards, in smooth bends."""
    points = np.asarray(points, dtype=np.float64)
    along = 1 if down else 0
    tip, ahead = points[-1].copy(), np.zeros(2)
    ahead[along] = 1.0
    points[-1] = tip - 11 * ahead  # the last bit is straight, as the head is
    vertices, codes = [points[0]], [Path.MOVETO]
    for a, b in itertools.pairwise(points):
        middle = (a[along] + b[along]) / 2
        first, second = a.copy(), b.copy()
        first[along] = second[along] = middle
        vertices += [first, second, b]
        codes += [Path.CURVE4] * 3
    line = Path([*vertices, tip - 6 * ahead], [*codes, Path.LINETO])
    look = {"facecolor": "none", "edgecolor": color(hue), "linewidth": 1.5}
    axes.add_patch(PathPatch(line, **look, zorder=1))
    head = np.tile(tip, (3, 1))
    head[1:] -= 9 * ahead
    head[1:, 1 - along] += (-4.5, 4.5)
    axes.add_patch(Polygon(head, facecolor=color(hue), linewidth=0, zorder=1))
