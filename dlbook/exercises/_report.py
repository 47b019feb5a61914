"""Say what came of an exercise's cases: the verdict, the first case that failed, one hint."""

from collections.abc import Sequence

from dlbook.exercises._attempt import Outcome
from dlbook.exercises._case import Exercise
from dlbook.exercises._feedback import Feedback
from dlbook.exercises._frozen import Foreign
from dlbook.exercises._hints import hint_for, place
from dlbook.exercises._show import show, show_call, show_pair

_ORDER = ("unfinished", "late")  # these come before all that the other cases say


def report(exercise: Exercise, outcomes: Sequence[Outcome]) -> Feedback:
    """Return the feedback on an answer."""
    num_passed = sum(outcome.kind == "passed" for outcome in outcomes)
    failed = _to_show(outcomes)
    if failed is None:
        return _all_passed(exercise, outcomes)
    if failed.kind == "unfinished":
        return unfinished(exercise, failed)
    count = len(exercise.cases) or 1
    return Feedback(
        exercise.id,
        "failed",
        _verdict(exercise, failed, num_passed, count),
        rows=tuple(_rows(exercise, failed)),
        hint=_hint(exercise, failed, outcomes),
        num_cases=count,
        num_passed=num_passed,
        notes=tuple(_notes(failed)),
    )


def unfinished(exercise: Exercise, outcome: Outcome | None = None) -> Feedback:
    """Return the feedback on a stub that nobody has filled in yet."""
    todo = f"`{exercise.signature()}`" if not exercise.is_value else "your answer"
    raised = outcome.raised if outcome else None
    hint = (
        f"A `...` is left to fill in; line {raised.line} needs its value: `{raised.code}`"
        if raised and raised.line
        else f"Put {todo} in the place of the `...`, and run the cell again."
    )
    return Feedback(
        exercise.id, "unfinished", "not written yet.", hint=hint, num_cases=len(exercise.cases) or 1
    )


def _to_show(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the outcome that the reader is told about."""
    failed = [outcome for outcome in outcomes if outcome.kind != "passed"]
    for kind in _ORDER:
        for outcome in failed:
            if outcome.kind == kind:
                return outcome
    return failed[0] if failed else None


def _all_passed(exercise: Exercise, outcomes: Sequence[Outcome]) -> Feedback:
    """Return the feedback on a right answer."""
    count = len(exercise.cases) or 1
    if exercise.is_value:
        verdict = "right."
    else:
        verdict = f"right, in all {count} cases." if count > 1 else "right."
    printed = next((outcome.printed for outcome in outcomes if outcome.printed.strip()), "")
    notes = (f"It also prints: {_shorten(printed)}. Remove that now.",) if printed else ()
    return Feedback(exercise.id, "passed", verdict, num_cases=count, num_passed=count, notes=notes)


def _verdict(exercise: Exercise, failed: Outcome, num_passed: int, count: int) -> str:
    """Return the sentence on top."""
    if exercise.is_value:
        return "not yet."
    if failed.kind == "late":
        return f"still running after {exercise.seconds:g} seconds, so it was stopped."
    if num_passed == 0:
        return "not yet; no case passes." if count > 1 else "not yet."
    return f"not yet; {num_passed} of {count} cases {'passes' if num_passed == 1 else 'pass'}."


def _rows(exercise: Exercise, failed: Outcome) -> list[tuple[str, str]]:
    """Return what is shown of the failed case."""
    if exercise.is_value:
        rows = [("Asked for", failed.case.says)] if failed.case.says else []
        return [*rows, ("Received", show(failed.received))]
    rows = [("Case", failed.case.about), ("Call", show_call(exercise, failed.case))]
    error = failed.raised
    if error is not None and failed.kind != "late":
        rows.append(("Raised", f"{error.name}: {error.message}".rstrip(": ")))
    if error is not None and error.line:
        rows.append((f"Your line {error.line}", error.code))
    if error is not None or failed.kind == "late":
        return rows
    if failed.kind == "property":
        return [*rows, ("Expected", failed.case.says), ("Received", show(failed.received))]
    if failed.kind == "changed":
        assert failed.changed is not None
        name, before, after = failed.changed
        old, new = show_pair(before, after)
        return [*rows, ("Result", "right"), (f"{name} before", old), (f"{name} after", new)]
    return [*rows, *_compared(exercise, failed)]


def _compared(exercise: Exercise, failed: Outcome) -> list[tuple[str, str]]:
    """Return what was expected and what was received; parts of a tuple on lines of their own."""
    expected, received, parts = failed.expected, failed.received, exercise.parts
    if (
        isinstance(expected, tuple)
        and isinstance(received, (tuple, list))
        and len(expected) == len(received) == len(parts)
    ):
        pairs = [show_pair(left, right) for left, right in zip(expected, received, strict=True)]
        wide = max(map(len, parts))
        assert failed.difference is not None
        wrong = failed.difference.path[0] if failed.difference.path else -1
        left = [f"{part:<{wide}} {pair[0]}" for part, pair in zip(parts, pairs, strict=True)]
        right = [
            f"{part:<{wide}} {pair[1]}" + ("  ← differs" if index == wrong else "")
            for index, (part, pair) in enumerate(zip(parts, pairs, strict=True))
        ]
        return [("Expected", "\n".join(left)), ("Received", "\n".join(right))]
    left_text, right_text = show_pair(expected, received)
    if isinstance(received, Foreign):
        right_text = received.words
    difference = failed.difference
    where = place(exercise, difference.path) if difference and difference.path else ""
    return [("Expected", left_text), ("Received", right_text)] + (
        [("Differs", f"at {where}")] if where else []
    )


def _hint(exercise: Exercise, failed: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Return the one hint."""
    if failed.kind == "late":
        if failed.abandoned:
            return "It could not be stopped and goes on in the background; restart Python."
        return (
            "Does a `while` loop wait for something that never comes? Look at its condition, and "
            "at the line that should make it false. If it is no loop, the work is too much."
        )
    if failed.raised is not None:
        return failed.raised.hint
    return hint_for(exercise, failed, outcomes)


def _notes(failed: Outcome) -> list[str]:
    """Return what else the code did in the failed case."""
    return [f"It printed: {_shorten(failed.printed)}"] if failed.printed.strip() else []


def _shorten(printed: str) -> str:
    """Return the beginning of what was printed, in one line."""
    line = " ".join(printed.split())
    return f"“{line}”" if len(line) <= 66 else f"“{line[:66]} …”"
