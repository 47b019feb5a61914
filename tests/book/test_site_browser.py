"""The built site in a headless Chromium: every HTML file, light and dark, wide and narrow.

The second half shows that each gate catches what it is there for, on a small broken site.
"""

import os
import re
from pathlib import Path

import browser
import pytest
from links import broken_links, repeated_ids

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
GOOD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"></head>
<body><main><h1 id="top-of-it">A page</h1>{}</main></body></html>
"""
SEARCHES = dict.fromkeys(
    (
        *("perceptron", "Perceptrons", "xor", "AI winter", "linearly separable", "rosenblatt"),
        *("bias threshold", "spam filter", "how many mistakes"),
    ),
    "The perceptron",
)
NONSENSE = "qwertzuiop"
DARK = "p{color:#eee}"
FAULTS = {  # name: (what the page holds, the kind of the finding, words in it)
    "image": ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "axe", "image-alt (light)"),
    "switch": (
        f"<style>[data-theme=dark] {DARK}</style><p>unseen in the dark</p>",
        "axe",
        "color-contrast (dark)",
    ),
    "system": (
        f"<style>@media(prefers-color-scheme:dark){{{DARK}}}</style><p>unseen in the dark</p>",
        "axe",
        "color-contrast (dark)",
    ),
    "phone": (
        "<style>@media(max-width:400px){a{color:#111;text-decoration:none}}</style>"
        '<p>It is <a href="#top-of-it">a link</a> that no one sees.</p>',
        "axe",
        "link-in-text-block (phone)",
    ),
    "small": (
        "<style>button{width:9px;height:9px;padding:0;font-size:5px}</style>"
        "<p><button>a</button><button>b</button></p>",
        "axe",
        "target-size (light)",
    ),
    "folded": (
        f"<style>{DARK}</style><details><summary>more</summary><p>folded</p></details>",
        "axe",
        "color-contrast",
    ),
    "script": ('<script src="https://example.org/x.js"></script>', "foreign", "example.org/x.js"),
    "font": (
        "<style>@font-face{font-family:x;src:url(//example.org/f)}p{font-family:x}</style><p>x</p>",
        "foreign",
        "example.org/f",
    ),
    "message": ("<script>console.error('broken here')</script>", "console", "broken here"),
    "exception": ("<script>absent()</script>", "console", "absent is not defined"),
    "missing": ('<img src="absent.png" alt="">', "console", "absent.png"),
    "wide": ('<div style="width:500px;height:9px">wide</div>', "overflow", "px: div"),
}
FAULTLESS = {
    "good": ('<p>Text with <a href="#top-of-it">a link</a>.</p>',),
    "within": ('<div tabindex="0" style="overflow-x:auto"><p style="width:900px">wide</p></div>',),
}


@pytest.fixture(scope="module")
def chromium():
    """A browser, or a word on how to get one; a build machine must have one."""
    if browser.find_chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(browser.HOW)
        pytest.skip(browser.HOW)


@pytest.fixture(scope="module")
def site():
    """The folder of the built site."""
    assert (SITE / "index.html").is_file(), "there is no built site; run `make book` first"
    return SITE


@pytest.fixture(scope="module")
def findings(chromium, site):
    """All that the browser finds on the site, by kind."""
    found = browser.inspect(site)
    return lambda kind: "\n".join(str(one) for one in found if one.kind == kind)


def small_site(folder, body, name="index.html"):
    """Write a site of one page."""
    folder.joinpath(name).write_text(GOOD.format(body), encoding="utf8")
    return folder


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["axe", "console", "foreign", "overflow"])
def test_every_page_is_accessible_quiet_local_and_fits_a_phone(findings, kind):
    assert not findings(kind), f"\n{findings(kind)}"


@pytest.mark.site
def test_every_internal_link_leads_somewhere(site):
    assert not (broken := broken_links(site)), "\n".join(broken)


@pytest.mark.site
def test_no_id_stands_twice_on_a_page(site):
    assert not (repeated := repeated_ids(site)), "\n".join(repeated)


@pytest.mark.site
def test_every_page_names_its_language_title_and_description(site):
    for name in browser.html_files(site):
        text = site.joinpath(name).read_text(encoding="utf8")
        assert re.search(r'<html lang="en"', text), name
        assert re.search(r"<title>[^<]{3,}</title>", text), name
        assert re.search(r'<meta name="description" content="[^"]{15,}">', text), name
        assert 'http-equiv="refresh"' not in text, name


@pytest.mark.site
def test_the_root_page_is_the_front_page(site):
    root = site.joinpath("index.html").read_text(encoding="utf8")
    front = site.joinpath("book", "index.html").read_text(encoding="utf8")
    assert re.findall(r"<h1>.*?</h1>", root) == re.findall(r"<h1>.*?</h1>", front) != []


@pytest.mark.site
def test_no_page_asks_for_the_icon_font_or_for_mathematics_it_has_not(site):
    for name in browser.html_files(site):
        text = site.joinpath(name).read_text(encoding="utf8")
        assert "fontawesome" not in text and "fa-solid" not in text, name
        assert ("mathjax/startup.js" in text) == ('class="math ' in text), name


@pytest.fixture(scope="module")
def found(chromium, site):
    """What the site's search finds, by words and by how the site is opened."""
    with browser.opened() as page, browser.served(site) as address:
        starts = {"served": address, "plain folder": site.resolve().as_uri() + "/"}
        return {
            (words, place): browser.search(page, start, words)
            for words in [*SEARCHES, NONSENSE]
            for place, start in starts.items()
        }


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("place", ["served", "plain folder"])
@pytest.mark.parametrize("words", SEARCHES)
def test_the_search_finds_what_a_reader_would_type(found, words, place):
    assert SEARCHES[words] in found[words, place][:6], found[words, place]


