"""The labelled equations of book/training/losses.md, each checked by another route."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy import special, stats
from sklearn.metrics import log_loss

from dlbook.metrics.calibration import (
    brier_score,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from dlbook.nn.losses import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, MSELoss


@pytest.fixture
def scores():
    return np.random.default_rng(7).normal(scale=2.0, size=(40, 5))


@pytest.fixture
def labels():
    return np.random.default_rng(8).integers(5, size=40)


def slope(loss, scores):
    """Return the derivative of a sum of losses with respect to each score, by torch."""
    z = torch.tensor(scores, requires_grad=True)
    loss(z).backward()
    return z.grad.numpy()


@pytest.mark.eq("eq-likelihood")
def test_the_logarithm_turns_the_product_into_a_sum(scores, labels):
    p = special.softmax(scores, axis=1)[np.arange(40), labels]
    product = math.prod(Fraction(float(value)) for value in p)  # exact: nothing underflows
    logarithm = math.log(product.numerator) - math.log(product.denominator)
    assert -logarithm == pytest.approx(-np.log(p).sum())
    assert -logarithm / 40 == pytest.approx(log_loss(labels, special.softmax(scores, axis=1)))


@pytest.mark.eq("eq-gaussian")
@pytest.mark.parametrize("sigma", [0.5, 3.0])
def test_normal_noise_gives_the_squared_error_and_a_constant(sigma):
    y, mu = np.array([0.3, -2.0, 5.0]), np.array([0.1, 1.0, -4.0])
    constant = math.log(sigma * math.sqrt(2 * math.pi))
    assert (y - mu) ** 2 / (2 * sigma**2) + constant == pytest.approx(
        -stats.norm.logpdf(y, loc=mu, scale=sigma)
    )
    of_library = MSELoss(reduction="sum")(torch.tensor(mu), torch.tensor(y)).item()
    assert of_library / (2 * sigma**2) + 3 * constant == pytest.approx(
        -stats.norm.logpdf(y, loc=mu, scale=sigma).sum()
    )


@pytest.mark.eq("eq-bernoulli")
@pytest.mark.parametrize("y", [0, 1])
def test_two_cases_in_one_line(y):
    p = np.array([0.01, 0.3, 0.9])
    written = -y * np.log(p) - (1 - y) * np.log(1 - p)
    assert written == pytest.approx(-stats.bernoulli.logpmf(y, p))
    targets = torch.full((3,), float(y), dtype=torch.float64)
    assert BCELoss(reduction="none")(torch.tensor(p), targets).numpy() == pytest.approx(written)


@pytest.mark.eq("eq-nll")
def test_the_loss_reads_the_probability_of_the_true_class_only(scores, labels):
    p = special.softmax(scores, axis=1)
    written = -np.log(p[np.arange(40), labels])
    loss = CrossEntropyLoss(reduction="none")
    assert loss(torch.tensor(scores), torch.tensor(labels)).numpy() == pytest.approx(written)
    for row, label in zip(p, labels, strict=True):  # the others change places: nothing happens
        others = np.delete(np.arange(5), label)
        row[others] = row[others[::-1]]
    assert -np.log(p[np.arange(40), labels]) == pytest.approx(written)


@pytest.mark.eq("eq-entropy")
def test_entropy_is_the_mean_length_of_the_words():
    q = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    written = -(q * np.log2(q)).sum()
    assert written == pytest.approx(stats.entropy(q, base=2))
    assert written == pytest.approx(sum(q * [1, 2, 3, 3]))


@pytest.mark.eq("eq-kl")
def test_cross_entropy_is_entropy_and_divergence():
    random = np.random.default_rng(9)
    for _ in range(50):
        q, p = random.dirichlet(np.ones(4)), random.dirichlet(np.ones(4))
        divergence = special.rel_entr(q, p).sum() / math.log(2)
        assert divergence >= 0
        assert -(q * np.log2(p)).sum() == pytest.approx(stats.entropy(q, base=2) + divergence)
    assert special.rel_entr(q, q).sum() == 0
    assert special.rel_entr([0.0, 1.0], [0.5, 0.5]).sum() >= 0  # a class that never comes


@pytest.mark.eq("eq-softmax")
def test_softmax_is_scipys_and_for_two_scores_the_logistic_function(scores):
    powers = np.exp(scores)
    assert powers / powers.sum(axis=1, keepdims=True) == pytest.approx(
        special.softmax(scores, axis=1)
    )
    two = special.softmax(scores[:, :2], axis=1)
    assert two[:, 1] == pytest.approx(special.expit(scores[:, 1] - scores[:, 0]))


@pytest.mark.eq("eq-shift")
def test_a_shift_of_all_scores_changes_no_probability(scores):
    assert special.softmax(scores + 12.5, axis=1) == pytest.approx(special.softmax(scores, axis=1))
    scaled = special.softmax(2 * scores, axis=1)  # a factor does: the test can see a difference
    assert np.abs(scaled - special.softmax(scores, axis=1)).max() > 0.1


@pytest.mark.eq("eq-logsumexp")
@pytest.mark.parametrize("size", [1.0, 1e4])
def test_the_safe_form_is_right_for_scores_of_any_size(scores, labels, size):
    z = size * scores
    largest = z.max(axis=1)
    sums = np.exp(z - largest[:, None]).sum(axis=1)
    assert ((sums >= 1) & (sums <= 5)).all()
    written = largest + np.log(sums) - z[np.arange(40), labels]
    assert written == pytest.approx(special.logsumexp(z, axis=1) - z[np.arange(40), labels])
    of_library = CrossEntropyLoss(reduction="none")(torch.tensor(z), torch.tensor(labels))
    assert of_library.numpy() == pytest.approx(written)


@pytest.mark.eq("eq-ce-slope")
def test_the_slope_is_probability_minus_target(scores, labels):
    loss, target = CrossEntropyLoss(reduction="sum"), torch.tensor(labels)
    written = special.softmax(scores, axis=1) - np.eye(5)[labels]
    assert slope(lambda z: loss(z, target), scores) == pytest.approx(written)
    move = np.zeros_like(scores)
    move[3, 2] = 1e-5
    ahead, back = (
        loss(torch.tensor(scores + side * move), target).item() for side in (1, -1)
    )  # fmt: skip
    assert (ahead - back) / 2e-5 == pytest.approx(written[3, 2], abs=1e-8)


@pytest.mark.eq("eq-squared-slope")
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_squared_slope_dies_at_both_ends(y):
    z = np.linspace(-30, 30, 121)
    p, targets = special.expit(z), torch.full((121,), y, dtype=torch.float64)
    squared = slope(lambda s: MSELoss(reduction="sum")(s.sigmoid(), targets), z)
    assert squared == pytest.approx(2 * (p - y) * p * (1 - p), abs=1e-12)
    entropic = slope(lambda s: BCEWithLogitsLoss(reduction="sum")(s, targets), z)
    assert entropic == pytest.approx(p - y, abs=1e-12)
    wrong = 0 if y else -1  # the end that is certain and wrong
    assert abs(squared[wrong]) < 1e-12 < 0.99 < abs(entropic[wrong])


@pytest.mark.eq("eq-softmax-slope")
def test_the_slopes_of_the_softmax_and_of_the_squared_error_after_it(scores, labels):
    p = special.softmax(scores[0])
    jacobian = torch.autograd.functional.jacobian(
        lambda z: z.softmax(0), torch.tensor(scores[0])
    ).numpy()
    assert p[:, None] * (np.eye(5) - p) == pytest.approx(jacobian)
    targets = np.eye(5)[labels]
    rows = special.softmax(scores, axis=1)
    d = rows - targets
    written = 2 * rows * (d - (rows * d).sum(axis=1, keepdims=True))
    by_torch = slope(lambda z: ((z.softmax(1) - torch.tensor(targets)) ** 2).sum(), scores)
    assert written == pytest.approx(by_torch)


@pytest.mark.eq("eq-confident")
def test_confidence_bounds_the_loss_of_a_mistake(scores, labels):
    p = special.softmax(scores, axis=1)
    wrong = p.argmax(axis=1) != labels
    losses = -special.log_softmax(scores, axis=1)[np.arange(40), labels]
    bound = -np.log(1 - p.max(axis=1))
    assert wrong.sum() > 20 and (losses >= bound - 1e-12)[wrong].all()
    assert (losses > bound + 0.1)[wrong].any()  # with five classes it is a bound and no more
    two = special.softmax(scores[:, :2], axis=1)
    assert -np.log(two.min(axis=1)) == pytest.approx(-np.log(1 - two.max(axis=1)))
    c = two.max(axis=1)  # a mistake among two classes pulls with 4c²(1 − c) under the Brier score
    wrong_two = torch.tensor(np.eye(2)[two.argmin(axis=1)])
    pull = slope(lambda z: ((z.softmax(1) - wrong_two) ** 2).sum(), scores[:, :2])
    assert np.abs(pull) == pytest.approx(np.stack([4 * c**2 * (1 - c)] * 2, axis=1))
    mistakes = [brier_score([row], [row.argmin()]) for row in two]
    assert mistakes == pytest.approx(2 * two.max(axis=1) ** 2)
    assert max(mistakes) <= 4 * min(mistakes)


@pytest.mark.eq("eq-ece")
def test_the_calibration_error_counts_gaps_by_their_bins():
    confidence = np.array([0.55, 0.58, 0.72, 0.95, 0.99, 0.97])
    right = np.array([1, 0, 1, 1, 1, 0])
    # two answers in the sixth of ten bins, one in the eighth, three in the tenth
    by_hand = (2 * abs(1 / 2 - 0.565) + abs(1 - 0.72) + 3 * abs(2 / 3 - 0.97)) / 6
    assert expected_calibration_error(confidence, right, num_bins=10) == pytest.approx(by_hand)
    assert reliability(confidence, right, num_bins=10).counts[[5, 7, 9]].tolist() == [2, 1, 3]


@pytest.mark.eq("eq-temperature")
def test_a_temperature_changes_confidence_and_no_answer(scores):
    hot = special.softmax(scores / 3, axis=1)
    assert (hot.argmax(axis=1) == scores.argmax(axis=1)).all()
    assert (hot.max(axis=1) < special.softmax(scores, axis=1).max(axis=1)).all()
    powers = special.softmax(scores, axis=1) ** (1 / 3)
    assert hot == pytest.approx(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.eq("eq-temperature-slope")
def test_the_best_temperature_is_where_the_slope_crosses_zero(scores):
    random = np.random.default_rng(10)
    labels = np.array([random.choice(5, p=row) for row in special.softmax(scores / 2, axis=1)])
    target = torch.tensor(labels)

    def written(beta):
        p = special.softmax(beta * scores, axis=1)
        return ((p * scores).sum(axis=1) - scores[np.arange(40), labels]).mean()

    for beta in (0.2, 1.0, 2.5):
        b = torch.tensor(beta, dtype=torch.float64, requires_grad=True)
        CrossEntropyLoss()(b * torch.tensor(scores), target).backward()
        assert b.grad.item() == pytest.approx(written(beta))
    assert written(1 / fit_temperature(scores, labels)) == pytest.approx(0, abs=1e-9)
