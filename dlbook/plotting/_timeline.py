"""What happened when, to scale. Public in ``curves``."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from dlbook.plotting import _alt
from dlbook.plotting._labels import LINE, spread
from dlbook.plotting._marks import legend
from dlbook.plotting.style import SERIES, Figure, color, figure


def timeline(
    events: Sequence[tuple[int, str] | tuple[int, str, str]],
    *,
    title: str = "",
    width: float = 600,
) -> Figure:
    """Draw events to scale, the oldest at the top.

    Parameters
    ----------
    events : sequence of (year, text) or (year, text, kind)
        At least two, in any order. Up to six kinds differ by colour and marker.
    title : str
    width : float
        In CSS pixels; the height follows from the texts.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are fewer than two events, or more than six kinds.

    Examples
    --------
    >>> fig = timeline([(1958, "perceptron"), (1986, "backpropagation"), (2012, "AlexNet")])
    >>> fig.alt
    '3 events from 1958 to 2012: 1958 perceptron; 1986 backpropagation; 2012 AlexNet.'
    """
    if len(events) < 2:
        raise ValueError(f"a timeline needs at least two events, got {len(events)}")
    told = sorted((int(e[0]), str(e[1]), str(e[2]) if len(e) > 2 else "") for e in events)
    kinds = list(dict.fromkeys(e[2] for e in sorted(told, key=lambda e: e[0])))
    if len(kinds) > len(SERIES):
        raise ValueError(f"at most {len(SERIES)} kinds can be told apart, got {kinds}")
    years = np.array([year for year, *_ in told], dtype=float)
    wrapped = [textwrap.wrap(text, int((0.75 * width - 130) / 5.9)) for _, text, _ in told]
    rows = sum(len(lines) + 0.55 for lines in wrapped)
    fig = figure(width, max(160, rows * LINE * 4 / 3 + 60 + 30 * (len(kinds) > 1)))
    axes = fig.add_subplot()
    for kind in kinds:
        hue, _, marker = SERIES[kinds.index(kind)]
        at = [year for year, _, k in told if k == kind]
        axes.plot(
            [0] * len(at), at, marker, color=color(hue), markersize=7, clip_on=False, label=kind,
            markeredgecolor=color("paper"), zorder=4,
        )  # fmt: skip
    margin = 0.03 * np.ptp(years) + 0.5
    axes.set(xlim=(0, 1), ylim=(years.max() + margin, years.min() - margin))
    axes.spines["bottom"].set_visible(False)
    axes.grid(False)
    axes.set_xticks([])
    axes.yaxis.set_major_formatter(lambda year, _: f"{year:.0f}")
    axes.yaxis.get_major_locator().set_params(integer=True)
    if title:
        axes.set_title(title)
    if len(kinds) > 1:
        legend(fig, axes)
    fig.after_layout.append(_Stories(fig, axes, told, wrapped, kinds).place)
    said = "; ".join(f"{year} {text}" + f" ({kind})" * bool(kind) for year, text, kind in told)
    span = f"{years.min():.0f} to {years.max():.0f}"
    fig.alt = _alt.sentence(f"{len(told)} events from {span}: {said}")
    return fig


class _Stories:
    """The texts at the right of the years, and the lines that lead to them."""

    def __init__(
        self, fig: Figure, axes: Any, told: Sequence[Any], wrapped: Sequence[Any], kinds: list[str]
    ) -> None:
        self.fig, self.axes = fig, axes
        self.years = [year for year, *_ in told]
        self.texts, self.leaders = [], []
        for (year, _, kind), lines in zip(told, wrapped, strict=True):
            hue = color(SERIES[kinds.index(kind)][0])
            head = self._text(str(year), 40, hue, weight="bold")
            self.texts.append((head, [self._text(line, 78, color("ink")) for line in lines]))
            leader = Line2D([], [], color=hue, linewidth=0.9, alpha=0.8, transform=axes.transAxes)
            self.leaders.append(leader)
            axes.add_artist(leader)

    def _text(self, text: str, right: float, ink: str, **look: Any) -> Any:
        """Write at so many points to the right of the axis."""
        shift = ScaledTranslation(right / 72, 0, self.fig.dpi_scale_trans)
        return self.axes.text(
            0, 0.5, text, transform=self.axes.transAxes + shift, va="center", color=ink, **look
        )

    def place(self) -> None:
        """Spread the texts over the height, each as near to its year as it can be."""
        box, points = self.axes.get_window_extent(), self.fig.dpi / 72
        line = LINE * points / box.height
        data = [(0, year) for year in self.years]
        at = self.axes.transAxes.inverted().transform(self.axes.transData.transform(data))[:, 1]
        sizes = np.array([(len(lines) + 0.45) * line for _, lines in self.texts])
        # equal years keep their order from top to bottom
        places = 1 - spread(1 - at, sizes, -0.02, 1.02)
        reach = np.array([8, 22, 36]) * points / box.width
        for (head, lines), leader, year, place in zip(
            self.texts, self.leaders, at, places, strict=True
        ):
            top = place + (len(lines) - 1) / 2 * line
            head.set_y(top)
            for index, text in enumerate(lines):
                text.set_y(top - index * line)
            leader.set_data(reach, [year, top, top])
