"""The engine's Value beside micrograd as shipped: its 2-16-16-1 network on two moons.

One measured step is a few steps of training. The garbage collector is on, as Python ships: the
graph of micrograd is full of cycles of references, so that only the collector can free it, and that
is part of what a step costs. A second case has it off, so that both pay for arithmetic alone.
"""

import functools
import gc
import inspect
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import micrograd.engine
import micrograd.nn
import numpy as np

from benchmarks._timing import Case
from dlbook.autograd import Value

__all__ = ["cases"]

NUM_POINTS = 32
STEPS = 3


def cases() -> list[Case]:
    """Return training steps (forward, hinge loss with weight decay, backward, SGD) of both."""
    points, labels = _moons()
    ours = _step(_network_of(Value), Value, points, labels)
    theirs = _step(micrograd.nn, micrograd.engine.Value, points, labels)
    name = f"two moons, MLP 2-16-16-1, batch {NUM_POINTS}: {STEPS} SGD steps"
    return [
        Case(
            f"{name}, collector on",
            _collecting(ours),
            {"micrograd": _collecting(theirs)},
            at_least={"micrograd": 5},
        ),
        Case(f"{name}, collector off", ours, {"micrograd": theirs}),
    ]


def _moons() -> tuple[list[list[float]], list[int]]:
    """Return points on two half circles that reach into each other, and labels −1 and +1."""
    draw = np.random.default_rng(0)
    angle = draw.uniform(0, np.pi, NUM_POINTS)
    upper = np.arange(NUM_POINTS) % 2 == 0
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    points = np.column_stack([x, y]) + 0.1 * draw.standard_normal((NUM_POINTS, 2))
    return points.tolist(), np.where(upper, -1, 1).tolist()


def _network_of(value: type) -> ModuleType:
    """Return micrograd's own nn module, line for line, on another class of values."""
    module = ModuleType("micrograd_nn")
    source = inspect.getsource(micrograd.nn).replace("from micrograd.engine import Value", "")
    vars(module)["Value"] = value
    exec(source, vars(module))
    return module


def _step(
    nn: Any, value: Callable[[float], Any], points: list[list[float]], labels: list[int]
) -> Callable[[], object]:
    """Return some steps of training, as in the demonstration that micrograd ships."""
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])

    def step() -> None:
        for _ in range(STEPS):
            inputs = [list(map(value, point)) for point in points]
            scores = list(map(model, inputs))
            losses = [
                (1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)
            ]
            data_loss = sum(losses) * (1.0 / len(losses))
            decay = 1e-4 * sum(p * p for p in model.parameters())
            total = data_loss + decay
            model.zero_grad()
            total.backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad

    return step


def _collecting(step: Callable[[], object]) -> Callable[[], object]:
    """Return the step with the garbage collector on."""

    @functools.wraps(step)
    def collecting() -> None:
        resting = not gc.isenabled()
        gc.enable()
        try:
            step()
        finally:
            if resting:
                gc.disable()

    return collecting
