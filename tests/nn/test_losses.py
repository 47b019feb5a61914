"""The losses agree with torch's: values, gradients, buffers, signatures, for every argument."""

import inspect
import itertools
import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook import nn as ours
from dlbook.nn._binary_cross_entropy import BinaryCrossEntropy
from dlbook.nn._cross_entropy import SoftmaxCrossEntropy, by_class, pick
from dlbook.nn.functional import log_softmax

NAMES = ["MSELoss", "L1Loss", "HuberLoss", "CrossEntropyLoss", "NLLLoss", "BCELoss"]
NAMES += ["BCEWithLogitsLoss", "KLDivLoss"]
REDUCTIONS = ["none", "mean", "sum"]
SHAPES = [(4,), (5, 4), (3, 4, 6), (2, 4, 3, 2)]
SHAPED = [(), (3,), (5, 4), (2, 3, 4), (0, 4)]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def probability(*shape: int, seed: int = 0) -> torch.Tensor:
    return normal(*shape, seed=seed).sigmoid()


def classes(shape: tuple[int, ...], seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    others = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    return torch.randint(shape[min(1, len(shape) - 1)], others, generator=generator)


def run(loss: torch.nn.Module, input: torch.Tensor, target: torch.Tensor) -> list[torch.Tensor]:
    """Return the value and the gradients of the input and, if it has one, of the target."""
    leaves = [input.detach().clone().requires_grad_()]
    if target.requires_grad:
        leaves.append(target.detach().clone().requires_grad_())
    value = loss(leaves[0], leaves[1] if len(leaves) == 2 else target)
    cotangent = normal(*value.shape, seed=9).to(value.dtype)
    return [value.detach(), *torch.autograd.grad(value, leaves, cotangent)]


def agree(name: str, input: torch.Tensor, target: torch.Tensor, **arguments: object) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*batchmean")
        expected = run(getattr(torch.nn, name)(**arguments), input, target)
        found = run(getattr(ours, name)(**arguments), input, target)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-15, equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_signature_defaults_and_base(name: str) -> None:
    theirs = inspect.signature(getattr(torch.nn, name)).parameters
    found = inspect.signature(getattr(ours, name)).parameters
    assert list(found) == list(theirs)
    assert {k: p.default for k, p in found.items()} == {k: p.default for k, p in theirs.items()}
    assert isinstance(getattr(ours, name)(), torch.nn.Module)
    assert repr(getattr(ours, name)()) == repr(getattr(torch.nn, name)())


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"])
def test_state_loads_both_ways(name: str) -> None:
    both = [{}, {"weight": normal(4)}]
    if name == "BCEWithLogitsLoss":
        both += [{"pos_weight": normal(4)}, {"weight": normal(4), "pos_weight": normal(4, seed=1)}]
    for arguments in both:
        mine, theirs = getattr(ours, name)(**arguments), getattr(torch.nn, name)(**arguments)
        assert list(mine.state_dict()) == list(theirs.state_dict()) == list(arguments)
        blank = getattr(ours, name)(**{key: torch.zeros(4).double() for key in arguments})
        blank.load_state_dict(theirs.state_dict())
        theirs.load_state_dict(blank.state_dict())
        for key, value in arguments.items():
            torch.testing.assert_close(getattr(blank, key), value)
        assert list(mine.parameters()) == []


@pytest.mark.parametrize("shape", SHAPED, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["MSELoss", "L1Loss", "HuberLoss"])
def test_errors_of_numbers(name: str, reduction: str, shape: tuple[int, ...]) -> None:
    input, target = normal(*shape), normal(*shape, seed=1).requires_grad_()
    agree(name, input, target, reduction=reduction)
    agree(name, input, target.detach(), reduction=reduction)
    agree(name, input, input.detach().clone(), reduction=reduction)  # the corner at 0
    if name == "HuberLoss":
        for delta in (0.3, 2, 1e6):
            agree(name, input, target, reduction=reduction, delta=delta)
        agree(name, target.detach() + 1.0, target, reduction=reduction)  # the seam at delta


def test_huber_far_away_where_a_square_overflows() -> None:
    agree("HuberLoss", torch.tensor([1e200, -math.inf]).double(), torch.zeros(2).double())


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_cross_entropy_of_class_indices(
    shape: tuple[int, ...], weighted: bool, smoothing: float, reduction: str
) -> None:
    arguments = {"weight": probability(4, seed=3) if weighted else None, "reduction": reduction}
    arguments["label_smoothing"] = smoothing
    input, target = normal(*shape), classes(shape)
    agree("CrossEntropyLoss", input, target, **arguments)
    agree("CrossEntropyLoss", input, target, ignore_index=1, **arguments)
    for ignore_index in (-100, -1, 4, 1000):
        some = target.clone()
        some.view(-1)[::2] = ignore_index
        agree("CrossEntropyLoss", input, some, ignore_index=ignore_index, **arguments)
    every = torch.full_like(target, -100)
    agree("CrossEntropyLoss", input, every, **arguments)
    if len(shape) == 2 and not (weighted and smoothing):  # torch has no kernel for the other cases
        agree("CrossEntropyLoss", input, target.to(torch.uint8), **arguments)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_cross_entropy_of_probabilities(shape: tuple[int, ...], reduction: str) -> None:
    target = normal(*shape, seed=1).softmax(min(1, len(shape) - 1)).requires_grad_()
    for weight, smoothing, ignore_index in itertools.product(
        (None, probability(4, seed=3)), (0.0, 0.2, 1.0), (-100, -1)
    ):
        arguments = {"weight": weight, "label_smoothing": smoothing, "ignore_index": ignore_index}
        agree("CrossEntropyLoss", normal(*shape), target, reduction=reduction, **arguments)
    agree("CrossEntropyLoss", normal(*shape), target.detach().float(), reduction=reduction)
    agree("CrossEntropyLoss", normal(*shape), -target.detach(), reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_nll(shape: tuple[int, ...], reduction: str) -> None:
    for weight in (None, probability(4, seed=3)):
        for ignore_index in (-100, 1, 1000):
            target = classes(shape)
            if ignore_index != 1:
                target.view(-1)[::2] = ignore_index
            arguments = {"weight": weight, "ignore_index": ignore_index, "reduction": reduction}
            agree("NLLLoss", normal(*shape), target, **arguments)
            agree("NLLLoss", normal(*shape), torch.full_like(target, ignore_index), **arguments)
            agree("NLLLoss", normal(*shape), classes(shape), **arguments)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(0, 4), (0, 4, 2), (2, 4, 0, 3)], ids=str)
