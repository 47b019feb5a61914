"""Sorting and filtering the ledger, in a browser and by keyboard alone."""

import os
import shutil

import browser
import pytest
from dlbook_site.ledger import STATIC

TABLE = """<!doctype html><meta charset="utf-8"><title>Ledger</title><main>
<div class="pst-scrollable-table-container"><table class="claims-ledger">
<thead><tr><th>Claim</th><th>Verdict</th><th>Evidence and control</th><th>Seeds</th><th>Margin</th>
<th>Chapter</th><th>Sources</th></tr></thead><tbody>
<tr><th>b</th><td>True</td><td>x</td><td>20</td><td>9.5</td><td><a>2. B</a></td><td></td></tr>
<tr><th>a</th><td>False as stated</td><td>x</td><td>proof</td><td>–</td>
<td><a>2. B</a>, <a>10. J</a></td><td></td></tr>
<tr><th>c</th><td>True</td><td>x</td><td>5</td><td>over 100</td><td><a>10. J</a></td><td></td></tr>
</tbody></table></div></main><script src="ledger.js"></script>
"""


@pytest.fixture(scope="module")
def tab():
    """A tab of a headless browser; a build machine must have one."""
    if browser.find_chromium() is None and os.environ.get("CI") != "true":
        pytest.skip(browser.HOW)
    with browser.opened() as opened:
        yield opened


@pytest.fixture
def page(tab, tmp_path):
    """The ledger's table with its script."""
    (tmp_path / "index.html").write_text(TABLE, encoding="utf8")
    shutil.copy(STATIC / "ledger.js", tmp_path)
    problems = []
    tab.once("pageerror", lambda problem: problems.append(str(problem)))
    tab.goto((tmp_path / "index.html").as_uri())
    yield tab
    assert problems == []


def order(page):
    """Return the claims that are shown, in their order."""
    return page.eval_on_selector_all("tbody tr:not([hidden]) th", "c => c.map(x => x.textContent)")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        ("Claim", "abc", "cba"),
        ("Verdict", "abc", "bca"),
        ("Seeds", "cba", "bca"),  # what has no number stays last
        ("Margin", "bca", "cba"),
        ("Chapter", "bac", "cab"),
    ],
)
def test_a_column_sorts_both_ways_by_keyboard(page, column, up, down):
    assert order(page) == ["b", "a", "c"]
    button = page.get_by_role("button", name=column, exact=True)
    head = page.locator("th", has=button)
    button.focus()
    page.keyboard.press("Enter")
    assert order(page) == list(up)
    assert head.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert order(page) == list(down)
    assert page.locator("[aria-sort]").count() == 1


@pytest.mark.browser
def test_filters_hide_rows_and_say_how_many_are_left(page):
    status = page.get_by_role("status")
    assert status.inner_text() == "3 of 3 claims"
    page.get_by_label("Chapter").select_option("10. J")
    assert order(page) == ["a", "c"]
    page.get_by_label("Verdict").select_option("True")
    assert order(page) == ["c"]
    assert status.inner_text() == "1 of 3 claims"
    page.get_by_label("Chapter").select_option("all")
    assert order(page) == ["b", "c"]


@pytest.mark.browser
def test_chapters_are_offered_in_the_books_order(page):
    offered = page.get_by_label("Chapter").locator("option").all_inner_texts()
    assert offered == ["all", "2. B", "10. J"]
