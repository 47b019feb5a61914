"""Wrong solutions as students write them, and the hint that each one gets."""

import numpy as np
import pytest

from dlbook.exercises import examine
from dlbook.exercises.perceptron import predict, update
from dlbook.perceptron import Perceptron


def as_the_library(weights, bias, x, label):
    neuron = Perceptron(len(weights))
    neuron.weights, neuron.bias = np.array(weights, dtype=float), bias
    neuron.update(x, label)
    return neuron.weights, neuron.bias


def by_sign(weights, bias, x, label):
    if np.sign(np.dot(weights, x) + bias) != label:
        return weights + label * x, bias + label
    return weights, bias


def by_formula(weights, bias, x, label):
    wrong = label * (weights @ x + bias) <= 0
    return weights + wrong * label * x, float(bias + wrong * label)


@pytest.mark.parametrize("answer", [update, as_the_library, by_sign, by_formula])
def test_right_solutions_pass(answer):
    assert examine("perceptron/update", answer).passed


def test_predict_is_the_librarys():
    def as_the_library(weights, bias, X):
        neuron = Perceptron(len(weights))
        neuron.weights, neuron.bias = weights, bias
        return neuron.predict(X)

    def row_by_row(weights, bias, X):
        return np.array([1 if weights @ x + bias >= 0 else -1 for x in X])

    for answer in (predict, as_the_library, row_by_row):
        assert examine("perceptron/predict", answer).passed


def changes_its_input(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        weights += label * x
        bias += label
    return weights, bias


def return_too_far_in(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        weights = weights + label * x
        bias = bias + label
        return weights, bias


def prints(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        weights = weights + label * x
        bias = bias + label
    print(weights, bias)


def weights_alone(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        weights = weights + label * x
    return weights


def bias_forgotten(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        weights = weights + label * x
    return weights, bias


def while_for_if(weights, bias, x, label):
    while label * (weights @ x + bias) <= 0:
        weights = weights - label * x
        bias = bias - label
    return weights, bias


def sum_overwritten(weights, bias, x, label):
    score = 0
    for weight, value in zip(weights, x, strict=True):
        score = weight * value
    if label * (score + bias) <= 0:
        return weights + label * x, bias + label
    return weights, bias


def integers(weights, bias, x, label):
    new = weights.copy()
    if label * (weights @ x + bias) <= 0:
        for i in range(len(x)):
            new[i] = weights[i] + label * x[i]
        bias = bias + label
    return new, bias


def star_for_at(weights, bias, x, label):
    if label * (weights * x + bias) <= 0:
        return weights + label * x, bias + label
    return weights, bias


def a_list(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        return [w + label * v for w, v in zip(weights, x, strict=True)], bias + label
    return weights, bias


def bias_takes_the_input(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        return weights + label * x, bias + label * x
    return weights, bias


def a_learning_rate(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        return weights + 0.1 * label * x, bias + 0.1 * label
    return weights, bias


def always(weights, bias, x, label):
    return weights + label * x, bias + label


def zero_is_right(weights, bias, x, label):
    if label * (weights @ x + bias) < 0:
        return weights + label * x, bias + label
    return weights, bias


def misspelled(weights, bias, x, label):
    if label * (weights @ x + bias) <= 0:
        return weights + lable * x, bias + label  # noqa: F821
    return weights, bias


def no_label(weights, bias, x):
    return weights + x, bias + 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (changes_its_input, "make a new one"),
        (return_too_far_in, "indented too far"),
        (prints, "Use `return`, not `print`"),
        (weights_alone, "Return 2 values (weights, bias)"),
        (bias_forgotten, "the bias stays where it was"),
        (while_for_if, "Does a `while` loop"),
        (sum_overwritten, "replace the sum"),
        (integers, "lost its decimals"),
        (star_for_at, "`@`, missing"),
        (a_list, "`np.array(…)`"),
        (bias_takes_the_input, "belongs to no input"),
        (a_learning_rate, "no learning rate"),
        (always, "learns from mistakes only"),
        (zero_is_right, "Count that as a mistake"),
        (misspelled, "Did you mean `label`?"),
        (no_label, "calls `update(weights, bias, x, label)`"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_solution_gets_the_hint_that_helps(answer, words):
    feedback = examine("perceptron/update", answer)
    assert feedback.status == "failed"
    assert words in feedback.hint
