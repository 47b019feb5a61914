"""What no page may contain.

A failed solution, a figure without words, glue from another page, markup that nobody read.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.executed import CHECK, CLAIM, SVG, is_figure, joined, load_notebook
from dlbook_site.generated import warn

NAMED = re.compile(r"\b(?:aria-label|aria-labelledby)\s*=\s*([\"'])\s*\S.*?\1|aria-hidden", re.S)
IMAGE = re.compile(r"<img\b[^>]*>", re.I)
MARKUP = re.compile(r"^(?:\{[\w:.#-]+\}|:{3,}|`{3,}|\([\w-]+\)=)|\{[\w:-]+\}`")
ALT = re.compile(r"\balt\s*=\s*([\"'])\s*\S.*?\1", re.S)


def setup(app: Sphinx) -> None:
    """Look at each page as soon as it was read, and so executed."""
    app.connect("doctree-read", inspect)


def inspect(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each fault, at the page that has it."""
    assert app.env is not None
    name = app.env.docname
    executed = getattr(app.env, "nb_metadata", {}).get(name, {}).get("exec_data")
    notebook = load_notebook(app, name) if executed else {"cells": []}
    found = [*foreign_glue(doctree), *unread_markup(doctree)]
    for fault in (*found, *faults(notebook, solution_cells(doctree))):
        warn(name, fault)


def foreign_glue(doctree: nodes.document) -> Iterator[str]:
    """Yield the glued values that a page takes from another one: they go stale silently."""
    for node in doctree.findall(nodes.Element):
        if type(node).__name__ == "PendingGlueReference":
            yield (
                f"glue across pages: {node['key']!r} comes from {node['refdoc']!r}; "
                "glue it in this page's own run"
            )


def unread_markup(doctree: nodes.document) -> Iterator[str]:
    """Yield the roles and directives that stand on the page as text, for want of a mark."""
    for node in doctree.findall(nodes.Text):
        shown_as_it_is = isinstance(node.parent, (nodes.FixedTextElement, nodes.literal, nodes.raw))
        found = MARKUP.search(node.astext().strip())
        if found and not shown_as_it_is:
            yield f"markup stands on the page as text: {node.astext().strip()[:40]!r}"


def solution_cells(doctree: nodes.document) -> set[int]:
    """Return the numbers of the cells that stand in a solution."""
    return {
        cell["cell_index"]
        for solution in doctree.findall(nodes.Element)
        if type(solution).__name__ == "solution_node"
        for cell in solution.findall(nodes.container)
        if "cell_index" in cell
    }


def faults(notebook: dict[str, Any], solutions: set[int]) -> Iterator[str]:
    """Yield what is wrong with the outputs of an executed page.

    A check may fail on purpose, to show what a reader would see; in a solution it may not.
    """
    for index, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            check = data.get(CHECK)
            if check is not None:
                if index in solutions and not check.get("passed"):
                    yield f"the solution of {check.get('id', '?')!r} does not pass its check"
            elif CLAIM not in data and is_figure(data):
                yield from _unnamed(cell, output)


def _unnamed(cell: dict[str, Any], output: dict[str, Any]) -> Iterator[str]:
    """Yield the pictures of an output that have no alt text."""
    data, metadata = output["data"], output.get("metadata", {})
    html = joined(data.get("text/html", ""))
    if html:
        bare = [tag for tag in SVG.findall(html)[:1] if not NAMED.search(tag)]
        bare += [tag for tag in IMAGE.findall(html) if not ALT.search(tag)]
    else:
        of_cell = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt")
        bare = [
            kind
            for kind in data
            if kind.startswith("image/") and not (metadata.get(kind, {}).get("alt") or of_cell)
        ]
    for _ in bare[:1]:
        yield (
            "a figure has no alt text; draw it with dlbook.plotting, or set fig.alt to a sentence "
            "that says what the figure shows"
        )
