"""Sorting and filtering the ledger, in a browser and by keyboard alone."""

import os
import shutil
from pathlib import Path

import pytest

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
def chromium():
    """A headless browser; where there is none, the tests skip, except on a build machine."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        path = found or playwright.chromium.executable_path
        if not Path(path).exists() and os.environ.get("CI") != "true":
            pytest.skip("no browser; get one with `python -m playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, tmp_path):
    """The ledger's table with its script."""
    from dlbook_site.ledger import STATIC

    (tmp_path / "index.html").write_text(TABLE, encoding="utf8")
    shutil.copy(STATIC / "ledger.js", tmp_path)
    page = chromium.new_page()
    problems = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.goto((tmp_path / "index.html").as_uri())
    yield page
    page.close()
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
