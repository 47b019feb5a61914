r"""Exercises: ``check("id", answer)`` tries a reader's answer on hidden cases.

Chapter: book/how-to-use.md

How an author adds an exercise
------------------------------
The cases of a chapter live in one module named after the topic: ``check("search/slope", slope)``
looks into ``dlbook/exercises/search.py``, ``check("ai-ml-dl/drift", drift)`` into ``ai_ml_dl.py``.
The module defines ``EXERCISES``, a list::

    # the reference: right, and never shown
    def slope(f, x, step):
        return (f(x + step) - f(x - step)) / (2 * step)

    # what people write instead
    def _one_sided(f, x, step):
        return (f(x + step) - f(x)) / step

    EXERCISES = [
        Exercise(
            "search/slope",
            reference=slope,
            cases=[
                Case("a parabola", (square, 3.0, 0.5)),
                Case("another step", (square, 3.0, 0.1), hint="…"),
                Case("a flat place", (square, 0.0, 0.5)),
            ],
            mistakes=[
                Mistake(_one_sided, "Your slope looks ahead only."),
            ],
            hint="Rise over run: how far apart are the points?",
        ),
        # a value, not a function
        Exercise("search/best-step", answer=0.1, hint="…"),
        # one of many right values
        Exercise(
            "search/any-minimum",
            answer=np.array([1.0, 2.0]),
            cases=[
                Case("", holds=lambda x: loss(x) < 0.01, says="…"),
            ],
        ),
    ]

- Order the cases from simple to hard: the reader hears of the first that fails. Use numbers with
  few digits, so that a case can be worked through on paper, and several shapes. Draw larger cases
  from ``numpy.random.default_rng`` with a fixed seed (not the book's: cases never move).
- ``about`` completes "Case: …" for the reader: what is special about it.
- ``mistakes`` are the heart of good feedback. A mistake is a *function with that mistake*: when the
  reader's function returns the same on the failing case, its hint is given. A hint points to the
  place and asks a question; it does not tell the formula.
- Hints for another type or shape, a wrong sign, cut-off decimals, NaN, exchanged rows and columns,
  a changed input, ``print`` for ``return``, exceptions and endless loops are built in.
- Where an order or a choice is free, give ``holds`` and ``says`` in place of an expected value.
- ``tests/exercises/test_cases.py`` takes each exercise of each module: the reference passes, and
  each mistake fails and gets its own hint.

A page shows the stub in a ``{your-turn}`` directive that ends in ``check("…", …)``; the solution's
cell ends in the same line.
"""

from dlbook.exercises._case import Case, Exercise, Mistake
from dlbook.exercises._feedback import Feedback
from dlbook.exercises.checker import check, examine, exercise_ids

__all__ = ["Case", "Exercise", "Feedback", "Mistake", "check", "examine", "exercise_ids"]
