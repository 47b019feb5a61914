import math
import re

import numpy as np
import pytest
from matplotlib.contour import QuadContourSet

from dlbook.plotting import fields
from dlbook.plotting._plane import pixel_centers, smooth

CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
AND, XOR = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 0])


def decision(predict, x=CORNERS, y=AND, **more):
    return fields.decision(predict, x, y, xlabel="a", ylabel="b", **more)


def surface(function, **more):
    more = {"xlim": (-1, 1), "ylim": (-2, 2), "zlabel": "loss"} | more
    return fields.surface(function, xlabel="v", ylabel="w", **more)


def boundaries(fig):
    found = [c for c in fig.axes[0].collections if isinstance(c, QuadContourSet)]
    return [path.vertices for c in found for path in c.get_paths() if len(path.vertices)]


def test_the_boundary_is_where_the_score_crosses_the_threshold():
    fig = decision(lambda p: p.sum(axis=1) - 1.5)
    (line,) = boundaries(fig)
    np.testing.assert_allclose(line.sum(axis=1), 1.5, atol=1e-9)
    (line,) = boundaries(decision(lambda p: p.sum(axis=1) / 2, threshold=0.75))
    np.testing.assert_allclose(line.sum(axis=1), 1.5, atol=1e-9)


def test_shares_of_the_plane_and_of_the_points():
    fig = decision(lambda p: p[:, 0] - 0.5, xlim=(0, 2), ylim=(0, 1), names={0: "no", 1: "yes"})
    assert fig.alt == (
        "The plane of a (0 to 2) and b (0 to 1): no fills 25% and yes 75%. Of 4 points 75% lie in "
        "the region of their class: 2 of 3 no and 1 of 1 yes."
    )
    assert ">in the wrong region</text>" in fig.to_svg()


def test_no_ring_where_nothing_is_wrong():
    fig = decision(lambda p: p.sum(axis=1) - 1.5)
    assert fig.alt.endswith("All 4 points lie in the region of their class.")
    assert "wrong" not in fig.to_svg()


def test_labels_of_any_type_and_number():
    x = np.array([[0.0, 0], [1, 0], [2, 0]])
    y = np.array(["left", "middle", "right"])
    fig = decision(lambda p: y[np.clip(np.round(p[:, 0]), 0, 2).astype(int)], x, y)
    assert "left fills 28%, middle 43% and right 28%" in fig.alt
    across = np.concatenate(boundaries(fig))[:, 0]
    assert {round(float(x), 1) for x in across} == {0.5, 1.5}


def test_a_field_of_one_region_has_no_boundary():
    fig = decision(lambda p: np.full(len(p), -1.0))
    assert boundaries(fig) == [] and "0 fills 100% and 1 0%" in fig.alt
    fig.to_svg()


def test_the_field_lets_the_paper_through():
    fig = decision(lambda p: p.sum(axis=1) - 1.5)
    pixels = fig.axes[0].images[0].get_array()
    assert pixels.shape == (200, 200, 4) and 0 < pixels[..., 3].min() <= pixels[..., 3].max() < 128
    depth = pixels[..., 3].astype(int)
    assert depth[0, 0] > depth[140, 140]  # deeper where the score is far from the threshold
    assert "pixelated" not in fig.to_svg()


def test_pixels_tile_the_plane():
    points, shape = pixel_centers((0.0, 2.0), (-1.0, 1.0))
    assert shape == (200, 200)
    np.testing.assert_allclose(points[[0, -1]], [[0.005, -0.995], [1.995, 0.995]], rtol=1e-12)


def test_smoothing_moves_no_edge():
    mask = np.zeros((24, 24), bool)
    mask[:, 12:] = True
    soft = smooth(mask)
    assert soft.shape == (20, 20)
    assert (soft == soft[0]).all() and (soft[0, :8] == 0).all() and (soft[0, 12:] == 1).all()
    assert soft[5, 9] < 0.5 < soft[5, 10] and soft[5, 9] + soft[5, 10] == pytest.approx(1)


@pytest.mark.parametrize("kind", [float, int, bool])
def test_boundaries_reach_the_edge_without_a_bend(kind):
    """Scores, labels, and labels in the guise of scores."""

    def predict(points):
        score = points[:, 1] - 0.3 * points[:, 0] - 0.21
        return score if kind is float else (score > 0).astype(kind)

    y = np.array([False, True, False, True]) if kind is bool else np.array([0, 1, 0, 1])
    for answer in (predict, lambda points: predict(points).astype(float)):
        if kind is bool and answer is not predict:
            continue
        fig = decision(answer, y=y, xlim=(0, 1), ylim=(0, 1), threshold=0.0)
        (line,) = boundaries(fig)
        assert line[:, 0].min() < 0 and line[:, 0].max() > 1
        inside = line[(line[:, 0] >= 0) & (line[:, 0] <= 1)]
        assert np.abs(inside[:, 1] - 0.3 * inside[:, 0] - 0.21).max() < 0.004


