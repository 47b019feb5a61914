"""Numbers by name: bars, dots with intervals, and histograms. Public in ``curves``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dlbook.plotting import _alt
from dlbook.plotting._checks import Estimates, estimates, within_six
from dlbook.plotting._labels import EndLabels, row_labels, row_places
from dlbook.plotting._marks import label_above, legend, reference_lines
from dlbook.plotting._numbers import LinearTicks, number
from dlbook.plotting.style import SERIES, SMALL, Figure, color, figure

_CHARACTER = 0.62 * SMALL  # points that a character takes, rather more than less


def bars(
    labels: Sequence[str],
    values: Any,
    *,
    ylabel: str,
    hlines: Mapping[str, float] | None = None,
    fmt: str = "",
    title: str = "",
    width: float = 600,
    height: float = 340,
) -> Figure:
    """Draw bars from zero, lying down where the labels are too long to stand side by side.

    Parameters
    ----------
    labels : sequence of str, length n
    values : sequence of n numbers or intervals, or a dict of such
        An interval (``mean, low, high``, as from :mod:`dlbook.stats`) gets an error bar. A dict
        gives each label a group of bars.
    ylabel : str
        What is counted or measured.
    hlines : dict of float
        Reference values by name.
    fmt : str
        Format of the values; one that ends in % also labels the axis in percent.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are not as many values as labels, or a value is not finite.

    Examples
    --------
    >>> fig = bars(["cats", "dogs"], [3, 5], ylabel="number of animals in the park")
    >>> fig.alt
    'Number of animals in the park: cats 3; dogs 5. Highest: dogs, lowest: cats.'
    """
    groups = _groups(labels, values)
    count, hlines = len(labels), hlines or {}
    slot = 0.62 * width / count  # points: three quarters of a pixel, most of them for the axes
    lying = max(len(label) for label in labels) * _CHARACTER > slot and not hlines
    slots, total = np.arange(count, dtype=float), float(count)
    if lying:
        slots, total = row_places(labels, 12 + 22 * len(groups))
        height = total + 70 + 24 * bool(title) + 24 * (len(groups) > 1)
    fig = figure(width, height)
    axes = fig.add_subplot()
    thick = 0.72 * total / count / len(groups)
    for index, (name, found) in enumerate(groups.items()):
        places = slots + (index - (len(groups) - 1) / 2) * thick
        _draw_bars(axes, places, found, thick * 0.94, SERIES[index][0], name, lying)
        if lying or slot * thick > _CHARACTER * max(len(t) for t in found.texts(fmt)):
            _value_labels(axes, places, found, fmt, lying)
    _bar_axes(axes, slots, labels, ylabel, lying, fmt.endswith("%"))
    if hlines:
        reference_lines(axes, EndLabels(fig, axes), hlines, {})
    if title:
        axes.set_title(title)
    if len(groups) > 1:
        legend(fig, axes)
    fig.alt = _bars_alt(labels, groups, ylabel, hlines, fmt)
    return fig


def dots(
    labels: Sequence[str],
    values: Any,
    *,
    xlabel: str,
    sort: bool = True,
    band: tuple[float, float, str] | None = None,
    fmt: str = "",
    title: str = "",
    width: float = 600,
) -> Figure:
    """Draw one dot a row, with its interval: a leaderboard.

    Parameters
    ----------
    labels : sequence of str, length n
    values : sequence of n numbers or intervals (``mean, low, high``)
    xlabel : str
    sort : bool
        Put the highest first; otherwise keep the order.
    band : (low, high, name), optional
        A range of values to shade, such as an equivalence margin.
    fmt : str
        Format of the values; one that ends in % also labels the axis in percent.
    title : str
    width : float
        In CSS pixels; the height follows from the number of rows.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        As for :func:`bars`.

    Examples
    --------
    >>> fig = dots(["a", "b"], [(0.9, 0.8, 1.0), (0.95, 0.94, 0.96)], xlabel="accuracy")
    >>> fig.alt
    'Accuracy, highest first: b 0.950 (0.940 to 0.960); a 0.900 (0.800 to 1.000).'
    """
    found = estimates(values, len(labels), "values")
    order = np.argsort(-found.mean, kind="stable") if sort else np.arange(len(labels))
    found, names = found.take(order), [str(labels[i]) for i in order]
    rows, total = row_places(names, 32)
    fig = figure(width, 74 + total + (22 if band else 0) + (24 if title else 0))
    axes = fig.add_subplot()
    blue = color("blue")
    if band:
        axes.axvspan(band[0], band[1], color=color("green"), alpha=0.14, linewidth=0, zorder=0)
        label_above(axes, (band[0] + band[1]) / 2, band[2], color("green"))
    if found.low is not None and found.high is not None:
        axes.hlines(rows, found.low, found.high, color=blue, linewidth=2.6, alpha=0.55, zorder=2)
    axes.plot(found.mean, rows, "o", color=blue, markersize=7.5, zorder=3, clip_on=False)
    axes.margins(x=0.05)
    axes.set(ylim=(total, 0), xlabel=xlabel)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(LinearTicks(percent=fmt.endswith("%")))
    row_labels(axes, rows, names)
    beside = axes.get_yaxis_transform()
    for row, text in zip(rows, found.texts(fmt, full=True), strict=True):
        axes.text(1.03, row, text, transform=beside, va="center", color=color("muted"))
    if title:
        axes.set_title(title)
    said = "; ".join(f"{n} {t}" for n, t in zip(names, found.spoken(fmt), strict=True))
    parts = [f"{xlabel}{', highest first' if sort else ''}: {said}"]
    if band:
        parts.append(f"{band[2]} is shaded from {number(band[0], fmt)} to {number(band[1], fmt)}")
    fig.alt = " ".join(_alt.sentence(part) for part in parts)
    return fig


def histogram(
    samples: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    bins: int | ArrayLike = 30,
    vlines: Mapping[str, float] | None = None,
    title: str = "",
    width: float = 600,
    height: float = 340,
) -> Figure:
    """Draw how often values occur, as shares of each sample, over the same bins.

    Parameters
    ----------
    samples : dict of arrays
        Up to six samples by name, of any sizes.
    xlabel : str
    bins : int or array of edges
    vlines : dict of float
        Values to mark, by name.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a sample is empty or holds a value that is not finite.

    Examples
    --------
    >>> fig = histogram({"dice": [1, 2, 3, 3, 6]}, xlabel="eyes", bins=[0.5, 2.5, 4.5, 6.5])
    >>> fig.alt
    'Shares of eyes: dice, 5 values from 1 to 6, median 3, most often (40%) from 0.5 to 2.5.'
    """
    data: dict[str, np.ndarray] = {}
    for name, sample in within_six(samples, "samples").items():
        data[name] = np.asarray(sample, dtype=np.float64).ravel()
        if not len(data[name]) or not np.isfinite(data[name]).all():
            raise ValueError(f"{name}: a histogram needs finite values, and at least one")
    edges = np.histogram_bin_edges(np.concatenate(list(data.values())), bins=bins)
    fig = figure(width, height)
    axes = fig.add_subplot()
    said = []
    for index, (name, sample) in enumerate(data.items()):
        hue, dash, _ = SERIES[index]
        share = np.histogram(sample, edges)[0] / len(sample)
        axes.stairs(share, edges, fill=True, color=color(hue), alpha=0.22, zorder=2)
        axes.stairs(share, edges, color=color(hue), linewidth=1.8, linestyle=dash, label=name)
        top = int(share.argmax())
        said.append(
            f"{name}, {len(sample):,} values from {number(sample.min())} to "
            f"{number(sample.max())}, median {number(np.median(sample))}, most often "
            f"({share[top]:.0%}) from {number(edges[top])} to {number(edges[top + 1])}"
        )
    axes.set(xlabel=xlabel, ylabel="share of values")
    axes.yaxis.set_major_formatter(LinearTicks(percent=True))
    axes.set_ylim(bottom=0)
    axes.grid(False, axis="x")
    reference_lines(axes, EndLabels(fig, axes), {}, vlines or {})
    if title:
        axes.set_title(title)
    if len(data) > 1:
        legend(fig, axes)
    parts = [f"Shares of {xlabel}: {'; '.join(said)}"]
    parts += [f"a vertical line marks {n} at {number(v)}" for n, v in (vlines or {}).items()]
    fig.alt = " ".join(_alt.sentence(part) for part in parts)
    return fig


def _groups(labels: Sequence[str], values: Any) -> dict[str, Estimates]:
    """Return the values as groups of estimates; one group without a name if there is no dict."""
    if not len(labels):
        raise ValueError("there is nothing to draw: the list of labels is empty")
    named = within_six(values, "groups") if isinstance(values, Mapping) else {"": values}
    return {name: estimates(found, len(labels), name or "values") for name, found in named.items()}


def _draw_bars(
    axes: Any, at: np.ndarray, found: Estimates, thick: float, hue: str, name: str, lying: bool
) -> None:
    """Draw the bars of one group and their intervals."""
    draw, whiskers = (axes.barh, axes.hlines) if lying else (axes.bar, axes.vlines)
    draw(at, found.mean, thick, color=color(hue), alpha=0.82, label=name, zorder=2)
    if found.low is not None and found.high is not None:
        whiskers(at, found.low, found.high, color=color("ink"), linewidth=1.6, zorder=4)


def _value_labels(axes: Any, at: np.ndarray, found: Estimates, fmt: str, lying: bool) -> None:
    """Write each value beyond the end of its bar and its interval."""
    low, high = found.ends()
    for place, mean, bottom, top, text in zip(
        at, found.mean, low, high, found.texts(fmt), strict=True
    ):
        side = -1 if mean < 0 else 1
        end = bottom if side < 0 else top
        where, shift = ((end, place), (5 * side, 0)) if lying else ((place, end), (0, 3 * side))
        ha = ("left" if side > 0 else "right") if lying else "center"
        va = "center" if lying else ("bottom" if side > 0 else "top")
        axes.annotate(
            text, where, shift, textcoords="offset points", ha=ha, va=va, fontsize=SMALL,
            color=color("ink"), annotation_clip=False,
        )  # fmt: skip


def _bar_axes(
    axes: Any, slots: np.ndarray, labels: Sequence[str], ylabel: str, lying: bool, percent: bool
) -> None:
    """Label the axes of standing or lying bars."""
    axis = axes.xaxis if lying else axes.yaxis
    axis.set_major_formatter(LinearTicks(percent=percent))
    axes.grid(False, axis="y" if lying else "x")
    if lying:
        row_labels(axes, slots, labels)
        axes.invert_yaxis()
        axes.set_xlabel(ylabel)
        axes.margins(x=0.15, y=0.02)
    else:
        axes.set_xticks(slots, labels=list(labels))
        axes.tick_params(axis="x", labelcolor=color("ink"))
        axes.set_ylabel(ylabel)
        axes.margins(x=0.02, y=0.1)
    line = axes.axvline if lying else axes.axhline
    line(0, color=color("muted"), linewidth=0.9, zorder=3)
    axes.spines["left" if lying else "bottom"].set_visible(False)


def _bars_alt(
    labels: Sequence[str],
    groups: Mapping[str, Estimates],
    ylabel: str,
    hlines: Mapping[str, float],
    fmt: str,
) -> str:
    """Say each value, and which is highest and lowest."""
    parts = []
    for name, found in groups.items():
        said = zip(labels, found.spoken(fmt), strict=True)
        of = f" ({name})" if name else ""
        parts.append(f"{ylabel}{of}: " + "; ".join(f"{label} {text}" for label, text in said))
        high, low = int(found.mean.argmax()), int(found.mean.argmin())
        if found.mean[high] > found.mean[low]:
            parts.append(f"highest: {labels[high]}, lowest: {labels[low]}")
    parts += [f"a horizontal line marks {n} at {number(v, fmt)}" for n, v in hlines.items()]
    return " ".join(_alt.sentence(part) for part in parts)
