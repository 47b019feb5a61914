"""Activation functions: torch's values and gradients, SciPy's values, nothing lost at ±10,000."""

import math

import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_helpers import DEVICES, agree, normal, results, same

from dlbook import autograd
from dlbook import nn as ours

SETTINGS = [
    ("ReLU", {}),
    *(("LeakyReLU", {"negative_slope": slope}) for slope in (0.01, 0.0, 0.3, 1.5, -0.5)),
    *(("ELU", {"alpha": alpha}) for alpha in (1.0, 0.0, 2.5, -1.0)),
    ("Sigmoid", {}),
    ("Tanh", {}),
    *(
        ("Softplus", {"beta": beta, "threshold": threshold})
        for beta in (1.0, 0.5, 3, -2.0)
        for threshold in (20.0, 1, 0, -1.0)
    ),
    ("SiLU", {}),
    ("GELU", {"approximate": "none"}),
    ("GELU", {"approximate": "tanh"}),
    *((name, {"dim": dim}) for name in ("Softmax", "LogSoftmax") for dim in (0, 1, -1)),
]
IDS = [f"{name}-{'-'.join(map(str, kwargs.values()))}" for name, kwargs in SETTINGS]
EDGES = [0.0, 1e-12, 1e-5, 0.3, 1, 5, 19.9, 20.0, 20.1, 36, 50, 300, 1e4]


def layers(name, kwargs):
    return getattr(ours, name)(**kwargs), getattr(torch.nn, name)(**kwargs)


@pytest.mark.parametrize(("name", "kwargs"), SETTINGS, ids=IDS)
def test_values_and_gradients_are_torchs(name, kwargs):
    layer, reference = layers(name, kwargs)
    agree(layer, reference, 3 * normal(4, 3))
    agree(layer, reference, normal(2, 3, 4, 2))
    agree(layer, reference, normal(0, 3))
    assert repr(layer) == repr(reference)


@pytest.mark.parametrize(("name", "kwargs"), SETTINGS, ids=IDS)
def test_kinks_small_and_large_numbers_too(name, kwargs):
    """To a relative error of 1e-10 for each number by itself, down to 1e-16."""
    layer, reference = layers(name, kwargs)
    edges = torch.tensor([*EDGES, *(-edge for edge in EDGES)], dtype=torch.float64)[:, None]
    ours_, theirs = results(layer, edges), results(reference, edges)
    same(ours_, theirs, rtol=1e-10, atol=1e-16)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(SETTINGS),
    st.lists(st.integers(0, 4), min_size=2, max_size=4),
    st.floats(0.1, 1000),
)
def test_any_shape(setting, shape, scale):
    agree(*layers(*setting), scale * normal(*shape))


ORACLES = {
    "ReLU": lambda x: np.maximum(x, 0),
    "LeakyReLU": lambda x: np.where(x > 0, x, 0.01 * x),
    "ELU": lambda x: np.where(x > 0, x, scipy.special.expm1(np.minimum(x, 0))),
    "Sigmoid": scipy.special.expit,
    "Tanh": np.tanh,
    "Softplus": lambda x: np.logaddexp(0, x),
    "SiLU": lambda x: x * scipy.special.expit(x),
    "GELU": lambda x: x * scipy.special.ndtr(x),
    "Softmax": lambda x: scipy.special.softmax(x, axis=-1),
    "LogSoftmax": lambda x: scipy.special.log_softmax(x, axis=-1),
}
SLOPES = {
    "ReLU": lambda x: x > 0,
    "LeakyReLU": lambda x: np.where(x > 0, 1, 0.01),
    "ELU": lambda x: np.exp(np.minimum(x, 0)),
    "Sigmoid": lambda x: scipy.special.expit(x) * scipy.special.expit(-x),
    "Tanh": lambda x: 1 / np.cosh(x) ** 2,
    "Softplus": scipy.special.expit,
    "SiLU": lambda x: scipy.special.expit(x) * (1 + x * scipy.special.expit(-x)),
    "GELU": lambda x: scipy.special.ndtr(x) + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
}


@pytest.mark.parametrize("name", ORACLES)
def test_values_and_slopes_are_scipys(name):
    """Oracle without torch: closed forms."""
    layer = getattr(ours, name)(**({"dim": -1} if "Softmax" in name else {}))
    x = (3 * normal(6, 5)).requires_grad_()
    output = layer(x)
    np.testing.assert_allclose(
        output.detach().numpy(), ORACLES[name](x.detach().numpy()), 1e-8, 1e-15
    )
    if name in SLOPES:
        output.sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), SLOPES[name](x.detach().numpy()), 1e-8, 1e-12)


