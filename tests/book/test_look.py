"""The stylesheet's promises that need no browser: contrast, no foreign address, small files."""

import re
from itertools import product
from pathlib import Path

import pytest
from dlbook_site.theme import STYLES, stylesheet

from dlbook.plotting.style import PALETTE

BOOK = Path(__file__).resolve().parents[2] / "book"
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")
GROUNDS = ("paper", "surface", "raised")
TEXT = ("ink", "muted", "accent", "accent-2", "dl-true", "dl-conditional", "dl-false")
CODE = ("code-word", "code-name", "code-text", "code-number", "code-note")
OWN_GROUND = (
    *(("ink", f"{name}-wash") for name in ("accent", "accent-2")),
    *((f"dl-{name}", f"dl-{name}-wash") for name in ("true", "conditional", "false")),
    *(("accent", "accent-wash"), ("accent-2", "accent-2-wash"), ("on-accent", "accent")),
    ("ink", "mark"),
)


def tokens(mode):
    """Return the colours of a mode by name."""
    return {name: pair[mode == "dark"] for name, *pair in TOKEN.findall(stylesheet())}


def luminance(color):
    """Return a colour's relative luminance, as WCAG 2 defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_and_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("color", "ground"), [*product(TEXT, GROUNDS), *product(CODE, GROUNDS), *OWN_GROUND]
)
def test_text_holds_its_contrast(mode, color, ground):
    named = tokens(mode)
    assert contrast(named[color], named[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edges_of_controls_are_seen(mode, ground):
    named = tokens(mode)
    assert contrast(named["edge"], named[ground]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(PALETTE.keys() - {"paper", "tint", "grid"}))
def test_figures_hold_their_contrast_on_the_sites_paper(mode, name):
    color = PALETTE[name][mode == "dark"]
    assert contrast(color, tokens(mode)["paper"]) >= 4.5


def test_the_figures_palette_is_part_of_the_stylesheet():
    for name in PALETTE:
        assert f"--fig-{name}: " in stylesheet()


def test_the_stylesheet_asks_no_other_host():
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", stylesheet())
    assert addresses
    for address in addresses:
        assert BOOK.joinpath("_static", address).is_file(), address
    assert "@import" not in stylesheet()


def test_every_part_of_the_style_is_used():
    assert {path.stem for path in BOOK.joinpath("_styles").glob("*.css")} == set(STYLES)


def test_every_variable_is_defined():
    elsewhere = {"drawn", "verdict", "wash"}  # set by an element, or in a rule of its own
    defined = set(re.findall(r"--([\w-]+):", stylesheet()))
    used = set(re.findall(r"var\(--([\w-]+)", stylesheet()))
    assert used - defined - elsewhere == set()


def test_fonts_are_few_small_and_licensed():
    fonts = BOOK / "_static" / "fonts"
    files = list(fonts.glob("*.woff2"))
    assert sum(path.stat().st_size for path in files) <= 250_000
    assert all(path.read_bytes()[:4] == b"wOF2" for path in files)
    families = {path.name.split("-400")[0].split("-600")[0] for path in files}
    licences = [path.name.lower() for path in fonts.glob("*-OFL.txt")]
    assert {f"{family}-ofl.txt" for family in families} == set(licences)