def test_numbers_as_labels_are_written_as_numbers():
    fig = decision(lambda p: p.sum(axis=1) - 1.5, y=np.array([-1, -1, -1, 1]))
    assert ">−1</text>" in fig.to_svg() and "−1 fills" in fig.alt


def test_a_surface_says_where_it_is_low_and_where_paths_lead():
    path = [(1.0, 2.0), (0.5, 1.0), (0.0, 0.0)]
    fig = surface(lambda p: (p**2).sum(axis=1), paths={"descent": path})
    assert "The path descent takes 2 steps from (1, 2) with 5 to (0, 0) with 0." in fig.alt
    assert re.search(r"lowest 1.25·10⁻⁴ near \(−?0.005, −?0.01\), highest 4.95", fig.alt)
    assert {">descent</text>", ">loss</text>"} <= set(re.findall(r">[^<>]+</text>", fig.to_svg()))


def test_contours_of_a_smooth_surface_are_lines_of_equal_value():
    fig = surface(lambda p: p[:, 0] + p[:, 1])
    for line in boundaries(fig):
        assert np.ptp(line.sum(axis=1)) < 1e-9
    contours = [c for c in fig.axes[0].collections if isinstance(c, QuadContourSet)]
    assert 5 <= sum(len(p.vertices) > 0 for p in contours[0].get_paths()) <= 14
    assert not contours[0].get_rasterized()


def test_contours_of_a_rough_surface_become_pixels():
    fig = surface(lambda p: np.sin(40 * p[:, 0]) * np.cos(40 * p[:, 1]))
    contours = [c for c in fig.axes[0].collections if isinstance(c, QuadContourSet)]
    assert contours[0].get_rasterized() and len(fig.to_svg()) < 150_000


def test_a_surface_with_holes_and_a_flat_one_are_drawn():
    def hole(points):
        values = points[:, 0].copy()
        values[:100], values[-1] = np.nan, np.inf
        return values

    fig = surface(hole)
    assert "highest 0.995" in fig.alt
    assert fig.axes[0].images[0].get_array()[0, 50, 3] == 0
    fig.to_svg()
    flat = surface(lambda p: np.full(len(p), 3.0))
    assert "lowest 3 near" in flat.alt
    flat.to_svg()


def test_the_key_of_a_logarithmic_surface():
    for power, labels in ((3, {"0.01", "1", "100"}), (6, {"10⁻³", "10¹", "10³"})):
        fig = surface(lambda p, power=power: 10.0 ** (power * p[:, 0]), scale="log")
        assert labels <= set(re.findall(r">([^<>]+)</text>", fig.to_svg()))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: decision(np.sum, CORNERS[:, :1]),
            r"\(n, 2\) and y \(n,\); got \(4, 1\) and \(4,\)",
        ),
        (lambda: decision(np.sum, CORNERS, AND[:3]), r"got \(4, 2\) and \(3,\)"),
        (lambda: decision(np.sum, y=np.zeros(4)), r"2 to 6 classes, it has \[0.0\]"),
        (lambda: decision(np.sum), r"one value for each point: got shape \(\) for points of shape"),
        (lambda: decision(lambda p: p), r"got shape \(43264, 2\)"),
        (lambda: decision(lambda p: np.full(len(p), 7)), r"returned \[7\], but y has \[0, 1\]"),
        (lambda: decision(lambda p: p[:, 0], y=np.arange(4)), "two classes apart; for"),
        (lambda: surface(lambda p: p), "one value for each point"),
        (
            lambda: surface(lambda p: p[:, 0], paths={"a": [1, 2]}),
            r"path a must have .* got \(2,\)",
        ),
        (lambda: surface(lambda p: p[:, 0] * math.nan), "finite nowhere"),
        (lambda: surface(lambda p: p[:, 0], scale="log"), "lowest value of -0.995"),
        (lambda: surface(lambda p: p[:, 0], scale="sqrt"), "got 'sqrt'"),
        (
            lambda: surface(lambda p: p[:, 0], paths={str(i): [(0, 0)] for i in range(7)}),
            "at most 6 paths",
        ),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()
