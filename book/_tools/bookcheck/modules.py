"""Rules that let a chapter and its code find each other."""

import ast
import re
from collections.abc import Iterator

from bookcheck.book import Book, Finding

NAMED = re.compile(r"^\s*Chapters?:\s*(?P<pages>\S.*)$", re.M)
EXERCISES = "dlbook.exercises."


def named_pages(book: Book) -> Iterator[Finding]:
    """Each public module names the page that teaches it, and that page lists the module."""
    for module, pages in taught_by(book).items():
        where = book.modules[module].relative_to(book.root).as_posix()
        if not pages:
            yield Finding(where, "its docstring needs a line `Chapter: book/….md`")
        for name in pages:
            page = book.page(name)
            if page is None:
                yield Finding(where, f"names {name}.md, which is not a page of the book")
            elif not _lists(page.front.get("teaches") or [], module) and not _hidden(book, module):
                yield Finding(where, f"names {name}.md, whose `teaches:` does not list {module}")


def named_modules(book: Book) -> Iterator[Finding]:
    """Each module that a page teaches names that page."""
    named = taught_by(book)
    for page in book.pages:
        for entry in page.front.get("teaches") or []:
            inside = [m for m in named if m == entry or m.startswith(f"{entry}.")]
            if not any(page.name in named[module] for module in inside):
                yield Finding(
                    page.name, f"teaches {entry}, whose docstring does not name this page"
                )


def taught_by(book: Book) -> dict[str, list[str]]:
    """Return the pages that each public module names; an ``__init__`` only re-exports."""
    found = {}
    for module, path in book.modules.items():
        if path.name == "__init__.py" or any(p.startswith("_") for p in module.split(".")):
            continue
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))) or ""
        match = NAMED.search(docstring)
        pages = re.split(r"[,\s]+", match["pages"].strip()) if match else []
        found[module] = [page.removesuffix(".md") for page in pages if page]
    return found


def _lists(entries: list[str], module: str) -> bool:
    """Tell whether a page's list has the module or a package that it is in."""
    return any(module == entry or module.startswith(f"{entry}.") for entry in entries)


def _hidden(book: Book, module: str) -> bool:
    """Tell whether a module holds the hidden cases of a chapter's exercises: it is not taught."""
    topics = {page.name.rpartition("/")[2].replace("-", "_") for page in book.chapters}
    return module.removeprefix(EXERCISES) in topics and module.startswith(EXERCISES)
