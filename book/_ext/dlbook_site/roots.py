"""What stands at the top of the site: the front page, the page for wrong addresses, the sitemap.

The front page is the book's own, with its links made to fit. It is no redirect: those have no
language, no title and no text, and search engines and screen readers meet them first.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sphinx.application import Sphinx

LINK = re.compile(r'(?P<name>\s(?:href|src|action|data-content_root))="(?P<value>[^"]*)"')
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def setup(app: Sphinx) -> None:
    """Connect to the build's events; the root page before anything writes a redirect there."""
    app.connect("html-collect-pages", not_found)
    app.connect("build-finished", write_root, priority=100)


def not_found(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page that a server shows for an address that leads nowhere."""
    yield "404", {}, "404.html"


def write_root(app: Sphinx, error: Exception | None) -> None:
    """Write the root page, and the sitemap where the site's address is known."""
    if error is not None or app.builder.format != "html":
        return
    out, root = Path(app.outdir), f"{app.config.root_doc}.html"
    front = out / root
    if root != "index.html" and front.is_file():
        out.joinpath("index.html").write_text(
            moved(front.read_text(encoding="utf8"), posixpath.dirname(root)), encoding="utf8"
        )
    sitemap = out / "sitemap.xml"
    if app.config.html_baseurl:
        sitemap.write_text(site_map(app), encoding="utf8")
        address = app.config.html_baseurl.rstrip("/")
        robots = f"User-agent: *\nAllow: /\nSitemap: {address}/sitemap.xml\n"
        out.joinpath("robots.txt").write_text(robots, encoding="utf8")
    else:
        sitemap.unlink(missing_ok=True)
        out.joinpath("robots.txt").unlink(missing_ok=True)


def moved(page: str, folder: str) -> str:
    """Return a page of ``folder`` as it must read at the top of the site.

    >>> moved('<a href="../x.css">', "book")
    '<a href="x.css">'
    >>> moved('<a href="how-to-use.html#top">', "book")
    '<a href="book/how-to-use.html#top">'
    >>> moved('<a href="https://example.org/">', "book")
    '<a href="https://example.org/">'
    """

    def fit(match: re.Match[str]) -> str:
        value = match["value"]
        if match["name"].strip() == "data-content_root":
            return f'{match["name"]}="./"'
        if not value or value.startswith("#") or ELSEWHERE.match(value):
            return match[0]
        path, mark, rest = re.fullmatch(r"([^?#]*)([?#]?)(.*)", value, re.S).groups()  # type: ignore[union-attr]
        path = posixpath.normpath(posixpath.join(folder, path)) if path else ""
        return f'{match["name"]}="{path}{mark}{rest}"'

    return LINK.sub(fit, page)


def site_map(app: Sphinx) -> str:
    """Return the sitemap: every page of the book, the front page under the site's own address."""
    base = app.config.html_baseurl.rstrip("/")
    names = ["" if n == app.config.root_doc else f"{n}.html" for n in sorted(app.env.found_docs)]
    lines = [f"  <url><loc>{escape(f'{base}/{name}')}</loc></url>" for name in sorted(names)]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>\n",
        ]
    )
