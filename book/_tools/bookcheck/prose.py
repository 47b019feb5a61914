"""Rules for sentences: no typed measurement, nothing unfinished, no filler."""

import re
from collections.abc import Iterator

from bookcheck.book import Book, Finding
from bookcheck.page import Page, mask

NBSP = "\u00a0\u202f"
WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
WORDS += (
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
NUMERAL = "|".join([*WORDS.split(), "hundred", "half a"])

PERCENT = re.compile(
    rf"\d[\s{NBSP}]*(?:[%‰]|\\%|&nbsp;%|per[\s-]?cent\b|percentage points?\b)"
    rf"|\b(?:{NUMERAL})(?:-\w+)?[\s-]+(?:per[\s-]?cent\b|percentage points?\b)",
    re.I,
)
DECIMAL = re.compile(
    r"(?<![\w.])\d*\.\d[\d.]*\d|(?<![\w.])\d*\.\d|(?<![\w.,])0,\d+|\b\d+(?:\.\d+)?e[-+]?\d+\b"
)
MULTIPLE = re.compile(rf"(?<![\w.,])\d+[\s{NBSP}]?×(?![\s{NBSP}]?\d)|10[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[½¼¾]")

# "95 % interval" names a kind of interval, as its card does.
INTERVAL = re.compile(rf"9[059][\s{NBSP}]?%[\s{NBSP}](?:confidence[\s{NBSP}])?intervals?", re.I)
# A number that these words announce is a version or a place, not a measurement.
ANNOUNCED = re.compile(
    r"(?:\b(?:sections?|chapters?|equations?|eqs?\.|figures?|figs?\.|tables?|exercises?|parts?|"
    r"appendix|versions?|releases?|since|python|pytorch|torch|numpy|scipy|scikit-learn|matplotlib|"
    r"cuda|rocm|sphinx|jupyter book|wcag|cc by(?:-sa)?|commonmark|chromium|debian|ubuntu|macos)|§)"
    r"\s*(?:[≥>=≤<~v]+\s*)?(?:\d+(?:\.\d+)*\s*(?:–|-|to|and|or|,)\s*(?:[≥>=≤<]+\s*)?)*$",
    re.I,
)

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|TBD|TBC|lorem ipsum|placeholder)\b|\?\?\?", re.I)
FILLER = re.compile(
    r"\bdelv(?:e|es|ing)\b|it(?:'s| is) (?:important|worth|crucial|essential) (?:to note|noting)"
    r"|in this (?:chapter|section|book),? (?:we|you) (?:will|shall|are going to)\b"
    r"|game[- ]chang|revolutioni[sz]|groundbreaking|cutting[- ]edge|state[- ]of[- ]the[- ]art"
    r"|unlock the (?:power|potential)|harness the power|in the (?:realm|world) of\b|deep dive"
    r"|\bdive (?:deep|in)\b|let'?s (?:dive|explore)|ever[- ]evolving|fast[- ]paced|tapestry"
    r"|a testament to|needless to say|as (?:we all|everybody) knows?|at the end of the day"
    r"|plays? a (?:crucial|vital|pivotal|key) role|navigat(?:e|ing) the (?:complex|landscape)"
    r"|\bleverag(?:e|es|ing)\b|\butiliz(?:e|es|ing)\b|seamless(?:ly)?\b|unprecedented\b"
    r"|without further ado|exciting(?:ly)?\b|powerful\b|amazing(?:ly)?\b|magic(?:al|ally)?\b"
    r"|simply put|basically\b|obviously\b|of course, as",
    re.I,
)
STRAY = re.compile(r"^\{[a-z][\w:-]*\}[ \t]*$", re.M)


def typed_numbers(book: Book) -> Iterator[Finding]:
    """Decimals and percentages in prose come from a run (glue) or from a source (fact)."""
    for page in book.pages:
        for where, text in _texts(page):
            for typed in numbers(text):
                line = where + text.count("\n", 0, typed.start())
                yield Finding(
                    f"{page.name}.md:{line}",
                    f"the number {_around(text, typed)!r} is typed; use {{glue:text}} for a number "
                    "of this run, {fact} for one from a source, math for one that is derived",
                )


def unfinished(book: Book) -> Iterator[Finding]:
    """Nothing is left to do, neither in prose nor in code."""
    for page in book.pages:
        for number, line in enumerate(page.text.split("\n"), 1):
            if match := UNFINISHED.search(line):
                yield Finding(f"{page.name}.md:{number}", f"unfinished: {match[0]!r}")


def filler(book: Book) -> Iterator[Finding]:
    """No phrase that says nothing, and no hype."""
    for page in book.pages:
        for where, text in _texts(page):
            for match in FILLER.finditer(text):
                line = where + text.count("\n", 0, match.start())
                yield Finding(f"{page.name}.md:{line}", f"filler or hype: {match[0]!r}")


def stray_braces(book: Book) -> Iterator[Finding]:
    """A name in braces alone on a line is neither a directive nor an attribute."""
    for page in book.pages:
        for match in STRAY.finditer(page.markup):
            yield Finding(
                f"{page.name}.md:{page.line(match.start())}",
                f"{match[0].strip()} alone on a line does nothing; a directive is ```{match[0]}",
            )


def numbers(text: str) -> Iterator[re.Match[str]]:
    """Yield each decimal, percentage and multiple in prose that a run or a source should give."""
    for pattern in (PERCENT, DECIMAL, MULTIPLE):
        for match in pattern.finditer(text):
            if not _allowed(text, match, pattern):
                yield match


def _allowed(text: str, match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """Tell whether a number is the name of something: a version, a section, a kind of interval."""
    if pattern is PERCENT:
        start = max(0, match.start() - 1)
        return any(m.start() <= match.start() < m.end() for m in INTERVAL.finditer(text, start))
    if pattern is DECIMAL:
        is_version = match[0].count(".") > 1
        before = text[max(0, match.start() - 60) : match.start()]
        return is_version or bool(ANNOUNCED.search(before))
    return False


def _texts(page: Page) -> Iterator[tuple[int, str]]:
    """Yield the pieces of prose of a page, each with the number of its first line."""
    yield 1, page.prose
    for line, caption in page.captions:
        yield line, mask(caption)
    yield 1, str(page.front.get("description") or "")


def _around(text: str, match: re.Match[str]) -> str:
    """Return a number with the words around it."""
    start = text.rfind(" ", 0, max(0, match.start() - 12)) + 1
    return " ".join(text[start : match.end() + 12].split())