def test_no_examples(shape: tuple[int, ...], reduction: str) -> None:
    target = torch.zeros((shape[0], *shape[2:]), dtype=torch.int64)
    for weight in (None, probability(4, seed=3)):
        agree("NLLLoss", normal(*shape), target, weight=weight, reduction=reduction)
        for smoothing in (0.0, 0.1):
            arguments = {"weight": weight, "label_smoothing": smoothing, "reduction": reduction}
            agree("CrossEntropyLoss", normal(*shape), target, **arguments)
            agree("CrossEntropyLoss", normal(*shape), normal(*shape), **arguments)


def test_weights_of_zero_and_below_as_torch() -> None:
    target = torch.tensor([0, 3, 0, 3])
    for weight in ([0.0, 1.0, 1.0, 0.0], [-1.0, 2.0, -3.0, 0.5]):
        for smoothing in (0.0, 0.1):
            arguments = {"weight": torch.tensor(weight).double(), "label_smoothing": smoothing}
            agree("CrossEntropyLoss", normal(4, 4), target, **arguments)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPED, ids=str)
def test_binary_cross_entropies(shape: tuple[int, ...], reduction: str) -> None:
    weights = [None, normal(*shape, seed=4)]
    weights += [normal(1, seed=4), normal(shape[-1], seed=4)] if shape else [normal(seed=4)]
    hard = (normal(*shape, seed=1) > 0).double()
    soft = probability(*shape, seed=1).requires_grad_()
    for weight, target in itertools.product(weights, (hard, soft)):
        arguments = {"weight": weight, "reduction": reduction}
        agree("BCELoss", probability(*shape), target, **arguments)
        for pos_weight in weights:
            agree("BCEWithLogitsLoss", normal(*shape), target, pos_weight=pos_weight, **arguments)


def test_logits_of_exactly_zero_and_targets_outside_0_and_1() -> None:
    target = torch.tensor([0.0, 1.0, 0.25, 2.0, -1.0]).double()
    agree("BCEWithLogitsLoss", torch.zeros(5).double(), target, pos_weight=normal(5).exp())
    agree("BCEWithLogitsLoss", normal(5), target, reduction="none")


def test_certain_probabilities_have_torchs_floor_and_gradient() -> None:
    input = torch.tensor([0.0, 1.0, 0.0, 1.0, 1e-13, 1 - 1e-13, 1e-50, 5e-324]).double()
    target = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]).double()
    for reduction in REDUCTIONS:
        agree("BCELoss", input, target, reduction=reduction)
        agree("BCELoss", input, target.clone().requires_grad_(), reduction=reduction)


