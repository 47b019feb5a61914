"""How a claim's card looks: HTML in a notebook and on the page, plain text in a terminal."""

from __future__ import annotations

import dataclasses
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlbook.claims import Card

MIME = "application/vnd.dlbook.claim+json"

# Each verdict has a word, a character for the terminal, a shape, and a colour: never colour alone.
_LOOK = {
    "true": (
        "true",
        "✓",
        '<circle cx="12" cy="12" r="10"/><path d="M7 12.5l3.5 3.5L17 8.5"/>',
        "#1a6b4a",
    ),
    "true with conditions": (
        "conditional",
        "◐",
        '<path d="M12 1.5L22.5 12 12 22.5 1.5 12z"/><path d="M12 7v6M12 16v.6"/>',
        "#8a5a00",
    ),
    "false as stated": (
        "false",
        "✗",
        '<rect x="2.5" y="2.5" width="19" height="19"/><path d="M8 8l8 8M16 8l-8 8"/>',
        "#a3293a",
    ),
}


def show(card: Card) -> None:
    """Display the card: in a notebook as HTML and data, at a prompt as text."""
    from IPython import get_ipython

    if get_ipython() is None:
        print(text(card))
        return
    from IPython.display import display

    bundle = {"text/html": html(card), "text/plain": text(card), MIME: data(card)}
    display(bundle, raw=True)


def text(card: Card) -> str:
    """Return the card as plain text."""
    _, mark, *_ = _LOOK[card.verdict]
    lines = [f"[{mark} {card.verdict.upper()}] {card.claim.wording}"]
    width = 9
    lines += [f"  {name + ':':<{width}} {value}" for name, value in _facts(card)]
    return "\n".join(lines)


def data(card: Card) -> dict[str, Any]:
    """Return the card as JSON, for the ledger."""
    values = dataclasses.asdict(card)
    entry = values.pop("claim")
    return {"id": entry["id"], "wording": entry["wording"], **values}


def html(card: Card) -> str:
    """Return the card as a fragment of HTML that needs no stylesheet to be read."""
    name, _, shape, color = _LOOK[card.verdict]
    ink = f"var(--dl-{name}, {color})"
    facts = "".join(
        f'<div style="display:flex;gap:.8em;margin:.15em 0">'
        f'<dt style="flex:0 0 6.5em;font-weight:600">{escape(term)}</dt>'
        f'<dd style="margin:0;min-width:0;overflow-wrap:anywhere">{escape(value)}</dd></div>'
        for term, value in _facts(card)
    )
    return (
        f'<section class="dl-claim dl-claim-{name}" id="claim-{card.claim.id}" '
        f'aria-label="Claim: {escape(card.claim.wording, quote=True)}" '
        f'style="border:1px solid {ink};border-left-width:5px;border-radius:6px;'
        f'padding:.8em 1em;margin:1em 0;max-width:46em">'
        f'<p class="dl-claim-verdict" style="margin:0;font-weight:700;color:{ink}">'
        f'<svg viewBox="0 0 24 24" width="1.1em" height="1.1em" aria-hidden="true" fill="none" '
        f'stroke="currentColor" stroke-width="2.4" style="vertical-align:-.18em">{shape}</svg> '
        f"{escape(card.verdict.capitalize())}</p>"
        f'<p class="dl-claim-wording" style="margin:.3em 0 .6em;font-size:1.06em">'
        f"“{escape(card.claim.wording)}”</p>"
        f'<dl class="dl-claim-facts" style="margin:0;font-size:.9em">{facts}</dl></section>'
    )


def _facts(card: Card) -> list[tuple[str, str]]:
    """Return the card's rows, in reading order; rows with nothing to say are left out."""
    margin = _margin(card)
    rows = [
        ("If", card.conditions or ""),
        ("Evidence", card.evidence),
        ("Measured", f"{card.quantity}: {card.measured_text}" if card.measured else ""),
        ("Control", card.control_text),
        ("Rule", card.rule),
        ("Margin", margin),
        (
            "Kind",
            {"proof": "proved; checked exactly", "source": "rests on sources"}.get(card.kind, ""),
        ),
        ("Sources", "; ".join(card.claim.sources.values())),
    ]
    return [(name, value) for name, value in rows if value]


def _margin(card: Card) -> str:
    """Say how far the values keep from the threshold; empty where nothing varies."""
    if card.margin is None:
        return ""
    unit = "standard errors" if "interval" in card.rule else "standard deviations"
    words = f"{card.margin:.2g} {unit}"
    if card.margin < 2:
        words += " (narrow)"
    return words + (f" (control {card.control_margin:.2g})" if card.control_margin else "")
