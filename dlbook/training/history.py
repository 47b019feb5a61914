"""What happened during training, epoch by epoch.

Chapter: book/training/training-a-network.md
"""

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["History"]

_ROWS = 12  # a longer table shows its first and last rows


@dataclass(repr=False)
class History:
    """What :func:`~dlbook.training.loop.fit` returns: lists with one number for each epoch.

    Parameters
    ----------
    train_loss : list of float
        Mean loss over the epoch's examples, each measured in training mode before its step: the
        model changes while it is measured.
    validation_loss : list of float
        Mean loss over the validation examples after the epoch; empty without validation.
    metrics : dict of str to list of float
        Each metric on the validation examples after the epoch.
    learning_rate : list of float
        Learning rate of the first parameter group at the start of the epoch.
    num_iterations : list of int
        Iterations, which are optimizer steps, from the start to the end of the epoch.
    num_examples : list of int
        Examples seen from the start to the end of the epoch; an example counts at each visit.
    best_epoch : int, optional
        With early stopping, the epoch, counted from 1, whose weights were kept.
    stopped_early : bool
        Whether early stopping ended the training.

    Examples
    --------
    >>> history = History()
    >>> history.record(train_loss=0.7, learning_rate=0.1, num_iterations=8, num_examples=256)
    >>> history.record(train_loss=0.5, learning_rate=0.1, num_iterations=8, num_examples=256)
    >>> history.train_loss, history.num_iterations
    ([0.7, 0.5], [8, 16])
    >>> history
    epoch  train_loss  learning_rate  num_iterations
        1         0.7            0.1               8
        2         0.5            0.1              16
    """

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rate: list[float] = field(default_factory=list)
    num_iterations: list[int] = field(default_factory=list)
    num_examples: list[int] = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False

    @property
    def num_epochs(self) -> int:
        """The number of epochs recorded."""
        return len(self.train_loss)

    def record(
        self,
        *,
        train_loss: float,
        learning_rate: float,
        num_iterations: int,
        num_examples: int,
        validation: dict[str, float] | None = None,
    ) -> None:
        """Add an epoch.

        Parameters
        ----------
        train_loss : float
        learning_rate : float
        num_iterations, num_examples : int
            Those of this epoch; the record holds the sums.
        validation : dict of str to float, optional
            What :func:`~dlbook.training.loop.evaluate` returned: ``"loss"`` and the metrics.
        """
        self.train_loss.append(train_loss)
        self.learning_rate.append(learning_rate)
        self.num_iterations.append(_last(self.num_iterations) + num_iterations)
        self.num_examples.append(_last(self.num_examples) + num_examples)
        if validation is not None:
            measured = dict(validation)
            self.validation_loss.append(measured.pop("loss"))
            for name, value in measured.items():
                self.metrics.setdefault(name, []).append(value)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain lists, numbers and texts, as JSON takes them.

        Returns
        -------
        dict
            ``History(**d)`` makes the same record from it.
        """
        return asdict(self)

    def __repr__(self) -> str:
        columns: dict[str, list[Any]] = {
            "train_loss": self.train_loss,
            "validation_loss": self.validation_loss,
            **self.metrics,
            "learning_rate": self.learning_rate,
            "num_iterations": self.num_iterations,
        }
        columns = {name: values for name, values in columns.items() if values}
        if not columns:
            return "History of no epoch"
        widths = {name: max(len(name), 9) for name in columns}
        lines = ["  ".join(["epoch", *(f"{name:>{widths[name]}}" for name in columns)])]
        for row in range(self.num_epochs):
            if _ROWS // 2 <= row < self.num_epochs - _ROWS // 2:
                lines += ["    …"] if row == _ROWS // 2 else []
                continue
            cells = [f"{_short(v[row]):>{widths[name]}}" for name, v in columns.items()]
            lines.append("  ".join([f"{row + 1:>5}", *cells]))
        if self.best_epoch is not None:
            why = "; stopped early" if self.stopped_early else ""
            lines.append(f"best epoch: {self.best_epoch}{why}")
        return "\n".join(lines)


def _short(number: float) -> str:
    """Return a number as the table shows it."""
    return str(number) if isinstance(number, int) else f"{number:.4g}"


def _last(numbers: list[int]) -> int:
    """Return the last number; 0 if there is none."""
    return numbers[-1] if numbers else 0
