"""Functions of two inputs: decision regions, and surfaces with the paths that descend them.

Chapter: book/how-to-use.md
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike

from dlbook.plotting import _alt
from dlbook.plotting._marks import MANY, draw_points, legend
from dlbook.plotting._numbers import number
from dlbook.plotting._plane import boundary, evaluate, heights, paint, pixel_centers, smooth
from dlbook.plotting.style import RASTER, SERIES, Figure, color, figure

__all__ = ["decision", "surface"]

_RING = 4  # pixels beyond the edge, so that a boundary reaches it


def decision(
    predict: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    threshold: float = 0.0,
    names: Mapping[Any, str] | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    title: str = "",
    width: float = 600,
    height: float = 440,
) -> Figure:
    """Draw where a classifier says what, with the examples over it; wrong ones are ringed.

    Parameters
    ----------
    predict : callable
        Takes points, shape (m, 2), and returns a float score for each (the larger label where it
        is above the threshold; the colour deepens with the distance from it), or a label.
    x : array, shape (n, 2)
    y : array, shape (n,)
        Labels of two to six classes.
    xlabel, ylabel : str
        Names of the two inputs.
    threshold : float
        Of the score: 0 for w·x + b, 0.5 for a probability.
    names : dict, optional
        What to call each label.
    xlim, ylim : pair of float, optional
        The part of the plane; by default the points and a margin.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If shapes do not fit, there are not two to six classes, or a score needs two and has more.

    Examples
    --------
    >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 0, 1])
    >>> fig = decision(lambda p: p.sum(axis=1) - 1.5, x, y, xlabel="a", ylabel="b")
    >>> print(fig.alt)
    The plane of a (−0.08 to 1.08) and b (−0.08 to 1.08): 0 fills 84% and 1 16%. All 4 points lie \
in the region of their class.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y)
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"x must have shape (n, 2) and y (n,); got {x.shape} and {y.shape}")
    classes = np.unique(y)
    if not 2 <= len(classes) <= len(SERIES):
        raise ValueError(f"y must hold 2 to {len(SERIES)} classes, it has {classes.tolist()}")
    called = {label: _name(label, names or {}) for label in classes.tolist()}
    limits = [xlim or _around(x[:, 0]), ylim or _around(x[:, 1])]
    pixels, wide = pixel_centers(limits[0], limits[1], _RING)
    score = evaluate(predict, pixels).reshape(wide)
    whole, depth = _regions(score, classes, threshold)
    core = (slice(_RING, -_RING), slice(_RING, -_RING))
    region, depth = whole[core], depth[core]
    found, _ = _regions(evaluate(predict, x), classes, threshold)
    right = classes[found] == y

    fig = figure(width, height)
    axes = fig.add_subplot()
    hues = np.array([to_rgb(RASTER[hue]) for hue, *_ in SERIES])
    paint(axes, hues[region], depth, limits)
    slopes = score.dtype.kind == "f" and len(np.unique(score)) > 2
    steps = [smooth(whole == index) - 0.5 for index in range(1, len(classes))]
    for level in [score - threshold] if slopes else steps:
        boundary(axes, level, limits)
    points = {called[c]: (x[y == c, 0], x[y == c, 1]) for c in classes.tolist()}
    draw_points(axes, points)
    if (~right).any() and len(x) <= MANY:
        ring = {"facecolors": "none", "edgecolors": color("ink"), "linewidths": 1.3}
        axes.scatter(*x[~right].T, s=110, **ring, label="in the wrong region", zorder=5)
    axes.set(xlim=limits[0], ylim=limits[1], xlabel=xlabel, ylabel=ylabel)
    axes.grid(False)
    if title:
        axes.set_title(title)
    legend(fig, axes)
    shares = [
        f"{name} fills {np.mean(region == i):.0%}"
        if i == 0
        else f"{name} {np.mean(region == i):.0%}"
        for i, name in enumerate(called.values())
    ]
    plane = f"the plane of {_range(xlabel, limits[0])} and {_range(ylabel, limits[1])}"
    parts = [f"{plane}: {_alt.join(shares)}", _accuracy(right, y, called)]
    fig.alt = " ".join(_alt.sentence(part) for part in parts)
    return fig


