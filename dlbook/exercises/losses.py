"""Hidden cases for the exercises on losses.

Chapter: book/training/losses.md
"""

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def mean_cross_entropy(scores, labels):
    """Return the mean cross-entropy in nats, safe for scores of any size."""
    largest = scores.max(axis=1)
    sums = np.exp(scores - largest[:, None]).sum(axis=1)
    return (largest + np.log(sums) - scores[np.arange(len(labels)), labels]).mean()


def mean_slope(scores, labels):
    """Return the derivative of the mean cross-entropy with respect to each score."""
    return (_softmax(scores) - np.eye(scores.shape[1])[labels]) / len(labels)


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _each(scores, labels):
    largest = scores.max(axis=1)
    sums = np.exp(scores - largest[:, None]).sum(axis=1)
    return largest + np.log(sums) - scores[np.arange(len(labels)), labels]


def _unsafe(scores, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        p = powers / powers.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(labels)), labels]).mean()


def _logarithm_of_zero(scores, labels):
    with np.errstate(all="ignore"):
        return -np.log(_softmax(scores)[np.arange(len(labels)), labels]).mean()


def _clipped(scores, labels):
    p = np.maximum(_softmax(scores)[np.arange(len(labels)), labels], 1e-12)
    return -np.log(p).mean()


def _total(scores, labels):
    return _each(scores, labels).sum()


def _all_classes(scores, labels):
    return mean_cross_entropy(scores, labels) / scores.shape[1]


def _bits(scores, labels):
    return mean_cross_entropy(scores, labels) / np.log(2)


def _positive(scores, labels):
    return -mean_cross_entropy(scores, labels)


def _likeliest(scores, labels):
    return mean_cross_entropy(scores, scores.argmax(axis=1))


def _twice(scores, labels):
    return mean_cross_entropy(_softmax(scores), labels)


