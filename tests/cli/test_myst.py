"""The text of a page outside the book: no role and no directive is left."""

import re

import nbformat
import pytest

from dlbook.cli._book import find_book
from dlbook.cli._myst import _Page, glued_values, make_plain, plain, read_page


def page(folder, **labels):
    """Return what a page's text refers to."""
    return _Page(folder, {"share": 0.256, "n": 1000, "word": "best"}, labels)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("After {glue:text}`n:,d` runs {glue:text}`share:.1%`.", "After 1,000 runs 25.6%."),
        ("The {glue:text}`word`, not {glue:text}`other:d`.", "The best, not (other)."),
        ("A {term}`weight` and {term}`some seeds <seed>`.", "A weight and some seeds."),
        ("Said {cite}`a1990, b2000` and {cite:t}`c2010`.", "Said [a1990, b2000] and [c2010]."),
        ("In {fact}`42 % of all <a1990>`.", "In 42 % of all [a1990]."),
        ("Equation {eq}`eq-fold`, {eq}`eq-other`.", "Equation (3), (eq-other)."),
        ("See {ref}`sec-rule` and {ref}`there <sec-x>`.", "See The rule and there."),
        ("See {ref}`sec-far-away`, {numref}`fig-x`.", "See far away, Figure 2."),
        ("Use {py:func}`dlbook.seed.rng` or {func}`~a.b <c>`.", "Use `dlbook.seed.rng` or `~a.b`."),
        ("With {math}`x^2` and {sub}`2`.", "With $x^2$ and 2."),
        ("A role over {term}`two\nlines <line>` here.", "A role over two\nlines here."),
        ("Code `{term}` stays, ``{a}`b` `` too?", "Code `{term}` stays, ``{a}`b` `` too?"),
        ("(sec-x)=\n## Title", "## Title"),
        ("{.claim-quote}\n> *Words.*", "> *Words.*"),
        ("$$\na = b\n$$ (eq-fold)", "$$\na = b\n\\tag{3}\n$$"),
        ("$$ a = b $$ (eq-fold)", "$$ a = b \\tag{3}\n$$"),
    ],
)
def test_text(text, expected, tmp_path):
    known = {"eq-fold": "3", "sec-rule": "The rule", "fig-x": "Figure 2"}
    assert plain(text, page(tmp_path, **known)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":::{admonition} In *this* chapter\n:class: x\n- one\n- two\n:::",
         "> **In *this* chapter**\n>\n> - one\n> - two"),
        ("```{margin}\nA note on {term}`bias`.\n```", "> A note on bias."),
        ("```{margin} Title\nText.\n```", "> **Title**\n>\n> Text."),
        (":::{prf:definition} Linear\n:label: def-linear\nIt is {term}`linear`.\n:::",
         "> **Definition: Linear**\n>\n> It is linear."),
        ("```{note}\nText.\n```", "> **Note**\n>\n> Text."),
        ("```{exercise-start} Warm-up\n:label: ex-warm\n```\nDo it.\n```{exercise-end}\n```",
         "**Exercise: Warm-up**\n\nDo it."),
        ("```{solution-start} ex-warm\n:class: dropdown\n```\nSo.\n```{solution-end}\n```",
         "**Solution**\n\nSo."),
        ("```{your-turn}\ndef f(x):\n    ...\n```", "```python\ndef f(x):\n    ...\n```"),
        ("```{code-block} bash\nls\n```", "```bash\nls\n```"),
        ("```python\n{term}`stays`\n(a)=\n```", "```python\n{term}`stays`\n(a)=\n```"),
        ("```{math}\n:label: eq-a\na = b\n```", "$$\na = b\n$$"),
        ("```{toctree}\na\n```", ""),
        ("::::{note}\n:::{tip} Inner\nText.\n:::\n::::",
         "> **Note**\n>\n> > **Tip: Inner**\n> >\n> > Text."),
        ("```{note}\n---\nclass: x\n---\nText.\n```", "> **Note**\n>\n> Text."),
        ("```{note}\nnever closed", "> **Note**\n>\n> never closed"),
    ],
)  # fmt: skip
def test_directives(text, expected, tmp_path):
    assert plain(text, page(tmp_path)).strip("\n") == expected


