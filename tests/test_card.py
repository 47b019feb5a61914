"""The look of a card: HTML, plain text, and the data that the ledger reads."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbclient import NotebookClient

from dlbook._card import MIME, data, html, show, text
from dlbook.claims import Card, Claim, registry

PATIENT = settings(deadline=None)
VERDICTS = ["true", "true with conditions", "false as stated"]
PROSE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1).filter(str.strip)
NUMBERS = st.floats(-1.7e308, 1.7e308)


def card(**changed) -> Card:
    """Return a measured card, with some fields changed."""
    claim = Claim("a-claim", "It is so.", ("network/perceptron",), {"key2020": "Author (2020)"})
    plain = Card(
        claim=claim,
        verdict="true",
        kind="measured",
        evidence="Ten runs.",
        quantity="share",
        rule="every value below 0.5; no control value is",
        measured=(0.1, 0.2),
        control=(0.8, 0.9),
        measured_text="0.1 … 0.2 (2 values)",
        control_text="0.8 … 0.9 (2 values)",
        side="below",
        threshold=0.5,
        margin=4.9497,
        control_margin=4.2,
        seed=3,
    )
    return dataclasses.replace(plain, **changed)


def parsed(a_card: Card) -> ElementTree.Element:
    """Return the tree of the card's HTML; raises where it is not well-formed."""
    return ElementTree.fromstring(html(a_card))


def words(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def rows(a_card: Card) -> dict[str, str]:
    """Return the card's rows as a reader of the HTML sees them."""
    return {words(row[0]): words(row[1]) for row in parsed(a_card).findall("dl/div")}


# --- HTML


def test_the_rows_in_reading_order():
    assert rows(card(verdict="true with conditions", conditions="It rains.")) == {
        "If": "It rains.",
        "Evidence": "Ten runs.",
        "Measured": "share: 0.1 … 0.2 (2 values)",
        "Control": "0.8 … 0.9 (2 values)",
        "Rule": "every value below 0.5; no control value is",
        "Margin": "4.9 standard deviations; control 4.2",
        "Sources": "Author (2020)",
    }
    proof = card(kind="proof", side=None, threshold=None, margin=None, control_margin=None)
    assert rows(proof)["Kind"] == "proved; checked exactly"
    assert "Checked" in rows(proof) and "Margin" not in rows(proof)
    source = Card(card().claim, "true", "source", "History.")
    assert list(rows(source)) == ["Evidence", "Kind", "Sources"]


def test_the_frame_is_a_named_region_that_can_be_linked():
    section = parsed(card())
    assert section.tag == "section"
    assert section.get("id") == "claim-a-claim"
    assert section.get("aria-label") == "Claim: It is so."
    assert section.get("class").split()[:2] == ["dl-claim", "dl-claim-true"]
    assert words(section.find("p[@class='dl-claim-wording']")) == "“It is so.”"


def test_ids_are_unique_in_the_book():
    pages = [html(card(claim=claim)) for claim in registry().values()]
    ids = re.findall(r'\bid="([^"]*)"', "".join(pages))
    assert len(ids) == len(set(ids)) == len(pages)


def test_a_verdict_differs_in_word_shape_and_colour():
    seen = []
    for verdict in VERDICTS:
        section = parsed(card(verdict=verdict))
        heading = section.find("p[@class='dl-claim-verdict']")
        assert words(heading).strip().lower() == verdict
        icon = heading.find("svg")
        assert icon.get("aria-hidden") == "true"
        seen.append((icon[0].tag, icon.get("style"), section.get("class")))
    assert all(len(set(column)) == 3 for column in zip(*seen, strict=True))


@PATIENT
@given(PROSE, PROSE, PROSE, st.sampled_from(VERDICTS))
def test_any_text_is_shown_as_it_is(wording, evidence, source, verdict):
    claim = Claim("a-claim", wording, ("a/b",), {"key": source})
    shown = card(claim=claim, evidence=evidence, verdict=verdict)
    section = parsed(shown)
    assert section.get("aria-label").removeprefix("Claim: ").split() == wording.split()
    assert words(section.find("p[@class='dl-claim-wording']"))[1:-1].split() == wording.split()
    assert rows(shown)["Evidence"].split() == evidence.split()
    assert rows(shown)["Sources"].split() == source.split()


def test_markup_in_a_text_stays_text():
    evil = """</p><script>alert("1")</script> & <b onclick='x'>"""
    shown = card(evidence=evil, conditions=evil, quantity=evil, claim=Claim(evil, evil, ()))
    assert rows(shown)["Evidence"] == evil
    assert not re.search(r"<script|<b |onclick='", html(shown))


def test_numbers_are_not_broken_at_the_end_of_a_line():
    shown = html(card(evidence="≤ 3e-15 in 95 % of runs & more"))
    assert '<span style="white-space:nowrap">3e-15</span> in 95\N{NO-BREAK SPACE}% of' in shown


def test_inline_styles_are_few_and_leave_room_for_the_site():
    styles = re.findall(r'style="([^"]*)"', html(card()))
    colours = [part for style in styles for part in re.findall(r"#\w+", style)]
    assert colours and all(f"var(--dl-true, {colour})" in html(card()) for colour in colours)
    assert all(style.count(":") <= 2 for style in styles)
    assert "background" not in html(card()) and "font-size:" not in html(card())


# --- margins in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"margin": 1.99}, "2 standard deviations (narrow); control 4.2"),
        ({"margin": 1.234}, "1.2 standard deviations (narrow); control 4.2"),
        ({"margin": 2.0}, "2 standard deviations; control 4.2"),
        ({"control_margin": 0.5}, "4.9 standard deviations; control 0.5 (narrow)"),
        ({"margin": 7.1e8}, "over 100 standard deviations; control 4.2"),
        ({"measured_interval": (0.1, 0.2)}, "4.9 standard errors; control 4.2 standard deviations"),
        (
            {"measured_interval": (0.1, 0.2), "control_interval": (0.8, 0.9)},
            "4.9 standard errors; control 4.2",
        ),
        (
            {"margin": None, "measured": (0.1,)},
            "none: one value has no spread; control 4.2 standard deviations",
        ),
        ({"control_margin": None}, "4.9 standard deviations; control none: nothing varies"),
        ({"margin": None, "control_margin": None}, "none: nothing varies"),
    ],
    ids=str,
)
def test_margins_in_words(changed, words):
    assert rows(card(**changed))["Margin"] == words


