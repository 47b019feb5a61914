"""The training loop: forward, loss, backward, step, and what to write down about it.

Chapter: book/training/training-a-network.md
"""

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from dlbook.training._batches import (
    learnable,
    num_batches,
    on_device,
    one_number,
    one_tensor,
    together,
    weight_of,
)
from dlbook.training._checks import (
    Loss,
    Metrics,
    check_checkpoint,
    check_data,
    check_device,
    check_metrics,
    check_model,
    check_options,
    check_resumed,
    check_schedule,
)
from dlbook.training._divergence import Guard
from dlbook.training.checkpoint import begin, save_checkpoint
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.history import History

__all__ = ["evaluate", "fit"]


def fit(
    model: nn.Module,
    loader: Iterable[Any],
    loss: Loss,
    optimizer: Any,
    *,
    epochs: int,
    device: torch.device | str | None = None,
    validation: Iterable[Any] | None = None,
    metrics: Metrics | None = None,
    schedule: Any = None,
    schedule_every: str = "epoch",
    clip_norm: float | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool | None = None,
) -> History:
    """Train a model, and return what happened in each epoch.

    Parameters
    ----------
    model : torch.nn.Module
        It is changed in place, and left in training mode.
    loader : iterable of (inputs, target)
        The training examples in batches: a ``DataLoader``, or a list of batches. The last tensor of
        a batch is the target; what comes before goes to the model. The first dimension of the
        target counts the examples.
    loss : callable
        ``loss(outputs, target)``, the mean over the batch's examples: a module of ``torch.nn`` or
        ``dlbook.nn``, or a function; see the notes of :func:`evaluate`.
    optimizer : torch.optim.Optimizer or dlbook.optim.Optimizer
        Made from ``model.parameters()``.
    epochs : int, at least 1
        How often to go over all training examples.
    device : torch.device or str, optional
        Where to train: the model is moved there. Without it, where the model is.
    validation : iterable of (inputs, target), optional
        Examples kept aside; :func:`evaluate` measures the model on them after each epoch.
    metrics : dict of str to callable, optional
        What to measure on the validation examples besides the loss; see :func:`evaluate`.
    schedule : learning-rate schedule, optional
        Its ``step()`` is called after each epoch or each iteration.
    schedule_every : "epoch" or "iteration"
        When. Warm-up and one-cycle schedules count iterations.
    clip_norm : float above 0, optional
        A gradient that is longer than this is shortened to it.
    early_stopping : EarlyStopping, optional
        When to stop before the last epoch. The best weights are put back at the end. The object
        itself is not changed, so that it can serve many runs.
    checkpoint : str or path, optional
        A file, such as ``"run.safetensors"``, that is replaced after each epoch by the new state
        of everything that the training depends on.
    resume : bool
        Go on from the checkpoint if there is one; ``epochs`` counts those before it too. With the
        same arguments, the result on a CPU is that of a training that was never interrupted, bit
        for bit, as long as all that changes is in the checkpoint: what of model and loaders is, the
        notes of :func:`~dlbook.training.checkpoint.save_checkpoint` say. Without it, a checkpoint
        that is there already is an error.
    progress : bool, optional
        Whether to show a progress bar. Without it: on a terminal yes, elsewhere no.

    Returns
    -------
    History

    Raises
    ------
    TrainingDiverged
        If the loss or an entry of a gradient is NaN or infinite; the model's parameters and buffers
        and the optimizer are then as after the last good iteration. Also if a step with a finite
        gradient led to weights that are not finite, which are then left as they are.
    CheckpointError
        If the checkpoint to be resumed is damaged, or of another model or optimizer.
    FileExistsError
        If there is a checkpoint and ``resume`` is False.
    OSError
        If the checkpoint cannot be written; the one before is then as it was.
    TypeError, ValueError
        If an argument does not fit: an empty loader, no epoch, a learning rate of 0 or less, a loss
        that is not one number or does not depend on the parameters, a model without parameters, the
        optimizer of another model or one that needs a closure, the schedule of another optimizer, a
        device that is not there, with ``checkpoint`` a loader with ``persistent_workers=True``.

    Notes
    -----
    The length of the gradient is computed in each iteration, to see that it is finite; where the
    length overflows, each entry is looked at.

    After Ctrl-C or a kill, the checkpoint is that of the last complete epoch; the epoch that was
    cut off is run again, in the same order and with the same random numbers.

    Examples
    --------
    >>> import torch
    >>> from dlbook.data.loaders import batches
    >>> model = torch.nn.Linear(1, 1)
    >>> loader = batches([[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 4.0, 6.0], batch_size=2, seed=0)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    >>> def squared(outputs, target):
    ...     return ((outputs[:, 0] - target) ** 2).mean()
    >>> history = fit(model, loader, squared, optimizer, epochs=200)
    >>> history.num_iterations[-1], round(model.weight.item(), 2)
    (400, 2.0)
    """
    check_model(model, optimizer)
    check_data(loader, validation, loss)
    check_options(epochs, validation, metrics, clip_norm, early_stopping)
    check_schedule(schedule, schedule_every, optimizer)
    check_checkpoint(checkpoint, resume, schedule, [loader, validation])
    check_device(device)
    if device is not None:
        model.to(device)
    stopping = early_stopping.fresh() if early_stopping is not None else None
    parts = {"schedule": schedule, "early_stopping": stopping, "loaders": [loader, validation]}
    history = History()
    if checkpoint is not None:
        accept = partial(check_resumed, epochs=epochs)
        history = begin(checkpoint, model, optimizer, resume=resume, accept=accept, **parts)
    guard = Guard(model, optimizer, clip_norm, history)
    each_iteration = schedule if schedule_every == "iteration" else None
    each_epoch = schedule if schedule_every == "epoch" else None

    with _bar(progress, epochs, loader, history) as bar:
        for _ in range(history.num_epochs, epochs):
            if stopping and stopping.is_over:
                history.stopped_early = True
                break
            learning_rate = float(optimizer.param_groups[0]["lr"])
            trained = _one_epoch(model, loader, loss, optimizer, each_iteration, guard, bar)
            guard.after_epoch()
            if each_epoch:
                each_epoch.step()
            measured = None
            if validation is not None:
                measured = evaluate(model, validation, loss, metrics=metrics)
                guard.after_validation(measured["loss"])
            history.record(**trained, learning_rate=learning_rate, validation=measured)
            if stopping and measured:
                stopping.update(measured["loss"], model)
                history.best_epoch = stopping.best_epoch
            if checkpoint is not None:
                save_checkpoint(checkpoint, model, optimizer, history=history, **parts)
    if stopping:
        stopping.restore(model)
    return history


