"""Networks, computations, cycles, sets, flows and dependencies: what is connected with what.

Chapter: book/how-to-use.md
"""

from collections.abc import Mapping, Sequence

import numpy as np

from dlbook.plotting import _alt, _layers
from dlbook.plotting._canvas import CHARACTER, LINE, arrow, box, canvas, wrap, write
from dlbook.plotting._computation import computation
from dlbook.plotting._cycle import cycle
from dlbook.plotting._network import network
from dlbook.plotting.style import SERIES, TEXT, Figure, color

__all__ = ["computation", "cycle", "dependencies", "flow", "nested", "network"]

_GAP = 20.0


def nested(
    sets: Sequence[str], notes: Sequence[str] | None = None, *, width: float = 600
) -> Figure:
    """Draw sets one inside the other.

    Parameters
    ----------
    sets : sequence of str
        Two to five names, the largest set first.
    notes : sequence of str, optional
        For each set what it holds outside the next one, such as examples.
    width : float
        In CSS pixels; the height follows from the texts.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are not two to five sets, or not as many notes as sets.

    Examples
    --------
    >>> fig = nested(["shapes", "rectangles", "squares"], ["circles", "2 by 1", "2 by 2"])
    >>> print(fig.alt)
    3 nested sets: shapes contains rectangles, which contains squares. Only in shapes: circles. \
Only in rectangles: 2 by 1. In squares: 2 by 2.
    """
    notes = list(notes or [""] * len(sets))
    if not 2 <= len(sets) <= 5 or len(notes) != len(sets):
        raise ValueError(f"give 2 to 5 sets and a note for each; got {len(sets)} and {len(notes)}")
    rooms = [width - 2 * _GAP * (i + 1) - 8 for i in range(len(sets))]
    texts = [wrap(note, room - 16) if note else [] for note, room in zip(notes, rooms, strict=True)]
    heads = [LINE * (1 + len(lines)) + 26 for lines in texts]
    height = sum(heads) + (len(sets) - 1) * _GAP * 0.8 + 12
    fig, axes = canvas(width, height)
    top = 6.0
    for index, (name, lines) in enumerate(zip(sets, texts, strict=True)):
        left = 6 + index * _GAP
        bottom = height - 6 - index * _GAP * 0.8
        box(axes, left, top, width - 2 * left, bottom - top, hue="blue", fill="blue", opacity=0.09)
        look = {"ha": "left", "zorder": 3}
        write(axes, left + 18, top + 22, [name], **look, fontweight="bold", fontsize=TEXT)
        middle = top + 26 + LINE * (len(lines) + 1) / 2
        write(axes, left + 18, middle, lines, **look, color=color("muted"))
        top += heads[index]
    inner = [f"{sets[0]} contains {sets[1]}", *(f"which contains {name}" for name in sets[2:])]
    parts = [f"{len(sets)} nested sets: {', '.join(inner)}"]
    for index, (name, note) in enumerate(zip(sets, notes, strict=True)):
        where = "in" if index == len(sets) - 1 else "only in"
        parts += [f"{where} {name}: {note}"] if note else []
    fig.alt = " ".join(_alt.sentence(part) for part in parts)
    return fig


def flow(
    rows: Mapping[str, tuple[Sequence[str], str, Sequence[str]]], *, width: float = 600
) -> Figure:
    """Draw one or more processes: what goes in, what is done, what comes out.

    Parameters
    ----------
    rows : dict of (inputs, process, outputs)
        By title, one above the other, so that they can be compared.
    width : float
        In CSS pixels; the height follows from the number of boxes.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a row has no input or no output.

    Examples
    --------
    >>> fig = flow({"Baking": (["flour", "water"], "oven", ["bread"])})
    >>> print(fig.alt)
    1 process. Baking: from flour and water, oven makes bread; 2 inputs, 1 output.
    """
    for title, (inputs, _, outputs) in rows.items():
        if not inputs or not outputs:
            raise ValueError(f"{title}: a flow needs at least one input and one output")
    wide, tall = (width - 12) * 0.27, 44.0
    columns = [6 + wide / 2, width / 2, width - 6 - wide / 2]
    room = [30 + max(len(i), len(o)) * (tall + 12) + 8 for i, _, o in rows.values()]
    fig, axes = canvas(width, sum(room) + 6)
    top = 0.0
    for (title, (inputs, process, outputs)), high in zip(rows.items(), room, strict=True):
        write(axes, 6, top + 16, [title], ha="left", fontweight="bold", fontsize=TEXT)
        middle = top + 30 + (high - 38) / 2
        for texts, x, hue in ((inputs, columns[0], "blue"), (outputs, columns[2], "orange")):
            for index, text in enumerate(texts):
                y = middle + (index - (len(texts) - 1) / 2) * (tall + 12)
                box(axes, x - wide / 2, y - tall / 2, wide, tall, hue=hue, fill=hue, opacity=0.1)
                write(axes, x, y, wrap(text, wide - 12)[:2], zorder=3)
                near = middle + (index - (len(texts) - 1) / 2) * 14
                ends = [(columns[0] + wide / 2, y), (columns[1] - wide / 2 - 3, near)]
                if texts is outputs:
                    ends = [(columns[1] + wide / 2, near), (columns[2] - wide / 2 - 3, y)]
                arrow(axes, np.array(ends))
        box(axes, columns[1] - wide / 2, middle - tall * 0.65, wide, tall * 1.3, hue="ink")
        write(axes, columns[1], middle, wrap(process, wide - 12)[:3], fontweight="bold", zorder=3)
        top += high
    parts = [f"{len(rows)} process" + "es" * (len(rows) != 1)]
    for title, (inputs, process, outputs) in rows.items():
        counted = [
            f"{len(t)} {w}{'s' * (len(t) != 1)}"
            for t, w in ((inputs, "input"), (outputs, "output"))
        ]
        parts.append(
            f"{title}: from {_alt.join(list(inputs))}, {process} makes "
            f"{_alt.join(list(outputs))}; {', '.join(counted)}"
        )
    fig.alt = " ".join(_alt.sentence(part) for part in parts)
    return fig


