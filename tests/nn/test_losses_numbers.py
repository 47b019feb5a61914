"""The losses against what is not torch: closed forms, SciPy, scikit-learn; and at the extremes."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
import torch

from dlbook import nn

LOW = {torch.float32: 2e-6, torch.bfloat16: 1.6e-2, torch.float16: 2e-3}


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def tensor(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_squared_absolute_and_huber_by_hand() -> None:
    input, target = tensor([1.0, 2.0, -4.0]), tensor([0.0, 4.0, -4.0])
    assert nn.MSELoss()(input, target) == 5 / 3
    assert nn.L1Loss(reduction="sum")(input, target) == 3
    assert nn.HuberLoss(reduction="none")(input, target).tolist() == [0.5, 1.5, 0]
    expected = scipy.special.huber(0.7, random(30) - random(30, seed=1))
    found = nn.HuberLoss(reduction="none", delta=0.7)(
        tensor(random(30)), tensor(random(30, seed=1))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_cross_entropy_is_scikit_learns_log_loss() -> None:
    logits, labels, weight = random(40, 5), np.arange(40) % 5, np.abs(random(5, seed=1))
    p = scipy.special.softmax(logits, axis=1)
    given = tensor(logits), torch.tensor(labels)
    assert nn.CrossEntropyLoss()(*given).item() == pytest.approx(
        sklearn.metrics.log_loss(labels, p), rel=1e-12
    )
    assert nn.CrossEntropyLoss(tensor(weight))(*given).item() == pytest.approx(
        sklearn.metrics.log_loss(labels, p, sample_weight=weight[labels]), rel=1e-12
    )
    assert nn.NLLLoss()(tensor(np.log(p)), given[1]).item() == pytest.approx(
        sklearn.metrics.log_loss(labels, p), rel=1e-12
    )


def test_an_ignored_example_counts_as_absent() -> None:
    logits, weight = tensor(random(7, 4)).requires_grad_(), tensor([1.0, 2.0, 3.0, 4.0])
    target = torch.tensor([0, -7, 2, 3, -7, 1, 1])
    kept = target != -7
    for smoothing in (0.0, 0.3):
        arguments = {"weight": weight, "label_smoothing": smoothing}
        whole = nn.CrossEntropyLoss(ignore_index=-7, **arguments)(logits, target)
        part = nn.CrossEntropyLoss(**arguments)(logits[kept], target[kept])
        assert whole.item() == pytest.approx(part.item(), rel=1e-13)
        (gradient,) = torch.autograd.grad(whole, logits)
        assert (gradient[~kept] == 0).all()


def test_smoothing_is_a_mixture_of_the_class_and_all_classes() -> None:
    logits, labels = tensor(random(9, 4)), torch.arange(9) % 4
    mixed = 0.8 * torch.eye(4, dtype=torch.float64)[labels] + 0.2 / 4
    found = nn.CrossEntropyLoss(label_smoothing=0.2)(logits, labels)
    assert found.item() == pytest.approx(nn.CrossEntropyLoss()(logits, mixed).item(), rel=1e-13)
    log_p = scipy.special.log_softmax(logits.numpy(), axis=1)
    assert found.item() == pytest.approx(-(mixed.numpy() * log_p).sum(1).mean(), rel=1e-13)


def test_the_gradient_of_cross_entropy_is_softmax_minus_target() -> None:
    logits, labels = tensor(random(6, 3)).requires_grad_(), torch.arange(6) % 3
    for target in (labels, torch.eye(3, dtype=torch.float64)[labels]):
        (gradient,) = torch.autograd.grad(
            nn.CrossEntropyLoss(reduction="sum")(logits, target), logits
        )
        expected = scipy.special.softmax(random(6, 3), axis=1) - np.eye(3)[labels]
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)


def test_binary_losses_are_those_of_two_classes() -> None:
    z, y = random(30), (random(30, seed=1) > 0).astype(float)
    expected = sklearn.metrics.log_loss(y, scipy.special.expit(z))
    assert nn.BCEWithLogitsLoss()(tensor(z), tensor(y)).item() == pytest.approx(expected, rel=1e-12)
    p = tensor(scipy.special.expit(z))
    assert nn.BCELoss()(p, tensor(y)).item() == pytest.approx(expected, rel=1e-12)
    two = torch.stack([torch.zeros(30, dtype=torch.float64), tensor(z)], 1)
    pair = nn.CrossEntropyLoss()(two, torch.tensor(y).long())
    assert pair.item() == pytest.approx(expected, rel=1e-12)
    thrice = nn.BCEWithLogitsLoss(pos_weight=tensor(3.0), reduction="sum")(tensor(z), tensor(y))
    again = sklearn.metrics.log_loss(y, p.numpy(), sample_weight=1 + 2 * y, normalize=False)
    assert thrice.item() == pytest.approx(again, rel=1e-12)


def test_divergence_is_scipys() -> None:
    p, q = (scipy.special.softmax(random(6, 5, seed=seed), axis=1) for seed in (0, 1))
    expected = scipy.stats.entropy(q, p, axis=1)
    batchmean, total = nn.KLDivLoss(reduction="batchmean"), nn.KLDivLoss(reduction="sum")
    found = batchmean(tensor(np.log(p)), tensor(q)).item()
    assert found == pytest.approx(expected.mean(), rel=1e-12)
    in_logs = nn.KLDivLoss(reduction="sum", log_target=True)(tensor(np.log(p)), tensor(np.log(q)))
    assert in_logs.item() == pytest.approx(expected.sum(), rel=1e-12)
    q[:, 2] = 0
    each = nn.KLDivLoss(reduction="none")(tensor(np.log(p)), tensor(q)).numpy()
    np.testing.assert_allclose(each + p - q, scipy.special.rel_entr(q, p) + p - q, atol=1e-15)
    assert total(tensor(np.log(p)), tensor(np.zeros_like(p))) == 0


def test_a_target_of_zero_leaves_a_finite_gradient_of_the_target() -> None:
    """Torch's is not a number there; an intended difference."""
    q = tensor([0.0, 1.0]).requires_grad_()
    nn.KLDivLoss(reduction="sum")(tensor([0.5, 0.5]).log(), q).backward()
    assert q.grad.isfinite().all()


