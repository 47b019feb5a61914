"""Batches: brought to the model's device, looked at, and weighed by how much they count."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn


def one_number(loss: Any) -> Tensor:
    """Return the loss if it is one number."""
    if not isinstance(loss, Tensor):
        raise TypeError(f"loss(outputs, target) must return a tensor, got {type(loss).__name__}")
    if loss.numel() != 1:
        raise ValueError(
            f"the loss must be one number for the batch, got shape {tuple(loss.shape)}; take its "
            "mean, as reduction='mean' does"
        )
    return loss


def learnable(loss: Tensor, model: nn.Module) -> Tensor:
    """Return the loss if ``backward`` can go from it to the model."""
    if not loss.requires_grad:
        raise ValueError(
            f"the loss does not depend on the parameters of the {type(model).__name__}, so it has "
            "no gradient; look for detach(), no_grad(), .item(), argmax or a comparison on the way "
            "from the outputs to the loss"
        )
    return loss


def one_tensor(outputs: Any) -> Tensor:
    """Return the model's outputs if those of all batches can be put together for the metrics."""
    if not isinstance(outputs, Tensor) or outputs.ndim == 0:
        what = type(outputs).__name__ if not isinstance(outputs, Tensor) else "one without examples"
        raise TypeError(
            f"metrics need a model that returns one tensor, its first dimension the examples; got "
            f"{what}. Measure such a model in a loop of your own"
        )
    return outputs.cpu()


def together(parts: list[Tensor], what: str) -> Tensor:
    """Return the examples of all batches in one tensor."""
    if len({part.shape[1:] for part in parts}) > 1:
        shapes = sorted({tuple(part.shape) for part in parts})
        raise ValueError(f"metrics need {what} of one shape in all batches, got shapes {shapes}")
    return torch.cat(parts)


def weight_of(target: Tensor, loss: Any) -> float:
    """Return how much a batch counts in a mean over several: by what its own mean divides.

    That is the number of examples, but for a loss of classes that weighs them or leaves some out,
    as ``CrossEntropyLoss`` and ``NLLLoss`` do for ``weight`` and ``ignore_index``.
    """
    if not hasattr(loss, "ignore_index") or target.is_floating_point():
        return len(target)
    counted = target[target != loss.ignore_index]
    if getattr(loss, "weight", None) is not None:
        return float(loss.weight[counted].sum())
    return len(target) * counted.numel() / target.numel()


def on_device(loader: Iterable[Any], model: nn.Module, loss: Any) -> Iterator[list[Tensor]]:
    """Yield the batches as tensors where the model is; at least one batch."""
    device = device_of(model)
    if isinstance(loss, nn.Module):
        loss.to(device)  # it may hold the weights of classes
    batch = None
    for batch in loader:
        yield _moved(batch, device)
    if batch is None:
        raise no_batch("loader")


def num_batches(loader: Any) -> int | None:
    """Return how many batches an epoch has; None if the loader cannot tell, as a stream cannot."""
    try:
        return len(loader)
    except (TypeError, NotImplementedError):
        return None


def device_of(model: nn.Module) -> torch.device:
    """Return the device of the model's parameters; the CPU if it has none."""
    first = next(chain(model.parameters(), model.buffers()), None)
    return torch.device("cpu") if first is None else first.device


def no_batch(name: str) -> ValueError:
    """Return the error about a loader without a batch."""
    return ValueError(
        f"{name} has no batch; is the data set empty, or smaller than batch_size with drop_last?"
    )


def _moved(batch: Any, device: torch.device) -> list[Tensor]:
    """Return a batch's inputs and target on the device."""
    if not isinstance(batch, Sequence) or len(batch) < 2:
        size = f" of {len(batch)}" if isinstance(batch, Sequence) else ""
        raise TypeError(
            f"a loader must give batches (inputs, target); got a {type(batch).__name__}{size}"
        )
    for part in batch:
        if not isinstance(part, Tensor):
            raise TypeError(f"a loader must give tensors; a batch holds a {type(part).__name__}")
    if batch[-1].ndim == 0 or not len(batch[-1]):
        raise ValueError(
            f"a batch must have at least one example; its target has shape {tuple(batch[-1].shape)}"
        )
    return [part.to(device) for part in batch]
