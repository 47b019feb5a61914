"""Early stopping: keep the weights that were best on the validation examples.

Chapter: book/training/training-a-network.md
"""

import copy
import math
from numbers import Real
from typing import Any

import torch
from torch import nn

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Stop when the validation loss has not improved for some epochs, and keep the best weights.

    Parameters
    ----------
    patience : int, at least 1
        How many epochs in a row may pass without an improvement.
    min_delta : float, at least 0
        By how much the loss must fall below the best one to count as an improvement.

    Attributes
    ----------
    best_loss : float
        The smallest validation loss that counted; infinity at the start.
    best_epoch : int or None
        Its epoch, counted from 1.
    num_epochs : int
        How many epochs were looked at.

    Raises
    ------
    TypeError, ValueError
        If ``patience`` is no whole number of at least 1, or ``min_delta`` is negative or not
        finite.

    Notes
    -----
    The validation examples then take part in the training: they choose the epoch. A fair estimate
    of the error comes from examples that took no part.

    References
    ----------
    Prechelt (1998), Early stopping – but when?, doi:10.1007/3-540-49430-8_3.

    Examples
    --------
    >>> model = nn.Linear(1, 1)
    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.update(loss, model) for loss in (0.9, 0.5, 0.6, 0.7)]
    [False, False, False, True]
    >>> stopping.best_epoch
    2
    """

    def __init__(self, patience: int, *, min_delta: float = 0.0) -> None:
        if isinstance(patience, bool) or not isinstance(patience, int):
            raise TypeError(f"patience must be a whole number of epochs, got {patience!r}")
        if patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, got {patience}")
        _refuse_other_than_numbers(min_delta)
        if not 0 <= min_delta < math.inf:
            raise ValueError(f"min_delta must be at least 0 and finite, got {min_delta}")
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.best_epoch: int | None = None
        self.num_epochs = 0
        self._best: dict[str, Any] = {}

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.num_epochs - (self.best_epoch or 0) >= self.patience

    def update(self, validation_loss: float, model: nn.Module) -> bool:
        """Look at an epoch's validation loss, and keep a copy of the weights if it is the best.

        Parameters
        ----------
        validation_loss : float
            NaN never counts as an improvement.
        model : torch.nn.Module

        Returns
        -------
        bool
            Whether to stop.
        """
        self.num_epochs += 1
        if validation_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch = validation_loss, self.num_epochs
            self._best = _copied(model.state_dict())
        return self.is_over

    def restore(self, model: nn.Module) -> None:
        """Put the best weights back into the model; if no epoch counted, leave it as it is.

        Parameters
        ----------
        model : torch.nn.Module
        """
        if self._best:
            model.load_state_dict(self._best)

    def fresh(self) -> "EarlyStopping":
        """Return one with the same settings that has seen no epoch.

        Returns
        -------
        EarlyStopping
        """
        return EarlyStopping(self.patience, min_delta=self.min_delta)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint must keep: what was seen, and the best weights.

        Returns
        -------
        dict
        """
        return {
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
            "num_epochs": self.num_epochs,
            "best": self._best,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what :meth:`state_dict` returned; the settings stay.

        Parameters
        ----------
        state_dict : dict
        """
        self.best_loss = state_dict["best_loss"]
        self.best_epoch = state_dict["best_epoch"]
        self.num_epochs = state_dict["num_epochs"]
        self._best = _copied(state_dict["best"])


def _refuse_other_than_numbers(min_delta: Any) -> None:
    """Refuse a text, True and the like."""
    if isinstance(min_delta, bool) or not isinstance(min_delta, Real):
        raise TypeError(f"min_delta must be a number, got {min_delta!r}")


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    """Return a copy that further training does not change."""
    return {
        name: value.detach().clone() if isinstance(value, torch.Tensor) else copy.deepcopy(value)
        for name, value in state.items()
    }
