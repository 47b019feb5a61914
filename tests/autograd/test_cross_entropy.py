"""Cross-entropy as one operation: the formula's value and gradient, torch's, and SciPy's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from dlbook.autograd import Tensor, cross_entropy, gradcheck


def logits_and_labels(batch: int, classes: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(batch, classes, generator=draw, dtype=torch.float64)
    return logits, torch.randint(classes, (batch,), generator=draw)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 7), st.integers(1, 6), st.integers(0, 99))
def test_it_is_torchs_the_formulas_and_scipys(batch: int, classes: int, seed: int) -> None:
    data, labels = logits_and_labels(batch, classes, seed)
    ours, formula = Tensor(data, requires_grad=True), Tensor(data, requires_grad=True)
    theirs = data.clone().requires_grad_()
    loss = cross_entropy(ours, labels)
    loss.backward()
    (-formula.log_softmax(1)[torch.arange(batch), labels].mean()).backward()
    expected = torch.nn.functional.cross_entropy(theirs, labels)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-14)
    assert ours.grad is not None and formula.grad is not None and theirs.grad is not None
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(ours.grad, formula.grad, rtol=1e-12, atol=1e-14)

    rows = np.arange(batch)
    by_hand = -log_softmax(data.numpy(), axis=1)[rows, labels.numpy()].mean()
    slope = softmax(data.numpy(), axis=1)
    slope[rows, labels.numpy()] -= 1
    assert loss.item() == pytest.approx(by_hand, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(ours.grad.numpy(), slope / batch, rtol=1e-12, atol=1e-14)


def test_finite_differences_agree_and_a_factor_on_the_loss_counts() -> None:
    data, labels = logits_and_labels(5, 4)
    logits = Tensor(data, requires_grad=True)
    assert gradcheck(lambda z: cross_entropy(z * 2.0, labels) * 3.0, logits)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_huge_logits_stay_finite(dtype: torch.dtype) -> None:
    logits = Tensor(torch.tensor([[1e4, -1e4], [-1e4, 1e4]], dtype=dtype), requires_grad=True)
    loss = cross_entropy(logits, [0, 0])
    loss.backward()
    assert loss.dtype == dtype and loss.item() == pytest.approx(1e4, rel=0.01)
    assert logits.grad is not None
    assert logits.grad.tolist() == [[0, 0], [-0.5, 0.5]]


def test_a_second_backward_adds_the_same_again() -> None:
    data, labels = logits_and_labels(3, 4)
    logits = Tensor(data, requires_grad=True)
    loss = cross_entropy(logits, labels)
    loss.backward()
    assert logits.grad is not None
    once = logits.grad.clone()
    loss.backward()
    torch.testing.assert_close(logits.grad, 2 * once)


def test_no_example_has_no_mean() -> None:
    loss = cross_entropy(Tensor(torch.zeros(0, 3), requires_grad=True), torch.zeros(0).long())
    assert np.isnan(loss.item())  # as torch's


@pytest.mark.parametrize(
    ("shape", "target", "error", "says"),
    [
        ((2, 3), [0], ValueError, r"\(B, K\) and indices of shape \(B,\), got \(2, 3\) and \(1,\)"),
        ((3,), [0], ValueError, r"got \(3,\) and \(1,\)"),
        ((2, 3), [0.0, 1.0], TypeError, "target must hold class indices, got torch.float32"),
        ((2, 3), [True, False], TypeError, "got torch.bool"),
        ((2, 3), [0, 3], RuntimeError, "cross_entropy.*index 3 is out of bounds.*size 3"),
        ((2, 3), [0, -1], RuntimeError, "cross_entropy.*index -1 is out of bounds"),
    ],
)
def test_what_does_not_fit_is_refused(
    shape: tuple[int, ...], target: list[float], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        cross_entropy(Tensor(torch.zeros(shape), requires_grad=True), target)


def test_labels_changed_before_backward_are_noticed() -> None:
    data, labels = logits_and_labels(3, 4)
    loss = cross_entropy(Tensor(data, requires_grad=True), labels)
    labels[0] = (labels[0] + 1) % 4
    with pytest.raises(RuntimeError, match="cross_entropy needs for its gradient was changed"):
        loss.backward()
