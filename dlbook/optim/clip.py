"""Clipping: gradients that are too long are shortened before the step.

Chapter: book/back/api/optim.md
"""

from collections.abc import Iterable
from typing import Any

import torch

from dlbook.optim._check import is_parameter, parameters_in, positive, the_gradient, the_tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Iterable[Any],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> torch.Tensor:
    r"""Shorten all gradients by one factor, so that together they are no longer than ``max_norm``.

    .. math::

        g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert_p + 10^{-6}}\right)

    where :math:`\lVert g \rVert_p` is the norm of all gradients strung together, c is ``max_norm``
    and p ``norm_type``. The direction stays.

    Parameters
    ----------
    parameters : iterable of parameters, or a single one
        Those without a gradient are skipped.
    max_norm : float, above 0
        ``math.inf`` only measures.
    norm_type : float, above 0
        1, 2, or ``math.inf`` for the largest entry.
    error_if_nonfinite : bool
        Whether a norm that is NaN or infinite is an error. If not, the gradients are scaled with it
        all the same and become NaN or 0.

    Returns
    -------
    tensor, shape ()
        The norm before clipping.

    Raises
    ------
    TypeError, ValueError
        If there is no parameter, one is no parameter, a gradient does not fit it, or a number is
        not above 0.
    RuntimeError
        If the norm is not finite and that is an error. No gradient has been changed then.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks,
    arXiv:1211.5063, algorithm 1.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([30.0, 40.0])
    >>> clip_grad_norm_([weight], max_norm=5.0)
    tensor(50.)
    >>> weight.grad
    tensor([3.0000, 4.0000])
    """
    positive("max_norm", max_norm, infinite=True)
    order = float(norm_type)  # torch takes the text "inf" too
    positive("norm_type", order, infinite=True)
    grads = _gradients(parameters)
    if not grads:
        return torch.tensor(0.0)
    norms = [torch.linalg.vector_norm(grad, order).to(grads[0].device) for grad in grads]
    total_norm = torch.linalg.vector_norm(torch.stack(norms), order)
    if error_if_nonfinite and not total_norm.isfinite():
        raise RuntimeError(
            f"the norm of the gradients is {total_norm.item()}, which cannot be clipped; find the "
            "first step at which the loss or an activation is not finite"
        )
    # A tensor, not a number: a GPU goes on without telling the CPU whether it has clipped.
    factor = (max_norm / (total_norm + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(factor.to(grad.device))
    return total_norm


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Cut each entry of the gradients off at ``clip_value`` on either side of 0.

    Other than :func:`clip_grad_norm_`, it changes the direction too.

    Parameters
    ----------
    parameters : iterable of parameters, or a single one
        Those without a gradient are skipped.
    clip_value : float, above 0

    Raises
    ------
    TypeError, ValueError
        If there is no parameter, one is no parameter, a gradient does not fit it, or the value is
        not above 0.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([0.5, -40.0])
    >>> clip_grad_value_([weight], clip_value=1.0)
    >>> weight.grad
    tensor([ 0.5000, -1.0000])
    """
    positive("clip_value", clip_value)
    for grad in _gradients(parameters):
        grad.clamp_(min=-clip_value, max=clip_value)


def _gradients(parameters: Any) -> list[torch.Tensor]:
    """Return the gradients that there are, cut off from any graph."""
    params = [parameters] if is_parameter(parameters) else parameters_in(parameters)
    pairs = [(the_tensor(param, i), param) for i, param in enumerate(params)]
    return [the_gradient(p.grad, values).detach() for values, p in pairs if p.grad is not None]
