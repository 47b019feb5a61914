"""Losses say what is wrong with what they are given."""

import math
import re

import pytest
import torch

from dlbook import nn

NAMES = ["MSELoss", "L1Loss", "HuberLoss", "CrossEntropyLoss", "NLLLoss", "BCELoss"]
NAMES += ["BCEWithLogitsLoss", "KLDivLoss"]
HALF = torch.full((3, 4), 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_reductions_are_refused_when_made_and_when_changed(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: reduction must be one of .*'sum'.*'average'"):
        getattr(nn, name)(reduction="average")
    loss = getattr(nn, name)()
    loss.reduction = "total"
    target = torch.tensor([0, 1, 2]) if name in ("CrossEntropyLoss", "NLLLoss") else HALF
    with pytest.raises(ValueError, match="'total'"):
        loss(HALF, target)


def test_only_the_divergence_knows_batchmean() -> None:
    with pytest.raises(ValueError, match="'batchmean'"):
        nn.MSELoss(reduction="batchmean")
    assert nn.KLDivLoss(reduction="batchmean").reduction == "batchmean"


@pytest.mark.parametrize("argument", ["size_average", "reduce"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "HuberLoss"])
def test_what_reduction_replaced_is_refused_by_name(name: str, argument: str) -> None:
    for value in (True, False):
        with pytest.raises(TypeError, match=rf"{name}: {argument} is not supported.*reduction='me"):
            getattr(nn, name)(**{argument: value})


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("CrossEntropyLoss", "NLLLoss")])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (4,), ()], ids=str)
def test_shapes_that_would_broadcast_are_an_error(name: str, shape: tuple[int, ...]) -> None:
    message = rf"{name}: .*same shape, got input \(3, 4\) and target {re.escape(str(shape))}"
    with pytest.raises(ValueError, match=message):
        getattr(nn, name)()(HALF, torch.zeros(shape))


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
def test_shapes_of_classes(name: str) -> None:
    loss = getattr(nn, name)()
    for input, target, wanted in (
        ((3, 4), (2,), r"\(3,\)"),
        ((3, 4), (3, 1), r"\(3,\)"),
        ((4,), (1,), r"\(\)"),
        ((3, 4, 2, 2), (3, 2), r"\(3, 2, 2\)"),
    ):
        message = rf"{name}: input {re.escape(str(input))} needs class indices of shape {wanted}"
        with pytest.raises(ValueError, match=message):
            loss(torch.zeros(input), torch.zeros(target, dtype=torch.int64))
    for shape in ((), (3, 0), (0,)):
        with pytest.raises(ValueError, match=rf"{name}: input must be \(K,\), \(B, K\)"):
            loss(torch.zeros(shape), torch.zeros(shape[:1]).long())
    with pytest.raises(ValueError, match=r"weight must have .* shape \(4,\) .*; got \(3,\)"):
        getattr(nn, name)(weight=torch.ones(3))(HALF, torch.tensor([0, 1, 2]))


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
@pytest.mark.parametrize("wrong", [4, 7, -1, -99])
def test_an_index_out_of_range_is_named_with_its_place(name: str, wrong: int) -> None:
    loss = getattr(nn, name)()
    message = (
        rf"{name}: class index {wrong} at index 1 of target .*4 classes it is 0 to 3, or .*-100"
    )
    with pytest.raises(ValueError, match=message):
        loss(HALF, torch.tensor([-100, wrong, 0]))
    target = torch.zeros(3, 2, dtype=torch.int64)
    target[2, 1] = wrong
    with pytest.raises(ValueError, match=rf"class index {wrong} at index \(2, 1\)"):
        loss(torch.zeros(3, 4, 2), target)
    with pytest.raises(ValueError, match=rf"class index {wrong} of target"):
        loss(torch.zeros(4), torch.tensor(wrong))
    assert loss(HALF, torch.tensor([0, -100, 3])).isfinite()


def test_minus_100_is_out_of_range_once_another_index_is_ignored() -> None:
    with pytest.raises(ValueError, match=r"class index -100 at index 0 .*ignore_index, -1"):
        nn.CrossEntropyLoss(ignore_index=-1)(HALF, torch.tensor([-100, -1, 0]))


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int32, torch.bool], ids=str)
def test_class_indices_are_int64(name: str, dtype: torch.dtype) -> None:
    with pytest.raises(TypeError, match=rf"{name}: class indices must be int64, got {dtype}; use"):
        getattr(nn, name)()(HALF, torch.tensor([0, 1, 1]).to(dtype))


