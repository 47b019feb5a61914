"""What the build measured: one record a page, read from the executed notebooks.

The ledger, the run report, the chapter graph and ``dlbook list`` all take their data from here, so
none of them can say what no run has said. The records are also written to ``_build/book.json``.
"""

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CLAIM = "application/vnd.dlbook.claim+json"
CHECK = "application/vnd.dlbook.check+json"
SVG = re.compile(r"<svg\b[^>]*>", re.I)


@dataclass(frozen=True)
class Record:
    """A page, as its last execution left it."""

    name: str
    title: str
    number: str = ""
    description: str = ""
    teaches: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    seconds: float | None = None
    succeeded: bool | None = None  # None: the page has no code that is run
    claims: tuple[dict[str, Any], ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    figures: int = 0
    exercises: int = 0

    @property
    def label(self) -> str:
        """Return number and title."""
        return f"{self.number}. {self.title}" if self.number else self.title


@dataclass
class Outputs:
    """What the build looks for in a notebook's outputs."""

    claims: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)


def setup(app: Sphinx) -> None:
    """Connect to the build's events; late, because numbers are given in the same event."""
    app.connect("env-get-updated", write_book, priority=890)


def records(app: Sphinx) -> dict[str, Record]:
    """Return the record of each page, in the order of the book."""
    env = app.env
    assert env is not None
    return {name: record(app, name) for name in reading_order(env)}


def record(app: Sphinx, name: str) -> Record:
    """Return the record of one page."""
    env = app.env
    assert env is not None
    meta = env.metadata.get(name, {})
    run = getattr(env, "nb_metadata", {}).get(name, {}).get("exec_data") or {}
    found = outputs(load_notebook(app, name)) if run else Outputs()
    number = env.toc_secnumbers.get(name, {}).get("", ())
    listed = getattr(env, "sphinx_exercise_registry", {}).values()
    return Record(
        name=name,
        title=env.titles[name].astext() if name in env.titles else name,
        number=".".join(map(str, number or ())),
        description=str(meta.get("description", "")),
        teaches=names(meta.get("teaches")),
        needs=tuple(page_name(env, page) for page in names(meta.get("needs"))),
        seconds=run.get("runtime"),
        succeeded=run.get("succeeded"),
        claims=tuple(found.claims),
        checks=tuple(found.checks),
        figures=len(found.figures),
        exercises=sum(
            row["docname"] == name and row["type"].startswith("exercise") for row in listed
        ),
    )


def reading_order(env: BuildEnvironment) -> list[str]:
    """Return the pages in the order of the table of contents; the others after them."""
    order = [env.config.root_doc]
    for name in order:  # grows while it is walked: depth first
        children = [c for c in env.toctree_includes.get(name, []) if c not in order]
        place = order.index(name) + 1
        order[place:place] = children
    return [n for n in order if n in env.found_docs] + sorted(env.found_docs - set(order))


def page_name(env: BuildEnvironment, written: str) -> str:
    """Return the page that front matter, registry or docstring mean by ``network/perceptron``."""
    name = written.strip().removesuffix(".md")
    return f"book/{name}" if f"book/{name}" in env.found_docs else name


def names(value: Any) -> tuple[str, ...]:
    """Return a list of the front matter, which Sphinx keeps as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value]
    return tuple(str(item) for item in value or ())


def notebook_file(app: Sphinx, name: str) -> Path:
    """Return where the build keeps a page's executed notebook."""
    env = app.env
    return Path(env.mystnb_config.output_folder) / f"{name}.ipynb"  # type: ignore[union-attr]


def load_notebook(app: Sphinx, name: str) -> dict[str, Any]:
    """Return a page's executed notebook; an empty one if there is none."""
    path = notebook_file(app, name)
    return json.loads(path.read_text(encoding="utf8")) if path.is_file() else {"cells": []}


def outputs(notebook: dict[str, Any]) -> Outputs:
    """Return the claims, checks and figures that a notebook's cells left."""
    found = Outputs()
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if CLAIM in data:
                found.claims.append(data[CLAIM])
            elif CHECK in data:
                found.checks.append(data[CHECK])
            elif is_figure(data):
                found.figures.append(output)
    return found


def least_margin(card: dict[str, Any]) -> float | None:
    """Return the smaller of a claim's two margins: of what was measured, and of the control."""
    known = [card.get("margin"), card.get("control_margin")]
    return min((margin for margin in known if margin is not None), default=None)


def is_figure(data: dict[str, Any]) -> bool:
    """Tell whether an output's data are a picture."""
    html = joined(data.get("text/html", ""))
    return bool(SVG.search(html)) or "<img" in html or any(m.startswith("image/") for m in data)


def joined(text: str | list[str]) -> str:
    """Return a text that notebooks may keep as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def write_book(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the records where the command line finds them."""
    from dlbook import __version__
    from dlbook.seed import base_seed

    book = {
        "title": app.config.html_title,
        "version": __version__,
        "seed": base_seed(),
        "pages": [asdict(record) for record in records(app).values()],
    }
    write(Path(app.outdir).parent / "book.json", json.dumps(book, ensure_ascii=False, indent=1))
    return []


def write(path: Path, text: str) -> None:
    """Write a file at one stroke, so that no cut-off build leaves half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf8")
    fresh.replace(path)
