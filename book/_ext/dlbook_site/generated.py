"""Pages that are made from what the build measured.

A directive leaves a placeholder when its page is read; when the page is written, the placeholder is
filled from the records of the executed notebooks (``executed.py``). A page with a placeholder is
written again whenever those data changed. It is never executed for that.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from dlbook_site.executed import records

logger = logging.getLogger(__name__)

Cell = str | nodes.Node | list[nodes.Node]


class placeholder(nodes.General, nodes.Element):
    """Stands for something generated until its page is written."""


@dataclass(frozen=True)
class Kind:
    """One thing that can be generated: what fills it, and what it depends on beyond the records."""

    fill: Callable[[Sphinx, str, placeholder], list[nodes.Node]]
    depends: Callable[[Sphinx], Any] = lambda app: None


class Generated(SphinxDirective):
    """A directive without content that leaves a placeholder."""

    kind: ClassVar[str]

    def run(self) -> list[nodes.Node]:
        """Leave the placeholder."""
        node = placeholder(kind=self.kind)
        self.set_source_info(node)
        self.prepare(node)
        _pages(self.env).setdefault(self.env.docname, set()).add(self.kind)
        return [node]

    def prepare(self, node: placeholder) -> None:
        """Put into the placeholder what can only be made while the page is read."""


KINDS: dict[str, Kind] = {}


def add_kind(app: Sphinx, directive: type[Generated], kind: Kind) -> None:
    """Register a directive and what fills its placeholder."""
    KINDS[directive.kind] = kind
    app.add_directive(directive.kind, directive)


def setup(app: Sphinx) -> None:
    """Connect to the build's events; late, because numbers are given in the same event."""
    app.add_node(placeholder)
    app.connect("env-purge-doc", lambda app, env, name: _pages(env).pop(name, None))
    app.connect("env-get-updated", outdated, priority=900)
    app.connect("doctree-resolved", fill)


def outdated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages to be written again because what they are made from changed."""
    used = set().union(*_pages(env).values())
    parts = [records(app), *(KINDS[kind].depends(app) for kind in sorted(used))]
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    known, env.dlbook_generated_from = getattr(env, "dlbook_generated_from", None), digest
    return [] if known == digest else sorted(_pages(env))


def fill(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Put the generated nodes in the placeholders' place."""
    for node in list(doctree.findall(placeholder)):
        node.replace_self(KINDS[node["kind"]].fill(app, name, node))


def page_of(env: BuildEnvironment, kind: str) -> str | None:
    """Return the page that holds something generated, if there is one."""
    return next((name for name, kinds in sorted(_pages(env).items()) if kind in kinds), None)


def warn(name: str, message: str) -> None:
    """Warn at a page, which fails the build and has the page read again by the next one."""
    logger.warning(message, location=(name, None))


def link(app: Sphinx, here: str, there: str, text: Cell, anchor: str = "") -> nodes.reference:
    """Return a link from one page to another."""
    uri = app.builder.get_relative_uri(here, there) if there != here else ""
    uri += f"#{anchor}" if anchor else ""
    return nodes.reference("", "", *_nodes(text), internal=True, refuri=uri)


def joined(parts: Iterable[nodes.Node], separator: str = ", ") -> list[nodes.Node]:
    """Return nodes with a separator between them."""
    result: list[nodes.Node] = []
    for part in parts:
        result += [nodes.Text(separator)] if result else []
        result.append(part)
    return result


def table(
    head: list[str], rows: list[list[Cell]], *, classes: list[str], ids: list[str] | None = None
) -> nodes.table:
    """Return a table whose first column heads its rows."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1, **({} if i else {"stub": 1})) for i in range(len(head))]
    group += nodes.thead("", _row(head))
    body = nodes.tbody("", *map(_row, rows))
    for row, name in zip(body, ids or [], strict=False):
        row["ids"].append(name)
    group += body
    return nodes.table("", group, classes=[*classes, "colwidths-auto"])


def _row(cells: Iterable[Cell]) -> nodes.row:
    """Return one row."""
    row = nodes.row()
    for cell in cells:
        content = _nodes(cell)
        if not any(isinstance(node, nodes.paragraph) for node in content):
            content = [nodes.paragraph("", "", *content)]
        row += nodes.entry("", *content)
    return row


def _nodes(cell: Cell) -> list[nodes.Node]:
    """Return a cell's content as nodes: paragraphs, or what belongs into one."""
    if isinstance(cell, str):
        return [nodes.Text(cell)] if cell else []
    return cell if isinstance(cell, list) else [cell]


def _pages(env: BuildEnvironment) -> dict[str, set[str]]:
    """Return the pages that hold something generated, with its kinds."""
    if not hasattr(env, "dlbook_generated"):
        env.dlbook_generated = {}
    return env.dlbook_generated
