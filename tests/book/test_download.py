"""The notebooks that readers download."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from dlbook_site.blocktext import displayed
from dlbook_site.convert import install
from dlbook_site.download import requirements
from dlbook_site.inline import linked
from dlbook_site.repository import Repository
from dlbook_site.tables import bare
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^[>\s]*(`{3,})(?!\{)[^\n]*\n.*?^[>\s]*\1\s*$", re.M | re.S)
LITERAL = re.compile(r"(?<!`)(`{1,2})(?!`).+?(?<!`)\1(?!`)", re.S)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.S)
LEFT_OVER = {
    "role": re.compile(r"\{[a-z][\w:+-]*\}`"),
    "directive": re.compile(r"^[>\s]*(?:(?:`{3,}|~{3,})\s*\{|:{3,})", re.M),
    "target": re.compile(r"^[>\s]*\([\w-]+\)=", re.M),
    "attributes": re.compile(r"\{[.#][\w-]+[^}]*\}|^[>\s]*\{[\w:-]+\}(?!`)", re.M),
    "file of the repository": re.compile(r"\.\./|(?<![\w/.-])(?:book|dlbook|tests)/\w"),
}


CHECK = 'check("perceptron/update", update)'


def left_over(source: str) -> list[str]:
    """Return what a text cell still has of MyST or of the repository, outside code."""
    text = LITERAL.sub("`", FENCE.sub("", source))  # a role's backtick stays
    text = re.sub(r"https?://\S+", "", FORMULA.sub("", text))
    return [name for name, pattern in LEFT_OVER.items() if pattern.search(text)]


def texts(notebook) -> str:
    """Return the text cells of a notebook as one."""
    cells = notebook["cells"]
    return "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


@pytest.fixture(scope="session")
def notebook(published):
    return published.notebook("network/perceptron")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("see {ref}`sec-rule`", ["role"]),
        ("> {glue:text}`share:.1%`", ["role"]),
        ("> ```{note}\n> x\n> ```", ["directive"]),
        ("> ```python\n> {ref}`x`\n> ```", []),
        (":::{note}\nx\n:::", ["directive"]),
        ("(sec-rule)=\n## The rule", ["target"]),
        ("{.claim-quote}\n> x", ["attributes"]),
        ("{margin}\nLabels", ["attributes"]),
        ("see ../book/x.md", ["file of the repository"]),
        ("see book/x.md", ["file of the repository"]),
        ("a `{ref}` in code, $x_{.5}$, https://x.org/book/x and a textbook/x", []),
    ],
)
def test_the_search_for_left_overs_finds_them(source, found):
    assert left_over(source) == found


def test_no_role_directive_or_file_of_the_repository_is_left(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert left_over(cell["source"]) == [], cell["source"]
            assert "```{" not in cell["source"]


def test_the_notebook_is_valid(notebook):
    nbformat.validate(nbformat.from_dict(notebook))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert {"jupytext", "teaches", "source_map"}.isdisjoint(notebook["metadata"])


@pytest.mark.parametrize(
    "expected",
    [
        "Over 10 seeds it is 12.3%, not 42 %",
        "snake\\_case, 3 \\* 4 \\< 5",
        "> **In this chapter**",
        ">   1. on data\n>   2. on XOR",
        "> *“A perceptron cannot learn XOR.”*",
        "[Two conditions](https://ada.github.io/demo/book/network/linearity.html#sec-two-conditions)",
        "[(2.1)](https://ada.github.io/demo/book/network/perceptron.html#equation-eq-update)",
        "[Definition 2.1](https://ada.github.io/demo/book/network/perceptron.html#def-affine)",
        "[link](https://example.org/a_b)",
        "$$\nw \\leftarrow w + y x \\tag{2.1}\n$$",
        "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned} \\tag{2.2}\n$$",
        "$$\n\\begin{aligned}\np &= q \\\\\nr &= s\n\\end{aligned}\n$$",
        "> **Definition 2.1 (Affine map)**\n>\n> A map $x \\mapsto Ax + b$ with\n>\n"
        "> $$ f(x) = A x + b . \\tag{2.3} $$",
        "> Proof. By hand.",
        "> **A word beside**\n>\n> The *margin* is a place, too.",
        "<details><summary>Why?</summary>\n\nBecause.\n\n</details>",
        "| a | b |\n| --- | --- |\n| 1 | $\\lvert x \\rvert$ and `y` |",
        "- **Weight**: What is learned.",
        '```python\ndef fire(score):\n    """Fire from 0 on."""\n'
        "    return 1 if score >= 0 else -1\n```",
        "![a black dot in the middle of nothing](attachment:dot.svg)\n\n**Fig. 2.1.** A *dot*.",
        "**Fig. 2.2.** A line through $x^2$, see [The rule](",
        "### Exercise 2.1 (Warm-up)\n\nComplete *it*.",
        "### Solution to exercise 2.1\n\n<details><summary>Show</summary>\n\nIt adds one.",
        "<sup>1</sup> About $x$.",
        "(https://doi.org/10.1037/h0042519)",
    ],
)
def test_the_page_is_told_in_plain_markdown(notebook, expected):
    assert expected in texts(notebook)


def test_the_title_comes_first_then_where_it_is_from_then_how_to_install(notebook):
    first, second = notebook["cells"][:2]
    assert first["source"].startswith("# 2. The perceptron & `friends`\n\n*From [Demo book](https:")
    assert '%pip install --quiet "dlbook @ git+https://github.com/ada/demo"' in second["source"]


def test_cells_keep_their_order_and_the_hidden_one_is_there(notebook):
    sources = [c["source"] for c in notebook["cells"][2:] if c["cell_type"] == "code"]
    starts = [
        "from dlbook.claims",
        "HTML(",
        "unseen = 5",
        'print("seen"',
        "from dlbook.exercises",
        "def update",
    ]
    assert all(source.startswith(start) for source, start in zip(sources, starts, strict=True))


def test_code_is_folded_where_the_page_hides_it(notebook):
    folded = [
        cell["source"].partition("\n")[0]
        for cell in notebook["cells"]
        if cell["metadata"].get("jupyter", {}).get("source_hidden")
    ]
    assert [source[:10] for source in folded] == ['HTML("<svg', "unseen = 5", "def update"]


def test_the_stub_is_a_cell_of_its_own(notebook):
    (stub,) = (c for c in notebook["cells"] if c["metadata"].get("tags") == ["your-turn"])
    first, *rest = stub["source"].splitlines()
    assert first == "from dlbook.exercises import check"  # which the page leaves out
    assert rest[2:] == ["def update(weights):", "    ...  # yours", "", "", CHECK]
    assert stub["outputs"] == []


def test_outputs_stay_and_glue_is_gone(notebook):
    outputs = [output for c in notebook["cells"] for output in c.get("outputs", [])]
    kinds = [set(output.get("data", {"stream": ""})) for output in outputs]
    assert {"text/html", "text/plain", "application/vnd.dlbook.claim+json"} in kinds
    assert {"stream"} in kinds
    assert "papermill" not in json.dumps(notebook)


def test_pictures_travel_with_the_cell(notebook):
    (cell,) = (cell for cell in notebook["cells"] if "attachments" in cell)
    assert set(cell["attachments"]) == {"dot.svg"}


@pytest.mark.slow
@pytest.mark.parametrize("page", ["network/linearity", "network/perceptron"])
def test_it_runs_outside_the_repository(published, page, tmp_path):
    run(published.notebook(page), tmp_path)


def test_what_binder_needs_is_published(published):
    folder = published.root / "_build" / "html" / "binder"
    assert "dlbook @ git+https://github.com/ada/demo" in (folder / "requirements.txt").read_text()
    assert requirements(Repository("github.com", "a", "b")).startswith("--extra-index-url https://")


def test_install_says_how_where_no_address_is_known(monkeypatch):
    assert all(line.startswith("#") for line in install(None).splitlines())
    assert "-py3-none-any.whl" in install(None)
    monkeypatch.setenv("GITHUB_SHA", "f" * 40)
    assert f"git+https://github.com/a/b@{'f' * 40}" in install(Repository("github.com", "a", "b"))


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("a = b", "a = b"),
        (r"\label{eq-a} a = b", "a = b"),
        (r"\begin{equation} a \end{equation}", "a"),
        (r"\begin{align*} a &= b \end{align*}", r"\begin{aligned} a &= b \end{aligned}"),
        ("a &= b", "\\begin{aligned}\na &= b\n\\end{aligned}"),
        ("a\n\nb", "\\begin{aligned}\na \\\\\nb\n\\end{aligned}"),
        (r"\begin{cases} a & b \\ c & d \end{cases}", r"\begin{cases} a & b \\ c & d \end{cases}"),
    ],
)
def test_equations_are_written_as_notebooks_take_them(latex, expected):
    assert displayed(latex) == expected


def test_a_pipe_does_not_end_a_cell():
    assert bare("`a|b` and $|x|$") == r"`a\|b` and $\vert x\vert $"


def test_a_reference_keeps_its_addresses_as_links():
    assert linked("A. Ada. On *stars*. 1843. doi:10.1/a_b. URL: https://x.org/a_b.") == (
        r"A. Ada. On \*stars\*. 1843. [doi:10.1/a_b](https://doi.org/10.1/a_b). "
        "URL: <https://x.org/a_b>."
    )
    assert linked("no address") == "no address"


def chapters():
    """Return the pages of the book that are executed."""
    contents = (ROOT / "_toc.yml").read_text(encoding="utf8")
    pages = [ROOT / f"{name}.md" for name in re.findall(r"book/[\w/-]+", contents)]
    cells = [page for page in pages if "jupytext:" in page.read_text(encoding="utf8")]
    return [page.relative_to(ROOT / "book").with_suffix("").as_posix() for page in cells]


@pytest.fixture
def books_own(request, site):
    """The notebook of one page of the built book."""
    path = site / "_downloads" / "notebooks" / f"{request.param}.ipynb"
    return json.loads(path.read_text(encoding="utf8"))


@pytest.mark.site
@pytest.mark.parametrize("books_own", chapters(), indirect=True)
def test_nothing_is_left_over_in_the_books_own_notebooks(books_own):
    nbformat.validate(nbformat.from_dict(books_own))
    for cell in books_own["cells"]:
        if cell["cell_type"] == "markdown":
            assert left_over(cell["source"]) == [], cell["source"]


@pytest.mark.site
@pytest.mark.slow
@pytest.mark.parametrize("books_own", chapters(), indirect=True)
def test_the_books_own_notebooks_run_outside_the_repository(books_own, tmp_path):
    run(books_own, tmp_path)


def run(notebook, folder: Path) -> None:
    """Execute a notebook top to bottom in a folder of its own; the first error is raised."""
    fresh = nbformat.from_dict(notebook)
    NotebookClient(fresh, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    assert all(cell.get("execution_count") for cell in fresh.cells if cell.cell_type == "code")
