"""What a browser makes of the figures: colours that follow the switch, text inside its figure."""

import base64
import io
import os

import browser
import numpy as np
import pytest
from gallery import GALLERY
from PIL import Image

from dlbook.plotting.style import PALETTE, css

pytestmark = pytest.mark.browser

INSIDE = """() => [...document.querySelectorAll("svg")].flatMap((svg, index) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map((text) => `${index}: ${text.textContent}`);
})"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with a figure of every kind."""
    if browser.find_chromium() is None and not os.environ.get("CI"):
        pytest.skip(browser.HOW)
    figures = "".join(draw()._repr_mimebundle_()["text/html"] for draw in GALLERY.values())
    body = "background:var(--fig-paper);margin:0 auto;max-width:45rem"
    html = (
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>t</title>'
        f'<meta name="viewport" content="width=device-width"><style>{css()}</style>'
        f'<body style="{body}"><main><h1 style="color:var(--fig-ink)">Figures</h1>{figures}</main>'
    )
    file = tmp_path_factory.mktemp("gallery") / "index.html"
    file.write_text(html, encoding="utf8")
    with browser.opened() as opened:
        opened.goto(file.as_uri())
        yield opened


def switch(page, mode):
    page.evaluate("mode => { document.documentElement.dataset.theme = mode; }", mode)


def rgb(code):
    return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("family", ["DejaVu Sans", "Liberation Sans", "Liberation Serif"])
@pytest.mark.parametrize("width", [1000, 390])
def test_text_stays_inside_its_figure_in_any_typeface(page, width, family):
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("font => document.body.style.setProperty('--fig-font', font)", f"'{family}'")
    try:
        assert page.evaluate(INSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.evaluate("document.body.style.removeProperty('--fig-font')")


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_colours_follow_the_switch(page, mode):
    switch(page, ("light", "dark")[mode])
    for name in ("blue", "ink", "muted"):
        path = f'svg [style*="--fig-{name},"]'
        seen = page.locator(path).first.evaluate(
            "e => [getComputedStyle(e).fill, getComputedStyle(e).stroke].join(' ')"
        )
        assert "rgb({}, {}, {})".format(*rgb(PALETTE[name][mode])) in seen


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_digits_are_ink_on_paper_and_their_pixels_can_be_counted(page, mode):
    page.set_viewport_size({"width": 1000, "height": 800})
    switch(page, ("light", "dark")[mode])
    digits = page.locator("svg", has=page.locator("mask")).first.locator("rect[mask]").first
    digits.scroll_into_view_if_needed()
    box = digits.bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB")
    paper, ink = (np.array(rgb(PALETTE[name][mode]), float) for name in ("paper", "ink"))
    expected = first_mask(page)
    side = np.array(shot, float)
    for row in range(8):
        for column in range(8):
            y, x = (int((i + 0.5) / 8 * n) for i, n in zip((row, column), side.shape, strict=False))
            share = expected[row, column]
            np.testing.assert_allclose(side[y, x], paper + share * (ink - paper), atol=6)


def first_mask(page):
    """Return the pixels of the first mask as shares of ink."""
    link = page.locator("mask image").first.get_attribute("href")
    data = base64.b64decode(link.split(",")[1])
    return np.array(Image.open(io.BytesIO(data)).convert("L"), float) / 255


def test_there_is_nothing_to_complain_about(page):
    page.evaluate(f"() => {{ {browser.AXE_SCRIPT} }}")
    for mode in ("light", "dark"):
        switch(page, mode)
        found = page.evaluate("options => axe.run(document, options)", browser.AXE)
        assert [violation["id"] for violation in found["violations"]] == []
