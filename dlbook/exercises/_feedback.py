"""How feedback looks: HTML in a notebook and on a page, plain text in a terminal."""

import re
import sys
import textwrap
from dataclasses import dataclass, field
from html import escape
from typing import Any

MIME = "application/vnd.dlbook.check+json"
WIDTH = 88

# Each status has a word, a character for the terminal, a shape, and a colour: never colour alone.
_LOOK = {
    "passed": (
        "✓",
        '<circle cx="12" cy="12" r="10"/><path d="M7 12.5l3.5 3.5L17 8.5"/>',
        "var(--dl-true, #2a9d6e)",
    ),
    "failed": (
        "✗",
        '<rect x="2.5" y="2.5" width="19" height="19"/><path d="M8 8l8 8M16 8l-8 8"/>',
        "var(--dl-false, #d1495b)",
    ),
    "unfinished": (
        "…",
        '<path d="M12 1.5L22.5 12 12 22.5 1.5 12z"/><path d="M7.5 12h.1M12 12h.1M16.4 12h.1"/>',
        "var(--dl-conditional, #a87400)",
    ),
}


@dataclass(frozen=True, repr=False)
class Feedback:
    """The answer to one check. It has been displayed already, so its ``repr`` is empty.

    Parameters
    ----------
    id : str
        The exercise.
    status : "passed", "failed" or "unfinished"
    verdict : str
        One sentence.
    rows : tuple of (str, str)
        What is shown of a failed case: a term and its text, which may have several lines.
    hint : str
    num_cases, num_passed : int
    notes : tuple of str
        What else the reader should know, such as what the function printed.

    Examples
    --------
    >>> Feedback("perceptron/update", "passed", "right in all 7 cases.").passed
    True
    """

    id: str
    status: str
    verdict: str
    rows: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    num_cases: int = 0
    num_passed: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return self.status == "passed"

    @property
    def text(self) -> str:
        """The feedback as plain text."""
        mark = _LOOK[self.status][0]
        lines = [f"{mark} {self.id}: {self.verdict}"]
        width = max((len(term) for term, _ in self.rows), default=0) + 1
        for term, value in self.rows:
            head, *rest = value.split("\n")
            lines.append(f"  {term + ':':<{width}} {head}")
            lines += [f"  {'':<{width}} {line}" for line in rest]
        for paragraph in (*self.notes, f"Hint: {self.hint}" if self.hint else ""):
            lines += textwrap.wrap(
                paragraph,
                WIDTH,
                initial_indent="  ",
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        return "\n".join(lines)

    @property
    def html(self) -> str:
        """The feedback as HTML that needs no stylesheet."""
        _, shape, color = _LOOK[self.status]
        rows = "".join(_row(term, value) for term, value in self.rows)
        facts = f'<dl class="dl-check-case" style="margin:.4em 0 0">{rows}</dl>' if rows else ""
        notes = "".join(f'<p style="margin:.5em 0 0">{_prose(note)}</p>' for note in self.notes)
        hint = (
            f'<p class="dl-check-hint" style="margin:.5em 0 0"><strong>Hint.</strong> '
            f"{_prose(self.hint)}</p>"
            if self.hint
            else ""
        )
        return (
            f'<div class="dl-check dl-check-{self.status}" role="group" '
            f'aria-label="Check of {escape(self.id, quote=True)}" style="border:1px solid {color};'
            f"border-left-width:5px;border-radius:6px;padding:.7em 1em;margin:.8em 0;"
            f'max-width:46em">'
            f'<p class="dl-check-verdict" style="margin:0">'
            f'<svg viewBox="0 0 24 24" width="1.1em" height="1.1em" aria-hidden="true" fill="none" '
            f'stroke="{color}" stroke-width="2.4" stroke-linecap="round" '
            f'style="vertical-align:-.18em">{shape}</svg> '
            f"<code>{escape(self.id)}</code>: <strong>{_prose(self.verdict)}</strong></p>"
            f"{facts}{notes}{hint}</div>"
        )

    def data(self) -> dict[str, Any]:
        """Return the feedback as JSON, for what reads executed notebooks."""
        return {
            "id": self.id,
            "passed": self.passed,
            "status": self.status,
            "verdict": self.verdict,
            "cases": self.num_cases,
            "passed_cases": self.num_passed,
            "hint": self.hint,
        }

    def show(self) -> None:
        """Display the feedback: in a notebook as HTML and data, at a prompt as text."""
        ipython = sys.modules.get("IPython")
        if ipython is not None and ipython.get_ipython() is not None:
            from IPython.display import display

            display({"text/html": self.html, "text/plain": self.text, MIME: self.data()}, raw=True)
            return
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(self.text.encode(encoding, errors="replace").decode(encoding))

    def __str__(self) -> str:
        """Return the feedback as plain text."""
        return self.text

    def __repr__(self) -> str:
        """Return nothing: ``check`` has shown it, and a cell that ends in it shows it once."""
        return ""

    def _ipython_display_(self) -> None:
        """Show nothing, for the same reason."""


def _prose(text: str) -> str:
    """Return a sentence as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _row(term: str, value: str) -> str:
    """Return a term and its text; on a narrow screen the text goes below."""
    text = (
        escape(value)
        if term == "Case"
        else f'<code style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(value)}</code>'
    )
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:0 .8em;margin:.15em 0">'
        f'<dt style="flex:0 0 6.5em;font-weight:600">{escape(term)}</dt>'
        f'<dd style="flex:1 1 16em;margin:0;min-width:0">{text}</dd></div>'
    )
