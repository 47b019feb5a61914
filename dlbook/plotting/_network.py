"""A network as a weighted graph. Public in ``graphs``."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook.plotting import _alt
from dlbook.plotting._canvas import CHARACTER, canvas, write
from dlbook.plotting._numbers import number
from dlbook.plotting.style import SMALL, TEXT, Figure, color

_MOST = 10  # units of a layer that are drawn one by one
_RADIUS = 17.0


def network(
    weights: Sequence[ArrayLike],
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    values: bool | None = None,
    fmt: str = "",
    width: float = 600,
    height: float | None = None,
) -> Figure:
    """Draw a network: units by layer, a line for each weight.

    Blue and solid is positive, orange and dashed negative; the wider, the larger in size. A weight
    of zero is not drawn. Of a layer with more than ten units the first six and the last three are.

    Parameters
    ----------
    weights : sequence of arrays, shape (out_features, in_features)
        One for each layer of connections, as ``torch.nn.Linear`` keeps them.
    inputs, outputs : sequence of str, optional
        Names of the units of the first and the last layer.
    layers : sequence of str, optional
        A heading for each layer of units: one more than ``weights``.
    values : bool, optional
        Write each weight beside its line; by default where there are at most nine.
    fmt : str
        Format of the weights.
    width, height : float
        In CSS pixels.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the shapes do not follow on each other, or there are not as many names as units.

    Examples
    --------
    >>> fig = network([[[1.0, -2.0], [0.5, 0.0]], [[1.0, 1.0]]], inputs=["x₁", "x₂"])
    >>> print(fig.alt)
    A network with layers of 2, 2 and 1 units and 6 weights: 4 positive, drawn solid, 1 negative, \