@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize("shape", SHAPED, ids=str)
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_divergence(shape: tuple[int, ...], reduction: str, log_target: bool) -> None:
    target = normal(*shape, seed=1) if log_target else probability(*shape, seed=1)
    for each in (target, target.clone().requires_grad_()):
        arguments = {"reduction": reduction, "log_target": log_target}
        agree("KLDivLoss", normal(*shape), each, **arguments)
    if not log_target:
        agree("KLDivLoss", normal(*shape), (target > 0.5).double(), reduction=reduction)
        agree("KLDivLoss", normal(*shape), -target, reduction=reduction)  # not a number, as torch


def test_kl_mean_warns_as_torchs_does() -> None:
    with pytest.warns(UserWarning, match=r"B · K.*'batchmean', which divides by B"):
        ours.KLDivLoss()(normal(2, 3), probability(2, 3))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 5),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(REDUCTIONS),
    st.sampled_from([0.0, 0.3]),
    st.booleans(),
    st.integers(0, 1000),
)
def test_cross_entropy_of_any_shape(num_classes, others, reduction, smoothing, weighted, seed):
    shape = (*others[:1], num_classes, *others[1:])
    target = torch.randint(-1, num_classes, (*others[:1], *others[1:]))
    weight = probability(num_classes, seed=seed) if weighted else None
    arguments = {"weight": weight, "reduction": reduction, "label_smoothing": smoothing}
    agree("CrossEntropyLoss", normal(*shape, seed=seed), target, ignore_index=-1, **arguments)


@pytest.mark.parametrize("shape", SHAPES[1:], ids=str)
def test_the_derived_gradient_of_cross_entropy_is_that_of_the_formula(shape) -> None:
    labels, logits, spread = classes(shape), normal(*shape).requires_grad_(), normal(4, seed=2)
    log_probs = log_softmax(logits, dim=1)
    clear = -pick(log_probs, labels), -by_class(log_probs, spread).sum(1)
    fast = SoftmaxCrossEntropy.apply(logits, labels, spread)
    torch.testing.assert_close(fast, clear, rtol=1e-13, atol=1e-15)
    cotangents = normal(*labels.shape, seed=5), normal(*labels.shape, seed=6)
    found = torch.autograd.grad(fast, logits, cotangents)
    torch.testing.assert_close(
        found, torch.autograd.grad(clear, logits, cotangents), rtol=1e-12, atol=1e-15
    )
    for each in (spread, None):

        def fast_form(z, spread=each):
            both = SoftmaxCrossEntropy.apply(z, labels, spread)
            return both if spread is not None else both[0]

        assert torch.autograd.gradcheck(fast_form, logits)
        assert torch.autograd.gradgradcheck(fast_form, logits)


def test_the_derived_gradient_of_binary_cross_entropy_is_that_of_the_formula() -> None:
    p, y = probability(20).requires_grad_(), probability(20, seed=1).requires_grad_()
    fast, clear = BinaryCrossEntropy.apply(p, y), -(y * p.log() + (1 - y) * (1 - p).log())
    torch.testing.assert_close(fast, clear, rtol=1e-12, atol=0)
    found = torch.autograd.grad(fast.sum(), [p, y])
    torch.testing.assert_close(found, torch.autograd.grad(clear.sum(), [p, y]))
    assert torch.autograd.gradcheck(BinaryCrossEntropy.apply, (p, y))
    assert torch.autograd.gradgradcheck(BinaryCrossEntropy.apply, (p, y))


def test_a_second_backward_pass_adds_the_same_gradient() -> None:
    logits = normal(5, 4).requires_grad_()
    loss = ours.CrossEntropyLoss()(logits, classes((5, 4)))
    loss.backward(retain_graph=True)
    once = logits.grad.clone()
    loss.backward()
    torch.testing.assert_close(logits.grad, 2 * once, rtol=1e-15, atol=0)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own
def test_torch_func_transforms() -> None:
    """Gradients of each example, and a Hessian, as torch's own losses allow them."""
    weight, x, y = normal(4, 3), normal(5, 3, seed=1), classes((5, 4))
    binary = (normal(5, 4, seed=2) > 0).double()

    def each(loss, targets):
        return torch.func.vmap(
            torch.func.grad(lambda w, a, b: loss(w @ a, b)), in_dims=(None, 0, 0)
        )(weight, x, targets)

    for name, targets in (("CrossEntropyLoss", y), ("BCEWithLogitsLoss", binary)):
        found, expected = (each(getattr(lib, name)(), targets) for lib in (ours, torch.nn))
        torch.testing.assert_close(found, expected)
        hessians = [
            torch.func.hessian(lambda w, loss=loss, t=targets: loss(x @ w.T, t))(weight)
            for loss in (getattr(ours, name)(), getattr(torch.nn, name)())
        ]
        torch.testing.assert_close(*hessians)
