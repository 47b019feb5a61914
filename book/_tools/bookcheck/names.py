"""Rules for names that must be unique, and for pairs that must match."""

from collections.abc import Iterator

from bookcheck.book import Book, Finding
from bookcheck.page import EQUATION


def unique_labels(book: Book) -> Iterator[Finding]:
    """No label is defined twice, on one page or on two."""
    places: dict[str, list[str]] = {}
    for page in book.pages:
        for label, line in page.labels:
            places.setdefault(label, []).append(f"{page.name}.md:{line}")
    for label, found in places.items():
        if len(found) > 1:
            yield Finding(found[1], f"the label {label!r} is defined already in {found[0]}")


def equations(book: Book) -> dict[str, str]:
    """Return the labels of equations with their places."""
    return {
        label: f"{page.name}.md:{line}"
        for page in book.pages
        for label, line in page.labels
        if label.startswith("eq-")
    }


def tested_equations(book: Book) -> Iterator[Finding]:
    """Each labelled equation has a test that is marked with its label, and the reverse."""
    on_pages, in_tests = equations(book), book.tested_equations
    for label in sorted(on_pages.keys() - in_tests.keys()):
        yield Finding(
            on_pages[label],
            f"no test is marked @pytest.mark.eq({label!r}); write one that checks it",
        )
    for label in sorted(in_tests.keys() - on_pages.keys()):
        yield Finding(in_tests[label], f"is marked with {label!r}, which no page defines")


def equation_labels(book: Book) -> Iterator[Finding]:
    """The label of an equation begins with ``eq-``, so that its test can be found."""
    for page in book.pages:
        for directive in page.directives:
            label = directive.options.get("label", "")
            if directive.name == "math" and label and not label.startswith("eq-"):
                yield Finding(f"{page.name}.md:{directive.line}", f"name it eq-…, got {label!r}")
        for match in EQUATION.finditer(page.markup):
            if not match["label"].startswith("eq-"):
                yield Finding(
                    f"{page.name}.md:{page.line(match.start('label'))}",
                    f"name it eq-…, got {match['label']!r}",
                )
