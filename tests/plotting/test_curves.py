import math
import re

import numpy as np
import pytest

from dlbook.plotting import curves
from dlbook.plotting.style import RASTER
from dlbook.stats import Interval, mean_interval

STEPS = np.arange(11)


def lines(series, x=STEPS, **more):
    return curves.lines(x, series, xlabel="step", ylabel="loss", **more)


def test_lines_say_what_the_data_do():
    fig = lines(
        {"train": 10.0 - STEPS, "validation": np.abs(STEPS - 5.0) + 1},
        bands={"train": (9.0 - STEPS, 11.0 - STEPS)},
        hlines={"chance": 6},
        vlines={"early stop": 5},
    )
    assert fig.alt == (
        "Loss against step, from 0 to 10: train falls from 10 to 0; validation starts at 6, is "
        "lowest at 5 with 1 and ends at 6. The curves train and validation cross near 7. At the "
        "end validation is highest and train lowest. A shaded band surrounds train. A horizontal "
        "line marks chance at 6. A vertical line marks early stop at 5."
    )


def test_lines_say_which_axes_are_logarithmic():
    y = 10.0 ** -np.arange(3)
    for scales, words in (
        ({"xscale": "log"}, "from 1 to 100, x logarithmic:"),
        ({"yscale": "log"}, "from 1 to 100, y logarithmic:"),
        ({"xscale": "log", "yscale": "log"}, "from 1 to 100, both axes logarithmic:"),
    ):
        assert words in lines({"a": y}, x=[1, 10, 100], **scales).alt


def test_a_curve_that_stops_early_does_not_win_at_the_end():
    early = np.where(STEPS < 5, 99.0, np.nan)
    fig = lines({"early": early, "a": STEPS * 1.0, "b": STEPS * 2.0})
    assert "At the end b is highest and a lowest." in fig.alt


def test_curves_from_right_to_left_are_told_and_labelled_from_left_to_right():
    there = lines({"a": STEPS, "b": 5 + 0 * STEPS})
    back = lines({"a": STEPS[::-1], "b": 5 + 0 * STEPS}, x=STEPS[::-1])
    assert back.alt == there.alt and "a rises from 0 to 10" in back.alt
    for fig in (there, back):
        fig.to_svg()
        at = {t.get_text(): t.get_window_extent() for t in fig.axes[0].texts}
        end = fig.axes[0].transData.transform((10, 10))
        assert abs((at["a"].y0 + at["a"].y1) / 2 - end[1]) < 3


def test_steps_are_counted_in_whole_numbers():
    ticks = re.findall(r">([^<>]+)</text>", lines({"a": STEPS[:4] / 10}, x=STEPS[:4]).to_svg())
    assert {"0", "1", "2", "3"} <= set(ticks) and "0.5" not in ticks


def test_few_points_are_marked_and_many_are_not():
    assert "<use" in lines({"a": STEPS}).to_svg()
    assert "<use" not in lines({"a": np.arange(100)}, x=np.arange(100)).to_svg()


def test_lines_may_be_integers_lists_and_percent():
    svg = lines({"a": [0, 1]}, x=[1, 2], fmt=".0%").to_svg()
    assert ">100%</text>" in svg
    assert "rises from 0% to 100%" in lines({"a": [0, 1]}, x=[1, 2], fmt=".0%").alt


@pytest.mark.parametrize(
    ("draw", "marks"),
    [
        (lambda n: lines({"a": np.sin(np.arange(n))}, x=np.arange(n)), (9000, 11_000)),
        (
            lambda n: curves.scatter(
                {"a": np.random.default_rng(0).normal(size=(2, n))}, xlabel="x", ylabel="y"
            ),
            (2000, 2001),
        ),
    ],
)
def test_what_is_too_much_for_vectors_becomes_pixels(draw, marks):
    few, many = marks
    assert "<image" not in draw(few).to_svg()
    pixels = draw(many)
    assert "<image" in pixels.to_svg()
    drawn = pixels.axes[0].lines[0] if pixels.axes[0].lines else pixels.axes[0].collections[0]
    assert drawn.get_rasterized() and len(pixels.to_svg()) < 60_000
    assert RASTER["blue"] not in re.sub('data:[^"]*', "", pixels.to_svg())


