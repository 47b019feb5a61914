"""Schedules: how the learning rate changes in the course of training.

Chapter: book/back/api/optim.md
"""

import copy
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from dlbook.optim._check import for_each_group, groups_of, number, whole

__all__ = [
    "CosineAnnealingLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "SequentialLR",
    "StepLR",
]


class LRScheduler:
    """What all schedules share: a count of steps, and a formula for each step's learning rate.

    A subclass is one method, :meth:`lr_at`. The rates are torch's; torch multiplies the last one by
    a factor, these are computed from the step alone, so that a schedule has no rounding to gather
    and can be looked at without stepping.

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
        Its groups' learning rates are the base rates; the schedule writes the new ones over them.

    Attributes
    ----------
    base_lrs : list of float
        The learning rate of each group before any schedule.
    last_epoch : int
        The number of steps taken; torch's name, also where a step is a batch.

    Raises
    ------
    TypeError
        If the optimizer has no parameter groups.

    Notes
    -----
    One schedule to an optimizer: the last one that steps would win. Schedules that follow each
    other are put into a :class:`SequentialLR`. There is no ``last_epoch`` argument: to go on, make
    the schedule anew and load its state.

    Examples
    --------
    >>> class Halving(LRScheduler):
    ...     def lr_at(self, step, group=0):
    ...         return self.base_lrs[group] / 2**step
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=8.0)
    >>> schedule = Halving(optimizer)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [4.0]
    """

    _unsaved: tuple[str, ...] = ("optimizer",)
    _combines = True  # may stand in a SequentialLR

    def __init__(self, optimizer: Any) -> None:
        groups = groups_of(optimizer)
        for group in groups:
            group.setdefault("initial_lr", group["lr"])
        self.optimizer = optimizer
        self.base_lrs = [float(group["initial_lr"]) for group in groups]
        self.last_epoch = 0
        self._apply()

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps; each schedule says how.

        Parameters
        ----------
        step : int, at least 0
        group : int
            Which of the optimizer's groups.
        """
        raise NotImplementedError(f"{type(self).__name__} must define lr_at()")

    def step(self) -> None:
        """Count a step and set the learning rates; call it after the optimizer's ``step``.

        Raises
        ------
        ValueError
            If the optimizer has got another group since, or the schedule is over and has no rate
            beyond its end.
        """
        self.last_epoch += 1
        self._apply()

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group, as last set.

        Returns
        -------
        list of float
        """
        return [self.lr_at(self.last_epoch, i) for i in range(len(self.base_lrs))]

    def state_dict(self) -> dict[str, Any]:
        """Return what a later run needs to go on: numbers, lists and dicts, fit for JSON.

        Returns
        -------
        dict
            The settings too; of functions nothing.
        """
        return {name: value for name, value in vars(self).items() if name not in self._unsaved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state, and set the learning rates to it.

        Parameters
        ----------
        state_dict : dict
            As :meth:`state_dict` returned it.

        Raises
        ------
        ValueError
            If it is the state of another kind of schedule, or for other groups. Nothing has been
            changed then.
        """
        self._check_state(state_dict)
        before, groups = self.state_dict(), self.optimizer.param_groups
        options = [dict(group) for group in groups]
        self._take(state_dict)
        try:
            self._apply()
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            self._take(before)
            for group, option in zip(groups, options, strict=True):
                group.update(option)
            raise ValueError(
                f"the state of this {type(self).__name__} gives no learning rate: {error}"
            ) from error

    def _take(self, state: dict[str, Any]) -> None:
        """Take over a state that was checked, in copies."""
        saved = {name: value for name, value in state.items() if name not in self._unsaved}
        vars(self).update(copy.deepcopy(saved))

    def _check_state(self, state_dict: Any) -> None:
        """Refuse a state that is not of such a schedule."""
        mine = self.state_dict()
        if not isinstance(state_dict, dict) or set(state_dict) != set(mine):
            got = sorted(state_dict) if isinstance(state_dict, dict) else type(state_dict).__name__
            raise ValueError(
                f"this is not the state of a {type(self).__name__}: expected "
                f"{sorted(mine)}, got {got}"
            )
        rates, count = state_dict["base_lrs"], state_dict["last_epoch"]
        if not isinstance(rates, list) or len(rates) != len(self.base_lrs):
            size = len(rates) if isinstance(rates, list) else repr(rates)
            raise ValueError(
                f"the state is for {size} parameter groups, the optimizer has {len(self.base_lrs)}"
            )
        try:
            for rate in rates:
                number("a base rate in the state", rate, least=0)
            whole("last_epoch in the state", count, 0)
        except TypeError as error:
            raise ValueError(str(error)) from error

    def _apply(self) -> None:
        """Write this step's learning rates into the optimizer's groups."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            raise ValueError(
                f"the schedule was made for {len(self.base_lrs)} parameter groups, the optimizer "
                f"now has {len(groups)}; make the schedule after the last add_param_group"
            )
        rates = [self.lr_at(self.last_epoch, i) for i in range(len(groups))]
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate


