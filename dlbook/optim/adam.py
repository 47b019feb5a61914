"""Adam, and AdamW, whose weight decay stays out of the moments.

Chapter: book/back/api/optim.md
"""

from collections.abc import Iterable
from typing import Any

import torch

from dlbook.optim._check import flag, number
from dlbook.optim.optimizer import Optimizer

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    r"""Adam: running means of the gradient and of its square, both corrected for their start.

    .. math::

        g_t &= \nabla f_t(\theta_{t-1}) + \lambda\,\theta_{t-1} \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad m_0 = 0 \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2, \qquad v_0 = 0 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \alpha\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with the learning rate α (``lr``), the decay rates β₁ and β₂ of the two means, ε (``eps``)
    against division by zero, outside the root, and weight decay λ.

    Parameters
    ----------
    params : iterable of parameters, or of dicts
        As for :class:`~dlbook.optim.optimizer.Optimizer`.
    lr : float, above 0
        The learning rate, α: about the length of the first step, whatever the gradient's size.
    betas : pair of floats in [0, 1)
        β₁ and β₂.
    eps : float, at least 0
        ε.
    weight_decay : float, at least 0
        λ, added to the gradient, so that it enters both means; :class:`AdamW` keeps it out.
    amsgrad : bool
        Divide by the root of the largest :math:`v` so far in the place of the present one.
    maximize : bool
        Climb instead of descending; the weight decay still shrinks.

    Raises
    ------
    TypeError, ValueError
        As :class:`~dlbook.optim.optimizer.Optimizer` does, and if an option is out of its range.

    Notes
    -----
    The code takes the order of computation that the paper names at the end of its section 2, which
    saves a pass over the parameters: both corrections are numbers, so they move into the step size,
    :math:`\alpha_t = \alpha \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)`, and ε becomes
    :math:`\hat\epsilon = \epsilon \sqrt{1 - \beta_2^t}`. The result is the same but for rounding.
    Adam keeps two tensors for each parameter, with ``amsgrad`` three. Reddi et al. define AMSGrad
    without the corrections; like torch, this class keeps them.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980, algorithm 1.

    Reddi, Kale and Kumar (2018), On the convergence of Adam and beyond, arXiv:1904.09237, for
    ``amsgrad``.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.tensor([100.0, 0.01]))
    >>> weight.grad = torch.tensor([50.0, 0.005])
    >>> Adam([weight], lr=0.001).step()
    >>> (weight.detach() - torch.tensor([100.0, 0.01])).mul(1000).round().tolist()
    [-1.0, -1.0]
    """

    _marks = {"decoupled_weight_decay": False}  # noqa: RUF012  (never changed)
    _entries = {  # noqa: RUF012
        "step": True,
        "exp_avg": True,
        "exp_avg_sq": True,
        "max_exp_avg_sq": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        """Refuse options out of their range."""
        super()._check(group)
        if not isinstance(group["betas"], (tuple, list)) or len(group["betas"]) != 2:
            raise TypeError(f"betas must be a pair (beta1, beta2), got {group['betas']!r}")
        for name, beta in zip(("beta1", "beta2"), group["betas"], strict=True):
            number(name, beta, least=0, below=1)
        number("eps", group["eps"], least=0)
        number("weight_decay", group["weight_decay"], least=0)
        flag("amsgrad", group["amsgrad"])
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
            ``"step"``, t; ``"exp_avg"``, m; ``"exp_avg_sq"``, v; with ``amsgrad``
            ``"max_exp_avg_sq"``, the largest v.
        group : dict
            The options.
        """
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        _step(param, grad, state, group)


class AdamW(Adam):
    r"""Adam with decoupled weight decay: the parameters shrink by themselves, apart from the means.

    .. math::

        \theta_t = (1 - \alpha\lambda)\,\theta_{t-1}
                   - \alpha\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with the means of :class:`Adam`, from the loss's gradient alone. In Adam a weight decay that is
    added to the gradient is divided by :math:`\sqrt{\hat v_t}` with it, so that parameters with
    large gradients are hardly decayed; here all shrink at one rate.

    Parameters
    ----------
    params : iterable of parameters, or of dicts
        As for :class:`~dlbook.optim.optimizer.Optimizer`.
    lr : float, above 0
        The learning rate, α; the decay is multiplied by it too.
    betas : pair of floats in [0, 1)
        β₁ and β₂.
    eps : float, at least 0
        ε.
    weight_decay : float, at least 0
        λ. Other than in :class:`Adam` it is not 0 by default.
    amsgrad, maximize : bool
        As for :class:`Adam`.

    Raises
    ------
    TypeError, ValueError
        As :class:`Adam` does.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization, arXiv:1711.05101,
    algorithm 2; there the decay is not multiplied by α but by the schedule's factor alone.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.tensor([100.0]))
    >>> weight.grad = torch.tensor([0.0])
    >>> AdamW([weight], lr=0.1, weight_decay=0.1).step()
    >>> weight.tolist()
    [99.0]
    """

    _marks = {"decoupled_weight_decay": True}  # noqa: RUF012  (never changed)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(
        self, param: torch.Tensor, grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Shrink one parameter, then move it as Adam does.

        Parameters
        ----------
        param, grad : tensor
            The parameter's values, and its gradient.
        state : dict
            As for :class:`Adam`.
        group : dict
            The options.
        """
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            param.mul_(1 - group["lr"] * group["weight_decay"])
        _step(param, grad, state, group)


def _step(
    param: torch.Tensor, grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]
) -> None:
    """Update the moments and move the parameter: what Adam and AdamW share."""
    if not state:
        state["step"] = 0
        state["exp_avg"] = torch.zeros_like(param)
        state["exp_avg_sq"] = torch.zeros_like(param)
    state["step"] += 1
    t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
    beta1, beta2 = group["betas"]

    m.lerp_(grad, 1 - beta1)  # m + (1 − β₁)(g − m), the running mean in one pass
    v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
    if group["amsgrad"]:
        if "max_exp_avg_sq" not in state:
            state["max_exp_avg_sq"] = torch.zeros_like(param)
        v = torch.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])

    root = (1 - beta2**t) ** 0.5
    alpha_t = group["lr"] * root / (1 - beta1**t)
    eps_hat = group["eps"] * root
    param.addcdiv_(m, v.sqrt().add_(eps_hat), value=-alpha_t)
