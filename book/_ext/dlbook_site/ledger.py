"""The claims ledger: every claim of the book with what became of it.

``{claims-ledger}`` makes the table from the registry and from the cards of the executed notebooks,
and ends with what is named and not tested. It warns, and so fails the build, where the two differ.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from dlbook_site.executed import Record, least_margin, page_name, records
from dlbook_site.generated import (
    Cell,
    Generated,
    Kind,
    add_kind,
    joined,
    link,
    page_of,
    placeholder,
    table,
    warn,
)

HEAD = ["Claim", "Verdict", "Evidence and control", "Seeds", "Margin", "Chapter", "Sources"]
STATIC = Path(__file__).parent / "static"

Place = tuple[Record, dict[str, Any]]  # a page, and the card that stands on it


class ClaimsLedger(Generated):
    """``{claims-ledger}``: the table, then what is named and not tested."""

    kind = "claims-ledger"

    def run(self) -> list[nodes.Node]:
        """Leave the placeholder; what only the registry says is known now."""
        return [*super().run(), *self._not_tested()]

    def prepare(self, node: placeholder) -> None:
        """Parse the sources of each claim, because citations are resolved like any reference."""
        path = _registry_file(self.env)
        if path.is_file():
            self.env.note_dependency(str(path))
        for entry in read_registry(self.env)["claims"]:
            keys = ",".join(entry.get("sources") or ())
            if keys:
                parsed, messages = self.parse_inline(f"{{cite}}`{keys}`", lineno=self.lineno)
                node += nodes.inline("", "", *parsed, *messages, claim=entry["id"])

    def _not_tested(self) -> list[nodes.Node]:
        """Return the section that names what articles claim and the book does not test."""
        entries = read_registry(self.env)["named_not_tested"]
        if not entries:
            return []
        title = nodes.title("", "Named, not tested")
        items = nodes.definition_list(classes=["named-not-tested"])
        for entry in entries:
            why = nodes.definition("", nodes.paragraph("", entry["why"]))
            items += nodes.definition_list_item("", nodes.term("", entry["what"]), why)
        section = nodes.section("", title, items, ids=["named-not-tested"])
        section["names"].append("named-not-tested")
        self.set_source_info(section)
        self.state.document.note_implicit_target(section, section)
        return [section]


def setup(app: Sphinx) -> None:
    """Register the directive and the script that sorts and filters."""
    add_kind(app, ClaimsLedger, Kind(fill, lambda app: read_registry(app.env)))
    app.connect("builder-inited", lambda app: app.config.html_static_path.append(str(STATIC)))
    app.connect("html-page-context", add_script)


def add_script(app: Sphinx, name: str, template: str, context: Any, doctree: Any) -> None:
    """Load the script on the ledger alone; without it the table is complete and in book order."""
    if app.env is not None and name == page_of(app.env, ClaimsLedger.kind):
        app.add_js_file("ledger.js", loading_method="defer")


def read_registry(env: BuildEnvironment | None) -> dict[str, list[dict[str, Any]]]:
    """Return the registry's claims and what it names and does not test."""
    path = _registry_file(env)
    content = yaml.safe_load(path.read_text(encoding="utf8")) if path.is_file() else None
    return {"claims": [], "named_not_tested": [], **(content or {})}


def fill(app: Sphinx, name: str, node: placeholder) -> list[nodes.Node]:
    """Return the ledger's table, after comparing registry and cards."""
    book = records(app)
    entries = read_registry(app.env)["claims"]
    for problem in problems(app.env, entries, book):
        warn(name, problem)
    sources = {child["claim"]: child.children for child in node.children}
    rows, ids = [], []
    for entry in entries:
        places = _places(entry["id"], book)
        if places:
            rows.append(_row(app, name, entry, places, sources.get(entry["id"], [])))
            ids.append(f"ledger-{entry['id']}")
    return [table(HEAD, rows, classes=["claims-ledger"], ids=ids)] if rows else []


