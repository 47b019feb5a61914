"""Correct what the extensions write into a page, so that it is valid, accessible and quiet.

Each mend is one function over the parsed text of a page. They change structure only; looks are the
stylesheet's business.
"""

import re
from collections.abc import Callable

from bs4 import BeautifulSoup, Tag

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def mend(body: str) -> str:
    """Return a page's text with every mend applied."""
    soup = BeautifulSoup(body, "html.parser")
    for step in MENDS:
        step(soup)
    return str(soup)


def drop_repeated_ids(soup: BeautifulSoup) -> None:
    """Keep an id at its first place: sphinx-exercise and sphinx-proof repeat theirs."""
    seen: set[str] = set()
    for element in soup.find_all(id=True):
        name = str(element["id"])
        if name in seen or name in ("exercise-content", "solution-content", "proof-content"):
            del element["id"]
        seen.add(name)


def fold_solutions(soup: BeautifulSoup) -> None:
    """Make a box that folds a real ``details``: it opens by keyboard, on paper, without script."""
    for box in soup.select("div.dropdown.admonition"):
        title = box.find("p", class_="admonition-title", recursive=False)
        if title is None:
            continue
        box.name = "details"
        title.name = "summary"
        # A summary is a button, in which a link cannot be reached.
        for link in title.find_all("a"):
            link.unwrap()


def name_hidden_code(soup: BeautifulSoup) -> None:
    """Give the switch of hidden code one plain name in place of two that swap."""
    for summary in soup.select("details.hide > summary"):
        words = summary.find(class_="collapsed")
        text = words.get_text() if words else "Show"
        what = "output" if "output" in text else "the code"
        del summary["aria-label"]
        summary.string = f"Show {what}"
        if summary.parent is not None:
            summary.parent["class"] = ["hidden-code"]


def name_heading_links(soup: BeautifulSoup) -> None:
    """Take the bare ``#`` out of the text; the stylesheet draws it, and the link gets a name."""
    for link in soup.select("a.headerlink"):
        link.string = ""
        what = link.get("title") or "Link to this place"
        owner = link.parent
        if owner is not None and owner.name in HEADINGS:
            what = f"Link to the section {owner.get_text().strip()}"
        link["aria-label"] = str(what).replace("Link to this heading", "Link to this section")
        del link["title"]


def trim_section_numbers(soup: BeautifulSoup) -> None:
    """Write a section's number without its last dot."""
    for number in soup.select("span.section-number"):
        number.string = number.get_text().rstrip(" .")
        number.insert_after(" ")


def size_figures(soup: BeautifulSoup) -> None:
    """Tell the stylesheet how wide a figure is drawn, so that it need not shrink to dust."""
    for drawing in soup.select(".dl-figure svg[width]"):
        drawing["style"] = f"--drawn:{drawing['width']}px;{drawing.get('style', '')}"


def wrap_tables(soup: BeautifulSoup) -> None:
    """Let a wide table scroll within itself, and tell which cells are headers."""
    for table in soup.find_all("table"):
        for cell in table.select("thead th"):
            cell["scope"] = "col"
            if not cell.get_text().strip():
                cell.name = "td"
                del cell["scope"]
        parent = table.parent
        if parent is None or "table-wrap" not in parent.get("class", []):
            table.wrap(soup.new_tag("div", attrs={"class": "table-wrap"}))


def bind_units(soup: BeautifulSoup) -> None:
    """Keep a number and its per cent sign on one line."""
    for text in list(soup.find_all(string=re.compile(r"\d %"))):
        if not text.find_parent(["pre", "code", "script", "style", "svg"]):
            text.replace_with(re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text))


def let_names_break(soup: BeautifulSoup) -> None:
    """Let a long name or a path in a table break between its parts, not within words."""
    for code in soup.select("table code"):
        for text in list(code.find_all(string=True)):
            parts = re.split(r"(?<=[./_])(?=\w)", text)
            pieces = [piece for part in parts for piece in (soup.new_tag("wbr"), part)][1:]
            if len(parts) > 1:
                text.replace_with(*pieces)


def label_ledger_cells(soup: BeautifulSoup) -> None:
    """Give each cell of the ledger its column's name and role, for narrow screens."""
    roles = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    for table in soup.select("table.claims-ledger"):
        for element in [table, *table.find_all(list(roles))]:
            element["role"] = roles[element.name]
        labels = [cell.get_text().strip() for cell in table.select("thead th")]
        for row in table.select("tbody tr"):
            for label, cell in zip(labels, row.find_all(["th", "td"]), strict=False):
                cell["data-label"] = label
                if cell.name == "th":
                    cell["role"], cell["scope"] = "rowheader", "row"


def free_table_columns(soup: BeautifulSoup) -> None:
    """Drop ``colgroup`` widths that a narrow page cannot keep."""
    for group in soup.find_all("colgroup"):
        group.decompose()


def drop_stale_roles(soup: BeautifulSoup) -> None:
    """Replace the roles of bibliography and footnotes that ARIA has deprecated."""
    for element in soup.select('[role="doc-biblioentry"], [role="doc-endnote"]'):
        parent = element.parent
        if parent is not None and parent.get("role") == "list":
            element["role"] = "listitem"
        else:
            del element["role"]
    for element in soup.select('section[role="exercise-content"], p[role="heading"]'):
        del element["role"]


def plain_boxes(soup: BeautifulSoup) -> None:
    """Make the nameless sections inside boxes plain: a section is for a heading."""
    for section in soup.find_all("section"):
        named = section.get("aria-label") or section.find(HEADINGS, recursive=False)
        if not named:
            section.name = "div"


def plain_signatures(soup: BeautifulSoup) -> None:
    """Write the lines of a long signature as lines: they are no definitions."""
    for lines in soup.select("dt.sig dl"):
        for line in lines.find_all("dd", recursive=False):
            line.name, line["class"] = "span", "sig-line"
        lines.name, lines["class"] = "span", "sig-lines"


def mark_margin_notes(soup: BeautifulSoup) -> None:
    """A margin note is a note of the text, not a landmark of the page."""
    for aside in soup.select("aside.margin"):
        aside["role"] = "note"
        title = aside.find("p", class_="sidebar-title", recursive=False)
        if isinstance(title, Tag) and not title.get_text().strip():
            title.decompose()


MENDS: tuple[Callable[[BeautifulSoup], None], ...] = (
    drop_repeated_ids,
    fold_solutions,
    name_hidden_code,
    name_heading_links,
    trim_section_numbers,
    size_figures,
    free_table_columns,
    wrap_tables,
    bind_units,
    let_names_break,
    label_ledger_cells,
    drop_stale_roles,
    plain_boxes,
    plain_signatures,
    mark_margin_notes,
)
