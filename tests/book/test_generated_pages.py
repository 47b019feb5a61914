"""Pages that are made from what the build measured, and the warnings that fail a build."""

import platform
import re

import demo_book
import pytest
from dlbook_site.codemap import modules
from dlbook_site.dependencies import alt_text, problems
from dlbook_site.drawing import Lane, reduced, rows, with_lanes
from dlbook_site.executed import Record
from dlbook_site.quality import faults


def cells(html: str, row: str) -> list[str]:
    """Return the texts of a table's row, found by its id or its first words."""
    found = re.search(rf'<tr[^>]*(?:id="{row}"[^>]*>|>\s*<th class="stub"><p>{row})', html)
    assert found, f"no row {row}"
    text = html[found.start() : html.index("</tr>", found.start())]
    parts = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", text, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", part)).strip() for part in parts]


def test_the_ledger_has_a_row_for_each_claim(committed):
    ledger = committed.built.pages["back/claims-ledger"]
    assert cells(ledger, "ledger-stack-collapses") == [
        "Without activations, any depth is one linear map.",
        "True",
        "two stacks Control: 0.5 … 0.6 (2 values)",
        "2",
        "over 100",
        "1. Linearity",
        "",
    ]
    assert cells(ledger, "ledger-perceptron-xor")[3:] == [
        "proof",
        "–",
        "2. The perceptron &amp; friends",
        "[Rosenblatt, 1958]",
    ]


def test_the_ledger_links_to_card_and_source(committed):
    ledger = committed.built.pages["back/claims-ledger"]
    assert 'href="../network/perceptron.html#claim-perceptron-xor"' in ledger
    assert 'id="claim-perceptron-xor"' in committed.built.pages["network/perceptron"]
    assert re.search(r'href="bibliography\.html#\w+"[^>]*>Rosenblatt, 1958</a>', ledger)


def test_verdicts_differ_in_shape_and_word(committed):
    ledger = committed.built.pages["back/claims-ledger"]
    assert '<span class="verdict verdict-true"><svg' in ledger
    assert '<span class="verdict-text">True</span>' in ledger


def test_the_ledger_ends_with_what_is_not_tested(committed):
    ledger = committed.built.pages["back/claims-ledger"]
    last = ledger[ledger.index('id="named-not-tested"') :]
    assert "<dt>Object detection</dt><dd><p>It needs annotated photographs.</p>" in last


def test_only_the_ledger_loads_its_script(committed):
    html = committed.built.root / "_build" / "html"
    with_script = [path.stem for path in html.rglob("*.html") if "ledger.js" in path.read_text()]
    assert with_script == ["claims-ledger"]
    assert (html / "_static" / "ledger.js").is_file()


def test_the_code_map_goes_both_ways(committed):
    page = committed.built.pages["back/code-map"]
    assert cells(page, "code-dlbook-perceptron") == [
        "dlbook.perceptron",
        "Rosenblatt's rule in NumPy.",
        "2. The perceptron &amp; friends",
        "tests/test_perceptron.py",
    ]
    assert cells(page, "code-dlbook-data-tables")[2:] == ["1. Linearity", "–"]
    assert '<a class="reference internal" href="../network/linearity.html">1. Linearity' in page


def test_the_run_report_sums_up_and_tells_nothing_private(committed):
    page = committed.built.pages["back/run-report"]
    total = cells(page, "All pages")
    first, second = (cells(page, f"<a[^>]*>{number}") for number in "12")
    assert total[2:] == ["2", "1", "2", "0", "over 100"]
    assert float(total[1]) == pytest.approx(float(first[1]) + float(second[1]), abs=0.11)
    assert cells(page, "Threads")[1] == "1"
    assert cells(page, "Python")[1] == platform.python_version()
    assert str(committed.built.root.parent) not in page
    assert platform.node() not in re.sub(r"<[^>]+>", "", page)


def test_the_chapter_graph_links_its_boxes_and_says_its_edges(committed):
    page = committed.built.pages["index"]
    assert re.search(r'<a href="network/perceptron\.html"><rect [^>]+var\(--fig-paper', page)
    assert (
        'aria-label="How chapters depend on each other. Needs nothing: 1. Linearity. '
        '2. The perceptron &amp; friends needs 1. Linearity."' in page
    )
    assert len(re.findall(r"marker-end=", page)) == 1
    assert re.search(r"friends</a> needs <a [^>]+>1. Linearity</a>", page)


