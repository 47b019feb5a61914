"""What ``fit`` asks of its arguments: each check says what was expected and what came."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import signature
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from dlbook.training._batches import no_batch, num_batches
from dlbook.training._random import refuse_persistent_workers
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.history import History

Loss = Callable[[Any, Tensor], Tensor]
Metrics = Mapping[str, Callable[[Tensor, Tensor], float]]
_COLUMNS = (
    *("loss", "epoch", "train_loss", "validation_loss", "learning_rate", "num_iterations"),
    "num_examples",
)


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
    if any(p.is_meta for p in trainable):
        raise ValueError(
            f"{type(model).__name__} is on the device 'meta', which has shapes but no numbers; "
            "make it there anew with model.to_empty(device=…) and initialize it"
        )
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer must have a method step(), got {type(optimizer).__name__}")
    closure = signature(type(optimizer).step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise ValueError(
            f"{type(optimizer).__name__} computes the loss several times a step, by a closure that "
            "fit does not have; write the loop yourself, or take another optimizer"
        )
    for number, group in enumerate(optimizer.param_groups):
        rate = float(group.get("initial_lr", group["lr"]))  # a warm-up begins at 0 and may
        if not 0 < rate < math.inf:
            raise ValueError(
                f"the learning rate must be above 0 and finite, got lr={rate} in parameter group "
                f"{number}; to freeze parameters use requires_grad_(False)"
            )


def check_resumed(history: History, epochs: int) -> None:
    """Refuse to go on with what cannot be the training that was interrupted."""
    if history.num_epochs > epochs:
        raise ValueError(
            f"the checkpoint is of epoch {history.num_epochs}, but epochs={epochs}: it is the "
            "number of all epochs, those before the checkpoint included"
        )


def check_device(device: Any) -> None:
    """Refuse a device that there is not, or that has no numbers."""
    if device is None:
        return
    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"device must be a torch.device or a text such as 'cpu', got {device!r}")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError, NotImplementedError, ImportError) as error:
        there = torch.accelerator.current_accelerator()
        here = "cpu" if there is None else f"cpu and {there.type}"
        raise ValueError(
            f"device={str(device)!r} is not available; here there is {here}"
        ) from error
    if place.type == "meta":
        raise ValueError("device='meta' has shapes but no numbers, so nothing can be learned there")


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
    clip_norm: float | None,
    early_stopping: Any,
) -> None:
    """Refuse options out of their range, or without what they need."""
    if isinstance(epochs, bool) or not isinstance(epochs, int):
        raise TypeError(f"epochs must be a whole number, got {epochs!r}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    if early_stopping is not None and not isinstance(early_stopping, EarlyStopping):
        raise TypeError(
            "early_stopping must be an EarlyStopping, such as EarlyStopping(patience=5); got "
            f"{early_stopping!r}"
        )
    check_metrics(metrics, reserved=_COLUMNS)
    if validation is None and (metrics or early_stopping is not None):
        what = "metrics" if metrics else "early_stopping"
        raise ValueError(f"{what} needs validation=, a loader of examples kept aside")
    if clip_norm is not None:
        if isinstance(clip_norm, bool) or not isinstance(clip_norm, Real):
            raise TypeError(f"clip_norm must be a number, got {clip_norm!r}")
        if not 0 < clip_norm < math.inf:
            raise ValueError(f"clip_norm must be above 0 and finite, got {clip_norm}")


def check_metrics(metrics: Any, reserved: Iterable[str] = ("loss",)) -> None:
    """Refuse metrics that cannot be called, or whose name stands for something else."""
    if metrics is None:
        return
    if not isinstance(metrics, Mapping):
        raise TypeError(
            f"metrics must be a dict of names and functions, got {type(metrics).__name__}"
        )
    for name, metric in metrics.items():
        if not isinstance(name, str) or not callable(metric):
            raise TypeError(
                "metrics must have names as keys and functions metric(outputs, targets) as values; "
                f"got {name!r}: {metric!r}"
            )
        if name in reserved:
            raise ValueError(f"a metric cannot be called {name!r}: the record has it already")


def check_schedule(schedule: Any, schedule_every: str, optimizer: Any) -> None:
    """Refuse a schedule that cannot be stepped, or moves another optimizer."""
    if schedule_every not in ("epoch", "iteration"):
        raise ValueError(f"schedule_every must be 'epoch' or 'iteration', got {schedule_every!r}")
    if schedule is None:
        return
    if not callable(getattr(schedule, "step", None)):
        raise TypeError(
            "schedule must be a learning-rate schedule, with a method step(), of torch or "
            f"dlbook.optim; got {schedule!r}"
        )
    if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
        raise ValueError("schedule must need no argument in step(); ReduceLROnPlateau needs a loss")
    if getattr(schedule, "optimizer", optimizer) is not optimizer:
        raise ValueError(
            f"the schedule, {type(schedule).__name__}, was made for another optimizer than the one "
            "given, so the learning rate would stay; make it from this optimizer"
        )


def check_checkpoint(checkpoint: Any, resume: Any, schedule: Any, loaders: Iterable[Any]) -> None:
    """Refuse a checkpoint that could not hold all that the training depends on."""
    if not isinstance(resume, bool):
        raise TypeError(f"resume must be True or False, got {resume!r}")
    if checkpoint is None:
        if resume:
            raise ValueError("resume=True needs checkpoint=, the file to go on from")
        return
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise TypeError(f"checkpoint must be the path of a file, got {checkpoint!r}")
    if schedule is not None and not hasattr(schedule, "load_state_dict"):
        raise TypeError(
            f"checkpoint= needs a schedule with state_dict() and load_state_dict(), which "
            f"{type(schedule).__name__} has not"
        )
    refuse_persistent_workers(loaders)


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
        raise no_batch(name)
