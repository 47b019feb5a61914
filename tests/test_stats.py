import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.stats import (
    Interval,
    bootstrap_interval,
    corrected_resampled_interval,
    equivalent,
    mean_interval,
    paired_interval,
    proportion_interval,
    repeat,
)


def assert_covers(hits, share, error=1e-6):
    """The number of hits is one that an exact binomial with this share gives, but for `error`."""
    low, high = scipy.stats.binom.ppf([error / 2, 1 - error / 2], len(hits), share)
    assert low <= np.sum(hits) <= high, (np.mean(hits), share)


def covers(interval, truth):
    return interval.low <= truth <= interval.high


# --- how an interval prints


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(0.9304, 0.9101, 0.9507), "0.93 [0.91, 0.95]"),
        (Interval(0.9304, 0.9294, 0.9314), "0.9304 [0.9294, 0.9314]"),
        (Interval(0.93, 0.915, 0.945), "0.930 [0.915, 0.945]"),  # a half-width of 0.015
        (Interval(1.0, 1.0, 1.0), "1 [1, 1]"),
        (Interval(0.5, 0.5, 0.5), "0.5 [0.5, 0.5]"),
        (Interval(0.0, 0.0, 0.0), "0 [0, 0]"),
        (Interval(-0.0001, -0.03, 0.03), "-0.00 [-0.03, 0.03]"),
        (Interval(12345.6, 11000.0, 13000.0), "12346 [11000, 13000]"),
        (Interval(3.2e-15, 2.9e-15, 3.5e-15), "3.2e-15 [2.9e-15, 3.5e-15]"),
        (Interval(0.5, 0.4999997, 0.5000003), "5.000000e-01 [4.999997e-01, 5.000003e-01]"),
    ],
)
def test_prints_as_many_digits_as_it_is_worth(interval, text):
    assert str(interval) == f"{interval}" == text


def test_a_format_applies_to_all_three_numbers():
    assert f"{Interval(0.9304, 0.9101, 0.9507):.1%}" == "93.0% [91.0%, 95.1%]"
    with pytest.raises(ValueError):
        f"{Interval(0.9, 0.8, 1.0):nonsense}"


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_what_prints_lies_near_the_ends(mean, half):
    interval = Interval(mean, mean - half, mean + half)
    text = str(interval).replace("[", "").replace("]", "").replace(",", "")
    shown = [float(part) for part in text.split()]
    tolerance = 0.26 * half + 1e-5 * max(abs(mean), half)  # a point keeps 6 digits
    assert np.allclose(shown, [interval.mean, interval.low, interval.high], rtol=0, atol=tolerance)


# --- the mean


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("size", [2, 3, 10, 1000])
def test_mean_interval_equals_scipy(size, level):
    values = np.random.default_rng(size).normal(3, 2, size)
    interval = mean_interval(values, level)
    expected = scipy.stats.ttest_1samp(values, 0).confidence_interval(level)
    assert interval.mean == pytest.approx(values.mean(), rel=1e-12)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-10)
    assert interval.level == level


def test_mean_interval_of_two_values_in_closed_form():
    # with one degree of freedom t is Cauchy: t = tan(π level / 2), and s/√2 = |a − b| / 2
    interval = mean_interval([1.0, 4.0], 0.8)
    half = math.tan(math.pi * 0.8 / 2) * 3 / 2
    assert (interval.low, interval.high) == pytest.approx((2.5 - half, 2.5 + half), rel=1e-9)


def test_mean_interval_covers_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(1.0, 2.0, size=(2000, 4))
    assert_covers([covers(mean_interval(sample, 0.9), 1.0) for sample in samples], 0.9)


def test_values_may_be_tensors_lists_and_integers():
    expected = mean_interval(np.array([1.0, 2.0, 4.0]))
    assert mean_interval([1, 2, 4]) == expected
    assert mean_interval(torch.tensor([1.0, 2.0, 4.0])) == expected


def test_equal_values_give_an_interval_without_width():
    assert mean_interval([0.5, 0.5, 0.5])[:3] == (0.5, 0.5, 0.5)


# --- a share


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 30), (7, 10), (30, 30), (1797, 100_000)]
)
def test_proportion_interval_equals_scipy(successes, trials, level):
    interval = proportion_interval(successes, trials, level)
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    assert interval.mean == successes / trials
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-15)


