import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from dlbook.plotting import curves
from dlbook.plotting._labels import row_places, spread

BOXES = st.lists(st.tuples(st.floats(-50, 150), st.floats(1, 12)), min_size=1, max_size=12)


@given(BOXES)
def test_boxes_do_not_overlap_keep_their_order_and_stay_inside(boxes):
    wanted, sizes = map(np.array, zip(*boxes, strict=True))
    places = spread(wanted, sizes, 0.0, 150.0)  # all of them together fit
    order = np.argsort(wanted, kind="stable")
    gaps = np.diff(places[order]) - (sizes[order][1:] + sizes[order][:-1]) / 2
    assert (gaps > -1e-9).all()
    assert (places - sizes / 2 > -1e-9).all() and (places + sizes / 2 < 150 + 1e-9).all()


@given(BOXES)
def test_no_arrangement_moves_them_less(boxes):
    """Second oracle: isotonic regression, without the ends of the range."""
    wanted, sizes = map(np.array, zip(*boxes, strict=True))
    order = np.argsort(wanted, kind="stable")
    s = sizes[order]
    steps = np.concatenate([[0], np.cumsum((s[1:] + s[:-1]) / 2)])
    best = scipy.optimize.isotonic_regression(wanted[order] - steps).x + steps
    np.testing.assert_allclose(spread(wanted, sizes, -1e6, 1e6)[order], best, atol=1e-6)


def test_boxes_that_are_apart_stay_where_they_are():
    np.testing.assert_array_equal(spread(np.array([3.0, 1.0]), np.ones(2), 0, 5), [3, 1])


def test_boxes_that_do_not_fit_begin_at_the_edge():
    assert spread(np.array([5.0, 5.0]), np.array([4.0, 4.0]), 0, 6).tolist() == [2, 6]


def test_too_many_labels_are_refused():
    names = {f"a very long name for the curve number {i}": [1, 2] for i in range(6)}
    fig = curves.lines([1, 2], names, xlabel="x", ylabel="y", height=170)
    with pytest.raises(ValueError, match="6 labels do not fit beside the axes; draw fewer"):
        fig.to_svg()


def test_a_label_is_level_with_the_end_of_its_line_or_joined_to_it():
    fig = curves.lines(
        [0, 1, 2],
        {"alone": [1.0, 2, 9], "one": [1.0, 1, 1], "other": [1.0, 1, 1.01]},
        xlabel="x",
        ylabel="y",
    )
    fig.to_svg()
    axes = fig.axes[0]
    at = {t.get_text(): t.get_window_extent() for t in axes.findobj(Text)}
    end = axes.transData.transform((2, 9))
    middle = (at["alone"].y0 + at["alone"].y1) / 2
    assert abs(middle - end[1]) < 3 and at["alone"].x0 > end[0]
    leaders = [line for line in axes.artists + axes.lines if line.get_linewidth() == 0.9]
    drawn = [len(line.get_xdata()) for line in leaders]
    assert drawn == [0, 2, 2]  # the two that end together were moved apart


def test_rows_are_as_high_as_their_labels():
    places, total = row_places(["short", "a label of quite some length that needs three lines"], 30)
    assert places.tolist() == [15, 30 + 65 / 2] and total == 95