drawn dashed, and 1 zero, not drawn. The largest in size is −2, from x₂ to unit 1 of layer 2.
    """
    matrices = [np.asarray(w, dtype=np.float64) for w in weights]
    sizes = _sizes(matrices)
    _check_names(sizes, inputs, outputs, layers)
    shown = [list(range(n)) if n <= _MOST else [*range(6), *range(n - 3, n)] for n in sizes]
    rows = max(len(units) + (n > _MOST) for units, n in zip(shown, sizes, strict=True))
    head = 34.0 if layers else 8.0
    height = height or head + 12 + max(2, rows) * (2 * _RADIUS + 22)
    fig, axes = canvas(width, height)
    outer = [layers[0], layers[-1]] if layers else ["", ""]
    left, right = map(_margin, (inputs, outputs), outer)
    x = np.linspace(left, width - right, len(sizes))
    y = [_column(len(units), n, head, height) for units, n in zip(shown, sizes, strict=True)]
    largest = max(float(np.abs(w).max()) for w in matrices) or 1.0
    total = sum(w.size for w in matrices)
    labelled = total <= 9 if values is None else values
    for index, matrix in enumerate(matrices):
        for i, a in enumerate(shown[index]):
            for j, b in enumerate(shown[index + 1]):
                ends = (x[index], y[index][i]), (x[index + 1], y[index + 1][j])
                _edge(axes, *ends, float(matrix[b, a]), largest, fmt if labelled else None)
    names = [inputs or [], *[[]] * (len(sizes) - 2), outputs or []]
    for index, units in enumerate(shown):
        for unit, at in zip(units, y[index], strict=True):
            name = names[index][unit] if names[index] else ""
            _unit(axes, x[index], at, name, -1 if index == 0 else 1)
        if sizes[index] > _MOST:
            for dot in (-7, 0, 7):
                gap = (y[index][5] + y[index][6]) / 2 + dot
                axes.plot(x[index], gap, "o", color=color("muted"), markersize=3)
    for heading, at in zip(layers or [], x, strict=False):
        write(axes, at, 16, [heading], color=color("muted"), fontsize=SMALL)
    fig.alt = _network_alt(matrices, sizes, inputs, outputs, fmt)
    return fig


def _sizes(matrices: list[np.ndarray]) -> list[int]:
    """Return the number of units in each layer."""
    if not matrices or any(w.ndim != 2 or not w.size for w in matrices):
        raise ValueError(
            f"weights are matrices of shape (out_features, in_features); "
            f"got shapes {[w.shape for w in matrices]}"
        )
    for first, second in itertools.pairwise(matrices):
        if first.shape[0] != second.shape[1]:
            raise ValueError(
                f"a layer of {first.shape[0]} units cannot feed weights of shape {second.shape}; "
                f"expected (…, {first.shape[0]})"
            )
    if not all(np.isfinite(w).all() for w in matrices):
        raise ValueError("a weight is NaN or infinite; such a network cannot be drawn")
    return [matrices[0].shape[1], *(w.shape[0] for w in matrices)]


def _check_names(sizes: list[int], inputs: Any, outputs: Any, layers: Any) -> None:
    """Refuse names that do not fit the number of units or layers."""
    for what, names, count in (
        ("inputs", inputs, sizes[0]),
        ("outputs", outputs, sizes[-1]),
        ("layers", layers, len(sizes)),
    ):
        if names is not None and len(names) != count:
            raise ValueError(f"{what}: {count} names are needed, got {len(names)}")


def _margin(names: Sequence[str] | None, heading: str) -> float:
    """Return the room at a side of the figure for a unit, and for names that stand beside it."""
    longest = max((len(name) for name in names or []), default=0)
    beside = 8 + CHARACTER * longest if longest > 3 else 0.0
    return max(_RADIUS + 8 + beside, CHARACTER * len(heading) / 2 + 8)


def _column(shown: int, size: int, head: float, height: float) -> np.ndarray:
    """Return the heights of the units of a layer, with a gap where some are left out."""
    slots = np.arange(shown, dtype=float)
    if size > _MOST:
        slots[6:] += 1
    step = 2 * _RADIUS + 22
    return head + (height - head) / 2 + (slots - slots[-1] / 2) * step


def _edge(
    axes: Any, a: tuple[float, float], b: tuple[float, float], weight: float, largest: float,
    fmt: str | None,
) -> None:  # fmt: skip
    """Draw one weight, with its value a third of the way along if there is a format."""
    if weight == 0:
        return
    hue, dash = ("blue", "-") if weight > 0 else ("orange", (0, (4, 2)))
    width = 0.8 + 3.6 * abs(weight) / largest
    axes.plot(*zip(a, b, strict=True), color=color(hue), linestyle=dash, linewidth=width, zorder=1)
    if fmt is not None:
        x, y = (1 - 0.34) * np.array(a) + 0.34 * np.array(b)
        paper = {"boxstyle": "round,pad=0.15", "facecolor": color("paper"), "linewidth": 0}
        write(axes, x, y, [number(weight, fmt)], color=color(hue), bbox=paper, zorder=2)


def _unit(axes: Any, x: float, y: float, name: str, side: int) -> None:
    """Draw a unit; a short name goes inside, a longer one beside it."""
    look = {"markersize": 2 * _RADIUS * 0.75, "markerfacecolor": color("tint")}
    axes.plot(x, y, "o", color=color("ink"), markeredgewidth=1.4, linestyle="", **look, zorder=3)
    if len(name) <= 3:
        write(axes, x, y, [name], zorder=4, fontsize=TEXT)
    else:
        write(axes, x + side * (_RADIUS + 7), y, [name], ha="left" if side > 0 else "right")


def _network_alt(
    matrices: list[np.ndarray], sizes: list[int], inputs: Any, outputs: Any, fmt: str
) -> str:
    """Say how large the network is, how many weights have which sign, and which is largest."""
    flat = np.concatenate([w.ravel() for w in matrices])
    kinds = [
        f"{np.sum(flat > 0):,} positive, drawn solid",
        f"{np.sum(flat < 0):,} negative, drawn dashed",
    ]
    if (flat == 0).any():
        kinds.append(f"and {np.sum(flat == 0):,} zero, not drawn")
    index = int(np.argmax([np.abs(w).max() for w in matrices]))
    matrix = matrices[index]
    out, into = np.unravel_index(int(np.abs(matrix).argmax()), matrix.shape)

    def unit(layer: int, at: int) -> str:
        names = inputs if layer == 0 else outputs if layer == len(sizes) - 1 else None
        return str(names[at]) if names else f"unit {at + 1} of layer {layer + 1}"

    parts = [
        f"a network with layers of {_alt.join([str(n) for n in sizes])} units and "
        f"{len(flat):,} weight{'s' * (len(flat) != 1)}: {', '.join(kinds)}",
        f"the largest in size is {number(matrix[out, into], fmt)}, "
        f"from {unit(index, int(into))} to {unit(index + 1, int(out))}",
    ]
    return " ".join(_alt.sentence(part) for part in parts)