def test_the_gradient_of_a_softmax_is_its_jacobian():
    x = normal(5).requires_grad_()
    p = scipy.special.softmax(x.detach().numpy())
    cotangent = normal(5, seed=1)
    ours.Softmax(0)(x).backward(cotangent)
    np.testing.assert_allclose(x.grad.numpy(), (np.diag(p) - np.outer(p, p)) @ cotangent.numpy())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ORACLES)
def test_extreme_numbers_give_finite_values_and_gradients(name, dtype, device):
    kwargs = {"dim": -1} if "Softmax" in name else {}
    x = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 90.0], [-90.0, 0, 20.5]])
    x = x.to(device, dtype)
    found = results(getattr(ours, name)(**kwargs), x)
    expected = results(getattr(torch.nn, name)(**kwargs), x)
    assert all(torch.isfinite(tensor).all() for tensor in found)
    tolerance = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}[dtype]
    same(found, expected, rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("threshold", [1e6, math.inf])
def test_a_softplus_without_threshold_does_not_overflow(threshold, dtype):
    x = torch.tensor([1e4, -1e4, 0.0, 100.0, 89.0]).to(dtype)
    for beta in (1.0, 4.0, -1.0):
        output, slope = results(ours.Softplus(beta, threshold), x)
        exact = np.logaddexp(0, beta * x.double().numpy()) / beta
        tolerance = {torch.float64: 1e-12, torch.float32: 1e-6, torch.bfloat16: 8e-3}[dtype]
        np.testing.assert_allclose(output.double().numpy(), exact, tolerance, 1e-30)
        assert slope.isfinite().all()
    engine = autograd.Tensor(x.clone(), requires_grad=True)
    ours.functional.softplus(engine, threshold=threshold).sum().backward()
    assert engine.grad.tolist() == [1.0, 0.0, 0.5, 1.0, 1.0]


@pytest.mark.parametrize("name", ["ELU", "Softplus", "SiLU", "GELU", "Softmax", "LogSoftmax"])
def test_in_16_bits_only_the_result_is_rounded(name):
    layer = getattr(ours, name)(**({"dim": -1} if "Softmax" in name else {}))
    x = normal(64, 50, dtype=torch.bfloat16)
    assert torch.equal(layer(x), layer(x.float()).bfloat16())


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax"])
def test_a_number_or_nothing_has_a_softmax_as_in_torch(name):
    for shape, dim in [((), 0), ((), -1), ((2, 0), 1), ((0, 3), 0)]:
        agree(*layers(name, {"dim": dim}), normal(*shape))
    row = torch.tensor([0.0, -math.inf, 1.0], dtype=torch.float64)
    same([layers(name, {"dim": 0})[0](row)], [layers(name, {"dim": 0})[1](row)])


def test_nan_and_infinity_stay_what_they_are_in_torch():
    x = torch.tensor([math.nan, math.inf, -math.inf], dtype=torch.float64)
    for name in ("ReLU", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "Softplus"):
        same([getattr(ours, name)()(x)], [getattr(torch.nn, name)()(x)])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        *(
            (lambda name=name: getattr(ours, name)(inplace=True), ValueError, f"{name}: inplace")
            for name in ("ReLU", "LeakyReLU", "ELU", "SiLU")
        ),
        (lambda: ours.GELU("erf"), ValueError, "approximate must be 'none' or 'tanh', got 'erf'"),
        (lambda: ours.functional.gelu(normal(2), "erf"), ValueError, "got 'erf'"),
        (lambda: ours.Softplus(beta=0), ValueError, "beta must not be 0"),
        (lambda: ours.Softmax(), ValueError, "Softmax: dim=None .* say along which dimension"),
        (lambda: ours.LogSoftmax(None), ValueError, "LogSoftmax: dim=None"),
        (lambda: ours.Softmax(2)(normal(3, 4)), ValueError, r"\(3, 4\) has no dimension 2"),
        (lambda: ours.LogSoftmax(-3)(normal(3, 4)), ValueError, r"LogSoftmax\(dim=-3\)"),
        (lambda: ours.Softmax(0)(torch.arange(3)), TypeError, "floating type, got torch.int64"),
        (lambda: ours.ReLU(slope=1), TypeError, "slope"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()
