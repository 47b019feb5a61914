"""Checkpoints: all that a training needs to go on as if it had never been interrupted.

Chapter: book/training/training-a-network.md
"""

import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import dlbook
from dlbook.training._checks import device_of
from dlbook.training._file import read, remove_leftovers, write
from dlbook.training._pack import pack, unpack
from dlbook.training._random import check_random, random_states, restore_random
from dlbook.training._same import (
    architecture,
    check_architecture,
    check_kind,
    check_optimizer,
    kind,
    optimizer_settings,
)
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.errors import CheckpointError
from dlbook.training.history import History

__all__ = ["load_checkpoint", "save_checkpoint"]

_STATES = ("model", "optimizer", "schedule", "early_stopping", "random")


def save_checkpoint(
    path: str | os.PathLike[str],
    model: nn.Module,
    optimizer: Any,
    *,
    history: History | None = None,
    schedule: Any = None,
    early_stopping: EarlyStopping | None = None,
    loaders: Iterable[Any] = (),
) -> None:
    """Write the whole state of a training into one file, in place of the one that is there.

    At any moment, even if the process is killed or the power fails, the file at ``path`` is the old
    checkpoint or the new one, complete.

    Parameters
    ----------
    path : str or path
        Such as ``"run.safetensors"``; its folder is made if need be.
    model : torch.nn.Module
        Its ``state_dict()`` is kept: parameters and buffers.
    optimizer : torch.optim.Optimizer or dlbook.optim.Optimizer
        Its ``state_dict()`` is kept: momenta, second moments, step counts, learning rates.
    history : History, optional
        The record so far.
    schedule : learning-rate schedule, optional
    early_stopping : EarlyStopping, optional
        With its best weights.
    loaders : iterable of DataLoader, optional
        Their generators' states are kept, so that the order of the examples goes on as well. The
        global generators of Python, NumPy and torch are kept in any case.

    Raises
    ------
    OSError
        If the file cannot be written, as on a full disk; the old one is then as it was.
    TypeError
        If a state holds an object that only pickle could keep.
    ValueError
        If the optimizer has parameters that are not the model's: their values would be lost.

    Notes
    -----
    The file is in the safetensors format, so that its tensors can be read by other programs. The
    rest is JSON in its header, under ``state``. A SHA-256 covers every byte.

    Examples
    --------
    >>> import tempfile
    >>> model = nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/run.safetensors", model, optimizer)
    ...     load_checkpoint(f"{folder}/run.safetensors", model, optimizer)
    History of no epoch
    """
    path = _resolved(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    history = History() if history is None else history
    tensors: dict[str, Tensor] = {}
    description = {
        "epoch": history.num_epochs,
        "history": history.to_dict(),
        "versions": {
            "dlbook": dlbook.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
        "architecture": architecture(model),
        "optimizer_settings": optimizer_settings(model, optimizer, schedule),
        "optimizer_kind": kind(optimizer),
        "schedule_kind": kind(schedule),
        "early_stopping_kind": kind(early_stopping),
    }
    states = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": None if schedule is None else schedule.state_dict(),
        "early_stopping": None if early_stopping is None else early_stopping.state_dict(),
        "random": random_states(loaders, device_of(model)),
    }
    description |= {name: pack(state, name, tensors) for name, state in states.items()}
    write(path, tensors, description)


def load_checkpoint(
    path: str | os.PathLike[str],
    model: nn.Module,
    optimizer: Any = None,
    *,
    schedule: Any = None,
    early_stopping: EarlyStopping | None = None,
    loaders: Iterable[Any] = (),
) -> History:
    """Put model, optimizer and all the rest back into the state that a checkpoint holds.

    Parameters
    ----------
    path : str or path
    model : torch.nn.Module
        Of the same architecture as the one that was saved.
    optimizer : torch.optim.Optimizer or dlbook.optim.Optimizer, optional
        Of the same class and settings, for the same parameters. Without it, only the model's
        weights are loaded, as for predictions.
    schedule : learning-rate schedule, optional
        If there was one: of the same class.
    early_stopping : EarlyStopping, optional
        If there was one.
    loaders : iterable of DataLoader, optional
        As many, made as those were.

    Returns
    -------
    History
        The record up to the checkpoint.

    Raises
    ------
    CheckpointError
        If the file is cut off, altered, of another program or of a newer version, or if it belongs
        to another architecture, optimizer or schedule. Nothing has been changed then.
    FileNotFoundError
        If there is no such file.

    Notes
    -----
    No code from the file is executed: safetensors and JSON hold data only, unlike pickle, on which
    ``torch.save`` is built.

    Examples
    --------
    >>> import tempfile
    >>> model, other = nn.Linear(2, 1), nn.Linear(3, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/run.safetensors", model, optimizer)
    ...     load_checkpoint(f"{folder}/run.safetensors", other)
    Traceback (most recent call last):
    dlbook.training.errors.CheckpointError: the checkpoint holds a Linear of another architecture
    than this Linear: weight is shape (1, 2), torch.float32 in the checkpoint and shape (1, 3),
    torch.float32 in the model
    """
    parts = {"schedule": schedule, "early_stopping": early_stopping, "loaders": list(loaders)}
    states, history = _read_for(_resolved(path), model, optimizer, **parts)
    _apply(states, model, optimizer, **parts)
    return history


def begin(
    path: str | os.PathLike[str],
    model: nn.Module,
    optimizer: Any,
    *,
    resume: bool,
    accept: Callable[[History], None],
    **parts: Any,
) -> History:
    """Load the checkpoint that is to be resumed; where there is none yet, write the first one.

    The first one holds the state before the first iteration: a folder that cannot be written to is
    found out before time was spent, and a kill in the first epoch loses nothing either. ``accept``
    may refuse a record before anything is changed.
    """
    path = _resolved(path)
    history = History()
    if not path.exists():
        save_checkpoint(path, model, optimizer, **parts)
    elif resume:
        states, history = _read_for(path, model, optimizer, **parts)
        accept(history)
        _apply(states, model, optimizer, **parts)
    else:
        raise FileExistsError(
            f"there is a checkpoint at {path} already; to go on from it pass resume=True, to start "
            "anew remove it or give another name"
        )
    remove_leftovers(path)
    return history


def _read_for(
    path: Path,
    model: nn.Module,
    optimizer: Any,
    *,
    schedule: Any,
    early_stopping: EarlyStopping | None,
    loaders: list[Any],
) -> tuple[dict[str, Any], History]:
    """Return the states and the record in a checkpoint, if it fits all that is given."""
    tensors, saved = read(path)
    try:
        states = {name: unpack(saved[name], tensors) for name in _STATES}
        history = History(**saved["history"])
        check_architecture(saved["architecture"], model)
        if optimizer is not None:
            check_optimizer(saved, model, optimizer, schedule)
            check_kind("early_stopping", saved["early_stopping_kind"], kind(early_stopping))
            check_random(states["random"], loaders)
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} does not hold what it should: {error!r}") from error
    return states, history


def _apply(
    states: dict[str, Any],
    model: nn.Module,
    optimizer: Any,
    *,
    schedule: Any,
    early_stopping: EarlyStopping | None,
    loaders: list[Any],
) -> None:
    """Put everything into the state that was read."""
    model.load_state_dict(states["model"])
    if optimizer is None:
        return
    optimizer.load_state_dict(states["optimizer"])
    if schedule is not None:
        schedule.load_state_dict(states["schedule"])
    if early_stopping is not None:
        early_stopping.load_state_dict(states["early_stopping"])
    restore_random(states["random"], loaders, device_of(model))


def _resolved(path: str | os.PathLike[str]) -> Path:
    """Return the place of the file itself, also where the path is a link to it."""
    found = Path(path).expanduser().resolve()
    if found.is_dir():
        raise IsADirectoryError(f"the checkpoint is a file, but {found} is a folder")
    return found
