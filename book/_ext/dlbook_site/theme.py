"""The look of the site: what the templates need, one stylesheet, and only the files in use.

The frame of a page is ``book/_templates/layout.html`` with ``frame.py``; the stylesheet is written
from the parts in ``book/_styles`` and from the figures' palette; ``mends.py`` corrects the text of
a page and ``roots.py`` writes the root page, the 404 page and the sitemap.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from dlbook_site.frame import Site
from dlbook_site.mends import mend

BOOK = Path(__file__).resolve().parents[2]
STYLES = (
    *("tokens", "text", "frame", "blocks", "code", "claims", "generated", "api", "front"),
    "print",
)
# What the extensions bring and this site replaces: by the start of the file's name in _static.
UNUSED_CSS = ("styles/", "pygments", "togglebutton", "copybutton", "mystnb", "proof", "exercise")
UNUSED_JS = ("scripts/", "togglebutton", "copybutton", "clipboard", "thebe", "sphinx-thebe")
UNUSED_FILES = (
    *("scripts", "styles", "vendor", "images", "locales", "*webpack-macros.html", "*.png"),
    *("togglebutton.*", "copybutton*", "copy-button.svg", "check-solid.svg", "play-solid.svg"),
    *("clipboard.min.js", "proof.css", "exercise.css", "pygments.css", "basic.css", "mystnb.*.css"),
)
MATHJAX = ("startup.js", "core.js", "input/tex.js", "output/chtml.js", "a11y/assistive-mml.js")
MATHJAX_FOLDERS = ("input/tex/extensions", "output/chtml/fonts")


def setup(app: Sphinx) -> None:
    """Connect to the build's events."""
    # Sphinx writes all pages again, without reading them, when a setting of this kind changes.
    app.add_config_value("dlbook_look", "", "html", str)
    app.connect("config-inited", set_folders)
    app.add_js_file("book.js", loading_method="defer")
    # After the parts that add to a page's text, so that their additions are mended as well.
    app.connect("html-page-context", prepare, priority=900)
    app.connect("build-finished", write_files, priority=900)


def set_folders(app: Sphinx, config: Config) -> None:
    """Use this site's templates and files wherever the pages lie, and note this code's state."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    config.dlbook_look = hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()
    config.templates_path = [str(BOOK / "_templates"), *config.templates_path]
    config.html_static_path = [*config.html_static_path, str(BOOK / "_static")]


def prepare(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Mend the page's text and give the template what it needs."""
    if isinstance(context.get("body"), str):
        context["body"] = mend(context["body"])
    body = context.get("body") or ""
    digest = hashlib.sha256(stylesheet().encode()).hexdigest()[:10]
    context["site"] = Site(app, pagename, context.get("meta"), digest)
    context["css_files"] = _used(context.get("css_files", []), UNUSED_CSS, body)
    context["script_files"] = _used(context.get("script_files", []), UNUSED_JS, body)


@cache
def stylesheet() -> str:
    """Return the stylesheet: the figures' palette, then the parts in order."""
    from dlbook.plotting.style import css

    parts = [BOOK.joinpath("_styles", f"{name}.css").read_text(encoding="utf8") for name in STYLES]
    return "\n".join([css(), *parts])


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the stylesheet and MathJax, and remove what no page uses."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.joinpath("book.css").write_text(stylesheet(), encoding="utf8")
    pages = {
        name: {"title": app.env.titles[name].astext(), "description": meta.get("description", "")}
        for name, meta in sorted(app.env.metadata.items())
        if name in app.env.titles
    }
    script = f"window.BOOK_PAGES = {json.dumps(pages, ensure_ascii=False)};\n"
    static.joinpath("book-pages.js").write_text(script, encoding="utf8")
    for path in [path for pattern in UNUSED_FILES for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _copy_mathjax(static / "mathjax")


def _used(assets: Iterable[Any], unused: tuple[str, ...], body: str) -> list[Any]:
    """Return the assets that a page needs."""
    kept = []
    for asset in assets:
        name = str(getattr(asset, "filename", asset) or "").removeprefix("_static/")
        script = str(getattr(asset, "attributes", {}).get("body", ""))
        design = name.startswith(("sphinx-design", "design-tabs")) and "sd-" not in body
        math = (name.startswith("mathjax/") or "MathJax" in script) and 'class="math ' not in body
        if not design and not math and not name.startswith(unused):
            kept.append(asset)
    return kept


def _copy_mathjax(target: Path) -> None:
    """Copy the files of MathJax that a page may load: TeX in, HTML and its fonts out."""
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("sphinx-mathjax-offline is missing; run `make book` to install it")
    source = Path(spec.origin).parent / "static" / "mathjax"
    for name in (*MATHJAX, *MATHJAX_FOLDERS):
        place = target / name
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, place, ignore=shutil.ignore_patterns("all-packages.js"))
        else:
            shutil.copyfile(source / name, place)
