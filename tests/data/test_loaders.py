from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from dlbook.data.bundled import breast_cancer, diabetes
from dlbook.data.loaders import batches, split, standardize


def numbered(num_rows, num_classes=2):
    """Rows that know their number, so that a test can see where each went."""
    return np.arange(num_rows)[:, None] * [1.0, 10.0], np.arange(num_rows) % num_classes


@given(
    counts=st.lists(st.integers(2, 40), min_size=1, max_size=4),
    test_size=st.floats(0.01, 0.99),
    seed=st.integers(0, 10_000),
    stratify=st.booleans(),
)
def test_split_uses_each_row_once(counts, test_size, seed, stratify):
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(len(y))[:, None]
    x_train, x_test, y_train, y_test = split(
        x, y, test_size=test_size, seed=seed, stratify=stratify
    )
    assert sorted([*x_train.ravel(), *x_test.ravel()]) == list(range(len(y)))
    assert (y[x_train.ravel()] == y_train).all() and (y[x_test.ravel()] == y_test).all()
    if stratify:
        for label, count in enumerate(counts):
            num_test = int((y_test == label).sum())
            assert 1 <= num_test <= count - 1
            assert abs(num_test - test_size * count) < 1


def test_split_is_seeded_and_shuffled():
    x, y = numbered(100)
    first = split(x, y, seed=1)
    assert all((a == b).all() for a, b in zip(first, split(x, y, seed=1), strict=True))
    assert not (first[1] == split(x, y, seed=2)[1]).all()
    assert all((np.diff(labels) < 0).any() for labels in first[2:])  # not class after class
    assert (np.diff(first[0][:, 0]) < 0).any() and (np.diff(first[1][:, 0]) < 0).any()


def test_split_keeps_the_share_of_classes():
    x, y, *_ = breast_cancer()
    _, _, y_train, y_test = split(x, y, test_size=0.3, seed=0)
    assert abs(y_train.mean() - y_test.mean()) < 0.005


@pytest.mark.parametrize(
    ("x", "y", "changes", "message"),
    [
        (np.zeros((3, 2)), np.zeros(4), {}, r"x has shape \(3, 2\), y \(4,\)"),
        (np.zeros((0, 2)), np.zeros(0), {}, "at least one row"),
        (np.zeros((3, 2)), np.zeros((3, 1)), {}, "one label for each row"),
        (np.zeros((4, 2)), np.zeros(4), {"test_size": 1.0}, "strictly between 0 and 1, got 1.0"),
        (np.zeros((4, 2)), np.zeros(4), {"test_size": float("nan")}, "between 0 and 1, got nan"),
        (np.zeros((3, 2)), np.array([0, 0, 1]), {}, "class 1 has one"),
        (np.zeros((1, 2)), np.zeros(1), {"stratify": False}, "two examples"),
    ],
)
def test_split_refuses(x, y, changes, message):
    with pytest.raises(ValueError, match=message):
        split(x, y, seed=0, **changes)


def test_split_of_a_regression_says_what_to_do():
    x, y, *_ = diabetes()
    with pytest.raises(ValueError, match="stratify=False"):
        split(x, y, seed=0)
    assert len(split(x, y, seed=0, stratify=False)[1]) == round(0.25 * 442)


def test_standardize_against_sklearn():
    x_train, x_test, *_ = split(*breast_cancer()[:2], seed=0)
    ours = standardize(x_train, x_test)
    scaler = StandardScaler().fit(x_train)
    np.testing.assert_allclose(ours[0], scaler.transform(x_train), rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours[1], scaler.transform(x_test), rtol=0, atol=1e-10)


def test_standardize_looks_at_the_training_rows_only():
    train = np.array([[1.0], [3.0]])
    near, far = standardize(train, [[5.0]])[1], standardize(train, [[5.0], [1e9]])[1]
    assert near[0] == far[0] == 3


def test_standardize_leaves_its_input_and_handles_constants():
    train = np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]])
    before = train.copy()
    (moved,) = standardize(train)
    assert (train == before).all() and np.abs(moved[:, 0]).max() < 1e-12
    assert standardize(np.array([[1], [3]]))[0].dtype == np.float64
    assert standardize(np.array([[1], [3]], dtype=np.float32))[0].dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        (([[1.0], [np.nan]],), ValueError, "1 values that are NaN"),
        (([[1.0, 2.0]], [[1.0]]), ValueError, r"shape \(1, 2\); array 2 has shape \(1, 1\)"),
        (([["a"]],), TypeError, "must hold numbers"),
        (([],), ValueError, "at least one row"),
    ],
)
def test_standardize_refuses(arrays, error, message):
    with pytest.raises(error, match=message):
        standardize(*arrays)


def test_batches_cover_the_data_in_an_order_that_the_seed_fixes():
    x, y = numbered(10)

    def two_epochs(seed):
        loader = batches(x, y, 4, seed=seed)
        return [[batch[:, 0].int().tolist() for batch, _ in loader] for _ in range(2)]

    first, second = two_epochs(3)
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(10))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert first != second and [first, second] == two_epochs(3) != two_epochs(4)


def test_batches_keep_rows_and_labels_together_in_torchs_types():
    x, y = numbered(10)
    for inputs, labels in batches(x, y, 3, seed=0):
        assert inputs.dtype == torch.get_default_dtype() and labels.dtype == torch.int64
        assert (inputs[:, 0].int() % 2 == labels).all()
    (image, target), *_ = batches(np.zeros((4, 1, 2, 2), np.uint8), np.zeros(4), 4, shuffle=False)
    assert image.dtype == torch.uint8 and target.dtype == torch.get_default_dtype()


def test_batches_without_shuffling_keep_the_order():
    x, y = numbered(5)
    assert torch.cat([batch for batch, _ in batches(x, y, 2, shuffle=False)])[:, 0].tolist() == [
        *range(5)
    ]


@pytest.mark.parametrize(
    ("batch_size", "error"),
    [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError)],
)
def test_batches_refuse_a_batch_size(batch_size, error):
    with pytest.raises(error, match="batch_size must be"):
        batches(*numbered(4), batch_size)