# --- the picture


def test_the_picture_has_all_values_and_one_threshold():
    picture = parsed(card()).find("svg")
    assert picture.get("aria-hidden") == "true"
    marks = [float(mark.get("cx").rstrip("%")) for mark in picture.iter("circle")]
    threshold = float(picture.find(".//line").get("x1").rstrip("%"))
    assert marks[0] < marks[1] < threshold < marks[2] < marks[3]
    area = picture.find(".//rect")
    left = float(area.get("x").rstrip("%"))
    assert left < marks[0] and left + float(area.get("width").rstrip("%")) == threshold
    assert "below 0.5" in words(picture)
    assert parsed(card(side=None, threshold=None)).find("svg") is None


def test_the_picture_of_within_has_two_lines_around_what_is_inside():
    picture = parsed(card(side="within", threshold=0.5, control=(-0.9, 0.8))).find("svg")
    low, high = (float(line.get("x1").rstrip("%")) for line in picture.iter("line"))
    marks = [float(mark.get("cx").rstrip("%")) for mark in picture.iter("circle")]
    assert marks[2] < low < marks[0] < marks[1] < high < marks[3]


def test_the_picture_of_an_interval_and_of_a_wide_range():
    shown = card(measured=(1e-15, 0.0), control=(0.4, 0.3, 0.5), control_interval=(0.3, 0.5))
    picture = parsed(dataclasses.replace(shown, threshold=1e-6)).find("svg")
    assert "below 1e-06 (log scale)" in words(picture)
    assert len(picture.findall(".//circle")) == 2 + 1  # of a ready-made interval, the mean alone
    bar = picture.findall(".//line")[-1]
    assert float(bar.get("x1").rstrip("%")) < float(bar.get("x2").rstrip("%"))


