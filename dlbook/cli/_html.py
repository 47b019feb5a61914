"""An executed notebook as one HTML file that asks no other host for anything."""

import copy
import re
from functools import cache
from html import escape
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

MATHJAX = "sphinx-mathjax-offline"  # comes with the extra `book`
MATH = re.compile(r"\$[^$]+\$|\\[\[(]")

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
{math}</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""

STYLE = """
:root {{ color-scheme: light dark; --rule: #8886; --code: #8881; }}
body {{ margin: 0; font: 1.05rem/1.6 Georgia, "Times New Roman", serif; }}
main {{ max-width: 48rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }}
h1, h2, h3 {{ line-height: 1.25; }}
.anchor-link, .prompt {{ display: none; }}
pre {{ overflow-x: auto; font-size: .85rem; line-height: 1.45; margin: 0; }}
.input_area, .output_area > .output_subarea > pre, .text_cell_render pre {{
  padding: .6rem .8rem; border-radius: 4px; }}
.input_area, .text_cell_render pre {{ background: var(--code); }}
.cell {{ margin: 1rem 0; }}
.output_area > .output_subarea > pre {{ border-left: 3px solid var(--rule); }}
blockquote {{ margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--rule); }}
code {{ font-size: .88em; }}
pre code {{ font-size: inherit; }}
.output_wrapper {{ margin-top: .6rem; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .6rem; border-bottom: 1px solid var(--rule); text-align: left; }}
img, svg {{ max-width: 100%; height: auto; }}
{light}
@media (prefers-color-scheme: dark) {{ {dark} }}
"""

# MathJax 3 in one file, formulas as SVG: no fonts and no further parts to be loaded.
MATH_SETTINGS = """\
<script>
window.MathJax = {{
  tex: {{inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], processEscapes: true}},
  options: {{enableMenu: false}},
}};
</script>
<script>{script}</script>
"""


def html(notebook: "NotebookNode", title: str) -> str:
    """Return a notebook as a page. Without MathJax here, formulas stay as TeX."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    settings = Config()
    settings.TagRemovePreprocessor.enabled = True
    settings.TagRemovePreprocessor.remove_cell_tags = ("remove-cell", "hide-cell")
    settings.TagRemovePreprocessor.remove_input_tags = ("remove-input", "hide-input")
    settings.TagRemovePreprocessor.remove_all_outputs_tags = ("remove-output", "hide-output")
    exporter = HTMLExporter(template_name="basic", config=settings)
    body, _ = exporter.from_notebook_node(_shown(notebook))
    return PAGE.format(
        title=escape(_title(notebook, title)), style=_style(), math=_math(body), body=body
    )


def _shown(notebook: "NotebookNode") -> "NotebookNode":
    """Return the notebook without outputs that are not for the eye, such as glued values."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _has_looks(output)]
    return notebook


def _has_looks(output: "NotebookNode") -> bool:
    """Tell whether an output has a form that a page can show."""
    kinds = output.get("data", {"text/plain": ""})
    return any(kind.startswith(("text/", "image/")) for kind in kinds)


def _title(notebook: "NotebookNode", otherwise: str) -> str:
    """Return the first heading."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^# +(.+)$", cell.source, re.M)
            if heading:
                return heading[1].strip()
    return otherwise


def _style() -> str:
    """Return the style sheet, with colours of code for light and dark."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    # The background is the page's own in both.
    light, dark = (re.sub(r"\.highlight \{[^}]*\}", "", css) for css in (light, dark))
    return STYLE.format(light=light, dark=dark)


def _math(body: str) -> str:
    """Return the scripts that set formulas, if the page has some and MathJax is here."""
    script = _mathjax()
    return MATH_SETTINGS.format(script=script) if script and MATH.search(body) else ""


@cache
def _mathjax() -> str:
    """Return MathJax in one file; empty if it is not installed."""
    try:
        folder = metadata.distribution(MATHJAX).locate_file(f"{MATHJAX}/static/mathjax")
        return Path(str(folder), "tex-svg.js").read_text(encoding="utf8")
    except (metadata.PackageNotFoundError, OSError):
        return ""
