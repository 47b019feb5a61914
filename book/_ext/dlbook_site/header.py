"""What a chapter tells about itself: the box below its title.

It says which modules the chapter teaches, what to read first, how long it ran, and where to get its
notebook and source. All of it enters as page context when the page is written.
"""

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.codemap import module_place
from dlbook_site.download import notebook_path
from dlbook_site.executed import Record, record
from dlbook_site.repository import repository

TITLE_END = re.compile(r"</h1>")


def setup(app: Sphinx) -> None:
    """Put the box in after the notebook was written."""
    app.connect("html-page-context", add_box, priority=450)


def add_box(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Insert the box below the title of a page that teaches or was executed."""
    if doctree is None or app.builder.format != "html":
        return
    page = record(app, name)
    rows = [
        ("Code", _modules(app, page)),
        ("Read first", _needs(app, page)),
        ("Run time", _run_time(page)),
        ("Take along", " · ".join(_take_along(app, page, context.get("notebook", "")))),
    ]
    if page.teaches or page.seconds is not None:
        box = _box([(term, text) for term, text in rows if text])
        context["body"] = TITLE_END.sub(lambda end: end[0] + box, context["body"], count=1)


def _box(rows: list[tuple[str, str]]) -> str:
    """Return the box."""
    items = "".join(f"<div><dt>{term}</dt><dd>{text}</dd></div>" for term, text in rows)
    return f'\n<section class="chapter-box" aria-label="About this page"><dl>{items}</dl></section>'


def _modules(app: Sphinx, page: Record) -> str:
    """Return the modules that the page teaches, linked to where they are described."""
    said = []
    for module in page.teaches:
        name = f"<code>{escape(module)}</code>"
        place = module_place(app, module)
        said.append(_link(_uri(app, page.name, *place), name) if place else name)
    return ", ".join(said)


def _needs(app: Sphinx, page: Record) -> str:
    """Return links to the pages that come before this one."""
    assert app.env is not None
    known = [record(app, name) for name in page.needs if name in app.env.found_docs]
    return ", ".join(_link(_uri(app, page.name, n.name), escape(n.label)) for n in known)


def _run_time(page: Record) -> str:
    """Return how long the page's code ran in this build."""
    if page.seconds is None:
        return ""
    return f"{page.seconds:.1f} s" if page.seconds < 9.95 else f"{page.seconds:.0f} s"


def _take_along(app: Sphinx, page: Record, notebook: str) -> list[str]:
    """Return the links to the notebook and to the source."""
    assert app.env is not None
    links = []
    if notebook:
        up = app.builder.get_relative_uri(page.name, "index").removesuffix("index.html")
        links.append(f'<a href="{escape(up + notebook)}" download>Notebook</a>')
    home = repository(Path(app.srcdir))
    if home:
        path = notebook_path(page.name)
        source = Path(app.env.doc2path(page.name)).relative_to(app.srcdir).as_posix()
        known = {
            "Colab": home.colab_url(path) if notebook else "",
            "Binder": home.binder_url(path) if notebook else "",
            "Source": home.source_url(source),
            "Suggest an edit": home.edit_url(source),
        }
        links += [_link(uri, text) for text, uri in known.items() if uri]
    return links


def _uri(app: Sphinx, here: str, there: str, anchor: str = "") -> str:
    """Return the relative address of a page, or of a place in it."""
    return app.builder.get_relative_uri(here, there) + (f"#{anchor}" if anchor else "")


def _link(uri: str, html: str) -> str:
    """Return a link around finished HTML."""
    return f'<a href="{escape(uri)}">{html}</a>'
