"""A computation as a graph: values flow down, gradients come back. Public in ``graphs``."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlbook.plotting import _alt, _layers
from dlbook.plotting._canvas import CHARACTER, LINE, arrow, box, canvas, write
from dlbook.plotting._numbers import number
from dlbook.plotting.style import SMALL, TEXT, Figure, color

_MOST = 40  # nodes that can still be told apart
_GAP = 38.0  # between two rows
_MARGIN = 10.0


def computation(
    labels: Sequence[str],
    edges: Sequence[tuple[int, int]],
    *,
    values: Sequence[float] | None = None,
    gradients: Sequence[float | None] | None = None,
    slopes: Sequence[float] | None = None,
    order: Sequence[int] | None = None,
    fmt: str = "",
    width: float = 480,
) -> Figure:
    """Draw the graph of a computation: inputs above, the result below.

    Parameters
    ----------
    labels : sequence of str
        What each node is: the name of an input or the operation that made it. At most 40.
    edges : sequence of (int, int)
        From a node to one that was computed from it, as indices into ``labels``.
    values : sequence of float, optional
        The value of each node, written below its label.
    gradients : sequence of float or None, optional
        The derivative of the result with respect to each node, written in orange; None where
        there is none yet.
    slopes : sequence of float, optional
        For each edge the derivative of its end with respect to its start, written beside it.
    order : sequence of int, optional
        Indices into ``labels`` in the order in which they are visited; the place of each, from 1,
        is written in its corner.
    fmt : str
        Format of all numbers.
    width : float
        In CSS pixels; the height follows from the number of rows.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are too many nodes, an edge names no node, the edges run in a circle, or a
        sequence has not as many entries as there are nodes (edges, for ``slopes``).

    Examples
    --------
    >>> fig = computation(["a", "b", "a·b"], [(0, 2), (1, 2)], values=[2, 3, 6])
    >>> print(fig.alt)
    A computation of 3 nodes and 2 arrows. Inputs: a = 2 and b = 3. From a and b comes a·b = 6.
    """
    _check(labels, edges, values, gradients, slopes, order)
    keys = [str(index) for index in range(len(labels))]
    merged = _merged(edges, slopes, fmt)
    arrows = [(keys[a], keys[b]) for a, b in merged]
    full, ways = _layers.with_dummies(_rows(keys, arrows), arrows)
    full = _layers.ordered(full, ways)
    badge = 18.0 if order is not None else 0.0
    texts = [_numbers(i, values, gradients, fmt) for i in range(len(labels))]
    wide = {
        key: max(44.0, 18 + badge + CHARACTER * len(label), 18 + CHARACTER * len("   ".join(text)))
        for key, label, text in zip(keys, labels, texts, strict=True)
    }
    tall = (2 if any(texts) else 1) * LINE + 12
    sizes: dict[_layers.Node, float] = {key: size + 12 for key, size in wide.items()}
    x = _layers.across(full, ways, sizes, width - 2 * _MARGIN)
    height = len(full) * (tall + _GAP) - _GAP + 2 * _MARGIN
    fig, axes = canvas(width, height)
    top = {n: _MARGIN + i * (tall + _GAP) for i, row in enumerate(full) for n in row}
    x = {node: at + _MARGIN for node, at in x.items()}
    for way, slope in zip(ways, merged.values(), strict=True):
        _edge(axes, way, x, top, tall, slope)
    for key, label, text in zip(keys, labels, texts, strict=True):
        leaf = not any(b == key for _, b in arrows)
        frame = (x[key] - wide[key] / 2, top[key], wide[key], tall)
        _node(axes, frame, label, text, leaf, badge)
    for place, index in enumerate(order if order is not None else [], 1):
        key = keys[index]
        at = (x[key] + wide[key] / 2 - 7 - 4 * len(str(place)), top[key] + 12)
        write(axes, *at, [str(place)], color=color("purple"), fontweight="bold", zorder=4)
    fig.alt = _computation_alt(labels, list(merged), values, gradients, order, fmt)
    return fig


def _check(
    labels: Sequence[str], edges: Sequence[tuple[int, int]], values: Any, gradients: Any,
    slopes: Any, order: Any,
) -> None:  # fmt: skip
    """Refuse what does not fit together."""
    count = len(labels)
    if not 2 <= count <= _MOST:
        raise ValueError(f"a computation of 2 to {_MOST} nodes can be drawn; got {count}")
    for edge in edges:
        if not all(0 <= end < count for end in edge):
            raise ValueError(f"the edge {tuple(edge)} names no node; there are {count}, from 0")
    for name, given, expected in (
        ("values", values, count),
        ("gradients", gradients, count),
        ("slopes", slopes, len(edges)),
    ):
        if given is not None and len(given) != expected:
            raise ValueError(f"{name}: expected {expected} entries, got {len(given)}")
    if order is not None and not set(order) <= set(range(count)):
        raise ValueError(f"order: expected indices from 0 to {count - 1}, got {list(order)}")


def _merged(
    edges: Sequence[tuple[int, int]], slopes: Sequence[float] | None, fmt: str
) -> dict[tuple[int, int], str]:
    """Return each arrow once, with its slopes as text: x·x leads from x twice."""
    found: dict[tuple[int, int], list[str]] = {}
    for index, (a, b) in enumerate(edges):
        texts = found.setdefault((int(a), int(b)), [])
        if slopes is not None:
            texts.append(number(slopes[index], fmt))
    return {edge: ", ".join(texts) for edge, texts in found.items()}


def _rows(keys: list[str], arrows: list[tuple[str, str]]) -> list[list[str]]:
    """Return rows by longest path; an input stands right above the first node that needs it."""
    row: dict[str, int] = {}
    for node in _layers.topological(keys, arrows):
        row[node] = max((row[a] + 1 for a, b in arrows if b == node), default=0)
    for node in keys:
        users = [row[b] for a, b in arrows if a == node]
        if users and not any(b == node for _, b in arrows):
            row[node] = min(users) - 1
    return [[node for node in keys if row[node] == at] for at in range(max(row.values()) + 1)]


def _numbers(index: int, values: Any, gradients: Any, fmt: str) -> list[str]:
    """Return a node's value and gradient as text, as far as they are given."""
    texts = [] if values is None else [number(values[index], fmt)]
    if gradients is not None:
        known = gradients[index] is not None
        texts.append(number(gradients[index], fmt) if known else "–")
    return texts


