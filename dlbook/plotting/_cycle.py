"""A cycle: steps that follow each other and come back to the first."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Polygon

from dlbook.plotting import _alt
from dlbook.plotting._canvas import LINE, box, canvas, wrap, write
from dlbook.plotting.style import TEXT, Figure, color

_GAP = 46.0  # pixels between boxes, for the arrows


def cycle(
    steps: Mapping[str, Sequence[str]], *, center: Sequence[str] = (), width: float = 600
) -> Figure:
    """Draw steps in a ring, clockwise from the top left, each with lines of text such as numbers.

    Parameters
    ----------
    steps : dict of sequences of str
        By title, four or six steps; half of them stand above, the others below.
    center : sequence of str
        Lines between the two rows, such as what a whole round does.
    width : float
        In CSS pixels; the height follows from the number of lines.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are not four or six steps.

    Examples
    --------
    >>> fig = cycle({"spring": ["11 °C"], "summer": ["22 °C"], "autumn": ["9 °C"], "winter": ["1"]})
    >>> print(fig.alt)
    A cycle of 4 steps. Spring: 11 °C. Summer: 22 °C. Autumn: 9 °C. Winter: 1. Then again spring.
    """
    titles = list(steps)
    if len(titles) not in (4, 6):
        raise ValueError(f"a cycle has 4 or 6 steps, to stand in two rows; got {len(titles)}")
    half = len(titles) // 2
    wide = (width - 12 - (half - 1) * _GAP) / half
    texts = {t: [p for line in steps[t] for p in wrap(line, wide - 24)] for t in titles}
    room = (half - 1) * (wide + _GAP) - 40  # between the arrows that go down and up
    middle = [part for line in center for part in wrap(line, room)]
    rows = [titles[:half], titles[half:][::-1]]  # the second row runs from right to left
    tall = [LINE * (1.3 + max(len(texts[t]) for t in row)) + 24 for row in rows]
    between = max(_GAP, LINE * len(middle) + 28)
    fig, axes = canvas(width, sum(tall) + between + 12)
    place = {}
    for row, top, height in zip(rows, (6.0, 6.0 + tall[0] + between), tall, strict=True):
        for column, title in enumerate(row):
            place[title] = (6 + column * (wide + _GAP), top, height)
    for title in titles:
        left, top, height = place[title]
        box(axes, left, top, wide, height, hue="blue", fill="blue", opacity=0.08)
        write(axes, left + 14, top + 20, [title], ha="left", fontweight="bold", fontsize=TEXT)
        below = top + 20 + LINE * (1.3 + (len(texts[title]) - 1) / 2)
        write(axes, left + 14, below, texts[title], ha="left", zorder=3)
    for first, second in zip(titles, [*titles[1:], titles[0]], strict=True):
        _connect(axes, place[first], place[second], wide)
    write(axes, width / 2, 6 + tall[0] + between / 2, middle, color=color("muted"))
    parts = [f"a cycle of {len(titles)} steps"]
    parts += [f"{title}: {_alt.join(list(lines))}" for title, lines in steps.items()]
    fig.alt = " ".join(_alt.sentence(part) for part in [*parts, f"then again {titles[0]}"])
    return fig


def _connect(
    axes: Any, a: tuple[float, float, float], b: tuple[float, float, float], wide: float
) -> None:
    """Draw the arrow from one box to the next: along a row, or between the rows."""
    (left, top, tall), (to_left, to_top, to_tall) = a, b
    x, y = left + wide / 2, top + tall / 2
    if left == to_left and to_top > top:
        _straight(axes, (x, top + tall), (x, to_top - 2))
    elif left == to_left:
        _straight(axes, (x, top), (x, to_top + to_tall + 2))
    elif to_left > left:
        _straight(axes, (left + wide, y), (to_left - 2, y))
    else:
        _straight(axes, (left, y), (to_left + wide + 2, y))


def _straight(axes: Any, start: tuple[float, float], tip: tuple[float, float]) -> None:
    """Draw a straight arrow in any direction."""
    begin, end = np.array(start), np.array(tip)
    ahead = (end - begin) / np.linalg.norm(end - begin)
    aside = np.array([-ahead[1], ahead[0]])
    hue = color("muted")
    shaft = np.array([begin, end - 6 * ahead])
    axes.plot(*shaft.T, color=hue, linestyle="-", linewidth=1.8, zorder=1)
    head = [end, end - 10 * ahead + 5 * aside, end - 10 * ahead - 5 * aside]
    axes.add_patch(Polygon(head, facecolor=hue, linewidth=0, zorder=1))