SOURCE = '''\
"""A module."""

class Neuron:
    """A neuron."""

    @property
    def size(self):
        return 1

    def fit(self, x):
        """Fit."""
        x = self.check(x)
        return x


def update(w):
    return w
'''


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        (":pyobject: update", "def update(w):", "    return w"),
        (":pyobject: Neuron.size", "@property", "    return 1"),
        (":pyobject: Neuron.fit\n:dedent: 4", "def fit(self, x):", "    return x"),
        (':pyobject: Neuron.fit\n:start-after: "x = self.check(x)"', "return x", "return x"),
        (":pyobject: Neuron.fit\n:start-at: return", "return x", "return x"),
        (":pyobject: Neuron\n:end-before: def fit", "class Neuron:", "        return 1"),
        (":pyobject: Nothing", "# see Nothing", "# see Nothing"),
        ("", '"""A module."""', "    return w"),
    ],
)
def test_included_code_is_shown(tmp_path, options, first, last):
    (tmp_path / "neuron.py").write_text(SOURCE)
    text = f"```{{literalinclude}} neuron.py\n{options}\n```"
    lines = plain(text, page(tmp_path)).strip("\n").split("\n")
    assert (lines[0], lines[-1]) == ("```python", "```")
    assert (lines[1], lines[-2]) == (first, last)


def test_an_included_file_that_is_missing_is_named(tmp_path):
    text = plain("```{literalinclude} ../gone.py\n```", page(tmp_path))
    assert text == "```python\n# see gone.py\n```"


def test_figures_and_equations_are_counted_and_captions_shown(book):
    path = book.page(
        "network/perceptron",
        "1",
        text="(sec-a)=\n## A part\n\n$$ a $$ (eq-a)\n\n"
        "See {numref}`fig-b`, {eq}`eq-a`, {ref}`sec-a`.",
    )
    notebook = read_page(path, path.read_text(encoding="utf8"))
    notebook.cells[1].metadata["mystnb"] = {
        "figure": {"name": "fig-b", "caption": "A {term}`bias`.\n"}
    }
    make_plain(notebook, path.parent)
    assert "See Figure 1, (1), A part." in notebook.cells[0].source
    assert notebook.cells[2].source == "*Figure 1. A bias.*"
    assert "source_map" not in notebook.metadata
    nbformat.validate(notebook)


def test_glued_values_are_read_from_the_outputs():
    data = {"application/papermill.record/text/plain": "0.5"}
    output = nbformat.v4.new_output("display_data", data, metadata={"scrapbook": {"name": "gap"}})
    other = nbformat.v4.new_output("display_data", {"text/plain": "1"})
    cells = [
        nbformat.v4.new_code_cell("x", outputs=[output, other]),
        nbformat.v4.new_markdown_cell(),
    ]
    assert glued_values(nbformat.v4.new_notebook(cells=cells)) == {"gap": 0.5}


def test_the_books_own_pages_keep_no_markup(monkeypatch):
    import dlbook

    monkeypatch.chdir(dlbook.__path__[0])
    pages = [page for page in find_book().pages if page.has_code and page.path.is_file()]
    assert pages
    for page in pages:
        notebook = read_page(page.path, page.path.read_text(encoding="utf8"))
        make_plain(notebook, page.path.parent)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                prose = re.sub(r"^( *)```.*?^\1```", "", cell.source, flags=re.M | re.S)
                assert not re.search(r"\{[\w:-]+\}`", prose), (page.name, prose)
                assert not re.search(r"^\s*(:{3,}|`{3,})\{", cell.source, re.M), page.name
