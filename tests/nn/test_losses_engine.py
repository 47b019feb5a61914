"""The same losses on the tensors of the engine, whose gradients are its own."""

import itertools

import pytest
import torch

from dlbook import nn
from dlbook.autograd import Tensor

WEIGHT = torch.tensor([0.5, 1.0, 2.0, 0.25], dtype=torch.float64)
LABELS = torch.tensor([3, 0, -100, 1, 1])


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def same(name: str, input: torch.Tensor, target: torch.Tensor, **arguments: object) -> None:
    leaf, mine = input.clone().requires_grad_(), Tensor(input.clone(), requires_grad=True)
    expected = getattr(torch.nn, name)(**arguments)(leaf, target)
    with torch.no_grad():  # nothing may come from torch's gradients
        found = getattr(nn, name)(**arguments)(mine, target)
        assert isinstance(found, Tensor)
        cotangent = normal(*expected.shape, seed=9)
        found.backward(cotangent)
    expected.backward(cotangent)
    torch.testing.assert_close(found.data, expected.detach(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(mine.grad, leaf.grad, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", ["MSELoss", "L1Loss", "HuberLoss"])
def test_errors_of_numbers(name: str, reduction: str) -> None:
    same(name, 2 * normal(5, 4), normal(5, 4, seed=1), reduction=reduction)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_cross_entropy(reduction: str) -> None:
    for weight, smoothing in itertools.product((None, WEIGHT), (0.0, 0.2)):
        arguments = {"weight": weight, "reduction": reduction, "label_smoothing": smoothing}
        same("CrossEntropyLoss", normal(5, 4), LABELS, **arguments)
        same("CrossEntropyLoss", normal(5, 4), LABELS.clamp(min=0), **arguments)
        same("CrossEntropyLoss", normal(5, 4, 3), LABELS[:, None].expand(5, 3), **arguments)
        same("CrossEntropyLoss", normal(4), LABELS[0], **arguments)
        same("CrossEntropyLoss", normal(5, 4), normal(5, 4, seed=1).softmax(1), **arguments)
    for weight in (None, WEIGHT):
        same("NLLLoss", normal(5, 4), LABELS, weight=weight, reduction=reduction)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_binary_cross_entropy(reduction: str) -> None:
    for target in (normal(5, 4, seed=1).sigmoid(), (normal(5, 4, seed=1) > 0).double()):
        for weight, pos_weight in itertools.product((None, WEIGHT), (None, 3 * WEIGHT)):
            arguments = {"weight": weight, "pos_weight": pos_weight, "reduction": reduction}
            same("BCEWithLogitsLoss", normal(5, 4), target, **arguments)
            same("BCEWithLogitsLoss", torch.zeros(5, 4).double(), target, **arguments)
            same("BCELoss", normal(5, 4).sigmoid(), target, weight=weight, reduction=reduction)


def test_divergence() -> None:
    q = normal(5, 4, seed=1).softmax(1)
    for reduction in ("none", "sum", "batchmean"):
        same("KLDivLoss", normal(5, 4), q, reduction=reduction)
        same("KLDivLoss", normal(5, 4), q.log(), reduction=reduction, log_target=True)


def test_both_sides_may_be_of_the_engine() -> None:
    a, b = (Tensor(normal(6, seed=seed), requires_grad=True) for seed in (0, 1))
    nn.MSELoss()(a, b).backward()
    torch.testing.assert_close(a.grad, -b.grad)
    torch.testing.assert_close(a.grad, 2 / 6 * (normal(6) - normal(6, seed=1)))


def test_extreme_logits_stay_finite() -> None:
    logits = Tensor(torch.tensor([[1e4, -1e4, 0.0]]), requires_grad=True)
    loss = nn.CrossEntropyLoss()(logits, torch.tensor([1]))
    loss.backward()
    assert loss.item() == 2e4
    assert logits.grad.tolist() == [[1.0, -1.0, 0.0]]
    z = Tensor(torch.tensor([1e4, -1e4]), requires_grad=True)
    loss = nn.BCEWithLogitsLoss(reduction="sum")(z, torch.tensor([0.0, 1.0]))
    loss.backward()
    assert loss.item() == 2e4
    assert z.grad.tolist() == [1.0, -1.0]


def test_what_is_wrong_is_said_as_of_torchs_tensors() -> None:
    with pytest.raises(ValueError, match=r"MSELoss: .*input \(3, 1\) and target \(3,\)"):
        nn.MSELoss()(Tensor(torch.zeros(3, 1)), torch.zeros(3))
    with pytest.raises(ValueError, match="class index 4 at index 0"):
        nn.CrossEntropyLoss()(Tensor(torch.zeros(3, 4)), torch.tensor([4, 0, 1]))
    with pytest.raises(ValueError, match=r"BCELoss: input must lie in \[0, 1\], got 2"):
        nn.BCELoss()(Tensor(torch.full((3,), 2.0)), torch.zeros(3))
