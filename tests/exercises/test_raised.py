"""Exceptions of a reader's code: named, with the reader's own line and one hint."""

import numpy as np
import pytest
import torch

from dlbook.exercises import Case, Exercise, examine


def work(x, y):
    """Return anything."""
    return 1.0


MINE = Exercise("a/work", reference=work, cases=[Case("a case", (np.ones(3), 2.0))])


def broken_name(x, y):
    scores = x * y
    return scores + socres  # noqa: F821


def no_import(x, y):
    return math.exp(y)  # noqa: F821


def unbound(x, y):
    if y > 5:
        total = 1
    return total


def shapes(x, y):
    return x + np.ones(4)


def product(x, y):
    return x @ np.ones((4, 2))


def torch_shapes(x, y):
    return torch.ones(3) + torch.ones(4)


def truth(x, y):
    if x > 0:
        return 1


def too_far(x, y):
    return x[3]


def too_deep(x, y):
    return x[0, 0]


def zero(x, y):
    return 1 / (y - 2)


def nothing(x, y):
    return broken() + 1


def broken():
    """Forget to return."""


def missing(x, y):
    return x.length


def not_callable(x, y):
    return y(2)


def not_subscriptable(x, y):
    return y[0]


def in_place(x, y):
    counts = np.zeros(3, dtype=int)
    counts += x / 2
    return counts


def lists(x, y):
    return [1, 2] * y


def ragged(x, y):
    return np.array([[1], [1, 2]])


def float_of_array(x, y):
    return float(x)


def key(x, y):
    return {"a": 1}["b"]


def wrong_call(x, y):
    return work(x)


def endless(x, y):
    return endless(x, y)


def leaves(x, y):
    exit()


def claims(x, y):
    assert y < 0, "y is negative"


def asks(x, y):
    return input("x? ")


def module(x, y):
    import nunpy  # noqa: F401


def own(x, y):
    raise LookupError("my own")


@pytest.mark.parametrize(
    ("answer", "line", "words"),
    [
        (broken_name, "return scores + socres", "Did you mean `scores`?"),
        (no_import, "return math.exp(y)", "is its import run"),
        (unbound, "return total", "on some ways"),
        (shapes, "return x + np.ones(4)", "shapes in that line"),
        (product, "return x @ np.ones((4, 2))", "shapes in that line"),
        (torch_shapes, "return torch.ones(3) + torch.ones(4)", "shapes in that line"),
        (truth, "if x > 0:", "A whole array is asked"),
        (too_far, "return x[3]", "count from 0"),
        (too_deep, "return x[0, 0]", "fewer dimensions"),
        (zero, "return 1 / (y - 2)", "Which value is 0"),
        (nothing, "return broken() + 1", "forget its `return`"),
        (missing, "return x.length", "`.length`"),
        (not_callable, "return y(2)", "Is a `*` missing"),
        (not_subscriptable, "return y[0]", "single number"),
        (in_place, "counts += x / 2", "array of integers"),
        (lists, "return [1, 2] * y", "Use NumPy arrays"),
        (ragged, "return np.array([[1], [1, 2]])", "different lengths"),
        (float_of_array, "return float(x)", "single number is expected"),
        (key, 'return {"a": 1}["b"]', "print its keys"),
        (wrong_call, "return work(x)", "another number of arguments"),
        (endless, "return endless(x, y)", "never gets to an end"),
        (leaves, "exit()", "Use `return`"),
        (claims, 'assert y < 0, "y is negative"', "found its condition false"),
        (asks, 'return input("x? ")', "come in as arguments"),
        (module, "import nunpy", "spelled right"),
        (own, 'raise LookupError("my own")', "Print the values"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_readers_own_line_and_a_hint(answer, line, words):
    feedback = examine(MINE, answer)
    rows = dict(feedback.rows)
    place = next(term for term in rows if term.startswith("Your line "))
    assert rows[place].startswith(line)
    first = answer.__code__.co_firstlineno
    assert first <= int(place.removeprefix("Your line ")) <= first + 4
    assert words in feedback.hint
    assert "exercises/_" not in feedback.text
    assert "Traceback" not in feedback.text


def test_the_exception_is_named():
    rows = dict(examine(MINE, own).rows)
    assert rows["Raised"] == "LookupError: my own"


@pytest.mark.parametrize(
    "answer", [lambda x: 1.0, lambda x, y, z: 1.0, lambda: 1.0, lambda *, x, y: 1.0, dict]
)
def test_a_signature_that_does_not_fit(answer):
    feedback = examine(MINE, answer)
    assert "The exercise calls `work(x, y)`" in feedback.hint
    assert "Your line" not in feedback.text


def test_an_exception_that_cannot_be_read():
    class Unreadable(Exception):
        def __str__(self):
            raise ValueError

    class Endless(Exception):
        def __str__(self):
            while True:
                pass

    for kind in (Unreadable, Endless):

        def answer(x, y, kind=kind):
            raise kind

        feedback = examine(MINE, answer)
        assert dict(feedback.rows)["Raised"] == kind.__name__
        assert "cannot be read" in feedback.hint


def test_a_long_message_is_cut():
    def answer(x, y):
        raise ValueError("very " * 1000 + "\nlong")

    assert len(dict(examine(MINE, answer).rows)["Raised"]) < 200
