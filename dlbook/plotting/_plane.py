"""Functions over a plane, as pixels that let the paper through and as lines."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dlbook.plotting._marks import MANY
from dlbook.plotting._numbers import LinearTicks, LogPlaces, LogTicks
from dlbook.plotting._svg import SMOOTH_IMAGE
from dlbook.plotting.style import RASTER, color

RESOLUTION = 200  # pixels along each side


def pixel_centers(
    xlim: tuple[float, float], ylim: tuple[float, float], ring: int = 0
) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the middles of all pixels, row by row from below, with a ring of some more around."""
    u, v = np.meshgrid(_middles(xlim, ring), _middles(ylim, ring))
    return np.column_stack([u.ravel(), v.ravel()]), u.shape


def _middles(limits: tuple[float, float], ring: int = 0) -> np.ndarray:
    """Return the middles of the pixels along one side."""
    steps = (np.arange(-ring, RESOLUTION + ring) + 0.5) / RESOLUTION
    return limits[0] + steps * np.ptp(limits)


def evaluate(function: Callable[[np.ndarray], ArrayLike], points: np.ndarray) -> np.ndarray:
    """Return the function's values at the points, one for each."""
    values = np.asarray(function(points))
    if values.shape != (len(points),):
        raise ValueError(
            f"the function must return one value for each point: "
            f"got shape {values.shape} for points of shape {points.shape}"
        )
    return values


def paint(axes: Any, rgb: np.ndarray, alpha: np.ndarray, limits: list[Any]) -> None:
    """Draw pixels of colours that let the paper through, light or dark."""
    image = np.concatenate([rgb, alpha[..., None]], axis=-1)
    pixels = (255 * image).round().astype(np.uint8)
    axes.imshow(
        pixels, extent=(*limits[0], *limits[1]), origin="lower", aspect="auto",
        interpolation="none", gid=SMOOTH_IMAGE, zorder=0,
    )  # fmt: skip


def boundary(axes: Any, level: np.ndarray, limits: list[Any]) -> None:
    """Draw the line where the level is zero, if it is anywhere."""
    ring = (len(level) - RESOLUTION) // 2
    if level.min() < 0 < level.max():
        u, v = (_middles(side, ring) for side in limits)
        axes.contour(u, v, level, levels=[0], colors=[color("ink")], linewidths=1.8, zorder=2)


def smooth(mask: np.ndarray) -> np.ndarray:
    """Return the mask averaged over 5 by 5 pixels, so that its edge is a line and no staircase.

    A ring of two pixels is lost: they lack neighbours.
    """
    high, wide = len(mask) - 4, mask.shape[1] - 4
    rows = np.add.reduce([mask[i : i + high].astype(np.float64) for i in range(5)])
    return np.add.reduce([rows[:, i : i + wide] for i in range(5)]) / 25


def heights(axes: Any, bar: Any, z: np.ndarray, limits: list[Any], scale: str) -> None:
    """Draw heights as depth of colour, with contours, and the key to it."""
    level = np.log10(z) if scale == "log" else z
    low, high = float(np.nanmin(level)), float(np.nanmax(level))
    high = high if high > low else low + 1.0
    blue = np.array(to_rgb(RASTER["blue"]))
    depth = np.clip((level - low) / (high - low), 0, 1)
    alpha = np.where(np.isfinite(level), 0.04 + 0.6 * np.nan_to_num(depth), 0.0)
    paint(axes, np.broadcast_to(blue, (*z.shape, 3)), alpha, limits)
    u, v = map(_middles, limits)
    steps = MaxNLocator(11).tick_values(low, high)
    drawn = axes.contour(
        u[::2], v[::2], level[::2, ::2], levels=steps, colors=[color("muted")], linewidths=0.8,
        linestyles="solid", alpha=0.65, zorder=1,
    )  # fmt: skip
    if sum(len(path.vertices) for path in drawn.get_paths()) > 3 * MANY:
        drawn.set(rasterized=True, edgecolor=RASTER["gray"])
    ramp = np.linspace(0.04, 0.64, 64)[:, None]
    ends = (10**low, 10**high) if scale == "log" else (low, high)
    paint(bar, np.broadcast_to(blue, (64, 1, 3)), ramp, [(0, 1), (low, high)])
    bar.set(xlim=(0, 1), ylim=(low, high))
    locator = LogPlaces(numticks=6) if scale == "log" else MaxNLocator(5)
    ticks = np.array([t for t in locator.tick_values(*ends) if ends[0] <= t <= ends[1]])
    writer = LogTicks() if scale == "log" else LinearTicks()
    labels = writer.format_ticks(ticks.tolist()) if len(ticks) else []
    bar.set_yticks(np.log10(ticks) if scale == "log" else ticks, labels=labels)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.grid(False)
    bar.spines[:].set_visible(False)
