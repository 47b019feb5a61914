"""Embedding: torch's rows, gradients and first values; one-hot products; indices that are none."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_helpers import DEVICES, agree, normal, pair, results, same

from dlbook import nn as ours


def indices(*shape, dtype=torch.int64):
    return torch.randint(5, shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("padding_idx", [None, 0, 3, -1, -5])
@pytest.mark.parametrize("shape", [(), (7,), (4, 6), (0,), (2, 3, 5)])
def test_rows_and_gradients_are_torchs(shape, padding_idx, dtype):
    layer, reference = pair("Embedding", 5, 3, padding_idx=padding_idx)
    agree(layer, reference, indices(*shape, dtype=dtype))
    assert (layer.padding_idx, repr(layer)) == (reference.padding_idx, repr(reference))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 4), st.integers(-5, 4))
def test_any_indices(rows, dim, padding_idx):
    agree(*pair("Embedding", 5, dim, padding_idx), torch.tensor(rows, dtype=torch.int64))


def test_it_is_the_product_with_one_hot_rows():
    """Oracle without torch."""
    layer, _ = pair("Embedding", 5, 3)
    x = indices(4, 6)
    one_hot = np.eye(5)[x.numpy()]
    output, grad = results(layer, x)
    np.testing.assert_allclose(output.numpy(), one_hot @ layer.weight.detach().numpy())
    cotangent = normal(*output.shape, seed=9, dtype=torch.bfloat16).double().numpy()
    np.testing.assert_allclose(grad.numpy(), np.einsum("btv,btd->vd", one_hot, cotangent))


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
def test_the_first_values_are_torchs_after_the_same_seed(padding_idx):
    drawn = []
    for package in (ours, torch.nn):
        torch.manual_seed(1)
        layer = package.Embedding(5, 3, padding_idx)
        drawn.append([layer.weight.detach(), torch.rand(1)])
    same(*drawn, rtol=0, atol=0)
    if padding_idx is not None:
        assert drawn[0][0][padding_idx].tolist() == [0, 0, 0]


@pytest.mark.parametrize("freeze", [True, False])
@pytest.mark.parametrize("padding_idx", [None, 1])
def test_from_pretrained_is_torchs(freeze, padding_idx):
    table = normal(5, 3)
    state = torch.get_rng_state()
    layer, reference = (
        package.Embedding.from_pretrained(table, freeze=freeze, padding_idx=padding_idx)
        for package in (ours, torch.nn)
    )
    assert layer.weight.data_ptr() == table.data_ptr()
    assert layer.weight.requires_grad == reference.weight.requires_grad == (not freeze)
    assert torch.equal(torch.get_rng_state(), state)
    agree(layer, reference, indices(4, 2)) if not freeze else same(
        [layer(indices(4))], [reference(indices(4))]
    )


@pytest.mark.parametrize("device", DEVICES)
def test_indices_that_are_no_rows_are_refused(device):
    layer = ours.Embedding(5, 3, device=device)
    for wrong in (-1, 5, 1000):
        x = torch.tensor([[0, wrong], [1, 2]], device=device)
        with pytest.raises(IndexError, match=rf"in \[0, 5\), got \[{wrong}\] in an .* \(2, 2\)"):
            layer(x)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ours.Embedding(5, 3)(torch.ones(2)), TypeError, "int32 or int64, got torch.float"),
        (lambda: ours.Embedding(5, 3, padding_idx=5), ValueError, "padding_idx=5 is none of the 5"),
        (lambda: ours.Embedding(5, 3, padding_idx=-6), ValueError, "padding_idx=-6"),
        (lambda: ours.Embedding(-5, 3), ValueError, "num_embeddings must be a whole number"),
        (lambda: ours.Embedding(5, 3, max_norm=1.0), ValueError, "max_norm=1.0 is not supported"),
        (lambda: ours.Embedding(5, 3, norm_type=1.0), ValueError, "norm_type=1.0"),
        (lambda: ours.Embedding(5, 3, scale_grad_by_freq=True), ValueError, "scale_grad_by_freq"),
        (lambda: ours.Embedding(5, 3, sparse=True), ValueError, "sparse=True is not supported"),
        (lambda: ours.Embedding(5, 3, mode="sum"), TypeError, "mode"),
        (lambda: ours.Embedding.from_pretrained(normal(5)), ValueError, r"got shape \(5,\)"),
        (lambda: ours.Embedding.from_pretrained(normal(5, 3), sparse=True), TypeError, "sparse"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()