def test_many_values_are_thinned_out_with_their_ends_kept():
    values = tuple(np.linspace(0.0, 0.4, 1000))
    picture = parsed(card(measured=values)).find("svg")
    marks = [float(mark.get("cx").rstrip("%")) for mark in picture.iter("circle")][:-2]
    few = parsed(card(measured=(0.0, 0.4))).find("svg")
    assert len(marks) == 60
    assert [min(marks), max(marks)] == [
        float(mark.get("cx").rstrip("%")) for mark in few.iter("circle")
    ][:2]


@PATIENT
@given(
    st.lists(NUMBERS, min_size=1, max_size=9),
    st.lists(NUMBERS, min_size=1, max_size=9),
    st.floats(1e-300, 1e300),
    st.sampled_from(["below", "above", "within"]),
)
def test_every_mark_of_any_picture_lies_in_it(measured, control, threshold, side):
    shown = card(measured=tuple(measured), control=(*control, threshold / 2), side=side)
    picture = parsed(dataclasses.replace(shown, threshold=threshold)).find("svg")
    for mark in picture.iter("circle"):
        assert 25 <= float(mark.get("cx").rstrip("%")) <= 98


# --- plain text and data


def test_plain_text():
    long = "a word " * 40
    lines = text(card(evidence=long)).splitlines()
    assert lines[0] == "[✓ TRUE] It is so."
    assert lines[1].startswith("  Evidence: a word")
    assert lines[2].startswith(" " * 12 + "a word") or lines[2].startswith(" " * 12 + "word")
    assert max(map(len, lines)) <= 88
    assert "  Margin:   4.9 standard deviations; control 4.2" in lines
    assert "<" not in text(card())


def test_plain_text_cuts_no_word():
    name = "x" * 200
    assert name in text(card(evidence=f"see {name} and re-run it"))


def test_data_is_strict_json_with_values_and_threshold():
    sent = json.loads(json.dumps(data(card()), allow_nan=False))
    assert sent == data(card())
    assert sent == {
        **{"id": "a-claim", "wording": "It is so.", "chapters": ["network/perceptron"]},
        **{"sources": {"key2020": "Author (2020)"}, "verdict": "true", "kind": "measured"},
        **{"evidence": "Ten runs.", "quantity": "share", "conditions": None},
        **{"rule": "every value below 0.5; no control value is", "side": "below"},
        **{"threshold": 0.5, "measured": [0.1, 0.2], "control": [0.8, 0.9]},
        **{"measured_text": "0.1 … 0.2 (2 values)", "control_text": "0.8 … 0.9 (2 values)"},
        **{"measured_interval": None, "control_interval": None},
        **{"margin": 4.9497, "control_margin": 4.2, "margin_unit": "standard deviations"},
        **{"narrow": False, "seed": 3},
    }
    assert data(card(control_margin=1.9))["narrow"]
    assert not data(card(margin=None, control_margin=None))["narrow"]
    assert data(card(measured_interval=(0.1, 0.2)))["margin_unit"] == "standard errors"
    assert data(card(threshold=None))["margin_unit"] is None


CELL = """
import torch
from dlbook.claims import claim
claim("stack-collapses", verdict="true", quantity="share", measured=torch.tensor([1e-15, 2e-15]),
      control=torch.tensor([0.5, 0.6]), below=1e-6, evidence="a & b")
"""


def test_a_notebook_shows_html_text_and_data():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain", MIME}
    assert output.data[MIME]["measured"] == pytest.approx([1e-15, 2e-15])
    assert output.data["text/plain"].startswith("[✓ TRUE] Without activations")
    ElementTree.fromstring(output.data["text/html"])
    json.dumps(output.data[MIME], allow_nan=False)


def test_a_terminal_without_the_mark_gets_the_word():
    run = subprocess.run(
        [sys.executable, "-c", CELL],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert run.stdout.startswith(b"[? TRUE] Without activations")


def test_a_prompt_shows_text(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    show(card())
    assert capsys.readouterr().out == text(card()) + "\n"
