"""Each exercise of each chapter: its reference passes, and each foreseen mistake gets its hint."""

import inspect
import re

import pytest

from dlbook.exercises import Case, Exercise, Mistake, examine, exercise_ids
from dlbook.exercises.checker import _find

EXERCISES = [_find(id) for id in exercise_ids()]


def name(exercise):
    """Return an exercise's id, for the test's name."""
    return exercise.id


def problems(exercise):
    """Return what is wrong with an exercise, as sentences."""
    right = exercise.answer if exercise.is_value else exercise.reference
    feedback = examine(exercise, right)
    found = [] if feedback.passed else [f"the reference fails: {feedback.text}"]
    for mistake in exercise.mistakes:
        feedback = examine(exercise, mistake.wrong)
        label = getattr(mistake.wrong, "__name__", repr(mistake.wrong))
        if feedback.status != "failed":
            found.append(f"the cases do not catch {label}")
        elif feedback.hint != mistake.hint:
            found.append(f"{label} gets another hint: {feedback.hint}")
    for case in exercise.cases:
        if not exercise.is_value and not case.about:
            found.append("a case does not say what it is about")
        elif case.about and (case.about[0].isupper() or case.about.endswith(".")):
            found.append(f"`about` completes a line, it is no sentence: {case.about}")
    if not exercise.is_value:
        found += told(exercise)
    return found


def told(exercise):
    """Return the hints that hold a line of the reference."""
    source = inspect.getsource(exercise.reference)
    lines = [
        re.sub(r"^(return|if|else)\b|:$", "", line.strip()).strip() for line in source.split("\n")
    ]
    code = [line for line in lines[1:] if re.search(r"[-+*/@<>=(]", line) and '"""' not in line]
    hints = [exercise.hint, *(m.hint for m in exercise.mistakes), *(c.hint for c in exercise.cases)]
    return [f"a hint tells the solution: {h}" for h in hints for line in code if line in h]


@pytest.mark.parametrize("exercise", EXERCISES, ids=name)
def test_exercise_is_sound(exercise):
    assert problems(exercise) == []


def test_there_are_exercises():
    assert len(EXERCISES) >= 2


def double(x):
    """Return twice the number."""
    return 2 * x


def square(x):
    """Return the square, which at 2 is the double."""
    return x**2


def test_the_test_sees_an_exercise_that_is_not_sound():
    lenient = Exercise(
        "a/double",
        reference=double,
        cases=[Case("two", (2,))],
        mistakes=[Mistake(square, "You square.")],
    )
    assert problems(lenient) == ["the cases do not catch square"]
    wrong = Exercise("a/double", reference=double, cases=[Case("Two.", (2,), expected=5)])
    assert "the reference fails" in problems(wrong)[0]
    assert "`about`" in problems(wrong)[1]
    shadowed = Exercise(
        "a/double",
        reference=double,
        cases=[Case("three", (3,))],
        mistakes=[Mistake(square, "You square."), Mistake(square, "You square it.")],
    )
    assert problems(shadowed) == ["square gets another hint: You square."]
    telling = Exercise(
        "a/double", reference=double, cases=[Case("three", (3,), hint="It is 2 * x, is it not?")]
    )
    assert problems(telling) == ["a hint tells the solution: It is 2 * x, is it not?"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"id": "Update"}, "an exercise's id is like"),
        ({"id": "a/b"}, "give `reference` .* or `answer`"),
        ({"id": "a/b", "reference": double, "answer": 1}, "give `reference` .* or `answer`"),
        ({"id": "a/b", "reference": double}, "needs cases"),
        ({"id": "a/b", "answer": 1, "cases": [Case("", (1,))]}, "have `holds` and no args"),
    ],
)
def test_an_exercise_that_is_not_complete_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Exercise(**arguments)


def test_a_case_that_is_not_complete_is_refused():
    with pytest.raises(TypeError, match="args is a tuple, got list"):
        Case("two", [2])
    with pytest.raises(ValueError, match="`holds` and `says` go together"):
        Case("two", (2,), holds=bool)
    with pytest.raises(ValueError, match="not both"):
        Case("two", (2,), expected=4, holds=bool, says="something")
