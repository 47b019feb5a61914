"""Curves, points, bars and timelines: numbers against numbers or names.

Chapter: book/how-to-use.md
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plotting import _alt
from dlbook.plotting._bars import bars, dots, histogram
from dlbook.plotting._checks import pair, positive, within_six
from dlbook.plotting._labels import EndLabels
from dlbook.plotting._marks import (
    MANY,
    draw_points,
    legend,
    reference_lines,
    rightmost,
    whole_ticks,
)
from dlbook.plotting._numbers import LinearTicks, number
from dlbook.plotting._timeline import timeline
from dlbook.plotting.style import RASTER, SERIES, Figure, color, figure

__all__ = ["bars", "dots", "histogram", "lines", "scatter", "timeline"]


def lines(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    hlines: Mapping[str, float] | None = None,
    vlines: Mapping[str, float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    ylim: tuple[float, float] | None = None,
    fmt: str = "",
    title: str = "",
    width: float = 600,
    height: float = 380,
) -> Figure:
    """Draw curves over one x, each labelled at its end.

    Parameters
    ----------
    x : array, shape (n,)
    series : dict of arrays, shape (n,)
        Up to six curves by name; NaN leaves a gap.
    xlabel, ylabel : str
    bands : dict of pairs of arrays, shape (n,)
        A lower and an upper edge to shade, for some of the curves.
    hlines, vlines : dict of float
        Reference values by name, such as ``{"chance": 0.5}``.
    xscale, yscale : str
        "linear" or "log".
    ylim : pair of float, optional
        The ends of the y axis.
    fmt : str
        Format of the y values in the alt text; one that ends in % also labels the axis in percent.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If lengths differ, a curve has no finite value, a band has no curve, there are more than
        six curves, or a logarithmic axis gets a value that is not positive.

    Examples
    --------
    >>> fig = lines([1, 2, 3], {"squares": [1, 4, 9]}, xlabel="number", ylabel="its square")
    >>> fig.alt
    'Its square against number, from 1 to 3: squares rises from 1 to 9.'
    """
    x = np.asarray(x, dtype=np.float64)
    bands, hlines, vlines = bands or {}, hlines or {}, vlines or {}
    data = {name: pair(x, y, name)[1] for name, y in within_six(series, "curves").items()}
    edges = {name: [pair(x, e, f"band of {name}")[1] for e in b] for name, b in bands.items()}
    if missing := set(bands) - set(data):
        raise ValueError(f"bands for {sorted(missing)}, but the curves are {list(data)}")
    positive(xscale, "x", x, *vlines.values())
    positive(yscale, "y", *data.values(), *(e for b in edges.values() for e in b), *hlines.values())

    fig = figure(width, height)
    axes = fig.add_subplot()
    axes.set(xscale=xscale, yscale=yscale, xlabel=xlabel, ylabel=ylabel)
    labels = EndLabels(fig, axes)
    many = len(x) * len(data) > 5 * MANY  # a point of a curve weighs less than a mark
    for index, (name, y) in enumerate(data.items()):
        hue, dash, marker = SERIES[index]
        shown = marker if np.isfinite(y).sum() <= 12 else ""
        ink = RASTER[hue] if many else color(hue)
        axes.plot(x, y, color=ink, ls=dash, marker=shown, ms=5, zorder=3, rasterized=many)
        if name in edges:
            low, high = edges[name]
            axes.fill_between(x, low, high, color=color(hue), alpha=0.16, linewidth=0, zorder=2)
        labels.add(name, *rightmost(x, y), color(hue))
    reference_lines(axes, labels, hlines, vlines)
    if ylim:
        axes.set_ylim(ylim)
    whole_ticks(axes.xaxis, x)
    if fmt.endswith("%"):
        axes.yaxis.set_major_formatter(LinearTicks(percent=True))
    if title:
        axes.set_title(title)
    fig.alt = _lines_alt(x, data, edges, hlines, vlines, (xlabel, ylabel), (xscale, yscale), fmt)
    return fig


def scatter(
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    equal: bool = False,
    title: str = "",
    width: float = 600,
    height: float = 420,
) -> Figure:
    """Draw groups of points, with curves over them if wanted.

    Parameters
    ----------
    groups : dict of pairs of arrays, shape (n,)
        The x and y of up to six groups by name.
    xlabel, ylabel : str
    curves : dict of pairs of arrays
        Curves such as a fitted line, by name; each is labelled at its end.
    xscale, yscale : str
        "linear" or "log".
    equal : bool
        One unit is as long upwards as sideways.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        As for :func:`lines`.

    Examples
    --------
    >>> fig = scatter({"points": ([1, 2, 3], [2, 4, 7])}, xlabel="hours", ylabel="score")
    >>> fig.alt
    'Score against hours: 3 points, hours from 1 to 3, score from 2 to 7, correlation 0.99.'
    """
    data = {name: pair(xy[0], xy[1], name) for name, xy in within_six(groups, "groups").items()}
    over = {name: pair(xy[0], xy[1], name) for name, xy in (curves or {}).items()}
    everything = [*data.values(), *over.values()]
    positive(xscale, "x", *(x for x, _ in everything))
    positive(yscale, "y", *(y for _, y in everything))

    fig = figure(width, height)
    axes = fig.add_subplot()
    axes.set(xscale=xscale, yscale=yscale, xlabel=xlabel, ylabel=ylabel)
    draw_points(axes, data)
    for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
        whole_ticks(axis, np.concatenate([xy[side] for xy in everything]))
    labels = EndLabels(fig, axes)
    for name, (x, y) in over.items():
        axes.plot(x, y, color=color("ink"), linestyle="-", linewidth=1.8, zorder=4)
        labels.add(name, *rightmost(x, y), color("ink"))
    if equal:
        axes.set_aspect("equal", adjustable="datalim")
    if title:
        axes.set_title(title)
    if len(data) > 1:
        legend(fig, axes)
    fig.alt = _scatter_alt(data, over, (xlabel, ylabel))
    return fig


def _lines_alt(
    x: np.ndarray,
    data: Mapping[str, np.ndarray],
    bands: Mapping[str, Any],
    hlines: Mapping[str, float],
    vlines: Mapping[str, float],
    names: tuple[str, str],
    scales: tuple[str, str],
    fmt: str,
) -> str:
    """Say what the curves do from left to right, where they cross, which ends highest."""
    rising = np.argsort(x, kind="stable")
    x, data = x[rising], {name: y[rising] for name, y in data.items()}
    log = scales[1] == "log"
    stacked = np.concatenate([y[np.isfinite(y)] for y in data.values()])
    z = np.log10(stacked) if log else stacked
    span = float(z.max() - z.min())
    axes = {"xy": ", both axes logarithmic", "x": ", x logarithmic", "y": ", y logarithmic"}
    logs = "".join(k for k, s in zip("xy", scales, strict=True) if s == "log")
    head = f"{names[1]} against {names[0]}, from {number(x.min())} to {number(x.max())}"
    curves = [f"{name} {_alt.trend(x, y, span, fmt, log)}" for name, y in data.items()]
    parts = [f"{head}{axes.get(logs, '')}: {'; '.join(curves)}"]
    if 2 <= len(data) <= 3:
        level = {name: np.log10(y) if log else y for name, y in data.items()}
        crossed = {
            (a, b): _alt.crossings(x, level[a], level[b], span) for a, b in combinations(data, 2)
        }
        parts.append(_alt.order(crossed))
    if len(data) > 1:
        ends = {name: y[-1] for name, y in data.items() if np.isfinite(y[-1])} or {"": 0.0}
        best, worst = max(ends, key=ends.__getitem__), min(ends, key=ends.__getitem__)
        if ends[best] > ends[worst]:
            parts.append(f"at the end {best} is highest and {worst} lowest")
    if bands:
        parts.append(f"a shaded band surrounds {_alt.join(list(bands))}")
    for where, lines_ in (("horizontal", hlines), ("vertical", vlines)):
        parts += [f"a {where} line marks {name} at {number(v)}" for name, v in lines_.items()]
    return " ".join(_alt.sentence(part) for part in parts if part)


def _scatter_alt(
    data: Mapping[str, tuple[np.ndarray, np.ndarray]],
    over: Mapping[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, str],
) -> str:
    """Say how many points lie where."""
    said = []
    for name, (x, y) in data.items():
        text = f"{len(x):,} {name}, " if len(data) == 1 else f"{name} ({len(x):,} points), "
        text += f"{names[0]} from {number(x.min())} to {number(x.max())}, "
        text += f"{names[1]} from {number(np.nanmin(y))} to {number(np.nanmax(y))}"
        if len(x) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0:
            text += f", correlation {number(np.corrcoef(x, y)[0, 1], '.2f')}"
        said.append(text)
    parts = [f"{names[1]} against {names[0]}: {'; '.join(said)}"]
    for name, (x, y) in over.items():
        parts.append(
            f"the curve {name} goes from ({number(x[0])}, {number(y[0])}) "
            f"to ({number(x[-1])}, {number(y[-1])})"
        )
    return " ".join(_alt.sentence(part) for part in parts)
