"""Rules for what every page owes its reader: front matter, questions, exercises, summary."""

import re
from collections.abc import Iterator

from bookcheck.book import Book, Finding
from bookcheck.page import Directive, Page

NUM_EXERCISES = 5
NUM_CHECKS = 2
SUMMARY_LINES = 5
ITEM = re.compile(r"^(?:[-*+]|\d+[.)])\s+\S", re.M)
CHECK = re.compile(r"\bcheck\(\s*[\"']([^\"']+)[\"']")


def front_matter(book: Book) -> Iterator[Finding]:
    """A page has one title and a description; a chapter says what it teaches and needs."""
    for page in book.pages:
        titles = re.findall(r"^# +(.+)$", page.markup, re.M)
        if len(titles) != 1:
            yield Finding(page.name, f"one title (# …) is expected, found {len(titles)}")
        description = page.front.get("description") or ""
        if not 40 <= len(description) <= 200:
            yield Finding(
                page.name,
                "the front matter needs a description of 40 to 200 characters for search engines "
                f"and the page's header, got {len(description)}",
            )
    for page in book.chapters:
        for key in ("teaches", "needs"):
            if not isinstance(page.front.get(key), list):
                yield Finding(page.name, f"the front matter needs a list `{key}:`")
        if page.front.get("teaches") == []:
            yield Finding(page.name, "a chapter teaches at least one module of the library")
    for page in book.pages:
        for module in page.front.get("teaches") or []:
            if module not in book.modules:
                yield Finding(page.name, f"teaches {module}, which the library does not have")
        for name in page.front.get("needs") or []:
            if book.page(name) is None:
                yield Finding(page.name, f"needs {name}, which is not a page of the book")


def opening_questions(book: Book) -> Iterator[Finding]:
    """A chapter opens with a box of two or three questions that it answers."""
    for page in book.chapters:
        boxes = [
            d
            for d in page.directives
            if d.name == "admonition" and "in-this-chapter" in d.options.get("class", "").split()
        ]
        if len(boxes) != 1:
            yield Finding(page.name, f"one box of class in-this-chapter, found {len(boxes)}")
            continue
        items = _items("\n".join(boxes[0].body))
        asked = sum(item.rstrip().endswith("?") for item in items)
        if not 2 <= len(items) <= 3 or asked < len(items):
            yield Finding(
                f"{page.name}.md:{boxes[0].line}",
                f"the box asks two or three questions; it has {len(items)} items, {asked} of them "
                "end in a question mark",
            )


def exercises(book: Book) -> Iterator[Finding]:
    """A chapter has at least five exercises, each with a solution that the build executes.

    The solution of an open question (title "Open…", or class ``open``) may be a sketch in words.
    """
    for page in book.chapters:
        asked = [d for d in page.directives if d.name in ("exercise", "exercise-start")]
        if len(asked) < NUM_EXERCISES:
            yield Finding(page.name, f"{len(asked)} exercises; at least {NUM_EXERCISES} are due")
        solved = dict(_solutions(page))
        for exercise in asked:
            where = f"{page.name}.md:{exercise.line}"
            label = exercise.options.get("label", "")
            if not label.startswith("ex-"):
                yield Finding(where, f"an exercise has a label `ex-…`, got {label!r}")
            elif label not in solved:
                yield Finding(where, f"{label} has no solution")
            else:
                yield from _judge_solution(page, exercise, *solved[label])
        labels = {exercise.options.get("label") for exercise in asked}
        for label, (first, _) in solved.items():
            if label not in labels:
                yield Finding(
                    f"{page.name}.md:{first}", f"a solution of {label}, which is not here"
                )


def checked_exercises(book: Book) -> Iterator[Finding]:
    """At least two solutions of a chapter are put before ``dlbook.exercises.check``."""
    for page in book.chapters:
        spans = [span for _, span in _solutions(page)]
        ids = {
            name
            for cell in page.cells
            if any(first < cell.line < last for first, last in spans)
            for name in CHECK.findall(cell.code)
        }
        if len(ids) < NUM_CHECKS:
            yield Finding(page.name, f"{len(ids)} solutions are checked; {NUM_CHECKS} are due")
        stubs = [d for d in page.directives if d.name == "your-turn"]
        for name in sorted(ids):
            if not any(name in CHECK.findall("\n".join(stub.body)) for stub in stubs):
                yield Finding(page.name, f"no {{your-turn}} lets the reader check {name!r}")


def summary(book: Book) -> Iterator[Finding]:
    """A chapter ends with a summary of five lines, exercises and further reading, in this order."""
    wanted = ["Summary", "Exercises", "Further reading"]
    for page in book.chapters:
        titles = [title for title, _, _ in page.sections]
        if titles[-3:] != wanted:
            yield Finding(page.name, f"the last sections are {wanted}, got {titles[-3:]}")
        for title, line, text in page.sections:
            if title == "Summary" and len(_items(text)) != SUMMARY_LINES:
                yield Finding(
                    f"{page.name}.md:{line}",
                    f"the summary has {SUMMARY_LINES} items, got {len(_items(text))}",
                )


def further_reading(book: Book) -> Iterator[Finding]:
    """Further reading cites at least one source."""
    for page in book.chapters:
        for title, line, text in page.sections:
            if title == "Further reading" and "{cite" not in text:
                yield Finding(f"{page.name}.md:{line}", "further reading cites no source")


def _items(text: str) -> list[str]:
    """Return the items of the lists in some text; an item may take several lines."""
    starts = [match.start() for match in ITEM.finditer(text)]
    items = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [item.split("\n\n")[0] for item in items]


def _solutions(page: Page) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the label of each solution, with its first and its last line."""
    started: Directive | None = None
    for directive in page.directives:
        if directive.name == "solution":
            yield directive.argument, (directive.line, directive.last)
        elif directive.name == "solution-start":
            started = directive
        elif directive.name == "solution-end" and started is not None:
            yield started.argument, (started.line, directive.last)
            started = None


def _judge_solution(page: Page, exercise: Directive, first: int, last: int) -> Iterator[Finding]:
    """Demand code in a solution, or words where the question is open."""
    if any(first < cell.line < last for cell in page.cells):
        return
    label = exercise.options["label"]
    where = f"{page.name}.md:{first}"
    is_open = "open" in exercise.options.get("class", "").split()
    if not is_open and not exercise.argument.lower().startswith("open"):
        yield Finding(where, f"the solution of {label} has no code cell that the build executes")
    elif len("\n".join(page.prose.split("\n")[first:last]).split()) < 20:
        yield Finding(where, f"{label} is an open question; its solution sketches an answer")
