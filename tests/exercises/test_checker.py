"""``check`` from the reader's side: whatever the answer is, feedback comes and nothing else."""

import contextlib
import functools
import random
import sys
import time

import numpy as np
import pytest
import torch

from dlbook.exercises import Case, Exercise, check, checker, examine, exercise_ids
from dlbook.exercises.perceptron import predict, update


def double(x):
    """Return twice the number."""
    return 2 * x


MINE = Exercise("a/double", reference=double, cases=[Case("one", (1,)), Case("two", (2,))])
QUICK = Exercise("a/double", reference=double, cases=MINE.cases, seconds=0.2)


def test_right_answers_pass(capsys):
    for id, answer in (("perceptron/update", update), ("perceptron/predict", predict)):
        feedback = check(id, answer)
        assert feedback.passed
        assert feedback.id == id
        assert feedback.num_passed == feedback.num_cases
        assert capsys.readouterr().out == feedback.text + "\n"


def test_any_callable_will_do():
    class Doubler:
        def __call__(self, x):
            return 2 * x

        def __getattr__(self, name):
            raise ZeroDivisionError

    for answer in (Doubler(), functools.partial(lambda a, x: a * x, 2), lambda x: x + x):
        assert examine(MINE, answer).passed
    assert examine(Exercise("a/length", reference=len, cases=[Case("", ("ab",))]), len).passed


@pytest.mark.parametrize("answer", [..., None, NotImplemented])
def test_no_answer_yet(answer):
    feedback = examine(MINE, answer)
    assert feedback.status == "unfinished"
    assert not feedback.passed
    assert "double(x)" in feedback.hint


def stub_dots(x): ...


def stub_docstring(x):
    """Return twice the number."""


def stub_pass(x):
    pass


def stub_none(x):
    return None


def stub_raises(x):
    raise NotImplementedError("your turn")


def stub_returns_dots(x):
    return ...


def stub_list(x):
    return [1, ...]


def stub_array(x):
    return np.array([1, ...], dtype=object)


def stub_inside(x):
    y = ...
    return y * 2


def stub_nested(x):
    return {"a": (1, NotImplemented)}


@pytest.mark.parametrize(
    "answer",
    [
        stub_dots,
        stub_docstring,
        stub_pass,
        stub_none,
        stub_raises,
        stub_returns_dots,
        stub_list,
        stub_array,
        stub_inside,
        stub_nested,
    ],
)
def test_a_stub_is_kindly_called_not_written_yet(answer):
    feedback = examine(MINE, answer)
    assert feedback.status == "unfinished"
    assert "not written yet" in feedback.text
    assert "✗" not in feedback.text


def test_the_line_that_a_stub_still_needs():
    assert "`return y * 2`" in examine(MINE, stub_inside).hint


def test_a_function_that_only_forgets_its_return_is_no_stub():
    def answer(x):
        y = 2 * x  # noqa: F841

    feedback = examine(MINE, answer)
    assert feedback.status == "failed"
    assert "`return` is missing" in feedback.hint


def test_the_first_case_that_fails_is_shown():
    feedback = examine(MINE, lambda x: 2 if x == 1 else 0)
    assert dict(feedback.rows)["Case"] == "two"
    assert feedback.verdict == "not yet; 1 of 2 cases passes."
    assert examine(MINE, lambda x: 0).verdict == "not yet; no case passes."


def test_each_case_gets_fresh_arguments():
    seen = []

    def answer(x):
        seen.append(x.tolist())
        x += 1
        return x - 1

    case = Case("a vector", (np.ones(2),))
    mine = Exercise("a/same", reference=lambda x: x, cases=[case, case])
    for _ in range(2):
        examine(mine, answer)
    assert seen == [[1.0, 1.0]] * 4


def test_unknown_names_get_the_nearest():
    feedback = examine("perceptron/updat", update)
    assert not feedback.passed
    assert feedback.hint == "Did you mean `perceptron/update` or `perceptron/predict`?"
    assert "`perceptron/update`" in examine("update", update).hint
    assert "`perceptron/update`" in examine("percepton/update", update).hint
    assert "There are: " in examine("zzz", update).hint


def test_modules_that_hold_no_cases_are_not_topics():
    for id in ("checker/check", "_case/case", "perceptron", "", "/", "os/path"):
        assert "no exercise of this name" in examine(id, update).text


def test_exchanged_and_missing_arguments():
    feedback = check(update, "perceptron/update")
    assert not feedback.passed
    assert '`check("perceptron/update", your_function)`' in feedback.hint
    assert check("perceptron/update").status == "unfinished"


def test_a_result_in_place_of_the_function():
    feedback = examine("perceptron/update", update(np.ones(2), 0.0, np.ones(2), 1))
    assert "without parentheses" in feedback.hint


def endless(x):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            continue


