"""Hidden cases for the exercises on linearity.

Chapter: book/network/linearity.md
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def fold(weights, biases):
    """Return the one (A, c) of a stack of layers without activations."""
    A, c = np.eye(weights[0].shape[1]), np.zeros(weights[0].shape[1])
    for W, b in zip(weights, biases, strict=True):
        A, c = W @ A, W @ c + b
    return A, c


def _wrong_order(weights, biases):
    return fold(weights[::-1], biases[::-1])


def _biases_added(weights, biases):
    return fold(weights, biases)[0], sum(biases)


def _biases_not_carried(weights, biases):
    return fold(weights, biases)[0], biases[-1]


def _multiplied_from_the_right(weights, biases):
    A, c = weights[0], biases[0]
    for W, b in zip(weights[1:], biases[1:], strict=True):
        A, c = A @ W, W @ c + b
    return A, c


def _bias_before_weight(weights, biases):
    A, c = np.eye(weights[0].shape[1]), np.zeros(weights[0].shape[1])
    for W, b in zip(weights, biases, strict=True):
        c = W @ (c + b) if len(b) == len(c) else W @ c + b
        A = W @ A
    return A, c


def _without_biases(weights, biases):
    A, c = fold(weights, biases)
    return A, np.zeros_like(c)


def _new_matrix_for_bias(weights, biases):
    # A is replaced before c is computed from it
    A, c = np.eye(weights[0].shape[1]), np.zeros(weights[0].shape[1])
    for W, b in zip(weights, biases, strict=True):
        A = W @ A
        c = A @ c + b
    return A, c


def _first_layer_only(weights, biases):
    return weights[0], biases[0]


def _elementwise(weights, biases):
    A, c = weights[0], biases[0]
    for W, b in zip(weights[1:], biases[1:], strict=True):
        A, c = W * A, W @ c + b
    return A, c


def _stack(*widths: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return layers of the given widths with small whole numbers."""
    rng = np.random.default_rng(sum(widths))
    weights = [rng.integers(-2, 3, (o, i)).astype(float) for i, o in pairwise(widths)]
    return weights, [rng.integers(-2, 3, o).astype(float) for o in widths[1:]]


_FOLD = Exercise(
    "linearity/fold",
    reference=fold,
    parts=("A", "c"),
    cases=[
        Case(
            "a single layer folds into itself",
            ([np.array([[1.0, 2.0], [0.0, 1.0]])], [np.array([3.0, -1.0])]),
        ),
        Case(
            "two layers with one number each: 2x + 1, then 3x − 1",
            ([np.array([[2.0]]), np.array([[3.0]])], [np.array([1.0]), np.array([-1.0])]),
        ),
        Case(
            "two layers of two neurons",
            (
                [np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[0.0, 2.0], [1.0, 0.0]])],
                [np.array([1.0, 0.0]), np.array([0.0, 5.0])],
            ),
        ),
        Case(
            "no biases at all: all of them zero", (_stack(2, 3, 2)[0], [np.zeros(3), np.zeros(2)])
        ),
        Case("three layers of different widths", _stack(2, 4, 3, 1)),
        Case("ten layers", _stack(*[3] * 11)),
    ],
    mistakes=[
        Mistake(
            _wrong_order,
            "Your layers act in the opposite order. The first layer is the first to touch x, so on "
            "paper its matrix stands closest to x.",
        ),
        Mistake(
            _biases_added,
            "The matrix is right. The constants are simply added up; but what happens to the first "
            "layer's bias on its way through the second layer?",
        ),
        Mistake(
            _biases_not_carried,
            "The matrix is right. Only the last bias has survived; the earlier ones go through the "
            "layers behind them.",
        ),
        Mistake(
            _multiplied_from_the_right,
            "A layer acts on what the layers before it give, so its matrix stands on which side of "
            "theirs?",
        ),
        Mistake(
            _bias_before_weight,
            "You add a layer's bias before its matrix acts. In W x + b it comes after.",
        ),
        Mistake(_without_biases, "The matrix is right. What became of the biases?"),
        Mistake(
            _new_matrix_for_bias,
            "The constant goes through one layer at a time. You send it through the folded matrix "
            "of all layers so far.",
        ),
        Mistake(_first_layer_only, "Only the first layer is in your answer."),
        Mistake(_elementwise, "`*` multiplies entry by entry. Which operator composes matrices?"),
    ],
    hint="Write out two layers, one inside the other, and sort the terms: what multiplies x, and "
    "what does not?",
)


def matrix_of(f, num_inputs):
    """Return the matrix of a linear function by asking it num_inputs questions."""
    return np.column_stack([f(unit) for unit in np.eye(num_inputs)])


def _rows(f, num_inputs):
    return np.array([f(unit) for unit in np.eye(num_inputs)])


def _ones(f, num_inputs):
    return np.column_stack([f(np.ones(num_inputs)) for _ in range(num_inputs)])


def _counting(f, num_inputs):
    return np.column_stack([f((j + 1.0) * np.eye(num_inputs)[j]) for j in range(num_inputs)])


class LinearFunction:
    """A linear function that refuses to be asked more often than it has inputs."""

    def __init__(self, matrix: list[list[float]]) -> None:
        self._matrix = np.array(matrix)
        self.questions = 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.questions += 1
        num_inputs = self._matrix.shape[1]
        if self.questions > num_inputs:
            raise RuntimeError(
                f"f was asked more than {num_inputs} times; the answer about the first unit vector "
                "already tells how long an answer is"
            )
        x = np.asarray(x, dtype=float)
        if x.shape != (num_inputs,):
            raise ValueError(
                f"f takes one vector of shape ({num_inputs},) at a time, got {x.shape}"
            )
        return self._matrix @ x

    def __repr__(self) -> str:
        return "a linear function f"


def _ask(matrix: list[list[float]]) -> tuple[Callable, int]:
    """Return the arguments of one case."""
    return LinearFunction(matrix), len(matrix[0])


_MATRIX = Exercise(
    "linearity/matrix-of",
    reference=matrix_of,
    cases=[
        Case("f doubles its two inputs", _ask([[2.0, 0.0], [0.0, 2.0]])),
        Case("f adds the second input to the first", _ask([[1.0, 1.0], [0.0, 1.0]])),
        Case("three inputs, two outputs", _ask([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])),
        Case("one output", _ask([[5.0, -2.0, 0.0, 1.0]])),
        Case("one input", _ask([[3.0], [0.0], [-1.0]])),
    ],
    mistakes=[
        Mistake(
            _rows,
            "Rows and columns are exchanged: what f makes of the j-th unit vector belongs in which "
            "part of the matrix?",
        ),
        Mistake(
            _ones,
            "You ask f about a vector of ones each time. Which question has an answer that shows "
            "one column alone?",
        ),
        Mistake(_counting, "Each question should have a single 1 in it, and zeros elsewhere."),
    ],
    hint="Ask about the vector with a 1 in one place and zeros elsewhere. What does its answer "
    "tell about the matrix?",
)

EXERCISES = [_FOLD, _MATRIX]
