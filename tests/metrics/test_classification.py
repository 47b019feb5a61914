import math

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.metrics import classification
from dlbook.metrics.classification import (
    accuracy,
    confusion_matrix,
    error_rate,
    precision,
    precision_recall_curve,
    recall,
)

LABELS = [
    st.integers(-1, 1),
    st.integers(0, 9),
    st.booleans(),
    st.sampled_from(["ham", "spam", "other, longer"]),
]
PAIRS = st.sampled_from(LABELS).flatmap(
    lambda label: st.lists(st.tuples(label, label), min_size=1, max_size=40)
)


@settings(deadline=None, max_examples=40)
@given(PAIRS)
def test_equal_to_scikit_learn_for_labels_of_any_type(pairs):
    y_true, y_pred = map(list, zip(*pairs, strict=True))
    assert accuracy(y_true, y_pred) == sklearn.metrics.accuracy_score(y_true, y_pred)
    assert error_rate(y_true, y_pred) == pytest.approx(
        sklearn.metrics.zero_one_loss(y_true, y_pred), abs=1e-15
    )
    ours = confusion_matrix(y_true, y_pred)
    assert ours.dtype == np.int64
    every = sorted(set(y_true) | set(y_pred))
    expected = [[len(pairs)]]  # scikit-learn warns where there is one label only
    if len(every) > 1:
        expected = sklearn.metrics.confusion_matrix(y_true, y_pred, labels=every)
    np.testing.assert_array_equal(ours, expected)
    for label in set(y_true) | set(y_pred):
        for ours, theirs in (
            (precision, sklearn.metrics.precision_score),
            (recall, sklearn.metrics.recall_score),
        ):
            expected = theirs(y_true, y_pred, labels=[label], average=None, zero_division=0)
            assert ours(y_true, y_pred, pos_label=label) == pytest.approx(expected[0], abs=1e-15)


@given(PAIRS)
def test_the_measures_follow_from_the_counts(pairs):
    """Second oracle: counting by hand."""
    y_true, y_pred = zip(*pairs, strict=True)
    positive = y_true[0]
    tp = sum(t == p == positive for t, p in pairs)
    fp = sum(t != positive and p == positive for t, p in pairs)
    fn = sum(t == positive and p != positive for t, p in pairs)
    assert precision(y_true, y_pred, pos_label=positive) == (tp / (tp + fp) if tp + fp else 0)
    assert recall(y_true, y_pred, pos_label=positive) == tp / (tp + fn)
    assert accuracy(y_true, y_pred) + error_rate(y_true, y_pred) == pytest.approx(1)


def test_rows_and_columns_come_in_the_order_of_labels():
    y_true, y_pred = ["c", "a", "b", "c"], ["c", "b", "b", "a"]
    for labels in (["c", "a", "b"], ["b", "d", "a", "c"]):
        np.testing.assert_array_equal(
            confusion_matrix(y_true, y_pred, labels=labels),
            sklearn.metrics.confusion_matrix(y_true, y_pred, labels=labels),
        )


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=1, max_size=50).filter(
        lambda pairs: any(label for label, _ in pairs)
    )
)
def test_curve_equals_scikit_learn_with_ties(pairs):
    y_true, y_score = zip(*pairs, strict=True)
    curve = precision_recall_curve(y_true, y_score)
    expected = sklearn.metrics.precision_recall_curve(y_true, y_score)
    for ours, theirs in zip(curve, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_each_point_of_the_curve_is_what_its_threshold_gives():
    """Second oracle: thresholding with the other functions of the module."""
    rng = np.random.default_rng(0)
    y_true = np.where(rng.random(60) < 0.4, "spam", "ham")
    score = rng.normal(size=60).round(1)
    curve = precision_recall_curve(y_true, score, pos_label="spam")
    for p, r, threshold in zip(*curve[:2], curve.thresholds, strict=False):
        y_pred = np.where(score >= threshold, "spam", "ham")
        assert p == precision(y_true, y_pred, pos_label="spam")
        assert r == recall(y_true, y_pred, pos_label="spam")
    assert (curve.precision[-1], curve.recall[-1]) == (1, 0)


def test_tensors_and_float_labels_are_labels_too():
    assert accuracy(torch.tensor([1, -1, 1]), torch.tensor([1.0, -1.0, -1.0])) == 2 / 3
    assert precision(torch.tensor([True, False]), np.array([1, 1])) == 0.5


@pytest.mark.parametrize("measure", [precision, recall])
def test_zero_where_the_share_has_no_meaning(measure):
    assert measure([0, 0], [0, 0]) == 0.0
    assert measure([-1, -1], [-1, -1]) == 0.0
    assert precision([1, 1], [0, 0]) == 0.0
    assert recall([0, 0], [1, 1]) == 0.0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: accuracy([1, 2], [1, 2, 3]), ValueError, r"shapes \(2,\) and \(3,\)"),
        (lambda: accuracy([[1], [2]], [1, 2]), ValueError, r"shapes \(2, 1\) and \(2,\)"),
        (lambda: accuracy(np.ones((2, 1)), np.ones((2, 1))), ValueError, "flat"),
        (lambda: accuracy([], []), ValueError, "no examples"),
        (lambda: accuracy(["1", "2"], [1, 2]), TypeError, "one type: y_true has <U1, y_pred int64"),
        (lambda: accuracy([0, 1], [0.2, 0.9]), ValueError, "y_pred holds 0.2, which is no label"),
        (lambda: accuracy([0, 1], [0, math.nan]), ValueError, "y_pred holds nan"),
        (lambda: confusion_matrix([0, 1], [0, 2], labels=[0, 1]), ValueError, r"\[2\] occur too"),
        (lambda: confusion_matrix([0, 1], [0, 1], labels=[0, 1, 1]), ValueError, "once"),
        (
            lambda: precision(["ham", "spam"], ["ham", "ham"], pos_label="eggs"),
            ValueError,
            r"'eggs' is none of the labels \['ham', 'spam'\]",
        ),
        (lambda: recall(["ham", "spam"], ["ham", "ham"]), ValueError, "pos_label=1 is none"),
        (lambda: precision_recall_curve([0, 1], [0.1]), ValueError, r"\(2,\) and \(1,\)"),
        (lambda: precision_recall_curve([], []), ValueError, "no examples"),
        (lambda: precision_recall_curve([0, 1], [0.1, math.inf]), ValueError, "1 of 2 scores"),
        (lambda: precision_recall_curve([0, 0], [1, 2]), ValueError, r"label 1.*has \[0\]"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_package_offers_what_the_module_has():
    import dlbook.metrics

    offered = set(dlbook.metrics.__all__) & set(classification.__all__)
    assert {"accuracy", "precision", "recall", "confusion_matrix"} <= offered
    for name in offered:
        assert getattr(dlbook.metrics, name) is getattr(classification, name)
