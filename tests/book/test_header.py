"""What a page says of itself: the box below its title and the box to cite it."""

import re

import pytest
from dlbook_site.cite import Work

from dlbook import __version__

BOOK = Work("The authors of a book", "A & B", "2026", "version 1.0, commit abc1234")


@pytest.fixture(scope="session")
def page(committed):
    """A chapter's page, built without a remote."""
    return committed.built.pages["network/perceptron"]


@pytest.mark.parametrize(
    "expected",
    [
        '<a href="../back/code-map.html#code-dlbook-perceptron"><code>dlbook.perceptron</code></a>',
        '<dt>Read first</dt><dd><a href="linearity.html">1. Linearity</a></dd>',
        'href="../../_downloads/notebooks/network/perceptron.ipynb">Notebook</a>',
    ],
)
def test_the_box_tells_modules_prerequisites_and_download(page, expected):
    box = page[page.index('class="chapter-box"') :]
    assert expected in box[: box.index("</section>")]


def test_the_box_stands_below_the_title(page):
    after = page.partition("</h1>")[2].strip()
    assert re.match(
        r'<section (?=[^>]*class="chapter-box")[^>]*aria-label="About this page"', after
    )


def test_the_run_time_is_the_measured_one(committed, page):
    names = [r["name"] for r in committed.records]
    record = committed.records[names.index("book/network/perceptron")]
    assert f"<dt>Run time</dt><dd>{record['seconds']:.1f} s</dd>" in page


def test_without_a_remote_links_are_absent(page):
    for absent in ("Colab", "Binder", ">Source<", "Suggest an edit", "github"):
        assert absent not in page


def test_a_page_without_code_has_no_box_but_can_be_cited(committed):
    html = committed.built.pages["back/glossary"]
    assert "chapter-box" not in html
    assert "<summary>Cite this book</summary>" in html


def test_the_cite_box_names_chapter_version_and_commit(committed, page):
    box = page[page.index('<details class="cite-box">') :]
    assert "<summary>Cite this chapter</summary>" in box
    assert f"In Demo book (chapter 2). Version {__version__}, commit {committed.first}." in box
    assert "@incollection{foundations-of-deep-learning:perceptron," in box
    assert "author    = {{The authors of the demo}}," in box
    assert "title     = {The perceptron \\&amp; friends}," in box
    assert '<div class="highlight"><pre tabindex="0">' in box


def test_a_new_commit_executes_and_writes_nothing(committed):
    assert committed.first != committed.second
    assert committed.again.executed == set()
    assert committed.again.pages == committed.built.pages


def test_a_citation_in_words():
    chapter = Work(**{**vars(BOOK), "chapter": "C", "number": "5", "url": "https://x.org/c.html"})
    assert BOOK.plain() == "The authors of a book (2026). A & B. Version 1.0, commit abc1234."
    assert chapter.plain() == (
        "The authors of a book (2026). C. In A & B (chapter 5). Version 1.0, commit abc1234. "
        "https://x.org/c.html"
    )


def test_a_citation_in_bibtex():
    assert BOOK.bibtex() == (
        "@book{foundations-of-deep-learning,\n"
        "  author    = {{The authors of a book}},\n"
        "  title     = {A \\& B},\n"
        "  year      = {2026},\n"
        "  note      = {Version 1.0, commit abc1234},\n"
        "}"
    )


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Ada Lovelace, Charles Babbage", "Ada Lovelace and Charles Babbage"),
        ("Ada Lovelace and Charles Babbage", "Ada Lovelace and Charles Babbage"),
        ("The authors of a book", "{The authors of a book}"),
    ],
)
def test_authors_are_written_as_bibtex_reads_them(author, expected):
    assert Work(author, "A", "2026", "version 1").names() == expected