def problems(
    env: BuildEnvironment | None, entries: list[dict[str, Any]], book: dict[str, Record]
) -> Iterator[str]:
    """Yield each way in which the registry and the cards differ."""
    assert env is not None
    listed = {e["id"]: {page_name(env, page) for page in e["chapters"]} for e in entries}
    for claim, pages in listed.items():
        for page in sorted(pages):
            if page not in book:
                yield f"claim {claim!r}: the registry lists {page!r}, which is no page of the book"
            elif book[page].succeeded is not False and not _on(book[page], claim):
                yield f"claim {claim!r} has no card on {page!r}, where the registry expects one"
    for page, record in book.items():
        for claim in sorted({card["id"] for card in record.claims}):
            if claim not in listed:
                yield f"claim {claim!r} has a card on {page!r} and no entry in the registry"
            elif page not in listed[claim]:
                yield f"claim {claim!r} has a card on {page!r}, which the registry does not list"
            if len(_on(record, claim)) > 1:
                yield f"claim {claim!r} has {len(_on(record, claim))} cards on {page!r}"


def _on(record: Record, claim: str) -> list[dict[str, Any]]:
    """Return a claim's cards on a page."""
    return [card for card in record.claims if card["id"] == claim]


def _places(claim: str, book: dict[str, Record]) -> list[Place]:
    """Return where a claim has a card, in the order of the book."""
    return [(record, card) for record in book.values() for card in _on(record, claim)]


def _row(
    app: Sphinx, here: str, entry: dict[str, Any], places: list[Place], sources: list[nodes.Node]
) -> list[Cell]:
    """Return a claim's row; where it has several cards, the last one gives the verdict."""
    card = places[-1][1]
    anchor = f"claim-{entry['id']}"
    pages = {record.name: record for record, _ in places}
    return [
        entry["wording"],
        [verdict(card)],
        _evidence(card),
        _seeds(card),
        _margin(card),
        joined(link(app, here, page, record.label, anchor) for page, record in pages.items()),
        sources,
    ]


def verdict(card: dict[str, Any]) -> nodes.inline:
    """Return a verdict as its shape and its word."""
    from dlbook import _card

    look = _card._LOOK[card["verdict"]]
    svg = (
        '<svg viewBox="0 0 24 24" width="1.1em" height="1.1em" aria-hidden="true" fill="none" '
        f'stroke="currentColor" stroke-width="2.4">{look.shape}</svg> '
    )
    words = nodes.inline("", card["verdict"].capitalize(), classes=["verdict-text"])
    classes = ["verdict", f"verdict-{look.name}"]
    return nodes.inline("", "", nodes.raw("", svg, format="html"), words, classes=classes)


def _evidence(card: dict[str, Any]) -> list[nodes.Node]:
    """Return the verdict's conditions, what supports it, and what its control showed."""
    said = [("If: ", card.get("conditions")), ("", card["evidence"])]
    said += [("Control: ", card.get("control_text"))]
    return [
        nodes.paragraph("", "", *([nodes.strong("", lead)] if lead else []), nodes.Text(words))
        for lead, words in said
        if words
    ]


def _seeds(card: dict[str, Any]) -> str:
    """Return over how many values the card judged, or why there are none."""
    if card["kind"] != "measured":
        return {"proof": "proof", "source": "sources"}[card["kind"]]
    counted = re.search(r"(\d+) (?:equal )?values", card["measured_text"])
    if counted:
        return counted[1]
    return "interval" if card["measured_interval"] else "1"


def _margin(card: dict[str, Any]) -> str:
    """Return the least distance from the threshold, in standard deviations or errors."""
    margin = least_margin(card)
    if margin is None:
        return "no spread" if card["kind"] == "measured" else "–"
    return ("over 100" if margin > 100 else f"{margin:.2g}") + " (narrow)" * (margin < 2)


def _registry_file(env: BuildEnvironment | None) -> Path:
    """Return where the registry is."""
    assert env is not None
    return Path(env.srcdir) / "dlbook" / "claims.yml"
