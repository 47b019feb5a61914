"""Hidden cases for the exercises on AI, machine learning and deep learning.

Chapter: book/learning/ai-ml-dl.md
"""

from itertools import pairwise

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def flops(sizes):
    """Return two operations for each weight."""
    return sum(2 * inputs * outputs for inputs, outputs in pairwise(sizes))


def _one_each(sizes):
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


def _product(sizes):
    total = 2
    for size in sizes:
        total *= size
    return total


def _neurons(sizes):
    return 2 * sum(sizes)


def _squares(sizes):
    return sum(2 * size * size for size in sizes[1:])


def _with_bias(sizes):
    return sum(2 * inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def _first_and_last(sizes):
    return 2 * sizes[0] * sizes[-1]


def _all_but_last(sizes):
    return flops(sizes[:-1]) if len(sizes) > 2 else 0


def _fewer_additions(sizes):
    return sum((2 * inputs - 1) * outputs for inputs, outputs in pairwise(sizes))


def _all_but_first(sizes):
    return flops(sizes[1:])


def _times_three(sizes):
    return 3 * flops(sizes)


_FLOPS = Exercise(
    "ai-ml-dl/flops",
    reference=flops,
    cases=[
        Case("two layers", ([4, 3, 2],)),
        Case("one layer: 3 inputs, 2 neurons", ([3, 2],)),
        Case("layers of one size", ([5, 5, 5],)),
        Case("one input, one output, a wide layer between", ([1, 100, 1],)),
        Case("the network of the chapter", ([64, 64, 64, 64, 10],)),
        Case("sizes in a tuple", ((2, 7, 1, 3),)),
    ],
    mistakes=[
        Mistake(
            _one_each,
            "You count one operation for each weight. The product is added to a sum, too.",
        ),
        Mistake(
            _product,
            "You multiply all sizes together. Each layer has its own weights: what do the layers' "
            "costs have to do with one another?",
        ),
        Mistake(_neurons, "You count neurons; the work is in the connections between them."),
        Mistake(_squares, "A layer has as many weights as it has inputs *times* neurons."),
        Mistake(
            _with_bias,
            "You count the biases too. Fair, but the chapter's formula leaves them out.",
        ),
        Mistake(_first_and_last, "Only the first and the last size are in your answer."),
        Mistake(
            _fewer_additions,
            "You count one addition less for each neuron. That is exact for a sum without bias; "
            "the chapter's formula counts two operations for each weight.",
        ),
        Mistake(_all_but_first, "The first layer is missing from your sum."),
        Mistake(_all_but_last, "The last layer is missing from your sum."),
        Mistake(_times_three, "That is a step of training for one image; wanted is one answer."),
    ],
    hint="How many weights lie between one layer and the next, and how many operations does each "
    "of them cost?",
)


def old_rule_error(delta, epsilon):
    """Return the area of the old square without the new rectangle."""
    return 0.25 - (0.5 - delta) * (0.5 - epsilon)


def _added(delta, epsilon):
    return 0.5 * delta + 0.5 * epsilon


def _overlap_twice(delta, epsilon):
    return 0.5 * delta + 0.5 * epsilon + delta * epsilon


def _new_area(delta, epsilon):
    return (0.5 - delta) * (0.5 - epsilon)


def _overlap(delta, epsilon):
    return delta * epsilon


def _unit_square(delta, epsilon):
    return delta + epsilon - delta * epsilon


def _sign_slip(delta, epsilon):
    return 0.25 - (0.5 - delta) * (0.5 + epsilon)


def _as_in_text(delta, epsilon):
    return delta - delta**2


_ERROR = Exercise(
    "ai-ml-dl/old-rule-error",
    reference=old_rule_error,
    cases=[
        Case("two different moves", (0.1, 0.3)),
        Case("no change at all", (0.0, 0.0)),
        Case("only the first threshold moves", (0.25, 0.0)),
        Case("only the second threshold moves", (0.0, 0.125)),
        Case("both move", (0.25, 0.25)),
        Case("nobody is admitted any more", (0.5, 0.5)),
    ],
    mistakes=[
        Mistake(
            _added,
            "You add two strips. Draw them: do they overlap?",
        ),
        Mistake(
            _overlap_twice,
            "The two strips overlap. Should the overlap be added once more, or taken away?",
        ),
        Mistake(
            _new_area,
            "That is the share that the committee admits now. On whom do the old rule and the new "
            "one disagree?",
        ),
        Mistake(
            _overlap,
            "That is the little corner which both moves cut off. What of the strips beside it?",
        ),
        Mistake(
            _unit_square,
            "Your strips run along the whole square of scores; the old rule admits only a quarter "
            "of it.",
        ),
        Mistake(
            _sign_slip,
            "In your rectangle one side shrinks and the other grows. Which way do the two "
            "thresholds move here?",
        ),
        Mistake(
            _as_in_text,
            "That is the chapter's case, in which one threshold goes up and the other down. Here "
            "both go up.",
        ),
    ],
    hint="Draw the square of scores, the old admitted quarter, and the new admitted rectangle "
    "inside it. Which part was admitted and is not any more?",
)

EXERCISES = [_FLOPS, _ERROR]
