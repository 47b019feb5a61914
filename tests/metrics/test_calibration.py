import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn.calibration
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.metrics.calibration import (
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)

ANSWERS = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])), st.booleans()
    ),
    min_size=1,
    max_size=40,
)


def of_classes(n: int, num_classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return random logits, and labels drawn from their softmax."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, num_classes))
    p = scipy.special.softmax(logits, axis=1)
    return logits, (p.cumsum(1) < rng.random((n, 1))).sum(1).clip(max=num_classes - 1)


def test_a_table_by_hand() -> None:
    """Ten answers at 0.9, nine right; ten at 0.6, three right; one at exactly 0.5, right."""
    confidences = [0.9] * 10 + [0.6] * 10 + [0.5]
    correct = [1] * 9 + [0] + [1] * 3 + [0] * 7 + [1]
    bins = reliability(confidences, correct, num_bins=10)
    assert bins.counts.tolist() == [0, 0, 0, 0, 1, 10, 0, 0, 10, 0]
    assert bins.edges.tolist() == pytest.approx([k / 10 for k in range(11)])
    assert bins.accuracy[[4, 5, 8]].tolist() == pytest.approx([1, 0.3, 0.9])
    assert bins.confidence[[4, 5, 8]].tolist() == pytest.approx([0.5, 0.6, 0.9])
    assert np.isnan(bins.accuracy[[0, 6, 9]]).all()
    assert np.isnan(bins.confidence[[0, 6, 9]]).all()
    ece = expected_calibration_error(confidences, correct, num_bins=10)
    assert ece == pytest.approx((10 * 0.0 + 10 * 0.3 + 1 * 0.5) / 21)


@settings(deadline=None, max_examples=60)
@given(ANSWERS, st.integers(1, 20), st.sampled_from(["uniform", "quantile"]))
def test_bins_are_scikit_learns(answers, num_bins, strategy) -> None:
    confidences, correct = map(np.array, zip(*answers, strict=True))
    bins = reliability(confidences, correct, num_bins=num_bins, strategy=strategy)
    filled = bins.counts > 0
    accuracy, confidence = sklearn.calibration.calibration_curve(
        correct, confidences, n_bins=num_bins, strategy=strategy, pos_label=True
    )
    np.testing.assert_allclose(bins.accuracy[filled], accuracy, rtol=1e-13)
    np.testing.assert_allclose(bins.confidence[filled], confidence, rtol=1e-13)
    assert bins.counts.dtype == np.int64
    assert bins.counts.sum() == len(answers)
    ece = expected_calibration_error(confidences, correct, num_bins=num_bins, strategy=strategy)
    assert ece == pytest.approx(
        np.sum(bins.counts[filled] * np.abs(accuracy - confidence)) / len(answers), abs=1e-14
    )
    assert 0 <= ece <= 1


@given(ANSWERS)
def test_one_bin_compares_the_means(answers) -> None:
    confidences, correct = zip(*answers, strict=True)
    ece = expected_calibration_error(confidences, correct, num_bins=1)
    assert ece == pytest.approx(abs(np.mean(confidences) - np.mean(correct)), abs=1e-14)


def test_classes_are_answered_by_the_most_likely_one() -> None:
    logits, labels = of_classes(300, 5)
    p = scipy.special.softmax(logits, axis=1)
    expected = expected_calibration_error(p.max(1), p.argmax(1) == labels)
    assert expected_calibration_error(p, labels) == expected
    assert expected > 0


def test_the_ece_of_perfect_confidences_is_the_noise_that_the_notes_state() -> None:
    rng = np.random.default_rng(0)
    for n, num_bins in ((500, 5), (2000, 5), (2000, 20)):
        p = rng.random(n)
        counts, inside = reliability(p, p > 0, num_bins=num_bins)[2], []
        centres = (np.arange(num_bins) + 0.5) / num_bins
        noise = np.sqrt(2 * centres * (1 - centres) / (np.pi * counts))
        for _ in range(200):
            inside.append(expected_calibration_error(p, rng.random(n) < p, num_bins=num_bins))
        assert np.mean(inside) == pytest.approx(np.average(noise, weights=counts), rel=0.06)


def test_gaps_of_both_signs_in_a_bin_cancel() -> None:
    confidences, correct = [0.6] * 10 + [0.8] * 10, [1] * 8 + [0] * 2 + [1] * 6 + [0] * 4
    assert expected_calibration_error(confidences, correct, num_bins=2) == pytest.approx(0)
    assert expected_calibration_error(confidences, correct, num_bins=5) == pytest.approx(0.2)


def test_bins_of_quantiles_hold_about_as_many_and_split_no_ties() -> None:
    confidences = np.random.default_rng(0).beta(8, 1, size=1000)
    bins = reliability(confidences, confidences > 0.5, num_bins=10, strategy="quantile")
    assert bins.counts.tolist() == [100] * 10
    tied = reliability([0.7] * 9 + [0.9], [1] * 10, num_bins=5, strategy="quantile")
    assert sorted(tied.counts.tolist()) == [0, 0, 0, 1, 9]


def test_brier_score_is_scikit_learns_and_its_bounds_are_met() -> None:
    logits, labels = of_classes(50, 4)
    p = scipy.special.softmax(logits, axis=1)
    expected = sklearn.metrics.brier_score_loss(labels, p)
    assert brier_score(p, labels) == pytest.approx(expected, rel=1e-13)
    binary = (labels == 0).astype(int)
    expected = sklearn.metrics.brier_score_loss(binary, p[:, 0])
    assert brier_score(p[:, 0], binary) == pytest.approx(expected, rel=1e-13)
    both = np.stack([1 - p[:, 0], p[:, 0]], 1)
    assert brier_score(both, binary) == pytest.approx(2 * expected, rel=1e-13)
    assert brier_score([[0, 1, 0]], [0]) == 2
    assert brier_score([0.0, 1.0], [1, 0]) == 1
    assert brier_score(np.eye(3), [0, 1, 2]) == brier_score([1.0, 0.0], [True, False]) == 0
    assert brier_score(np.full((2, 5), 0.2), [0, 4]) == pytest.approx(1 - 1 / 5)


def test_likelihood_is_scikit_learns_log_loss_and_torchs_cross_entropy() -> None:
    logits, labels = of_classes(50, 4)
    p = scipy.special.softmax(logits, axis=1)
    found = negative_log_likelihood(p, labels)
    assert found == pytest.approx(sklearn.metrics.log_loss(labels, p), rel=1e-13)
    torchs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(labels))
    assert found == pytest.approx(torchs.item(), rel=1e-12)
    binary = labels == 0
    expected = sklearn.metrics.log_loss(binary, p[:, 0])
    assert negative_log_likelihood(p[:, 0], binary) == pytest.approx(expected, rel=1e-13)
    assert negative_log_likelihood([1.0, 0.0], [1, 0]) == 0
    assert negative_log_likelihood([1.0, 0.5], [0, 1]) == math.inf


