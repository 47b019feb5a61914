"""The one hint: chosen by what went wrong."""

import contextlib

import numpy as np
import pytest
import torch

from dlbook.exercises import Case, Exercise, Mistake, examine

NUMBERS = np.array([1.5, -2.5, 3.25])


def exercise(expected, *args, **settings):
    """Return an exercise with one case that wants ``expected``."""

    def work(x):
        return x

    case = Case("a case", args or (NUMBERS,), expected=expected)
    return Exercise("a/work", reference=work, cases=[case], **settings)


def hint(expected, received, *args, **settings):
    """Return the hint for a function that returns ``received``."""
    feedback = examine(exercise(expected, *args, **settings), lambda *_: received)
    assert feedback.status == "failed", feedback.text
    return feedback.hint


@pytest.mark.parametrize(
    ("expected", "received", "words"),
    [
        (NUMBERS, -NUMBERS, "right up to its sign"),
        (0.5, -0.5, "right up to its sign"),
        (NUMBERS, NUMBERS[::-1].copy(), "opposite order"),
        (NUMBERS, NUMBERS[[1, 0, 2]], "in another order"),
        (np.array([[1, 2], [3, 4.5]]), np.array([[1, 3], [2, 4.5]]), "rows and columns"),
        (np.ones((2, 3)), np.ones((3, 2)), "lies on its side"),
        (NUMBERS, NUMBERS + 1, "off by the same amount everywhere: +1"),
        (NUMBERS, NUMBERS * 3, "the right one times 3"),
        (NUMBERS, np.trunc(NUMBERS), "has lost its decimals"),
        (NUMBERS, NUMBERS.astype(int), "has lost its decimals"),
        (2.75, 2, "has lost its decimals"),
        (NUMBERS, NUMBERS * np.inf, "infinite"),
        (NUMBERS, NUMBERS * np.nan, "NaN is what"),
        (NUMBERS, NUMBERS.tolist(), "a list of 3 items. `np.array(…)`"),
        (NUMBERS, torch.tensor(NUMBERS), "`.numpy()`"),
        (torch.tensor(NUMBERS), NUMBERS, "`torch.as_tensor(…)`"),
        (NUMBERS, 1.5, "one value for each; yours is a single number"),
        (NUMBERS, NUMBERS[:, None], "as many as they should be, in shape (3, 1)"),
        (NUMBERS, np.ones(4), "should have shape (3,); yours has (4,)"),
        (1.5, np.array([1.5]), "holds the number in an array of shape (1,)"),
        (1.5, NUMBERS, "a single number. Does a sum"),
        (1.5, "1.5", "You return a text"),
        (1.5, True, "the result of a comparison, True"),
        (True, 1, "Expected is True or False"),
        (np.array([True]), np.array([1]), "result of the comparison itself"),
        ((1.0, 2.0), 1.0, "Return 2 values, with a comma"),
        ([1, 2, 3], [1, 2], "1 item too few"),
        ([1], [1, 2, 3], "2 items too many"),
        ({"a": 1}, {}, "keys are missing: 'a'"),
        ({}, {"b": 1}, "too many: 'b'"),
        ([1], (n for n in [1]), "a function with `yield`"),
        ([1], map(abs, [1]), "`list(…)`"),
        (1.0, len, "parentheses"),
        (1.0, object, "the class object"),
        (NUMBERS, np.array([None, 1, 2]), "of different shapes, or texts"),
        (1.0, None, "its `return` is missing"),
        (1.0, {1}, "you return a set of 1 item"),
        (1.0, 17.0, "paper and pencil"),
    ],
)
def test_the_hint_names_what_went_wrong(expected, received, words):
    assert words.lower() in hint(expected, received).lower()


def test_parts_of_a_tuple_are_called_by_name():
    settings = {"parts": ("weights", "bias")}
    assert hint((NUMBERS, 2.0), (NUMBERS, -2.0), **settings).startswith("`bias` is right up to")
    assert "The bias should be a single number" in hint(
        (NUMBERS, 2.0), (NUMBERS, np.ones(2)), **settings
    )
    assert hint((NUMBERS, 2.0), (NUMBERS,), **settings).startswith("Return 2 values: weights, bias")
    assert "(weights, bias)" in hint((NUMBERS, 2.0), NUMBERS, **settings)


def test_an_argument_that_comes_back_unchanged_is_noticed():
    assert "the argument `x`, unchanged" in hint(NUMBERS**3, NUMBERS)


def test_the_authors_words_come_in_their_order():
    def work(x):
        return x**2

    cases = [Case("two", (2.0,)), Case("three", (3.0,), hint="Of three.")]
    known = [Mistake(lambda x: 2 * x, "You double."), Mistake(lambda x: x + 2, "You add.")]
    mine = Exercise("a/work", reference=work, cases=cases, mistakes=known, hint="In general.")
    assert examine(mine, lambda x: 2 * x).hint == "You double."
    assert examine(mine, lambda x: x + 2).hint == "You add."
    assert examine(mine, lambda x: 4.0).hint == "Of three."  # the double agrees on "two" only
    assert examine(mine, lambda x: 7.1).hint == "In general."


