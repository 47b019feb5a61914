"""The drawing of the chapter graph: boxes in rows, arrows downwards, as inline SVG."""

import textwrap
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT, GAP_X, GAP_Y, LINE = 190, 68, 26, 44, 17
LANE = 10  # what an arrow takes where it passes through a row
IN_A_ROW = 3  # more would be too small to read on a phone

Edges = dict[str, set[str]]  # a chapter, and the chapters that it needs; in reading order


class Lane(NamedTuple):
    """A place in a row where an arrow passes."""

    start: str
    end: str


Row = list[str | Lane]


def reduced(needs: Edges) -> Edges:
    """Return the edges that no longer way implies."""
    above: Edges = {}
    for name in needs:  # in reading order: whatever a chapter needs comes before it
        above[name] = needs[name].union(*(above[n] for n in needs[name]))
    return {
        name: {n for n in direct if not any(n in above[m] for m in direct)}
        for name, direct in needs.items()
    }


def rows(needs: Edges) -> list[list[str]]:
    """Return the chapters in rows: each below everything that it needs."""
    level: dict[str, int] = {}
    for name in needs:
        level[name] = 1 + max((level[n] for n in needs[name]), default=-1)
    result = []
    for depth in range(max(level.values()) + 1):
        full = [name for name in needs if level[name] == depth]
        result += [full[i : i + IN_A_ROW] for i in range(0, len(full), IN_A_ROW)]
    return result


def with_lanes(grid: list[list[str]], edges: Edges) -> list[Row]:
    """Return the rows with a lane for each arrow that passes through, near where it comes from."""
    level = {name: depth for depth, row in enumerate(grid) for name in row}
    result: list[Row] = []
    for depth, row in enumerate(grid):
        passing = [
            Lane(needed, name)
            for name, direct in edges.items()
            for needed in direct
            if level[needed] < depth < level[name]
        ]
        above = [item.start if isinstance(item, Lane) else item for item in (result or [[]])[-1]]
        origin = {name: above.index(name) / len(above) for name in above}

        def wanted(item: str | Lane, origin: dict[str, float] = origin) -> float:
            starts = {item.start} if isinstance(item, Lane) else edges[item]
            places = [origin[name] for name in starts if name in origin]
            return sum(places) / len(places) if places else 0.5

        result.append(sorted([*row, *sorted(passing)], key=wanted))
    return result


def draw(titles: dict[str, tuple[str, str]], needs: Edges, uris: dict[str, str], words: str) -> str:
    """Return the graph as SVG. It is no image but a group of links, so each link is announced."""
    edges = reduced(needs)
    grid = with_lanes(rows(needs), edges)
    spans = [[LANE if isinstance(item, Lane) else WIDTH for item in row] for row in grid]
    width = max(sum(span) + GAP_X * (len(span) - 1) for span in spans) + 4
    height = len(grid) * HEIGHT + (len(grid) - 1) * GAP_Y + 4
    place: dict[str | Lane, list[tuple[float, float]]] = {}  # of an item: its middle, its top
    for depth, (row, span) in enumerate(zip(grid, spans, strict=True)):
        x = (width - sum(span) - GAP_X * (len(span) - 1)) / 2
        for item, wide in zip(row, span, strict=True):
            place.setdefault(item, []).append((x + wide / 2, 2 + depth * (HEIGHT + GAP_Y)))
            x += wide + GAP_X
    arrows = "".join(
        _arrow([*place[needed], *place.get(Lane(needed, name), []), *place[name]])
        for name, direct in edges.items()
        for needed in sorted(direct, key=list(needs).index)
    )
    boxes = "".join(_box(*titles[name], uris[name], *place[name][0]) for name in needs)
    return (
        f'<svg role="group" aria-label="{escape(words)}" '
        f'viewBox="0 0 {width:g} {height:g}" style="width:100%;max-width:{width:g}px;height:auto" '
        'font-family="var(--fig-font, inherit)" font-size="14.5">'
        '<defs><marker id="chapter-graph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--fig-muted, #6b6b6b)"/>'
        f"</marker></defs>{arrows}{boxes}</svg>"
    )


def _arrow(places: list[tuple[float, float]]) -> str:
    """Return a curve from the bottom of one box, through lanes, to the top of another."""
    x, top = places[0]
    y = top + HEIGHT
    path = f"M{x:g} {y:g}"
    for index, (to_x, top) in enumerate(places[1:], 2):
        last = index == len(places)
        to_y = top - 1 if last else top
        path += f"C{x:g} {y + GAP_Y / 2:g} {to_x:g} {to_y - GAP_Y / 2:g} {to_x:g} {to_y:g}"
        path += "" if last else f"V{top + HEIGHT:g}"
        x, y = to_x, top + HEIGHT
    return (
        f'<path d="{path}" fill="none" stroke="var(--fig-muted, #6b6b6b)" stroke-width="1.5" '
        'marker-end="url(#chapter-graph-tip)"/>'
    )


def _box(number: str, title: str, uri: str, x: float, y: float) -> str:
    """Return a chapter's box, a link, by its middle and its top."""
    lines = textwrap.wrap(f"{number} · {title}", 24, max_lines=3, placeholder=" …")
    top = y + HEIGHT / 2 + 5 - LINE * (len(lines) - 1) / 2
    words = "".join(
        f'<tspan x="{x:g}" y="{top + i * LINE:g}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    return (
        f'<a href="{escape(uri)}"><rect x="{x - WIDTH / 2:g}" y="{y:g}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="8" fill="var(--fig-paper, #fff)" '
        'stroke="var(--fig-blue, #2b5c8a)" stroke-width="1.5"/><text text-anchor="middle" '
        f'fill="var(--fig-ink, #1c1c1c)">{words}</text></a>'
    )