def test_scatter_says_where_the_points_lie():
    fig = curves.scatter(
        {"cats": ([1, 2, 3], [1, 2, 3]), "dogs": ([0, 4], [5, 5])},
        xlabel="weight",
        ylabel="noise",
        curves={"rule": ([0, 4], [4, 0])},
    )
    assert fig.alt == (
        "Noise against weight: cats (3 points), weight from 1 to 3, noise from 1 to 3, correlation "
        "1.00; dogs (2 points), weight from 0 to 4, noise from 5 to 5. The curve rule goes from "
        "(0, 4) to (4, 0)."
    )


def test_scatter_with_equal_units():
    fig = curves.scatter({"a": ([0, 4], [0, 1])}, xlabel="x", ylabel="y", equal=True)
    fig.alt = "Two points of which the second lies 4 to the right of the first one, and 1 above."
    fig.to_svg()
    (x0, y0), (x1, y1) = fig.axes[0].transData.transform([(0, 0), (1, 1)])
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_bars_say_values_and_winners():
    fig = curves.bars(
        ["a", "b"], [Interval(0.5, 0.4, 0.6), Interval(0.75, 0.7, 0.8)], ylabel="share", fmt=".0%"
    )
    assert fig.alt == "Share: a 50% (40% to 60%); b 75% (70% to 80%). Highest: b, lowest: a."
    tied = curves.bars(["a", "b"], [1, 1], ylabel="number of mistakes in a whole run")
    assert "ighest" not in tied.alt


def test_bars_lie_down_when_their_labels_are_long():
    def bars(labels):
        return curves.bars(labels, [1, 2, 3], ylabel="number")

    standing, lying = bars(["a", "b", "c"]), bars(["a", "b", "a name that needs much room"])
    assert {p.get_x() for p in lying.axes[0].patches} == {0}
    assert {p.get_y() for p in standing.axes[0].patches} == {0}
    assert [p.get_width() for p in lying.axes[0].patches] == [1, 2, 3]


def test_bars_of_groups_are_named():
    fig = curves.bars(["a", "b"], {"one": [1, 2], "two": [3, 4]}, ylabel="count")
    assert {">one</text>", ">two</text>"} <= set(re.findall(r">\w+</text>", fig.to_svg()))
    assert fig.alt.startswith("Count (one): a 1; b 2.") and "Count (two): a 3; b 4." in fig.alt


def test_dots_are_sorted_and_say_their_intervals():
    values = [mean_interval([0.1, 0.2]), mean_interval([0.8, 0.9])]
    fig = curves.dots(["low", "high"], values, xlabel="accuracy", fmt=".2f")
    assert fig.alt.startswith("Accuracy, highest first: high 0.85 (0.21 to 1.49); low 0.15")
    fig = curves.dots(
        ["a", "b", "c", "zero"],
        [(0.95, 0.942, 0.958), (0.711, 0.67, 0.75), (1e-16, 0.5e-16, 2e-16), (0, 0, 0)],
        xlabel="share",
    )
    assert fig.alt == (
        "Share, highest first: a 0.950 (0.942 to 0.958); b 0.711 (0.670 to 0.750); "
        "c 10⁻¹⁶ (5·10⁻¹⁷ to 2·10⁻¹⁶); zero 0.000 (0.000 to 0.000)."
    )
    kept = curves.dots(["low", "high"], [1, 2], xlabel="accuracy of both", sort=False)
    assert kept.alt == "Accuracy of both: low 1; high 2."


def test_dots_say_what_is_shaded():
    fig = curves.dots(["a", "b"], [1, 2], xlabel="score", band=(1.5, 2.5, "near the best"))
    assert fig.alt.endswith("Near the best is shaded from 1.5 to 2.5.")


