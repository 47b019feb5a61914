import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from dlbook.plotting import _svg
from dlbook.plotting.style import PALETTE

NAMES = {name: light for name, (light, _) in PALETTE.items()}
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 30 20">'
)


def rewrite(body, alt="alt"):
    return _svg.rewrite(f"{HEAD}{body}</svg>", alt=alt, width=40, height=20.5, names=NAMES)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return "data:image/png;base64,\n" + base64.b64encode(buffer.getvalue()).decode()


def test_the_root_says_how_large_it_is_and_shrinks_with_the_page():
    root = ET.fromstring(rewrite(""))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == (
        "40",
        "20.5",
        "0 0 30 20",
    )
    for part in ("width:100%", "max-width:40px", "height:auto", "fill:var(--fig-ink,#1c2127)"):
        assert part in root.get("style")


def test_colours_become_variables_and_others_stay():
    svg = rewrite('<path d="M 0 0" style="fill: #1c6fd1; stroke: #123456; opacity: 0.5"/>')
    assert "fill:var(--fig-blue,#1c6fd1);stroke:#123456;opacity:0.5" in svg


def test_what_would_restyle_the_page_is_dropped():
    svg = rewrite(
        "<metadata><x/></metadata><defs><style>*{stroke-linejoin: round}</style></defs>"
        '<text style="font-size: 12px; font-family: serif; font-weight: 700" '
        'x="1" y="2" transform="rotate(-0 1 2)">t</text>'
    )
    assert "metadata" not in svg and "<style" not in svg and "serif;" not in svg
    assert '<text style="font-size:12px;font-weight:600" x="1" y="2">t</text>' in svg


def test_only_ids_that_are_used_stay_and_no_two_figures_share_one():
    body = (
        '<g id="figure_1"><clipPath id="p1"><path d="M0 0"/></clipPath>'
        '<g clip-path="url(#p1)"><use xlink:href="#m1"/></g><path id="m1" d="M 1 1"/></g>'
    )
    one, two = rewrite(body, "one"), rewrite(body, "two")
    assert rewrite(body, "one") == one
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, two)]
    assert len(ids[0]) == 2 and not ids[0] & ids[1]
    assert set(re.findall(r"#(fig[^)\"]+)", one)) == ids[0]
    other = rewrite(body.replace("M 1 1", "M 2 1"), "one")
    assert not ids[0] & set(re.findall(r' id="([^"]+)"', other))
    assert "figure_1" not in one and "<g><" not in one


def test_paths_lose_their_white_space_but_not_their_shape():
    svg = rewrite('<path d="M 1.23456 2.000001 \nL -0.001 3 \nz\n"/>')
    assert 'd="M1.23 2L0 3z"' in svg


def test_an_ink_image_becomes_a_mask_over_the_ink():
    image = png(np.zeros((2, 3, 3), np.uint8))
    svg = rewrite(
        f'<image xlink:href="{image}" id="{_svg.INK_IMAGE}-4" width="3" height="2" '
        'transform="matrix(2 0 0 2 5 6)" style="image-rendering:pixelated"/>'
    )
    root = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    group = root.find(f"{space}g")
    mask, rect = group
    assert group.get("transform") == "matrix(2 0 0 2 5 6)"
    assert rect.get("mask") == f"url(#{mask.get('id')})"
    assert rect.get("style") == "fill:var(--fig-ink,#1c2127)"
    assert mask.find(f"{space}image").get("style") == "image-rendering:pixelated"
    assert mask.get("width") == rect.get("width") == "3"


def test_a_smooth_image_has_no_visible_pixels():
    image = png(np.zeros((2, 3, 3), np.uint8))
    body = '<image xlink:href="{}" id="{}" width="3" height="2" style="image-rendering:pixelated"/>'
    assert "pixelated" not in rewrite(body.format(image, _svg.SMOOTH_IMAGE))
    assert "pixelated" in rewrite(body.format(image, "other"))


def test_heavy_images_get_lighter_without_looking_different():
    # anti-aliased marks of two hues: what matplotlib rasterizes
    rng = np.random.default_rng(0)
    share = rng.random((150, 150, 1))
    pixels = np.concatenate(
        [np.broadcast_to([47, 127, 220], (150, 150, 3)), 255 * share], axis=-1
    ).astype(np.uint8)
    heavy = png(pixels).replace("\n", "")
    light = _svg._lighter(heavy)
    assert len(light) < 0.8 * len(heavy)
    seen = np.array(Image.open(io.BytesIO(base64.b64decode(light.split(",")[1]))).convert("RGBA"))
    assert np.abs(seen.astype(int) - pixels).mean() < 4
    small = png(pixels[:5]).replace("\n", "")
    assert _svg._lighter(small) == small


@pytest.mark.parametrize(
    ("text", "short"), [("1.0", "1"), ("-0.004", "0"), ("12.345 6", "12.35 6"), ("1.5e-05", "0")]
)
def test_numbers_are_short(text, short):
    assert _svg._short(text) == short
