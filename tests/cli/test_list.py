"""``dlbook list``: the chapters of the repository around the current folder."""

import pytest

import dlbook.cli._book as module
from dlbook.cli._book import Measured, find_book, front_matter


def test_chapters_in_order_with_modules_claims_and_times(book, dlbook):
    book.page(
        "network/perceptron",
        "claim('one', verdict='true')\nclaim(\n    \"two\")\nclaim('two')",
        title="The perceptron",
        teaches="[dlbook.perceptron, dlbook.stats]",
    )
    book.built(learning__search=3.14159, network__linearity=None)
    result = dlbook("list")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"A small book: 3 chapters in {book.root}",
        "",
        "Learning",
        "  1  search      Search           0 claims  3.1 s",
        "                 dlbook.glue",
        "",
        "Network",
        "  2  linearity   Linearity        0 claims  failed",
        "                 dlbook.glue",
        "  3  perceptron  The perceptron   2 claims  not run yet",
        "                 dlbook.perceptron, dlbook.stats",
        "",
        "2 claims; 3 s in the last build. Run a chapter: dlbook run NAME",
    ]


def test_from_a_folder_inside_the_repository(book, dlbook, monkeypatch):
    monkeypatch.chdir(book.root / "book" / "network")
    assert "A small book: 3 chapters" in dlbook("list").output


def test_without_a_repository(tmp_path, dlbook, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module.dlbook, "__file__", str(tmp_path / "site" / "dlbook" / "a.py"))
    assert find_book() is None
    result = dlbook("list")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0].startswith("dlbook: no book here")
    assert lines[1].startswith("Clone it and call dlbook inside")


def test_an_editable_installs_own_repository_is_found_from_anywhere(tmp_path, monkeypatch, book):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module.dlbook, "__file__", str(book.root / "dlbook" / "__init__.py"))
    assert find_book().title == "A small book"


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("_toc.yml", "parts: [", "_toc.yml cannot be read"),
        ("_config.yml", "title: [", "_config.yml cannot be read"),
        ("book/network/linearity.md", "---\nteaches: [\n---\n# T\n", "front matter cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(book, dlbook, file, text, words):
    book.write(file, text)
    result = dlbook("list")
    assert result.exit_code == 1
    assert words in result.stderr
    assert file.rpartition("/")[2] in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_page_that_is_missing_is_said(book, dlbook):
    (book.root / "book/network/linearity.md").unlink()
    assert "linearity   (the file is missing)" in dlbook("list").output


@pytest.mark.parametrize("text", ["{", "[]", '{"pages": 3}', '{"pages": [{}]}', '{"pages": [3]}'])
def test_a_broken_record_of_the_build_counts_as_none(book, dlbook, text):
    book.write("_build/book.json", text)
    result = dlbook("list")
    assert result.exit_code == 0
    assert result.output.count("not run yet") == 3


def test_a_page_is_found_by_any_of_its_names(book):
    found = find_book()
    names = ["perceptron", "network/perceptron", "book/network/perceptron", "Perceptron"]
    names += ["book/network/perceptron.md", " perceptron "]
    assert {found.page(name).name for name in names} == {"book/network/perceptron"}
    assert found.page("perceptron").number == 3
    assert found.page("glossary").number == 0


def test_sections_are_pages_without_a_number(book):
    book.write("_toc.yml", "root: book/index\nchapters:\n- file: book/learning/search\n"
               "  sections:\n  - file: book/network/linearity\n")  # fmt: skip
    assert [(page.topic, page.number) for page in find_book().pages] == [
        ("index", 0),
        ("search", 0),
        ("linearity", 0),
    ]


def test_front_matter():
    assert front_matter("---\na: 1\n---\n# T\n---\n") == {"a": 1}
    assert front_matter("# T\n---\na: 1\n---\n") == {}
    assert front_matter("---\na: 1\n") == {}
    assert front_matter("---\n- 1\n---\n") == {}
    assert front_matter("") == {}


def test_run_times_in_words():
    assert str(Measured()) == "not run yet"
    assert str(Measured(12.345, True)) == "12.3 s"
    assert str(Measured(12.3, False)) == "failed"


def test_the_books_own_list(dlbook, monkeypatch):
    monkeypatch.chdir(module.dlbook.__path__[0])
    result = dlbook("list")
    assert result.exit_code == 0
    assert result.output.startswith("Foundations of Deep Learning: ")
