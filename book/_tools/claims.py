"""Run every claim on other base seeds: ``python book/_tools/claims.py --seeds 1,2,3``.

The cells of each page that makes a claim are executed anew for each base seed. The table says for
each card whether the verdict held and by what margin; a margin under 2 is marked as narrow.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from bookcheck.book import Book
from bookcheck.cards import card_calls
from bookcheck.outputs import CLAIM
from bookcheck.page import Page
from bookcheck.running import bundles, claim_cells, error_of, fix_threads, run_cells

NARROW = 2.0


class Result(NamedTuple):
    """What became of one card under one base seed."""

    claim: str
    page: str
    seed: int
    held: bool
    margin: float | None
    control_margin: float | None
    verdict: str
    measured: str
    control: str
    error: str

    @property
    def narrow(self) -> bool:
        """Whether one of its margins is under 2."""
        margins = (self.margin, self.control_margin)
        return any(margin is not None and margin < NARROW for margin in margins)

    def __str__(self) -> str:
        if not self.held:
            return "FAILED"
        if self.margin is None:
            return "held"
        control = "" if self.control_margin is None else f"/{self.control_margin:.2g}"
        return f"held {self.margin:.2g}{control}{'!' if self.narrow else ''}"


def main() -> int:
    """Run the claims on each seed; return 1 if a verdict did not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1,2,3", type=_seeds, help="base seeds, as in 1,2,3")
    parser.add_argument("--pages", default="", help="only pages whose name has one of these, a,b")
    options = parser.parse_args()
    fix_threads()
    root = Path(__file__).resolve().parents[2]
    book = Book(root)
    wanted = [part for part in options.pages.split(",") if part]
    pages = [
        page
        for page in book.pages
        if any(True for _ in card_calls(page))
        and (not wanted or any(part in page.name for part in wanted))
    ]
    if not pages:
        parser.error(f"no page with claims has a name with {options.pages!r}")
    results: list[Result] = []
    for page in pages:
        for seed in options.seeds:
            start = time.perf_counter()
            results += run_page(page, seed)
            print(f"{page.name}, base seed {seed}: {time.perf_counter() - start:.0f} s", flush=True)
    print("\n" + table(results, options.seeds))
    write(root / "_build" / "claims-seeds.json", results)
    return 0 if all(result.held for result in results) else 1


def run_page(page: Page, seed: int) -> list[Result]:
    """Execute a page's cells up to its last card under a base seed."""
    places = claim_cells(page)
    cells = page.cells[: max(places.values()) + 1]
    done = run_cells(page, cells, variables={"DLBOOK_SEED": str(seed)}, keep_going=True)
    return [_result(name, page.name, seed, done[index]) for name, index in places.items()]


def table(results: list[Result], seeds: list[int]) -> str:
    """Return the claims with one column for each seed, then what failed and what is narrow."""
    rows: dict[tuple[str, str], dict[int, Result]] = {}
    for result in results:
        rows.setdefault((result.page, result.claim), {})[result.seed] = result
    head = ["claim", "page", *(f"seed {seed}" for seed in seeds)]
    body = [
        [claim, page.removeprefix("book/"), *(str(by_seed[seed]) for seed in seeds)]
        for (page, claim), by_seed in rows.items()
    ]
    widths = [max(len(row[column]) for row in [head, *body]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, ["-" * width for width in widths], *body]
    ]
    failed = [result for result in results if not result.held]
    narrow = [result for result in results if result.held and result.narrow]
    lines += [
        "",
        "held M/C: margin of the measured values, then of the control; ! marks one under 2",
    ]
    lines += [f"narrow: {r.claim} (seed {r.seed}): {r}" for r in narrow]
    for result in failed:
        lines.append(f"\nFAILED: {result.claim} on {result.page}, base seed {result.seed}")
        lines += [f"    {line}" for line in result.error.splitlines()]
    lines.append(
        f"\n{len(results) - len(failed)} of {len(results)} cards held on {len(seeds)} seeds"
    )
    return "\n".join(lines)


def write(path: Path, results: list[Result]) -> None:
    """Write the results for other tools."""
    path.parent.mkdir(exist_ok=True)
    rows = [result._asdict() for result in results]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf8")


def _result(name: str, page: str, seed: int, cell: Any) -> Result:
    """Read what became of a card from its executed cell."""
    cards = [card for card in bundles(cell, CLAIM) if card["id"] == name]
    if cards:
        card = cards[0]
        return Result(
            name,
            page,
            seed,
            True,
            card["margin"],
            card["control_margin"],
            card["verdict"],
            card["measured_text"],
            card["control_text"],
            "",
        )
    error = error_of(cell)
    told = f"{error[0]}: {error[1]}" if error else "the cell showed no card"
    return Result(name, page, seed, False, None, None, "", "", "", told)


def _seeds(text: str) -> list[int]:
    """Read a list of base seeds."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"seeds are whole numbers, as in 1,2,3; got {text!r}")
    return list(dict.fromkeys(map(int, parts)))


if __name__ == "__main__":
    sys.exit(main())
