import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from matplotlib.patches import FancyBboxPatch, Polygon

from dlbook.plotting import graphs
from dlbook.plotting.style import color

SPACE = "{http://www.w3.org/2000/svg}"


def texts(fig):
    return re.findall(r">([^<>]+)</text>", fig.to_svg())


def frames(fig):
    """Return (left, top, right, bottom) of each box that is drawn with a line."""
    found = [p for p in fig.axes[0].patches if isinstance(p, FancyBboxPatch) and p.get_linewidth()]
    return [
        (p.get_x(), p.get_y(), p.get_x() + p.get_width(), p.get_y() + p.get_height()) for p in found
    ]


# --- networks


def edges(fig):
    return [line for line in fig.axes[0].lines if len(line.get_xdata()) == 2]


def test_a_weight_shows_its_sign_twice_and_its_size():
    fig = graphs.network([[[2.0, -1.0, 0.0]]], inputs=["a", "b", "c"], outputs=["y"])
    positive, negative = edges(fig)  # a weight of zero is not drawn
    assert positive.get_color() == color("blue") and positive.get_linestyle() == "-"
    assert negative.get_color() == color("orange") and negative.get_linestyle() == "--"
    assert positive.get_linewidth() > negative.get_linewidth()
    assert {"2", "−1", "a", "b", "c", "y"} == set(texts(fig))
    assert fig.alt == (
        "A network with layers of 3 and 1 units and 3 weights: 1 positive, drawn solid, 1 "
        "negative, drawn dashed, and 1 zero, not drawn. The largest in size is 2, from a to y."
    )


def test_edges_follow_the_layout_of_torch():
    """Weight (out, in): the one that is not zero leads from the third input to the first output."""
    weight = torch.zeros(2, 3)
    weight[0, 2] = 1.0
    fig = graphs.network([weight], inputs=["i1", "i2", "i3"], outputs=["o1", "o2"])
    (edge,) = edges(fig)
    fig.to_svg()
    at = {t.get_text(): t.get_position() for t in fig.axes[0].texts}
    (x0, x1), (y0, y1) = edge.get_data()
    assert (x0, y0) == at["i3"] and (x1, y1) == at["o1"]


def test_modules_of_torch_can_be_drawn():
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    with torch.no_grad():
        fig = graphs.network([m.weight for m in model if hasattr(m, "weight")])
    assert "layers of 4, 3 and 2 units and 18 weights" in fig.alt


def test_values_are_written_where_there_are_few():
    assert len(texts(graphs.network([np.ones((3, 3))]))) == 9
    assert "<text" not in graphs.network([np.ones((4, 3))]).to_svg()
    assert len(texts(graphs.network([np.ones((4, 3))], values=True))) == 12
    assert "<text" not in graphs.network([np.ones((3, 3))], values=False).to_svg()


def test_of_a_large_layer_some_units_are_drawn():
    fig = graphs.network([np.ones((2, 11))])
    assert len(edges(fig)) == 9 * 2
    assert "layers of 11 and 2 units and 22 weights" in fig.alt
    assert len(edges(graphs.network([np.ones((2, 10))]))) == 10 * 2


# --- sets


def test_each_set_lies_inside_the_one_before():
    fig = graphs.nested(["all", "some", "few"], ["a", "b", "c"])
    boxes = frames(fig)
    assert len(boxes) == 3
    for outer, inner in itertools.pairwise(boxes):
        assert outer[0] < inner[0] and outer[1] < inner[1]
        assert outer[2] > inner[2] and outer[3] > inner[3]
    assert texts(fig) == ["all", "a", "some", "b", "few", "c"]


def test_sets_need_no_notes():
    fig = graphs.nested(["numbers of any kind", "whole numbers", "even whole numbers"])
    assert fig.alt == (
        "3 nested sets: numbers of any kind contains whole numbers, which contains even whole "
        "numbers."
    )
    fig.to_svg()


# --- flows


def test_a_flow_goes_from_left_to_right():
    fig = graphs.flow({"A": (["one", "two"], "mix", ["three"])})
    assert fig.alt == "1 process. A: from one and two, mix makes three; 2 inputs, 1 output."
    fig.to_svg()
    at = {t.get_text(): t.get_position()[0] for t in fig.axes[0].texts}
    assert at["one"] == at["two"] < at["mix"] < at["three"]


# --- cycles