def test_an_endless_answer_is_stopped_and_its_line_shown():
    start = time.monotonic()
    feedback = examine(QUICK, endless)
    assert time.monotonic() - start < 10
    assert "still running after 0.2 seconds" in feedback.verdict
    assert any(term.startswith("Your line") for term, _ in feedback.rows)
    assert "`while`" in feedback.hint


def test_the_time_is_for_all_cases_together():
    calls = []

    def slow(x):
        calls.append(x)
        end = time.monotonic() + 0.15
        while time.monotonic() < end:
            pass
        return 2 * x

    assert "still running" in examine(QUICK, slow).verdict
    assert calls == [1, 2]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException])
def test_exits_and_interrupts_of_the_answers_own(kind):
    def answer(x):
        raise kind

    feedback = examine(MINE, answer)
    assert dict(feedback.rows)["Raised"] == kind.__name__


def test_prints_are_caught_and_mentioned(capsys):
    def answer(x):
        print("debug", x)
        print("to stderr", file=sys.stderr)
        return 2 * x

    feedback = examine(MINE, answer)
    assert feedback.passed
    assert "It also prints: “debug 1 to stderr”" in feedback.text
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_endless_printing_fills_no_memory(capsys):
    def answer(x):
        while True:
            print("x" * 1000)

    feedback = examine(QUICK, answer)
    assert len(feedback.text) < 2000
    assert capsys.readouterr().out == ""


def test_the_sessions_streams_and_limits_come_back():
    before = sys.stdout, sys.stderr, sys.stdin, sys.getrecursionlimit(), input

    def answer(x):
        sys.stdout = sys.stderr = sys.stdin = None
        sys.setrecursionlimit(200)
        np.seterr(all="raise")
        return 2 * x

    errors = np.geterr()
    assert examine(MINE, answer).passed
    assert (sys.stdout, sys.stderr, sys.stdin, sys.getrecursionlimit(), input) == before
    assert np.geterr() == errors


def test_the_sessions_random_generators_are_left_alone():
    def draw():
        return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002

    def seed(value):
        random.seed(value)
        np.random.seed(value)  # noqa: NPY002
        torch.manual_seed(value)

    drawn = []

    def answer(x):
        drawn.append(draw())
        seed(6)
        return 2 * x

    seed(5)
    expected = draw()
    seed(5)
    examine(MINE, answer)
    assert draw() == expected
    seed(7)
    examine(MINE, answer)
    assert len(set(drawn)) == 1  # each call draws the same: feedback repeats


def test_warnings_of_the_answer_stay_inside():  # here a warning is an error
    import warnings

    def answer(x):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        np.array([1.0]) / 0
        return 2 * x

    assert examine(MINE, answer).passed


class Hostile:
    """Fails wherever it is asked."""

    def __repr__(self):
        raise ValueError

    def __eq__(self, other):
        while True:
            pass

    def __array__(self, *args, **kwargs):
        raise SystemExit

    __hash__ = None


@pytest.mark.parametrize(
    "make",
    [
        Hostile,
        lambda: [Hostile()],
        lambda: (n for n in [1]),
        lambda: 10**50_000,
        lambda: "x" * 10**7,
        lambda: functools.reduce(lambda inner, _: [inner], range(20_000), []),
        lambda: np.zeros((1000, 1000)),
        lambda: [0] * 10**6,
        lambda: object,
        lambda: sys,
    ],
    ids=[
        *("hostile", "inside", "generator", "number", "text"),
        *("deep", "array", "list", "class", "module"),
    ],
)
def test_strange_results_are_answered(make, capsys):
    feedback = check("perceptron/predict", lambda *_: make())
    assert feedback.status == "failed"
    assert len(feedback.text) < 1500
    assert feedback.hint
    assert capsys.readouterr().out == feedback.text + "\n"


def test_the_solution_is_never_shown():
    wrong = [lambda *_: None, lambda *_: 1 / 0, lambda *a: a[0], lambda *a: update(*a)[0], double]
    for answer in wrong:
        text = examine("perceptron/update", answer).text + examine("perceptron/update", answer).html
        assert "label * x" not in text
        assert "exercises/perceptron.py" not in text


def test_check_inside_an_answer():
    def answer(x):
        assert examine(MINE, double).passed
        return 2 * x

    assert examine(MINE, answer).passed


def test_ids_are_of_their_module(monkeypatch):
    assert exercise_ids() == sorted(exercise_ids(), key=lambda id: id.partition("/")[0])
    import dlbook.exercises.perceptron as module

    monkeypatch.setattr(module, "EXERCISES", [MINE])
    with pytest.raises(ValueError, match="another topic"):
        exercise_ids()
    monkeypatch.setattr(module, "EXERCISES", [])
    with contextlib.suppress(KeyError):
        assert checker._find("perceptron/update") is None
