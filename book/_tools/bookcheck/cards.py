"""Rules for claims: nothing typed, every claim with its cards, no verdict on wall time."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from dlbook_site.cells import parsed

from bookcheck.book import Book, Finding
from bookcheck.literals import Bindings
from bookcheck.page import Page
from bookcheck.prose import numbers

CLOCKS = {"perf_counter", "perf_counter_ns", "monotonic", "process_time", "time_ns", "timeit"}
FACTOR = 3.0


class CardCall(NamedTuple):
    """A call of ``claim`` in a page's cell."""

    page: Page
    line: int
    id: str | None
    keywords: dict[str, ast.expr]

    @property
    def where(self) -> str:
        """Its place."""
        return f"{self.page.name}.md:{self.line}"


def card_calls(page: Page) -> Iterator[CardCall]:
    """Yield the calls of ``claim`` in the cells of a page; ``id`` is None if it is no text."""
    for cell in page.cells:
        for node in ast.walk(parsed(cell.code) or ast.Module([], [])):
            if isinstance(node, ast.Call) and _called(node) == "claim":
                first = node.args[0] if node.args else None
                literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
                yield CardCall(
                    page,
                    cell.line + node.lineno - 1,
                    first.value if literal else None,
                    {keyword.arg or "**": keyword.value for keyword in node.keywords},
                )


def computed(book: Book) -> Iterator[Finding]:
    """What a card measured, and its control, come from the run and are not typed."""
    for page in book.pages:
        bindings = Bindings(page)
        for call in card_calls(page):
            if call.id is None:
                yield Finding(call.where, "write the claim's id as a text, so that it can be found")
            if "**" in call.keywords:
                yield Finding(call.where, "write the card's arguments out instead of **")
            for name in ("measured", "control"):
                if name in call.keywords and bindings.typed(call.keywords[name]):
                    yield Finding(
                        call.where,
                        f"claim {call.id!r}: {name}={ast.unparse(call.keywords[name])} is typed; "
                        "a card takes values that the page computed",
                    )


def computed_evidence(book: Book) -> Iterator[Finding]:
    """The words of a card take their decimals and percentages from the run."""
    for page in book.pages:
        for call in card_calls(page):
            for name in ("evidence", "quantity", "conditions"):
                for text in _texts(call.keywords.get(name)):
                    for match in numbers(text):
                        yield Finding(
                            call.where,
                            f"claim {call.id!r}: {match[0]!r} is typed in {name}; put the variable "
                            "into an f-string",
                        )


def one_name(book: Book) -> Iterator[Finding]:
    """``claim``, ``check`` and ``glue`` keep their names, so that tools and readers find them."""
    for page in book.pages:
        for cell in page.cells:
            for node in ast.walk(parsed(cell.code) or ast.Module([], [])):
                for alias in getattr(node, "names", []) if isinstance(node, ast.ImportFrom) else []:
                    if alias.name in ("claim", "check", "glue") and alias.asname:
                        yield Finding(
                            f"{page.name}.md:{cell.line}",
                            f"{alias.name} is imported as {alias.asname}; keep its name",
                        )


def registered(book: Book) -> Iterator[Finding]:
    """Each card has an entry in the registry that names its page, and the reverse."""
    cards = {(call.id, call.page.name): call for page in book.pages for call in card_calls(page)}
    for (name, page), call in cards.items():
        entry = book.registry.get(name or "")
        if entry is None:
            yield Finding(
                call.where, f"claim {name!r} has a card but no entry in dlbook/claims.yml"
            )
        elif page not in {f"book/{chapter}" for chapter in entry["chapters"]} | set(
            entry["chapters"]
        ):
            yield Finding(call.where, f"claim {name!r}: its entry does not list this page")
    for name, entry in book.registry.items():
        for chapter in entry["chapters"]:
            page = book.page(chapter)
            if page is None:
                yield Finding(f"claim {name}", f"its chapter {chapter} is not a page of the book")
            elif (name, page.name) not in cards:
                yield Finding(
                    f"claim {name}", f"is in dlbook/claims.yml, but {chapter} has no card"
                )


