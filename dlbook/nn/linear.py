"""Layers of weighted sums: Linear; Flatten, which prepares their input; Sequential, PyTorch's own.

Chapter: book/network/layers.md
"""

import math

import torch
from torch.nn import Module, Parameter
from torch.nn import Sequential as Sequential  # a container without a formula: as it is

from dlbook.nn import functional, init
from dlbook.nn._checks import flag, mismatch, same_dtype, sizes, whole
from dlbook.nn._precision import autocast_product

__all__ = ["Flatten", "Linear"]


class Linear(Module):
    r"""A layer of neurons without activation: :math:`\mathbf{y} = \mathbf{x}W^\top + \mathbf{b}`.

    Parameters
    ----------
    in_features, out_features : int
        Numbers of inputs and outputs.
    bias : bool
        Whether there is a **b**.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of weight and bias.

    Attributes
    ----------
    weight : Parameter, shape (out_features, in_features)
    bias : Parameter, shape (out_features,), or None
        Both start uniform in :math:`\pm 1 / \sqrt{\text{in\_features}}`.

    Raises
    ------
    ValueError
        If a size is no whole number, or the last dimension of an input is not ``in_features``.
    TypeError
        If ``bias`` is neither True nor False; for an input of another dtype.

    Notes
    -----
    Inputs have shape (\*, in_features), outputs (\*, out_features); (in_features + 1) ·
    out_features parameters.

    Examples
    --------
    >>> layer = Linear(3, 2)
    >>> layer(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    in_features: int
    out_features: int
    weight: torch.Tensor
    bias: torch.Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes(self, in_features=in_features, out_features=out_features)
        flag(self, bias=bias)
        self.in_features = in_features
        self.out_features = out_features
        shape = (out_features, in_features)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        # With this negative slope He's bound becomes 1 / √in_features.
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (*, in_features)
        """Return the weighted sums."""
        if input.ndim == 0 or input.shape[-1] != self.in_features:
            raise mismatch(self, f"(*, {self.in_features})", input.shape)
        input, weight, bias = autocast_product(input, self.weight, self.bias)
        same_dtype(self, input, weight)
        return functional.linear(input, weight, bias)  # (*, out_features)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Flatten(Module):
    """Joins dimensions into one; by default all but the first, the batch.

    Parameters
    ----------
    start_dim, end_dim : int
        First and last dimension to join; negative ones count from the end.

    Raises
    ------
    TypeError
        If an argument is no whole number.
    ValueError
        If an input lacks one of the dimensions.

    Examples
    --------
    >>> Flatten()(torch.zeros(5, 8, 8)).shape
    torch.Size([5, 64])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        whole(self, start_dim=start_dim, end_dim=end_dim)
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the input in its new shape."""
        return functional.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
