"""Marks that several kinds of figures share: points, legends, reference lines."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.transforms import ScaledTranslation

from dlbook.plotting._labels import EndLabels
from dlbook.plotting.style import RASTER, SERIES, SMALL, Figure, color

MANY = 2000  # marks beyond which pixels are lighter than vectors


def rightmost(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the point of a curve that is furthest to the right, the last of equal ones."""
    drawn = np.flatnonzero(np.isfinite(y))
    last = drawn[len(drawn) - 1 - int(np.argmax(x[drawn][::-1]))]
    return float(x[last]), float(y[last])


def whole_ticks(axis: Any, values: np.ndarray) -> None:
    """Count in whole numbers where the values do, on a linear axis."""
    known = values[np.isfinite(values)]
    if axis.get_scale() == "linear" and (known == np.round(known)).all():
        axis.get_major_locator().set_params(integer=True)


def draw_points(axes: Any, data: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Draw groups of points that differ by colour and marker; as pixels if they are many."""
    total = sum(len(x) for x, _ in data.values())
    size, many = (34, False) if total <= 120 else (20, False) if total <= MANY else (5, True)
    for index, (name, (x, y)) in enumerate(data.items()):
        hue, _, marker = SERIES[index]
        axes.scatter(
            x,
            y,
            s=size,
            marker=marker,
            color=RASTER[hue] if many else color(hue),
            edgecolors="none" if many else color("paper"),
            linewidths=0.6,
            alpha=0.5 if many else 0.9,
            rasterized=many,
            label=name,
            zorder=3,
        )


def legend(fig: Figure, axes: Any) -> None:
    """Name the groups in one row above the axes."""
    handles, names = axes.get_legend_handles_labels()
    found = fig.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=min(len(names), 4),
        frameon=False,
        fontsize=SMALL,
        handletextpad=0.3,
        columnspacing=1.6,
        labelcolor=color("ink"),
        borderpad=0.1,
    )
    vector = {RASTER[name]: color(name) for name in RASTER}
    for handle in found.legend_handles:
        assert handle is not None  # every group has one
        handle.set_alpha(1)
        handle.set_rasterized(False)
        if isinstance(handle, PathCollection):
            handle.set_sizes([42])
            face = np.asarray(handle.get_facecolor())
            pixels = to_hex(face[0]) if len(face) else ""
            if pixels in vector:
                handle.set_facecolor(vector[pixels])


def reference_lines(
    axes: Any, labels: EndLabels, hlines: Mapping[str, float], vlines: Mapping[str, float]
) -> None:
    """Draw values to compare with: thin, dotted, labelled."""
    look = {"color": color("muted"), "linewidth": 1.2, "linestyle": (0, (1, 2)), "zorder": 1}
    for name, value in hlines.items():
        axes.axhline(value, **look)
        labels.add(name, axes.get_xlim()[1], value, color("muted"))
    for name, value in vlines.items():
        axes.axvline(value, **look)
        label_above(axes, value, name, color("muted"))


def label_above(axes: Any, x: float, text: str, ink: str) -> None:
    """Write above the axes at x, and leave the y label and the title room above that."""
    above = axes.get_xaxis_transform() + ScaledTranslation(0, 4 / 72, axes.figure.dpi_scale_trans)
    axes.text(x, 1.0, text, transform=above, ha="center", va="bottom", color=ink)
    axes.label_rise = 6.0 + 1.5 * SMALL