def test_the_records_hold_the_cards(committed):
    by_name = {record["name"]: record for record in committed.records}
    (card,) = by_name["book/network/linearity"]["claims"]
    assert (card["id"], card["verdict"]) == ("stack-collapses", "true")
    assert by_name["book/network/perceptron"]["needs"] == ["book/network/linearity"]
    assert [record["number"] for record in committed.records[:4]] == ["", "1", "2", ""]


def test_a_changed_docstring_shows_up_and_executes_nothing(committed):
    root = committed.again.root
    demo_book.edit(root, "dlbook/data/tables.py", "travel with", "stay in")
    built = demo_book.build(root)
    assert (built.returncode, built.executed) == (0, set())
    assert "Tables that stay in the book." in built.pages["back/code-map"]


def test_a_changed_page_shows_up_in_the_ledger_and_is_executed_alone(committed):
    root = committed.again.root
    demo_book.edit(root, "book/network/linearity.md", '"two stacks"', '"two other stacks"')
    demo_book.edit(root, "dlbook/claims.yml", "annotated photographs", "many photographs")
    built = demo_book.build(root)
    assert (built.returncode, built.executed) == (0, {"book/network/linearity"})
    assert "two other stacks" in built.pages["back/claims-ledger"]
    assert "many photographs" in built.pages["back/claims-ledger"]


BROKEN_CELL = """
```{code-cell}
from IPython.display import HTML, display
glue(num_others=3)
display(HTML("<svg viewBox='0 0 9 9'></svg>"))
```

```{exercise}
:label: ex-broken
Broken.
```

```{solution-start} ex-broken
:class: dropdown
```

```{code-cell}
wrong = {"id": "perceptron/update", "passed": False}
display({"application/vnd.dlbook.check+json": wrong, "text/plain": "no"}, raw=True)
```

```{solution-end}
```

Nine is {glue:text}`./linearity.md::num_stacks:d`.

{margin}
A margin note without its fence, beside the literal `{margin}`.
"""
BROKEN_REGISTRY = """
  - id: weights-are-importance
    wording: A weight is the importance of its input.
    chapters: [network/perceptron]
  - id: xor-winter
    wording: XOR caused the AI winter.
    chapters: [network/nowhere]
named_not_tested:"""


@pytest.fixture(scope="session")
def broken(tmp_path_factory):
    """A demo with every fault at once, built twice."""
    root = demo_book.copy(tmp_path_factory.mktemp("broken"))
    perceptron = "book/network/perceptron.md"
    demo_book.edit(root, "dlbook/claims.yml", "\nnamed_not_tested:", BROKEN_REGISTRY)
    demo_book.edit(root, "dlbook/claims.yml", "id: perceptron-xor", "id: neuron-formula")
    demo_book.edit(root, "dlbook/claims.yml", "[network/linearity]", "[network/perceptron]")
    demo_book.edit(root, perceptron, "[network/linearity]", "[network/linearity, network/no]")
    demo_book.edit(root, perceptron, "[dlbook.perceptron]", "[dlbook.nothing]")
    demo_book.edit(root, perceptron, "Nobody knows.\n```\n", f"Nobody knows.\n```\n{BROKEN_CELL}")
    demo_book.edit(root, "book/network/linearity.md", "\n)\n", "\n)\nglue(num_stacks=9)\n")
    old = "from dlbook.claims import claim"
    demo_book.edit(root, "book/network/linearity.md", old, f"{old}\nfrom dlbook.glue import glue")
    (root / "dlbook" / "lonely.py").write_text('"""Alone."""\n', encoding="utf8")
    return demo_book.build(root), demo_book.build(root)


