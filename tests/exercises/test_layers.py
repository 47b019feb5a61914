"""Wrong solutions of the exercises on layers as students write them, and their hints."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from dlbook.exercises import examine
from dlbook.exercises.layers import forward, num_parameters, relu_weights


def by_torch(widths):
    layers = [torch.nn.Linear(i, o) for i, o in pairwise(widths)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def recursively(x, weights, biases):
    sums = x @ weights[0].T + biases[0]
    if len(weights) == 1:
        return sums
    return recursively(np.where(sums > 0, sums, 0.0), weights[1:], biases[1:])


def by_loop(z, y):
    weights, slope = [], 0.0
    for k in range(len(z) - 1):
        new = (y[k + 1] - y[k]) / (z[k + 1] - z[k])
        weights.append(new - slope)
        slope = new
    return np.array(weights)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("num-parameters", num_parameters),
        ("num-parameters", by_torch),
        ("forward", forward),
        ("forward", recursively),
        ("relu-weights", relu_weights),
        ("relu-weights", by_loop),
    ],
)
def test_right_solutions_pass(name, answer):
    assert examine(f"layers/{name}", answer).passed


def empties_the_lists(x, weights, biases):
    last, bias = weights.pop(), biases.pop()
    while weights:
        x = np.maximum(0, x @ weights.pop(0).T + biases.pop(0))
    return x @ last.T + bias


def relu_after_all(x, weights, biases):
    for weight, bias in zip(weights, biases, strict=True):
        x = np.maximum(0, x @ weight.T + bias)
    return x


def returns_too_soon(x, weights, biases):
    for weight, bias in zip(weights, biases, strict=True):
        x = np.maximum(0, x @ weight.T + bias)
        return x


def no_activation(x, weights, biases):
    for weight, bias in zip(weights, biases, strict=True):
        x = x @ weight.T + bias
    return x


def star_for_at(x, weights, biases):
    for weight, bias in zip(weights, biases, strict=True):
        x = x * weight.T + bias
    return x


def not_transposed(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(0, x @ weight + bias)
    return x @ weights[-1] + biases[-1]


def bias_in_a_column(x, weights, biases):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = np.maximum(0, x @ weight.T + bias[:, None])
    return x @ weights[-1].T + biases[-1]


def prints(widths):
    print(num_parameters(widths))


def weights_only(widths):
    return sum(a * b for a, b in pairwise(widths))


def overwritten(widths):
    total = 0
    for a, b in pairwise(widths):
        total = (a + 1) * b
    return total


def inputs_have_biases(widths):
    return weights_only(widths) + sum(widths)


def slopes(z, y):
    return (y[1:] - y[:-1]) / (z[1:] - z[:-1])


def without_the_first(z, y):
    return np.diff(slopes(z, y))


def a_list(z, y):
    return by_loop(z, y).tolist()


def one_too_many(z, y):
    return np.append(by_loop(z, y), 0.0)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("forward", relu_after_all, "Your outputs are never negative"),
        ("forward", returns_too_soon, "Is a `return` inside your loop?"),
        ("forward", no_activation, "one affine map"),
        ("forward", empties_the_lists, "make a new one"),
        ("forward", star_for_at, "should have shape (1, 2)"),
        ("forward", not_transposed, "row k of a weight matrix"),
        ("forward", bias_in_a_column, "should have shape (1, 2)"),
        ("num-parameters", prints, "`return`, not `print`"),
        ("num-parameters", weights_only, "What else does each neuron have?"),
        ("num-parameters", overwritten, "replace the sum"),
        ("num-parameters", inputs_have_biases, "What do the inputs compute?"),
        ("relu-weights", slopes, "*change*"),
        ("relu-weights", without_the_first, "The first one is missing"),
        ("relu-weights", a_list, "`np.array(…)`"),
        ("relu-weights", one_too_many, "no piece after the last point"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_solution_gets_the_hint_that_helps(name, answer, words):
    feedback = examine(f"layers/{name}", answer)
    assert feedback.status == "failed"
    assert words in feedback.hint
