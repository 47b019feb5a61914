"""Rules for ``glue``: page-local, always with a format, never without a value."""

import ast
from collections.abc import Iterator

from dlbook_site.cells import parsed

from bookcheck.book import Book, Finding
from bookcheck.page import Page


def page_local(book: Book) -> Iterator[Finding]:
    """No page shows a number of another page: it would go stale silently."""
    for page in book.pages:
        for role in page.roles:
            if role.name.split(":")[0] == "glue" and "::" in role.text:
                yield Finding(
                    f"{page.name}.md:{role.line}",
                    f"{{{role.name}}}`{role.text}` takes a number from another page; glue is "
                    "page-local, measure it here or refer to the other page in words",
                )
        for directive in page.directives:
            if directive.name.split(":")[0] == "glue" and (
                "::" in directive.argument or "doc" in directive.options
            ):
                yield Finding(f"{page.name}.md:{directive.line}", "glue from another page")


def formatted(book: Book) -> Iterator[Finding]:
    """A glued number is shown as text with a format."""
    for page in book.pages:
        for role in page.roles:
            if role.name.split(":")[0] != "glue":
                continue
            name, colon, spec = role.text.partition(":")
            where = f"{page.name}.md:{role.line}"
            if role.name != "glue:text" or not colon or not spec:
                yield Finding(
                    where,
                    f"write {{glue:text}}`{name}:FORMAT`, with a format such as .1%, .2f or d; "
                    f"got {{{role.name}}}`{role.text}`",
                )


def produced(book: Book) -> Iterator[Finding]:
    """Each glued number that the prose shows comes from a cell of the page."""
    for page in book.pages:
        wanted = [r for r in page.roles if r.name.split(":")[0] == "glue" and "::" not in r.text]
        made = names(page) | executed_names(book, page)
        for role in wanted:
            name = role.text.partition(":")[0]
            if name not in made:
                yield Finding(f"{page.name}.md:{role.line}", f"no cell of the page glues {name!r}")


def shown(book: Book) -> Iterator[Finding]:
    """A number that is glued is shown: else it is dead code, or its sentence was lost."""
    for page in book.pages:
        used = {r.text.partition(":")[0] for r in page.roles if r.name.split(":")[0] == "glue"}
        for name in sorted(names(page) - used):
            yield Finding(page.name, f"{name!r} is glued, but no sentence shows it")


def names(page: Page) -> set[str]:
    """Return the names that the page's cells glue, as far as the code says."""
    found: set[str] = set()
    for cell in page.cells:
        for node in ast.walk(parsed(cell.code) or ast.Module([], [])):
            if isinstance(node, ast.Call) and _last_name(node.func) == "glue":
                found |= {k.arg for k in node.keywords if k.arg}
    return found


def executed_names(book: Book, page: Page) -> set[str]:
    """Return the names that the page's cells glued when they were executed."""
    marks = (o.get("metadata", {}).get("scrapbook", {}) for _, _, o in book.outputs(page))
    return {mark["name"] for mark in marks if "name" in mark}


def _last_name(node: ast.AST) -> str:
    """Return the last name of ``a.b.name``."""
    return getattr(node, "attr", getattr(node, "id", ""))
