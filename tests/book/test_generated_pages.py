"""Pages that are made from what the build measured."""

import platform
import re

import demo_book
import pytest
from dlbook_site import ledger
from dlbook_site.codemap import modules


def cells(html: str, row: str) -> list[str]:
    """Return the texts of a table's row, found by its id or its first words."""
    found = re.search(rf'<tr[^>]*(?:id="{row}"[^>]*>|>\s*<th class="stub"><p>{row})', html)
    assert found, f"no row {row}"
    text = html[found.start() : html.index("</tr>", found.start())]
    parts = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", text, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", part)).strip() for part in parts]


def test_the_ledger_has_a_row_for_each_claim(committed):
    page = committed.built.pages["back/claims-ledger"]
    assert cells(page, "ledger-stack-collapses") == [
        "Without activations, any depth is one linear map.",
        "True",
        "two stacks Control: 0.5 … 0.6 (2 values)",
        "2",
        "7.8",  # of the control; that of the measured values is larger
        "1. Linearity",
        "",
    ]
    assert cells(page, "ledger-perceptron-xor")[3:] == [
        "proof",
        "–",
        "2. The perceptron &amp; friends",
        "[Rosenblatt, 1958]",
    ]


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ((250.0, None), "over 100"),
        ((250.0, 1.94), "1.9 (narrow)"),
        ((2.0, 9.0), "2"),
        ((None, None), "no spread"),
    ],
)
def test_the_ledger_gives_the_least_margin(margins, said):
    card = dict(zip(("margin", "control_margin"), margins, strict=True), kind="measured")
    assert ledger._margin(card) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("0 (20 equal values)", "20"), ("1 … 2 (5 values)", "5"), ("3 (one value)", "1")],
)
def test_the_ledger_counts_seeds(text, said):
    card = {"kind": "measured", "measured_text": text, "measured_interval": None}
    assert ledger._seeds(card) == said


def test_the_ledger_links_to_card_and_source(committed):
    page = committed.built.pages["back/claims-ledger"]
    assert 'href="../network/perceptron.html#claim-perceptron-xor"' in page
    assert 'id="claim-perceptron-xor"' in committed.built.pages["network/perceptron"]
    assert re.search(r'href="bibliography\.html#\w+"[^>]*>Rosenblatt, 1958</a>', page)


def test_verdicts_differ_in_shape_and_word(committed):
    page = committed.built.pages["back/claims-ledger"]
    assert '<span class="verdict verdict-true"><svg' in page
    assert '<span class="verdict-text">True</span>' in page


def test_the_ledger_ends_with_what_is_not_tested(committed):
    page = committed.built.pages["back/claims-ledger"]
    last = page[page.index('id="named-not-tested"') :]
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
    assert total[2:] == ["2", "1", "2", "0", "7.8"]
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


def test_private_modules_are_not_on_the_map(tmp_path):
    for name in ("__init__", "_hidden", "open"):
        path = tmp_path / "dlbook" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text('"""A\nb.\n\nChapters: book/x.md, book/y.md\n"""\n', encoding="utf8")
    (module,) = modules(tmp_path)
    assert (module.name, module.summary) == ("dlbook.open", "A b.")
    assert module.pages == ("book/x.md", "book/y.md")
