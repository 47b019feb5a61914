"""``check``: try a reader's answer on hidden cases and say what to look at.

Chapter: book/how-to-use.md
"""

import difflib
import importlib
import importlib.util
import pkgutil
from typing import Any

from dlbook.exercises._attempt import Outcome, attempt
from dlbook.exercises._case import Case, Exercise
from dlbook.exercises._feedback import Feedback
from dlbook.exercises._report import report, unfinished

__all__ = ["Feedback", "check", "examine", "exercise_ids"]

_PACKAGE = "dlbook.exercises"
_NOT_TOPICS = {"checker"}


def check(id: str, answer: Any = ...) -> Feedback:
    """Try an answer on an exercise's hidden cases, and display what came of it.

    It says which case failed, what was expected and received, and one hint. A wrong answer never
    raises, however wrong it is.

    Parameters
    ----------
    id : str
        The exercise, such as ``"perceptron/update"``; the page names it.
    answer : function or value
        Your function itself, without parentheses, or the value that is asked for.

    Returns
    -------
    Feedback
        With ``passed``, ``text`` and ``html``. It has been displayed; its own ``repr`` is empty.

    Notes
    -----
    Your function gets copies of its arguments, some seconds for all cases together, and seeded
    global random generators that are put back afterwards. Stopping it takes Python's help: a
    single operation that never returns to Python, such as ``sum(itertools.count())``, goes on until
    Python is restarted. Outside the main thread, and on Windows, your function runs in a thread of
    its own; if it catches every exception it is left behind, and the feedback says so.

    Examples
    --------
    >>> feedback = check("perceptron/update", ...)
    … perceptron/update: not written yet.
      Hint: Put `update(weights, bias, x, label)` in the place of the `...`, and run the
      cell again.
    >>> feedback.passed
    False
    """
    feedback = examine(id, answer)
    feedback.show()
    return feedback


def examine(id: str | Exercise, answer: Any = ...) -> Feedback:
    """Return what :func:`check` displays, and display nothing.

    Parameters
    ----------
    id : str or Exercise
        An author may hand over an exercise that is in no module yet.
    answer : function or value

    Returns
    -------
    Feedback

    Examples
    --------
    >>> examine("perceptron/predict", lambda weights, bias, X: X @ weights + bias).hint
    'These are the scores. The last step is missing: only their side of 0 counts.'
    """
    if not isinstance(id, (str, Exercise)):
        swapped = isinstance(answer, str)
        hint = f'Write `check("{answer if swapped else "perceptron/update"}", your_function)`.'
        return Feedback("check", "failed", "the exercise's name comes first, as a text.", hint=hint)
    exercise = id if isinstance(id, Exercise) else _find(id)
    if exercise is None:
        return _unknown(str(id))
    if answer is None or answer is ... or answer is NotImplemented:
        return unfinished(exercise)
    if not exercise.is_value and not callable(answer):
        return _not_a_function(exercise, answer)
    return report(exercise, _outcomes(exercise, answer))


def exercise_ids() -> list[str]:
    """Return the ids of all exercises, by topic.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "perceptron/update" in exercise_ids()
    True
    """
    return [id for topic in _topics() for id in _exercises(topic)]


def _outcomes(exercise: Exercise, answer: Any) -> list[Outcome]:
    """Run the cases one after the other, until the time is over."""
    cases = exercise.cases or [Case("")]
    left, outcomes = exercise.seconds, []
    for case in cases:
        outcome = attempt(exercise, case, answer, max(left, 0.01))
        outcomes.append(outcome)
        left -= outcome.seconds
        if outcome.kind in ("late", "unfinished") or (outcome.kind != "passed" and left <= 0):
            break
    return outcomes


def _find(id: str) -> Exercise | None:
    """Return the exercise, if there is one."""
    topic = id.partition("/")[0].replace("-", "_")
    return _exercises(topic).get(id) if topic in _topics() else None


def _topics() -> list[str]:
    """Return the names of the modules that hold cases."""
    package = importlib.import_module(_PACKAGE)
    names = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in names if name[0] != "_" and name not in _NOT_TOPICS)


def _exercises(topic: str) -> dict[str, Exercise]:
    """Return the exercises of a topic by id."""
    module = importlib.import_module(f"{_PACKAGE}.{topic}")
    exercises = {exercise.id: exercise for exercise in module.EXERCISES}
    strays = [id for id in exercises if id.partition("/")[0].replace("-", "_") != topic]
    if strays or len(exercises) < len(module.EXERCISES):
        raise ValueError(f"{module.__name__}: ids of another topic or given twice: {strays}")
    return exercises


def _unknown(id: str) -> Feedback:
    """Return the feedback on a name that no exercise has."""
    known = exercise_ids()
    near = difflib.get_close_matches(id, known, n=3, cutoff=0.6)
    near = near or [other for other in known if other.endswith("/" + id.rpartition("/")[2])]
    hint = f"Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
    hint = hint or f"There are: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."
    return Feedback(id, "failed", "there is no exercise of this name.", hint=hint)


def _not_a_function(exercise: Exercise, answer: Any) -> Feedback:
    """Return the feedback on a result that was handed over in place of the function."""
    return Feedback(
        exercise.id,
        "failed",
        f"this exercise asks for a function; a value of type {type(answer).__name__} came.",
        hint=f'Hand over the function itself, without parentheses: `check("{exercise.id}", '
        f"{exercise.name})`.",
        num_cases=len(exercise.cases),
    )
