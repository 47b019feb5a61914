"""Stochastic gradient descent, plain, with momentum and with Nesterov's momentum.

Chapter: book/training/gradient-descent.md
"""

from collections.abc import Iterable
from typing import Any

import torch

from dlbook.optim._check import flag, number
from dlbook.optim.optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent: a step against the gradient, from a batch of the data.

    .. math::

        g_t &= \nabla f_t(\theta_{t-1}) + \lambda\,\theta_{t-1} \\
        b_t &= \mu\, b_{t-1} + (1 - \tau)\, g_t, \qquad b_1 = g_1 \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    with the learning rate η (``lr``), momentum μ, dampening τ and weight decay λ. Without momentum,
    :math:`b_t = g_t`. Nesterov's momentum moves by :math:`g_t + \mu\, b_t` in the place of
    :math:`b_t`.

    Parameters
    ----------
    params : iterable of parameters, or of dicts
        As for :class:`~dlbook.optim.optimizer.Optimizer`.
    lr : float, above 0
        The learning rate, η.
    momentum : float, at least 0
        How much of the last move is kept, μ; from 1 on the moves grow without end.
    dampening : float
        How much a gradient after the first one is held back, τ.
    weight_decay : float, at least 0
        λ, as if λ/2 times the squared length of the parameters were added to the loss.
    nesterov : bool
        Needs a momentum above 0, and no dampening.
    maximize : bool
        Climb instead of descending; the weight decay still shrinks.

    Raises
    ------
    TypeError, ValueError
        As :class:`~dlbook.optim.optimizer.Optimizer` does, if an option is out of its range, and
        for Nesterov's momentum without momentum or with dampening.

    Notes
    -----
    Sutskever et al. multiply the gradient by η before it enters the buffer, torch and this class
    when the buffer is used: the same as long as η stays, but after a change of η the earlier
    gradients count with the new one here. Momentum keeps one tensor for each parameter.

    References
    ----------
    Robbins and Monro (1951), A stochastic approximation method, doi:10.1214/aoms/1177729586.

    Polyak (1964), Some methods of speeding up the convergence of iteration methods,
    doi:10.1016/0041-5553(64)90137-5.

    Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in
    deep learning, PMLR 28(3):1139–1147, equations 1 to 4 (Nesterov's as well).

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.tensor([4.0]))
    >>> optimizer = SGD([weight], lr=0.25)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (weight**2).sum().backward()
    ...     optimizer.step()
    >>> weight.tolist()
    [0.5]
    """

    _entries = {"momentum_buffer": False}  # noqa: RUF012  (never changed)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        """Refuse options out of their range, and Nesterov's momentum without momentum."""
        super()._check(group)
        number("momentum", group["momentum"], least=0)
        number("dampening", group["dampening"])
        number("weight_decay", group["weight_decay"], least=0)
        flag("nesterov", group["nesterov"])
        flag("maximize", group["maximize"])
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError(
                "nesterov=True looks ahead along the momentum, so it needs momentum above 0 and "
                f"dampening 0; got {group['momentum']} and {group['dampening']}"
            )

    def update(
        self, param: torch.Tensor, grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Move one parameter by the equations above.

        Parameters
        ----------
        param, grad : tensor
            The parameter's values, and its gradient.
        state : dict
            ``"momentum_buffer"``, b, once there is momentum.
        group : dict
            The options.
        """
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        if group["momentum"] != 0:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.clone()
            else:
                buffer.mul_(group["momentum"]).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=group["momentum"]) if group["nesterov"] else buffer
        param.add_(grad, alpha=-group["lr"])