@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0, 1000.0])
def test_the_temperature_minimizes_the_likelihood(scale: float) -> None:
    logits, labels = of_classes(400, 4)
    logits *= scale
    found = fit_temperature(logits, labels)

    def loss(log_t: float) -> float:
        log_p = scipy.special.log_softmax(logits / math.exp(log_t), axis=1)
        return -log_p[np.arange(400), labels].mean()

    best = scipy.optimize.minimize_scalar(loss, bracket=(math.log(scale), math.log(scale) + 1))
    assert found == pytest.approx(math.exp(best.x), rel=1e-6)
    assert loss(math.log(found)) <= best.fun + 1e-14
    assert found == pytest.approx(scale, rel=0.2)  # the labels were drawn at temperature 1


@settings(deadline=None, max_examples=40)
@given(st.floats(0.01, 100), st.integers(0, 50), st.floats(-1e3, 1e3))
def test_the_temperature_scales_with_the_logits_and_ignores_what_is_added(
    scale, seed, shift
) -> None:
    logits, labels = of_classes(60, 3, seed)
    expected = fit_temperature(logits, labels)
    assert fit_temperature(scale * logits, labels) == pytest.approx(scale * expected, rel=1e-9)
    assert fit_temperature(logits + shift, labels) == pytest.approx(expected, rel=1e-9)


def test_the_temperature_of_statements_is_that_of_two_classes() -> None:
    logits, labels = of_classes(200, 2, seed=3)
    one = fit_temperature(logits[:, 1] - logits[:, 0], labels)
    assert one == pytest.approx(fit_temperature(logits, labels), rel=1e-9)
    # in closed form: 8 of 10 right at logit 3 is calibrated at 3 / log 4
    assert fit_temperature([3.0] * 10, [1] * 8 + [0] * 2) == pytest.approx(3 / math.log(4))


def test_tempered_confidences_are_better_calibrated_and_name_the_same_classes() -> None:
    logits, labels = of_classes(4000, 5, seed=1)
    over = 4 * logits
    temperature = fit_temperature(over[:2000], labels[:2000])
    before, after = (scipy.special.softmax(over[2000:] / t, axis=1) for t in (1.0, temperature))
    assert (before.argmax(1) == after.argmax(1)).all()
    held_out = labels[2000:]
    assert (
        expected_calibration_error(after, held_out)
        < expected_calibration_error(before, held_out) / 4
    )
    assert brier_score(after, held_out) < brier_score(before, held_out)
    assert negative_log_likelihood(after, held_out) < negative_log_likelihood(before, held_out)


