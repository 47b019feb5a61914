"""Rules for references: every key resolves, every entry can be found by its reader."""

import re
from collections.abc import Iterator

from bookcheck.book import Book, Finding
from bookcheck.page import Page

IDENTIFIERS = ("doi", "eprint", "isbn", "issn", "url")
TARGET = re.compile(r"<([^<>]+)>\s*\Z")


def citations(book: Book) -> Iterator[Finding]:
    """Each citation and each fact names an entry of the bibliography."""
    for page in book.pages:
        for line, key in cited(page):
            if key not in book.bibliography:
                yield Finding(f"{page.name}.md:{line}", f"{key!r} is not in book/references.bib")
        for role in page.roles:
            if role.name == "fact" and not TARGET.search(role.text):
                yield Finding(
                    f"{page.name}.md:{role.line}",
                    f"{{fact}}`{role.text}` names no source; write {{fact}}`text <key>`",
                )


def identifiers(book: Book) -> Iterator[Finding]:
    """Each entry of the bibliography has a DOI, an arXiv id, an ISBN or an address."""
    for key, fields in book.bibliography.items():
        if not any(fields.get(name) for name in IDENTIFIERS):
            yield Finding(f"references.bib, {key}", f"has none of {', '.join(IDENTIFIERS)}")
        doi = fields.get("doi", "")
        if doi and not re.fullmatch(r"10\.\d{4,9}/\S+", doi):
            yield Finding(f"references.bib, {key}", f"{doi!r} is not a DOI; write 10.…/…")


def cited(page: Page) -> Iterator[tuple[int, str]]:
    """Yield each key that a page cites, with its line."""
    for role in page.roles:
        keys = ""
        if role.name.split(":")[0] in ("cite", "footcite"):
            keys = role.text
        elif role.name == "fact" and (target := TARGET.search(role.text)):
            keys = target[1]
        yield from ((role.line, key.strip()) for key in keys.split(",") if key.strip())
