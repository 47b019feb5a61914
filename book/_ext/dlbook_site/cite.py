"""The cite box at the end of each page: plain words and BibTeX, for the book and for the chapter.

The commit that it names is the one at which the page was built. A page that a later build did not
write again keeps the commit that it shows: it is the state of the book that the page came from.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.download import edition
from dlbook_site.executed import record
from dlbook_site.repository import commit

TEX = re.compile(r"[&%$#_{}]")
KEY = "foundations-of-deep-learning"


@dataclass(frozen=True)
class Work:
    """What a citation says: of the book, or of one of its chapters."""

    author: str
    title: str
    year: str
    edition: str
    url: str = ""
    chapter: str = ""  # its title; empty for the book as a whole
    number: str = ""
    slug: str = ""

    def plain(self) -> str:
        """Return the citation in words."""
        place = f"In {self.title} (chapter {self.number})" if self.chapter else ""
        parts = [f"{self.author} ({self.year})", self.chapter or self.title, place, self.note()]
        return ". ".join(filter(None, parts)) + "." + (f" {self.url}" if self.url else "")

    def bibtex(self) -> str:
        """Return the citation as BibTeX."""
        kind = "incollection" if self.chapter else "book"
        fields = {
            "author": self.names(),
            "title": _tex(self.chapter or self.title),
            "booktitle": _tex(self.title) if self.chapter else "",
            "chapter": self.number if self.chapter else "",
            "year": self.year,
            "note": _tex(self.note()),
            "url": self.url,
        }
        body = "".join(f"  {name:<9} = {{{text}}},\n" for name, text in fields.items() if text)
        key = f"{KEY}:{self.slug}" if self.slug else KEY
        return f"@{kind}{{{key},\n{body}}}"

    def names(self) -> str:
        """Return the authors as BibTeX reads them; a group's name is kept whole."""
        if self.author.lower().startswith("the "):
            return f"{{{_tex(self.author)}}}"
        return " and ".join(_tex(name.strip()) for name in re.split(r",| and ", self.author))

    def note(self) -> str:
        """Return which state of the book is cited."""
        return self.edition[:1].upper() + self.edition[1:]


def setup(app: Sphinx) -> None:
    """Put the box in behind everything else."""
    app.connect("html-page-context", add_box, priority=700)


def add_box(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Append the box to a page."""
    if doctree is None or app.builder.format != "html":
        return
    book, chapter = works(app, name)
    what = "chapter" if chapter else "book"
    entries = [(label, work) for label, work in (("Chapter", chapter), ("Book", book)) if work]
    blocks = "".join(_block(label, work) for label, work in entries)
    context["body"] += (
        f'\n<details class="cite-box"><summary>Cite this {what}</summary>{blocks}</details>\n'
    )


def works(app: Sphinx, name: str) -> tuple[Work, Work | None]:
    """Return how to cite the book and, for a page with a number, the chapter."""
    root = Path(app.srcdir)
    at = commit(root)
    site = app.config.html_baseurl
    shared = {
        "author": app.config.author,
        "title": app.config.html_title,
        "year": at.year if at else str(datetime.now(UTC).year),
        "edition": edition(root),
    }
    page = record(app, name)
    book = Work(**shared, url=site)
    if not page.number:
        return book, None
    url = f"{site.rstrip('/')}/{app.builder.get_target_uri(name)}" if site else ""
    slug = name.rpartition("/")[2]
    return book, Work(**shared, url=url, chapter=page.title, number=page.number, slug=slug)


def _block(label: str, work: Work) -> str:
    """Return one citation; the site's own copy button finds the BibTeX by its classes."""
    return (
        f'<p class="cite-label">{label}</p><p class="cite-plain">{escape(work.plain())}</p>'
        '<div class="highlight-bibtex notranslate"><div class="highlight">'
        f'<pre tabindex="0">{escape(work.bibtex())}\n</pre></div></div>'
    )


def _tex(text: str) -> str:
    """Return a text without characters that TeX takes for its own."""
    return TEX.sub(r"\\\g<0>", text)
