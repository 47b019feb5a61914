"""Call a reader's function on one case and note what came of it."""

import dis
import inspect
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dlbook.exercises._case import Case, Exercise
from dlbook.exercises._compare import Difference, compare
from dlbook.exercises._frozen import ellipsis_inside, freeze
from dlbook.exercises._limit import Run, run_limited
from dlbook.exercises._raised import Raised, explain
from dlbook.exercises._sandbox import Traces, sandbox

_TO_EXPLAIN = 1.0  # seconds for reading an exception, whose message may be the reader's code too


@dataclass
class Outcome:
    """What came of one case.

    ``kind`` is "passed", "unfinished", "raised", "late", "changed" (its input), "property" (does
    not hold) or "wrong" (differs from what was expected).
    """

    case: Case
    kind: str
    expected: Any = None
    received: Any = None
    difference: Difference | None = None
    raised: Raised | None = None
    changed: tuple[str, Any, Any] | None = None
    printed: str = ""
    warning: str = ""
    abandoned: bool = False
    seconds: float = 0.0


@dataclass
class _Seen:
    """What a call returned, as plain data, and what it did to its arguments."""

    value: Any
    arguments: dict[str, Any]
    holds: bool


def attempt(exercise: Exercise, case: Case, answer: Any, seconds: float) -> Outcome:
    """Run one case of an exercise; for a value, look at the value."""
    args, kwargs = case.fresh()
    names = [] if exercise.is_value else exercise.argument_names(case)
    fits = True

    def task() -> _Seen:
        nonlocal fits
        if exercise.is_value:
            value = answer
        else:
            fits = _fits(answer, args, kwargs)
            value = answer(*args, **kwargs)
        arguments = {n: freeze(v) for n, v in [*zip(names, args, strict=True), *kwargs.items()]}
        holds = case.holds is None or _holds(case, value)
        return _Seen(freeze(value), arguments, holds)

    with sandbox() as traces:
        start = time.monotonic()
        run = run_limited(task, seconds)
        raised = _explain(run.error, exercise, fits) if run.error is not None else None
        spent = time.monotonic() - start
    outcome = _judge(exercise, case, run, raised)
    if outcome.kind == "wrong" and outcome.received is None and body_is_empty(answer):
        outcome.kind = "unfinished"
    return _with_traces(outcome, traces, spent)


def body_is_empty(answer: Any) -> bool:
    """Tell whether a function does nothing: only a docstring, ``pass``, ``...`` or None."""
    if type(answer) is not types.FunctionType:
        return False
    steps = list(dis.get_instructions(answer))
    harmless = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}
    loaded = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {step.opname for step in steps} <= harmless and all(
        value is None or value is Ellipsis for value in loaded
    )


def _judge(exercise: Exercise, case: Case, run: Run, raised: Raised | None) -> Outcome:
    """Compare what came with what was expected."""
    if run.late:
        return Outcome(case, "late", raised=raised, abandoned=run.abandoned)
    if raised is not None:
        return Outcome(case, "unfinished" if raised.unfinished else "raised", raised=raised)
    seen: _Seen = run.value
    outcome = Outcome(case, "passed", received=seen.value)
    if ellipsis_inside(seen.value):
        outcome.kind = "unfinished"
        return outcome
    if case.holds is not None:
        outcome.kind = "passed" if seen.holds else "property"
    else:
        wanted = exercise.answer if exercise.is_value else case.wanted(exercise.reference)
        outcome.expected = freeze(wanted)
        outcome.difference = compare(
            outcome.expected, seen.value, rtol=exercise.rtol, atol=exercise.atol
        )
        outcome.kind = "wrong" if outcome.difference else "passed"
    if not exercise.may_change_input:
        outcome.changed = _changed(exercise, case, seen.arguments)
        if outcome.changed and outcome.kind == "passed":
            outcome.kind = "changed"
    return outcome


def _changed(exercise: Exercise, case: Case, after: dict[str, Any]) -> tuple[str, Any, Any] | None:
    """Return the first argument that is not what it was: its name, before, after."""
    if exercise.is_value:
        return None
    args, kwargs = case.fresh()
    names = exercise.argument_names(case)
    for name, value in [*zip(names, args, strict=True), *kwargs.items()]:
        before = freeze(value)
        if compare(before, after[name], rtol=0.0, atol=0.0):
            return name, before, after[name]
    return None


def _fits(answer: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> bool:
    """Tell whether a function can be called like this; yes where that is unknown."""
    try:
        inspect.signature(answer).bind(*args, **kwargs)
    except TypeError:
        return False
    except Exception:  # no signature to be had, or one that misbehaves
        pass
    return True


def _fit_hint(exercise: Exercise) -> str:
    """Say how the function is called."""
    return (
        f"The exercise calls `{exercise.signature()}`. Does your function take these arguments, "
        "in this order?"
    )


def _holds(case: Case, value: Any) -> bool:
    """Tell whether the case's property holds; it does not for what it cannot be asked of."""
    assert case.holds is not None
    args, kwargs = case.fresh()
    try:
        return bool(case.holds(value, *args, **kwargs))
    except Exception:
        return False


def _explain(error: BaseException, exercise: Exercise, fits: bool) -> Raised:
    """Return an exception in words, even if its own ``__str__`` fails."""
    run = run_limited(lambda: explain(error), _TO_EXPLAIN)
    if not isinstance(run.value, Raised):
        name = type.__dict__["__name__"].__get__(type(error))
        return Raised(name, "", "Its message cannot be read: does its `__str__` work?")
    raised: Raised = run.value
    in_the_call = isinstance(error, TypeError) and (not fits or not raised.line)
    if in_the_call and not exercise.is_value:
        return replace(raised, hint=_fit_hint(exercise))
    return raised


def _with_traces(outcome: Outcome, traces: Traces, seconds: float) -> Outcome:
    """Add what was printed and warned, and the time."""
    outcome.printed, outcome.warning = traces.printed, traces.warning()
    outcome.seconds = seconds
    return outcome
