"""Break chapters on purpose and see their claims turn red: ``python book/_tools/sabotage.py``.

``tests/book/sabotage.yml`` names the sabotages. Each replaces one piece of text in one cell; the
page's cells up to the card are then executed, and the card must raise a ClaimError that names the
claim and the numbers. That nothing is raised without the patch is what the build shows.
"""

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from bookcheck.book import Book
from bookcheck.running import claim_cells, error_of, fix_threads, is_python, run_cells


class Outcome(NamedTuple):
    """What came of a sabotage: an empty ``problem`` if the card turned red as it should."""

    problem: str
    message: str
    seconds: float


def main() -> int:
    """Run the sabotages; return 1 if one went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="only these; default: all")
    parser.add_argument("--quick", action="store_true", help="only those marked quick")
    options = parser.parse_args()
    fix_threads()
    book = Book(Path(__file__).resolve().parents[2])
    rows = [row for row in book.sabotage if not options.quick or row.get("quick")]
    unknown = set(options.names) - {row["name"] for row in rows}
    if unknown:
        known = ", ".join(row["name"] for row in rows)
        parser.error(f"no sabotage {', '.join(sorted(unknown))}; there are {known}")
    if options.names:
        rows = [row for row in rows if row["name"] in options.names]
    width = max((len(row["name"]) for row in rows), default=0)
    failed = 0
    for row in rows:
        outcome = sabotage(book, row)
        failed += bool(outcome.problem)
        mark = "FAILED" if outcome.problem else "red   "
        told = outcome.problem or f"{row['claim']}: {_numbers(outcome.message)}"
        print(f"{mark}  {row['name']:<{width}}  {outcome.seconds:5.1f} s  {told}", flush=True)
    print(f"{len(rows) - failed} of {len(rows)} sabotages turned their card red")
    return 1 if failed or not rows else 0


def sabotage(book: Book, row: dict[str, Any]) -> Outcome:
    """Run one sabotage."""
    page = book.page(row["page"])
    if page is None:
        return Outcome(f"{row['page']} is not a page of the book", "", 0.0)
    places = claim_cells(page)
    if row["claim"] not in places:
        return Outcome(f"{page.name} has no card of {row['claim']!r}", "", 0.0)
    card = places[row["claim"]]
    cells = page.cells[: card + 1]
    count = sum(cell.code.count(row["find"]) for cell in cells)
    if count != 1:
        told = f"the text to be replaced occurs {count} times up to the card, expected once"
        return Outcome(told, "", 0.0)
    patched = [cell._replace(code=cell.code.replace(row["find"], row["replace"])) for cell in cells]
    if not all(map(is_python, patched)):
        return Outcome("the patched cell is not valid Python", "", 0.0)
    start = time.perf_counter()
    done = run_cells(page, patched)
    return _judge(row, done, time.perf_counter() - start)


def _judge(row: dict[str, Any], cells: list[Any], seconds: float) -> Outcome:
    """Say whether the card, and nothing else, turned red, and whether it says why."""
    errors = {index: error for index, cell in enumerate(cells) if (error := error_of(cell))}
    if not errors:
        return Outcome("went unnoticed: the card is still shown", "", seconds)
    index, (name, message) = min(errors.items())
    if name != "ClaimError":
        told = f"cell {index + 1} failed before the claim could: {name}: {_first_lines(message)}"
        return Outcome(told, message, seconds)
    if repr(row["claim"]) not in message:
        told = f"another claim turned red: {_first_lines(message)}"
        return Outcome(told, message, seconds)
    if not re.search(row["expect"], message, re.S) or not re.search(r"\d", message):
        told = f"the message does not match {row['expect']!r}:\n{message}"
        return Outcome(told, message, seconds)
    return Outcome("", message, seconds)


def _first_lines(message: str) -> str:
    """Return the beginning of a message in one line."""
    return " · ".join(" ".join(line.split()) for line in message.splitlines()[:5])


def _numbers(message: str) -> str:
    """Return what a ClaimError says of the measured values and of the control."""
    lines = (" ".join(line.split()) for line in message.splitlines())
    return " · ".join(line for line in lines if line.startswith(("measured:", "control:")))


if __name__ == "__main__":
    sys.exit(main())
