"""The chapter graph: how chapters depend on each other, from their front matter (``needs``).

``{chapter-graph}`` draws it as inline SVG whose boxes are links, in the page's own colours, and
says the same as a list below. An arrow that others imply is left out of the drawing alone.
"""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.drawing import Edges, draw
from dlbook_site.executed import Record, records
from dlbook_site.generated import Generated, Kind, add_kind, joined, link, placeholder, warn


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
    titles = {name: (record.number, record.title) for name, record in chapters.items()}
    drawing = nodes.raw("", draw(titles, needs, uris, alt_text(chapters, needs)), format="html")
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


def alt_text(chapters: dict[str, Record], needs: Edges) -> str:
    """Return the graph in words."""
    said = []
    for name, direct in needs.items():
        wanted = " and ".join(chapters[n].label for n in chapters if n in direct)
        said += [f"{chapters[name].label} needs {wanted}"] if wanted else []
    free = [chapters[name].label for name, direct in needs.items() if not direct]
    sentences = [f"Needs nothing: {', '.join(free)}", *said]
    return "How chapters depend on each other. " + " ".join(f"{said}." for said in sentences)


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
