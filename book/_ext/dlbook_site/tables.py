"""A table of a page as the pipes and dashes that notebook readers know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes

from dlbook_site.blocktext import Item

if TYPE_CHECKING:
    from dlbook_site.markdown import Markdown

MATH = re.compile(r"\$[^$]+\$")


def written(writer: Markdown, node: nodes.table) -> list[Item]:
    """Return a table, its title above it."""
    title = [
        writer.numbered("table", node, child)
        for child in node.children
        if isinstance(child, nodes.title)
    ]
    head = [row for part in node.findall(nodes.thead) for row in part]
    body = [row for part in node.findall(nodes.tbody) for row in part]
    num_columns = max(len(row) for row in (*head, *body))
    first = cells(writer, head[0]) if head else [""] * num_columns
    lines = [first, ["---"] * num_columns, *(cells(writer, row) for row in (*head[1:], *body))]
    return [*title, "\n".join(f"| {' | '.join(line)} |" for line in lines)]


def cells(writer: Markdown, row: nodes.row) -> list[str]:
    """Return a row's cells, each on one line and without a bare pipe."""
    with writer.nested():
        texts = [
            "<br>".join(part for part in writer.blocks(entry.children) if isinstance(part, str))
            for entry in row
        ]
    return [bare(text.replace("\n", "<br>")) for text in texts]


def bare(text: str) -> str:
    """Return a text whose pipes do not end the cell; in a formula a pipe is spelt out."""
    text = MATH.sub(lambda formula: formula[0].replace("|", r"\vert "), text)
    return text.replace("|", r"\|")