@given(st.integers(1, 10_000), st.data())
def test_wilson_ends_solve_the_score_equation(trials, data):
    successes = data.draw(st.integers(0, trials))
    share, low, high, _ = proportion_interval(successes, trials)
    assert 0 <= low <= share <= high <= 1 and low < high
    z = scipy.stats.norm.ppf(0.975)
    for end in {low, high} - {0.0, 1.0}:
        # squared on both sides: no root of a difference that cancels
        score = (share - end) ** 2 - z**2 * end * (1 - end) / trials
        assert abs(score) < 1e-12


def test_proportion_interval_covers_about_as_often_as_it_says():
    # exact coverage: the sum of binomial probabilities, no simulation
    for truth in (0.1, 0.3, 0.5, 0.9):
        hits = [covers(proportion_interval(k, 100), truth) for k in range(101)]
        coverage = scipy.stats.binom.pmf(range(101), 100, truth) @ np.array(hits)
        assert 0.93 < coverage < 0.97


# --- the bootstrap


def test_bootstrap_equals_scipy():
    values = np.random.default_rng(3).exponential(size=25)
    interval = bootstrap_interval(values, np.median, level=0.9, num_resamples=500, seed=7)
    expected = scipy.stats.bootstrap(
        (values,),
        np.median,
        confidence_level=0.9,
        n_resamples=500,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(7),
    ).confidence_interval
    assert interval.mean == np.median(values)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-12)


def test_bootstrap_draws_whole_rows():
    x = np.random.default_rng(0).normal(size=200)
    rows = np.column_stack([x, 3 * x])  # drawn apart, the columns would lose their correlation
    interval = bootstrap_interval(rows, lambda r: np.corrcoef(r.T)[0, 1], num_resamples=100)
    assert interval[:3] == pytest.approx((1, 1, 1), abs=1e-9)


def test_bootstrap_moves_with_its_seed_only():
    values = np.random.default_rng(1).normal(size=20)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


def test_bootstrap_of_ten_values_covers_nine_times_in_ten():
    """The note in the docstring: too narrow, but not wildly."""
    samples = np.random.default_rng(5).normal(size=(400, 10))
    hits = [
        covers(bootstrap_interval(s, num_resamples=400, seed=i), 0) for i, s in enumerate(samples)
    ]
    assert 0.86 < np.mean(hits) < 0.94


# --- pairs, and splits that share examples


def test_paired_interval_equals_scipy():
    rng = np.random.default_rng(2)
    a = rng.normal(size=12)
    b = a + rng.normal(0.1, 0.05, size=12)
    interval = paired_interval(a, b)
    expected = scipy.stats.ttest_rel(a, b).confidence_interval()
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), rel=1e-10)
    assert interval.high < 0 < mean_interval(a).high  # pairing sees what the mean alone does not


def test_corrected_interval_in_closed_form():
    d = np.array([0.01, 0.02, 0.0, 0.03, 0.02])
    interval = corrected_resampled_interval(d, 90, 10, 0.95)
    half = scipy.stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 10 / 90) * d.var(ddof=1))
    assert (interval.low, interval.high) == pytest.approx((d.mean() - half, d.mean() + half))


def test_corrected_interval_covers_where_the_uncorrected_one_does_not():
    # Nadeau and Bengio's assumption: any two splits correlate by num_test / (num_test + num_train).
    # Under it the corrected interval is exact: Var(mean) = σ² (ρ + (1 − ρ)/J), E s² = σ² (1 − ρ).
    num_train, num_test, num_splits = 80, 20, 15
    rho = num_test / (num_test + num_train)
    rng = np.random.default_rng(11)
    shared = rng.normal(size=(2000, 1)) * np.sqrt(rho)
    own = rng.normal(size=(2000, num_splits)) * np.sqrt(1 - rho)
    corrected = [
        covers(corrected_resampled_interval(row, num_train, num_test, 0.9), 0)
        for row in shared + own
    ]
    naive = [covers(mean_interval(row, 0.9), 0) for row in shared + own]
    assert_covers(corrected, 0.9)
    assert np.mean(naive) < 0.75


# --- equivalence


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.009, 0.009, True),
        (-0.011, 0.002, False),
        (-0.002, 0.011, False),
        (-0.01, 0.0, False),  # touching the margin is not inside
        (0.0, 0.01, False),
        (0.02, 0.03, False),
        (0.001, 0.002, True),  # a real difference, too small to matter
    ],
)
def test_equivalent(low, high, expected):
    assert equivalent(Interval((low + high) / 2, low, high), 0.01) is expected


