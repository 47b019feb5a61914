"""Hidden cases for the exercises on the perceptron.

Chapter: book/network/perceptron.md
"""

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def update(weights, bias, x, label):
    """Look at one example and return the new weights and bias."""
    if label * (weights @ x + bias) > 0:
        return weights, bias
    return weights + label * x, bias + label


def predict(weights, bias, x):
    """Return +1 for each row whose score is at least 0, else −1."""
    return np.where(x @ weights + bias >= 0, 1, -1)


def _always(weights, bias, x, label):
    return weights + label * x, bias + label


def _when_right(weights, bias, x, label):
    if label * (weights @ x + bias) > 0:
        return weights + label * x, bias + label
    return weights, bias


def _without_bias(weights, bias, x, label):
    return update(weights, bias, x, label)[0], bias


def _bias_moves_by_one(weights, bias, x, label):
    new_weights, new_bias = update(weights, bias, x, label)
    return new_weights, bias if new_bias == bias else bias + 1


def _bias_not_in_score(weights, bias, x, label):
    if label * (weights @ x) > 0:
        return weights, bias
    return weights + label * x, bias + label


def _away(weights, bias, x, label):
    if label * (weights @ x + bias) > 0:
        return weights, bias
    return weights - label * x, bias - label


def _without_label(weights, bias, x, label):
    if label * (weights @ x + bias) > 0:
        return weights, bias
    return weights + x, bias + 1


def _zero_is_right(weights, bias, x, label):
    if label * (weights @ x + bias) >= 0:
        return weights, bias
    return weights + label * x, bias + label


def _zero_fires(weights, bias, x, label):
    if (1 if weights @ x + bias >= 0 else -1) == label:
        return weights, bias
    return weights + label * x, bias + label


def _zero_one_labels(weights, bias, x, label):
    error = label - (1 if weights @ x + bias > 0 else 0)
    return weights + error * x, bias + error


def _twice(weights, bias, x, label):
    error = label - (1 if weights @ x + bias > 0 else -1)
    return weights + error * x, bias + error


def _by_score(weights, bias, x, label):
    score = weights @ x + bias
    if label * score > 0:
        return weights, bias
    return weights + (label - score) * x, bias + (label - score)


def _bias_takes_x(weights, bias, x, label):
    if label * (weights @ x + bias) > 0:
        return weights, bias
    return weights + label * x, bias + label * x


def _small_step(weights, bias, x, label):
    new_weights, new_bias = update(weights, bias, x, label)
    return weights + 0.1 * (new_weights - weights), bias + 0.1 * (new_bias - bias)


def _half_step(weights, bias, x, label):
    new_weights, new_bias = update(weights, bias, x, label)
    return weights + 0.5 * (new_weights - weights), bias + 0.5 * (new_bias - bias)


def _last_product(weights, bias, x, label):
    if label * (weights[-1] * x[-1] + bias) > 0:
        return weights, bias
    return weights + label * x, bias + label


def _exchanged(weights, bias, x, label):
    return update(weights, bias, x, label)[::-1]


def _random_cases() -> list[Case]:
    """Return cases with more inputs, half of them mistakes."""
    rng = np.random.default_rng(58)
    cases = []
    for num_inputs in (1, 3, 5, 8):
        weights = rng.integers(-4, 5, num_inputs) / 2
        x = rng.integers(-3, 4, num_inputs) / 2
        label = 1 if num_inputs % 2 else -1
        inputs = "1 input" if num_inputs == 1 else f"{num_inputs} inputs"
        cases.append(Case(f"a neuron with {inputs}", (weights, 0.5, x, label)))
    return cases


def _arguments(weights: list[float], bias: float, x: list[float], label: int) -> tuple:
    """Return a case's arguments, the lists as float arrays."""
    return np.array(weights, dtype=float), bias, np.array(x, dtype=float), label


_SCORE_CHECK = "Calculate the score, weights · x + bias, by hand. Is this example a mistake?"

