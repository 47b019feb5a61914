"""The formulas run on the engine's tensors as on torch's: same values, same gradients."""

import numpy as np
import pytest
import scipy.special
import torch
from nn_helpers import normal, same

from dlbook import autograd
from dlbook.nn import functional

GAMMA, BETA = normal(4, seed=1), normal(4, seed=2)
CASES = {
    "linear": (functional.linear, [(5, 4), (3, 4), (3,)], {}),
    "linear of a vector": (functional.linear, [(4,), (3, 4)], {}),
    "linear of a sequence": (functional.linear, [(2, 5, 4), (3, 4), (3,)], {}),
    "flatten": (functional.flatten, [(2, 3, 4)], {"start_dim": 1}),
    "relu": (functional.relu, [(5, 4)], {}),
    "leaky_relu": (functional.leaky_relu, [(5, 4)], {"negative_slope": 0.2}),
    "elu": (functional.elu, [(5, 4)], {"alpha": 1.5}),
    "sigmoid": (functional.sigmoid, [(5, 4)], {}),
    "tanh": (functional.tanh, [(5, 4)], {}),
    "softplus": (functional.softplus, [(5, 4)], {"beta": 2.0, "threshold": 1.0}),
    "silu": (functional.silu, [(5, 4)], {}),
    "gelu": (functional.gelu, [(5, 4)], {"approximate": "tanh"}),
    "softmax": (functional.softmax, [(5, 4)], {"dim": 1}),
    "softmax of columns": (functional.softmax, [(5, 4, 2)], {"dim": 0}),
    "log_softmax": (functional.log_softmax, [(5, 4)], {"dim": -1}),
    "batch_norm": (
        lambda x, w, b: functional.batch_norm(x, None, None, w, b, training=True),
        [(5, 4), (4,), (4,)],
        {},
    ),
    "batch_norm of images": (
        lambda x, w, b: functional.batch_norm(x, None, None, w, b, training=True),
        [(2, 4, 3, 5), (4,), (4,)],
        {},
    ),
    "batch_norm after training": (
        lambda x, w, b: functional.batch_norm(x, BETA, GAMMA**2, w, b),
        [(5, 4), (4,), (4,)],
        {},
    ),
    "layer_norm": (lambda x, w, b: functional.layer_norm(x, (4,), w, b), [(5, 4), (4,), (4,)], {}),
    "layer_norm of two dimensions": (
        lambda x, w, b: functional.layer_norm(x, (3, 4), w, b, eps=0.1),
        [(5, 3, 4), (3, 4), (3, 4)],
        {},
    ),
    "rms_norm": (lambda x, w: functional.rms_norm(x, (4,), w), [(5, 4), (4,)], {}),
    "group_norm": (
        lambda x, w, b: functional.group_norm(x, 2, w, b),
        [(2, 4, 3), (4,), (4,)],
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_engine_gives_torchs_values_and_gradients(name):
    formula, shapes, kwargs = CASES[name]
    data = [normal(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    theirs = [tensor.clone().requires_grad_() for tensor in data]
    expected = formula(*theirs, **kwargs)
    cotangent = normal(*expected.shape, seed=9)
    expected.backward(cotangent)
    engine = [autograd.Tensor(tensor.clone(), requires_grad=True) for tensor in data]
    with torch.no_grad():  # torch's own differentiation has no part in this
        found = formula(*engine, **kwargs)
        assert isinstance(found, autograd.Tensor)
        found.backward(cotangent)
    same(
        [found.data, *(tensor.grad for tensor in engine)],
        [expected.detach(), *(tensor.grad for tensor in theirs)],
    )


def test_dropout_on_the_engine_has_torchs_mask():
    for p in (0.3, 1.0):
        found = []
        for make in (autograd.Tensor, torch.Tensor.requires_grad_):
            torch.manual_seed(0)
            leaf = make(normal(50), requires_grad=True)
            output = functional.dropout(leaf, p)
            output.backward(torch.ones(50, dtype=torch.float64))
            found.append([output.data, leaf.grad])
        same(*found)


@pytest.mark.parametrize("padding_idx", [None, 1])
def test_embedding_on_the_engine_gives_torchs_gradient(padding_idx):
    rows = torch.tensor([[0, 1], [1, 2], [2, 2]])
    found = []
    for make in (autograd.Tensor, torch.Tensor.requires_grad_):
        weight = make(normal(3, 4), requires_grad=True)
        functional.embedding(rows, weight, padding_idx).backward(normal(3, 2, 4, seed=1))
        found.append([weight.grad])
    same(*found)


def test_the_exact_gelu_asks_for_an_error_function():
    with pytest.raises(TypeError, match="has no error function; use approximate='tanh'"):
        functional.gelu(autograd.Tensor(normal(3)))


def test_running_statistics_move_on_the_engine_too():
    mean, var = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    x = normal(6, 4)
    functional.batch_norm(autograd.Tensor(x), mean, var, training=True, momentum=0.3)
    np.testing.assert_allclose(mean.numpy(), 0.3 * x.numpy().mean(axis=0))
    np.testing.assert_allclose(var.numpy(), 0.7 + 0.3 * x.numpy().var(axis=0, ddof=1))


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "silu", "gelu"]
)
def test_on_the_engine_extreme_numbers_have_finite_gradients(name):
    kwargs = {"approximate": "tanh"} if name == "gelu" else {}
    x = autograd.Tensor(torch.tensor([1e4, -1e4, 90.0, -90.0, 0.0]), requires_grad=True)
    output = getattr(functional, name)(x, **kwargs)
    output.backward(torch.ones(5))
    assert output.data.isfinite().all() and x.grad.isfinite().all()


@pytest.mark.parametrize("dim", [0, 1])
def test_on_the_engine_extreme_logits_have_scipys_softmax(dim):
    logits = torch.tensor([[1e4, -1e4, 0.0], [1e4, 1e4, 1e4]])
    for name in ("softmax", "log_softmax"):
        x = autograd.Tensor(logits, requires_grad=True)
        output = getattr(functional, name)(x, dim)
        output.backward(torch.ones(2, 3))
        assert x.grad.isfinite().all()
        expected = getattr(scipy.special, name)(logits.double().numpy(), axis=dim)
        np.testing.assert_allclose(output.data.numpy(), expected, rtol=1e-6)
