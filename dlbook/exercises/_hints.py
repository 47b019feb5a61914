"""One hint for a wrong result: what the author foresaw first, then what the numbers tell."""

from collections.abc import Sequence
from typing import Any

from dlbook.exercises._attempt import Outcome
from dlbook.exercises._case import Exercise
from dlbook.exercises._compare import Difference, compare
from dlbook.exercises._frozen import Array, Foreign, freeze
from dlbook.exercises._patterns import numbers_hint
from dlbook.exercises._sandbox import sandbox
from dlbook.exercises._show import describe

_DEFAULT = (
    "Work this one case through with paper and pencil, then print the values in your function and "
    "find the first line where the two part."
)


def hint_for(exercise: Exercise, failed: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Return the hint for the case that is shown."""
    return (
        (failed.kind != "changed" and _known_mistake(exercise, failed, outcomes))
        or _changed_hint(failed)
        or _from_difference(exercise, failed, outcomes)
        or failed.case.hint
        or exercise.hint
        or _DEFAULT
    )


def _known_mistake(exercise: Exercise, failed: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Return the hint of the mistake that gives what the reader's code gave.

    It must agree on the case that is shown; of several, the one that agrees on most cases is it.
    """
    best, most = "", 0
    looked_at = [o for o in outcomes if o.kind in ("passed", "wrong", "property", "changed")]
    for mistake in exercise.mistakes:
        agrees = [_agrees(exercise, mistake.wrong, outcome) for outcome in looked_at]
        if sum(agrees) > most and agrees[looked_at.index(failed)]:
            best, most = mistake.hint, sum(agrees)
    return best


def _agrees(exercise: Exercise, wrong: Any, outcome: Outcome) -> bool:
    """Tell whether a known mistake returns the same as the reader's code did."""
    value = wrong
    if not exercise.is_value:
        args, kwargs = outcome.case.fresh()
        try:
            with sandbox():
                value = wrong(*args, **kwargs)
        except Exception:
            return False
    frozen = freeze(value)
    return compare(frozen, outcome.received, rtol=exercise.rtol, atol=exercise.atol) is None


def _changed_hint(failed: Outcome) -> str:
    """Return the hint for a function that writes into its input."""
    if failed.changed is None:
        return ""
    name = failed.changed[0]
    return (
        f"Whoever calls your function still needs `{name}` as it was. In-place steps such as "
        f"`{name} += …` or `{name}[0] = …` write into the caller's own array; make a new one "
        "instead."
    )


def _from_difference(exercise: Exercise, failed: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Return a hint from the kind of difference."""
    difference = failed.difference
    if failed.received is None and not exercise.is_value:
        return _returned_nothing(failed, outcomes)
    if difference is None:
        return ""
    for rule in (_type, _length, _shape, _nan, _keys):
        if hint := rule(exercise, failed, difference):
            return hint
    name = place(exercise, difference.path)
    return numbers_hint(f"`{name}`" if name else "The result", difference, failed.case, exercise)


def place(exercise: Exercise, path: tuple[Any, ...]) -> str:
    """Return the name of the place that a path leads to; empty for the whole value."""
    if not path:
        return ""
    if isinstance(path[0], int) and path[0] < len(exercise.parts):
        return exercise.parts[path[0]] + "".join(f"[{key!r}]" for key in path[1:])
    return "".join(f"[{key!r}]" for key in path)


def _returned_nothing(failed: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Return the hint for a function that returns None."""
    if any(other.received is not None for other in outcomes):
        return (
            "In this case your function reaches its end without a `return`, and Python gives None; "
            "in other cases it does return. Is the `return` indented too far?"
        )
    if failed.printed.strip():
        return "Your function prints its result, but a caller gets None. Use `return`, not `print`."
    return "Your function gives back None: its `return` is missing."


def _type(exercise: Exercise, failed: Outcome, difference: Difference) -> str:
    """Return the hint for a value of another type."""
    if difference.kind not in ("type", "dtype"):
        return ""
    expected, received = difference.expected, difference.received
    if isinstance(received, Foreign):
        return _foreign(
            received, describe(expected), "Yours is" if exercise.is_value else "You return"
        )
    wanted, came = describe(expected), describe(received)
    if exercise.is_value:
        return f"Expected is {wanted}; yours is {came}."
    if isinstance(expected, bool) or difference.kind == "dtype":
        return f"Expected is {wanted}; yours is {came}. Return the result of the comparison itself."
    if isinstance(received, bool):
        return f"You return the result of a comparison, {received}; expected is {wanted}."
    if isinstance(expected, Array) and isinstance(received, Array):
        turn = "`.numpy()`" if expected.kind == "array" else "`torch.as_tensor(…)`"
        return f"The page goes on with {wanted}; {turn} turns one into the other."
    if isinstance(expected, Array) and isinstance(received, (list, tuple)):
        make = "np.array" if expected.kind == "array" else "torch.tensor"
        return f"Expected is {wanted}, you return {came}. `{make}(…)` makes one of the other."
    if isinstance(expected, tuple):
        names = ", ".join(exercise.parts) if exercise.parts and not difference.path else ""
        what = f"{len(expected)} values" + (f" ({names})" if names else "")
        return f"Return {what}, with a comma between them; you return {came}."
    if isinstance(received, str):
        return f"You return a text; expected is {wanted}. Are there quotation marks too many?"
    return f"Expected is {wanted}; you return {came}."


def _foreign(received: Foreign, wanted: str, yours: str) -> str:
    """Return the hint for an object that no answer is."""
    if received.kind == "generator":
        return f"A function with `yield` gives a generator. Expected is {wanted}: use `return`."
    if received.kind == "coroutine":
        return "A function that begins with `async def` only promises a result. Write plain `def`."
    if received.kind == "lazy":
        return f"{yours} {received.words}, which has not calculated a thing yet; `list(…)` does."
    if received.kind == "function":
        return f"{yours} {received.words}, not its result. Are a call's parentheses missing?"
    if received.kind in ("object array", "array of texts"):
        return f"{yours} {received.words}. Are its entries of different shapes, or texts?"
    return f"{yours} {received.words}; expected is {wanted}."


def _length(exercise: Exercise, failed: Outcome, difference: Difference) -> str:
    """Return the hint for too few or too many items."""
    if difference.kind != "length":
        return ""
    want, have = len(difference.expected), len(difference.received)
    if difference.path == () and len(exercise.parts) == want:
        return f"Return {want} values: {', '.join(exercise.parts)}; you return {have}."
    gap = abs(want - have)
    return (
        f"Yours has {gap} {'item' if gap == 1 else 'items'} too {'few' if have < want else 'many'}."
    )


def _shape(exercise: Exercise, _failed: Outcome, difference: Difference) -> str:
    """Return the hint for an array of another shape."""
    if difference.kind != "shape":
        return ""
    expected, received = difference.expected, difference.received
    name = place(exercise, difference.path) or "result"
    if not isinstance(expected, Array):
        size = received.values.size
        more = (
            f"It holds the number in an array of shape {received.shape}; take it out."
            if size == 1
            else "Does a sum, a mean or a dot product miss, or does it run over the wrong axis?"
        )
        return f"The {name} should be a single number. {more}"
    if not isinstance(received, Array):
        return (
            f"The {name} should have shape {expected.shape}, one value for each; yours is a single "
            "number. Did a sum or a dot product take all together?"
        )
    if received.shape == expected.shape[::-1]:
        return f"The {name} lies on its side: rows and columns are exchanged."
    if received.values.size == expected.values.size:
        return (
            f"The numbers of the {name} are as many as they should be, in shape {received.shape} "
            f"instead of {expected.shape}."
        )
    return (
        f"The {name} should have shape {expected.shape}; yours has {received.shape}. Which "
        "operation in your code makes it so? Print the `.shape` after each line."
    )


def _nan(exercise: Exercise, failed: Outcome, difference: Difference) -> str:
    """Return the hint for NaN."""
    if difference.kind != "nan":
        return ""
    warned = f" NumPy warned: {failed.warning}." if failed.warning else ""
    return (
        f"NaN is what 0/0, ∞ − ∞ or the logarithm of a negative number give.{warned} Find the line "
        "where it appears first, and ask which value there is out of place."
    )


def _keys(_exercise: Exercise, _failed: Outcome, difference: Difference) -> str:
    """Return the hint for missing or superfluous keys."""
    if difference.kind != "keys":
        return ""
    missing = difference.expected.keys() - difference.received.keys()
    if missing:
        return f"These keys are missing: {', '.join(map(repr, sorted(missing, key=str)))}."
    more = difference.received.keys() - difference.expected.keys()
    return f"These keys are too many: {', '.join(map(repr, sorted(more, key=str)))}."