def _edge(
    axes: Any, way: list[str], x: dict[str, float], top: dict[str, float], tall: float, text: str
) -> None:
    """Draw an arrow and, beside its middle, its slope."""
    points = [(x[way[0]], top[way[0]] + tall)]
    for node in way[1:-1]:
        points += [(x[node], top[node] - 2), (x[node], top[node] + tall + 2)]
    points.append((x[way[-1]], top[way[-1]] - 1))
    arrow(axes, np.array(points), down=True)
    if text:
        (x0, y0), (x1, y1) = points[0], points[1]
        paper = {"boxstyle": "round,pad=0.12", "facecolor": color("paper"), "linewidth": 0}
        look = {"color": color("blue"), "fontsize": SMALL, "bbox": paper, "zorder": 2}
        write(axes, (x0 + x1) / 2, (y0 + y1) / 2 - 3, [text], **look)


def _node(
    axes: Any, frame: tuple[float, float, float, float], label: str, texts: list[str],
    leaf: bool, badge: float,
) -> None:  # fmt: skip
    """Draw a node, an input tinted blue: its label, below it the value and in orange the rest."""
    left, above, wide, _ = frame
    box(axes, *frame, hue="blue" if leaf else "ink", fill="paper")
    if leaf:
        box(axes, *frame, hue="blue", fill="blue", opacity=0.09, line=0)
    first = above + 6 + LINE / 2
    look: dict[str, Any] = {"fontweight": "bold", "fontsize": TEXT, "zorder": 3}
    write(axes, left + (wide - badge) / 2, first, [label], **look)
    looks: list[dict[str, Any]] = [{}, {"color": color("orange"), "fontweight": "bold"}]
    middle = left + wide / 2
    if len(texts) == 1:
        write(axes, middle, first + LINE, texts, zorder=3)
        return
    for text, side, more in zip(texts, (-1, 1), looks, strict=False):
        ends = {"ha": "right" if side < 0 else "left", "zorder": 3}
        write(axes, middle + side * 6, first + LINE, [text], **ends, **more)


def _computation_alt(
    labels: Sequence[str], arrows: list[tuple[int, int]], values: Any, gradients: Any, order: Any,
    fmt: str,
) -> str:  # fmt: skip
    """Say what is computed from what, then how large each gradient is."""

    def named(index: int) -> str:
        label = labels[index]
        return f"{label} = {number(values[index], fmt)}" if values is not None else label

    inputs = [i for i in range(len(labels)) if not any(b == i for _, b in arrows)]
    parts = [
        f"a computation of {len(labels)} nodes and {len(arrows)} arrow{'s' * (len(arrows) != 1)}"
    ]
    parts.append(f"inputs: {_alt.join([named(i) for i in inputs])}")
    for index in range(len(labels)):
        sources = [labels[a] for a, b in arrows if b == index]
        if sources:
            parts.append(f"from {_alt.join(sources)} comes {named(index)}")
    if gradients is not None:
        known = [i for i in range(len(labels)) if gradients[i] is not None]
        told = [f"{labels[i]} {number(gradients[i], fmt)}" for i in known]
        parts.append(f"derivatives of the result: {_alt.join(told)}" if told else "no derivatives")
    if order is not None:
        parts.append(f"visited in the order {_alt.join([labels[i] for i in order])}")
    return " ".join(_alt.sentence(part) for part in parts)
