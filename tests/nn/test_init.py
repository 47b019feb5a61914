"""First values: torch's numbers after the same seed; the spread that the papers ask for."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.nn import init

NAMES = ["uniform_", "normal_", "constant_", "ones_", "zeros_", "xavier_uniform_"]
NAMES += ["xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"]
SHAPES = [(3, 4), (4, 3), (5, 5), (1, 1), (2, 3, 4), (6, 2, 3, 3)]
SETTINGS = [
    ("uniform_", {"a": -2.0, "b": 0.5}),
    ("normal_", {"mean": 1.0, "std": 0.1}),
    ("constant_", {"val": 0.3}),
    *((name, {"gain": gain}) for name in [*NAMES[5:7], NAMES[-1]] for gain in (1.0, 2.5, 0.0)),
    *(
        (name, {"a": a, "mode": mode, "nonlinearity": nonlinearity})
        for name in ("kaiming_uniform_", "kaiming_normal_")
        for a in (0, 0.2, math.sqrt(5))
        for mode in ("fan_in", "fan_out")
        for nonlinearity in ("leaky_relu", "relu", "tanh", "linear")
    ),
    *((name, {}) for name in NAMES if name != "constant_"),
]


@pytest.mark.parametrize(("name", "kwargs"), SETTINGS, ids=str)
def test_the_numbers_are_torchs_after_the_same_seed(name, kwargs):
    filled = []
    for module in (init, torch.nn.init):
        fill = getattr(module, name)
        takes_generator = "generator" in inspect.signature(fill).parameters
        torch.manual_seed(0)
        for shape in [*SHAPES, *([] if name[0] in "xko" else [(7,), (), (0,)])]:
            for dtype in (torch.float32, torch.float64):
                tensor = torch.empty(shape, dtype=dtype, requires_grad=True)
                assert fill(tensor, **kwargs) is tensor
                assert tensor.is_leaf and tensor.requires_grad
                filled.append(tensor.detach())
        if takes_generator:
            generator = torch.Generator().manual_seed(1)
            filled.append(fill(torch.empty(4, 5), **kwargs, generator=generator))
        filled.append(torch.rand(2))
    half = len(filled) // 2
    assert all(torch.equal(*two) for two in zip(filled[:half], filled[half:], strict=True))


@pytest.mark.parametrize("name", [*NAMES, "calculate_gain"])
def test_the_arguments_are_torchs(name):
    found = inspect.signature(getattr(init, name)).parameters
    expected = inspect.signature(getattr(torch.nn.init, name)).parameters
    assert [(p.name, p.default) for p in found.values()] == [
        (p.name, p.default) for p in expected.values()
    ]


def test_gains_are_torchs_and_keep_the_size_of_a_signal():
    names = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "conv2d"]
    names += ["conv_transpose3d", "conv1d"]
    for name in names:
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    for slope in (0.01, 0, 1, 2.5, -0.5):
        expected = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert init.calculate_gain("leaky_relu", slope) == expected
    # the mean square of a normal number after a leaky ReLU, by numeric integration
    x = np.linspace(-12, 12, 200_001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    square = np.trapezoid(np.where(x > 0, x, 0.2 * x) ** 2 * density, x)
    assert init.calculate_gain("leaky_relu", 0.2) ** 2 * square == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("xavier_uniform_", 2 / (300 + 500)),
        ("xavier_normal_", 2 / (300 + 500)),
        ("kaiming_uniform_", 2 / 300),
        ("kaiming_normal_", 2 / 300),
    ],
)
def test_the_variance_is_the_papers(name, expected):
    """Oracle without torch: the formulas of Glorot and of He, within five standard deviations."""
    torch.manual_seed(0)
    weight = getattr(init, name)(torch.empty(500, 300, dtype=torch.float64)).numpy()
    assert weight.var() == pytest.approx(expected, rel=5 * math.sqrt(2 / weight.size))
    assert abs(weight.mean()) < 5 * math.sqrt(expected / weight.size)
    if "uniform" in name:
        assert np.abs(weight).max() <= math.sqrt(3 * expected)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_fans_count_what_a_weight_connects(shape):
    found = init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert found == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert found == (np.empty(shape)[0].size, np.empty(shape)[:, 0].size)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 3))
def test_orthogonal_rows_or_columns(num_rows, num_columns, gain):
    weight = init.orthogonal_(torch.empty(num_rows, num_columns, dtype=torch.float64), gain).numpy()
    small = weight @ weight.T if num_rows <= num_columns else weight.T @ weight
    np.testing.assert_allclose(small, gain**2 * np.eye(len(small)), atol=1e-12 * gain**2)


def test_each_sign_of_an_orthogonal_matrix_is_equally_likely():
    """Without the correction of the signs, the first entry would be negative always."""
    torch.manual_seed(0)
    entries = [float(init.orthogonal_(torch.empty(3, 3))[0, 0]) for _ in range(400)]
    assert abs(sum(entry > 0 for entry in entries) - 200) < 5 * math.sqrt(100)


@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_nothing_to_fill_is_warned_of_as_in_torch(name):
    for module in (init, torch.nn.init):
        with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
            assert getattr(module, name)(torch.empty(0, 3)).shape == (0, 3)
    assert init.orthogonal_(torch.empty(3, 0)).shape == (3, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: init.xavier_uniform_(torch.empty(3)), r"2 dimensions or more.*\(3,\)"),
        (lambda: init.xavier_normal_(torch.empty(())), r"shape \(\)"),
        (lambda: init.kaiming_normal_(torch.empty(3)), "2 dimensions or more"),
        (lambda: init.orthogonal_(torch.empty(3)), "orthogonal_: expected 2 dimensions or more"),
        (lambda: init.kaiming_uniform_(torch.empty(3, 3), mode="fan"), "'fan_in' or 'fan_out'"),
        (lambda: init.kaiming_uniform_(torch.empty(3, 3), nonlinearity="gelu"), "got gelu"),
        (lambda: init.calculate_gain("softmax"), "must be one of .*'leaky_relu'.* got softmax"),
        (lambda: init.calculate_gain("leaky_relu", True), "slope must be a number, got True"),
        (lambda: init.calculate_gain("leaky_relu", "0.2"), "slope must be a number"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()