def _one_sum(scores, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return -np.log((powers / powers.sum())[np.arange(len(labels)), labels]).mean()


def _by_columns(scores, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        return -np.log((powers / powers.sum(axis=0))[np.arange(len(labels)), labels]).mean()


def _largest_lost(scores, labels):
    sums = np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
    return (np.log(sums) - scores[np.arange(len(labels)), labels]).mean()


def _likelihood(scores, labels):
    return -_softmax(scores)[np.arange(len(labels)), labels].mean()


def _squared(scores, labels):
    return ((_softmax(scores) - np.eye(scores.shape[1])[labels]) ** 2).sum(axis=1).mean()


def _batch(num_rows: int, num_classes: int) -> tuple:
    """Return scores in halves, and labels."""
    rng = np.random.default_rng(num_rows + num_classes)
    scores = rng.integers(-6, 7, (num_rows, num_classes)) / 2
    return scores, rng.integers(num_classes, size=num_rows)


def _arguments(scores: list[list[float]], labels: list[int]) -> tuple:
    return np.array(scores, dtype=float), np.array(labels)


_CROSS_ENTROPY = Exercise(
    "losses/cross-entropy",
    reference=mean_cross_entropy,
    cases=[
        Case("one example, three equal scores", _arguments([[0.0, 0.0, 0.0]], [1])),
        Case(
            "two classes; e to the power of the scores is 1 and 3, the label is the first",
            _arguments([[0.0, np.log(3.0)]], [0]),
        ),
        Case("two examples", _arguments([[0.0, np.log(3.0)], [0.0, 0.0]], [1, 0])),
        Case("five examples, four classes", _batch(5, 4)),
        Case("twelve examples, three classes", _batch(12, 3)),
        Case(
            "the same scores with 1,000 added to all",
            _arguments([[1000.0, 1000.0 + np.log(3.0)]], [0]),
            hint="Your loss is right for ordinary scores. What does e to the power of 1,000 give, "
            "and which number may be subtracted from all scores of a row?",
        ),
        Case(
            "scores of 10,000 and −10,000, each row with another true class",
            _arguments([[1e4, 0.0, -1e4], [1e4, 0.0, -1e4], [-1e4, 0.0, 1e4]], [0, 1, 0]),
            hint="Here a probability becomes 0 to the computer, though its logarithm is an "
            "ordinary number. At which place do you take the logarithm?",
        ),
        Case("rows of very different size", _arguments([[1e4, 0.0], [0.0, 1.0]], [0, 0])),
    ],
    mistakes=[
        Mistake(
            _unsafe,
            "`np.exp` overflows for these scores, and infinity divided by infinity is not a "
            "number. Which property of the softmax allows smaller exponents?",
        ),
        Mistake(
            _logarithm_of_zero,
            "Your softmax is safe; but a probability too small for the computer is 0, and its "
            "logarithm infinite. Can the logarithm be taken before anything is rounded to 0?",
        ),
        Mistake(
            _clipped,
            "You cut off small probabilities, or add a small number to them, so that no mistake "
            "costs more than a fixed amount. Can the logarithm be taken before rounding?",
        ),
        Mistake(
            _each,
            "There is one loss for each example; the question is for a single number.",
        ),
        Mistake(_total, "These are the losses added up. What does *mean* ask for?"),
        Mistake(
            _all_classes,
            "You average over examples and classes. Each example has one loss, that of its true "
            "class: by how many do you divide?",
        ),
        Mistake(_bits, "That is the loss in bits; the question was for nats."),
        Mistake(_positive, "The sign: can a probability's logarithm be a loss as it is?"),
        Mistake(
            _likeliest,
            "You take the probability of the class with the largest score. Whose probability does "
            "the loss ask for?",
        ),
        Mistake(
            _twice,
            "There are two softmaxes in your loss: the probabilities are used as if they were "
            "scores.",
        ),
        Mistake(
            _one_sum,
            "You divide by a sum over all rows. In which direction do the probabilities of one "
            "example lie?",
        ),
        Mistake(
            _by_columns,
            "You divide by the sums of columns. The probabilities of one example add up to 1: in "
            "which direction do they lie?",
        ),
        Mistake(
            _largest_lost,
            "You subtract the largest score in one place and not in the other. Look where it must "
            "be put back.",
        ),
        Mistake(
            _likelihood,
            "These are probabilities with the sign turned. What turns the product of probabilities "
            "into a sum?",
        ),
        Mistake(_squared, "That is the squared error of the probabilities, the Brier score."),
    ],
    hint="Begin with one example: the loss is a logarithm of a sum minus one score. How is the "
    "largest score kept out of the exponential?",
)


def _not_divided(scores, labels):
    return mean_slope(scores, labels) * len(labels)


def _per_element(scores, labels):
    return mean_slope(scores, labels) / scores.shape[1]


def _probabilities(scores, labels):
    return _softmax(scores)


def _opposite(scores, labels):
    return -mean_slope(scores, labels)


def _only_true_class(scores, labels):
    targets = np.eye(scores.shape[1])[labels]
    return mean_slope(scores, labels) * targets


def _of_squared(scores, labels):
    p = _softmax(scores)
    error = p - np.eye(scores.shape[1])[labels]
    return 2 * p * (error - (p * error).sum(axis=1, keepdims=True)) / len(labels)


def _of_scores(scores, labels):
    return (scores - np.eye(scores.shape[1])[labels]) / len(labels)


def _by_probability(scores, labels):
    targets = np.eye(scores.shape[1])[labels]
    return -targets / np.maximum(_softmax(scores), 1e-300) / len(labels)


def _unsafe_slope(scores, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        p = powers / powers.sum(axis=1, keepdims=True)
        return (p - np.eye(scores.shape[1])[labels]) / len(labels)


def _label_subtracted(scores, labels):
    return (_softmax(scores) - labels[:, None]) / len(labels)


def _summed(scores, labels):
    return mean_slope(scores, labels).sum(axis=0)


_SLOPE = Exercise(
    "losses/slope",
    reference=mean_slope,
    cases=[
        Case(
            "one example, scores with the probabilities 1/8, 2/8 and 5/8, the second is true",
            _arguments([[0.0, np.log(2.0), np.log(5.0)]], [1]),
        ),
        Case("two examples with equal scores", _arguments([[0.0, 0.0], [1.0, 1.0]], [0, 1])),
        Case("five examples, four classes", _batch(5, 4)),
        Case("nine examples, six classes", _batch(9, 6)),
        Case(
            "scores of 10,000 and −10,000",
            _arguments([[1e4, 0.0, -1e4], [1e4, 0.0, -1e4]], [0, 2]),
            hint="Your slope is right for ordinary scores. Is your softmax safe for large ones?",
        ),
    ],
    mistakes=[
        Mistake(
            _not_divided,
            "That is the slope of the sum of all losses. What does the *mean* do to each "
            "example's share?",
        ),
        Mistake(
            _per_element,
            "You divide by examples and classes. The mean is over examples only.",
        ),
        Mistake(
            _probabilities,
            "These are the probabilities. What is taken from the one of the true class?",
        ),
        Mistake(
            _opposite,
            "That is the direction in which the loss falls. The slope points the other way: at the "
            "true class, does the loss rise or fall with the score?",
        ),
        Mistake(
            _only_true_class,
            "The other scores matter as well: they enter the sum under the logarithm.",
        ),
        Mistake(
            _of_squared,
            "That is the slope of the squared error after the softmax.",
        ),
        Mistake(
            _of_scores,
            "You compare the scores with the targets. Which numbers does the loss compare?",
        ),
        Mistake(
            _by_probability,
            "That is the derivative with respect to the probabilities. One more link of the chain "
            "leads to the scores.",
        ),
        Mistake(
            _unsafe_slope,
            "`np.exp` overflows for these scores. Which property of the softmax allows smaller "
            "exponents?",
        ),
        Mistake(
            _label_subtracted,
            "You subtract the *number* of the class from every column. Only one column of each row "
            "belongs to the true class.",
        ),
        Mistake(_summed, "The examples are added up: each score of each example has a slope."),
    ],
    hint="For one example: the derivative of the logarithm of the sum, and that of the true score. "
    "Then what the mean makes of it.",
)

EXERCISES = [_CROSS_ENTROPY, _SLOPE]
