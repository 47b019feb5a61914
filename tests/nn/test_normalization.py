"""Normalization: torch's outputs, gradients and running statistics; sums by hand; the formulas."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_helpers import DEVICES, agree, normal, pair, results, same

from dlbook import nn as ours
from dlbook.nn import functional
from dlbook.nn._normalize import BatchNormalize, LayerNormalize

HAS_BIAS = "bias" in torch.nn.BatchNorm1d.__init__.__code__.co_varnames
BATCH = [
    {},
    {"eps": 0.1},
    {"momentum": None},
    {"momentum": 0.7},
    {"momentum": 0.0},
    {"affine": False},
    {"track_running_stats": False},
    {"track_running_stats": False, "affine": False, "eps": 1e-3},
    *([{"bias": False}] if HAS_BIAS else []),
]
SHAPES = {"BatchNorm1d": [(5, 3), (2, 3), (4, 3, 6), (1, 3, 2)], "BatchNorm2d": [(4, 3, 5, 2)]}
SHAPES["BatchNorm2d"] += [(1, 3, 2, 2), (2, 3, 1, 1)]
ALL = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]


@pytest.mark.parametrize("kwargs", BATCH, ids=str)
@pytest.mark.parametrize(("name", "shape"), ALL)
def test_batch_norm_equals_torch_in_training_and_after(name, shape, kwargs):
    layer, reference = pair(name, 3, **kwargs)
    assert repr(layer) == repr(reference) or not HAS_BIAS
    for step in range(4):
        agree(layer, reference, 2 + 3 * normal(*shape, seed=step))
    layer.eval(), reference.eval()
    agree(layer, reference, normal(*shape, seed=9))
    if kwargs.get("track_running_stats", True):
        agree(layer, reference, normal(1, *shape[1:]))
        assert int(layer.num_batches_tracked) == 4
        layer.reset_parameters(), reference.reset_parameters()
        same(list(layer.state_dict().values()), list(reference.state_dict().values()))
    layer.train(), reference.train()
    agree(layer, reference, normal(*shape, seed=10))


def test_batch_norm_by_hand():
    """Oracle without torch: NumPy, with the gradient by central differences."""
    x, eps = normal(6, 3).numpy(), 1e-5
    layer, _ = pair("BatchNorm1d", 3)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()

    def formula(values):
        mean, var = values.mean(axis=0), values.var(axis=0)
        return (values - mean) / np.sqrt(var + eps) * weight + bias

    leaf = torch.tensor(x, requires_grad=True)
    output = layer(leaf)
    np.testing.assert_allclose(output.detach().numpy(), formula(x), 1e-12)
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.1 * x.mean(axis=0), 1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.9 + 0.1 * x.var(axis=0, ddof=1), 1e-12)
    cotangent = normal(6, 3, seed=1).numpy()
    output.backward(torch.tensor(cotangent))
    numeric = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-5
        numeric[index] = np.sum(cotangent * (formula(x + step) - formula(x - step))) / 2e-5
    np.testing.assert_allclose(leaf.grad.numpy(), numeric, 1e-6, 1e-8)
    normalized = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    np.testing.assert_allclose(layer.weight.grad.numpy(), (cotangent * normalized).sum(axis=0))
    np.testing.assert_allclose(layer.bias.grad.numpy(), cotangent.sum(axis=0))


LAYER = [
    ("LayerNorm", (6,), {}),
    ("LayerNorm", ((4, 6),), {"eps": 0.1}),
    ("LayerNorm", ([6],), {"bias": False}),
    ("LayerNorm", ((4, 6),), {"elementwise_affine": False}),
    ("LayerNorm", (6,), {"eps": 0}),
    ("LayerNorm", (6,), {"elementwise_affine": False, "bias": False}),
    ("RMSNorm", (6,), {}),
    ("RMSNorm", ((4, 6),), {"eps": 0.1}),
    ("RMSNorm", (6,), {"elementwise_affine": False}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), LAYER, ids=str)
@pytest.mark.parametrize("shape", [(4, 6), (3, 4, 6), (2, 0, 4, 6), (2, 3, 4, 6)])
def test_layer_and_rms_norm_equal_torch(name, args, kwargs, shape):
    layer, reference = pair(name, *args, **kwargs)
    assert repr(layer) == repr(reference)
    agree(layer, reference, 2 + 3 * normal(*shape))
    agree(layer.eval(), reference.eval(), normal(*shape))


@pytest.mark.parametrize("kwargs", [{}, {"eps": 0.1}, {"affine": False}, *BATCH[8:]], ids=str)
@pytest.mark.parametrize("num_groups", [1, 2, 4])
@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 5), (2, 4, 3, 2), (0, 4, 2)])
def test_group_norm_equals_torch(shape, num_groups, kwargs):
    if shape == (3, 4) and num_groups == 4:
        shape = (2, 4, 1)  # one value for each group is 0, in torch too
    layer, reference = pair("GroupNorm", num_groups, 4, **kwargs)
    assert repr(layer) == repr(reference) or not HAS_BIAS
    agree(layer, reference, 2 + 3 * normal(*shape))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 4), max_size=2),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from(["LayerNorm", "RMSNorm"]),
)
def test_layer_norms_of_any_shape(batch, normalized_shape, name):
    agree(*pair(name, normalized_shape), 3 + normal(*batch, *normalized_shape))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 4), st.integers(1, 4), st.lists(st.integers(1, 3), max_size=2))
def test_batch_norms_of_any_shape(num_examples, num_channels, positions):
    if num_examples * math.prod(positions) != 1:
        name = "BatchNorm2d" if len(positions) == 2 else "BatchNorm1d"
        agree(*pair(name, num_channels), 3 + normal(num_examples, num_channels, *positions))


def test_an_empty_batch_counts_but_leaves_the_running_statistics():
    layer, reference = pair("BatchNorm2d", 3)
    agree(layer, reference, normal(0, 3, 4, 4))
    assert (int(layer.num_batches_tracked), layer.running_var.tolist()) == (1, [1, 1, 1])


@pytest.mark.parametrize("weight", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 6), (2, 3, 4, 5)])
def test_the_derived_gradient_is_that_of_the_formula(shape, weight, bias):
    gamma = normal(3, seed=1).requires_grad_() if weight else None
    beta = normal(3, seed=2).requires_grad_() if bias else None
    x = (2 + normal(*shape)).requires_grad_()
    fast = BatchNormalize.apply(x, gamma, beta, 1e-3)[0]
    slow = functional.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3)
    last = x.transpose(1, -1)  # the 3 channels as features
    fast_rows = LayerNormalize.apply(last, gamma, beta, 1e-3, 1)
    slow_rows = functional.layer_norm(last, (3,), gamma, beta, 1e-3)
    leaves = [leaf for leaf in (x, gamma, beta) if leaf is not None]
    for one, other in ((fast, slow), (fast_rows, slow_rows)):
        cotangent = normal(*one.shape, seed=3)
        grads = [torch.autograd.grad(output, leaves, cotangent) for output in (one, other)]
        same([one, *grads[0]], [other, *grads[1]])


@pytest.mark.parametrize("apply", [BatchNormalize, LayerNormalize])
def test_the_derived_gradient_passes_finite_differences(apply):
    shape = (4, 3, 2) if apply is BatchNormalize else (4, 3)
    extra = (0.1,) if apply is BatchNormalize else (0.1, 1)
    leaves = [normal(*size, seed=i).requires_grad_() for i, size in enumerate([shape, (3,), (3,)])]

    def output(*tensors):
        found = apply.apply(*tensors, *extra)
        return found[0] if isinstance(found, tuple) else found

    assert torch.autograd.gradcheck(output, leaves)


def test_gradients_of_inputs_and_parameters_can_be_left_out():
    for layer, reference in (pair("BatchNorm1d", 3), pair("LayerNorm", 3)):
        for leaves in ("input", "parameters"):
            grads = []
            for module in (layer, reference):
                x = normal(5, 3).requires_grad_(leaves == "input")
                module.requires_grad_(leaves == "parameters")
                wanted = [x] if leaves == "input" else list(module.parameters())
                grads.append(torch.autograd.grad((module(x) ** 3).sum(), wanted))
            same(*map(list, grads))


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("BatchNorm2d", (3,), (8, 3, 5, 5)),
        ("LayerNorm", (50,), (20, 50)),
        ("RMSNorm", (50,), (20, 50)),
        ("GroupNorm", (2, 6), (4, 6, 20)),
    ],
)
@pytest.mark.parametrize("halves", [True, False], ids=["weights in 16 bits", "in 32 bits"])
def test_16_bits_are_summed_in_32(name, args, shape, train, halves):
    x = 100 + normal(*shape, dtype=torch.bfloat16)
    layer = pair(name, *args)[0].to(torch.bfloat16 if halves else torch.float32).train(train)
    found, exact = results(layer, x), results(copy.deepcopy(layer).float(), x.float())
    assert (found[0].dtype, found[1].dtype) == (torch.bfloat16, torch.bfloat16)
    assert all(g.dtype == p.dtype for g, p in zip(found[2:], layer.parameters(), strict=True))
    same(found, [e.to(f.dtype) for f, e in zip(found, exact, strict=True)], rtol=8e-3, atol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["BatchNorm1d", "LayerNorm", "RMSNorm", "GroupNorm"])
def test_far_from_zero_and_huge_numbers_stay_finite(name, device):
    args = (1, 40) if name == "GroupNorm" else (40,)
    layer = getattr(ours, name)(*args, device=device)
    exact = getattr(torch.nn, name)(*args).double()
    for x in (1e4 + normal(30, 40), 1e4 * normal(30, 40), torch.full((30, 40), 1e4)):
        found, expected = results(layer, x.float().to(device)), results(exact, x.float().double())
        assert all(torch.isfinite(tensor).all() for tensor in found)
        same([found[0].double().cpu()], expected[:1], rtol=1e-3, atol=2e-3)


def test_memory_formats_and_strides_do_not_matter():
    for layer, reference in (pair("BatchNorm2d", 3), pair("LayerNorm", (4, 5))):
        x = normal(2, 3, 4, 5)
        agree(layer, reference, x.to(memory_format=torch.channels_last))
        agree(layer, reference, normal(4, 3, 2, 5).transpose(0, 2))
        grads = []
        for module in (layer, reference):  # a cotangent of strides 0
            leaf = x.clone().requires_grad_()
            module(leaf).sum().backward()
            grads.append(leaf.grad)
        same(grads[:1], grads[1:])


@pytest.mark.parametrize("num_groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(1, 6), (1, 6, 1, 1), (1, 6, 2), (2, 6), (3, 6, 1), (0, 6)])
def test_group_norm_refuses_what_torch_refuses(shape, num_groups):
    layer, reference = pair("GroupNorm", num_groups, 6)
    if shape[0] * 6 // num_groups * math.prod(shape[2:]) == 1:
        for module in (layer, reference):
            with pytest.raises(ValueError, match="value per"):
                module(normal(*shape))
    else:
        agree(layer, reference, normal(*shape))


@pytest.mark.parametrize("kwargs", [{}, {"track_running_stats": False}, {"affine": False}], ids=str)
def test_a_state_from_before_batches_were_counted_loads_as_in_torch(kwargs):
    counts = []
    for package in (ours, torch.nn):
        state = package.Sequential(package.BatchNorm1d(3, **kwargs)).state_dict()
        state.pop("0.num_batches_tracked", None)
        for version in (None, 1):
            state._metadata = {"": {"version": 1}, "0": {"version": version}}
            layer = package.Sequential(package.BatchNorm1d(3, **kwargs))
            layer(normal(5, 3).float())
            layer.load_state_dict(state, strict=True)
            counts.append(layer[0].num_batches_tracked)
        state._metadata["0"]["version"] = 2
        if kwargs.get("track_running_stats", True):
            with pytest.raises(RuntimeError, match=r"Missing key.*num_batches_tracked"):
                layer.load_state_dict(state)
            bare = dict(state)  # as from safetensors: a plain dict has no versions
            layer.load_state_dict(bare, strict=True)
            assert int(layer[0].num_batches_tracked) == 1
            empty = package.Sequential(package.BatchNorm1d(3, device="meta", **kwargs))
            empty.load_state_dict(bare, assign=True)
            assert empty[0].num_batches_tracked == 0
    same(counts[:2], counts[2:])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ours.BatchNorm1d(3)(normal(4, 5)), ValueError, r"\(B, 3\) or \(B, 3, L\), got"),
        (lambda: ours.BatchNorm1d(3)(normal(4, 5)), ValueError, r"BatchNorm1d\(3.*got \(4, 5\)"),
        (lambda: ours.BatchNorm2d(3)(normal(4, 3)), ValueError, r"\(B, 3, H, W\), got \(4, 3\)"),
        (lambda: ours.BatchNorm1d(3)(torch.ones(1, 3)), ValueError, "one value per channel"),
        (
            lambda: ours.BatchNorm2d(3, track_running_stats=False).eval()(torch.ones(1, 3, 1, 1)),
            ValueError,
            r"\(1, 3, 1, 1\) has one value",
        ),
        (lambda: functional.batch_norm(normal(1, 3), training=True), ValueError, "one value per"),
        (lambda: functional.batch_norm(normal(4, 3)), ValueError, "needs running_mean"),
        (lambda: ours.BatchNorm1d(3)(normal(4, 3)), TypeError, "input is torch.float64"),
        (lambda: ours.BatchNorm1d(3, eps=0), ValueError, "eps must be positive, got 0"),
        (lambda: ours.BatchNorm1d(-3), ValueError, "num_features must be a whole number"),
        (lambda: ours.LayerNorm((3, 4))(normal(5, 4)), ValueError, r"\(\*, 3, 4\), got \(5, 4\)"),
        (lambda: ours.LayerNorm(4)(torch.tensor(1.0)), ValueError, r"got \(\)"),
        (lambda: ours.LayerNorm(()), ValueError, "normalized_shape is empty"),
        (lambda: ours.LayerNorm((3, -1)), ValueError, "normalized_shape must be .* got -1"),
        (lambda: ours.LayerNorm(4)(normal(5, 4)), TypeError, "input is torch.float64"),
        (
            lambda: ours.RMSNorm(4)(torch.ones(5, 3)),
            ValueError,
            r"RMSNorm.*\(\*, 4\), got \(5, 3\)",
        ),
        (lambda: ours.RMSNorm(4, bias=True), TypeError, "bias"),
        (lambda: ours.GroupNorm(3, 4), ValueError, r"num_channels \(4\) must be divisible by .*3"),
        (lambda: ours.GroupNorm(0, 4), ValueError, r"divisible by num_groups \(0\)"),
        (
            lambda: ours.GroupNorm(2, 4)(torch.ones(2, 6, 2)),
            ValueError,
            r"\(B, 4, \*\), got \(2, 6",
        ),
        (lambda: ours.GroupNorm(4, 4)(torch.ones(1, 4)), ValueError, "one value per group"),
        (lambda: ours.GroupNorm(4, 4).eval()(torch.ones(1, 4, 1)), ValueError, r"\(1, 4, 1\) has"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()
