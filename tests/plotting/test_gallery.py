"""What every figure of the book promises, checked on what the page receives."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from gallery import GALLERY
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath, TextToPath

from dlbook.plotting.style import PALETTE

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=GALLERY, ids=str)
def drawn(request):
    fig = GALLERY[request.param]()
    return fig, fig.to_svg()


def texts(svg):
    """Yield each text with the box (left, top, right, bottom) that matplotlib's font gives it."""
    for element in ET.fromstring(svg).iter(f"{NAMESPACE}text"):
        style = dict(part.split(":", 1) for part in element.get("style").split(";"))
        size = float(style["font-size"].removesuffix("px"))
        weight = "bold" if "font-weight" in style else "normal"
        font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
        wide, _, _ = TextToPath().get_text_width_height_descent(element.text, font, False)
        ink = TextPath((0, 0), element.text, prop=font).get_extents()
        x, y = float(element.get("x")), float(element.get("y"))
        left = x - {"start": 0, "middle": 0.5, "end": 1}[style["text-anchor"]] * wide
        yield element.text, (left, y - ink.y1, left + wide, y - ink.y0)


def test_it_is_one_image_with_a_text_alternative(drawn):
    fig, svg = drawn
    root = ET.fromstring(svg)
    assert root.get("role") == "img" and root.get("aria-label") == fig.alt
    assert len(fig.alt.split()) >= 12 and re.search(r"\d|Two", fig.alt)
    width, height = fig.get_size_inches() * 96
    assert f"max-width:{width:g}px" in root.get("style")
    box = [float(number) for number in root.get("viewBox").split()]
    assert box == pytest.approx([0, 0, width * 0.75, height * 0.75])


def test_it_brings_nothing_that_meets_the_page(drawn):
    _, svg = drawn
    assert not re.search(r"<style|<metadata|<\?xml|<!DOCTYPE|xlink|<script", svg)
    root = ET.fromstring(svg)
    ids = [e.get("id") for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"fig[0-9a-f]{10}-\d+", i) for i in ids)
    values = [v for e in root.iter() for v in e.attrib.values() if not v.startswith("data:")]
    used = re.findall(r"url\(#([^)]+)\)", " ".join(values))
    used += [e.get("href")[1:] for e in root.iter() if e.get("href", "").startswith("#")]
    assert set(used) == set(ids)


def test_its_colours_follow_the_theme(drawn):
    _, svg = drawn
    vectors = re.sub(r"data:image[^\"]*", "", svg)
    loose = set(re.findall(r"(?:fill|stroke):(#[0-9a-f]{6})", vectors))
    assert not loose, f"colours that are none of the palette's: {loose}"
    for name, color in re.findall(r"var\(--fig-(\w+),(#[0-9a-f]{6})\)", vectors):
        assert PALETTE[name][0] == color


def test_its_text_is_text_of_a_readable_size(drawn):
    _, svg = drawn
    root = ET.fromstring(svg)
    found = list(root.iter(f"{NAMESPACE}text"))
    assert found or "image" in svg
    for element in found:
        # only a text with an anchor stays in its place when the page sets it in another typeface
        assert "transform" not in element.attrib and "x" in element.attrib
        size = re.search(r"font-size:([\d.]+)px", element.get("style"))
        assert float(size[1]) >= 10  # a unit of the drawing is a point


def test_no_text_is_cut_off(drawn):
    fig, svg = drawn
    width, height = fig.get_size_inches() * 72
    for text, (left, top, right, bottom) in texts(svg):
        assert left >= -0.5 and top >= -0.5, text
        assert right <= width + 0.5 and bottom <= height + 0.5, text


def test_no_two_texts_overlap(drawn):
    _, svg = drawn
    for (a, one), (b, two) in combinations(texts(svg), 2):
        across = min(one[2], two[2]) - max(one[0], two[0])
        upright = min(one[3], two[3]) - max(one[1], two[1])
        assert across < 1 or upright < 1, f"{a!r} overlaps {b!r}"


def test_drawing_it_again_gives_the_same_bytes(drawn):
    fig, svg = drawn
    assert fig.to_svg() == svg


def test_it_is_light(drawn):
    _, svg = drawn
    assert len(svg) < 150_000
