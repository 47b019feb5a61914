"""Small images side by side, pixel by pixel.

Chapter: book/how-to-use.md
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dlbook.plotting import _alt
from dlbook.plotting._canvas import LINE, canvas, wrap, write
from dlbook.plotting._numbers import number
from dlbook.plotting._svg import INK_IMAGE
from dlbook.plotting.style import RASTER, Figure, color

__all__ = ["grid"]

_GAP = 14.0


def grid(
    images: ArrayLike,
    captions: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    limits: tuple[float, float] | None = None,
    signed: bool = False,
    highlight: ArrayLike | None = None,
    width: float = 600,
) -> Figure:
    """Draw images in a grid: the higher a value, the more ink, so dark on light and light on dark.

    Parameters
    ----------
    images : array, shape (n, H, W), or (n, H, W, 3) with colours in [0, 1]
    captions : sequence of str, length n, optional
        What stands below each image.
    columns : int, optional
        By default as many as fit with a good size, at most ten.
    limits : pair of float, optional
        The values of no ink and of full ink; by default the lowest and the highest of all images.
    signed : bool
        Show weights: blue above zero, orange below, the deeper the further.
    highlight : array of bool, shape (n,), optional
        Which images to set off by a thick red frame and a red caption, such as mistakes.
    width : float
        In CSS pixels; the height follows.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the shape is another, there is no image, a value is not finite, or there are not as many
        captions as images.

    Examples
    --------
    >>> fig = grid(np.eye(4).reshape(1, 4, 4), ["the identity"])
    >>> print(fig.alt)
    1 image of 4 by 4 pixels, values from 0 to 1, shown as ink, with this caption: the identity.
    """
    images = np.asarray(images, dtype=np.float64)
    _check(images, captions, highlight)
    count, high, wide = images.shape[:3]
    columns = min(columns or min(10, max(2, int(width // 104))), count)
    cell = min((width - _GAP) / columns - _GAP, 160.0)
    texts = [wrap(text, cell + _GAP - 4) for text in captions or [""] * count]
    below = LINE * max(len(lines) for lines in texts) + 6 if captions is not None else 0.0
    rows = -(-count // columns)
    tall = cell * high / wide
    fig, axes = canvas(width, _GAP + rows * (tall + below + _GAP))
    left = (width - columns * (cell + _GAP) + _GAP) / 2
    marked = np.zeros(count, bool) if highlight is None else np.asarray(highlight, bool)
    low, top = limits or (float(images.min()), float(images.max()))
    for index, image in enumerate(images):
        x = left + (index % columns) * (cell + _GAP)
        y = _GAP + (index // columns) * (tall + below + _GAP)
        pixels = _signed(image, max(abs(low), abs(top))) if signed else _ink(image, low, top)
        inked = None if signed or images.ndim == 4 else f"{INK_IMAGE}-{index}"
        extent = (x, x + cell, y + tall, y)
        axes.imshow(pixels, extent=extent, interpolation="none", gid=inked, zorder=1)
        hue, line = ("red", 2.4) if marked[index] else ("grid", 1.0)
        frame = Rectangle((x, y), cell, tall, facecolor="none", linewidth=line, zorder=2)
        frame.set_edgecolor(color(hue))
        axes.add_patch(frame)
        middle = y + tall + 6 + LINE * len(texts[index]) / 2
        look = {"color": color("red"), "fontweight": "bold"} if marked[index] else {}
        write(axes, x + cell / 2, middle, texts[index], **look)
    axes.set(xlim=(0, width), ylim=(fig.get_figheight() * 96, 0), aspect="auto")
    fig.alt = _grid_alt(images, captions, rows, columns, marked, signed)
    return fig


def _check(images: np.ndarray, captions: Sequence[str] | None, highlight: ArrayLike | None) -> None:
    """Refuse what cannot be shown."""
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise ValueError(
            f"images must have shape (n, H, W) or (n, H, W, 3), got {images.shape}; "
            f"flat digits need reshape(-1, 8, 8)"
        )
    if not images.size:
        raise ValueError(f"there is no image to show: the shape is {images.shape}")
    if not np.isfinite(images).all():
        raise ValueError(f"{np.sum(~np.isfinite(images))} of {images.size} pixels are not finite")
    if images.ndim == 4 and (images.min() < 0 or images.max() > 1):
        raise ValueError(
            f"colours lie in [0, 1], got {images.min():g} to {images.max():g}; divide by 255?"
        )
    for name, given in (("captions", captions), ("highlight", highlight)):
        if given is not None and np.shape(given) != images.shape[:1]:
            raise ValueError(f"{name}: one for each of {len(images)} images, got {np.shape(given)}")


def _ink(image: np.ndarray, low: float, top: float) -> np.ndarray:
    """Return pixels whose brightness is the share of ink; colour images as they are."""
    share = image if image.ndim == 3 else (image - low) / ((top - low) or 1.0)
    pixels = (255 * np.clip(share, 0, 1)).round().astype(np.uint8)
    return pixels if image.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def _signed(image: np.ndarray, largest: float) -> np.ndarray:
    """Return pixels in one of two colours, which let the paper through towards zero."""
    blue, orange = (np.array(to_rgb(RASTER[name])) for name in ("blue", "orange"))
    rgb = np.where((image > 0)[..., None], blue, orange)
    alpha = np.abs(image)[..., None] / (largest or 1.0)
    return (255 * np.clip(np.concatenate([rgb, alpha], axis=-1), 0, 1)).round().astype(np.uint8)


def _grid_alt(
    images: np.ndarray,
    captions: Sequence[str] | None,
    rows: int,
    columns: int,
    marked: np.ndarray,
    signed: bool,
) -> str:
    """Say how many images there are, how large, and what stands below them."""
    count, high, wide = images.shape[:3]
    text = f"{count} image{'s' * (count != 1)} of {high} by {wide} pixels"
    if rows > 1:
        text += f" in {rows} rows of {columns}"
    text += f", values from {number(images.min())} to {number(images.max())}"
    text += ", positive in blue and negative in orange" if signed else ", shown as ink"
    if captions is not None:
        text += f", with {'these captions' if count > 1 else 'this caption'}: {'; '.join(captions)}"
    parts = [text]
    if marked.any():
        names = [
            captions[i] if captions else f"number {i + 1}" for i in np.flatnonzero(marked).tolist()
        ]
        parts.append(f"{len(names)} framed in red: {'; '.join(names)}")
    return " ".join(_alt.sentence(part) for part in parts)
