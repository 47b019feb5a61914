"""Feedback is shown exactly once, everywhere, and never by colour alone."""

import io
import subprocess
import sys
from html.parser import HTMLParser

import nbclient
import nbformat
import pytest

from dlbook.exercises import Feedback

FAILED = Feedback(
    "a/b",
    "failed",
    "not yet; 1 of 2 cases passes.",
    rows=(("Case", "two"), ("Expected", "x <1>\ny 2"), ("Received", "&")),
    hint="Look at `a < b` & think.",
    num_cases=2,
    num_passed=1,
    notes=("It printed: “hello”",),
)


def test_text():
    assert FAILED.text.splitlines() == [
        "✗ a/b: not yet; 1 of 2 cases passes.",
        "  Case:     two",
        "  Expected: x <1>",
        "            y 2",
        "  Received: &",
        "  It printed: “hello”",
        "  Hint: Look at `a < b` & think.",
    ]
    assert str(FAILED) == FAILED.text


def test_long_hints_are_wrapped():
    text = Feedback("a/b", "failed", "not yet.", hint="word " * 100).text
    assert max(map(len, text.splitlines())) <= 88


class Outline(HTMLParser):
    """Collect tags, classes and text; fail on tags that do not match."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.classes, self.text = [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.classes += dict(attrs).get("class", "").split()
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html_is_well_formed_and_escaped():
    outline = Outline(FAILED.html)
    assert {"dl-check", "dl-check-failed", "dl-check-hint"} <= set(outline.classes)
    text = "".join(outline.text)
    assert "x <1>\ny 2" in text
    assert "Look at a < b & think." in text
    assert outline.tags.count("dt") == outline.tags.count("dd") == 3


def test_each_status_has_its_own_word_mark_and_shape():
    feedbacks = [Feedback("a/b", status, "…") for status in ("passed", "failed", "unfinished")]
    assert len({feedback.text[0] for feedback in feedbacks}) == 3
    assert (
        len({feedback.html.split("<svg")[1].split("</svg>")[0][-60:] for feedback in feedbacks})
        == 3
    )
    for feedback in feedbacks:
        assert f"dl-check-{feedback.status}" in feedback.html
        assert "var(--dl-" in feedback.html


def test_data_is_json():
    assert FAILED.data() == {
        "id": "a/b",
        "passed": False,
        "status": "failed",
        "verdict": "not yet; 1 of 2 cases passes.",
        "cases": 2,
        "passed_cases": 1,
        "hint": "Look at `a < b` & think.",
    }


def test_a_terminal_that_knows_few_characters(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    Feedback("a/b", "failed", "not yet.").show()
    sys.stdout.flush()
    assert raw.getvalue().replace(b"\r", b"") == b"? a/b: not yet.\n"


STUCK = """\
def stuck(*arguments):
    while True:
        try:
            pass
        except BaseException:
            pass
"""
CELLS = [
    "from dlbook.exercises import check",
    "from dlbook.exercises.perceptron import update\ncheck('perceptron/update', update)",
    "check('perceptron/update', update)\nx = 1",
    "feedback = check('perceptron/update', update)",
    "feedback",
    "check('perceptron/update', update).passed",
    "check('perceptron/update', ...)\ncheck('perceptron/update', lambda *a: None)",
    STUCK + "check('perceptron/update', stuck)",
    "def wrong(weights, bias, x, label):\n    y = 1\n    return weigths\n"
    "check('perceptron/update', wrong)",
]


@pytest.mark.slow
def test_a_notebook_shows_feedback_once():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in CELLS])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    shown = [[output.output_type for output in cell.outputs] for cell in notebook.cells]
    once = ["display_data"]
    assert shown == [
        [],
        once,
        once,
        once,
        [],
        [*once, "execute_result"],
        [*once, *once],
        once,
        once,
    ]
    data = notebook.cells[1].outputs[0].data
    assert set(data) == {"text/html", "text/plain", "application/vnd.dlbook.check+json"}
    assert data["application/vnd.dlbook.check+json"]["passed"] is True
    stuck, wrong = (cell.outputs[0].data["text/plain"] for cell in notebook.cells[-2:])
    assert "still running after 3 seconds" in stuck
    assert "Your line 3: return weigths" in wrong
    assert "Did you mean `weights`?" in wrong


SESSION = """\
from dlbook.exercises import check
check("perceptron/update", ...)
"after"
"""


def session(*command):
    """Return what an interactive session prints."""
    run = subprocess.run(command, input=SESSION, capture_output=True, text=True, timeout=60)
    return run.stdout


def test_pythons_own_prompt_shows_feedback_once():
    out = session(sys.executable, "-i", "-q", "-c", "import sys; sys.ps1 = sys.ps2 = ''")
    assert out.count("not written yet") == 1
    _, after = out.split("run the\n  cell again.\n")
    assert after.strip() == "'after'"


@pytest.mark.slow
def test_ipythons_prompt_shows_feedback_once():
    out = session(sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--quick")
    assert out.count("not written yet") == 1
    assert "Feedback" not in out
