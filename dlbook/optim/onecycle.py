"""The one-cycle schedule: the learning rate goes up and far down, the momentum the other way.

Chapter: book/back/api/optim.md
"""

import math
from collections.abc import Sequence
from typing import Any

from dlbook.optim._check import flag, for_each_group, number, positive, whole
from dlbook.optim.schedule import LRScheduler

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    r"""Up to a high learning rate and down to a very low one, the momentum the other way.

    From ``max_lr / div_factor`` up to ``max_lr`` in the first ``pct_start`` of the steps, then down
    to ``max_lr / div_factor / final_div_factor``. Between the ends x and y of a phase, of which the
    share p is over, the rate is :math:`y + (x - y)(1 + \cos \pi p) / 2`, or with
    ``anneal_strategy="linear"`` :math:`x + (y - x) p`.

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
        Its own learning rate is replaced.
    max_lr : float above 0, or a list of one for each group
    total_steps : int, at least 1, optional
        The number of batches in all; or give ``epochs`` and ``steps_per_epoch``.
    epochs, steps_per_epoch : int, at least 1, optional
        Their product is ``total_steps`` where that is not given.
    pct_start : float in [0, 1]
        A share, in spite of its name.
    anneal_strategy : "cos" or "linear"
    cycle_momentum : bool
        Whether the momentum, or Adam's β₁, moves as well.
    base_momentum, max_momentum : float in [0, 1), or a list of one for each group
        The momentum at the highest learning rate, and at both ends.
    div_factor, final_div_factor : float, above 0
    three_phase : bool
        Come down to the first rate in as many steps as went up, and to the lowest one after that,
        as in the paper.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range, the number of steps is not given,
        or the optimizer has no momentum to move. The method ``step`` refuses to go beyond the end.

    References
    ----------
    Smith and Topin (2018), Super-convergence: very fast training of neural networks using large
    learning rates, arXiv:1708.07120.

    Examples
    --------
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> [round(schedule.lr_at(t), 3) for t in range(10)]
    [0.04, 0.52, 1.0, 0.95, 0.812, 0.611, 0.389, 0.188, 0.05, 0.0]
    >>> [round(schedule.momentum_at(t), 2) for t in (0, 2, 9)]
    [0.95, 0.85, 0.95]
    """

    _combines = False

    def __init__(
        self,
        optimizer: Any,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        self.max_lrs = for_each_group("max_lr", max_lr, optimizer)
        for value in self.max_lrs:
            positive("max_lr", value)
        number("pct_start", pct_start, least=0)
        most = 0.5 if three_phase else 1
        if pct_start > most:
            raise ValueError(
                f"pct_start is the share of the steps on the way up, at most {most} with "
                f"three_phase={three_phase}; got {pct_start}"
            )
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        for name, factor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            positive(name, factor)
        flag("cycle_momentum", cycle_momentum)
        flag("three_phase", three_phase)
        self.pct_start, self.anneal_strategy = pct_start, anneal_strategy
        self.cycle_momentum, self.three_phase = cycle_momentum, three_phase
        self.final_div_factor = final_div_factor
        self.base_momentums = for_each_group("base_momentum", base_momentum, optimizer)
        self.max_momentums = for_each_group("max_momentum", max_momentum, optimizer)
        for value in (*self.base_momentums, *self.max_momentums):
            number("base_momentum and max_momentum", value, least=0, below=1)
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.param_groups[0]):
            raise ValueError(
                f"{type(optimizer).__name__} has neither momentum nor betas to move; pass "
                "cycle_momentum=False"
            )
        for group, highest in zip(optimizer.param_groups, self.max_lrs, strict=True):
            group["initial_lr"] = highest / div_factor
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int from 0 to ``total_steps``
        group : int
        """
        first, highest = self.base_lrs[group], self.max_lrs[group]
        back = [first] if self.three_phase else []
        return self._between([first, highest, *back, first / self.final_div_factor], step)

    def momentum_at(self, step: int, group: int = 0) -> float:
        """Return the momentum, or β₁, of a group after a number of steps.

        Parameters
        ----------
        step : int from 0 to ``total_steps``
        group : int
        """
        low, high = self.base_momentums[group], self.max_momentums[group]
        return self._between([high, low, high, *([high] if self.three_phase else [])], step)

    def _between(self, corners: list[float], step: int) -> float:
        """Return the value at a step of a curve that has these values at the phases' ends."""
        if step > self.total_steps:
            raise ValueError(
                f"the cycle has {self.total_steps} steps, and no learning rate for step {step}; "
                "count batches, not epochs, in total_steps"
            )
        up, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        ends = [0, up, *([2 * up] if self.three_phase else []), last]
        phase = next((i for i, end in enumerate(ends[1:]) if step <= end), len(ends) - 2)
        start, end = ends[phase : phase + 2]
        share = (step - start) / (end - start) if end != start else 1.0
        x, y = corners[phase : phase + 2]
        if self.anneal_strategy == "linear":
            return x + (y - x) * share
        return y + (x - y) * (1 + math.cos(math.pi * share)) / 2

    def _apply(self) -> None:
        """Write this step's learning rates, and the momentum, into the optimizer's groups."""
        super()._apply()
        if self.cycle_momentum:
            for i, group in enumerate(self.optimizer.param_groups):
                momentum = self.momentum_at(self.last_epoch, i)
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum


def _total_steps(total: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    """Return the number of steps in a cycle."""
    if total is not None:
        whole("total_steps", total, 1)
        return total
    if epochs is None or steps_per_epoch is None:
        raise ValueError("give total_steps, or both epochs and steps_per_epoch")
    whole("epochs", epochs, 1)
    whole("steps_per_epoch", steps_per_epoch, 1)
    return epochs * steps_per_epoch