def test_equivalence_at_90_percent_is_the_two_one_sided_tests():
    rng = np.random.default_rng(8)
    for _ in range(200):
        d = rng.normal(0.0, 0.02, size=8)
        p = max(
            scipy.stats.ttest_1samp(d, -0.01, alternative="greater").pvalue,
            scipy.stats.ttest_1samp(d, 0.01, alternative="less").pvalue,
        )
        assert equivalent(mean_interval(d, 0.90), 0.01) == (p < 0.05)


# --- repeat


def test_repeat_keeps_the_order_and_the_shape():
    assert repeat(lambda seed: seed * 0.5, [3, 1, 2]).tolist() == [1.5, 0.5, 1.0]
    results = repeat(lambda seed: (seed, torch.ones(2).sum()), range(4), progress=True)
    assert results.shape == (4, 2) and results.dtype == np.float64


def test_repeat_is_quiet_where_there_is_no_terminal(capfd):
    repeat(float, range(3), progress=True)
    assert capfd.readouterr() == ("", "")


def test_repeat_lets_the_error_of_an_experiment_through():
    with pytest.raises(ZeroDivisionError):
        repeat(lambda seed: 1 / seed, [1, 0])


# --- errors teach


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mean_interval([]), ValueError, "at least 2 values.*has 0"),
        (lambda: mean_interval([1.0]), ValueError, "at least 2 values.*has 1"),
        (lambda: mean_interval(3.0), ValueError, r"flat list.*shape \(\)"),
        (lambda: mean_interval(np.ones((3, 2))), ValueError, r"flat list.*shape \(3, 2\)"),
        (lambda: mean_interval([1, math.nan, 2, math.inf]), ValueError, r"2 of 4 .*at 1, 3\)"),
        (lambda: mean_interval([math.nan] * 9), ValueError, "at 0, 1, 2, 3, 4, …"),
        (lambda: mean_interval([1, 2], 95), ValueError, "share.*got 95; did you mean 0.95"),
        (lambda: mean_interval([1, 2], 0), ValueError, "share between 0 and 1"),
        (lambda: mean_interval([1, 2], 1), ValueError, "share between 0 and 1"),
        (lambda: mean_interval([1, 2], math.nan), ValueError, "share between 0 and 1"),
        (lambda: paired_interval([1, 2, 3], [1, 2]), ValueError, "a has 3 values, b has 2"),
        (lambda: paired_interval([1, 2], [1, math.nan]), ValueError, "b must be finite"),
        (lambda: proportion_interval(3, 2), ValueError, "3 successes in 2 trials"),
        (lambda: proportion_interval(-1, 2), ValueError, "successes must be at least 0, got -1"),
        (lambda: proportion_interval(0, 0), ValueError, "trials must be at least 1, got 0"),
        (lambda: proportion_interval(0.7, 10), TypeError, "whole number, got 0.7"),
        (lambda: proportion_interval(True, 10), TypeError, "whole number, got True"),
        (lambda: proportion_interval(1, 2, 1.5), ValueError, "share between 0 and 1"),
        (lambda: bootstrap_interval([1.0]), ValueError, "at least 2"),
        (lambda: bootstrap_interval([1, 2], level=2), ValueError, "share between 0 and 1"),
        (lambda: bootstrap_interval([1, 2], num_resamples=9), ValueError, "at least 100, got 9"),
        (lambda: bootstrap_interval(np.ones((2, 2, 2))), ValueError, r"\(2, 2, 2\)"),
        (
            lambda: bootstrap_interval([1, 2], lambda v: math.inf if v.var() == 0 else 1.0),
            ValueError,
            "not finite on [0-9]+ of 2000 resamples",
        ),
        (lambda: corrected_resampled_interval([1, 2], 0, 1), ValueError, "num_train.*got 0"),
        (lambda: corrected_resampled_interval([1, 2], 0.8, 0.2), TypeError, "whole number"),
        (lambda: equivalent(Interval(0, 0, 0), 0), ValueError, "above 0, got 0"),
        (lambda: equivalent(Interval(0, 0, 0), math.nan), ValueError, "above 0, got nan"),
        (lambda: repeat(float, 10), TypeError, r"seeds\(10\); got 10"),
        (lambda: repeat(float, []), ValueError, "at least one seed"),
        (lambda: repeat(float, [1, 2, 1]), ValueError, "each seed counts once"),
        (
            lambda: repeat(lambda seed: [0.0] * seed, [2, 3]),
            ValueError,
            r"\(2,\) for seed 2, \(3,\) for seed 3",
        ),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_import_is_cheap():
    code = "import sys, dlbook.stats; print({'scipy', 'torch', 'tqdm'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
