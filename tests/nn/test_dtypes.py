"""Which dtypes a layer or loss takes, and which it answers with: torch's, or a refusal by name."""

import itertools
import warnings

import pytest
import torch
from nn_helpers import normal

from dlbook import nn as ours

REAL = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
WHOLE = [torch.int64, torch.uint8, torch.bool]
PLAIN = {"track_running_stats": False, "affine": False}
FLOATING = [
    *((name, (), {}) for name in ("LeakyReLU", "ELU", "Softplus", "SiLU", "GELU", "Dropout")),
    ("GELU", ("tanh",), {}),
    ("Softmax", (1,), {}),
    ("LogSoftmax", (1,), {}),
    ("LayerNorm", (3,), {}),
    ("LayerNorm", (3,), {"elementwise_affine": False}),
    ("RMSNorm", (3,), {"elementwise_affine": False}),
    ("GroupNorm", (1, 3), {"affine": False}),
    ("BatchNorm1d", (3,), {}),
    ("BatchNorm1d", (3,), {"affine": False}),
    ("BatchNorm1d", (3,), PLAIN),
]


@pytest.mark.parametrize("dtype", [*WHOLE, torch.complex64], ids=str)
@pytest.mark.parametrize(("name", "args", "kwargs"), FLOATING, ids=str)
def test_whole_and_complex_numbers_are_refused_by_the_layers_name(name, args, kwargs, dtype):
    x = torch.tensor([[1, 2, 3], [4, 0, 9]]).to(dtype)
    with pytest.raises(TypeError, match=rf"{name}\(.*: expected an input of a floating .*{dtype}"):
        getattr(ours, name)(*args, **kwargs)(x)
    if dtype in WHOLE:
        with pytest.raises((RuntimeError, NotImplementedError)):  # torch too, but for complex
            getattr(torch.nn, name)(*args, **kwargs)(x)


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8], ids=str)
@pytest.mark.parametrize("name", ["ReLU", "Sigmoid", "Tanh", "Flatten"])
def test_what_torch_takes_whole_is_taken(name, dtype):
    x = torch.tensor([[1, 2, 3], [4, 0, 9]]).to(dtype)
    found, expected = getattr(ours, name)()(x), getattr(torch.nn, name)()(x)
    torch.testing.assert_close(found, expected)


def test_dropout_passes_what_it_does_not_thin():
    x = torch.arange(6)
    for layer in (ours.Dropout(0.0), ours.Dropout().eval()):
        assert layer(x) is x


def outcome(package, name, arguments, input, target, autocast=False):
    """Return value and gradient, or the error."""
    leaf = input.clone()
    if leaf.dtype.is_floating_point:
        leaf.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = getattr(package, name)(**arguments)(leaf, target)
            if not leaf.requires_grad:
                return [value]
            return [value.detach(), *torch.autograd.grad(value.float().sum(), leaf)]
        except (RuntimeError, TypeError, ValueError) as error:
            return error


INPUT, TARGET = normal(4, 3).sigmoid(), normal(4, 3, seed=1).softmax(1)
LABELS, WEIGHT = torch.tensor([1, 2, 0, 1]), torch.tensor([1.0, 2.0, 3.0])
COARSE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}


def is_torchs(name, arguments, input, target, autocast=False, refused=False):
    """Check that ours gives torch's values and dtypes; or says no by name, where it may."""
    found, expected = (
        outcome(package, name, arguments, input, target, autocast) for package in (ours, torch.nn)
    )
    if isinstance(expected, Exception) or refused:
        assert isinstance(found, (TypeError, ValueError)) and f"{found}".startswith(name), found
        return
    assert not isinstance(found, Exception), found
    types = [value.dtype for value in (INPUT, input, target) if value.dtype in COARSE]
    types += [t.dtype for t in arguments.values() if torch.is_tensor(t) and t.dtype in COARSE]
    tolerance = max(COARSE[dtype] for dtype in types)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", ["MSELoss", "L1Loss", "HuberLoss"])
def test_errors_of_mixed_numbers(name, reduction):
    for one, other in itertools.product([*REAL, *WHOLE, torch.complex64], repeat=2):
        input, target = (4 * INPUT).to(one), (4 * TARGET).to(other)
        both = {one, other}
        refused = not both & set(REAL) or both & {torch.bool, torch.complex64}
        refused = refused or (name == "HuberLoss" and one != other)
        is_torchs(name, {"reduction": reduction}, input, target, refused=bool(refused))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", ["BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "CrossEntropyLoss"])
