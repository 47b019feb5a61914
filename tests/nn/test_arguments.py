"""An argument of the wrong kind is refused when the layer or loss is made, by its name."""

import math

import numpy as np
import pytest
import torch

from dlbook import nn as ours

WRONG = [
    ("CrossEntropyLoss", "ignore_index", (1.5, None, "a", True, torch.tensor(1))),
    ("NLLLoss", "ignore_index", (1.5, None, "a", True)),
    ("CrossEntropyLoss", "label_smoothing", ("0.1", None, True, torch.tensor(0.1))),
    ("KLDivLoss", "log_target", ("no", None, 1)),
    ("HuberLoss", "delta", ("1", None, True, torch.tensor(1.0))),
    ("Embedding", "padding_idx", (True, 1.0, "1")),
    ("LeakyReLU", "negative_slope", (torch.tensor(0.1), "1", None, True)),
    ("ELU", "alpha", (torch.tensor(0.1), "1", None, False)),
    ("Softplus", "beta", ("1", None, torch.tensor(1.0))),
    ("Softplus", "threshold", ("1", None, torch.tensor(1.0), True)),
    ("Softmax", "dim", (1.0, "1", True, (0, 1))),
    ("LogSoftmax", "dim", (1.0, "1", True)),
    ("Flatten", "start_dim", (1.0, None, True)),
    ("Flatten", "end_dim", (1.0, None, "2")),
    ("Dropout", "p", ("0.5", None, True, torch.tensor(0.5))),
    ("LayerNorm", "eps", (None, "1", True, torch.tensor(0.1))),
    ("LayerNorm", "elementwise_affine", ("no", None, 1)),
    ("LayerNorm", "bias", ("no", None)),
    ("RMSNorm", "eps", ("1", True, torch.tensor(0.1))),
    ("RMSNorm", "elementwise_affine", ("no", None)),
    ("GroupNorm", "eps", (None, "1", True)),
    ("GroupNorm", "affine", ("no", None)),
    ("BatchNorm1d", "eps", (None, "1", True)),
    ("BatchNorm1d", "momentum", ("1", True, torch.tensor(0.1))),
    ("BatchNorm1d", "affine", ("no", None)),
    ("BatchNorm2d", "track_running_stats", ("no", None)),
    ("Linear", "bias", ("no", None)),
]
FIRST = {"Embedding": (5, 3), "LayerNorm": (3,), "RMSNorm": (3,), "GroupNorm": (1, 3)}
FIRST |= {"BatchNorm1d": (3,), "BatchNorm2d": (3,), "Linear": (3, 2)}
CASES = [(name, key, value) for name, key, values in WRONG for value in values]


@pytest.mark.parametrize(("name", "key", "value"), CASES, ids=str)
def test_a_wrong_kind_is_refused_by_the_arguments_name(name, key, value):
    with pytest.raises(TypeError, match=rf"^{name}: {key} must be "):
        getattr(ours, name)(*FIRST.get(name, ()), **{key: value})


NUMBERS = ["negative_slope", "alpha", "beta", "threshold", "p", "eps", "momentum", "delta"]
NUMBERS += ["label_smoothing"]


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name, key, _ in WRONG if key in NUMBERS], ids=str
)
def test_no_number_is_no_number(name, key):
    with pytest.raises(ValueError, match=rf"^{name}: {key} must be .*, got nan"):
        getattr(ours, name)(*FIRST.get(name, ()), **{key: math.nan})


def test_whole_numbers_and_numpys_are_numbers():
    x = torch.tensor([-1.0, 2.0])
    for one in (1, np.float64(1.0), np.float32(1.0), np.int64(1)):
        assert ours.ELU(one)(x).tolist() == ours.ELU(1.0)(x).tolist()
    assert ours.Softplus(threshold=math.inf)(torch.tensor(1e4)) == 1e4
    assert ours.Softmax(np.int64(0))(x).sum() == 1
    assert ours.Linear(np.int64(2), 3).weight.shape == (3, 2)
    assert ours.BatchNorm1d(3, momentum=None).momentum is None
    assert ours.RMSNorm(3, eps=None).eps is None


@pytest.mark.parametrize("size", [torch.tensor(3), torch.tensor(2.5), 2.5, True])
def test_sizes_are_whole_numbers(size):
    for make in (lambda: ours.Linear(size, 2), lambda: ours.BatchNorm1d(size)):
        with pytest.raises(ValueError, match=r"_features must be a whole number, 0 or more"):
            make()
    if not isinstance(size, torch.Tensor):
        with pytest.raises(ValueError, match="LayerNorm: normalized_shape must be a whole number"):
            ours.LayerNorm(size)


def test_freeze_is_true_or_false():
    with pytest.raises(TypeError, match="Embedding: freeze must be True or False, got 'no'"):
        ours.Embedding.from_pretrained(torch.ones(2, 2), freeze="no")