def _one_epoch(
    model: nn.Module,
    loader: Iterable[Any],
    loss: Loss,
    optimizer: Any,
    schedule: Any,
    guard: Guard,
    bar: Any,
) -> dict[str, Any]:
    """Go over the training examples once, with a step of the optimizer for each batch."""
    model.train()
    total, weight, num_iterations, num_examples = 0.0, 0.0, 0, 0
    for *inputs, target in on_device(loader, model, loss):
        guard.before_forward()
        value = learnable(one_number(loss(model(*inputs), target)), model)
        optimizer.zero_grad()
        value.backward()
        guard.before_step(value, num_iterations + 1, [*inputs, target])
        optimizer.step()
        if schedule:
            schedule.step()
        counts = weight_of(target, loss)  # batches may differ in size, examples count alike
        total += value.item() * counts
        weight += counts
        num_iterations += 1
        num_examples += len(target)
        bar.update()
    return {
        "train_loss": total / weight,
        "num_iterations": num_iterations,
        "num_examples": num_examples,
    }


@torch.no_grad()
def evaluate(
    model: nn.Module,
    loader: Iterable[Any],
    loss: Loss,
    *,
    metrics: Metrics | None = None,
) -> dict[str, float]:
    """Measure the loss and metrics of a model on examples, in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
        Each of its modules is put into evaluation mode, and afterwards back into the mode it had.
    loader : iterable of (inputs, target)
        Such as a ``DataLoader``, or a list of batches.
    loss : callable
        ``loss(outputs, target)``, the mean over the batch's examples.
    metrics : dict of str to callable, optional
        Each is called once as ``metric(outputs, targets)`` with those of all batches together, on
        the CPU: a precision is not the mean of the batches' precisions.

    Returns
    -------
    dict of str to float
        ``"loss"``, the mean over the examples, and each metric.

    Raises
    ------
    TypeError, ValueError
        If the loader has no batch, the loss is not one number, or there are metrics but the model
        returns more than one tensor, or a metric not one number.

    Notes
    -----
    Batches count by the number of their examples, so that the loss does not depend on how they were
    split. ``CrossEntropyLoss`` and ``NLLLoss`` with ``weight`` or ``ignore_index`` divide by the
    weights of the examples that count; so does this mean. A function that divides by anything else
    than the number of examples cannot be seen through: its mean then depends on the batches.

    Examples
    --------
    >>> import torch
    >>> batch = (torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]]))
    >>> evaluate(torch.nn.Identity(), [batch], torch.nn.MSELoss())
    {'loss': 2.0}
    """
    check_data(loader, None, loss)
    check_metrics(metrics)
    total, weight = 0.0, 0.0
    kept = []
    with _evaluation_mode(model):
        for *inputs, target in on_device(loader, model, loss):
            outputs = model(*inputs)
            value = one_number(loss(outputs, target)).item()
            if counts := weight_of(target, loss):  # of a batch that counts nothing the mean is NaN
                total += value * counts
                weight += counts
            if metrics:
                kept.append((one_tensor(outputs), target.cpu()))
    measured = {"loss": total / weight if weight else math.nan}
    if metrics:
        outputs, targets = (
            together(list(parts), what)
            for parts, what in zip(zip(*kept, strict=True), ("outputs", "targets"), strict=True)
        )
        measured |= {name: _number(name, of(outputs, targets)) for name, of in metrics.items()}
    return measured


def _number(name: str, value: Any) -> float:
    """Return what a metric has measured."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"metric {name!r} must return one number, got {value!r:.60}") from error


@contextmanager
def _evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Put each module into evaluation mode, and afterwards back into the mode it had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _bar(progress: bool | None, epochs: int, loader: Iterable[Any], history: History) -> Any:
    """Return a progress bar; by itself it appears on a terminal only."""
    length = num_batches(loader)
    return tqdm(
        total=None if length is None else epochs * length,
        initial=history.num_iterations[-1] if history.num_iterations else 0,
        disable=None if progress is None else not progress,
        unit="batch",
    )