_UPDATE = Exercise(
    "perceptron/update",
    reference=update,
    parts=("weights", "bias"),
    cases=[
        Case(
            "a mistake on a positive example: the score is −2, the label +1",
            _arguments([0.5, -1.0], 0.5, [1.0, 3.0], 1),
        ),
        Case(
            "a mistake on a negative example: the score is 2, the label −1",
            _arguments([0.5, 1.0], 0.0, [2.0, 1.0], -1),
        ),
        Case(
            "no mistake: the score is 2 and the label +1",
            _arguments([2.0, -0.5], 0.5, [1.0, 1.0], 1),
            hint="The score has the label's sign, so the neuron is right. What should a neuron do "
            "that is right?",
        ),
        Case(
            "no mistake: the score is −1.5 and the label −1",
            _arguments([0.5, -2.0], 0.0, [1.0, 1.0], -1),
            hint="Both the score and the label are negative, so the neuron is right. How can one "
            "test for “same sign”?",
        ),
        Case(
            "the very first step: all weights are 0, so the score is 0",
            _arguments([0.0, 0.0], 0.0, [1.5, -0.5], 1),
            hint=_SCORE_CHECK,
        ),
        Case(
            "the first step with a negative example",
            _arguments([0.0, 0.0, 0.0], 0.0, [1.0, 0.0, 2.0], -1),
            hint=_SCORE_CHECK,
        ),
        Case(
            "a mistake that only the bias makes: weights · x is 1, the bias −3",
            _arguments([1.0, 1.0], -3.0, [0.5, 0.5], 1),
            hint=_SCORE_CHECK,
        ),
        Case(
            "weights in an array of integers, an input with decimals",
            (np.array([1, -2]), 0.0, np.array([0.5, 1.5]), 1),
        ),
        *_random_cases(),
    ],
    mistakes=[
        Mistake(
            _always,
            "Your neuron learns from this example although it has it right. Rosenblatt's rule "
            "learns from mistakes only: which condition tells one?",
        ),
        Mistake(
            _when_right,
            "Your neuron moves exactly when it is right, and stays when it is wrong. Look at the "
            "direction of your condition.",
        ),
        Mistake(
            _without_bias,
            "The weights are right; the bias stays where it was. It learns too: think of it as the "
            "weight of an input that is always 1.",
        ),
        Mistake(
            _bias_moves_by_one,
            "The bias goes up for every mistake. Should a neuron that fired wrongly become more "
            "eager to fire?",
        ),
        Mistake(
            _bias_not_in_score,
            "Whether it is a mistake depends on the whole score. What besides weights · x belongs "
            "to it?",
        ),
        Mistake(
            _away,
            "The step has the right size and leads the wrong way: after it, this example's score "
            "is even further from its label.",
        ),
        Mistake(
            _without_label,
            "You step towards x whatever its label is. Which way should the weights go for a "
            "negative example?",
        ),
        Mistake(
            _zero_is_right,
            "Here the score is exactly 0: the neuron has not decided. Count that as a mistake, or "
            "a neuron that starts with zeros never begins to learn.",
        ),
        Mistake(
            _zero_fires,
            "Here the score is exactly 0. Though `predict` calls that +1, the rule counts it as a "
            "mistake: only a score on the label's side will do.",
        ),
        Mistake(
            _zero_one_labels,
            "Your error is that of labels 0 and 1. Here the labels are −1 and +1.",
        ),
        Mistake(
            _twice,
            "Your step is twice as long as the rule's: the difference of label and prediction is 2 "
            "or −2 at a mistake.",
        ),
        Mistake(
            _by_score,
            "Your step grows with the error of the score: that is the rule of Widrow and Hoff. "
            "Rosenblatt's step has the same length however wrong the score is.",
        ),
        Mistake(
            _bias_takes_x,
            "The weights are right. The bias belongs to no input: think of it as the weight of an "
            "input that is always 1.",
        ),
        Mistake(
            _small_step,
            "Your step is a tenth of the rule's. Rosenblatt's rule has no learning rate: it would "
            "stretch weights and bias alike, and no score would change its sign.",
        ),
        Mistake(
            _half_step,
            "Your step is half of the rule's. Rosenblatt's rule has no learning rate: it would "
            "stretch weights and bias alike, and no score would change its sign.",
        ),
        Mistake(
            _last_product,
            "Your score counts one input only. Does a line in your loop replace the sum where it "
            "should add to it?",
        ),
        Mistake(_exchanged, "The two are exchanged: return the weights first, then the bias."),
    ],
    hint="Two questions, one after the other: is this example a mistake? If so, which way, and how "
    "far, do weights and bias move?",
)