@pytest.mark.parametrize("num_steps", [4, 6])
def test_a_cycle_runs_clockwise_and_comes_back(num_steps):
    steps = {f"step {i}": [f"number {i}", "a line that is so long that it has to be broken in two"]
             for i in range(num_steps)}  # fmt: skip
    fig = graphs.cycle(steps, center=["again and again"])
    assert fig.alt.startswith(f"A cycle of {num_steps} steps. Step 0: number 0 and a line")
    assert fig.alt.endswith("Then again step 0.")
    boxes = frames(fig)
    middles = np.array([((a + c) / 2, (b + d) / 2) for a, b, c, d in boxes])
    angles = np.unwrap(np.arctan2(*(middles - middles.mean(axis=0)).T[::-1]))
    assert (np.diff(angles) > 0).all()  # y points down, so this is clockwise
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    tips = [p.get_xy()[0] for p in fig.axes[0].patches if isinstance(p, Polygon)]
    for tip, (left, top, right, bottom) in zip(tips, [*boxes[1:], boxes[0]], strict=True):
        assert left - 3 <= tip[0] <= right + 3 and top - 3 <= tip[1] <= bottom + 3
    assert "again and again" in texts(fig)


# --- dependencies


def test_what_is_needed_stands_above():
    nodes = {"a": "socks", "b": "shoes", "c": "laces", "d": "hat"}
    fig = graphs.dependencies(nodes, [("a", "b"), ("b", "c"), ("a", "c")], groups={"a": "clothes"})
    fig.to_svg()
    at = {t.get_text(): t.get_position()[1] for t in fig.axes[0].texts}
    assert at["socks"] == at["hat"] < at["shoes"] < at["laces"]
    assert "clothes" in at
    assert fig.alt == (
        "4 nodes with 2 arrows from what comes first to what needs it. Shoes needs socks. Laces "
        "needs shoes. Nothing comes before socks and hat."
    )


@pytest.mark.parametrize("size", [1, 5, 34, 80])
def test_any_number_of_nodes_finds_room(size):
    rng = np.random.default_rng(size)
    nodes = {str(i): f"chapter {i} about something" for i in range(size)}
    needs = [(str(rng.integers(i)), str(i)) for i in range(1, size) for _ in range(2)]
    fig = graphs.dependencies(nodes, needs)
    boxes = frames(fig)[::2]
    assert len(boxes) == size
    width, height = fig.get_size_inches() * 96
    for i, one in enumerate(boxes):
        assert one[0] >= 0 and one[2] <= width and one[1] >= 0 and one[3] <= height
        for two in boxes[:i]:
            apart = one[0] >= two[2] or two[0] >= one[2] or one[1] >= two[3] or two[1] >= one[3]
            assert apart


def test_arrows_pass_no_box():
    """An edge that spans rows goes between the boxes, not behind them."""
    nodes = {key: key for key in "abcdefgh"}
    needs = [("a", k) for k in "bcd"] + [("b", "e"), ("c", "f"), ("d", "g"), ("a", "h"), ("e", "h")]
    fig = graphs.dependencies({**nodes}, [*needs, ("d", "h")])
    boxes = frames(fig)[::2]
    root = ET.fromstring(fig.to_svg())
    paths = [p.get("d") for p in root.iter(f"{SPACE}path") if "C" in p.get("d")]
    straight = []
    for path in paths:
        points = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", path)]
        straight += points
    for x, y in ((px * 4 / 3, py * 4 / 3) for px, py in straight):
        inside = [b for b in boxes if b[0] + 9 < x < b[2] - 9 and b[1] + 9 < y < b[3] - 9]
        assert not inside


# --- errors


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: graphs.network([]), r"shape \(out_features, in_features\); got shapes \[\]"),
        (lambda: graphs.network([np.ones(3)]), r"got shapes \[\(3,\)\]"),
        (
            lambda: graphs.network([np.ones((4, 2)), np.ones((3, 5))]),
            r"a layer of 4 units cannot feed weights of shape \(3, 5\); expected \(…, 4\)",
        ),
        (lambda: graphs.network([[[np.nan]]]), "NaN or infinite"),
        (lambda: graphs.network([[[1.0]]], inputs=["a", "b"]), "inputs: 1 names are needed, got 2"),
        (lambda: graphs.network([[[1.0]]], layers=["a"]), "layers: 2 names are needed, got 1"),
        (lambda: graphs.nested(["one"]), "2 to 5 sets and a note for each; got 1 and 1"),
        (lambda: graphs.nested(["a", "b"], ["c"]), "got 2 and 1"),
        (lambda: graphs.cycle({"a": [], "b": [], "c": []}), "4 or 6 steps.*got 3"),
        (lambda: graphs.flow({"A": ([], "x", ["y"])}), "A: a flow needs at least one input"),
        (
            lambda: graphs.dependencies({"a": "A"}, [("a", "b")]),
            r"the edge \('a', 'b'\) names 'b', which is none of \['a'\]",
        ),
        (
            lambda: graphs.dependencies({"a": "A", "b": "B"}, [("a", "b"), ("b", "a")]),
            "in a circle",
        ),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- computations


