"""Hidden cases for the exercises on layers and activations.

Chapter: book/network/layers.md
"""

from itertools import pairwise

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def num_parameters(widths):
    """Return the number of weights and biases of a network with layers of these widths."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def _no_biases(widths):
    return sum(inputs * outputs for inputs, outputs in pairwise(widths))


def _bias_of_inputs(widths):
    return sum(inputs * (outputs + 1) for inputs, outputs in pairwise(widths))


def _one_bias_a_layer(widths):
    return sum(inputs * outputs + 1 for inputs, outputs in pairwise(widths))


def _bias_of_every_unit(widths):
    return _no_biases(widths) + sum(widths)


def _hidden_biases_only(widths):
    return _no_biases(widths) + sum(widths[1:-1])


def _units(widths):
    return sum(widths)


def _product(widths):
    return int(np.prod(widths))


def _first_layer_only(widths):
    return (widths[0] + 1) * widths[1]


def _last_layer_only(widths):
    return (widths[-2] + 1) * widths[-1]


_COUNT = Exercise(
    "layers/num-parameters",
    reference=num_parameters,
    cases=[
        Case("one layer, from 3 inputs to 2 outputs", ([3, 2],)),
        Case("one hidden layer: 2 inputs, 2 units, 1 output", ([2, 2, 1],)),
        Case("two hidden layers of different widths", ([4, 3, 5, 2],)),
        Case("a single neuron with one input", ([1, 1],)),
        Case("the network of the chapter", ([64, 32, 16, 10],)),
        Case("ten hidden layers of one unit", ([1] * 12,)),
    ],
    mistakes=[
        Mistake(_no_biases, "You have all the weights. What else does each neuron have?"),
        Mistake(
            _bias_of_inputs,
            "You gave a bias to each input of a layer. Who adds the bias, the sender or the "
            "receiver?",
        ),
        Mistake(
            _one_bias_a_layer,
            "You gave each layer a single bias. How many neurons does a layer have, and how many "
            "biases does each of them have?",
        ),
        Mistake(
            _bias_of_every_unit,
            "You gave biases to the inputs too. What do the inputs compute?",
        ),
        Mistake(
            _hidden_biases_only,
            "The output neurons have no bias in your count. Are they another kind of neuron?",
        ),
        Mistake(_units, "That is the number of units. How many numbers belong to each?"),
        Mistake(
            _product,
            "You multiplied all widths. Which layers are connected directly with each other, and "
            "which only through others?",
        ),
        Mistake(_first_layer_only, "That is the first layer. Is a `return` inside your loop?"),
        Mistake(
            _last_layer_only,
            "That is the last layer only. Does a line in your loop replace the sum where it should "
            "add to it?",
        ),
    ],
    hint="Take one layer: how many numbers come in, how many neurons are there, and how many "
    "numbers does each neuron have?",
)


def forward(x, weights, biases):
    """Return the outputs of a network with ReLU after each layer but the last."""
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight.T + bias
        if number < len(weights):
            x = np.maximum(0, x)
    return x


def _relu_everywhere(x, weights, biases):
    return np.maximum(0, forward(x, weights, biases))


def _no_relu(x, weights, biases):
    for weight, bias in zip(weights, biases, strict=True):
        x = x @ weight.T + bias
    return x


def _relu_first(x, weights, biases):
    return forward(np.maximum(0, x), weights, biases)


def _relu_before_bias(x, weights, biases):
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight.T
        if number < len(weights):
            x = np.maximum(0, x)
        x = x + bias
    return x


def _without_biases(x, weights, biases):
    return forward(x, weights, [0 * bias for bias in biases])


def _bias_subtracted(x, weights, biases):
    return forward(x, weights, [-bias for bias in biases])


def _absolute(x, weights, biases):
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight.T + bias
        if number < len(weights):
            x = np.abs(x)
    return x


def _step(x, weights, biases):
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight.T + bias
        if number < len(weights):
            x = np.where(x > 0, 1.0, 0.0)
    return x


def _keeps_the_negative(x, weights, biases):
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight.T + bias
        if number < len(weights):
            x = np.minimum(0, x)
    return x


def _not_transposed(x, weights, biases):
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
        x = x @ weight + bias
        if number < len(weights):
            x = np.maximum(0, x)
    return x


def _first_layer(x, weights, biases):
    return np.maximum(0, x @ weights[0].T + biases[0])


def _columns(x, weights, biases):
    return forward(x, weights, biases).T


def _without_last(x, weights, biases):
    for weight, bias in list(zip(weights, biases, strict=True))[:-1]:
        x = np.maximum(0, x @ weight.T + bias)
    return x


def _network(num_rows: int, *widths: int) -> tuple:
    """Return a batch and layers of the given widths, with small whole numbers."""
    rng = np.random.default_rng(num_rows + sum(widths))
    weights = [rng.integers(-2, 3, (o, i)).astype(float) for i, o in pairwise(widths)]
    biases = [rng.integers(-2, 3, o).astype(float) for o in widths[1:]]
    return rng.integers(-2, 3, (num_rows, widths[0])).astype(float), weights, biases


def _small(x: list, weights: list, biases: list) -> tuple:
    """Return a case's arguments as float arrays."""
    arrays = [[np.array(a, dtype=float) for a in part] for part in (weights, biases)]
    return np.array(x, dtype=float), *arrays


