"""Every link of a built site that leads into the site must lead somewhere, down to its anchor."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"href", "src", "xlink:href", "action", "poster"}


@dataclass
class Page(HTMLParser):
    """The anchors of a page and the links that leave from it."""

    anchors: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the parser up."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag's ids and links."""
        for name, value in attrs:
            if name == "id" and value:
                (self.repeated if value in self.anchors else self.anchors).add(value)
            elif name == "name" and tag == "a" and value:
                self.anchors.add(value)
            elif name in ADDRESSES and value:
                self.links.append(value)


def broken_links(folder: Path) -> list[str]:
    """Return each internal link without a target, as ``page: link: reason``."""
    pages = {path.resolve(): read(path) for path in sorted(folder.rglob("*.html"))}
    return [
        f"{path.relative_to(folder.resolve()).as_posix()}: {link}: {reason}"
        for path, page in pages.items()
        for link in dict.fromkeys(page.links)
        if (reason := _fault(folder.resolve(), path, link, pages))
    ]


def repeated_ids(folder: Path) -> list[str]:
    """Return each id that stands twice on a page, where a link to it is a matter of luck."""
    return [
        f"{path.relative_to(folder).as_posix()}: {name}"
        for path in sorted(folder.rglob("*.html"))
        for name in sorted(read(path).repeated)
    ]


def read(path: Path) -> Page:
    """Return a parsed page."""
    page = Page()
    page.feed(path.read_text(encoding="utf8"))
    page.close()
    return page


def _fault(folder: Path, path: Path, link: str, pages: dict[Path, Page]) -> str:
    """Return what is wrong with a link; nothing for a good one or one that leaves the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    if parts.path.startswith("/"):
        return "starts at the host's top, which a folder or a project page does not have"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(folder):
        return "leads out of the site"
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in {"top", *pages[target].anchors}:
        return "no such anchor"
    return ""
