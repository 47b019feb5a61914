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
from dlbook.training._batches import num_batches
from dlbook.training._file import read, remove_leftovers, write
from dlbook.training._pack import pack, unpack
from dlbook.training._random import check_random, refuse_persistent_workers
from dlbook.training._same import (
    architecture,
    check_architecture,
    check_kind,
    check_optimizer,
    check_schedule,
    kind,
    optimizer_settings,
    settings,
)
from dlbook.training._states import STATES, apply_states, states_of
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.errors import CheckpointError
from dlbook.training.history import History

__all__ = ["load_checkpoint", "save_checkpoint"]


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
        Its ``state_dict()`` is kept, and the buffers that this leaves out (``persistent=False``).
    optimizer : torch.optim.Optimizer or dlbook.optim.Optimizer
        Its ``state_dict()`` is kept: momenta, second moments, step counts, learning rates.
    history : History, optional
        The record so far.
    schedule : learning-rate schedule, optional
    early_stopping : EarlyStopping, optional
        With its best weights.
    loaders : iterable of DataLoader, optional
        What of them is kept, so that the order of the examples goes on as well, is said in the
        notes. The global generators of Python, NumPy and torch are kept in any case.

    Raises
    ------
    OSError
        If the file cannot be written, as on a full disk; the old one is then as it was.
    TypeError
        If a state holds an object that only pickle could keep.
    ValueError
        If the optimizer has parameters that are not the model's: their values would be lost; or a
        loader has ``persistent_workers=True``, whose random numbers nobody can see.

    Notes
    -----
    Of a loader, its samplers, data sets (also below a ``Subset``) and transforms are kept: the
    generators of torch, NumPy and Python that they hold as attributes or in short lists and dicts,
    and the states of those that have ``state_dict()`` and ``load_state_dict()``. What they count
    otherwise, and generators that only a function knows, are not kept; neither are attributes of
    the model other than parameters and buffers, unless by ``get_extra_state``.

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
    path, loaders = _resolved(path), list(loaders)
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
        "settings": settings(model),
        "num_batches": [num_batches(loader) for loader in loaders],
        "optimizer_settings": optimizer_settings(model, optimizer, schedule),
        "optimizer_kind": kind(optimizer),
        "schedule_kind": kind(schedule),
        "early_stopping_kind": kind(early_stopping),
    }
    states = states_of(model, optimizer, schedule, early_stopping, loaders)
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
        Of the same architecture as the one that was saved: classes by name, shapes, types; to go on
        with a training also what the modules' ``extra_repr()`` says, as a dropout's rate.
    optimizer : torch.optim.Optimizer or dlbook.optim.Optimizer, optional
        Of the same class and settings, for the same parameters. Without it, only the model's
        weights are loaded, as for predictions.
    schedule : learning-rate schedule, optional
        If there was one: of the same class and settings.
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
        to another architecture, optimizer or schedule. Model, optimizer and all the rest are then
        as they were.
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
    apply_states(states, model, optimizer, **parts)
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
        apply_states(states, model, optimizer, **parts)
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
    if optimizer is not None:
        refuse_persistent_workers(loaders)
    tensors, saved = read(path)
    try:
        states = {name: unpack(saved[name], tensors) for name in STATES}
        states |= {name: saved[name] for name in ("settings", "num_batches")}
        history = History(**saved["history"])
    except CheckpointError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise CheckpointError(f"{path} does not hold what it should: {error!r}") from error
    try:
        check_architecture(saved["architecture"], model)
        if optimizer is not None:
            check_optimizer(saved, model, optimizer, schedule)
            check_kind("early_stopping", saved["early_stopping_kind"], kind(early_stopping))
            check_random(states["random"], loaders)
            if schedule is not None:
                check_schedule(states["schedule"], schedule)
    except (LookupError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} does not hold what it should: {error!r}") from error
    return states, history


def _resolved(path: str | os.PathLike[str]) -> Path:
    """Return the place of the file itself, also where the path is a link to it."""
    found = Path(path).expanduser().resolve()
    if found.is_dir():
        raise IsADirectoryError(f"the checkpoint is a file, but {found} is a folder")
    return found
