"""The demo book, built once for all tests that look at it."""

from typing import Any, NamedTuple

import demo_book
import pytest


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
