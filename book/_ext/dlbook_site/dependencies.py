"""The chapter graph: how chapters depend on each other, from their front matter (``needs``).

``{chapter-graph}`` draws it as inline SVG whose boxes are links, in the page's own colours, and
says the same as a list below. An arrow that others imply is left out of the drawing alone.
"""

import textwrap
from collections.abc import Iterator
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.executed import Record, records
from dlbook_site.generated import Generated, Kind, add_kind, joined, link, placeholder, warn

WIDTH, HEIGHT, GAP_X, GAP_Y, LINE = 190, 62, 26, 44, 17
IN_A_ROW = 3  # more would be too small to read on a phone

Edges = dict[str, set[str]]  # a chapter, and the chapters that it needs


class ChapterGraph(Generated):
    """``{chapter-graph}``: the drawing, then the list."""

    kind = "chapter-graph"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    add_kind(app, ChapterGraph, Kind(fill))


def fill(app: Sphinx, here: str, node: placeholder) -> list[nodes.Node]:
    """Return the drawing and the list."""
    book = records(app)
    for problem in problems(book):
        warn(here, problem)
    chapters = {name: record for name, record in book.items() if record.number}
    order = list(chapters)
    needs = {
        name: {n for n in record.needs if n in chapters and order.index(n) < order.index(name)}
        for name, record in chapters.items()
    }
    if not chapters:
        return []
    uris = {name: app.builder.get_relative_uri(here, name) for name in chapters}
    items = [
        nodes.list_item("", nodes.paragraph("", "", *_item(app, here, record, needs, chapters)))
        for record in chapters.values()
    ]
    drawing = nodes.raw("", draw(chapters, needs, uris), format="html")
    figure = nodes.container("", drawing, classes=["chapter-graph"])
    return [figure, nodes.bullet_list("", *items, classes=["chapter-graph-list"])]


def problems(book: dict[str, Record]) -> Iterator[str]:
    """Yield each prerequisite that a reader could not have read before."""
    order = list(book)
    for record in book.values():
        for needed in record.needs:
            if needed not in book:
                yield f"{record.name} needs {needed!r}, which is no page of the book"
            elif order.index(needed) >= order.index(record.name):
                yield f"{record.name} needs {needed!r}, which does not come before it"


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


def alt_text(chapters: dict[str, Record], needs: Edges) -> str:
    """Return the graph in words."""
    said = []
    for name, direct in needs.items():
        wanted = " and ".join(chapters[n].label for n in chapters if n in direct)
        said += [f"{chapters[name].label} needs {wanted}"] if wanted else []
    free = [chapters[name].label for name, direct in needs.items() if not direct]
    return f"How chapters depend on each other. Needs nothing: {', '.join(free)}. " + "".join(
        f"{sentence}. " for sentence in said
    )


def draw(chapters: dict[str, Record], needs: Edges, uris: dict[str, str]) -> str:
    """Return the graph as SVG. It is no image but a group of links, so each link is announced."""
    grid = rows(needs)
    across = max(map(len, grid))
    width = across * WIDTH + (across - 1) * GAP_X + 4
    height = len(grid) * HEIGHT + (len(grid) - 1) * GAP_Y + 4
    place = {}
    for y, row in enumerate(grid):
        left = (width - len(row) * WIDTH - (len(row) - 1) * GAP_X) / 2
        for x, name in enumerate(row):
            place[name] = (left + x * (WIDTH + GAP_X), 2 + y * (HEIGHT + GAP_Y))
    arrows = "".join(
        _arrow(place[needed], place[name])
        for name, direct in reduced(needs).items()
        for needed in sorted(direct, key=list(needs).index)
    )
    boxes = "".join(_box(chapters[name], uris[name], place[name]) for name in needs)
    return (
        f'<svg role="group" aria-label="{escape(alt_text(chapters, needs).strip())}" '
        f'viewBox="0 0 {width:g} {height:g}" style="width:100%;max-width:{width:g}px;height:auto" '
        'font-family="var(--fig-font, inherit)" font-size="14.5">'
        '<defs><marker id="chapter-graph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--fig-muted, #6b6b6b)"/>'
        f"</marker></defs>{arrows}{boxes}</svg>"
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a curve from the bottom of one box to the top of another."""
    x1, y1 = start[0] + WIDTH / 2, start[1] + HEIGHT
    x2, y2 = end[0] + WIDTH / 2, end[1] - 1
    bend = (y2 - y1) / 2
    return (
        f'<path d="M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}" '
        'fill="none" stroke="var(--fig-muted, #6b6b6b)" stroke-width="1.5" '
        'marker-end="url(#chapter-graph-tip)"/>'
    )


def _box(record: Record, uri: str, place: tuple[float, float]) -> str:
    """Return a chapter's box, a link."""
    x, y = place
    lines = textwrap.wrap(record.title, 22, max_lines=2, placeholder=" …")
    lines[0] = f"{record.number} · {lines[0]}"
    top = y + HEIGHT / 2 + 5 - LINE * (len(lines) - 1) / 2
    words = "".join(
        f'<tspan x="{x + WIDTH / 2:g}" y="{top + i * LINE:g}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    return (
        f'<a href="{escape(uri)}"><rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" '
        'rx="8" fill="var(--fig-paper, #fff)" stroke="var(--fig-blue, #2b5c8a)" '
        f'stroke-width="1.5"/><text text-anchor="middle" fill="var(--fig-ink, #1c1c1c)">{words}'
        "</text></a>"
    )


def _item(
    app: Sphinx, here: str, record: Record, needs: Edges, chapters: dict[str, Record]
) -> list[nodes.Node]:
    """Return what the list says of a chapter."""
    parts: list[nodes.Node] = [link(app, here, record.name, record.label)]
    direct = [chapters[name] for name in chapters if name in needs[record.name]]
    if direct:
        wanted = joined((link(app, here, n.name, n.label) for n in direct), " and ")
        parts += [nodes.Text(" needs "), *wanted]
    return parts