def test_a_known_mistake_needs_to_agree_on_the_case_that_is_shown():
    def work(x):
        return x**2

    cases = [Case("three", (3.0,)), Case("four", (4.0,))]
    known = [Mistake(lambda x: 2 * x, "You double.")]
    mine = Exercise("a/work", reference=work, cases=cases, mistakes=known)
    assert "double" not in examine(mine, lambda x: 5.0 if x == 3 else 8.0).hint


def test_a_mistake_that_raises_on_a_case_is_passed_over():
    known = [Mistake(lambda x: 1 / 0, "Never."), Mistake(lambda x: "a", "A letter.")]
    assert hint(1.0, "a", mistakes=known) == "A letter."


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda x: x.__iadd__(1.0), "x"),
        (lambda x: x.sort(), "x"),
        (lambda x: x.__setitem__(0, 9.0), "x"),
    ],
)
def test_a_function_that_changes_its_input_is_told(change, name):
    def answer(x):
        change(x)
        return 7.0

    feedback = examine(exercise(7.0), answer)
    assert feedback.status == "failed"
    assert f"`{name}`" in feedback.hint
    assert dict(feedback.rows)["Result"] == "right"
    assert examine(exercise(7.0, may_change_input=True), answer).passed


def test_changes_are_seen_in_lists_dicts_and_tensors():
    for argument in ([1, 2], {"a": [1]}, torch.ones(2)):

        def answer(x):
            if isinstance(x, dict):
                x["a"].append(2)
            else:
                x[0] = 5
            return 7.0

        assert "make a new one" in examine(exercise(7.0, argument), answer).hint


def test_print_for_return():
    def answer(x):
        print("the result is", 7.0)

    feedback = examine(exercise(7.0), answer)
    assert "Use `return`, not `print`" in feedback.hint
    assert "“the result is 7.0”" in feedback.text


def test_a_return_in_one_branch_only():
    def work(x):
        return abs(x)

    def answer(x):
        if x > 0:
            return x

    mine = Exercise("a/work", reference=work, cases=[Case("one", (1,)), Case("minus", (-1,))])
    assert "in other cases it does return" in examine(mine, answer).hint


def test_numpys_warning_is_passed_on():
    feedback = examine(exercise(NUMBERS), lambda x: (x * 0) / (x * 0))
    assert "NumPy warned: invalid value encountered in divide." in feedback.hint


def test_a_property_in_place_of_a_value():
    case = Case("any", (3.0,), holds=lambda y, x: y > x, says="a number above x", hint="Higher.")
    mine = Exercise("a/work", reference=lambda x: x + 1, cases=[case])
    assert examine(mine, lambda x: x + 0.1).passed
    feedback = examine(mine, lambda x: x - 1)
    assert dict(feedback.rows)["Expected"] == "a number above x"
    assert feedback.hint == "Higher."
    assert not examine(mine, lambda x: "text").passed  # the property raises


class TestValues:
    """An answer that is a value: what is right is never shown."""

    mine = Exercise(
        "a/value", answer=0.1234, rtol=1e-2, mistakes=[Mistake(0.5, "You took the half.")]
    )

    def test_right_within_the_tolerance(self):
        assert examine(self.mine, 0.1239).passed
        assert examine(self.mine, np.float32(0.1239)).passed

    @pytest.mark.parametrize("wrong", [0.2, -0.1234, 0.5, "0.1", [0.1], np.ones(3), len, 1.1234])
    def test_the_answer_stays_hidden(self, wrong):
        feedback = examine(self.mine, wrong)
        assert feedback.status == "failed"
        shown = feedback.text.replace(str(wrong), "")
        assert "1234" not in shown
        assert "Expected:" not in shown

    def test_hints(self):
        assert examine(self.mine, 0.5).hint == "You took the half."
        assert "right up to its sign" in examine(self.mine, -0.1234).hint
        assert "Expected is a number; yours is a text" in examine(self.mine, "0.1").hint

    def test_how_far_off_stays_hidden(self):
        mine = Exercise("a/values", answer=NUMBERS)
        hints = {examine(mine, wrong).hint for wrong in (NUMBERS + 1, NUMBERS * 3, NUMBERS + 9)}
        assert len(hints) == 1

    def test_a_truth_value_stays_hidden(self):
        yes = Exercise("a/yes", answer=True)
        assert "Expected is True or False" in examine(yes, 1).hint
        with contextlib.suppress(KeyError):
            assert "True" not in dict(examine(yes, False).rows)["Received"]

    def test_a_property_of_a_value(self):
        case = Case("", holds=lambda w: (w @ w) == 2, says="weights of length √2")
        mine = Exercise("a/weights", answer=np.ones(2), cases=[case], hint="Pythagoras.")
        assert examine(mine, np.array([1.0, -1.0])).passed
        feedback = examine(mine, np.ones(3))
        assert dict(feedback.rows)["Asked for"] == "weights of length √2"
        assert feedback.hint == "Pythagoras."
