import numpy as np
import pytest

from dlbook.plotting import _alt

X = np.arange(5.0)


@pytest.mark.parametrize(
    ("y", "span", "says"),
    [
        ([1, 2, 3, 4, 5], 4, "rises from 1 to 5"),
        ([5, 4, 4.2, 2, 1], 4, "falls from 5 to 1"),  # a setback of a twentieth is none
        ([2, 2, 2, 2, 2], 1, "stays at 2"),
        ([2, 2.01, 2, 2.01, 2], 1, "stays at about 2"),
        (
            [2, 2.01, 2, 2.01, 2],
            0.01,
            "starts at 2, is highest at 1 with 2.01 and ends at 2",
        ),
        ([3, 1, 0, 1, 2], 3, "starts at 3, is lowest at 2 with 0 and ends at 2"),
        ([0, 4, 9, 1, 0], 9, "starts at 0, is highest at 2 with 9 and ends at 0"),
        (
            [0, -4, 9, 1, 0],
            13,
            "starts at 0, is lowest at 1 with −4, is highest at 2 with 9 and ends at 0",
        ),
        ([1, 3, 2, 4, 3.9], 3, "starts at 1 and ends at 3.9 after ups and downs"),
        ([0, 1, 2, 1, -1.2e-16], 2, "starts at 0, is highest at 2 with 2 and ends at 0"),
        ([1e-16, 2e-16, 3e-16, 4e-16, 5e-16], 4e-16, "rises from 10⁻¹⁶ to 5·10⁻¹⁶"),
        ([np.nan, 3, np.nan, 1, np.nan], 2, "falls from 3 to 1"),
        ([np.nan, np.nan, 7, np.nan, np.nan], 2, "is 7 at 2"),
    ],
)
def test_trend(y, span, says):
    assert _alt.trend(X, np.array(y, dtype=float), span) == says


def test_trend_on_a_logarithmic_axis_sees_ratios():
    y = np.array([1, 1e-3, 1e-6, 1e-5, 1e-5])
    assert _alt.trend(X, y, 1) == "falls from 1 to 10⁻⁵"
    told = _alt.trend(X, y, 6, log=True)
    assert told == "starts at 1, is lowest at 2 with 10⁻⁶ and ends at 10⁻⁵"


def test_trend_in_a_format():
    assert _alt.trend(X, np.array([0.5, 0.6, 0.7, 0.8, 0.9]), 1, ".0%") == "rises from 50% to 90%"


def test_crossings_are_where_the_order_changes():
    a, b = np.array([0.0, 1, 2, 3, 4]), np.array([3.0, 3, 3, 3, 3])
    assert _alt.crossings(X, a, b, 4) == [3.0]
    assert _alt.crossings(X, a, b + 0.5, 4) == [3.5]
    assert _alt.crossings(X, a, b + 9, 4) == []
    assert _alt.crossings(X, np.array([1.0, -1, 1, np.nan, -1]), 0 * X, 2) == [0.5, 1.5, 3.0]


def test_noise_is_no_crossing():
    near = np.array([0.01, -0.01, 0.01, -0.01, 0.01])
    assert _alt.crossings(X, near, 0 * X, 1) == []
    touching = np.array([1.0, 0.001, -0.001, 0.001, 1.0])
    assert _alt.crossings(X, touching, 0 * X, 1) == []


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ([], ""),
        ([2.0], "the curves a and b cross near 2"),
        ([1.0, 2.5], "the curves a and b cross near 1 and 2.5"),
        ([1.0, 2, 3, 4], "the curves a and b cross 4 times"),
    ],
)
def test_order(where, says):
    assert _alt.order({("a", "b"): where}) == says


def test_join_and_sentence():
    assert _alt.join(["a"]) == "a"
    assert _alt.join(["a", "b"]) == "a and b"
    assert _alt.join(["a", "b", "c"]) == "a, b and c"
    assert _alt.sentence("the loss falls") == "The loss falls."
    assert _alt.sentence(" Does it? ") == "Does it?"
