"""What the losses refuse, and how they say so."""

import math
from typing import Any

import torch

from dlbook.nn._checks import number
from dlbook.nn._precision import autocast_loss
from dlbook.nn._transforms import transformed

REDUCTIONS = ("none", "mean", "sum")
INDICES = (torch.int64, torch.uint8)


def reduction(loss: str, value: str, allowed: tuple[str, ...] = REDUCTIONS) -> None:
    """Refuse a reduction that the loss does not know."""
    if value not in allowed:
        names = ", ".join(map(repr, allowed))
        raise ValueError(f"{loss}: reduction must be one of {names}; got {value!r}")


def refuse_legacy(loss: str, size_average: Any, reduce: Any) -> None:
    """Refuse the two arguments that ``reduction`` replaced."""
    for name, value in (("size_average", size_average), ("reduce", reduce)):
        if value is not None:
            raise TypeError(
                f"{loss}: {name} is not supported, got {value!r}; "
                f"use reduction='mean', 'sum' or 'none'"
            )


def delta(value: float) -> None:
    """Refuse what is no place for Huber's square to end."""
    number("HuberLoss", delta=value)
    if not 0 < value < math.inf:
        raise ValueError(f"HuberLoss: delta must be positive and finite, got {value}")


def label_smoothing(value: float) -> None:
    """Refuse a share that is none."""
    number("CrossEntropyLoss", label_smoothing=value)
    if not 0 <= value <= 1:
        raise ValueError(f"CrossEntropyLoss: label_smoothing must lie in [0, 1], got {value}")


def tensors(loss: str, **given: Any) -> None:
    """Refuse lists and arrays."""
    for name, value in given.items():
        if not hasattr(value, "requires_grad"):
            raise TypeError(
                f"{loss}: {name} must be a tensor, got {type(value).__name__}; "
                f"use torch.as_tensor({name})"
            )


def floating(loss: str, **given: Any) -> None:
    """Refuse integers and booleans where real numbers are meant."""
    for name, tensor in given.items():
        if not tensor.dtype.is_floating_point:
            raise TypeError(
                f"{loss}: {name} must be floating-point, got {tensor.dtype}; use {name}.float()"
            )


def constant(loss: str, **weights: Any) -> None:
    """Refuse weights that ask for a gradient, which the loss does not give."""
    for name, weight in weights.items():
        if weight is not None and weight.requires_grad:
            raise ValueError(f"{loss}: {name} must not require a gradient; use {name}.detach()")


def same_shape(loss: str, input: Any, target: Any) -> None:
    """Refuse shapes that differ: broadcasting would compare each output with many targets."""
    tensors(loss, input=input, target=target)
    if input.shape != target.shape:
        raise ValueError(
            f"{loss}: input and target must have the same shape, got input {tuple(input.shape)} "
            f"and target {tuple(target.shape)}; reshape one of them, as by squeeze(1)"
        )


def same_dtype(loss: str, input: Any, **others: Any) -> None:
    """Refuse numbers of another precision than the input's."""
    for name, tensor in others.items():
        if tensor is not None and tensor.dtype != input.dtype:
            raise TypeError(
                f"{loss}: input and {name} must have the same dtype, got {input.dtype} and "
                f"{tensor.dtype}; use {name}.to({input.dtype})"
            )


def regression(loss: str, input: Any, target: Any) -> Any:
    """Refuse what has no difference with a mean. Return both, in float32 under autocast."""
    same_shape(loss, input, target)
    if not (input.dtype.is_floating_point or target.dtype.is_floating_point):
        floating(loss, input=input)
    for name, tensor in (("input", input), ("target", target)):
        if tensor.dtype == torch.bool or tensor.dtype.is_complex:
            floating(loss, **{name: tensor})
    return autocast_loss(input, target)


def binary(loss: str, input: Any, target: Any, **weights: Any) -> None:
    """Refuse shapes and types that do not belong to yes-or-no targets."""
    same_shape(loss, input, target)
    floating(loss, input=input, target=target)
    constant(loss, **weights)
    full = tuple(input.shape)
    for name, weight in weights.items():
        shape = () if weight is None else tuple(weight.shape)
        pairs = zip(shape[::-1], full[::-1], strict=False)
        if len(shape) > len(full) or any(size not in (1, whole) for size, whole in pairs):
            raise ValueError(
                f"{loss}: {name} has shape {shape}, which does not broadcast to the input's {full}"
            )


def probabilities(loss: str, **given: Any) -> None:
    """Refuse what is no probability: below 0, above 1 or not a number."""
    if transformed():
        return
    for name, tensor in given.items():
        wrong = ~((tensor.data >= 0) & (tensor.data <= 1))
        if wrong.any():
            position = tuple(wrong.nonzero()[0].tolist())
            hint = "; if these are logits, use BCEWithLogitsLoss" if name == "input" else ""
            raise ValueError(
                f"{loss}: {name} must lie in [0, 1], got {tensor.data[position].item():g} at "
                f"index {_place(position)}{hint}"
            )


def classes(loss: str, input: Any, target: Any, weight: Any, *, soft: bool) -> None:
    """Refuse shapes and types that do not belong to K classes; ``soft`` allows probabilities."""
    tensors(loss, input=input, target=target)
    shape, dim = tuple(input.shape), min(1, input.ndim - 1)
    if not shape or shape[dim] == 0:
        raise ValueError(
            f"{loss}: input must be (K,), (B, K) or (B, K, d1, …) with K classes, got {shape}"
        )
    floating(loss, input=input)
    constant(loss, weight=weight)
    if weight is not None and tuple(weight.shape) != (shape[dim],):
        raise ValueError(
            f"{loss}: weight must have one entry for each class, shape ({shape[dim]},) for input "
            f"{shape}; got {tuple(weight.shape)}"
        )
    wanted = (*shape[:dim], *shape[dim + 1 :])
    if soft and target.dtype.is_floating_point and tuple(target.shape) == shape:
        return
    if tuple(target.shape) != wanted:
        also = f" or probabilities of shape {shape}" if soft else ""
        raise ValueError(
            f"{loss}: input {shape} needs class indices of shape {wanted}{also}, "
            f"got target {tuple(target.shape)}"
        )
    if target.dtype not in INDICES:
        raise TypeError(
            f"{loss}: class indices must be int64, got {target.dtype}; use target.long()"
        )
    same_dtype(loss, input, weight=weight)


def indices(loss: str, target: torch.Tensor, input: Any, ignore_index: int) -> bool:
    """Refuse an index that names no class of the input. Return whether any may be ignored."""
    if transformed():
        return True
    if target.numel() == 0:
        return False
    target, num_classes = target.long(), input.shape[min(1, input.ndim - 1)]
    low, high = (bound.item() for bound in torch.aminmax(target))
    if low >= 0 and high < num_classes:
        return 0 <= ignore_index < num_classes
    wrong = ((target < 0) | (target >= num_classes)) & (target != ignore_index)
    if wrong.any():
        position = tuple(wrong.nonzero()[0].tolist())
        where = f" at index {_place(position)}" if position else ""
        raise ValueError(
            f"{loss}: class index {target[position].item()}{where} of target is out of range: "
            f"with {num_classes} classes it is 0 to {num_classes - 1}, or ignore_index, "
            f"{ignore_index}"
        )
    return True


def _place(position: tuple[int, ...]) -> str:
    """Return an index as one writes it: 3, or (3, 0)."""
    return str(position[0]) if len(position) == 1 else str(position)