def test_losses_of_mixed_probabilities(name, reduction):
    for one, other in itertools.product(REAL, repeat=2):
        input, target = INPUT.to(one), TARGET.to(other)
        is_torchs(name, {"reduction": reduction}, input, target)
        if name == "KLDivLoss":
            is_torchs(name, {"reduction": reduction, "log_target": True}, input, target)
            continue
        for third in [*REAL, torch.int64]:
            weight = {"weight": WEIGHT.to(third), "reduction": reduction}
            is_torchs(name, weight, input, target)
            if name == "CrossEntropyLoss":
                is_torchs(name, {**weight, "label_smoothing": 0.1}, input, target)
            if name == "BCEWithLogitsLoss":
                is_torchs(
                    name, {"pos_weight": WEIGHT.to(third), "reduction": reduction}, input, target
                )


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", ["NLLLoss", "CrossEntropyLoss"])
def test_weights_of_classes_have_the_logits_dtype(name, reduction):
    for one, other in itertools.product(REAL, [*REAL, torch.int64]):
        arguments = {"weight": WEIGHT.to(other), "reduction": reduction}
        settings = [arguments]
        if name == "CrossEntropyLoss":
            settings.append({**arguments, "label_smoothing": 0.1})
        for each in settings:
            is_torchs(name, each, INPUT.to(one), LABELS)


def test_a_refusal_of_mixed_types_says_what_to_do():
    x, y = INPUT.float(), TARGET
    for name, words in (("HuberLoss", "target"), ("BCELoss", "target")):
        with pytest.raises(TypeError, match=rf"{name}: input and {words} .* torch.float32 and tor"):
            getattr(ours, name)()(x, y)
    message = r"NLLLoss: input and weight .*use weight.to\(torch.float32\)"
    with pytest.raises(TypeError, match=message):
        ours.NLLLoss(WEIGHT.double())(x, LABELS)


LOSSES = ["MSELoss", "L1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss"]


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", [*LOSSES, "CrossEntropyLoss", "NLLLoss"])
def test_under_autocast_losses_are_taken_in_single_precision_as_torchs(name, reduction):
    types = [torch.bfloat16, torch.float16, torch.float32, torch.float64]
    for one, other in itertools.product(types, repeat=2):
        arguments, input = {"reduction": reduction}, INPUT.to(one)
        if name != "NLLLoss":
            is_torchs(name, arguments, input, TARGET.to(other), autocast=True)
        if name in ("CrossEntropyLoss", "NLLLoss"):
            is_torchs(name, arguments, input, LABELS, autocast=True)
            weighted = {**arguments, "weight": WEIGHT.to(other)}
            is_torchs(name, weighted, input, LABELS, autocast=True)
        if name in ("BCELoss", "BCEWithLogitsLoss"):
            weighted = {**arguments, "weight": WEIGHT.to(other)}
            is_torchs(name, weighted, input, TARGET.to(one), autocast=True)
    if name != "NLLLoss":
        half = INPUT.bfloat16()
        value, gradient = outcome(ours, name, {"reduction": reduction}, half, half, autocast=True)
        assert (value.dtype, gradient.dtype) == (torch.float32, torch.bfloat16)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            exact = getattr(ours, name)(reduction="sum")(half.double(), half.double())
            found = getattr(ours, name)(reduction="sum")(half, half)
        torch.testing.assert_close(found.double(), exact, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_under_autocast_a_linear_layer_answers_in_16_bits_as_torchs(bias, kind):
    layer, reference = (package.Linear(30, 20, bias) for package in (ours, torch.nn))
    reference.load_state_dict(layer.state_dict())
    x = normal(5, 30, dtype=torch.float32)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        found = []
        for module in (layer, reference):
            leaf = x.to(dtype).requires_grad_()
            with torch.autocast("cpu", dtype=kind):
                output = module(leaf)
            found.append([output, *torch.autograd.grad(output.float().sum(), [leaf])])
            found[-1] += torch.autograd.grad(module(x).sum(), list(module.parameters()))
        assert found[0][0].dtype == kind
        torch.testing.assert_close(*found, rtol=COARSE[kind], atol=COARSE[kind])
    with torch.autocast("cpu", dtype=kind):
        assert layer.double()(x.double()).dtype == torch.float64
        with pytest.raises(TypeError, match=r"Linear.*the input is .*16, the parameters are .*64"):
            layer(x)
    with pytest.raises(TypeError, match=r"float32, the parameters are torch.float64"):
        layer(x)
