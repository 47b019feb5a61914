"""Linear and Flatten: torch's values, gradients, first values, and what they refuse."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_helpers import DEVICES, agree, normal, pair

from dlbook import nn as ours

LAYERS = ["Linear", "Flatten", "ReLU", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "Softplus", "SiLU"]
LAYERS += ["GELU", "Softmax", "LogSoftmax", "Dropout", "BatchNorm1d", "BatchNorm2d", "LayerNorm"]
LAYERS += ["RMSNorm", "GroupNorm", "Embedding"]


@pytest.mark.parametrize("name", LAYERS)
def test_the_arguments_are_torchs_in_its_order_with_its_defaults(name):
    found = inspect.signature(getattr(ours, name)).parameters
    expected = {
        key: parameter
        for key, parameter in inspect.signature(getattr(torch.nn, name)).parameters.items()
        if key[0] != "_"  # of no use outside from_pretrained
    }
    extra = set(found) - set(expected)  # an older torch has no bias in BatchNorm and GroupNorm
    assert extra <= ({"bias"} if name in ("BatchNorm1d", "BatchNorm2d", "GroupNorm") else set())
    assert [key for key in found if key not in extra] == list(expected)
    for key, parameter in expected.items():
        assert found[key].default == parameter.default


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (0, 3), (2, 4, 3), (2, 0, 4, 3)])
def test_linear_equals_torch(shape, bias):
    agree(*pair("Linear", 3, 2, bias=bias), normal(*shape))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 4), max_size=3), st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_linear_equals_torch_for_any_shape(batch, num_in, num_out, bias):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element")
        agree(*pair("Linear", num_in, num_out, bias), normal(*batch, num_in))


def test_linear_is_numpys_product():
    """Oracle without torch."""
    layer = ours.Linear(3, 2, dtype=torch.float64)
    x = normal(5, 3).requires_grad_()
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    output = layer(x)
    np.testing.assert_allclose(output.detach().numpy(), x.detach().numpy() @ weight.T + bias)
    output.backward(torch.ones_like(output))
    np.testing.assert_allclose(x.grad.numpy(), np.tile(weight.sum(axis=0), (5, 1)))
    np.testing.assert_allclose(layer.weight.grad.numpy(), np.tile(x.detach().sum(0), (2, 1)))
    np.testing.assert_allclose(layer.bias.grad.numpy(), [5, 5])


@pytest.mark.parametrize("bias", [True, False])
def test_the_first_values_are_torchs_after_the_same_seed(bias):
    for package in (ours, torch.nn):
        torch.manual_seed(3)
        layer = package.Linear(7, 5, bias=bias)
        drawn = [*(p.detach() for p in layer.parameters()), torch.rand(1)]
        if package is ours:
            first = drawn
    assert all(torch.equal(one, other) for one, other in zip(first, drawn, strict=True))


def test_swapping_the_package_leaves_a_run_as_it_was():
    histories = []
    for package in (ours, torch.nn):
        torch.manual_seed(0)
        model = package.Sequential(
            package.Flatten(),
            package.Linear(6, 8),
            package.BatchNorm1d(8),
            package.GELU(),
            package.Dropout(0.25),
            package.Linear(8, 3),
            package.LayerNorm(3),
            package.LogSoftmax(dim=1),
        ).double()
        assert isinstance(model, torch.nn.Sequential)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        x, losses = normal(12, 2, 3), []
        for _ in range(20):
            optimizer.zero_grad()
            loss = -model(x)[:, 0].mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        histories.append([*losses, *(t.sum().item() for t in model.state_dict().values())])
    assert histories[0] == pytest.approx(histories[1], rel=1e-9)
    assert histories[0][19] < 0.8 * histories[0][0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("device", [*DEVICES, "meta"])
def test_device_and_dtype_are_where_they_were_asked_for(device, dtype):
    if device == "mps" and dtype == torch.float64:
        dtype = torch.float16
    for layer in (
        ours.Linear(3, 4, device=device, dtype=dtype),
        ours.BatchNorm1d(3, device=device, dtype=dtype),
        ours.LayerNorm(3, device=device, dtype=dtype),
        ours.RMSNorm(3, device=device, dtype=dtype),
        ours.GroupNorm(1, 3, device=device, dtype=dtype),
        ours.Embedding(3, 2, device=device, dtype=dtype),
    ):
        for tensor in layer.state_dict().values():
            assert tensor.device.type == device
            assert tensor.dtype in (dtype, torch.int64)
        if not isinstance(layer, ours.Embedding):
            output = layer(torch.ones(4, 3, device=device, dtype=dtype))
            assert (output.device.type, output.dtype) == (device, dtype)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (0, 3, 4), (2, 0, 4), (6, 2)])
@pytest.mark.parametrize("dims", [(), (0,), (0, 1), (1, -1), (-2, -1), (1, 1)])
def test_flatten_equals_torch(shape, dims):
    agree(ours.Flatten(*dims), torch.nn.Flatten(*dims), normal(*shape))
    assert repr(ours.Flatten(*dims)) == repr(torch.nn.Flatten(*dims))


def test_flatten_of_a_number_is_a_vector():
    assert ours.Flatten(0)(torch.tensor(3.0)).tolist() == [3.0]


ARGUMENTS = {"Linear": (3, 2), "BatchNorm1d": (3,), "BatchNorm2d": (3,), "LayerNorm": ((3,),)}
ARGUMENTS |= {"RMSNorm": (3,), "GroupNorm": (1, 3), "Embedding": (4, 2, 1), "Softmax": (1,)}
ARGUMENTS |= {"LogSoftmax": (1,)}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_written_copied_and_pickled_like_torchs(name):
    layer, reference = pair(name, *ARGUMENTS.get(name, ()))
    if "bias" in repr(reference) or name not in ("BatchNorm1d", "BatchNorm2d", "GroupNorm"):
        assert repr(layer) == repr(reference)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert type(twin) is type(layer) and repr(twin) == repr(layer)
        for one, other in zip(twin.state_dict().values(), layer.state_dict().values(), strict=True):
            assert torch.equal(one, other) and one.data_ptr() != other.data_ptr()


def test_a_state_of_other_shapes_or_names_is_refused():
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        ours.Linear(3, 2).load_state_dict(torch.nn.Linear(2, 3).state_dict())
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "bias"'):
        ours.Linear(3, 2, bias=False).load_state_dict(torch.nn.Linear(3, 2).state_dict())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ours.Linear(3, 2)(normal(5, 4)), ValueError, r"Linear\(in_features=3.*\(\*, 3\)"),
        (lambda: ours.Linear(3, 2)(normal(5, 4)), ValueError, r"got \(5, 4\)"),
        (lambda: ours.Linear(3, 2)(torch.tensor(1.0)), ValueError, r"got \(\)"),
        (lambda: ours.Linear(3, 2)(normal(5, 3)), TypeError, "float64, the parameters are .*32"),
        (lambda: ours.Linear(-1, 2), ValueError, "in_features must be a whole .* got -1"),
        (lambda: ours.Linear(3, 2.0), ValueError, "out_features must be a whole .* got 2.0"),
        (lambda: ours.Linear(3, 2, biass=True), TypeError, "biass"),
        (lambda: ours.Flatten()(normal(5)), ValueError, r"dimensions 1 to -1 .* \(5,\)"),
        (lambda: ours.Flatten(2, 1)(normal(5, 4, 3)), ValueError, "dimensions 2 to 1"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, error, words):
    with pytest.raises(error, match=words):
        call()
