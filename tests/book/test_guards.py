"""Each guard of the book's promise is shown to fail: a book is broken, and the failure is seen.

The sources of a small tidy book are broken in one place and a rule finds it, or a small broken book
is built and the build is red. Shown to fail elsewhere: a red build repeated and citations in the
build (``test_outdated.py``), what is left of MyST in a download (``test_download.py``), foreign
requests and violations of WCAG (``test_site_browser.py``), the ledger's warnings
(``test_generated_pages.py``).
"""

from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from bookcheck.book import Book
from bookcheck.rules import OUTPUT_RULES, SOURCE_RULES
from building import Built, SmallBook, notebook
from tidy import CHECK, CLAIM, edit, outputs, shown, tidy_book, write_outputs

PAGE = "book/part/threshold.md"
BROKEN = yaml.safe_load(Path(__file__).with_name("broken.yml").read_text(encoding="utf8"))


@pytest.fixture
def tidy(tmp_path: Path) -> Book:
    """Return a book that keeps every rule."""
    return tidy_book(tmp_path)


@pytest.mark.parametrize("name", SOURCE_RULES | OUTPUT_RULES)
def test_the_tidy_book_keeps_every_rule(tidy: Book, name: str) -> None:
    """Else the tests below would show nothing."""
    rule = (SOURCE_RULES | OUTPUT_RULES)[name]
    assert [str(finding) for finding in rule(tidy)] == []


@pytest.mark.parametrize("row", BROKEN, ids=[f"{r['rule']}: {r['found']}" for r in BROKEN])
def test_a_rule_finds_what_breaks_it(tidy: Book, row: dict[str, str]) -> None:
    book = edit(tidy, row["file"], row["text"], row["becomes"])
    found = [str(finding) for finding in SOURCE_RULES[row["rule"]](book)]
    assert any(row["found"] in text for text in found), found


def test_every_rule_has_been_broken() -> None:
    assert {row["rule"] for row in BROKEN} == set(SOURCE_RULES) - {"checked exercises"}


def test_checked_exercises_are_counted(tidy: Book) -> None:
    book = tidy
    for number in (2, 3, 4, 5):
        book = edit(book, PAGE, f'check("threshold/{number}", threshold)', "threshold")
    found = [str(finding) for finding in SOURCE_RULES["checked exercises"](book)]
    assert found == ["book/part/threshold: 1 solutions are checked; 2 are due"]
    book = edit(book, PAGE, '```{your-turn}\ncheck("threshold/1", ...)\n```', "")
    assert len(list(SOURCE_RULES["checked exercises"](book))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Python 3.11 or 3.12, torch 2.7 to 2.13",
        "version 0.1.0, in Section 3.2, Figure 4.1 and Equation 2.5",
        "the licence is CC BY 4.0",
        "in 1958, with 1,000 points and 20 layers",
        "$0.05$, $$12\\,\\%$$, `0.05`, `12 %`",
        "{glue:text}`x:.2f` {fact}`12.5 % <known2000book>`",
        "[a link](https://example.org/v1.5/x) and <https://example.org/0.5>",
        "doi 10.1126/science.aax6239 and arXiv:1512.03385",
        "a 95 % interval, the 95\u00a0% confidence interval",
        "images of 100×100 pixels",
        "<!-- 0.5 -->",
        "{ref}`sec-0.5` and {term}`a name <x 0.5>`",
        "1. first\n2. second",
    ],
)
def test_names_of_things_are_no_typed_numbers(tidy: Book, text: str) -> None:
    book = edit(tidy, PAGE, "the 95 % interval is not shown.", f"so.\n\n{text}")
    assert [str(finding) for finding in SOURCE_RULES["typed numbers"](book)] == []


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("kept = []\nfor x in rng.normal(size=5):\n    kept.append(x)", False),
        ("kept, other = [], 0.0\nkept.append(float(other + rng.normal()))", False),
        ("def measure(seed):\n    return rng.normal()\nkept = [measure(s) for s in (1, 2)]", False),
        ("kept = {0: rng.normal(size=5)}[0]", False),
        ("kept = np.array([rng.normal()]).repeat(5)", False),
        ("kept = rng.normal(size=5).round(2)", False),
        ("for kept in ([0.1, 0.2],):\n    pass", False),
        ("with open('x') as kept:\n    pass", False),
        ("kept = []\nkept.append(0.4)", True),
        ("values = 0.1, 0.2\nkept = np.array(values) * 2", True),
        ("def measure(seed):\n    return 0.4\nkept = [measure(s) for s in (1, 2)]", True),
        ("kept: list = [0.4, 0.5]", True),
        ("kept = np.linspace(0.4, 0.5, 5).tolist()", True),
        ("kept = [0.4]\nkept += [0.5]", True),
        ("(kept := [0.4])", True),
        ("kept, _ = [0.4], [0.5]", True),
    ],
)
def test_typed_values_are_told_from_computed_ones(tidy: Book, code: str, typed: bool) -> None:
    before = "kept = [threshold(rng.normal(size=10)).mean() for _ in range(5)]"
    found = list(SOURCE_RULES["cards are computed"](edit(tidy, PAGE, before, code)))
    assert bool(found) is typed, code