def example(**changes):
    """Return L = (u + 2u)², u = w·x: a value that is used twice."""
    given = {
        "values": [2, 3, 6, 12, 18, 324],
        "gradients": [324, 216, 108, 36, 36, 1],
        "slopes": [3, 2, 2, 1, 1, 36],
    }
    edges = [(0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5)]
    return graphs.computation(["x", "w", "u", "2u", "s", "L"], edges, **given | changes)


def test_a_computation_shows_values_gradients_slopes_and_the_order():
    fig = example(order=[5, 4, 3, 2, 1, 0])
    assert {"x", "w", "u", "2u", "s", "L", "324", "216", "108"} <= set(texts(fig))
    places = {t.get_text() for t in fig.axes[0].texts if t.get_color() == color("purple")}
    assert places == {"1", "2", "3", "4", "5", "6"}
    gradients = [t.get_text() for t in fig.axes[0].texts if t.get_color() == color("orange")]
    assert gradients == ["324", "216", "108", "36", "36", "1"]
    assert fig.alt == (
        "A computation of 6 nodes and 6 arrows. Inputs: x = 2 and w = 3. From x and w comes u = 6. "
        "From u comes 2u = 12. From u and 2u comes s = 18. From s comes L = 324. Derivatives of "
        "the result: x 324, w 216, u 108, 2u 36, s 36 and L 1. Visited in the order L, s, 2u, u, w "
        "and x."
    )


def test_what_is_computed_stands_below_what_it_was_computed_from():
    fig = example(gradients=None, slopes=None, values=None)
    at = {t.get_text(): t.get_position()[1] for t in fig.axes[0].texts}
    assert at["x"] == at["w"] < at["u"] < at["2u"] < at["s"] < at["L"]


def test_an_input_stands_right_above_the_first_node_that_needs_it():
    fig = graphs.computation(["a", "b", "c", "y"], [(0, 1), (1, 3), (2, 3)])
    at = {t.get_text(): t.get_position()[1] for t in fig.axes[0].texts}
    assert at["a"] < at["b"] == at["c"] < at["y"]


def test_no_node_of_a_computation_covers_another():
    found = frames(example(width=300))
    assert len(found) == 6
    for (a0, b0, a1, b1), (c0, d0, c1, d1) in itertools.combinations(found, 2):
        assert a1 <= c0 or c1 <= a0 or b1 <= d0 or d1 <= b0


def test_an_edge_that_occurs_twice_is_one_arrow_with_both_slopes():
    fig = graphs.computation(["x", "x·x"], [(0, 1), (0, 1)], values=[3, 9], slopes=[3, 3])
    assert "3, 3" in texts(fig)
    assert "2 nodes and 1 arrow." in fig.alt


def test_a_gradient_that_is_not_known_yet_is_a_dash():
    fig = example(gradients=[None, None, None, 36, 36, 1])
    assert texts(fig).count("–") == 3
    assert "Derivatives of the result: 2u 36, s 36 and L 1." in fig.alt


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"values": [1, 2]}, "values: expected 6 entries, got 2"),
        ({"gradients": [1]}, "gradients: expected 6 entries, got 1"),
        ({"slopes": [1]}, "slopes: expected 6 entries, got 1"),
        ({"order": [6]}, "order: expected indices from 0 to 5, got [6]"),
    ],
)
def test_what_does_not_fit_a_computation_is_refused(changes, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        example(**changes)


def test_a_computation_that_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="a computation of 2 to 40 nodes can be drawn; got 41"):
        graphs.computation([str(i) for i in range(41)], [])
    with pytest.raises(ValueError, match=re.escape("the edge (0, 2) names no node; there are 2")):
        graphs.computation(["a", "b"], [(0, 2)])
    with pytest.raises(ValueError, match="circle"):
        graphs.computation(["a", "b"], [(0, 1), (1, 0)])