def test_histogram_gives_shares_over_common_bins():
    fig = curves.histogram(
        {"few": [0, 0, 1, 2], "many": np.repeat([0, 1, 2, 3], 100)},
        xlabel="eyes",
        bins=[0, 1, 2, 4],
    )
    assert "few, 4 values from 0 to 2, median 0.5, most often (50%) from 0 to 1" in fig.alt
    assert "many, 400 values from 0 to 3, median 1.5, most often (50%) from 2 to 4" in fig.alt


def test_timeline_is_told_in_order():
    fig = curves.timeline([(2012, "c", "x"), (1958, "a", "y"), (1986, "b", "x")])
    assert fig.alt == "3 events from 1958 to 2012: 1958 a (y); 1986 b (x); 2012 c (x)."


def test_timeline_is_drawn_in_order_also_within_a_year():
    fig = curves.timeline([(2015, "b"), (1958, "c"), (2015, "a"), (2016, "d")])
    fig.to_svg()
    at = {t.get_text(): t.get_window_extent().y0 for t in fig.axes[0].texts}
    assert at["c"] > at["a"] > at["b"] > at["d"]


def test_alt_texts_can_be_continued():
    fig = lines({"a": STEPS})
    fig.alt += " Both numbers are steps."
    assert 'steps."' in fig.to_svg()


NAN = math.nan


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: lines({"a": [1, 2]}), ValueError, r"a: .*x has shape \(11,\), y \(2,\)"),
        (lambda: lines({"a": [NAN] * 11}), ValueError, "no finite value to draw among 11"),
        (lambda: lines({"a": [1, 2]}, x=[1, NAN]), ValueError, "x holds NaN"),
        (lambda: lines({}), ValueError, "1 to 6 curves, got 0"),
        (lambda: lines({str(i): STEPS for i in range(7)}), ValueError, "1 to 6 curves, got 7"),
        (lambda: lines([STEPS]), TypeError, "dict of arrays by name.*got list"),
        (lambda: lines({"a": STEPS}, bands={"b": (STEPS, STEPS)}), ValueError, r"\['b'\], but"),
        (lambda: lines({"a": STEPS}, bands={"a": (STEPS, [1])}), ValueError, "band of a"),
        (
            lambda: lines({"a": STEPS}, yscale="log"),
            ValueError,
            "positive .* y axis|y axis shows pos",
        ),
        (lambda: lines({"a": STEPS + 1}, xscale="log"), ValueError, "x axis shows positive.* is 0"),
        (lambda: lines({"a": STEPS}, xscale="sqrt"), ValueError, "xscale is .*got 'sqrt'"),
        (
            lambda: curves.scatter({"a": ([1, 2], [1])}, xlabel="x", ylabel="y"),
            ValueError,
            r"x has shape \(2,\), y \(1,\)",
        ),
        (
            lambda: curves.bars(["a"], [1, 2], ylabel="y"),
            ValueError,
            "1 labels need 1 values, got 2",
        ),
        (lambda: curves.bars([], [], ylabel="y"), ValueError, "nothing to draw"),
        (lambda: curves.bars(["a"], [NAN], ylabel="y"), ValueError, "must be finite"),
        (lambda: curves.bars(["a", "b"], [1, (1, 0, 2)], ylabel="y"), ValueError, "every one"),
        (lambda: curves.dots(["a"], [(1, 2, 3)], xlabel="x"), ValueError, "low ≤ mean ≤ high"),
        (lambda: curves.histogram({"a": []}, xlabel="x"), ValueError, "a: .*at least one"),
        (lambda: curves.histogram({"a": [1, NAN]}, xlabel="x"), ValueError, "finite values"),
        (lambda: curves.timeline([(1958, "a")]), ValueError, "at least two events, got 1"),
        (
            lambda: curves.timeline([(i, "a", str(i)) for i in range(7)]),
            ValueError,
            "at most 6 kinds",
        ),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()
