"""A page's executed notebook, converted for reading anywhere.

The text comes from the resolved doctree (``markdown.py``), code and outputs from the executed
notebook. Nothing in the result refers to files of the repository.
"""

import hashlib
import json
import os
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.blocktext import Code, Item
from dlbook_site.executed import load_notebook
from dlbook_site.inline import linked
from dlbook_site.markdown import Markdown
from dlbook_site.repository import Repository

GLUE = "application/papermill.record/"
FOLDING = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
STUB = "your-turn"
CHECKER = "from dlbook.exercises import check"
LICENCE = "Text and figures: CC BY 4.0. Code: MIT."


def converted(
    app: Sphinx, name: str, doctree: nodes.document, home: Repository | None, edition: str
) -> dict[str, Any]:
    """Return a page's notebook, ready to be written."""
    executed = load_notebook(app, name)
    site = app.config.html_baseurl or (home.pages_url if home else "")
    writer = Markdown(app, name, site)
    items = writer.page(doctree)
    cells = [*_assembled(items, executed["cells"], writer), *_sources(writer)]
    about = _about(app, writer.address, edition)
    if cells and cells[0]["cell_type"] == "markdown":
        heading, _, rest = cells[0]["source"].partition("\n\n")
        cells[0]["source"] = heading + "\n\n" + about
        cells.insert(1, _code(install(home)))
        if rest:
            cells.insert(2, _markdown(rest, writer))
    for index, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{name} {index}".encode()).hexdigest()[:12]
    kept = {
        key: executed["metadata"][key]
        for key in ("kernelspec", "language_info")
        if key in executed.get("metadata", {})
    }
    title = app.env.titles[name].astext()  # type: ignore[union-attr]
    return {
        "cells": cells,
        "metadata": {**kept, "title": title},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def install(home: Repository | None) -> str:
    """Return the cell that installs the library where it is missing, or says how to."""
    from dlbook import __version__

    what = "# This notebook uses dlbook, the library of the book.\n"
    if home is None:
        return (
            f"{what}# Where it is missing, install the wheel that comes with the book:\n"
            f"# %pip install dlbook-{__version__}-py3-none-any.whl"
        )
    commit = os.environ.get("GITHUB_SHA", "")  # where a forge builds the book, this is public
    at = f"@{commit}" if commit else ""
    return (
        f"{what}import importlib.util\n\n"
        'if importlib.util.find_spec("dlbook") is None:\n'
        f'    %pip install --quiet "dlbook @ git+{home.url}{at}"'
    )


def text(notebook: dict[str, Any]) -> str:
    """Return a notebook as the text of its file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _about(app: Sphinx, address: str, edition: str) -> str:
    """Return where the notebook comes from."""
    book = app.config.html_title
    named = f"[{book}]({address})" if address else book
    return f"*From {named}, {edition}. {LICENCE}*"


def _sources(writer: Markdown) -> list[dict[str, Any]]:
    """Return the references that the page cites: a notebook has no bibliography page."""
    if not writer.sources:
        return []
    lines = [f"- {linked(source)}" for source in sorted(writer.sources)]
    return [_markdown("## Sources\n\n" + "\n".join(lines), writer)]


def _assembled(
    items: list[Item], executed: list[dict[str, Any]], writer: Markdown
) -> list[dict[str, Any]]:
    """Return the cells: texts, executed cells and stubs, with the cells that the page hides."""
    cells: list[dict[str, Any]] = []
    done = -1
    for item in items:
        if isinstance(item, str):
            cells.append(_markdown(item, writer))
        elif item.index is None:
            cells.append(_code(_with_checker(item.source, cells), tags=[STUB]))
        else:
            cells += _hidden(executed, done + 1, item.index)
            cells.append(_executed(executed[item.index], item))
            done = item.index
    return cells + _hidden(executed, done + 1, len(executed))


def _with_checker(stub: str, before: list[dict[str, Any]]) -> str:
    """Return a stub that finds the checker: the page imports it where its solutions run."""
    imported = any(CHECKER in cell["source"] for cell in before if cell["cell_type"] == "code")
    needed = "check(" in stub and CHECKER not in stub and not imported
    return f"{CHECKER}\n\n\n{stub}" if needed else stub


def _hidden(executed: list[dict[str, Any]], start: int, stop: int) -> list[dict[str, Any]]:
    """Return the code cells that the page does not show, but later cells may need."""
    return [_executed(cell, Code()) for cell in executed[start:stop] if cell["cell_type"] == "code"]


def _executed(cell: dict[str, Any], item: Code) -> dict[str, Any]:
    """Return an executed cell: its source, what it left, and whether it is folded away."""
    tags = cell["metadata"].get("tags", [])
    result = _code("".join(cell["source"]), tags=tags)
    if item.folded or FOLDING & set(tags):
        result["metadata"]["jupyter"] = {"source_hidden": True}
    result["execution_count"] = cell.get("execution_count")
    result["outputs"] = [output for output in map(_output, cell["outputs"]) if output]
    return result


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    """Return an output without what only the build reads; None if nothing else is in it."""
    if "data" not in output:
        return output
    data = {kind: value for kind, value in output["data"].items() if not kind.startswith(GLUE)}
    return {**output, "data": data} if data else None


def _code(source: str, tags: list[str] | None = None) -> dict[str, Any]:
    """Return a code cell that was not run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": tags} if tags else {},
        "outputs": [],
        "source": source,
    }


def _markdown(source: str, writer: Markdown) -> dict[str, Any]:
    """Return a text cell with the pictures that it shows."""
    cell: dict[str, Any] = {"cell_type": "markdown", "metadata": {}, "source": source}
    shown = {n: data for n, data in writer.attachments.items() if f"(attachment:{n})" in source}
    return {**cell, "attachments": shown} if shown else cell
