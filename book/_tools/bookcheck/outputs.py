"""Rules for what the executed cells show: figures with alt text and caption, cards, feedback."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from bookcheck.book import Book, Finding

CLAIM = "application/vnd.dlbook.claim+json"
CHECK = "application/vnd.dlbook.check+json"
IMAGES = ("image/png", "image/jpeg", "image/svg+xml", "image/gif")
PICTURE = re.compile(r"<(?P<tag>svg|img|canvas)\b(?P<attributes>[^>]*)>", re.I)
ALT = re.compile(r"""\b(?:aria-label|alt)\s*=\s*(?P<quote>["'])(?P<alt>.*?)(?P=quote)""", re.S)
VAGUE_START = re.compile(
    r"\s*(?:an?|the)?\s*(?:\w+\s)?(?:plot|figure|image|chart|graph|picture|diagram)\b[\s:]*(?:of\b|showing|$)",
    re.I,
)
MARKDOWN_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(")
MIN_WORDS = 12
MIN_WORDS_DRAWN = 5


def executed(book: Book) -> Iterator[Finding]:
    """Each page with cells was executed, without an error and without noise."""
    for page in book.pages:
        if page.cells and book.notebook(page) is None:
            yield Finding(page.name, "was not executed; run `make book`")
        for number, _, output in book.outputs(page):
            where = f"{page.name}, cell {number}"
            if output["output_type"] == "error":
                yield Finding(where, f"{output['ename']}: {output['evalue']}")
            elif output.get("name") == "stderr":
                yield Finding(where, f"wrote to stderr: {output['text'][:200]!r}")


def alt_texts(book: Book) -> Iterator[Finding]:
    """Each figure says in words what it shows, with numbers from the data."""
    for page in book.pages:
        for number, cell, output in book.outputs(page):
            for alt in _alts(cell, output):
                problem = vague(alt)
                if problem:
                    yield Finding(
                        f"{page.name}, cell {number}",
                        f"a figure {problem}; say what it shows: ranges, ends, crossings, winners. "
                        f"Got {alt!r}",
                    )


def drawn_alt_texts(book: Book) -> Iterator[Finding]:
    """Each picture that is not computed has an alt text as well."""
    for page in book.pages:
        drawn = [
            (d.line, d.options.get("alt", ""))
            for d in page.directives
            if d.name in ("figure", "image")
        ]
        for match in MARKDOWN_IMAGE.finditer(page.markup):
            drawn.append((page.line(match.start()), match["alt"]))
        for match in PICTURE.finditer(page.markup):
            if match["tag"].lower() == "img":
                alt = ALT.search(match["attributes"])
                drawn.append((page.line(match.start()), alt["alt"] if alt else ""))
        for line, alt in drawn:
            if len(alt.split()) < MIN_WORDS_DRAWN or VAGUE_START.match(alt):
                yield Finding(
                    f"{page.name}.md:{line}",
                    f"a picture needs an alt text of at least {MIN_WORDS_DRAWN} words that says "
                    f"what it shows, got {alt!r}",
                )


def captions(book: Book) -> Iterator[Finding]:
    """Each figure has a name and a caption."""
    for page in book.pages:
        for number, cell, output in book.outputs(page):
            if not any(True for _ in _alts(cell, output)):
                continue
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            where = f"{page.name}, cell {number}"
            if not str(figure.get("name", "")).startswith("fig-"):
                yield Finding(where, f"the figure needs a name fig-…, got {figure.get('name')!r}")
            if len(str(figure.get("caption", "")).split()) < 4:
                yield Finding(where, "the figure needs a caption")


def shown_cards(book: Book) -> Iterator[Finding]:
    """The cards that the run showed are those of the registry, each on its pages."""
    shown = {
        (card["id"], page.name): card for page in book.pages for card in book.bundles(page, CLAIM)
    }
    wanted = {
        (name, page.name)
        for name, entry in book.registry.items()
        for chapter in entry["chapters"]
        if (page := book.page(chapter)) is not None
    }
    for name, page in sorted(wanted - shown.keys()):
        yield Finding(page, f"the run showed no card of {name!r}, which the registry promises")
    for name, page in sorted(shown.keys() - wanted):
        yield Finding(page, f"the run showed a card of {name!r}, which the registry does not list")


def solved(book: Book) -> Iterator[Finding]:
    """Each exercise that a page checks is passed by the page's own solution."""
    for page in book.pages:
        results: dict[str, bool] = {}
        for result in book.bundles(page, CHECK):
            results[result["id"]] = results.get(result["id"], False) or bool(result["passed"])
        for name, passed in results.items():
            if not passed:
                yield Finding(page.name, f"the page's solution of {name!r} does not pass its check")


def vague(alt: str) -> str:
    """Say what is wrong with a figure's alt text; empty if nothing is."""
    if not alt.strip():
        return "has no alt text"
    if VAGUE_START.match(alt):
        return "has an alt text that names a kind of picture instead of what it shows"
    if len(alt.split()) < MIN_WORDS:
        return f"has an alt text of {len(alt.split())} words; at least {MIN_WORDS} are due"
    if not re.search(r"\d", alt):
        return "has an alt text without a single number"
    return ""


def _alts(cell: dict[str, Any], output: dict[str, Any]) -> Iterator[str]:
    """Yield the alt text of each picture in an output; cards and feedback draw their own icons."""
    data = output.get("data", {})
    if CLAIM in data or CHECK in data:
        return
    html = _text(data.get("text/html", ""))
    pictures = [p for p in PICTURE.finditer(html) if 'aria-hidden="true"' not in p["attributes"]]
    for picture in pictures:
        alt = ALT.search(picture["attributes"])
        yield unescape(alt["alt"]) if alt else ""
    if pictures:
        return
    for mime in IMAGES:
        if mime in data:
            of_output = output.get("metadata", {}).get(mime, {}).get("alt")
            of_cell = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt")
            yield of_output or of_cell or ""
            return


def _text(value: Any) -> str:
    """Return a notebook's text, which may be a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value)
