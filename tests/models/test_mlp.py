"""The multilayer perceptron: against NumPy by hand, and with either set of layers."""

import numpy as np
import pytest
import torch
from torch import nn

import dlbook.nn as own
from dlbook.models import MLP


def by_hand(model, x, phi):
    """The forward pass in NumPy, from the parameters alone."""
    values = [p.detach().double().numpy() for p in model.parameters()]
    for weight, bias in zip(values[0:-2:2], values[1:-2:2], strict=True):
        x = phi(x @ weight.T + bias)
    return x @ values[-2].T + values[-1]


@pytest.mark.parametrize("layers", [nn, own], ids=["torch", "dlbook"])
@pytest.mark.parametrize(
    ("activation", "phi"), [("ReLU", lambda z: np.maximum(z, 0)), ("Tanh", np.tanh)]
)
@pytest.mark.parametrize("hidden", [[1], [5], (7, 3, 2)])
def test_it_computes_what_the_formula_says(layers, activation, phi, hidden):
    torch.manual_seed(0)
    model = MLP(4, hidden, 3, activation=activation, layers=layers).double()
    x = np.random.default_rng(0).normal(size=(6, 4))
    expected = by_hand(model, x, phi)
    assert expected.shape == (6, 3)
    np.testing.assert_allclose(model(torch.from_numpy(x)).detach().numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "GELU", "Sigmoid"])
def test_both_sets_of_layers_are_the_same_model(activation):
    torch.manual_seed(0)
    theirs = MLP(4, [8, 6], 3, activation=activation)
    torch.manual_seed(0)
    ours = MLP(4, [8, 6], 3, activation=activation, layers=own)
    assert list(theirs.state_dict()) == list(ours.state_dict())
    for name, value in theirs.state_dict().items():
        assert torch.equal(value, ours.state_dict()[name]), name  # one seed, one start
    theirs, ours = theirs.double(), ours.double()
    x = torch.randn(5, 4, dtype=torch.float64)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-14)
    assert type(ours.network[0]).__module__.startswith("dlbook.nn")
    ours.load_state_dict(theirs.state_dict())


def test_names_shapes_and_counts():
    model = MLP(64, [128, 32], 10)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert shapes == {
        "network.0.weight": (128, 64),
        "network.0.bias": (128,),
        "network.2.weight": (32, 128),
        "network.2.bias": (32,),
        "network.4.weight": (10, 32),
        "network.4.bias": (10,),
    }
    assert sum(p.numel() for p in model.parameters()) == 65 * 128 + 129 * 32 + 33 * 10
    assert isinstance(model.network[-1], nn.Linear)  # logits: no activation after the last


def test_each_layer_has_an_activation_of_its_own():
    """Two places in the network, two modules: a hook on one does not see the other."""
    model = MLP(2, [3, 3], 1, activation=nn.PReLU)
    assert model.network[1] is not model.network[3]
    assert model(torch.zeros(2, 5, 2)).shape == (2, 5, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, [3], 2), ValueError, "in_features must be at least 1, got 0"),
        ((4, [3, -1], 2), ValueError, "hidden_features must be at least 1, got -1"),
        ((4, [3], 0), ValueError, "out_features must be at least 1"),
        ((4, [], 2), ValueError, "Without a hidden layer, use Linear"),
        ((4, 64, 2), ValueError, r"such as \[128, 64\]; got 64"),
        ((4, "64", 2), ValueError, "got '64'"),
        ((4, [2.5], 2), TypeError, "hidden_features must hold whole numbers, got 2.5"),
        ((True, [2], 2), TypeError, "in_features must hold whole numbers, got True"),
    ],
)
def test_wrong_widths_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        MLP(*arguments)


def test_wrong_activations_are_refused():
    with pytest.raises(ValueError, match=r"a class of torch\.nn, such as 'ReLU'.*got 'Relu'"):
        MLP(2, [2], 2, activation="Relu")
    with pytest.raises(TypeError, match="must be a class such as Tanh, not an object"):
        MLP(2, [2], 2, activation=nn.Tanh())
