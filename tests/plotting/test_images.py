import re

import numpy as np
import pytest

from dlbook.plotting import images
from dlbook.plotting.style import color

DIGITS = np.arange(2 * 8 * 8, dtype=float).reshape(2, 8, 8)


def pixels(fig):
    return [np.asarray(image.get_array()) for image in fig.axes[0].images]


def test_values_become_ink_from_the_lowest_to_the_highest():
    first, second = pixels(images.grid(DIGITS, ["a", "b"]))
    assert first[0, 0].tolist() == [0, 0, 0] and second[-1, -1].tolist() == [255, 255, 255]
    assert first[-1, -1, 0] == round(255 * 63 / 127)
    (clipped, _) = pixels(images.grid(DIGITS, ["a", "b"], limits=(10, 20)))
    assert clipped[0, 0, 0] == 0 and clipped[-1, -1, 0] == 255 and clipped[1, 7, 0] == 128


def test_an_image_of_one_value_is_drawn():
    fig = images.grid(np.full((1, 3, 3), 5.0), ["nothing to be seen"])
    assert pixels(fig)[0].max() == 0
    fig.to_svg()


def test_ink_is_a_mask_of_visible_pixels():
    svg = images.grid(DIGITS, ["a", "b"]).to_svg()
    assert svg.count("<mask") == 2 and svg.count("image-rendering:pixelated") == 2
    assert re.search(r'<rect [^>]*style="fill:var\(--fig-ink,#1c2127\)"[^>]*mask="url', svg)
    assert '<image width="8" height="8"' in svg  # the pixels of the data, not of the screen


def test_signed_values_are_blue_and_orange_and_vanish_at_zero():
    (image,) = pixels(images.grid([[[-1.0, 0.0, 2.0]]], signed=True))
    orange, zero, blue = image[0]
    assert blue[2] > blue[0] and orange[0] > orange[2]
    assert (blue[3], zero[3], orange[3]) == (255, 0, 128)


def test_colour_images_stay_as_they_are():
    photo = np.random.default_rng(0).random((1, 4, 5, 3))
    fig = images.grid(photo, ["a photograph of something"])
    np.testing.assert_array_equal(pixels(fig)[0], (255 * photo[0]).round())
    assert "<mask" not in fig.to_svg()


def test_the_image_stands_upright():
    """The first row of the array is the upper edge of the picture."""
    fig = images.grid(DIGITS[:1], ["a"])
    left, right, bottom, top = fig.axes[0].images[0].get_extent()
    assert left < right and top < bottom  # y grows downwards on this canvas
    assert fig.axes[0].images[0].origin == "upper"


def test_captions_frames_and_alt_text():
    fig = images.grid(DIGITS, ["3 read as 8", "a 1"], highlight=[True, False])
    assert fig.alt == (
        "2 images of 8 by 8 pixels, values from 0 to 127, shown as ink, with these captions: "
        "3 read as 8; a 1. 1 framed in red: 3 read as 8."
    )
    assert fig.to_svg().count(color("red")) == 2  # its frame and its caption


def test_rows_follow_from_columns():
    fig = images.grid(np.zeros((7, 4, 4)), columns=3)
    assert "7 images of 4 by 4 pixels in 3 rows of 3" in fig.alt
    places = {tuple(np.round(i.get_extent(), 3)) for i in fig.axes[0].images}
    assert len(places) == 7 and len({p[0] for p in places}) == 3
    fig.to_svg()


def test_without_captions_the_alt_text_says_enough():
    images.grid(DIGITS[:1]).to_svg()
    marked = images.grid(DIGITS, highlight=[False, True])
    assert marked.alt.endswith("1 framed in red: number 2.")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: images.grid(np.zeros((10, 64))), r"got \(10, 64\); flat digits need reshape"),
        (lambda: images.grid(np.zeros((1, 2, 2, 4))), r"\(n, H, W, 3\), got \(1, 2, 2, 4\)"),
        (lambda: images.grid(np.zeros((0, 8, 8))), "no image to show"),
        (lambda: images.grid([[[np.nan, 1]]]), "1 of 2 pixels are not finite"),
        (lambda: images.grid(np.full((1, 2, 2, 3), 200)), r"lie in \[0, 1\].*divide by 255\?"),
        (lambda: images.grid(DIGITS, ["one"]), r"captions: one for each of 2 images, got \(1,\)"),
        (lambda: images.grid(DIGITS, highlight=[True]), "highlight: one for each of 2"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()
