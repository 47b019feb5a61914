"""RMSprop: each parameter's step is divided by the recent size of its gradients.

Chapter: book/back/api/optim.md
"""

from collections.abc import Iterable
from typing import Any

import torch

from dlbook.optim._check import flag, number
from dlbook.optim.optimizer import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    r"""RMSprop: the gradient, divided by the root of a running mean of its squares.

    .. math::

        g_t &= \nabla f_t(\theta_{t-1}) + \lambda\,\theta_{t-1} \\
        v_t &= \alpha\, v_{t-1} + (1 - \alpha)\, g_t^2, \qquad v_0 = 0 \\
        \theta_t &= \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{v_t} + \epsilon}

    with the learning rate η (``lr``), the smoothing α, weight decay λ, and ε (``eps``) against
    division by zero, outside the root. Centered, the running mean of the gradients,
    :math:`\bar g_t = \alpha\,\bar g_{t-1} + (1 - \alpha)\, g_t`, is taken away: the root is of
    :math:`v_t - \bar g_t^2`, an estimate of the gradient's variance. With momentum μ, the fraction
    enters a buffer, :math:`b_t = \mu\, b_{t-1} + g_t / (\sqrt{v_t} + \epsilon)`, and the parameter
    moves by :math:`\eta\, b_t`.

    Parameters
    ----------
    params : iterable of parameters, or of dicts
        As for :class:`~dlbook.optim.optimizer.Optimizer`.
    lr : float, above 0
        The learning rate, η.
    alpha : float in [0, 1)
        How much of the old mean is kept, α.
    eps : float, at least 0
        ε.
    weight_decay : float, at least 0
        λ, as if λ/2 times the squared length of the parameters were added to the loss.
    momentum : float, at least 0
        How much of the last move is kept, μ.
    centered : bool
        Whether the mean of the gradients is taken away.
    maximize : bool
        Climb instead of descending; the weight decay still shrinks.

    Raises
    ------
    TypeError, ValueError
        As :class:`~dlbook.optim.optimizer.Optimizer` does, and if an option is out of its range.

    Notes
    -----
    The mean starts at 0 and is not corrected for it, as Adam's is, so that the first steps are
    longer than η: the first one is about :math:`\eta / \sqrt{1 - \alpha}`, ten times as long for
    the default α. It keeps one tensor for each parameter, and one each for ``centered`` and
    ``momentum``. Where rounding makes the centered difference negative, it is taken as 0.

    References
    ----------
    Tieleman and Hinton (2012), Lecture 6.5, rmsprop: divide the gradient by a running average of
    its recent magnitude, COURSERA: Neural Networks for Machine Learning.

    Graves (2013), Generating sequences with recurrent neural networks, arXiv:1308.0850, for the
    centered form; there ε stands inside the root.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.tensor([100.0, 0.01]))
    >>> weight.grad = torch.tensor([50.0, 0.005])
    >>> RMSprop([weight], lr=0.001).step()
    >>> (weight.detach() - torch.tensor([100.0, 0.01])).mul(1000).round().tolist()
    [-10.0, -10.0]
    """

    _entries = {  # noqa: RUF012  (never changed)
        "step": True,
        "square_avg": True,
        "momentum_buffer": False,
        "grad_avg": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        """Refuse options out of their range."""
        super()._check(group)
        number("alpha", group["alpha"], least=0, below=1)
        number("eps", group["eps"], least=0)
        number("weight_decay", group["weight_decay"], least=0)
        number("momentum", group["momentum"], least=0)
        flag("centered", group["centered"])
        flag("maximize", group["maximize"])

    def update(
        self, param: torch.Tensor, grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Move one parameter by the equations above.

        Parameters
        ----------
        param, grad : tensor
            The parameter's values, and its gradient.
        state : dict
            ``"square_avg"``, v; ``"grad_avg"``, the mean of the gradients; ``"momentum_buffer"``,
            b; and ``"step"``, a count that torch keeps too.
        group : dict
            The options.
        """
        alpha = group["alpha"]
        if "step" not in state:
            state["step"] = 0
            state["square_avg"] = torch.zeros_like(param)
        state["step"] += 1
        v = state["square_avg"]

        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])

        v.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            if "grad_avg" not in state:
                state["grad_avg"] = torch.zeros_like(param)
            mean = state["grad_avg"].lerp_(grad, 1 - alpha)
            variance = v.addcmul(mean, mean, value=-1).clamp_(min=0)
            denominator = variance.sqrt_().add_(group["eps"])
        else:
            denominator = v.sqrt().add_(group["eps"])

        if group["momentum"] > 0:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(param)
            buffer = state["momentum_buffer"]
            buffer.mul_(group["momentum"]).addcdiv_(grad, denominator)
            param.add_(buffer, alpha=-group["lr"])
        else:
            param.addcdiv_(grad, denominator, value=-group["lr"])
