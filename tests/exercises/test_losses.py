"""Right and wrong solutions as students write them, and the hint that each one gets."""

import numpy as np
import pytest
import torch

from dlbook.exercises import examine
from dlbook.exercises.losses import mean_cross_entropy, mean_slope
from dlbook.nn.losses import CrossEntropyLoss


def by_the_library(scores, labels):
    return CrossEntropyLoss()(torch.tensor(scores), torch.tensor(labels)).item()


def row_by_row(scores, labels):
    total = 0.0
    for row, label in zip(scores, labels, strict=True):
        m = max(row)
        total += m + np.log(sum(np.exp(z - m) for z in row)) - row[label]
    return total / len(labels)


@pytest.mark.parametrize("answer", [mean_cross_entropy, by_the_library, row_by_row])
def test_right_losses_pass(answer):
    assert examine("losses/cross-entropy", answer).passed


def slope_by_torch(scores, labels):
    z = torch.tensor(scores, requires_grad=True)
    CrossEntropyLoss()(z, torch.tensor(labels)).backward()
    return z.grad.numpy()


def in_place(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    for i, label in enumerate(labels):
        p[i, label] -= 1
    return p / len(labels)


@pytest.mark.parametrize("answer", [mean_slope, slope_by_torch, in_place])
def test_right_slopes_pass(answer):
    assert examine("losses/slope", answer).passed


def definition(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


def over_columns(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


def base_two(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return -np.log2(p[np.arange(len(labels)), labels]).mean()


def small_number_added(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return -np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1)).mean()


def without_mean(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels]


def all_entries(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(np.eye(scores.shape[1])[labels] * log_p).mean()


def changes_its_input(scores, labels):
    scores -= scores.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


def minus_forgotten(scores, labels):
    return -mean_cross_entropy(scores, labels)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (definition, "`np.exp` overflows"),
        (base_two, "in bits"),
        (small_number_added, "cut off small probabilities"),
        (without_mean, "single number"),
        (all_entries, "over examples and classes"),
        (changes_its_input, "make a new one"),
        (minus_forgotten, "sign"),
        (over_columns, "sums of columns"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_loss_gets_the_hint_that_helps(answer, words):
    with np.errstate(all="ignore"):
        feedback = examine("losses/cross-entropy", answer)
    assert feedback.status == "failed"
    assert words in feedback.hint


def sum_of_losses(scores, labels):
    return in_place(scores, labels) * len(labels)


def first_column(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return (p - labels.reshape(-1, 1)) / len(labels)


def towards_the_target(scores, labels):
    return -in_place(scores, labels)


def overflows(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sum_of_losses, "the sum of all losses"),
        (first_column, "the *number* of the class"),
        (towards_the_target, "points the other way"),
        (overflows, "`np.exp` overflows"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_slope_gets_the_hint_that_helps(answer, words):
    with np.errstate(all="ignore"):
        feedback = examine("losses/slope", answer)
    assert feedback.status == "failed"
    assert words in feedback.hint
