"""Activation functions as layers.

Chapter: book/network/layers.md
"""

import torch
from torch.nn import Module

from dlbook.nn import functional
from dlbook.nn._checks import floating, number, refuse, whole
from dlbook.nn._precision import widened

__all__ = [
    "ELU",
    "GELU",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]

_INPLACE = "the backward pass needs the input as it was"
_NO_DIM = "say along which dimension the shares add up to 1, mostly dim=-1 or dim=1; a guess fits \
one shape and is wrong, without an error, for another"


class ReLU(Module):
    r"""The rectified linear unit: :math:`\max(0, x)`.

    Parameters
    ----------
    inplace : bool
        Only False is supported.

    Raises
    ------
    ValueError
        If ``inplace`` is True.

    Examples
    --------
    >>> ReLU()(torch.tensor([-2.0, 3.0]))
    tensor([0., 3.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        refuse(self, _INPLACE, inplace=(inplace, False))
        self.inplace = inplace

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        return functional.relu(input)


class LeakyReLU(Module):
    r"""A ReLU whose negative side is not flat: :math:`x` or :math:`\text{negative\_slope} \cdot x`.

    Parameters
    ----------
    negative_slope : float
    inplace : bool
        Only False is supported.

    Raises
    ------
    ValueError
        If ``inplace`` is True.
    TypeError
        If ``negative_slope`` is no number; for an input of integers.

    Examples
    --------
    >>> LeakyReLU(0.5)(torch.tensor([-2.0, 3.0]))
    tensor([-1.,  3.])
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__()
        refuse(self, _INPLACE, inplace=(inplace, False))
        number(self, negative_slope=negative_slope)
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        floating(self, input)
        return functional.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    r"""The exponential linear unit: :math:`x` where it is positive, else :math:`\alpha(e^x - 1)`.

    Parameters
    ----------
    alpha : float
        Minus the value that large negative inputs approach.
    inplace : bool
        Only False is supported.

    Raises
    ------
    ValueError
        If ``inplace`` is True.
    TypeError
        If ``alpha`` is no number; for an input of integers.

    Examples
    --------
    >>> ELU()(torch.tensor([-1000.0, 3.0]))
    tensor([-1.,  3.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        refuse(self, _INPLACE, inplace=(inplace, False))
        number(self, alpha=alpha)
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        floating(self, input)
        return functional.elu(widened(input), self.alpha).to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"alpha={self.alpha}"


class Sigmoid(Module):
    r"""The logistic function: :math:`1 / (1 + e^{-x})`.

    Examples
    --------
    >>> Sigmoid()(torch.tensor([-1000.0, 0.0]))
    tensor([0.0000, 0.5000])
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        return functional.sigmoid(input)


class Tanh(Module):
    r"""The hyperbolic tangent: :math:`(e^x - e^{-x}) / (e^x + e^{-x})`.

    Examples
    --------
    >>> Tanh()(torch.tensor([-1000.0, 0.0]))
    tensor([-1.,  0.])
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        return functional.tanh(input)


class Softplus(Module):
    r"""A smooth ReLU: :math:`\ln(1 + e^{\beta x}) / \beta`.

    Parameters
    ----------
    beta : float, not 0
        The larger, the sharper the bend.
    threshold : float
        Where βx is above it, the result is x.

    Raises
    ------
    ValueError
        If ``beta`` is 0 or an argument not a number.
    TypeError
        If an argument is of another kind; for an input of integers.

    Examples
    --------
    >>> Softplus()(torch.tensor([0.0, 1000.0]))
    tensor([6.9315e-01, 1.0000e+03])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        number(self, beta=beta, threshold=threshold)
        if beta == 0:
            raise ValueError("Softplus: beta must not be 0, by which it divides")
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        floating(self, input)
        return functional.softplus(widened(input), self.beta, self.threshold).to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"beta={self.beta}, threshold={self.threshold}"


class SiLU(Module):
    r"""The sigmoid linear unit, or swish: :math:`x\,\sigma(x)`.

    Parameters
    ----------
    inplace : bool
        Only False is supported.

    Raises
    ------
    ValueError
        If ``inplace`` is True.
    TypeError
        For an input of integers or complex numbers.

    Examples
    --------
    >>> SiLU()(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 1.7616])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        refuse(self, _INPLACE, inplace=(inplace, False))
        self.inplace = inplace

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        floating(self, input)
        return functional.silu(widened(input)).to(input.dtype)


class GELU(Module):
    r"""The Gaussian error linear unit: :math:`x\,\Phi(x)`, Φ the normal distribution function.

    Parameters
    ----------
    approximate : "none" or "tanh"
        Exact, by the error function, or by a formula with tanh.

    Raises
    ------
    ValueError
        If ``approximate`` is neither.
    TypeError
        For an input of integers.

    Examples
    --------
    >>> GELU()(torch.tensor([-1.0, 1.0]))
    tensor([-0.1587,  0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: approximate must be 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the function of each element."""
        floating(self, input)
        return functional.gelu(widened(input), self.approximate).to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"approximate={self.approximate!r}"


class _AlongDim(Module):
    """A function of the entries along one dimension, which has to be named."""

    dim: int

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        if dim is None:
            raise ValueError(f"{type(self).__name__}: dim=None is not supported: {_NO_DIM}")
        whole(self, dim=dim)
        self.dim = dim

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"dim={self.dim}"

    def _check(self, input: torch.Tensor) -> None:
        """Raise unless the input has the dimension and holds logits."""
        num_dims = max(input.ndim, 1)
        if not -num_dims <= self.dim < num_dims:
            raise ValueError(
                f"{type(self).__name__}(dim={self.dim}): an input of shape {tuple(input.shape)} "
                f"has no dimension {self.dim}"
            )
        floating(self, input)


class Softmax(_AlongDim):
    r"""Shares that add up to 1: :math:`e^{x_i} / \sum_j e^{x_j}`.

    Parameters
    ----------
    dim : int
        Along which dimension. PyTorch's default None, a guess from the shape, is refused.

    Raises
    ------
    ValueError
        If ``dim`` is None, or an input has no such dimension.
    TypeError
        If ``dim`` is no whole number; for an input of integers.

    Examples
    --------
    >>> Softmax(dim=-1)(torch.tensor([[0.0, 0.0], [0.0, -1000.0]]))
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the shares."""
        self._check(input)
        return functional.softmax(widened(input), self.dim).to(input.dtype)


class LogSoftmax(_AlongDim):
    r"""The logarithm of the softmax, without its overflow: :math:`x_i - \ln\sum_j e^{x_j}`.

    Parameters
    ----------
    dim : int
        Along which dimension. PyTorch's default None, a guess from the shape, is refused.

    Raises
    ------
    ValueError
        If ``dim`` is None, or an input has no such dimension.
    TypeError
        If ``dim`` is no whole number; for an input of integers.

    Examples
    --------
    >>> LogSoftmax(dim=-1)(torch.tensor([0.0, -1000.0]))
    tensor([    0., -1000.])
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the logarithms of the shares."""
        self._check(input)
        return functional.log_softmax(widened(input), self.dim).to(input.dtype)
