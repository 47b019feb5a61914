"""Judging: what `claim` lets pass, and what makes a build fail."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import dlbook.claims
from dlbook.claims import Card, ClaimError, claim
from dlbook.stats import Interval, corrected_resampled_interval, mean_interval

ID = "stack-collapses"  # any entry of the registry that has sources
PATIENT = settings(deadline=None)  # other work may hold the machine up
NUMBERS = st.floats(-1e100, 1e100)
SAMPLES = st.lists(NUMBERS, min_size=1, max_size=12)


def judged(measured=None, control=None, *, id=ID, **rule) -> Card:
    """Return the card that a claim shows, without showing it."""
    words = {"verdict": "true", "quantity": "a share", "evidence": "Some runs."}
    cards = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dlbook.claims, "show", cards.append)
        assert claim(id, measured=measured, control=control, **(words | rule)) is None
    (card,) = cards
    return card


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


# --- what values may be


@pytest.mark.parametrize(
    "values",
    [
        [0.25, 0.5],
        (0.25, 0.5),
        np.array([0.25, 0.5], dtype=np.float32),
        [np.float64(0.25), np.float32(0.5)],
        torch.tensor([0.25, 0.5], requires_grad=True),
        [torch.tensor(0.25, requires_grad=True), torch.tensor(0.5, dtype=torch.bfloat16)],
        [Fraction(1, 4), 0.5],
        (v for v in (0.25, 0.5)),
        map(float, ("0.25", "0.5")),
    ],
    ids=lambda v: type(v).__name__,
)
def test_lists_arrays_tensors_and_generators(values):
    assert judged(values, 2, below=1).measured == (0.25, 0.5)


@pytest.mark.parametrize("value", [1, 1.0, np.int64(1), np.array(1), torch.tensor(1), Fraction(1)])
def test_a_single_number(value):
    card = judged(value, 3, below=np.float32(2))
    assert card.measured == (1.0,) and type(card.measured[0]) is float
    assert card.rule == "the value below 2; the control's is not"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("over", ["every", "interval"])
def test_what_is_not_finite_is_no_evidence(bad, over):
    for values in ([0.1, bad, 0.2], torch.tensor([bad, 0.1]), Interval(bad, 0.1, 0.2)):
        with pytest.raises(
            ClaimError, match=rf"'{ID}'.* of `measured` are not finite: .*(nan|inf)"
        ):
            judged(values, [2, 3], below=1, over=over)
        with pytest.raises(ClaimError, match="of `control` are not finite"):
            judged([0.1, 0.2], values, below=-1, over=over)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([], ValueError, "is empty"),
        (np.array([]), ValueError, "is empty"),
        (None, ValueError, "is missing"),
        ([[0.1, 0.2], [0.3, 0.4]], ValueError, "list of lists"),
        ([np.array([0.1])], ValueError, "list of lists"),
        (np.ones((3, 2)), ValueError, r"shape \(3, 2\), expected one number for each seed"),
        (torch.ones(1, 1), ValueError, r"shape \(1, 1\)"),
        ("0.1", TypeError, "got '0.1' of type str"),
        (["0.1", 0.2], TypeError, "holds '0.1' of type str"),
        ([0.1, None], TypeError, "holds None"),
        ([0.1, 1j], TypeError, "holds 1j of type complex"),
        ({0.1: 0.2}, TypeError, "of type dict"),
        ({0.1, 0.2}, TypeError, "of type set"),
        (True, TypeError, "holds True"),
        ([True, False], TypeError, "kind='proof'"),
        (np.array([True]), TypeError, "kind='proof'"),
        (torch.tensor([True]), TypeError, "kind='proof'"),
        (Interval(0.2, 0.3, 0.1), ValueError, "ends in order"),
        (Interval(0.2, 0.1, 0.3, 0.5), ValueError, "level from 0.9"),
        (Interval(0.2, 0.1, 0.3, 95), ValueError, "level from 0.9"),
    ],
    ids=str,
)
def test_what_values_may_not_be(values, error, words):
    with pytest.raises(error, match=f"claim '{ID}': .*`measured`.*{words}|{words}.*`measured`"):
        judged(values, [2, 3], below=1)
    with pytest.raises(error, match="`control`"):
        judged([0.1, 0.2], values, below=1)


def test_an_interval_of_one_value_cannot_be():
    with pytest.raises(ValueError, match="at least 2 values, to see how they vary; `control` has"):
        judged([0.1, 0.2], [3], below=1, over="interval")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "exactly one of .* got none"),
        ({"below": 1, "above": 0}, "exactly one of .* got below and above"),
        ({"below": math.nan}, "`below` is a finite number, got nan"),
        ({"above": -math.inf}, "`above` is a finite number"),
        ({"within": 0}, "`within` is a finite number above 0"),
        ({"within": -1}, "`within` is a finite number above 0"),
        ({"below": "1"}, "`below` holds '1'"),
        ({"below": True}, "`below` holds True"),
        ({"below": 1, "over": "mean"}, "`over` is 'every' or 'interval', got 'mean'"),
    ],
    ids=str,
)
def test_a_rule_that_cannot_be(rule, words):
    with pytest.raises((ValueError, TypeError), match=f"claim '{ID}': .*{words}"):
        judged([0.1], [2], **rule)


@pytest.mark.parametrize(
    ("measured", "control", "over", "rule"),
    [
        ([0.1, 0.2], [2, 3], "every", "every value below 1; no control value is"),
        ([0.1, 0.2], 3, "every", "every value below 1; the control's is not"),
        (
            [0.1, 0.2],
            [98, 99],
            "interval",
            "the whole interval below 1; no part of the control's is",
        ),
        ([0.1, 0.2], FAR._replace(low=2, high=3), "every", "every value below 1; no part of the c"),
    ],
)
def test_the_rule_says_what_was_judged(measured, control, over, rule):
    assert judged(measured, control, below=1, over=over).rule.startswith(rule)


@PATIENT
@given(st.floats(0.001, 1000), st.integers(1, 50), st.sampled_from(["below", "above", "within"]))
def test_shown_numbers_lie_where_the_numbers_lie(bound, steps, side):
    bound = float(f"{bound:.3g}")
    under, beyond = bound * (1 - steps * 1e-7), bound * (1 + steps * 1e-7)
    measured, control = (beyond, under) if side == "above" else (under, beyond)
    card = judged(measured, control, **{side: bound})
    shown, other = (float(text.split()[0]) for text in (card.measured_text, card.control_text))
    assert (shown > bound) == (measured > bound) and (other > bound) == (control > bound)


def test_numbers_are_shown_as_a_reader_writes_them():
    card = judged([1899, 20000.4], [0.25, 3e-15], above=1000)
    assert card.measured_text == "1899 … 20000 (2 values)"
    assert card.control_text == "3e-15 … 0.25 (2 values)"
    card = judged(
        Interval(0.93, 0.9101, 0.9499),
        corrected_resampled_interval([0.1, 0.2, 0.1], 8, 2, 0.9),
        above=0.9,
    )
    assert card.measured_text == "0.930 [0.910, 0.950] (95 % interval)"
    assert card.control_text.endswith("(90 % interval)")
    card = judged(Interval(0.93, 0.9001, 0.9599), 0, above=0.9)
    assert card.measured_text == "0.93 [0.9001, 0.96] (95 % interval)"  # 0.90 would tell nothing


# --- proofs, sources, words


@pytest.mark.parametrize(
    "flags", [True, [True, True], np.array([True]), [np.True_], torch.tensor([True, True])], ids=str
)
def test_a_proof(flags):
    card = judged(flags, [False], kind="proof")
    assert set(card.measured) == {1.0} and card.control == (0.0,)
    assert card.margin is card.threshold is card.side is None
    assert card.control_text == "0 of 1 checks hold"


@pytest.mark.parametrize(("measured", "control"), [([True, False], [False]), (True, [True, False])])
def test_a_proof_that_does_not_hold(measured, control):
    with pytest.raises(ClaimError, match=rf"'{ID}'[^$]*of \d checks hold; expected none"):
        judged(measured, control, kind="proof")


@pytest.mark.parametrize(
    ("measured", "control", "rule"),
    [
        (1, False, {}),
        ([1.0], [False], {}),
        (["yes"], [False], {}),
        ([], [False], {}),
        ([[True]], [False], {}),
        (True, None, {}),
        (True, False, {"below": 1}),
        (True, False, {"over": "interval"}),
        (True, False, {"quantity": ""}),
    ],
    ids=str,
)
def test_a_proof_that_is_not_complete(measured, control, rule):
    with pytest.raises((TypeError, ValueError), match=f"claim '{ID}': "):
        judged(measured, control, kind="proof", **rule)


def test_a_source():
    card = judged(id="xor-winter", kind="source", quantity="")
    assert card.claim.sources and card.measured == card.control == ()
    for extra in ({"measured": [1]}, {"above": 0}, {"quantity": "a"}, {"over": "interval"}):
        with pytest.raises(ValueError, match=rf"no use for {next(iter(extra))}="):
            judged(id="xor-winter", kind="source", **{"quantity": "", **extra})


def test_a_source_without_sources(monkeypatch):
    entry = dlbook.claims.Claim("bare", "It is so.", ("a/b",))
    monkeypatch.setattr(dlbook.claims, "registry", lambda: {"bare": entry})
    with pytest.raises(ValueError, match="'bare': kind='source' needs `sources` in the registry"):
        judged(id="bare", kind="source", quantity="")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"verdict": "True"}, "`verdict` is one of"),
        ({"kind": "guess"}, "`kind` is one of"),
        ({"conditions": "sometimes"}, "only with it"),
        ({"verdict": "true with conditions"}, "only with it"),
        ({"verdict": "true with conditions", "conditions": "  "}, "only with it"),
        ({"evidence": " "}, "`evidence` is empty"),
        ({"quantity": ""}, "`quantity` is empty"),
        ({"evidence": 0.5}, "`evidence` is a text"),
        ({"evidence": "loss nan at the end"}, "`evidence` holds 'nan'"),
        ({"evidence": f"loss {torch.ones(2)}"}, "holds 'tensor"),
        ({"quantity": f"{[np.float64(1)]}"}, "holds 'np.float64"),
    ],
    ids=str,
)
def test_words_that_are_not_complete(words, message):
    with pytest.raises((TypeError, ValueError), match=f"claim '{ID}': .*{message}"):
        judged(0.1, 2, below=1, **words)


def test_conditions():
    card = judged(0.1, 2, below=1, verdict="true with conditions", conditions="if it rains")
    assert card.conditions == "if it rains"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("stack-colapses", "stack-collapses"),
        ("Perceptron_XOR", "perceptron-xor"),
        ("STACK_COLLAPSES", "stack-collapses"),
        ("qqqq", None),
    ],
)
def test_an_unknown_claim_names_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"no claim '{name}'.*" + (near or r"yml$")):
        judged(0.1, 2, id=name, below=1)
    with pytest.raises(TypeError, match="a claim's id is a text"):
        judged(0.1, 2, id=None, below=1)


def test_the_base_seed_is_kept(monkeypatch):
    monkeypatch.setenv("DLBOOK_SEED", "7")
    assert judged(0.1, 2, below=1).seed == 7


def test_the_import_is_light():
    code = "import sys, dlbook.claims; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"IPython", "yaml", "scipy", "matplotlib", "sklearn"} & set(run.stdout.split())