def sourced(book: Book) -> Iterator[Finding]:
    """Each source of a claim is in the bibliography."""
    for name, entry in book.registry.items():
        for key in entry.get("sources") or {}:
            if key not in book.bibliography:
                yield Finding(f"claim {name}", f"its source {key} is not in references.bib")


def sabotaged(book: Book) -> Iterator[Finding]:
    """Each chapter with measured claims has a sabotage that turns one of its cards red."""
    names = [row["name"] for row in book.sabotage]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Finding("tests/book/sabotage.yml", f"{name!r} stands there twice")
    for row in book.sabotage:
        page = book.page(row["page"])
        where = f"sabotage {row['name']}"
        if page is None:
            yield Finding(where, f"{row['page']} is not a page of the book")
            continue
        found = sum(cell.code.count(row["find"]) for cell in page.cells)
        if found != 1:
            yield Finding(where, f"the text to be replaced occurs {found} times, expected once")
        if row["claim"] not in {call.id for call in card_calls(page)}:
            yield Finding(where, f"{page.name} has no card of {row['claim']!r}")
    for page in book.chapters:
        if any(True for _ in card_calls(page)) and not any(
            book.page(row["page"]) == page for row in book.sabotage
        ):
            yield Finding(
                page.name, "no entry in tests/book/sabotage.yml turns one of its cards red"
            )


def no_wall_time(book: Book) -> Iterator[Finding]:
    """A verdict rests on wall time only by a factor of at least 3 on medians."""
    for page in book.pages:
        timed = _timed_names(page)
        uses_median = any("median(" in cell.code for cell in page.cells)
        for call in card_calls(page):
            values = [call.keywords[n] for n in ("measured", "control") if n in call.keywords]
            if not any(_mentions(value, timed) for value in values):
                continue
            if not (uses_median and _has_factor(call)):
                yield Finding(
                    call.where,
                    f"claim {call.id!r} rests on wall time; count operations, bytes or steps, or "
                    f"demand a factor of at least {FACTOR:.0f} (above={FACTOR:.0f}) on the median "
                    "of interleaved rounds",
                )


def _has_factor(call: CardCall) -> bool:
    """Tell whether the threshold is a ratio of at least 3, one way or the other."""
    above, below = (getattr(call.keywords.get(n), "value", None) for n in ("above", "below"))
    return (above is not None and above >= FACTOR) or (below is not None and below <= 1 / FACTOR)


def _timed_names(page: Page) -> set[str]:
    """Return the names of a page that a clock had a part in."""
    statements = [
        node
        for cell in page.cells
        for node in ast.walk(parsed(cell.code) or ast.Module([], []))
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.FunctionDef, ast.Call))
    ]
    timed = set(CLOCKS)
    size = 0
    while len(timed) > size:
        size = len(timed)
        for node in statements:
            if isinstance(node, ast.FunctionDef) and _mentions(node, timed):
                timed.add(node.name)
            elif isinstance(node, ast.Call) and _mentions(node, timed):
                owner = getattr(node.func, "value", None)  # times.append(clock() - start)
                timed |= {owner.id} if isinstance(owner, ast.Name) and owner.id != "time" else set()
            elif not isinstance(node, (ast.FunctionDef, ast.Call)) and _mentions(node.value, timed):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    timed |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    return timed


def _mentions(node: ast.AST | None, names: set[str]) -> bool:
    """Tell whether a piece of code uses one of these names, or calls ``time.time``."""
    for inner in ast.walk(node) if node is not None else ():
        if getattr(inner, "id", None) in names or getattr(inner, "attr", None) in names & CLOCKS:
            return True
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "time.time":
            return True
    return False


def _texts(node: ast.expr | None) -> Iterator[str]:
    """Yield the typed texts of an argument, formats of f-strings left out."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(v.value if isinstance(v, ast.Constant) else "\x00" for v in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.BinOp):
        yield from _texts(node.left)
        yield from _texts(node.right)


def _called(call: ast.Call) -> str:
    """Return the name of the function that is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))
