"""The code map: which chapter teaches which module, and back.

A chapter lists its modules in the front matter (``teaches``), a module names its chapter in its
docstring (``Chapter: book/network/perceptron.md``). ``{code-map}`` shows both directions and warns,
and so fails the build, where they differ.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.executed import Record, page_name, records
from dlbook_site.generated import (
    Cell,
    Generated,
    Kind,
    add_kind,
    joined,
    link,
    page_of,
    placeholder,
    table,
    warn,
)

CHAPTER = re.compile(r"^Chapter:\s*(?P<pages>\S.*)$", re.M)
HIDDEN_CASES = "dlbook.exercises."  # named by the exercises of a chapter, not taught in it


@dataclass(frozen=True)
class Module:
    """A public module of the library, as its docstring introduces it."""

    name: str
    summary: str
    pages: tuple[str, ...]  # as written in its docstring
    test: str  # the file that tests it, empty if there is none


class CodeMap(Generated):
    """``{code-map}``: two tables, from chapters to modules and from modules to chapters."""

    kind = "code-map"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    add_kind(app, CodeMap, Kind(fill, lambda app: modules(Path(app.srcdir))))


def modules(root: Path) -> list[Module]:
    """Return the public modules of the library, read from their sources and not imported."""
    found = []
    for path in sorted((root / "dlbook").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if not any(part.startswith("_") for part in parts):
            found.append(_module(path, ".".join(parts), root))
    return found


def anchor(module: str) -> str:
    """Return the name of a module's row."""
    return f"code-{module.replace('.', '-').replace('_', '-')}"


def module_place(app: Sphinx, module: str) -> tuple[str, str] | None:
    """Return page and anchor of a module's documentation, else of its row in the code map."""
    assert app.env is not None
    documented = app.env.domaindata.get("py", {}).get("modules", {}).get(module)
    if documented:
        return documented.docname, documented.node_id
    page = page_of(app.env, CodeMap.kind)
    known = page and any(m.name == module for m in modules(Path(app.srcdir)))
    return (page, anchor(module)) if page and known else None


def module_link(app: Sphinx, here: str, module: str) -> nodes.Node:
    """Return a module's name, linked to where it is described."""
    place = module_place(app, module)
    name = nodes.literal("", module)
    return link(app, here, place[0], name, place[1]) if place else name


def fill(app: Sphinx, here: str, node: placeholder) -> list[nodes.Node]:
    """Return both tables, after comparing the two directions."""
    book, library = records(app), modules(Path(app.srcdir))
    for problem in problems(app, book, library):
        warn(here, problem)
    by_name = {module.name: module for module in library}
    chapters: list[list[Cell]] = [
        [
            link(app, here, record.name, record.label),
            joined(module_link(app, here, module) for module in record.teaches),
        ]
        for record in book.values()
        if record.teaches
    ]
    code: list[list[Cell]] = [
        [
            module_link(app, here, module.name),
            module.summary,
            _page_links(app, here, module, book),
            nodes.literal("", module.test) if module.test else "–",
        ]
        for module in by_name.values()
    ]
    ids = [anchor(name) for name in by_name]
    return [
        nodes.rubric("", "From a chapter to its code"),
        table(["Chapter", "Modules it teaches"], chapters, classes=["code-map-chapters"]),
        nodes.rubric("", "From a module to its chapter"),
        table(
            ["Module", "What it does", "Explained in", "Tested in"],
            code,
            classes=["code-map-modules"],
            ids=ids,
        ),
    ]


def problems(app: Sphinx, book: dict[str, Record], library: list[Module]) -> Iterator[str]:
    """Yield each way in which chapters and modules do not find each other."""
    names = {module.name for module in library}
    for record in book.values():
        for taught in record.teaches:
            if taught not in names:
                yield f"{record.name} teaches {taught}, which is no public module of the library"
    for module in library:
        if not module.pages:
            yield f"{module.name} names no chapter; its docstring needs a line 'Chapter: book/….md'"
        named = {page_name(app.env, page): page for page in module.pages}
        for page, written in named.items():
            if page not in book:
                yield f"{module.name} names the chapter {written!r}, which is no page of the book"
            elif (
                book[page].teaches
                and module.name not in book[page].teaches
                and not module.name.startswith(HIDDEN_CASES)
            ):
                yield f"{module.name} names {page}, whose front matter does not teach it"
        for record in book.values():
            if module.name in record.teaches and record.name not in named:
                yield f"{record.name} teaches {module.name}, whose docstring does not name it"


def _page_links(
    app: Sphinx, here: str, module: Module, book: dict[str, Record]
) -> list[nodes.Node]:
    """Return links to the pages that a module names, as far as they exist."""
    pages = [page_name(app.env, page) for page in module.pages]
    return joined(link(app, here, page, book[page].label) for page in pages if page in book)


def _module(path: Path, name: str, root: Path) -> Module:
    """Return what a file's docstring says of it."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))) or ""
    summary = text.partition("\n\n")[0].replace("\n", " ").replace("``", "")
    match = CHAPTER.search(text)
    pages = tuple(page.strip() for page in match["pages"].split(",")) if match else ()
    inside = path.relative_to(root / "dlbook")
    test = Path("tests") / inside.parent / f"test_{inside.name}"
    return Module(name, summary, pages, test.as_posix() if (root / test).is_file() else "")