@pytest.mark.parametrize(
    ("code", "timed"),
    [
        ("start = time.time()\nkept = [time.time() - start]", True),
        ("def clock():\n    return time.perf_counter()\nkept = [clock() for _ in range(5)]", True),
        ("kept = []\nkept.append(timeit.timeit(f))", True),
        ("kept = steps()\nshown = time.perf_counter()", False),
    ],
)
def test_a_clock_is_followed_into_the_card(tidy: Book, code: str, timed: bool) -> None:
    before = "kept = [threshold(rng.normal(size=10)).mean() for _ in range(5)]"
    book = edit(tidy, PAGE, before, code)
    rule = SOURCE_RULES["no verdict on wall time"]
    assert bool(list(rule(book))) is timed
    book = edit(book, PAGE, "above=0.05", "above=3.0")
    book = edit(book, PAGE, "rng = np.random", "np.median(x)\nrng = np.random")
    assert not list(rule(book))


PNG = {"image/png": "iVBORw0KGgo="}
ERROR = nbformat.v4.new_output("error", ename="E", evalue="v", traceback=[])
NOISE = nbformat.v4.new_output("stream", name="stderr", text="w")
RISES = "It rises and then falls and rises once more until the very end"


def drawn(attributes: str) -> Any:
    """Return an output with a drawing."""
    return shown({"text/html": f"<svg role='img' {attributes}><path/></svg>"})


@pytest.mark.parametrize(
    ("name", "cell", "output", "words"),
    [
        ("every page was executed", 0, ERROR, "E: v"),
        ("every page was executed", 0, NOISE, "stderr"),
        ("figures have alt texts", 2, drawn(""), "has no alt text"),
        ("figures have alt texts", 2, drawn("aria-label='A plot of 2 losses'"), "kind of picture"),
        ("figures have alt texts", 2, drawn(f"aria-label='{RISES}.'"), "without a single number"),
        ("figures have alt texts", 2, shown({"text/html": "<img src='x.png'>"}), "has no alt text"),
        ("figures have alt texts", 2, shown(PNG), "has no alt text"),
        ("figures have alt texts", 2, shown(PNG, {"image/png": {"alt": "It is 2."}}), "3 words"),
        ("figures have captions", 0, shown({"text/html": "<img alt='x'>"}), "needs a name"),
        ("cards are shown", 1, None, "showed no card of 'threshold-keeps'"),
        ("cards are shown", 0, shown({CLAIM: {"id": "x"}}), "showed a card of 'x'"),
        (
            "solutions pass their checks",
            4,
            shown({CHECK: {"id": "f", "passed": 0}}),
            "does not pass",
        ),
    ],
)
def test_a_rule_finds_what_is_wrong_with_outputs(
    tidy: Book, name: str, cell: int, output: Any, words: str
) -> None:
    found = outputs(tidy)
    found[cell] = [] if output is None else [output]
    write_outputs(tidy, found)
    findings = [str(finding) for finding in OUTPUT_RULES[name](tidy)]
    assert any(words in text for text in findings), findings


def test_a_page_that_was_not_executed_is_found(tidy: Book) -> None:
    (tidy.root / "_build/jupyter_execute/book/part/threshold.ipynb").unlink()
    assert len(list(OUTPUT_RULES["every page was executed"](tidy))) == 1


CARD = """
    from dlbook.claims import claim

    claim("stack-collapses", verdict="true", quantity="unexplained share", evidence="a run",
          measured={measured}, control={control}, below=1e-6)
"""
BROKEN_BOOK = {
    "index": "# A small book\n",
    "sound": notebook("Sound", CARD.format(measured="[1e-15, 2e-15]", control="[0.4, 0.5]")),
    "beyond": notebook("Beyond", CARD.format(measured="[1e-15, 0.3]", control="[0.4, 0.5]")),
    "control": notebook("Control", CARD.format(measured="[1e-15, 2e-15]", control="[0.4, 1e-9]")),
    "bare": notebook("Bare", "from dlbook.plotting.style import figure\nfigure()"),
    "vague": notebook(
        "Vague",
        "from dlbook.plotting.style import figure\nfig = figure()",
        "fig.alt = 'A plot of the loss.'\nfig",
    ),
    "shown": notebook(
        "Shown",
        "from IPython.display import display\nfrom dlbook.plotting.style import figure\n"
        "display(figure())\nprint('the cell itself goes on')",
    ),
}


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a book whose cards and figures are broken."""
    return SmallBook(tmp_path_factory.mktemp("red"), BROKEN_BOOK).build()


def told(built: Built, page: str) -> str:
    """Return what the build's list says of a page."""
    listed = built.output.partition("The book was not built.")[2]
    return listed.partition(f"\n  {page}\n")[2].partition("\n\n")[0]


@pytest.mark.slow
def test_a_value_beyond_its_threshold_fails_the_build(red: Built) -> None:
    text = told(red, "beyond")
    assert red.code == 1
    assert "cell 1: ClaimError: claim 'stack-collapses'" in text
    assert "below 1e-06" in text and "0.3" in text and "1 of 2 on the wrong side" in text


@pytest.mark.slow
def test_a_control_that_no_longer_discriminates_fails_the_build(red: Built) -> None:
    text = told(red, "control")
    assert "claim 'stack-collapses'" in text and "the control supports it too" in text
    assert "1e-09" in text and "1 of 2 on the wrong side" in text


@pytest.mark.slow
@pytest.mark.parametrize("page", ["bare", "vague", "shown"])
def test_a_figure_without_words_fails_the_build(red: Built, page: str) -> None:
    assert ": ValueError: " in told(red, page)
    assert "alt text" in told(red, page)


@pytest.mark.slow
def test_what_is_sound_is_not_listed(red: Built) -> None:
    assert told(red, "sound") == ""
    assert set(red.report["failed"]) == set(BROKEN_BOOK) - {"index", "sound"}
