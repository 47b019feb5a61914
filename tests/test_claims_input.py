"""Cards: which values, rules and words `claim` takes, and what it says of the others."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
from claims_helpers import ID, judged
from hypothesis import given, settings
from hypothesis import strategies as st

import dlbook.claims
from dlbook.claims import ClaimError
from dlbook.stats import Interval, corrected_resampled_interval

PATIENT = settings(deadline=None)  # other work may hold the machine up

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
        ([0.1, 0.2], Interval(2.5, 2, 3), "every", "every value below 1; no part of the c"),
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