class StepLR(LRScheduler):
    r"""Multiply the learning rate by a factor, each time after so many steps.

    .. math::

        \eta_t = \eta_0\, \gamma^{\lfloor t / s \rfloor}

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
    step_size : int, at least 1
        s.
    gamma : float, at least 0
        γ.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    Examples
    --------
    >>> import torch
    >>> schedule = StepLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.lr_at(t) for t in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Any, step_size: int, gamma: float = 0.1) -> None:
        whole("step_size", step_size, 1)
        number("gamma", gamma, least=0)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int, at least 0
        group : int
        """
        return self.base_lrs[group] * self.gamma ** (step // self.step_size)


class LinearLR(LRScheduler):
    r"""Lead the learning rate from one share of its value to another, in equal steps: a warm-up.

    .. math::

        \eta_t = \eta_0 \left( a + (b - a)\, \frac{\min(t, T)}{T} \right)

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
    start_factor : float above 0, at most 1
        a.
    end_factor : float in [0, 1]
        b, from step T on.
    total_iters : int, at least 1
        T.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour,
    arXiv:1706.02677, section 2.2, for the gradual warm-up.

    Examples
    --------
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> [schedule.lr_at(t) for t in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Any,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        number("start_factor", start_factor, least=0)
        number("end_factor", end_factor, least=0)
        whole("total_iters", total_iters, 1)
        if start_factor == 0 or max(start_factor, end_factor) > 1:
            raise ValueError(
                "start_factor must be above 0 (a first step of 0 moves nothing), and neither "
                f"factor above 1; got {start_factor} and {end_factor}"
            )
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int, at least 0
        group : int
        """
        share = min(step, self.total_iters) / self.total_iters
        factor = self.start_factor + (self.end_factor - self.start_factor) * share
        return self.base_lrs[group] * factor


class CosineAnnealingLR(LRScheduler):
    r"""Lead the learning rate down half a period of a cosine.

    .. math::

        \eta_t = \eta_{\min} + \frac{1}{2} (\eta_0 - \eta_{\min})
                 \left( 1 + \cos \frac{\pi t}{T_{\max}} \right)

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
    T_max : int, at least 1
        The step at which the lowest rate is reached; after it the cosine rises again, as torch's.
    eta_min : float, at least 0
        The lowest rate.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.

    References
    ----------
    Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts,
    arXiv:1608.03983, equation 5; the restarts are left out.

    Examples
    --------
    >>> import torch
    >>> schedule = CosineAnnealingLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), T_max=4)
    >>> [round(schedule.lr_at(t), 3) for t in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0) -> None:
        whole("T_max", T_max, 1)
        number("eta_min", eta_min, least=0)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int, at least 0
        group : int
        """
        wave = (1 + math.cos(math.pi * step / self.T_max)) / 2
        return self.eta_min + (self.base_lrs[group] - self.eta_min) * wave


class LambdaLR(LRScheduler):
    r"""Multiply the base rate by a function of the step that you write.

    .. math::

        \eta_t = \eta_0\, f(t)

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
    lr_lambda : function of the step, or a list of one for each group
        f; it is not part of the saved state.

    Raises
    ------
    TypeError, ValueError
        If it is no function, or the list has another length than there are groups.

    Examples
    --------
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> schedule = LambdaLR(optimizer, lambda step: 1 / (1 + step) ** 0.5)
    >>> [schedule.lr_at(t) for t in (0, 3, 15)]
    [1.0, 0.5, 0.25]
    """

    _unsaved = ("optimizer", "lr_lambdas")

    def __init__(
        self,
        optimizer: Any,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
    ) -> None:
        self.lr_lambdas = for_each_group("lr_lambda", lr_lambda, optimizer)
        if not all(callable(function) for function in self.lr_lambdas):
            raise TypeError(f"lr_lambda must be a function of the step, got {lr_lambda!r}")
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int, at least 0
        group : int
        """
        return self.base_lrs[group] * self.lr_lambdas[group](step)


class SequentialLR(LRScheduler):
    """Schedules that follow each other, each counting from its own start: warm-up, then cosine.

    Parameters
    ----------
    optimizer : Optimizer, ours or torch's
    schedulers : list of LRScheduler
        All of this optimizer.
    milestones : list of int
        The steps at which the second, third … begin; rising.

    Raises
    ------
    TypeError, ValueError
        If a schedule is of another optimizer or is a one-cycle schedule, which has its own warm-up
        and moves the momentum too, or the milestones do not fit.

    Examples
    --------
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> warm_up = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> schedule = SequentialLR(optimizer, [warm_up, CosineAnnealingLR(optimizer, 4)], [2])
    >>> [round(schedule.lr_at(t), 3) for t in range(7)]
    [0.5, 0.75, 1.0, 0.854, 0.5, 0.146, 0.0]
    """

    _unsaved = ("optimizer", "schedulers")

    def __init__(
        self, optimizer: Any, schedulers: Sequence[LRScheduler], milestones: Sequence[int]
    ) -> None:
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        for scheduler in self.schedulers:
            if not isinstance(scheduler, LRScheduler) or not scheduler._combines:
                raise TypeError(f"SequentialLR cannot hold a {type(scheduler).__name__}")
            if scheduler.optimizer is not optimizer:
                raise ValueError("all schedules in a SequentialLR must be of its optimizer")
        if len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(
                f"{len(self.schedulers)} schedules need {len(self.schedulers) - 1} milestones, the "
                f"steps at which the later ones begin; got {self.milestones}"
            )
        for last, milestone in zip([0, *self.milestones], self.milestones, strict=False):
            whole("a milestone", milestone, last + 1)
        super().__init__(optimizer)

    def lr_at(self, step: int, group: int = 0) -> float:
        """Return the learning rate of a group after a number of steps.

        Parameters
        ----------
        step : int, at least 0
        group : int
        """
        which = bisect_right(self.milestones, step)
        start = self.milestones[which - 1] if which else 0
        return self.schedulers[which].lr_at(step - start, group)

    def state_dict(self) -> dict[str, Any]:
        """Return what a later run needs to go on, with the states of the parts.

        Returns
        -------
        dict
        """
        return super().state_dict() | {"schedulers": [s.state_dict() for s in self.schedulers]}

    def _take(self, state: dict[str, Any]) -> None:
        """Take over a state that was checked, and each part its own."""
        for scheduler, part in zip(self.schedulers, state["schedulers"], strict=True):
            scheduler._take(part)
        super()._take(state)

    def _check_state(self, state_dict: Any) -> None:
        """Refuse a state of other parts, before any part has taken its own."""
        super()._check_state(state_dict)
        parts = state_dict["schedulers"]
        if not isinstance(parts, list) or len(parts) != len(self.schedulers):
            size = len(parts) if isinstance(parts, list) else repr(parts)
            raise ValueError(f"the state has {size} schedules, this {len(self.schedulers)}")
        for scheduler, part in zip(self.schedulers, parts, strict=True):
            scheduler._check_state(part)
