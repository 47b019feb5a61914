"""Dropout: torch's masks after the same seed, the mean kept, and eval."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_helpers import normal, results, same

from dlbook import nn as ours
from dlbook.nn import functional


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0, 0, 1]),
    st.lists(st.integers(0, 5), max_size=3),
    st.integers(0, 99),
    st.sampled_from([torch.float64, torch.float32, torch.bfloat16]),
)
def test_masks_values_and_gradients_are_torchs_bit_for_bit(p, shape, seed, dtype):
    found = []
    for package in (ours, torch.nn):
        torch.manual_seed(seed)
        layer, x = package.Dropout(p), normal(*shape, dtype=dtype)
        found.append([*results(layer, x), *results(layer, x), torch.rand(1)])
    same(*found, rtol=0, atol=0)


def test_strides_do_not_change_the_mask():
    x = normal(2, 3, 4, 5)
    for view in (x.to(memory_format=torch.channels_last), x.transpose(0, 2), x[:, :2]):
        found = []
        for package in (ours, torch.nn):
            torch.manual_seed(0)
            found.append([package.Dropout(0.5)(view)])
        same(*found, rtol=0, atol=0)


def test_the_share_and_the_mean_are_those_of_bernoulli():
    """Oracle without torch: a binomial count, within five standard deviations."""
    torch.manual_seed(0)
    n, p = 100_000, 0.3
    output = ours.Dropout(p)(torch.ones(n, dtype=torch.float64))
    assert set(output.tolist()) == {0.0, 1 / (1 - p)}
    assert abs(int((output == 0).sum()) - n * p) < 5 * math.sqrt(n * p * (1 - p))
    assert abs(float(output.mean()) - 1) < 5 * math.sqrt(p / (1 - p) / n)


def test_the_gradient_passes_where_the_number_did():
    x = torch.ones(1000, requires_grad=True)
    output = ours.Dropout(0.5)(x)
    output.sum().backward()
    assert torch.equal(x.grad, output.detach())


def test_eval_passes_the_input_itself_and_draws_nothing():
    x = normal(3)
    state = torch.get_rng_state()
    assert ours.Dropout(0.5).eval()(x) is x
    assert ours.Dropout(0.0)(x) is x
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(functional.dropout(x, 1.0), x)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ours.Dropout(-0.1), "Dropout: p must be between 0 and 1, got -0.1"),
        (lambda: ours.Dropout(1.5), "got 1.5"),
        (lambda: ours.Dropout(math.nan), "got nan"),
        (lambda: functional.dropout(torch.ones(2), p=2), "dropout: p must be between"),
        (lambda: ours.Dropout(inplace=True), "Dropout: inplace=True is not supported"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()
