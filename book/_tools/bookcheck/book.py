"""The book as the tools see it: its pages, its library, its registry, its executed notebooks."""

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bookcheck.page import Page

GENERATED = ("genindex", "search")  # pages that Sphinx writes; their sources are empty


class Finding(NamedTuple):
    """Something that breaks a rule of the book."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class Book:
    """A book's folder; what is asked of it is read once."""

    root: Path

    @cached_property
    def toc(self) -> dict[str, Any]:
        """The table of contents."""
        return yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf8"))

    @cached_property
    def pages(self) -> list[Page]:
        """The pages with a source of their own, in the order of the table of contents."""
        names = [self.toc["root"], *_files(self.toc)]
        paths = {name: self.root / f"{name.removesuffix('.md')}.md" for name in names}
        pages = [Page(n.removesuffix(".md"), p) for n, p in paths.items() if p.is_file()]
        return [page for page in pages if page.name not in GENERATED]

    @cached_property
    def chapters(self) -> list[Page]:
        """The pages of the numbered parts."""
        numbered = [p for p in self.toc.get("parts", []) if p.get("numbered")]
        names = {name.removesuffix(".md") for part in numbered for name in _files(part)}
        return [page for page in self.pages if page.name in names]

    @cached_property
    def registry(self) -> dict[str, dict[str, Any]]:
        """The claims by id."""
        path = self.root / "dlbook" / "claims.yml"
        rows = yaml.safe_load(path.read_text(encoding="utf8")) if path.is_file() else {}
        return {row["id"]: row for row in (rows or {}).get("claims", [])}

    @cached_property
    def bibliography(self) -> dict[str, dict[str, str]]:
        """The entries of the bibliography by key, with their fields."""
        from pybtex.database import parse_file

        path = self.root / "book" / "references.bib"
        if not path.is_file():
            return {}
        entries = parse_file(str(path)).entries
        return {key: {n.lower(): v for n, v in e.fields.items()} for key, e in entries.items()}

    @cached_property
    def modules(self) -> dict[str, Path]:
        """The modules of the library by name, packages by their ``__init__``."""
        found = {}
        for path in sorted((self.root / "dlbook").rglob("*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    def page(self, name: str) -> Page | None:
        """Return a page by its name, with or without the leading folder."""
        wanted = {name, f"book/{name}"}
        return next((page for page in self.pages if page.name in wanted), None)

    def notebook(self, page: Page) -> dict[str, Any] | None:
        """Return the executed notebook of a page, None if it was not executed."""
        path = self.root / "_build" / "jupyter_execute" / f"{page.name}.ipynb"
        return json.loads(path.read_text(encoding="utf8")) if path.is_file() else None

    def outputs(self, page: Page) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
        """Yield the number of the code cell, the cell and the output, for each output."""
        number = 0
        for cell in (self.notebook(page) or {"cells": []})["cells"]:
            if cell["cell_type"] == "code":
                number += 1
                for output in cell["outputs"]:
                    yield number, cell, output

    def bundles(self, page: Page, mime: str) -> list[dict[str, Any]]:
        """Return what the executed cells of a page displayed under a MIME type."""
        return [
            output["data"][mime]
            for _, _, output in self.outputs(page)
            if mime in output.get("data", {})
        ]

    @cached_property
    def sabotage(self) -> list[dict[str, Any]]:
        """The named sabotages."""
        path = self.root / "tests" / "book" / "sabotage.yml"
        rows = yaml.safe_load(path.read_text(encoding="utf8")) if path.is_file() else {}
        return (rows or {}).get("sabotage", [])

    @cached_property
    def tested_equations(self) -> dict[str, str]:
        """The labels of equations that tests are marked with, and the file of each."""
        found = {}
        for path in sorted((self.root / "tests").rglob("test_*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.eq":
                    for argument in node.args:
                        label = ast.literal_eval(argument)
                        found[label] = path.relative_to(self.root).as_posix()
        return found


Rule = Callable[[Book], Iterator[Finding]]


def _files(entry: Any) -> Iterator[str]:
    """Yield the files that a part of the table of contents names, in order."""
    if isinstance(entry, dict):
        if "file" in entry:
            yield entry["file"]
        for key in ("parts", "chapters", "sections", "subtrees", "entries"):
            yield from _files(entry.get(key))
    elif isinstance(entry, list):
        for item in entry:
            yield from _files(item)
