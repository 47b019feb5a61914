"""Figures of every kind, with the data that are hardest on a layout."""

import numpy as np

from dlbook.plotting import curves, fields, graphs, images
from dlbook.plotting.style import color, figure
from dlbook.stats import Interval

rng = np.random.default_rng(0)
STEPS = np.arange(101)
LONG = "a random forest of three hundred trees"


def decay(rate, floor=0.0):
    return 2.3 * np.exp(-STEPS / rate) + floor


def quadratic(points):
    return 0.5 * (points[:, 0] ** 2 + 8 * points[:, 1] ** 2) + 0.01


def blobs(num_classes):
    middles = np.array([[0, 0], [2, 2], [3, -2]])[:num_classes]
    return np.concatenate([rng.normal(size=(40, 2)) + m for m in middles]), middles


def nearest(middles):
    return lambda points: ((points[:, None] - middles) ** 2).sum(axis=-1).argmin(axis=1)


def own_axes():
    fig = figure(width=600, height=300)
    left, right = fig.subplots(1, 2)
    left.plot([0, 1], [0, 1], label="costs $5 or $6")
    left.set_title("left")
    left.set_ylabel("share")
    left.legend()
    right.bar([0, 1], [3, 4], color=color("green"))
    right.set_title("right")
    right.set_xlabel("dollars")
    fig.alt = "Two panels: at the left a line rises from 0 to 1, at the right bars of 3 and 4."
    return fig


def descent():
    path = [np.array([-4.0, 1.5])]
    for _ in range(30):
        path.append(path[-1] - 0.2 * np.array([1.0, 8.0]) * path[-1])
    return np.array(path)


