"""Derivatives of derivatives: those of torch, of finite differences and of closed forms."""

import pytest
import scipy.special
import torch
from nn_helpers import normal, pair, same
from torch.autograd import grad, gradgradcheck

from dlbook import autograd
from dlbook import nn as ours
from dlbook.nn import functional
from dlbook.nn._normalize import BatchNormalize, LayerNormalize

NORMS = [
    ("LayerNorm", (3,), {}, (5, 3)),
    ("LayerNorm", ((4, 3),), {"eps": 0.1}, (2, 4, 3)),
    ("LayerNorm", (3,), {"bias": False}, (5, 3)),
    ("LayerNorm", (3,), {"elementwise_affine": False}, (5, 3)),
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"affine": False}, (5, 3, 2)),
    ("BatchNorm2d", (3,), {"track_running_stats": False, "eps": 0.1}, (2, 3, 2, 2)),
    ("RMSNorm", (3,), {}, (5, 3)),
    ("GroupNorm", (2, 4), {}, (3, 4, 2)),
]
ZERO = torch.zeros(3, dtype=torch.float64)


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), NORMS, ids=str)
@pytest.mark.parametrize("constant", [True, False], ids=["constant cotangent", "moving cotangent"])
def test_a_gradient_penalty_of_a_normalization_is_torchs(name, args, kwargs, shape, constant):
    found = []
    for layer in pair(name, *args, **kwargs):
        x = (2 + normal(*shape)).requires_grad_()
        output = layer(x)
        cotangent = normal(*shape, seed=1) if constant else output**2
        leaves = [x, *layer.parameters()]
        first = grad(output, leaves, cotangent, create_graph=True)
        penalty = sum((g * normal(*g.shape, seed=2)).square().sum() for g in first)
        found.append([*first, *grad(penalty, leaves, allow_unused=True)])
    assert found[0][-1] is None or found[0][len(found[0]) // 2].abs().max() > 0.1
    same(*found)


@pytest.mark.parametrize("apply", [BatchNormalize, LayerNormalize])
@pytest.mark.parametrize("affine", [True, False])
def test_second_derivatives_pass_finite_differences(apply, affine):
    shape = (4, 3, 2) if apply is BatchNormalize else (4, 3)
    extra = (0.1,) if apply is BatchNormalize else (0.1, 1)
    leaves = [normal(*size, seed=i).requires_grad_() for i, size in enumerate([shape, (3,), (3,)])]

    def output(x, weight=None, bias=None):
        found = apply.apply(x, weight, bias, *extra)
        return found[0] if isinstance(found, tuple) else found

    assert gradgradcheck(output, leaves if affine else leaves[:1])


def test_in_16_bits_the_second_derivative_is_that_in_32_rounded():
    layer, x = ours.LayerNorm(8), normal(4, 8, dtype=torch.bfloat16)
    found = []
    for given in (x, x.float()):
        leaf = given.clone().requires_grad_()
        (first,) = grad(layer(leaf).float().pow(3).sum(), leaf, create_graph=True)
        found.append([*grad(first.float().square().sum(), leaf)])
    assert found[0][0].dtype == torch.bfloat16
    torch.testing.assert_close(found[0][0].float(), found[1][0], rtol=0.05, atol=0.5)


def derivatives(function, x):
    """Return the function's value, slope, second and third derivative."""
    x = x.clone().requires_grad_()
    found = [function(x)]
    for _ in range(3):
        (slope,) = grad(found[-1].sum(), x, create_graph=True)
        found.append(slope)
    return [tensor.detach() for tensor in found]


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_cross_entropy_bends_at_logit_0_too(y, weighted):
    """σ(z) (1 − σ(z)) by SciPy, and torch's; Newton's method divides by it."""
    z = torch.tensor([0.0, -0.0, 1e-9, -2.0, 3.0, 40.0, -40.0], dtype=torch.float64)
    kwargs = {"reduction": "none", "pos_weight": torch.tensor(3.0).double() if weighted else None}
    target = torch.full_like(z, y)
    loss, reference = (lib.BCEWithLogitsLoss(**kwargs) for lib in (ours, torch.nn))
    found = derivatives(lambda x: loss(x, target), z)
    same(found[:3], derivatives(lambda x: reference(x, target), z)[:3])
    sigma = torch.tensor(scipy.special.expit(z.numpy()))
    bend = sigma * (1 - sigma) * ((1 + 2 * y) if weighted else 1)
    same([found[2]], [bend])
    assert found[3][0] == 0 and found[3][3] * found[3][4] < 0


def test_softplus_bends_at_0_as_torchs():
    x = torch.tensor([0.0, 0.5, -3.0, 19.0], dtype=torch.float64)
    for beta in (1.0, 3.0, -2.0):
        same(derivatives(ours.Softplus(beta), x)[:3], derivatives(torch.nn.Softplus(beta), x)[:3])
    assert derivatives(ours.Softplus(), x)[2][0] == 0.25


@pytest.mark.parametrize("alpha", [1.0, 2.5, -1.0])
def test_elu_has_torchs_second_derivative_at_the_seam(alpha):
    x = torch.tensor([0.0, -0.0, 0.5, -3.0], dtype=torch.float64)
    found = derivatives(ours.ELU(alpha), x)
    same(found[:3], derivatives(torch.nn.ELU(alpha), x)[:3])
    assert found[1][0] == alpha and found[2][0] == 0


def test_elu_at_0_on_the_engine_has_the_left_slope():
    x = autograd.Tensor(ZERO, requires_grad=True)
    functional.elu(x, 2.5).backward(torch.ones(3, dtype=torch.float64))
    assert x.grad.tolist() == [2.5, 2.5, 2.5]
