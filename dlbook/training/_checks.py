"""What ``fit`` asks of its arguments: each check says what was expected and what came."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from dlbook.training.history import History

Loss = Callable[[Any, Tensor], Tensor]
Metrics = Mapping[str, Callable[[Tensor, Tensor], float]]


def check_model(model: Any, optimizer: Any) -> None:
    """Refuse a model that cannot learn, and an optimizer that would not change it."""
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model must be a torch.nn.Module, got {type(model).__name__}. For a network of "
            "dlbook.autograd write the loop yourself, it is five lines"
        )
    trainable = [p for p in model.parameters() if p.requires_grad]
    if not trainable:
        raise ValueError(
            f"{type(model).__name__} has no parameter with requires_grad, so nothing can be learned"
        )
    if not hasattr(optimizer, "param_groups"):
        raise TypeError(f"optimizer must have param_groups, got {type(optimizer).__name__}")
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in trainable):
        raise ValueError(
            "the optimizer holds none of the model's trainable parameters; make it from "
            "model.parameters() of the model that you train"
        )
    for number, group in enumerate(optimizer.param_groups):
        rate = float(group.get("initial_lr", group["lr"]))  # a warm-up begins at 0 and may
        if not 0 < rate < math.inf:
            raise ValueError(
                f"the learning rate must be above 0 and finite, got lr={rate} in parameter group "
                f"{number}; to freeze parameters use requires_grad_(False)"
            )


def check_resumed(history: History, epochs: int, loader: Any) -> None:
    """Refuse to go on with what cannot be the training that was interrupted."""
    if history.num_epochs > epochs:
        raise ValueError(
            f"the checkpoint is of epoch {history.num_epochs}, but epochs={epochs}: it is the "
            "number of all epochs, those before the checkpoint included"
        )
    then, now = history.num_iterations[:1], num_batches(loader)
    if then and now is not None and then != [now]:
        raise ValueError(
            f"the checkpoint was made with {then[0]} batches an epoch, the loader has {now}; give "
            "the same examples in batches of the same size"
        )


def check_data(loader: Any, validation: Any, loss: Any) -> None:
    """Refuse loaders without batches, and a loss that is no mean over the examples of a batch."""
    _check_loader(loader, "loader")
    if validation is not None:
        _check_loader(validation, "validation")
    if not callable(loss):
        raise TypeError(f"loss must be callable as loss(outputs, target), got {loss!r}")
    if getattr(loss, "reduction", "mean") == "sum":
        raise ValueError(
            "the loss is averaged over examples, so it must be the mean of a batch; got a loss "
            "with reduction='sum'"
        )


def check_options(
    epochs: int,
    validation: Any,
    metrics: Metrics | None,
    schedule: Any,
    schedule_every: str,
    clip_norm: float | None,
    early_stopping: Any,
) -> None:
    """Refuse options out of their range, or without what they need."""
    if isinstance(epochs, bool) or not isinstance(epochs, int):
        raise TypeError(f"epochs must be a whole number, got {epochs!r}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    if validation is None and (metrics or early_stopping is not None):
        what = "metrics" if metrics else "early_stopping"
        raise ValueError(f"{what} needs validation=, a loader of examples kept aside")
    if metrics and "loss" in metrics:
        raise ValueError("a metric cannot be called 'loss': that name is the loss's own")
    if schedule_every not in ("epoch", "iteration"):
        raise ValueError(f"schedule_every must be 'epoch' or 'iteration', got {schedule_every!r}")
    if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
        raise ValueError("schedule must need no argument in step(); ReduceLROnPlateau needs a loss")
    if clip_norm is not None and not 0 < clip_norm < math.inf:
        raise ValueError(f"clip_norm must be above 0 and finite, got {clip_norm}")


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


def on_device(loader: Iterable[Any], model: nn.Module, loss: Any) -> Iterator[list[Tensor]]:
    """Yield the batches as tensors where the model is; at least one batch."""
    device = device_of(model)
    if isinstance(loss, nn.Module):
        loss.to(device)  # it may hold the weights of classes
    batch = None
    for batch in loader:
        yield _moved(batch, device)
    if batch is None:
        raise _empty("loader")


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


def _check_loader(loader: Any, name: str) -> None:
    """Refuse what has no batch, or has them only once."""
    if isinstance(loader, Tensor) or not isinstance(loader, Iterable):
        raise TypeError(
            f"{name} must give batches (inputs, target) when it is iterated over, such as a "
            f"DataLoader; got {type(loader).__name__}"
        )
    if isinstance(loader, Iterator):
        raise TypeError(
            f"{name} is an iterator, which is used up after one epoch; give a DataLoader or a list"
        )
    if num_batches(loader) == 0:
        raise _empty(name)


def _empty(name: str) -> ValueError:
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