def extremes(dtype: torch.dtype) -> torch.Tensor:
    """Rows of logits up to ±1e4, as the type holds them."""
    rows = [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4], [0.0, -90.0, 88.0], [3, 2, 1]]
    return torch.tensor(rows).to(dtype)


def value_and_gradient(loss, logits, target):
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    value.sum().backward()
    return value.detach().double(), logits.grad.double()


@pytest.mark.parametrize("dtype", LOW, ids=str)
@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("form", ["indices", "smoothed", "probabilities"])
def test_cross_entropy_of_extreme_logits(dtype: torch.dtype, label: int, form: str) -> None:
    smoothing = 0.25 if form == "smoothed" else 0.0
    loss = nn.CrossEntropyLoss(reduction="none", label_smoothing=smoothing)
    target = torch.full((5,), label)
    if form == "probabilities":
        target = torch.eye(3)[target].to(dtype)
    logits = extremes(dtype)
    found = value_and_gradient(loss, logits, target)
    z = logits.double().numpy()
    share = (1 - smoothing) * np.eye(3)[label] + smoothing / 3
    value = -(share * scipy.special.log_softmax(z, axis=1)).sum(1)
    gradient = scipy.special.softmax(z, axis=1) - share
    np.testing.assert_allclose(found[0], value, rtol=LOW[dtype], atol=1e-30)
    np.testing.assert_allclose(found[1], gradient, rtol=LOW[dtype], atol=LOW[dtype])


@pytest.mark.parametrize("dtype", LOW, ids=str)
@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_of_extreme_logits(dtype: torch.dtype, y: float) -> None:
    logits = torch.tensor([-1e4, -80.0, -20.0, -1.0, 0.0, 1.0, 20.0, 80.0, 1e4]).to(dtype)
    loss = nn.BCEWithLogitsLoss(reduction="none")
    found = value_and_gradient(loss, logits, torch.full_like(logits, y))
    z = logits.double().numpy()
    value = -y * scipy.special.log_expit(z) - (1 - y) * scipy.special.log_expit(-z)
    gradient = (1 - y) * scipy.special.expit(z) - y * scipy.special.expit(-z)
    tiny = torch.finfo(dtype).smallest_normal
    np.testing.assert_allclose(found[0], value, rtol=LOW[dtype], atol=tiny)
    # the tails too: 1 − σ(20) is 2e-9, which 1 − sigmoid(20) rounds away in float32
    np.testing.assert_allclose(found[1], gradient, rtol=2 * LOW[dtype], atol=tiny)


def test_a_class_of_logit_minus_infinity_has_probability_0() -> None:
    logits = torch.tensor([[0.0, -math.inf, 0.0]])
    value, gradient = value_and_gradient(nn.CrossEntropyLoss(), logits, torch.tensor([2]))
    assert value.item() == pytest.approx(math.log(2), rel=1e-6)
    assert gradient.tolist() == [[0.5, 0.0, -0.5]]


def test_half_precision_is_computed_in_single_and_rounded_once() -> None:
    """A mean over more examples than bfloat16 can count."""
    logits = torch.tensor(random(3001, 10)).bfloat16()
    labels = torch.arange(3001) % 10
    labels[0] = -100
    found = nn.CrossEntropyLoss()(logits, labels)
    assert found.dtype == torch.bfloat16
    exact = nn.CrossEntropyLoss()(logits.double(), labels)
    assert found == exact.bfloat16()
    each = nn.CrossEntropyLoss(reduction="none")
    assert (each(logits, labels) != each(logits.double(), labels).bfloat16()).sum() <= 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", ["MSELoss", "L1Loss", "HuberLoss", "NLLLoss", "KLDivLoss"])
def test_large_numbers_in_low_precision(name: str, dtype: torch.dtype) -> None:
    """Outputs of ±1e4 beside the same in float64, which they hold exactly."""
    input = (1e4 * torch.tensor(random(64, 5)).tanh()).to(dtype)
    target = torch.tensor(scipy.special.softmax(random(64, 5, seed=1), axis=1)).to(dtype)
    if name == "NLLLoss":
        target = torch.arange(64) % 5
    loss = getattr(nn, name)(reduction="sum")
    found = value_and_gradient(loss, input, target)
    doubled = target.double() if target.dtype == dtype else target
    exact = value_and_gradient(loss, input.double(), doubled)
    for one, other in zip(found, exact, strict=True):
        torch.testing.assert_close(one, other, rtol=LOW[dtype], atol=LOW[dtype] * 0.1)