@pytest.mark.parametrize(
    "message",
    [
        "claims-ledger.md: WARNING: claim 'weights-are-importance' has no card on",
        "claim 'xor-winter': the registry lists 'network/nowhere', which is no page of the book",
        "claim 'perceptron-xor' has a card on 'book/network/perceptron' and no entry",
        "claim 'stack-collapses' has a card on 'book/network/linearity', which the registry",
        "code-map.md: WARNING: dlbook.lonely names no chapter",
        "dlbook.perceptron names book/network/perceptron, whose front matter does not teach it",
        "book/network/perceptron teaches dlbook.nothing, which is no public module",
        "index.md: WARNING: book/network/perceptron needs 'network/no', which is no page",
        "perceptron.md: WARNING: a figure has no alt text",
        "perceptron.md: WARNING: the solution of 'perceptron/update' does not pass its check",
        "perceptron.md: WARNING: glue across pages: 'num_stacks' comes from",
        "perceptron.md: WARNING: markup stands on the page as text: '{margin}",
    ],
)
def test_each_fault_is_named_in_both_builds(broken, message):
    for built in broken:
        assert message in built.log, built.log


def test_a_red_build_stays_red_and_executes_only_what_warned(broken):
    first, second = broken
    assert (first.returncode, second.returncode) == (1, 1)
    assert second.executed == {"book/network/perceptron"}


def test_a_wrong_answer_outside_a_solution_may_be_shown():
    wrong = {"application/vnd.dlbook.check+json": {"id": "a/b", "passed": False}}
    notebook = {"cells": [{"metadata": {}, "outputs": [{"data": wrong}]}]}
    assert list(faults(notebook, set())) == []
    assert len(list(faults(notebook, {0}))) == 1


@pytest.mark.parametrize(
    ("data", "metadata", "num_faults"),
    [
        ({"image/png": "iVBOR"}, {}, 1),
        ({"image/png": "iVBOR"}, {"image/png": {"alt": "two lines cross at 3"}}, 0),
        ({"text/html": "<svg role='img' aria-label=' '>"}, {}, 1),
        ({"text/html": '<div><svg aria-label="a line"><svg></svg></svg></div>'}, {}, 0),
        ({"text/html": '<img src="data:,">'}, {}, 1),
        ({"text/html": '<img src="data:," alt="a line">'}, {}, 0),
        ({"text/html": "<table></table>"}, {}, 0),
        ({"application/vnd.dlbook.claim+json": {}, "text/html": "<svg>"}, {}, 0),
    ],
)
def test_figures_need_words(data, metadata, num_faults):
    notebook = {"cells": [{"metadata": {}, "outputs": [{"data": data, "metadata": metadata}]}]}
    assert len(list(faults(notebook, set()))) == num_faults


NEEDS = {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}, "e": {"c", "d"}}


def test_an_arrow_that_others_imply_is_not_drawn():
    assert reduced(NEEDS) == {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"a"}, "e": {"c", "d"}}


def test_each_chapter_is_below_what_it_needs():
    assert rows(NEEDS) == [["a"], ["b", "d"], ["c"], ["e"]]
    assert rows({name: set() for name in "abcd"}) == [["a", "b", "c"], ["d"]]


def test_an_arrow_passes_beside_the_boxes_between():
    assert with_lanes(rows(NEEDS), reduced(NEEDS)) == [
        ["a"],
        ["b", "d"],
        ["c", Lane("d", "e")],
        ["e"],
    ]


def test_the_alt_text_lists_every_edge():
    chapters = {name: Record(name, name.upper(), str(i)) for i, name in enumerate("abcde", 1)}
    words = alt_text(chapters, NEEDS)
    assert "Needs nothing: 1. A. " in words
    assert "3. C needs 1. A and 2. B. " in words


def test_a_prerequisite_comes_earlier():
    book = {"a": Record("a", "A", needs=("b",)), "b": Record("b", "B")}
    assert list(problems(book)) == ["a needs 'b', which does not come before it"]


def test_private_modules_are_not_on_the_map(tmp_path):
    for name in ("__init__", "_hidden", "open"):
        path = tmp_path / "dlbook" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text('"""A\nb.\n\nChapters: book/x.md, book/y.md\n"""\n', encoding="utf8")
    (module,) = modules(tmp_path)
    assert (module.name, module.summary) == ("dlbook.open", "A b.")
    assert module.pages == ("book/x.md", "book/y.md")
