"""Under torch.func's transforms and in forward mode a layer gives what torch's does."""

import pytest
import torch
from nn_helpers import normal, same
from torch.autograd import forward_ad
from torch.func import functional_call, grad, hessian, jvp, vmap

from dlbook import nn as ours

X = normal(6, 4, 3)
LAYERS = [
    ("LayerNorm", (3,), {}),
    ("LayerNorm", (3,), {"elementwise_affine": False}),
    ("RMSNorm", (3,), {}),
    ("GroupNorm", (2, 4), {}),
    ("BatchNorm1d", (4,), {"track_running_stats": False}),
    ("BatchNorm1d", (4,), {"track_running_stats": False, "affine": False}),
    ("Softmax", (-1,), {}),
    ("LogSoftmax", (-1,), {}),
    ("ELU", (), {}),
    ("Softplus", (), {}),
    ("GELU", (), {}),
    ("SiLU", (), {}),
    ("LeakyReLU", (), {}),
    ("Dropout", (1.0,), {}),
    ("Flatten", (0,), {}),
]
LOSSES = ["CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "MSELoss"]
LOSSES += ["L1Loss", "HuberLoss"]
pytestmark = pytest.mark.filterwarnings(
    "ignore:.torch.jit.script:DeprecationWarning",  # torch's own
    "ignore:.*batchmean:UserWarning",
    "ignore:.*batching rule:UserWarning",
)


def tangent_of(function, x, tangent):
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(function(forward_ad.make_dual(x, tangent))).tangent


def batched_grads(function, x):
    """Pull three cotangents back at once, as torch.autograd.functional.jacobian can."""
    leaf = x.clone().requires_grad_()
    output = function(leaf)
    cotangents = normal(3, *output.shape, seed=5)
    return torch.autograd.grad(output, leaf, cotangents, is_grads_batched=True)[0]


TRANSFORMS = {
    "grad": lambda f, x: grad(lambda z: f(z).pow(3).sum())(x),
    "vmap": lambda f, x: vmap(f)(torch.stack([x, 2 * x])),
    "vmap of grad": lambda f, x: vmap(grad(lambda z: f(z).pow(3).sum()))(torch.stack([x, 2 * x])),
    "jvp": lambda f, x: jvp(f, (x,), (normal(*x.shape, seed=3),))[1],
    "forward_ad": lambda f, x: tangent_of(f, x, normal(*x.shape, seed=3)),
    "batched gradients": batched_grads,
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(("name", "args", "kwargs"), LAYERS, ids=str)
def test_layers_can_be_transformed(name, args, kwargs, transform):
    layers = (getattr(package, name)(*args, **kwargs).double() for package in (ours, torch.nn))
    same(*([TRANSFORMS[transform](layer, X)] for layer in layers))


@pytest.mark.parametrize("transform", ["grad", "jvp", "forward_ad", "batched gradients"])
def test_batch_norm_moves_its_statistics_under_transforms(transform):
    """Made inside: torch.func lets no transform change a tensor from outside, torch's neither."""
    found = []
    for package in (ours, torch.nn):
        layers = []

        def output(x, package=package, layers=layers):
            layers.append(package.BatchNorm1d(4, dtype=torch.float64))
            return layers[0](x)

        found.append([TRANSFORMS[transform](output, X)])
        if transform in ("forward_ad", "batched gradients"):
            buffers = layers[0].running_mean, layers[0].running_var
            found[-1] += [forward_ad.unpack_dual(buffer).primal for buffer in buffers]
    same(*found)


def test_a_batch_norm_after_training_can_be_mapped():
    layers = [package.BatchNorm1d(4).double().eval() for package in (ours, torch.nn)]
    same(*([vmap(layer)(torch.stack([X, 2 * X]))] for layer in layers))


@pytest.mark.parametrize("padding_idx", [None, 2])
def test_embeddings_can_be_mapped_and_differentiated(padding_idx):
    rows, table = torch.tensor([[0, 1], [2, 3]]), normal(5, 3)
    found = []
    for package in (ours, torch.nn):
        layer = package.Embedding(5, 3, padding_idx).double()

        def loss(weight, row, layer=layer):
            return functional_call(layer, {"weight": weight}, (row,)).pow(3).sum()

        of_each = vmap(grad(loss), in_dims=(None, 0))(table, rows)
        layer.load_state_dict({"weight": table})
        found.append([of_each, vmap(layer)(rows).detach()])
    same(*found)


@pytest.mark.parametrize("wrong", [-1, 5])
def test_under_vmap_too_an_index_that_is_no_row_is_refused(wrong):
    with pytest.raises(IndexError, match="out of"):
        vmap(ours.Embedding(5, 3))(torch.tensor([[0, 1], [2, wrong]]))


LABELS, LOGITS = torch.tensor([0, 1, 2, 3, 1]), normal(5, 4)
PAIRS = {
    "CrossEntropyLoss": (LOGITS, LABELS),
    "NLLLoss": (LOGITS, LABELS),
    "BCELoss": (LOGITS.sigmoid(), LOGITS.flip(0).sigmoid()),
    "KLDivLoss": (LOGITS.log_softmax(1), LOGITS.flip(0).softmax(1)),
}
ORDERS = {**TRANSFORMS, "hessian": lambda f, x: hessian(f)(x)}
del ORDERS["vmap"], ORDERS["vmap of grad"]


@pytest.mark.parametrize("transform", ORDERS)
@pytest.mark.parametrize("name", LOSSES)
def test_losses_can_be_transformed(name, transform):
    input, target = PAIRS.get(name, (LOGITS, LOGITS.flip(0).sigmoid()))
    losses = (getattr(package, name)() for package in (ours, torch.nn))
    same(*([ORDERS[transform](lambda z, loss=loss: loss(z, target), input)] for loss in losses))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_each_example_by_vmap(name):
    input, target = PAIRS.get(name, (LOGITS, LOGITS.flip(0).sigmoid()))
    found = []
    for package in (ours, torch.nn):
        loss = getattr(package, name)(reduction="sum")
        found.append([vmap(loss)(input, target), vmap(grad(loss))(input, target)])
    same(*found)


def test_cross_entropy_with_probabilities_and_smoothing_forwards():
    target = LOGITS.flip(0).softmax(1)
    for y, smoothing in ((target, 0.0), (target, 0.2), (LABELS, 0.2)):
        found = []
        for package in (ours, torch.nn):
            loss = package.CrossEntropyLoss(label_smoothing=smoothing)
            found.append([tangent_of(lambda z, f=loss, y=y: f(z, y), LOGITS, normal(5, 4, seed=3))])
        same(*found)


def test_values_are_looked_at_in_forward_mode_too():
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(LOGITS, LOGITS)
        with pytest.raises(ValueError, match="class index 9"):
            ours.CrossEntropyLoss()(dual, torch.full((5,), 9))
