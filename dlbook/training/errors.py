"""The errors of training: numbers that are none, and checkpoints that do not fit.

Chapter: book/training/training-a-network.md
"""

import math

from dlbook.training.history import History

__all__ = ["CheckpointError", "TrainingDiverged"]


class TrainingDiverged(ArithmeticError):
    """The loss or a gradient is NaN or infinite: training stopped before a step was made with it.

    The model's parameters and buffers and the optimizer are as after the last good iteration, and a
    checkpoint is as after the last good epoch. Only where a last step with a finite gradient was so
    large that the weights overflowed, which is seen at the end of the epoch, they are left as they
    are.

    Attributes
    ----------
    epoch, batch : int
        Where it happened, counted from 1. The batch is 0 for the loss on the validation examples.
    loss : float
        The loss there.
    history : History
        The record of the epochs before.

    Examples
    --------
    >>> error = TrainingDiverged("the loss is nan", epoch=3, batch=7)
    >>> error.epoch, error.batch
    (3, 7)
    """

    def __init__(
        self,
        message: str,
        *,
        epoch: int = 0,
        batch: int = 0,
        loss: float = math.nan,
        history: History | None = None,
    ) -> None:
        super().__init__(message)
        self.epoch = epoch
        self.batch = batch
        self.loss = loss
        self.history = History() if history is None else history


class CheckpointError(ValueError):
    """A checkpoint that cannot be used here: the message says what was expected and what came.

    Model, optimizer, schedule, loaders and random generators are as before.

    Examples
    --------
    >>> issubclass(CheckpointError, ValueError)
    True
    """
