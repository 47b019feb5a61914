"""The site's root page, 404 page, sitemap and addresses, with and without a home on the web."""

import re

import pytest
from dlbook_site.frame import Site
from dlbook_site.roots import moved
from links import broken_links, read

ADDRESS = "https://ada.github.io/demo/"


@pytest.fixture
def at_home(published):
    """The demo's site, built for a home on the web."""
    return published.root / "_build" / "html"


@pytest.fixture
def homeless(committed):
    """The demo's site, built where no home is known."""
    return committed.again.root / "_build" / "html"


def text(folder, name):
    """Return a page."""
    return folder.joinpath(name).read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("page", "folder", "expected"),
    [
        ('<a href="../a.css?v=1">', "book", '<a href="a.css?v=1">'),
        ('<a href="b.html#c">', "book", '<a href="book/b.html#c">'),
        ('<a href="../../x.html">', "book/part", '<a href="x.html">'),
        ('<a href="#c">', "book", '<a href="#c">'),
        ('<a href="mailto:a@b.org">', "book", '<a href="mailto:a@b.org">'),
        ('<a href="//example.org/x">', "book", '<a href="//example.org/x">'),
        ('<html data-content_root="../">', "book", '<html data-content_root="./">'),
        ('<img src="data:image/gif;base64,R0">', "book", '<img src="data:image/gif;base64,R0">'),
    ],
)
def test_links_fit_the_place_of_the_page(page, folder, expected):
    assert moved(page, folder) == expected


def test_the_root_page_is_no_redirect_and_its_links_fit(homeless):
    root = text(homeless, "index.html")
    assert "http-equiv" not in root
    assert '<html lang="en" data-content_root="./">' in root
    links = read(homeless / "index.html").links
    assert "_static/favicon.svg" in links
    assert "book/network/perceptron.html" in links
    assert [one for one in broken_links(homeless) if one.startswith("index.html")] == []


def test_with_a_home_pages_say_their_address(at_home):
    page = text(at_home, "book/network/perceptron.html")
    assert f'<link rel="canonical" href="{ADDRESS}book/network/perceptron.html">' in page
    assert f'<meta property="og:url" content="{ADDRESS}book/network/perceptron.html">' in page
    assert '<a href="https://github.com/ada/demo">Source</a>' in page
    for front in ("index.html", "book/index.html"):
        assert f'<link rel="canonical" href="{ADDRESS}">' in text(at_home, front)


def test_with_a_home_there_is_a_sitemap_of_every_page(at_home):
    listed = set(re.findall(r"<loc>(.*?)</loc>", text(at_home, "sitemap.xml")))
    assert {ADDRESS, f"{ADDRESS}book/network/perceptron.html"} <= listed
    assert all(at_home.joinpath(a.removeprefix(ADDRESS) or "index.html").is_file() for a in listed)
    assert f"Sitemap: {ADDRESS}sitemap.xml" in text(at_home, "robots.txt")


def test_without_a_home_nothing_is_made_up(homeless):
    assert not homeless.joinpath("sitemap.xml").exists()
    assert not homeless.joinpath("robots.txt").exists()
    page = text(homeless, "book/network/perceptron.html")
    assert "canonical" not in page
    assert "og:url" not in page
    assert ">Source</a>" not in page


def test_the_404_page_finds_its_files_from_any_depth(at_home, homeless):
    assert 'b.href="/demo/"' in text(at_home, "404.html")
    assert 'b.href="/"' in text(homeless, "404.html")
    assert text(homeless, "404.html").index("base") < text(homeless, "404.html").index("book.css")


def test_a_page_describes_itself(homeless):
    for name in ("book/network/perceptron.html", "genindex.html", "search.html", "404.html"):
        page = text(homeless, name)
        (said,) = re.findall(r'<meta name="description" content="([^"]+)">', page)
        assert f'<meta property="og:description" content="{said}">' in page
        assert len(said) > 15


def test_the_sections_of_a_page_stand_below_its_own_line_in_the_contents():
    chapters = (
        '<ul><li class="current"><a class="current reference" href="#">1. A</a></li>'
        '<li><a class="reference" href="b.html">2. B</a></li></ul>'
    )
    sections = (
        '<ul><li><a href="#">1. A</a><ul><li><a href="#c">1.1. C</a>'
        '<ul><li><a href="#d">1.1.1. D</a></li></ul></li></ul></li></ul>'
    )
    assert Site(None, "a", None, "").contents(chapters, sections) == (
        '<ul><li class="current"><a aria-current="page" class="current reference" href="#">1. A</a>'
        '<ul><li><a href="#c">1.1 C</a></li></ul></li>'
        '<li><a class="reference" href="b.html">2. B</a></li></ul>'
    )
    assert Site(None, "x", None, "").contents(chapters.replace("current ", ""), "") == (
        chapters.replace("current ", "")
    )


def test_what_no_page_uses_is_left_out(homeless):
    left = {path.relative_to(homeless / "_static").as_posix() for path in
            homeless.joinpath("_static").rglob("*") if path.is_file()}  # fmt: skip
    assert {"book.css", "book.js", "logo.svg", "favicon.svg", "mathjax/startup.js"} <= left
    assert not [name for name in left if "fontawesome" in name or "webpack" in name]
    assert sum(homeless.joinpath("_static", name).stat().st_size for name in left) < 4_000_000