def test_no_temperature_is_best() -> None:
    with pytest.raises(
        ValueError, match=r"all 2 examples are right, .* until the temperature is 0"
    ):
        fit_temperature([[2.0, 1.0], [0.0, 3.0]], [0, 1])
    for logits, labels in (([[2.0, 1.0]] * 3, [1, 1, 0]), ([[1.0, 1.0]], [0])):
        with pytest.raises(ValueError, match=r"the flattest answer .* in the same order\?"):
            fit_temperature(logits, labels)


def test_tensors_and_single_precision_are_taken() -> None:
    logits, labels = of_classes(100, 3)
    single = torch.tensor(logits, dtype=torch.float32)
    p = single.softmax(1)
    assert 0 < expected_calibration_error(p, torch.tensor(labels)) < 1
    assert fit_temperature(single, torch.tensor(labels)) == pytest.approx(
        fit_temperature(logits, labels), rel=1e-5
    )


@pytest.mark.parametrize(
    "measure", [expected_calibration_error, brier_score, negative_log_likelihood, reliability]
)
def test_bad_input(measure) -> None:
    for p, shown in (([0.5, 1.5], "1.5"), ([-0.25, 0.5], "-0.25"), ([math.nan, 1], "nan")):
        with pytest.raises(ValueError, match=rf"must lie in \[0, 1\], got {shown}; .*softmax"):
            measure(p, [0, 1])
    with pytest.raises(ValueError, match="there are no examples"):
        measure([], [])
    with pytest.raises(ValueError, match=r"one entry for each of the 2 examples, got shape \(3,\)"):
        measure([0.5, 0.5], [0, 1, 1])
    with pytest.raises(ValueError, match="must be 0 to 1, got 2: with 2 classes"):
        measure([0.5, 0.5], [0, 2])
    for labels in ([0.5, 1.0], ["ham", "spam"], [math.nan, 1.0]):
        with pytest.raises(TypeError, match="must be whole numbers"):
            measure([0.5, 0.5], labels)
    with pytest.raises(ValueError, match=r"must have shape \(n,\)"):
        measure(np.zeros((2, 2, 2)), [0, 1])
    if measure is reliability:
        with pytest.raises(ValueError, match=r"confidences must have shape \(n,\), got \(2, 2\)"):
            measure(np.eye(2), [0, 1])
    else:
        with pytest.raises(ValueError, match=r"row 1 adds up to 0\.75"):
            measure([[0.5, 0.5], [0.5, 0.25]], [0, 1])
        with pytest.raises(ValueError, match="must be 0 to 2, got -1: with 3 classes"):
            measure(np.eye(3), [0, 1, -1])


@pytest.mark.parametrize("measure", [expected_calibration_error, reliability])
def test_bad_settings(measure) -> None:
    with pytest.raises(ValueError, match="num_bins must be at least 1, got 0"):
        measure([0.5], [1], num_bins=0)
    for num_bins in (2.5, "10", True):
        with pytest.raises(TypeError, match="num_bins must be a whole number"):
            measure([0.5], [1], num_bins=num_bins)
    with pytest.raises(ValueError, match="'uniform' or 'quantile', got 'equal'"):
        measure([0.5], [1], strategy="equal")


def test_bad_logits() -> None:
    with pytest.raises(ValueError, match=r"1 of 4 logits are not finite"):
        fit_temperature([[1.0, math.inf], [0, 1]], [0, 1])
    for shape in ((), (0, 3), (2, 2, 2)):
        with pytest.raises(ValueError, match="logits must have shape"):
            fit_temperature(np.zeros(shape), [0, 1])
    with pytest.raises(ValueError, match="must be 0 to 1, got 2"):
        fit_temperature(np.zeros((3, 2)), [0, 1, 2])


def test_scipy_is_loaded_only_when_needed() -> None:
    code = "import sys, dlbook.metrics.calibration; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_package_offers_what_the_modules_have():
    import dlbook.metrics
    from dlbook.metrics import calibration, classification

    assert set(calibration.__all__) <= set(dlbook.metrics.__all__)
    assert set(dlbook.metrics.__all__) <= {*calibration.__all__, *classification.__all__}
    for name in calibration.__all__:
        assert getattr(dlbook.metrics, name) is getattr(calibration, name)
