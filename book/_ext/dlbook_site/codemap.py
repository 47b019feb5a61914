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

CHAPTER = re.compile(r"^\s*Chapters?:\s*(?P<pages>\S.*)$", re.M)
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


def within(module: str, entry: str) -> bool:
    """Tell whether a module is what an entry of ``teaches`` names, or inside it."""
    return module == entry or module.startswith(f"{entry}.")


def module_place(app: Sphinx, module: str) -> tuple[str, str] | None:
    """Return page and anchor of a module's documentation, else of its row in the code map."""
    assert app.env is not None
    documented = app.env.domaindata.get("py", {}).get("modules", {}).get(module)
    if documented:
        return documented.docname, documented.node_id
    page = page_of(app.env, CodeMap.kind)
    known = [m.name for m in modules(Path(app.srcdir)) if within(m.name, module)] if page else []
    return (page, anchor(known[0])) if page and known else None


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
        for module in library
    ]
    ids = [anchor(module.name) for module in library]
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
    topics = {name.rpartition("/")[2].replace("-", "_") for name in book}
    for record in book.values():
        for taught in record.teaches:
            inside = [module for module in library if within(module.name, taught)]
            if not inside:
                yield f"{record.name} teaches {taught}, which is no public module of the library"
            elif not any(record.name in _named(app, module) for module in inside):
                yield f"{record.name} teaches {taught}, whose docstring does not name it"
    for module in library:
        if not module.pages:
            yield f"{module.name} names no chapter; its docstring needs a line 'Chapter: book/….md'"
        hidden = module.name.removeprefix(HIDDEN_CASES) in topics
        for page in _named(app, module):
            if page not in book:
                yield f"{module.name} names the chapter {page!r}, which is no page of the book"
            elif not hidden and not any(within(module.name, t) for t in book[page].teaches):
                yield f"{module.name} names {page}, whose front matter does not teach it"


def _named(app: Sphinx, module: Module) -> list[str]:
    """Return the pages that a module's docstring names."""
    return [page_name(app.env, page) for page in module.pages]


def _page_links(
    app: Sphinx, here: str, module: Module, book: dict[str, Record]
) -> list[nodes.Node]:
    """Return links to the pages that a module names, as far as they exist."""
    pages = [page for page in _named(app, module) if page in book]
    return joined(link(app, here, page, book[page].label) for page in pages)


def _module(path: Path, name: str, root: Path) -> Module:
    """Return what a file's docstring says of it."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))) or ""
    summary = text.partition("\n\n")[0].replace("\n", " ").replace("``", "")
    match = CHAPTER.search(text)
    pages = tuple(re.split(r"[,\s]+", match["pages"].strip(" ,"))) if match else ()
    inside = path.relative_to(root / "dlbook")
    test = Path("tests") / inside.parent / f"test_{inside.name}"
    return Module(name, summary, pages, test.as_posix() if (root / test).is_file() else "")
