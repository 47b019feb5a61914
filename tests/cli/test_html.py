"""The HTML of an executed notebook: complete, and no request to any host."""

import re

import nbformat
import pytest

from dlbook.cli import _html

FOREIGN = re.compile(
    r"""(?:src|srcset|data|action|poster)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|<link\b|@import|url\(\s*["']?\s*(?:https?:)?//""",
    re.I,
)


def notebook(text="# A title\n\nWords.", **cell):
    """Return a notebook with a text and a code cell."""
    outputs = cell.pop("outputs", [nbformat.v4.new_output("stream", text="hello\n")])
    code = nbformat.v4.new_code_cell("print('hello')", outputs=outputs, **cell)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), code])


def without_scripts(page):
    """Return a page without the scripts that are in it."""
    return re.sub(r"<script>.*?</script>", "", page, flags=re.S)


@pytest.mark.parametrize("text", ["# A title\n\nWords.", "# A title\n\n$x^2$"])
def test_no_request_to_another_host(text):
    page = _html.html(notebook(text), "otherwise")
    assert not FOREIGN.search(without_scripts(page))
    assert not re.search(r"<script[^>]+src", page)


def test_the_guard_sees_a_foreign_request():
    for tag in ('<script src="https://a.b/c.js">', "<img src=//a.b/c>", "<link rel=x>", "url(//a)"):
        assert FOREIGN.search(tag)


def test_title_text_code_and_output_are_there():
    page = _html.html(notebook(), "otherwise")
    assert "<title>A title</title>" in page
    assert "hello" in page
    assert "print" in page
    assert page.count("<main>") == 1
    assert 'lang="en"' in page
    assert "<title>other &lt;wise&gt;</title>" in _html.html(notebook("Words."), "other <wise>")


def test_formulas_bring_mathjax_into_the_file_and_nothing_else_does():
    with_formula = _html.html(notebook("A formula: $x^2$."), "t")
    without = _html.html(notebook(), "t")
    assert len(with_formula) > 1_000_000
    assert len(without) < 100_000
    assert "<script" not in without


def test_without_mathjax_formulas_stay_as_tex(monkeypatch):
    monkeypatch.setattr(_html, "MATHJAX", "no-such-package")
    _html._mathjax.cache_clear()
    try:
        page = _html.html(notebook("A formula: $x^2$."), "t")
    finally:
        _html._mathjax.cache_clear()
    assert "$x^2$" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("tag", "code_shown", "output_shown"),
    [
        ("remove-cell", False, False),
        ("hide-input", False, True),
        ("remove-input", False, True),
        ("remove-output", True, False),
        ("other", True, True),
    ],
)
def test_tags_hide_what_the_book_hides(tag, code_shown, output_shown):
    page = _html.html(notebook(metadata={"tags": [tag]}), "t")
    assert ("print" in page.split("<main>")[1]) == code_shown
    assert ("hello\n" in page) == output_shown


def test_glued_values_are_not_shown_and_the_notebook_is_not_changed():
    glued = nbformat.v4.new_output(
        "display_data", {"application/papermill.record/text/plain": "0.5"}
    )
    shown = nbformat.v4.new_output("display_data", {"text/html": "<b>card</b>"})
    made = notebook(outputs=[glued, shown])
    page = _html.html(made, "t")  # a warning of nbconvert's would be an error here
    assert "<b>card</b>" in page
    assert len(made.cells[1].outputs) == 2