def test_probabilities_as_targets_are_of_cross_entropy_alone_and_ignore_nothing() -> None:
    with pytest.raises(ValueError, match=r"NLLLoss: input \(3, 4\) needs class indices"):
        nn.NLLLoss()(HALF, HALF)
    with pytest.raises(ValueError, match="ignore_index=2 needs class indices"):
        nn.CrossEntropyLoss(ignore_index=2)(HALF, HALF)
    with pytest.raises(
        ValueError, match=r"or probabilities of shape \(3, 4\), got target \(3, 4, 1"
    ):
        nn.CrossEntropyLoss()(HALF, HALF[..., None])
    with pytest.raises(ValueError, match="needs class indices"):
        nn.CrossEntropyLoss()(HALF, torch.zeros(3, 4).long())  # one-hot, but of whole numbers


@pytest.mark.parametrize("value", [-0.1, 1.5, math.nan])
def test_label_smoothing_is_a_share(value: float) -> None:
    with pytest.raises(
        ValueError, match=r"label_smoothing must (lie in \[0, 1\]|be a number), got"
    ):
        nn.CrossEntropyLoss(label_smoothing=value)
    loss = nn.CrossEntropyLoss()
    loss.label_smoothing = value
    with pytest.raises(ValueError, match="label_smoothing"):
        loss(HALF, torch.tensor([0, 1, 2]))


@pytest.mark.parametrize("value", [0, -1.0, math.inf, math.nan])
def test_delta_is_positive_and_finite(value: float) -> None:
    with pytest.raises(ValueError, match=r"delta must be (positive and finite|a number), got"):
        nn.HuberLoss(delta=value)
    with pytest.raises(TypeError, match="delta must be a number, got str"):
        nn.HuberLoss(delta="1")


@pytest.mark.parametrize("value", [-0.1, 1.5, math.nan])
def test_probabilities_lie_in_0_and_1(value: float) -> None:
    wrong = HALF.clone()
    wrong[1, 2] = value
    message = (
        r"BCELoss: input must lie in \[0, 1\], got .* at index \(1, 2\); if .*BCEWithLogitsLoss"
    )
    with pytest.raises(ValueError, match=message):
        nn.BCELoss()(wrong, HALF)
    with pytest.raises(ValueError, match=r"BCELoss: target must lie in \[0, 1\], got"):
        nn.BCELoss()(HALF, wrong)


@pytest.mark.parametrize("name", ["BCELoss", "BCEWithLogitsLoss"])
def test_weights_that_do_not_broadcast(name: str) -> None:
    for shape in ((3,), (2, 4), (1, 3, 4)):
        message = rf"{name}: weight has shape {re.escape(str(shape))}, .* input's \(3, 4\)"
        with pytest.raises(ValueError, match=message):
            getattr(nn, name)(weight=torch.ones(shape))(HALF, HALF)
    with pytest.raises(ValueError, match=r"pos_weight has shape \(3,\)"):
        nn.BCEWithLogitsLoss(pos_weight=torch.ones(3))(HALF, HALF)


@pytest.mark.parametrize("name", ["BCELoss", "BCEWithLogitsLoss", "KLDivLoss"])
def test_yes_and_no_are_floating_point(name: str) -> None:
    for target in (torch.ones(3, 4).long(), torch.ones(3, 4).bool()):
        with pytest.raises(TypeError, match=rf"{name}: target must be floating-point, got"):
            getattr(nn, name)()(HALF, target)


@pytest.mark.parametrize("name", ["MSELoss", "L1Loss", "HuberLoss"])
def test_two_whole_numbers_have_no_mean_and_truth_values_no_difference(name: str) -> None:
    whole = torch.ones(3).long()
    with pytest.raises(TypeError, match=rf"{name}: input must be floating-point, got torch.int64"):
        getattr(nn, name)()(whole, whole)
    with pytest.raises(TypeError, match=rf"{name}: target must be floating-point, got torch.bool"):
        getattr(nn, name)()(torch.ones(3), whole.bool())


@pytest.mark.parametrize("name", NAMES)
def test_lists_are_no_tensors(name: str) -> None:
    with pytest.raises(
        TypeError, match=rf"{name}: target must be a tensor, got list; use torch.as"
    ):
        getattr(nn, name)()(HALF, [0, 1, 2])


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
def test_logits_are_floating_point(name: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}: input must be floating-point, got torch.int64"):
        getattr(nn, name)()(torch.ones(3, 4).long(), torch.tensor([0, 1, 2]))


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"])
def test_weights_are_constants(name: str) -> None:
    target = torch.tensor([0, 1, 2]) if name in ("CrossEntropyLoss", "NLLLoss") else HALF
    for argument in ["weight"] + ["pos_weight"] * (name == "BCEWithLogitsLoss"):
        loss = getattr(nn, name)(**{argument: torch.ones(4, requires_grad=True)})
        with pytest.raises(ValueError, match=rf"{name}: {argument} must not require a gradient"):
            loss(HALF, target)
