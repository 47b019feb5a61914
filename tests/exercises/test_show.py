"""Values as short text."""

import numpy as np
import pytest
import torch

from dlbook.exercises import Case, Exercise
from dlbook.exercises._frozen import freeze
from dlbook.exercises._show import describe, show, show_call, show_pair


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.0"),
        (1 / 3, "0.3333"),
        (1e-20, "1e-20"),
        (float("inf"), "inf"),
        (3, "3"),
        (True, "True"),
        (None, "None"),
        (..., "..."),
        ("it's", '"it\'s"'),
        ((1,), "(1,)"),
        ([1.0, (2, "a")], "[1.0, (2, 'a')]"),
        ({}, "{}"),
        (set(), "set()"),
        ({"a": 1.0}, "{'a': 1.0}"),
        (np.array([1, -2]), "np.array([1, -2])"),
        (np.array([0.5, 2.0]), "np.array([0.5, 2.0])"),
        (np.array([[True], [False]]), "np.array([[True], [False]])"),
        (torch.tensor([1.5]), "torch.tensor([1.5])"),
        (len, "<the function len>"),
    ],
)
def test_short_values_are_shown_whole(value, text):
    assert show(freeze(value)) == text


@pytest.mark.parametrize(
    "value",
    [10**5000, "x" * 10**6, list(range(10**4)), {n: [n] * 9 for n in range(99)}],
    ids=["number", "text", "list", "dict"],
)
def test_long_values_are_cut(value):
    assert len(show(freeze(value))) < 300


def test_a_long_array_says_its_shape():
    text = show(freeze(np.zeros((50, 3))))
    assert text.startswith("an array of shape (50, 3): [[0.0, 0.0, 0.0], ")
    assert "..." in text


def test_a_pair_shows_digits_until_it_differs():
    assert show_pair(0.5, 0.75) == ("0.5", "0.75")
    assert show_pair(0.5, 0.5000001) == ("0.5", "0.5000001")


def test_a_call_names_its_arguments():
    def _slope(f, x, step=1.0, *rest):
        return 0.0

    def square(x):
        return x * x

    exercise = Exercise("a/slope", reference=_slope, cases=[Case("", (square, 2.0))])
    assert exercise.signature() == "slope(f, x, step=1.0, *rest)"
    assert show_call(exercise, exercise.cases[0]) == "slope(f=square, x=2.0)"
    named = Case("", (square,), {"step": np.ones(20)})
    assert show_call(exercise, named).splitlines()[1] == "    f=square,"
    many = Case("", (square, 1.0, 2.0, 3.0))
    assert show_call(exercise, many) == "slope(f=square, x=1.0, step=2.0, argument 4=3.0)"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.ones((2, 3)), "an array of shape (2, 3)"),
        (np.ones(2, dtype=int), "an array of shape (2,) of integers"),
        (torch.ones(2), "a torch tensor of shape (2,)"),
        ([1], "a list of 1 item"),
        ((), "an empty tuple"),
        (True, "True or False"),
        (None, "None"),
        (1, "a whole number"),
        (1.5, "a number"),
        ("a", "a text"),
    ],
)
def test_describe(value, words):
    assert describe(freeze(value)) == words
