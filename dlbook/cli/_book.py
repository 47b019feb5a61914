"""The book's pages, read from the table of contents, their front matter, and the last build."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlbook
from dlbook.cli._trouble import Trouble, unknown

CLAIM = re.compile(r"\bclaim\(\s*[\"']([\w-]+)[\"']")
CODE_CELL = re.compile(r"^(?:`{3,}|:{3,})\{code-cell\}", re.M)
HEADING = re.compile(r"^# +(.+?)\s*$", re.M)
NO_REPOSITORY = (
    "no book here: the chapters come with the repository, not with the library alone.\n"
    "Clone it and call dlbook inside, or run a notebook that you downloaded: dlbook run NAME.ipynb"
)


@dataclass(frozen=True)
class Page:
    """A page of the book; ``number`` is 0 for a page that is no chapter."""

    name: str
    path: Path
    part: str
    number: int
    title: str
    teaches: tuple[str, ...]
    claims: int
    has_code: bool

    @property
    def topic(self) -> str:
        """The last part of the name, which people type."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Measured:
    """What the last build found out about a page; ``succeeded`` is None if it did not run it."""

    seconds: float | None = None
    succeeded: bool | None = None

    def __str__(self) -> str:
        """Return the run time in words."""
        if self.succeeded is False:
            return "failed"
        return "not run yet" if self.seconds is None else f"{self.seconds:.1f} s"


@dataclass(frozen=True)
class Book:
    """A repository of the book."""

    root: Path
    title: str
    pages: tuple[Page, ...]

    @property
    def chapters(self) -> list[Page]:
        """The pages that have a number."""
        return [page for page in self.pages if page.number]

    def page(self, name: str) -> Page:
        """Return the page of a name: a topic, a path with or without ``book/`` and ``.md``."""
        wanted = name.strip().strip("/").removesuffix(".md").removeprefix("book/").lower()
        for page in self.pages:
            if wanted in (page.topic.lower(), page.name.removeprefix("book/").lower()):
                return page
        raise unknown("chapter", wanted, [page.topic for page in self.pages if page.has_code])

    def measured(self) -> dict[str, Measured]:
        """Return what the last build measured, by the pages' names."""
        try:
            record = json.loads((self.root / "_build" / "book.json").read_text(encoding="utf8"))
            pages = record["pages"]
            return {p["name"]: Measured(p.get("seconds"), p.get("succeeded")) for p in pages}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


def find_book(start: Path | None = None) -> Book | None:
    """Return the book around a folder, else that of an editable install, else None."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, Path(dlbook.__file__).resolve().parents[1]):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return _read_book(folder)
    return None


def the_book() -> Book:
    """Return the book, or say that there is none and how to get it."""
    book = find_book()
    if book is None:
        raise Trouble(NO_REPOSITORY)
    return book


def front_matter(text: str) -> dict[str, Any]:
    """Return the settings at the top of a page; empty if there are none."""
    import yaml

    lines = text.split("\n")
    if lines[0].rstrip() != "---" or "---" not in (line.rstrip() for line in lines[1:]):
        return {}
    end = [line.rstrip() for line in lines].index("---", 1)
    settings = yaml.safe_load("\n".join(lines[1:end]))
    return settings if isinstance(settings, dict) else {}


def _read_book(root: Path) -> Book:
    """Read the table of contents and the pages."""
    toc = _yaml(root / "_toc.yml")
    title = _yaml(root / "_config.yml").get("title", root.name)
    pages, number = [], 0
    for file, part, is_chapter in _entries(toc):
        number += is_chapter
        pages.append(_read_page(root, str(file), part, number * is_chapter))
    return Book(root, str(title), tuple(pages))


def _entries(toc: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield each page of the contents, its part's caption, and whether it is a chapter."""
    if "root" in toc:
        yield toc["root"], "", False
    for part in toc.get("parts", [toc]):
        caption, numbered = str(part.get("caption", "")), bool(part.get("numbered", False))
        for chapter in part.get("chapters", []):
            yield chapter.get("file", ""), caption, numbered
            for section in chapter.get("sections", []):
                yield section.get("file", ""), caption, False


def _read_page(root: Path, name: str, part: str, number: int) -> Page:
    """Read what the list shows of a page."""
    path = (root / name).with_suffix(".md") if not name.endswith(".md") else root / name
    name = name.removesuffix(".md")
    if not path.is_file():
        return Page(name, path, part, number, "(the file is missing)", (), 0, False)
    text = path.read_text(encoding="utf8")
    try:
        settings = front_matter(text)
    except Exception as error:
        raise Trouble(f"{path}: its front matter cannot be read: {_first(error)}") from None
    teaches = settings.get("teaches") or ()
    heading = HEADING.search(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S))
    return Page(
        name,
        path,
        part,
        number,
        heading[1] if heading else name,
        tuple(map(str, [teaches] if isinstance(teaches, str) else teaches)),
        len(set(CLAIM.findall(text))),
        bool(CODE_CELL.search(text)),
    )


def _yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file as a mapping; an absent one is empty."""
    import yaml

    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf8"))
    except yaml.YAMLError as error:
        raise Trouble(f"{path} cannot be read: {_first(error)}") from None
    return content if isinstance(content, dict) else {}


def _first(error: Exception) -> str:
    """Return an error's message in one line."""
    return " ".join(str(error).split())[:200]
