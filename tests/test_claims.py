"""Judging: what `claim` lets pass, and what makes a build fail."""

import math

import numpy as np
import pytest
import scipy.stats
from claims_helpers import ID, judged
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlbook.claims import ClaimError
from dlbook.stats import Interval, mean_interval

PATIENT = settings(deadline=None)  # other work may hold the machine up
NUMBERS = st.floats(-1e100, 1e100)
SAMPLES = st.lists(NUMBERS, min_size=1, max_size=12)

# --- one threshold, two sides

NEAR, FAR = Interval(0.2, 0.1, 0.3), Interval(0.8, 0.7, 0.9)
LOW, HIGH = [0.1, 0.2, 0.3, 0.2], [0.7, 0.8, 0.9, 0.8]


@pytest.mark.parametrize("over", ["every", "interval"])
@pytest.mark.parametrize(
    ("low", "high"), [(LOW, HIGH), (NEAR, FAR), (LOW, FAR), (NEAR, HIGH)], ids=str
)
def test_measured_on_the_stated_side_and_control_beyond(low, high, over):
    assert judged(low, high, below=0.5, over=over).side == "below"
    assert judged(high, low, above=0.5, over=over).side == "above"
    assert judged(low, high, within=0.5, over=over).side == "within"
    assert judged(low, negated(high), within=0.5, over=over).threshold == 0.5
    for side, measured, control in [
        ("below", high, low),
        ("above", low, high),
        ("within", high, low),
        ("within", negated(high), low),
    ]:
        with pytest.raises(ClaimError):
            judged(measured, control, over=over, **{side: 0.5})


def negated(values):
    if isinstance(values, Interval):
        return Interval(-values.mean, -values.high, -values.low, values.level)
    return [-v for v in values]


def test_the_error_names_the_claim_and_the_numbers():
    with pytest.raises(ClaimError) as caught:
        judged([0.1, 0.7, 0.6], [0.4, 0.9], below=0.5, quantity="unexplained share")
    message = str(caught.value)
    for part in [
        f"claim '{ID}', verdict 'true': the measured values do not support it",
        "quantity: unexplained share",
        "every value below 0.5; no control value is",
        "measured: 0.1 … 0.7 (3 values); 2 of 3 on the wrong side",
        "control:  0.4 … 0.9 (2 values); 1 of 2 on the wrong side",
        "Do not move the threshold",
    ]:
        assert part in message


def test_a_control_that_no_longer_discriminates():
    with pytest.raises(ClaimError, match=r"the control supports it too[^$]*1 of 3 on the wrong"):
        judged([0.1, 0.2], [0.9, 0.4, 0.8], below=0.5)
    with pytest.raises(ClaimError, match="the same values; a control is another experiment"):
        judged(LOW, np.array(LOW), below=0.5)
    with pytest.raises(ClaimError, match="the same values"):
        judged(NEAR, NEAR, below=0.5)


@pytest.mark.parametrize("side", ["below", "within"])
def test_a_control_that_is_only_noisy_settles_nothing(side):
    """A wide interval is not wholly on the stated side either, for a wrong reason."""
    noisy = Interval(0.5, 0.1, 0.9)
    with pytest.raises(ClaimError, match=r"inconclusive[^$]*control:  0\.5 \[0\.1, 0\.9\]"):
        judged(NEAR, noisy, **{side: 0.4})
    with pytest.raises(ClaimError, match="control supports it too"):
        judged([0.1, 0.2, 0.1], Interval(0.2, 0.1, 0.3), **{side: 0.4})
    with pytest.raises(ClaimError, match="inconclusive"):
        judged(LOW, Interval(0.0, -9.0, 9.0), **{side: 0.4})


def test_a_value_at_the_threshold_is_not_on_the_stated_side():
    for side, value in [("below", 1.0), ("above", 1.0), ("within", 1.0), ("within", -1.0)]:
        with pytest.raises(ClaimError):
            judged(value, 7.0 if side != "above" else -7.0, **{side: 1})
    assert judged([0.1, 0.2], 0, above=0).control == (0.0,)  # an effect that is exactly absent


@PATIENT
@given(
    st.lists(NUMBERS, min_size=2, max_size=8, unique=True),
    st.integers(1, 7),
    st.sampled_from(["below", "above"]),
)
def test_moving_the_threshold_past_any_value_flips_the_verdict(values, cut, side):
    below = side == "below"
    values, cut = sorted(values), min(cut, len(values) - 1)
    low, high = values[:cut], values[cut:]
    left, right = (low, high) if below else (high, low)

    def holds(bound):
        try:
            judged(left, right, **{side: bound})
        except ClaimError:
            return False
        return True

    assert holds(high[0] if below else low[-1])  # the nearest control may lie at the threshold
    assert holds(math.nextafter(low[-1], math.inf) if below else math.nextafter(high[0], -math.inf))
    for value in low:
        assert not holds(value if below else math.nextafter(value, -math.inf))
    for value in high:
        assert not holds(value if not below else math.nextafter(value, math.inf))