@pytest.mark.site
@pytest.mark.browser
def test_the_search_says_when_nothing_is_found(found):
    assert found[NONSENSE, "served"] == found[NONSENSE, "plain folder"] == []


@pytest.fixture(scope="module")
def faults(chromium, tmp_path_factory):
    """What the browser finds on a site with one fault a page, by page."""
    folder = tmp_path_factory.mktemp("faults")
    for name, (body, *_) in {**FAULTS, **FAULTLESS}.items():
        small_site(folder, body, f"{name}.html")
    found = browser.inspect(folder)
    return lambda name: [one for one in found if one.page == f"{name}.html"]


@pytest.mark.browser
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_caught(faults, name):
    _, kind, words = FAULTS[name]
    assert any(one.kind == kind and words in one.text for one in faults(name)), faults(name)


@pytest.mark.browser
@pytest.mark.parametrize("name", FAULTLESS)
def test_what_is_right_is_not_blamed(faults, name):
    assert faults(name) == []


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("absent.html", "no such file"),
        ("#absent", "no such anchor"),
        ("other.html#absent", "no such anchor"),
        ("../../outside.html", "leads out of the site"),
        ("/other.html", "starts at the host's top"),
        ("other.html#top-of-it", ""),
        ("https://example.org/absent", ""),
    ],
)
def test_a_broken_link_is_caught(tmp_path, link, reason):
    small_site(tmp_path, "", "other.html")
    broken = broken_links(small_site(tmp_path, f'<a href="{link}">there</a>'))
    assert len(broken) == bool(reason)
    assert all(reason in one for one in broken)


def test_an_id_that_stands_twice_is_caught(tmp_path):
    assert repeated_ids(small_site(tmp_path, '<p id="a"></p><p id="a"></p>')) == ["index.html: a"]


def test_a_named_browser_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("DLBOOK_CHROMIUM", "/no/such/browser")
    with pytest.raises(FileNotFoundError, match="DLBOOK_CHROMIUM=/no/such/browser"):
        browser.find_chromium()
