"""Clipping: torch's norms and gradients, and the norms that NumPy finds."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from optim_helpers import parameters, set_gradients

from dlbook.optim import clip_grad_norm_, clip_grad_value_

torchs = torch.nn.utils


def with_gradients(dtype: torch.dtype = torch.float64) -> list[torch.nn.Parameter]:
    params = parameters(dtype)
    set_gradients(params, 1)
    params.append(torch.nn.Parameter(torch.ones(3, dtype=dtype)))  # it has none
    return params


def gradients(params: list[torch.nn.Parameter]) -> list[torch.Tensor]:
    return [param.grad for param in params if param.grad is not None]


@pytest.mark.parametrize(
    ("max_norm", "norm_type"),
    list(product((0.01, 1, 1e9, math.inf), (1, 2.0, 3, 0.5, math.inf, "inf"))),
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_torchs_norm_and_gradients(max_norm: float, norm_type: Any, dtype: torch.dtype) -> None:
    mine, reference = with_gradients(dtype), with_gradients(dtype)
    got = clip_grad_norm_(mine, max_norm, norm_type)
    expected = torchs.clip_grad_norm_(reference, max_norm, norm_type)
    torch.testing.assert_close(got, expected)
    torch.testing.assert_close(gradients(mine), gradients(reference))


@pytest.mark.parametrize("norm_type", [1, 2, 3, math.inf])
def test_the_norm_is_that_of_all_gradients_strung_together(norm_type: float) -> None:
    params = with_gradients()
    before = np.concatenate([grad.numpy().ravel().copy() for grad in gradients(params)])
    length = np.linalg.norm(before, norm_type)
    assert clip_grad_norm_(params, 0.5, norm_type).item() == pytest.approx(length, rel=1e-12)
    after = np.concatenate([grad.numpy().ravel() for grad in gradients(params)])
    np.testing.assert_allclose(after, before * 0.5 / (length + 1e-6), rtol=1e-12)
    assert np.linalg.norm(after, norm_type) <= 0.5


def test_short_gradients_stay_as_they_are() -> None:
    params = with_gradients()
    before = [grad.clone() for grad in gradients(params)]
    clip_grad_norm_(params, 1e6)
    assert all(torch.equal(a, b) for a, b in zip(gradients(params), before, strict=True))


@pytest.mark.parametrize("value", [1e-3, 0.5, 100])
def test_torchs_values(value: float) -> None:
    mine, reference = with_gradients(), with_gradients()
    before = [grad.clone() for grad in gradients(mine)]
    assert clip_grad_value_(iter(mine), value) is None
    torchs.clip_grad_value_(reference, value)
    for got, expected, old in zip(gradients(mine), gradients(reference), before, strict=True):
        assert torch.equal(got, expected)
        np.testing.assert_array_equal(got.numpy(), np.clip(old.numpy(), -value, value))


def test_one_parameter_and_a_generator() -> None:
    params = with_gradients()
    expected = torch.linalg.vector_norm(params[0].grad)
    torch.testing.assert_close(clip_grad_norm_(params[0], 1.0), expected)
    clip_grad_value_(params[0], 0.01)
    assert params[0].grad.abs().max() <= 0.01
    assert clip_grad_norm_((param for param in params), 1.0) > 0


def test_without_gradients_the_norm_is_0() -> None:
    params = parameters()
    assert clip_grad_norm_(params, 1.0).item() == 0
    clip_grad_value_(params, 1.0)
    assert all(param.grad is None for param in params)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite(bad: float) -> None:
    params = with_gradients()
    params[0].grad[0, 0] = bad
    before = [grad.clone() for grad in gradients(params)]
    with pytest.raises(RuntimeError, match=f"norm of the gradients is {bad}"):
        clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    torch.testing.assert_close(gradients(params), before, equal_nan=True, rtol=0, atol=0)
    reference = with_gradients()
    reference[0].grad[0, 0] = bad
    clip_grad_norm_(params, 1.0)
    torchs.clip_grad_norm_(reference, 1.0)
    torch.testing.assert_close(gradients(params), gradients(reference), equal_nan=True)


def test_different_dtypes_in_one_norm() -> None:
    mine = [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2).double())]
    for param in mine:
        param.grad = torch.full_like(param, 3.0)
    assert clip_grad_norm_(mine, 1.0).item() == pytest.approx(6)
    assert [param.grad.dtype for param in mine] == [torch.float32, torch.float64]
    assert [param.grad[0].item() for param in mine] == pytest.approx([0.5, 0.5], rel=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: clip_grad_norm_(with_gradients(), 0), ValueError, "max_norm must be above 0"),
        (lambda: clip_grad_norm_(with_gradients(), math.nan), ValueError, "max_norm must be"),
        (lambda: clip_grad_norm_(with_gradients(), 1, -1), ValueError, "norm_type must be above 0"),
        (lambda: clip_grad_norm_(iter([]), 1), ValueError, "there is no parameter"),
        (lambda: clip_grad_norm_([1.0], 1), TypeError, "parameter 0 is a float"),
        (lambda: clip_grad_norm_(torch.nn.Linear(1, 1), 1), TypeError, "pass its parameters"),
        (lambda: clip_grad_value_(with_gradients(), -1), ValueError, "clip_value must be above 0"),
        (lambda: clip_grad_norm_([], 1, foreach=True), TypeError, "foreach"),
        (lambda: clip_grad_value_([], 1, foreach=True), TypeError, "foreach"),
    ],
)
def test_bad_input(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
