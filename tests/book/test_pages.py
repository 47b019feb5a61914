"""Every page of the book keeps every rule of the book."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bookcheck.book import Book, Rule
from bookcheck.rules import OUTPUT_RULES, SOURCE_RULES

ROOT = Path(__file__).resolve().parents[2]


def demand(rule: Rule, book: Book) -> None:
    """Fail with every finding of a rule."""
    findings = "\n".join(map(str, rule(book)))
    if findings:
        pytest.fail(findings, pytrace=False)


def test_the_book_has_pages_and_chapters(book: Book) -> None:
    """Rules over nothing would hold."""
    assert book.root / "book" / "index.md" in {page.path for page in book.pages}
    assert len(book.chapters) >= 5
    assert all(page.cells for page in book.chapters)
    assert len(book.registry) >= 21
    assert len(book.bibliography) >= 20
    assert len(book.modules) >= 15


def test_every_listed_page_exists_and_every_page_is_listed(book: Book) -> None:
    listed = {page.path for page in book.pages}
    assert {path for path in listed if not path.is_file()} == set()
    hidden = {path for path in (book.root / "book").rglob("*.md") if path.parent.name[0] == "_"}
    assert set((book.root / "book").rglob("*.md")) - hidden == listed


@pytest.mark.parametrize("rule", SOURCE_RULES)
def test_sources(book: Book, rule: str) -> None:
    demand(SOURCE_RULES[rule], book)


@pytest.mark.site
@pytest.mark.parametrize("rule", OUTPUT_RULES)
def test_outputs(book: Book, site: Path, rule: str) -> None:
    demand(OUTPUT_RULES[rule], book)


@pytest.mark.site
def test_building_again_executes_nothing(site: Path) -> None:
    command = [sys.executable, str(ROOT / "book" / "_tools" / "build.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads((ROOT / "_build" / "run.json").read_text(encoding="utf8"))
    assert run["executed"] == {}