CHAPTERS = {str(i): f"{i} A chapter of the book" for i in range(1, 35)}
NEEDS = [(str(i // 2), str(i)) for i in range(2, 35)] + [("3", "34"), ("5", "29"), ("1", "34")]

GALLERY = {
    "lines": lambda: curves.lines(
        STEPS,
        {"training": decay(18), "validation": decay(15, 0.4), LONG: decay(15, 0.41)},
        xlabel="step",
        ylabel="loss (nats)",
        bands={"validation": (decay(15, 0.3), decay(15, 0.5))},
        hlines={"chance": 2.3},
        vlines={"at the very start": 2.0},
        title="Three curves",
    ),
    "lines that all end together": lambda: curves.lines(
        STEPS,
        {f"method {i}": decay(5 + i, 1e-6 * i) for i in range(6)},
        xlabel="step",
        ylabel="loss",
    ),
    "logarithmic lines": lambda: curves.lines(
        10.0 ** np.arange(8),
        {"grid": 10.0 ** -np.arange(8), "slope": 10.0 ** -(2.0 * np.arange(8))},
        xlabel="evaluations",
        ylabel="best loss",
        xscale="log",
        yscale="log",
    ),
    "a narrow logarithmic axis": lambda: curves.lines(
        [1, 2, 3], {"x": [120.0, 150.0, 180.0]}, xlabel="n", ylabel="m", yscale="log"
    ),
    "tiny values": lambda: curves.lines(
        STEPS, {"gap": 1e-16 * decay(9)}, xlabel="step", ylabel="gap"
    ),
    "percent": lambda: curves.lines(
        STEPS, {"share": decay(9) / 4}, xlabel="step", ylabel="share", fmt=".0%"
    ),
    "a gap": lambda: curves.lines(
        STEPS,
        {"until 40": np.where(STEPS <= 40, decay(9), np.nan), "all": decay(20)},
        xlabel="step",
        ylabel="loss",
    ),
    "very many points": lambda: curves.lines(
        np.arange(20_000), {"noise": rng.normal(size=20_000)}, xlabel="step", ylabel="value"
    ),
    "bars": lambda: curves.bars(
        ["digits", "wine", "iris"],
        [Interval(0.97, 0.96, 0.98), Interval(0.93, 0.9, 0.96), Interval(0.9, 0.85, 0.95)],
        ylabel="accuracy",
        fmt=".1%",
        hlines={"chance": 0.33},
        title="Three tables",
    ),
    "groups of bars": lambda: curves.bars(
        ["small data", "large data"],
        {"few steps": [0.5, 0.61], "many steps": [0.62, 0.93]},
        ylabel="test accuracy",
        fmt=".0%",
    ),
    "lying bars": lambda: curves.bars(
        ["logistic regression on raw pixels", LONG, "perceptron"],
        {"gain": [0.9, 0.85, -0.2], "cost": [0.1, 0.3, 0.2]},
        ylabel="over the baseline",
    ),
    "dots": lambda: curves.dots(
        ["logistic regression", LONG, "k nearest neighbours", "perceptron"],
        [Interval(m, m - 0.01, m + 0.012) for m in (0.979, 0.965, 0.96, 0.93)],
        xlabel="accuracy",
        band=(0.969, 0.989, "within ±0.01 of the best"),
        title="A leaderboard",
    ),
    "scatter": lambda: curves.scatter(
        {"admitted": rng.normal(size=(2, 80)), "rejected": rng.normal(size=(2, 80)) + 2},
        xlabel="grade",
        ylabel="test score",
        curves={"the rule by hand": ([-2, 4], [3, -1])},
    ),
    "a cloud": lambda: curves.scatter(
        {"a": rng.normal(size=(2, 9000)), "b": rng.normal(size=(2, 9000)) + 1},
        xlabel="x₁",
        ylabel="x₂",
    ),
    "histogram": lambda: curves.histogram(
        {"plain": rng.normal(size=900), "with ReLU": rng.normal(2, 0.5, size=400)},
        xlabel="output",
        vlines={"threshold": 1.0},
    ),
    "timeline": lambda: curves.timeline(
        [(1943, "a neuron as logic", "idea"), (1958, "the perceptron", "machine")]
        + [(2010 + i // 2, f"{LONG}, number {i}, and what came of it", "idea") for i in range(9)],
        title="When",
    ),
    "decision": lambda: fields.decision(
        lambda p: p.sum(axis=1) - 2,
        blobs(2)[0],
        np.repeat([-1, 1], 40),
        xlabel="exclamation marks",
        ylabel="links",
        names={-1: "ham", 1: "spam"},
        title="A line",
    ),
    "three classes": lambda: fields.decision(
        nearest(blobs(3)[1]), blobs(3)[0], np.repeat([0, 1, 2], 40), xlabel="x₁", ylabel="x₂"
    ),
    "surface": lambda: fields.surface(
        quadratic,
        xlim=(-5, 3),
        ylim=(-2, 2),
        xlabel="slope",
        ylabel="intercept",
        zlabel="loss",
        paths={"descent": descent(), "the way back": descent()[::-1]},
        scale="log",
    ),
    "a rough surface": lambda: fields.surface(
        lambda p: np.sin(40 * p[:, 0]) * np.cos(40 * p[:, 1]),
        xlim=(-1, 1),
        ylim=(-1, 1),
        xlabel="w₁",
        ylabel="w₂",
        zlabel="height",
    ),
    "network": lambda: graphs.network(
        [rng.normal(size=(1, 4))],
        inputs=["free", "winner", "meeting", "x₁"],
        outputs=["spam score"],
        layers=["counts of words", "neuron"],
    ),
    "large network": lambda: graphs.network(
        [rng.normal(size=(16, 64)), rng.normal(size=(10, 16))],
        layers=["64 pixels", "16 hidden units", "10 digits"],
    ),
    "computation": lambda: graphs.computation(
        ["x", "w", "u = w·x", "2u", "s = u + 2u", "L = s²"],
        [(0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5)],
        values=[2, 3, 6, 12, 18, 324],
        gradients=[324, 216, 108, 36, 36, 1],
        slopes=[3, 2, 2, 1, 1, 36],
        order=[5, 4, 3, 2, 1, 0],
    ),
    "nested": lambda: graphs.nested(
        ["artificial intelligence", "machine learning", "deep learning"],
        ["rules written by hand, search, planning, logic, expert systems " * 2, "trees", ""],
    ),
    "flow": lambda: graphs.flow(
        {
            "By hand": (["rules", "data"], "computer", ["answers"]),
            "Learned": (["data", "answers"], "a learning algorithm", ["rules", "a score", "c"]),
        }
    ),
    "cycle": lambda: graphs.cycle(
        {
            "1 Forward": ["weights 0.5, −0.3", "outputs 0.65, 0.23, 1.11, 0.38"],
            "2 Loss": ["mean squared error 1.310"],
            "3 Backward": ["slope of the loss in the two weights that are shown here: −0.18, 0.5"],
            "4 Step": ["weights 0.591, −0.043"],
        },
        center=["next time around, the", "loss is 0.912"],
    ),
    "dependencies": lambda: graphs.dependencies(
        CHAPTERS, NEEDS, groups={key: f"part {int(key) // 6}" for key in CHAPTERS}
    ),
    "images": lambda: images.grid(
        rng.random((12, 8, 8)),
        [f"{i} read as {9 - i % 9}" for i in range(12)],
        highlight=[i % 5 == 0 for i in range(12)],
    ),
    "weights": lambda: images.grid(rng.normal(size=(3, 8, 8)), ["a", "b", "c"], signed=True),
    "photographs": lambda: images.grid(rng.random((2, 12, 16, 3)), [LONG, "short"]),
    "axes of one's own": own_axes,
}