def dependencies(
    nodes: Mapping[str, str],
    edges: Sequence[tuple[str, str]],
    *,
    groups: Mapping[str, str] | None = None,
    capacity: int = 3,
    width: float = 600,
) -> Figure:
    """Draw what has to come before what, from top to bottom.

    Parameters
    ----------
    nodes : dict of str
        The text of each node by its key.
    edges : sequence of (key, key)
        From what is needed to what needs it. Edges that follow from others are left out.
    groups : dict of str, optional
        The group of each key, such as its part of the book. Up to six are told apart by colour; a
        legend above names them.
    capacity : int
        The most nodes in a row.
    width : float
        In CSS pixels; the height follows from the number of rows.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If an edge names no node, or nodes depend on each other in a circle.

    Examples
    --------
    >>> fig = dependencies({"a": "socks", "b": "shoes", "c": "hat"}, [("a", "b")])
    >>> print(fig.alt)
    3 nodes with 1 arrow from what comes first to what needs it. Shoes needs socks. Nothing comes \
before socks and hat.
    """
    keys, groups = list(nodes), groups or {}
    for edge in edges:
        if missing := [key for key in edge if key not in nodes]:
            raise ValueError(f"the edge {edge} names {missing[0]!r}, which is none of {keys}")
    kept = _layers.reduced(keys, edges)
    full, ways = _layers.with_dummies(_layers.rows(keys, kept, capacity), kept)
    full = _layers.ordered(full, ways)
    spare = max(sum(n not in nodes for n in layer) for layer in full) * 16.0
    wide = min(190.0, (width - 12 - spare) / max(sum(n in nodes for n in layer) for layer in full))
    text = {key: wrap(nodes[key], wide - 24) for key in keys}
    sizes: dict[_layers.Node, float] = dict.fromkeys(keys, wide)
    x = _layers.across(full, ways, sizes, width - 12)
    tall = [max(LINE * len(text[n]) + 16 for n in row if n in nodes) for row in full]
    tops = np.concatenate([[8.0], 8.0 + np.cumsum(np.array(tall) + 44)])
    names = list(dict.fromkeys(groups.get(key, "") for key in keys if groups.get(key)))
    spots, legend_room = _legend_spots(names, width)
    fig, axes = canvas(width, float(tops[-1]) - 36 + legend_room)
    hues = {name: SERIES[i % len(SERIES)][0] for i, name in enumerate(names)}
    span = {n: (tops[i], tops[i] + tall[i]) for i, row in enumerate(full) for n in row}
    span = {n: (a + legend_room, b + legend_room) for n, (a, b) in span.items()}
    for way in ways:
        _edge(axes, [(x[n] + 6, *span[n]) for n in way])
    for key in keys:
        top, bottom = span[key]
        hue = hues.get(groups.get(key, ""), "blue")
        frame = (x[key] + 6 - wide / 2 + 7, top, wide - 14, bottom - top)
        box(axes, *frame, hue=hue, fill="paper")
        box(axes, *frame, hue=hue, fill=hue, opacity=0.09)
        write(axes, x[key] + 6, (top + bottom) / 2, text[key], zorder=3)
    for name, (left, top) in zip(names, spots, strict=True):
        box(axes, left, top, 14, 14, hue=hues[name], fill=hues[name], opacity=0.2)
        write(axes, left + 22, top + 7, [name], ha="left")
    fig.alt = _dependencies_alt(nodes, kept)
    return fig


def _legend_spots(names: Sequence[str], width: float) -> tuple[list[tuple[float, float]], float]:
    """Return where the entries of a legend go, line by line, and the room that they take."""
    spots, left, top = [], 8.0, 8.0
    for name in names:
        wide = 48 + CHARACTER * len(name)
        if left + wide - 20 > width:
            left, top = 8.0, top + 26
        spots.append((left, top))
        left += wide
    return spots, top + 26 if names else 0.0


def _edge(axes: object, way: Sequence[tuple[float, float, float]]) -> None:
    """Draw an arrow from the foot of one box to the head of another, straight past rows between."""
    points = [(way[0][0], way[0][2])]
    for x, top, bottom in way[1:-1]:
        points += [(x, top - 4), (x, bottom + 4)]
    points.append((way[-1][0], way[-1][1] - 2))
    arrow(axes, np.array(points), down=True)


def _dependencies_alt(nodes: Mapping[str, str], edges: Sequence[tuple[str, str]]) -> str:
    """Say what needs what."""
    arrows = f"{len(edges)} arrow{'s' * (len(edges) != 1)}"
    parts = [f"{len(nodes)} nodes with {arrows} from what comes first to what needs it"]
    for key, text in nodes.items():
        needed = [nodes[a] for a, b in edges if b == key]
        parts += [f"{text} needs {_alt.join(needed)}"] if needed else []
    free = [text for key, text in nodes.items() if not any(b == key for _, b in edges)]
    parts.append(f"nothing comes before {_alt.join(free)}")
    return " ".join(_alt.sentence(part) for part in parts)
