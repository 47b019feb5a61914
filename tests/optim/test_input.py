"""What optimizers refuse: each message says what was expected and what came."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from optim_helpers import parameters

from dlbook.optim import SGD, Adam, AdamW, RMSprop

KINDS = [SGD, RMSprop, Adam, AdamW]
SWITCHES = ("foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay")


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("kind", KINDS)
def test_torchs_switches_are_refused_by_name(kind: type, name: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        kind(parameters(), **{name: False})
    with pytest.raises(TypeError, match=f"{kind.__name__} has no option '{name}'; its options"):
        kind([{"params": parameters(), name: True}])


@pytest.mark.parametrize("lr", [0, 0.0, -0.1, -math.inf, math.nan, math.inf])
@pytest.mark.parametrize("kind", KINDS)
def test_a_learning_rate_that_is_not_above_0(kind: type, lr: float) -> None:
    with pytest.raises(ValueError, match=r"lr must be (above 0|finite)"):
        kind(parameters(), lr=lr)
    optimizer = kind(parameters()[:1])
    with pytest.raises(ValueError, match=r"lr must be (above 0|finite)"):
        optimizer.add_param_group({"params": parameters()[1:], "lr": lr})
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize("lr", ["0.1", None, True, torch.tensor(0.1), 1j])
def test_a_learning_rate_that_is_no_number(lr: Any) -> None:
    with pytest.raises(TypeError, match="lr must be a number, got"):
        SGD(parameters(), lr=lr)


def test_a_numpy_number_is_a_number() -> None:
    for number in (np.float32(0.5), np.float64(0.5), np.int64(1)):
        assert SGD(parameters(), lr=number).param_groups[0]["lr"] == number


OPTIONS = [
    (SGD, {"momentum": -0.1}, ValueError, "momentum must be at least 0, got -0.1"),
    (SGD, {"momentum": math.nan}, ValueError, "momentum must be at least 0, got nan"),
    (SGD, {"dampening": math.inf}, ValueError, "dampening must be finite"),
    (SGD, {"weight_decay": -1}, ValueError, "weight_decay must be at least 0, got -1"),
    (SGD, {"nesterov": True}, ValueError, "needs momentum above 0 and dampening 0; got 0 and 0"),
    (
        SGD,
        {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
        ValueError,
        "got 0.9 and 0.1",
    ),
    (SGD, {"nesterov": 1}, TypeError, "nesterov must be True or False, got 1"),
    (SGD, {"maximize": "no"}, TypeError, "maximize must be True or False, got 'no'"),
    (RMSprop, {"alpha": 1.0}, ValueError, "alpha must be at least 0 and below 1, got 1.0"),
    (RMSprop, {"alpha": -0.1}, ValueError, "alpha must be at least 0 and below 1"),
    (RMSprop, {"eps": -1e-8}, ValueError, "eps must be at least 0"),
    (RMSprop, {"momentum": -1}, ValueError, "momentum must be at least 0"),
    (RMSprop, {"weight_decay": -1}, ValueError, "weight_decay must be at least 0"),
    (RMSprop, {"centered": 1}, TypeError, "centered must be True or False"),
    *(
        case
        for kind in (Adam, AdamW)
        for case in [
            (kind, {"betas": (1.0, 0.9)}, ValueError, "beta1 must be at least 0 and below 1"),
            (kind, {"betas": (0.9, 1.0)}, ValueError, "beta2 must be at least 0 and below 1"),
            (kind, {"betas": (-0.1, 0.9)}, ValueError, "beta1 must be at least 0"),
            (kind, {"betas": 0.9}, TypeError, r"betas must be a pair \(beta1, beta2\), got 0.9"),
            (kind, {"betas": (0.9,)}, TypeError, "betas must be a pair"),
            (kind, {"eps": -1}, ValueError, "eps must be at least 0"),
            (kind, {"weight_decay": -1}, ValueError, "weight_decay must be at least 0"),
            (kind, {"amsgrad": 0}, TypeError, "amsgrad must be True or False"),
        ]
    ),
]


@pytest.mark.parametrize(("kind", "options", "error", "message"), OPTIONS)
def test_options(kind: type, options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        kind(parameters(), **options)
    with pytest.raises(error, match=message):
        kind([{"params": parameters(), **options}])


def used_up() -> Any:
    generator = (param for param in parameters())
    SGD(generator)
    return generator


def leaf() -> torch.Tensor:
    return torch.ones(2, requires_grad=True)


PARAMS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (list, ValueError, "there is no parameter"),
    (used_up, ValueError, "is empty when it is used a second time"),
    (leaf, TypeError, "expected a list of parameters or of groups, got a Tensor"),
    (lambda: torch.nn.Linear(2, 1), TypeError, "the model Linear itself; pass its parameters"),
    (lambda: torch.nn.Linear(2, 1).state_dict(), TypeError, "got a OrderedDict"),
    (lambda: {"params": [leaf()]}, TypeError, "got a dict"),
    (lambda: set(parameters()), TypeError, "got a set .the order of a set is not the same"),
    (lambda: torch.nn.Linear(2, 1).named_parameters(), TypeError, "parameter 0 is a pair"),
    (lambda: [leaf(), 2.0], TypeError, "parameter 1 is a float; expected something with .data"),
    (lambda: [np.ones(2)], TypeError, "parameter 0 is a ndarray"),
    (lambda: [torch.ones(2, dtype=torch.int64)], TypeError, "parameter 0 has dtype torch.int64"),
    (lambda: [torch.ones(2, dtype=torch.complex64)], TypeError, "dtype torch.complex64; only real"),
    (lambda: [leaf() * 2], ValueError, r"parameter 0, shape \(2,\), was computed from other"),
    (lambda: [{"params": leaf() * 2}], ValueError, "parameter 0, shape .* was computed from"),
    (lambda: [leaf()] * 2, ValueError, "parameter 1 of this group is already in this group"),
    (lambda: [{"params": []}], ValueError, "there is no parameter"),
    (lambda: [{"lr": 0.1}], TypeError, "a group is a dict with 'params', got dict"),
    (lambda: [{"params": leaf()}, leaf()], TypeError, "a group is a dict with 'params', got Te"),
    (lambda: [{"params": [leaf()], "momentun": 0.9}], TypeError, "has no option 'momentun'; its"),
]


@pytest.mark.parametrize(("params", "error", "message"), PARAMS)
def test_parameters(params: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SGD(params())


def test_a_parameter_in_two_groups() -> None:
    params = parameters()
    optimizer = SGD(params)
    with pytest.raises(ValueError, match="parameter 0 of this group is already in group 0"):
        optimizer.add_param_group({"params": params[1]})
    assert len(optimizer.param_groups) == 1


def test_frozen_parameters_and_those_that_keep_their_gradient_are_welcome() -> None:
    frozen = torch.ones(2)
    computed = leaf() * 2
    computed.retain_grad()
    SGD([frozen, computed])


class Bare:
    """The least that a parameter is."""

    def __init__(self, data: torch.Tensor, grad: torch.Tensor | None = None) -> None:
        self.data, self.grad = data, grad


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("grad", "message"),
    [
        (torch.ones(3), r"has shape \(3, 2\) and dtype torch.float32, its gradient \(3,\)"),
        (torch.ones(3, 2).double(), r"its gradient \(3, 2\) and torch.float64"),
        (torch.ones(3, 2, dtype=torch.complex64), "torch.complex64"),
        (torch.ones(3, 2).to_sparse(), r"shape \(3, 2\) is sparse.*use sparse=False"),
    ],
)
def test_gradients(kind: type, grad: torch.Tensor, message: str) -> None:
    param = Bare(torch.zeros(3, 2), grad)
    with pytest.raises(ValueError, match=message):
        kind([param]).step()
    assert not param.data.any()


def test_a_sparse_embedding_is_refused() -> None:
    embedding = torch.nn.Embedding(5, 2, sparse=True)
    embedding(torch.tensor([1, 3])).sum().backward()
    with pytest.raises(ValueError, match=r"shape \(5, 2\) is sparse"):
        Adam(embedding.parameters()).step()