def surface(
    function: Callable[[np.ndarray], ArrayLike],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    xlabel: str,
    ylabel: str,
    zlabel: str,
    paths: Mapping[str, ArrayLike] | None = None,
    scale: str = "linear",
    title: str = "",
    width: float = 600,
    height: float = 430,
) -> Figure:
    """Draw a function of two inputs as heights with contours, and paths across it.

    Parameters
    ----------
    function : callable
        Takes points, shape (m, 2), and returns a value for each.
    xlim, ylim : pair of float
    xlabel, ylabel, zlabel : str
        Names of the inputs and of the value.
    paths : dict of arrays, shape (steps, 2), optional
        Up to six, such as those of gradient descent; each begins at a hollow mark.
    scale : str
        "linear" or "log": how contours and colours follow the values.
    title : str
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If shapes do not fit, nothing is finite, or a logarithmic scale meets values not positive.

    Examples
    --------
    >>> fig = surface(lambda p: (p**2).sum(axis=1), xlim=(-1, 1), ylim=(-2, 2), xlabel="a",
    ...               ylabel="b", zlabel="loss", paths={"descent": [(1, 2), (0.5, 1)]})
    >>> print(fig.alt)
    Loss over a (−1 to 1) and b (−2 to 2): lowest 1.25·10⁻⁴ near (0.005, 0.01), highest 4.95 near \
(0.995, 1.99). The path descent takes 1 step from (1, 2) with 5 to (0.5, 1) with 1.25.
    """
    limits = [xlim, ylim]
    pixels, shape = pixel_centers(xlim, ylim)
    z = evaluate(function, pixels).astype(np.float64)
    ways = {name: np.asarray(way, dtype=np.float64) for name, way in (paths or {}).items()}
    for name, way in ways.items():
        if way.ndim != 2 or way.shape[1:] != (2,):
            raise ValueError(f"the path {name} must have shape (steps, 2), got {way.shape}")
    if len(ways) > len(SERIES):
        raise ValueError(f"at most {len(SERIES)} paths can be told apart, got {len(ways)}")
    known = np.isfinite(z)
    if not known.any():
        raise ValueError("the function is finite nowhere on the grid")
    if scale not in ("linear", "log") or (scale == "log" and z[known].min() <= 0):
        raise ValueError(
            f'scale is "linear", or "log" where all values are positive; '
            f"got {scale!r} and a lowest value of {z[known].min():g}"
        )
    fig = figure(width, height)
    axes, bar = fig.subplots(1, 2, width_ratios=(24, 1))
    z = np.where(known, z, np.nan).reshape(shape)
    heights(axes, bar, z, limits, scale)
    bar.set_ylabel(zlabel)
    for index, (name, way) in enumerate(ways.items()):
        hue, dash, marker = SERIES[(index + 1) % len(SERIES)]
        look: dict[str, Any] = {"color": color(hue), "marker": marker, "markersize": 4.5}
        axes.plot(*way.T, **look, linestyle="-" if len(ways) == 1 else dash, label=name, zorder=4)
        axes.plot(
            *way[0], **(look | {"markersize": 9, "markerfacecolor": color("paper")}), zorder=5
        )
    axes.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)
    axes.grid(False)
    if title:
        axes.set_title(title)
    if len(ways):
        legend(fig, axes)
    fig.alt = _surface_alt(function, pixels, z.ravel(), ways, (xlabel, ylabel, zlabel), limits)
    return fig


def _regions(
    values: np.ndarray, classes: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the class index at each point, and how deep the colour is there."""
    if values.dtype.kind == "f":
        if len(classes) != 2:
            raise ValueError(f"a score tells two classes apart; for {classes.tolist()} give labels")
        gap = values - threshold
        typical = max(float(np.quantile(np.abs(gap), 0.95)), 1e-300)
        return (gap > 0).astype(int), 0.1 + 0.3 * np.minimum(1.0, np.abs(gap) / typical)
    if unknown := set(np.unique(values).tolist()) - set(classes.tolist()):
        raise ValueError(f"predict returned {sorted(unknown)}, but y has {classes.tolist()}")
    return np.searchsorted(classes, values), np.full(values.shape, 0.25)


def _name(label: Any, names: Mapping[Any, str]) -> str:
    """Return what to call a label."""
    if label in names or isinstance(label, (str, bool)):
        return str(names.get(label, label))
    return number(label)


def _around(values: np.ndarray) -> tuple[float, float]:
    """Return limits a little wider than the values."""
    margin = 0.08 * (float(np.ptp(values)) or 1.0)
    return float(values.min()) - margin, float(values.max()) + margin


def _range(name: str, limits: tuple[float, float]) -> str:
    """Return a name with its range."""
    return f"{name} ({number(limits[0])} to {number(limits[1])})"


def _accuracy(right: np.ndarray, y: np.ndarray, called: Mapping[Any, str]) -> str:
    """Say how many points lie in the region of their class."""
    if right.all():
        return f"all {len(y):,} points lie in the region of their class"
    each = [f"{np.sum(right[y == c]):,} of {np.sum(y == c):,} {n}" for c, n in called.items()]
    return (
        f"of {len(y):,} points {right.mean():.0%} lie in the region of their class: "
        f"{_alt.join(each)}"
    )


def _surface_alt(
    function: Any, pixels: np.ndarray, z: np.ndarray, ways: Mapping[str, np.ndarray],
    names: tuple[str, str, str], limits: list[Any],
) -> str:  # fmt: skip
    """Say where the surface is lowest and highest, and where each path leads."""

    def at(point: np.ndarray) -> str:
        return f"({number(point[0])}, {number(point[1])})"

    low, high = int(np.nanargmin(z)), int(np.nanargmax(z))
    over = f"{names[2]} over {_range(names[0], limits[0])} and {_range(names[1], limits[1])}"
    parts = [
        f"{over}: lowest {number(z[low])} near {at(pixels[low])}, "
        f"highest {number(z[high])} near {at(pixels[high])}"
    ]
    for name, way in ways.items():
        first, last = (number(value) for value in evaluate(function, way[[0, -1]]))
        steps = f"{len(way) - 1} step" + "s" * (len(way) != 2)
        parts.append(
            f"the path {name} takes {steps} from {at(way[0])} with {first} to {at(way[-1])} "
            f"with {last}"
        )
    return " ".join(_alt.sentence(part) for part in parts)
