"""The book under test, the site that was built from it, and a demo book for what needs one."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import demo_book
import pytest
from bookcheck.book import Book
from bookcheck.inputs import input_digest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def book() -> Book:
    """Return this book."""
    return Book(ROOT)


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built site; fail if it is absent or older than its sources.

    While one writes, DLBOOK_STALE_SITE=1 accepts what is there.
    """
    html = ROOT / "_build" / "html"
    record = ROOT / "_build" / "run.json"
    if os.environ.get("DLBOOK_STALE_SITE"):
        if not (html / "index.html").is_file():
            pytest.fail("there is no built site; run `make book` first", pytrace=False)
        return html
    if not record.is_file():
        pytest.fail("the last `make book` did not succeed, or never ran; run it", pytrace=False)
    if json.loads(record.read_text(encoding="utf8"))["inputs"] != input_digest(ROOT):
        pytest.fail(
            "the built site is older than its sources; run `make book`, or set DLBOOK_STALE_SITE=1",
            pytrace=False,
        )
    return html


class Committed(NamedTuple):
    """The demo under git: two commits, the build after each, and what the builds noted."""

    first: str
    second: str
    built: demo_book.Built
    again: demo_book.Built
    records: list[dict[str, Any]]


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The demo as a forge would publish it."""
    root = demo_book.copy(tmp_path_factory.mktemp("published"))
    built = demo_book.build(root, GITHUB_REPOSITORY="ada/demo", DLBOOK_SITE_BRANCH="gh-pages")
    assert built.returncode == 0, built.log
    return built


@pytest.fixture(scope="session")
def committed(tmp_path_factory):
    """The demo in a git repository without a remote: built, committed again, built again."""
    root = demo_book.copy(tmp_path_factory.mktemp("committed"))
    (root / ".gitignore").write_text("_build/\n", encoding="utf8")
    first = demo_book.git_commit(root, "one")
    built = demo_book.build(root)
    assert built.returncode == 0, built.log
    second = demo_book.git_commit(root, "two")
    again = demo_book.build(root)
    assert again.returncode == 0, again.log
    return Committed(first, second, built, again, demo_book.records(again))