@PATIENT
@given(SAMPLES, SAMPLES, NUMBERS)
def test_below_is_above_mirrored(left, right, bound):
    def outcome(sign, side):
        try:
            card = judged(
                [sign * v for v in left], [sign * v for v in right], **{side: bound * sign}
            )
        except ClaimError:
            return None
        return card.margin, card.control_margin

    assert outcome(1, "below") == outcome(-1, "above")


@PATIENT
@given(SAMPLES, SAMPLES, st.floats(1e-9, 1e9))
def test_within_is_below_for_the_sizes(left, right, bound):
    def passes(measured, control, side):
        try:
            return bool(judged(measured, control, **{side: bound}))
        except ClaimError:
            return False

    sizes = list(map(abs, left)), list(map(abs, right))
    assert passes(left, right, "within") == passes(*sizes, "below")


# --- margins, beside formulas of NumPy and SciPy


@PATIENT
@given(
    st.lists(st.floats(-5, -0.01), min_size=2, max_size=9),
    st.lists(st.floats(0.01, 5), min_size=2, max_size=9),
)
def test_margins_are_distances_in_standard_deviations(left, right):
    assume(np.ptp(left) > 1e-3 and np.ptp(right) > 1e-3)
    card = judged(left, right, below=0)
    assert card.margin == pytest.approx(abs(np.mean(left)) / np.std(left, ddof=1))
    assert card.control_margin == pytest.approx(np.mean(right) / np.std(right, ddof=1))


@pytest.mark.parametrize("sign", [1, -1])
def test_margins_of_within_go_to_the_nearer_end(sign):
    left, right = sign * np.array([0.1, 0.3, -0.1]), sign * np.array([1.5, 1.9, 2.3])
    card = judged(left, right, within=1)
    assert card.margin == pytest.approx((1 - 0.1) / np.std(left, ddof=1))
    assert card.control_margin == pytest.approx((1.9 - 1) / np.std(right, ddof=1))


def test_a_control_on_both_sides_of_within_is_far_on_both():
    right = np.array([-5.0, 5.2, -4.9, 5.1])  # its mean is near 0, inside
    card = judged([0.1, 0.2], right, within=1)
    sizes = np.abs(right)
    assert card.control_margin == pytest.approx((sizes.mean() - 1) / np.std(sizes, ddof=1))


@pytest.mark.parametrize("num_values", [2, 3, 10, 50])
def test_an_interval_of_values_has_the_true_standard_error(num_values):
    left = np.linspace(0.1, 0.2, num_values)
    card = judged(left, left + 9, below=5, over="interval")
    error = scipy.stats.sem(left)
    assert card.margin == pytest.approx((5 - left.mean()) / error)
    assert card.control_margin == pytest.approx((left.mean() + 9 - 5) / error)
    assert card.measured_interval == pytest.approx(
        scipy.stats.t.interval(0.95, num_values - 1, left.mean(), error)
    )


def test_a_ready_made_interval_is_read_as_a_normal_one_towards_the_threshold():
    card = judged(Interval(0.2, 0.0, 0.5, 0.9), Interval(9, 8.5, 12, 0.99), below=1)
    z = scipy.stats.norm.ppf
    assert card.margin == pytest.approx((1 - 0.2) / (0.3 / z(0.95)))
    assert card.control_margin == pytest.approx((9 - 1) / (0.5 / z(0.995)))
    assert judged(Interval(1, 0.7, 1), FAR._replace(low=3, mean=3, high=3), below=2).margin > 0


@PATIENT
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9))
def test_the_margin_of_a_ready_made_t_interval_errs_downwards(values):
    assume(np.ptp(values) > 1e-3)
    bound = max(map(abs, values)) + 100
    far = Interval(1e3, 1e3 - 1, 1e3 + 1)
    ready = judged(mean_interval(values), far, below=bound).margin
    assert ready <= judged(values, far, below=bound, over="interval").margin * (1 + 1e-9)


def test_no_margin_where_nothing_varies():
    card = judged([0.1, 0.1, 0.1], 3.0, below=1)
    assert card.margin is card.control_margin is None
    assert (card.measured_text, card.control_text) == ("0.1 (3 equal values)", "3 (one value)")
    point = Interval(0.5, 0.5, 0.5)
    assert judged(point, [2, 3], below=1).margin is None
    assert judged([0.1] * 3, [20, 21], below=1, over="interval").margin is None


@PATIENT
@given(SAMPLES, st.floats(0.5, 2))
def test_any_numbers_give_a_finite_margin_or_none(values, factor):
    control = [max(values) + abs(max(values)) * factor + 1]
    card = judged(values, control, below=control[0])
    assert card.margin is None or 0 <= card.margin < math.inf
    assert (card.margin is None) >= (len(set(values)) == 1)


def test_the_largest_floats_do_no_harm():
    assert judged([1.6e308, 1.7e308], 1.79e308, below=1.75e308).margin == pytest.approx(2**0.5)
    assert judged([-1.7e308, 1.6e308], 1.7e308, below=1.65e308).margin is None