_FORWARD = Exercise(
    "layers/forward",
    reference=forward,
    cases=[
        Case(
            "a single layer, whose sums are −1 and 3",
            _small([[1, 1]], [[[1, -2], [1, 1]]], [[0, 1]]),
            hint="There is only one layer here, so it is the last one. What comes after the last?",
        ),
        Case(
            "one hidden layer, one of whose sums is negative",
            _small([[1, 2]], [[[1, 1], [1, -2]], [[1, 1], [2, 0]]], [[0, 1], [1, -8]]),
        ),
        Case(
            "the network for XOR on the four corners",
            _small(
                [[-1, -1], [-1, 1], [1, -1], [1, 1]],
                [[[2, -1], [-1, 2]], [[1, 1]]],
                [[-1, -1], [-1]],
            ),
        ),
        Case("three layers, five rows, all sizes different", _network(5, 4, 3, 6, 2)),
        Case("one row only", _network(1, 3, 4, 2)),
        Case("square matrices throughout", _network(3, 3, 3, 3, 3)),
        Case("two hundred rows", _network(200, 8, 5, 3)),
    ],
    mistakes=[
        Mistake(
            _relu_everywhere,
            "Your outputs are never negative. Which layer of this network has no ReLU?",
        ),
        Mistake(
            _no_relu,
            "This is one affine map, however many layers there are. What stands between them?",
        ),
        Mistake(
            _relu_first,
            "You cut off the negative inputs too. The input is no layer; where does the first "
            "ReLU come?",
        ),
        Mistake(
            _relu_before_bias,
            "You add the bias after ReLU. In f(Wx + b), what does f see?",
        ),
        Mistake(_without_biases, "The biases have no effect in your network."),
        Mistake(_bias_subtracted, "You subtract the bias where it should be added."),
        Mistake(
            _absolute,
            "Your activation turns negative sums into positive ones. What does ReLU make of them?",
        ),
        Mistake(
            _step,
            "Your hidden units answer 0 or 1. ReLU lets a positive sum pass as it is.",
        ),
        Mistake(
            _keeps_the_negative,
            "Your activation keeps what is negative. Is it the larger or the smaller of 0 and a?",
        ),
        Mistake(
            _not_transposed,
            "With square matrices you use columns where rows are meant: row k of a weight matrix "
            "belongs to neuron k. Which side of the product holds one example in each row?",
        ),
        Mistake(_first_layer, "That is the first layer's output. Is a `return` inside your loop?"),
        Mistake(_without_last, "The last layer is missing: it has no ReLU, but it has weights."),
        Mistake(_columns, "Your outputs stand in columns; each example should have a row."),
    ],
    hint="Go layer by layer: weighted sums plus bias, then ReLU, and the result is the next "
    "layer's input. What is different in the last layer?",
)


def relu_weights(z, y):
    """Return what the slope changes by at each point but the last."""
    return np.diff(np.diff(y) / np.diff(z), prepend=0.0)


def _slopes(z, y):
    return np.diff(y) / np.diff(z)


def _rises(z, y):
    return np.diff(np.diff(y), prepend=0.0)


def _no_first(z, y):
    return np.diff(np.diff(y) / np.diff(z))


def _upside_down(z, y):
    return np.diff(np.diff(z) / np.diff(y), prepend=0.0)


def _reversed_difference(z, y):
    slopes = np.diff(y) / np.diff(z)
    return np.concatenate([slopes[:1], slopes[:-1] - slopes[1:]])


def _with_last(z, y):
    return np.append(relu_weights(z, y), 0.0)


def _back_to_flat(z, y):
    slopes = np.diff(y) / np.diff(z)
    return np.append(relu_weights(z, y), -slopes[-1])


def _with_constant(z, y):
    return np.concatenate([y[:1], relu_weights(z, y)])


def _accumulated(z, y):
    return np.cumsum(np.diff(y) / np.diff(z))


def _points(z: list, y: list) -> tuple:
    """Return a case's arguments as float arrays."""
    return np.array(z, dtype=float), np.array(y, dtype=float)


_STEPS = np.random.default_rng(6).integers(1, 5, 12)
_KINKS = Exercise(
    "layers/relu-weights",
    reference=relu_weights,
    cases=[
        Case("two points, slope 2", _points([1, 2], [0, 2])),
        Case("three points, a kink upwards", _points([0, 1, 2], [1, 2, 5])),
        Case("points that are not equally far apart", _points([0, 1, 5], [0, 3, -1])),
        Case("three points on a line: no kink is needed", _points([-1, 0, 3], [2, 1, -2])),
        Case("|x| from three points", _points([-2, 0, 2], [2, 0, 2])),
        Case(
            "twelve points",
            (np.cumsum(_STEPS) / 2, np.random.default_rng(7).integers(-5, 6, 12) / 2),
        ),
    ],
    mistakes=[
        Mistake(
            _slopes,
            "These are the slopes of the pieces. A unit stays switched on: by how much must the "
            "slope *change* at each point?",
        ),
        Mistake(
            _rises,
            "You took the differences of y for slopes. How far apart are the points?",
        ),
        Mistake(
            _no_first,
            "The first one is missing. To the left of the first point f is flat: what must the "
            "slope change by there?",
        ),
        Mistake(_upside_down, "Run over rise: your slopes are upside down."),
        Mistake(
            _reversed_difference,
            "After the first point your changes have the wrong sign: new slope minus old, or old "
            "minus new?",
        ),
        Mistake(_with_last, "One too many: there is no piece after the last point."),
        Mistake(
            _back_to_flat,
            "You bring f back to flat after the last point. Nobody asked for that; how many "
            "weights does the formula have?",
        ),
        Mistake(
            _with_constant,
            "The constant comes first in your answer; it is no weight of a hidden unit.",
        ),
        Mistake(
            _accumulated,
            "You added the slopes up. It is the weights that add up to the slopes; which operation "
            "undoes a running sum?",
        ),
    ],
    hint="Draw the points and connect them. What is the slope before each point, and what is it "
    "after it?",
)

EXERCISES = [_COUNT, _FORWARD, _KINKS]
