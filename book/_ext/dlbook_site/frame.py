"""What the templates ask for: titles, descriptions, the contents, the foot, the logo."""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from dlbook_site.repository import repository

BOOK = Path(__file__).resolve().parents[2]

FONTS = ["literata-400", "literata-600", "fira-sans-400", "fira-sans-600"]
# Runs before the first paint, so that a page never flashes in the other mode.
FIRST_SCRIPT = (
    '(function(d){var m;try{m=localStorage.getItem("mode")}catch(e){}'
    'd.dataset.theme=m||(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light");'
    'd.classList.add("js");'
    # Early, so that no text jumps when its font arrives; browsers refuse this in a plain folder.
    'if(location.protocol!="file:")' + repr(FONTS) + ".forEach(function(f){"
    'var l=document.createElement("link");l.rel="preload";l.as="font";l.type="font/woff2";'
    'l.crossOrigin="";l.href=d.dataset.content_root+"_static/fonts/"+f+".woff2";'
    "document.head.append(l)})})(document.documentElement)"
)
DESCRIPTIONS = {
    "genindex": "Every term of the book, in the order of the alphabet.",
    "search": "Search the text of the book.",
    "404": "The address leads to no page of this book.",
    "prf-prf": "Every definition, theorem and proof of the book.",
    "py-modindex": "Every module of the book's library.",
    "_modules/index": "The source code of the book's library, module by module.",
}


class Site:
    """What the templates ask for, for one page."""

    def __init__(self, app: Sphinx, page: str, meta: dict[str, Any] | None, digest: str) -> None:
        """Look at a page; ``digest`` is the stylesheet's, so that browsers fetch a new one."""
        self.app, self.page, self.meta, self.style_digest = app, page, meta or {}, digest

    @property
    def book(self) -> str:
        """Return the book's title."""
        return self.app.config.html_title or self.app.config.project

    @property
    def is_front(self) -> bool:
        """Tell whether this is the front page."""
        return self.page == self.app.config.root_doc

    @property
    def body_class(self) -> str:
        """Return the class by which the stylesheet knows the kind of page."""
        if self.is_front:
            return "front"
        return "chapter" if self.meta.get("teaches") is not None else "plain"

    @property
    def description(self) -> str:
        """Return the sentence that search engines show."""
        if "description" in self.meta:
            return str(self.meta["description"])
        if self.page.startswith("_modules/") and self.page not in DESCRIPTIONS:
            module = self.page.removeprefix("_modules/").replace("/", ".")
            return f"The source code of the module {module}."
        return DESCRIPTIONS.get(self.page, f"A page of {self.book}.")

    @property
    def address(self) -> str | None:
        """Return the page's address on the web, if the site has one."""
        base = self.app.config.html_baseurl
        path = "" if self.is_front else f"{self.page}.html"
        return f"{base.rstrip('/')}/{path}" if base and self.page != "404" else None

    def page_title(self, title: str) -> str:
        """Return the text of the title element."""
        return escape(self.book if self.is_front or not title else f"{title} · {self.book}")

    def head(self, title: str) -> str:
        """Return the description, the canonical address and the OpenGraph tags."""
        tags = [("name", "description", self.description)]
        tags += [("name", "color-scheme", "light dark")]
        tags += [("property", "og:title", self.book if self.is_front else title or self.book)]
        tags += [("property", "og:type", "book" if self.is_front else "article")]
        tags += [("property", "og:site_name", self.book)]
        tags += [("property", "og:description", self.description)]
        lines = []
        if self.address:
            lines.append(f'<link rel="canonical" href="{escape(self.address)}">')
            tags.append(("property", "og:url", self.address))
        lines += [f'<meta {kind}="{name}" content="{escape(text)}">' for kind, name, text in tags]
        return "\n".join(lines)

    def footer(self, pathto: Callable[..., str]) -> str:
        """Return the lines at the foot of every page."""
        pages = {"book/back/citing": "How to cite", "book/back/errata": "Errata"}
        links = [
            f'<a href="{pathto(name)}">{text}</a>'
            for name, text in pages.items()
            if name in self.app.env.found_docs
        ]
        links.append(f'<a href="{pathto("genindex")}">Index</a>')
        source = _source(Path(self.app.srcdir))
        if source:
            links.append(f'<a href="{escape(source)}">Source</a>')
        licence = (
            f"© {escape(str(self.app.config.copyright))} the authors · text and figures "
            '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>, '
            'code <a href="https://opensource.org/license/mit" rel="license">MIT</a>'
        )
        return f"<p>{licence}</p>\n<p>{' · '.join(links)}</p>"

    def contents(self, chapters: str, sections: str) -> str:
        """Return the list of chapters, the sections of this one below its own line."""
        soup = BeautifulSoup(chapters, "html.parser")
        own = BeautifulSoup(sections or "", "html.parser").select_one("ul > li > ul")
        here = soup.select_one("a.current")
        if own is not None and here is not None:
            for deeper in own.select("ul"):
                deeper.decompose()
            for number in filter(None, (link.find(string=True) for link in own.select("a"))):
                number.replace_with(re.sub(r"^([\d.]+)\. ", r"\1 ", number))
            here["aria-current"] = "page"
            here.insert_after(own)
        for caption in soup.select("p.caption"):
            del caption["role"], caption["aria-level"]
        return str(soup)

    @property
    def first_script(self) -> str:
        """Return the script that chooses the mode before the first paint."""
        return FIRST_SCRIPT

    @property
    def base_script(self) -> str:
        """Return the script that lets the 404 page stand in for a page of any depth."""
        folder = urlsplit(self.app.config.html_baseurl).path.rstrip("/") + "/"
        return (
            'if(!/\\/404\\.html$/.test(location.pathname)){var b=document.createElement("base");'
            f'b.href="{escape(folder)}";document.head.prepend(b)}}'
        )

    @property
    def logo(self) -> str:
        """Return the logo's drawing, to stand beside the book's name."""
        text = BOOK.joinpath("_static", "logo.svg").read_text(encoding="utf8")
        text = re.sub(r"<(title|style)\b.*?</\1>\s*", "", text, flags=re.S)
        opening = '<svg class="logo" viewBox="0 0 64 64" aria-hidden="true">'
        return re.sub(r"<svg[^>]*>", opening, text, count=1)


@cache
def _source(root: Path) -> str:
    """Return the address of the book's repository; empty if it has none."""
    home = repository(root)
    return home.url if home else ""