def _sign(weights, bias, X):
    return np.sign(X @ weights + bias)


def _strict(weights, bias, X):
    return np.where(X @ weights + bias > 0, 1, -1)


def _no_bias(weights, bias, X):
    return np.where(X @ weights >= 0, 1, -1)


def _zero_one(weights, bias, X):
    return np.where(X @ weights + bias >= 0, 1, 0)


def _boolean(weights, bias, X):
    return X @ weights + bias >= 0


def _scores(weights, bias, X):
    return X @ weights + bias


def _opposite(weights, bias, X):
    return -predict(weights, bias, X)


def _minus_bias(weights, bias, X):
    return np.where(X @ weights >= bias, 1, -1)


def _batch(num_rows: int, num_inputs: int) -> tuple:
    """Return arguments with many rows; halves keep the scores exact."""
    rng = np.random.default_rng(num_rows)
    X = rng.integers(-4, 5, (num_rows, num_inputs)) / 2
    return rng.integers(-4, 5, num_inputs) / 2, -0.25, X


_PREDICT = Exercise(
    "perceptron/predict",
    reference=predict,
    cases=[
        Case(
            "three inputs of two features; no score is 0",
            (np.array([1.0, -1.0]), 0.5, np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]])),
        ),
        Case(
            "a bias that decides",
            (np.array([1.0, 1.0]), -3.0, np.array([[1.0, 1.0], [2.0, 2.0]])),
        ),
        Case(
            "scores of exactly 0",
            (np.array([1.0, 1.0]), -1.0, np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]])),
            hint="Which of the two answers does a score of exactly 0 get, by the definition?",
        ),
        Case("one row only", (np.array([2.0, 1.0]), 0.5, np.array([[-1.0, 1.0]]))),
        Case("one feature only", (np.array([-2.0]), 1.0, np.array([[0.0], [1.0], [-3.0]]))),
        Case("twelve rows of four features", _batch(12, 4)),
        Case("fifty rows of three features", _batch(50, 3)),
    ],
    mistakes=[
        Mistake(
            _sign,
            "A neuron has two answers, +1 and −1. Yours has a third, 0: `np.sign(0)` is 0.",
        ),
        Mistake(
            _strict,
            "Your neuron stays silent at a score of exactly 0. By the definition it fires there.",
        ),
        Mistake(_no_bias, "Your scores are weights · x. Which part of the score is missing?"),
        Mistake(_zero_one, "You answer with 1 and 0; this chapter's labels are +1 and −1."),
        Mistake(
            _boolean,
            "Your comparison is right, and it gives True and False. Turn them into +1 and −1; "
            "`np.where` is one way.",
        ),
        Mistake(
            _scores,
            "These are the scores. The last step is missing: only their side of 0 counts.",
        ),
        Mistake(_opposite, "Every answer is the opposite of the right one. Which side fires?"),
        Mistake(
            _minus_bias,
            "Your bias works as a threshold to be reached. In w · x + b a larger bias makes the "
            "neuron more eager to fire, not less.",
        ),
    ],
    hint="First a score for each row of x, all at once; then its side of 0. Which operand of the "
    "product holds one example in each row?",
)

EXERCISES = [_UPDATE, _PREDICT]
