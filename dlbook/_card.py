"""How a claim's card looks: HTML in a notebook and on the page, plain text in a terminal."""

from __future__ import annotations

import dataclasses
import re
import sys
import textwrap
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from dlbook._strip import strip

if TYPE_CHECKING:
    from dlbook.claims import Card

MIME = "application/vnd.dlbook.claim+json"
NARROW = 2  # a margin below it is called narrow
WIDTH = 88  # of the plain text, in characters


class _Look(NamedTuple):
    """A verdict's class, mark, shape and colour: never colour alone."""

    name: str
    mark: str
    shape: str
    color: str  # 4:1 or more on white and on black: without the site's styles it must serve both


_LOOK = {
    "true": _Look(
        "true", "✓", '<circle cx="12" cy="12" r="10"/><path d="M7 12.5l3.5 3.5L17 8.5"/>', "#2b8a57"
    ),
    "true with conditions": _Look(
        "conditional",
        "◐",
        '<path d="M12 1.5L22.5 12 12 22.5 1.5 12z"/><path d="M12 7v6M12 16v.6"/>',
        "#a87400",
    ),
    "false as stated": _Look(
        "false",
        "✗",
        '<rect x="2.5" y="2.5" width="19" height="19"/><path d="M8 8l8 8M16 8l-8 8"/>',
        "#d0475a",
    ),
}


def show(card: Card) -> None:
    """Display the card: in a notebook as HTML and data, at a prompt as text."""
    if _in_ipython():
        from IPython.display import display

        display({"text/html": html(card), "text/plain": text(card), MIME: data(card)}, raw=True)
    else:
        encoding = getattr(sys.stdout, "encoding", None) or "utf8"
        print(text(card).encode(encoding, "replace").decode(encoding))  # a terminal without ✓


def text(card: Card) -> str:
    """Return the card as plain text."""
    title = f"[{_LOOK[card.verdict].mark} {card.verdict.upper()}] {card.claim.wording}"
    lines = _wrapped(title, "", "  ")
    for name, value in _facts(card):
        lines += _wrapped(value, f"  {name + ':':<9} ", " " * 12)
    return "\n".join(lines)


def data(card: Card) -> dict[str, Any]:
    """Return the card as JSON, for the ledger."""
    values = dataclasses.asdict(card)
    entry = values.pop("claim")
    return {
        **{name: _listed(value) for name, value in {**entry, **values}.items()},
        "margin_unit": _unit(card.measured_interval) if card.threshold is not None else None,
        "narrow": any(m is not None and m < NARROW for m in (card.margin, card.control_margin)),
    }


def html(card: Card) -> str:
    """Return the card as a fragment of HTML that can be read without a stylesheet.

    The few inline styles are all variables of the site with a value for elsewhere.
    """
    look = _LOOK[card.verdict]
    ink = f"var(--dl-{look.name}, {look.color})"
    facts = "".join(
        f'<div style="display:var(--dl-claim-row, flex)">'
        f'<dt style="flex:0 0 var(--dl-claim-term, 6.6em);font-weight:600">{term}</dt>'
        f'<dd style="margin:var(--dl-claim-gap, 0 0 .3em);min-width:0">{_unbroken(value)}</dd>'
        "</div>"
        for term, value in _facts(card)
    )
    return (
        f'<section class="dl-claim dl-claim-{look.name} mathjax_ignore" '
        f'id="claim-{escape(card.claim.id)}" aria-label="Claim: {escape(card.claim.wording)}" '
        f'style="border-left:.3em solid {ink};padding:var(--dl-claim-padding, .1em 0 .1em 1em)">'
        f'<p class="dl-claim-verdict"><svg viewBox="0 0 24 24" width="18" height="18" '
        f'aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.4" '
        f'style="color:{ink}">{look.shape}</svg> '
        f"<strong>{escape(card.verdict.capitalize())}</strong></p>"
        f'<p class="dl-claim-wording">“{escape(card.claim.wording)}”</p>'
        f"{strip(card, ink)}"
        f'<dl class="dl-claim-facts" style="margin:.5em 0 0">{facts}</dl></section>'
    )


def _facts(card: Card) -> list[tuple[str, str]]:
    """Return the card's rows, in reading order; rows with nothing to say are left out."""
    proof = card.kind == "proof"
    rows = [
        ("If", card.conditions or ""),
        ("Evidence", card.evidence),
        (
            "Checked" if proof else "Measured",
            f"{card.quantity}: {card.measured_text}" if card.measured else "",
        ),
        ("Control", card.control_text),
        ("Rule", card.rule),
        ("Margin", _margin(card)),
        (
            "Kind",
            {"proof": "proved; checked exactly", "source": "rests on sources"}.get(card.kind, ""),
        ),
        ("Sources", "; ".join(card.claim.sources.values())),
    ]
    return [(name, value) for name, value in rows if value]


def _margin(card: Card) -> str:
    """Say how far the means keep from the threshold; empty where there is none."""
    if card.threshold is None:
        return ""
    unit, control_unit = _unit(card.measured_interval), _unit(card.control_interval)
    if unit == control_unit and card.margin is not None:
        control_unit = ""  # said once
    measured = _distance(card.margin, len(card.measured), unit)
    control = _distance(card.control_margin, len(card.control), control_unit)
    return measured if measured == control else f"{measured}; control {control}"


def _distance(margin: float | None, count: int, unit: str) -> str:
    """Say one margin in words."""
    if margin is None:
        return f"none: {'one value has no spread' if count == 1 else 'nothing varies'}"
    words = f"{'over 100' if margin > 100 else f'{margin:.2g}'} {unit}".strip()
    return f"{words} (narrow)" if margin < NARROW else words


def _unit(interval: tuple[float, float] | None) -> str:
    """Return what a margin is counted in."""
    return "standard deviations" if interval is None else "standard errors"


def _unbroken(words: str) -> str:
    """Return the words as HTML in which no line ends inside 3e-15 or 95 %."""
    words = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", escape(words))
    return re.sub(r"[\d.]+e-\d+", r'<span style="white-space:nowrap">\g<0></span>', words)


def _wrapped(words: str, first: str, later: str) -> list[str]:
    """Return the words as lines, with no word cut."""
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _listed(value: Any) -> Any:
    """Return a tuple as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def _in_ipython() -> bool:
    """Tell whether IPython runs this code, without importing it for the question."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
