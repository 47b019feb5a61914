"""Dropout: in training, a random part of the numbers is silent.

Chapter: book/back/api/nn.md
"""

import torch
from torch.nn import Module

from dlbook.nn import functional
from dlbook.nn._checks import floating, number, refuse

__all__ = ["Dropout"]


class Dropout(Module):
    r"""Sets each element to 0 with probability p, in training; divides the others by 1 − p.

    After ``eval()`` the input passes as it is.

    Parameters
    ----------
    p : float in [0, 1]
    inplace : bool
        Only False is supported.

    Raises
    ------
    ValueError
        If p is no probability, or ``inplace`` is True.
    TypeError
        If p is no number, or an input of integers is to be thinned.

    Notes
    -----
    After the same ``torch.manual_seed``, a CPU draws the same masks as PyTorch's layer; on a GPU,
    where PyTorch's layer has a generator of its own, the masks differ.

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting,
    Journal of Machine Learning Research 15.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> layer = Dropout(0.75)
    >>> sorted(set(layer(torch.ones(100)).tolist()))
    [0.0, 4.0]
    >>> layer.eval()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        number(self, p=p)
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must be between 0 and 1, got {p}")
        refuse(self, "the caller's input stays as it was", inplace=(inplace, False))
        self.p = p
        self.inplace = inplace

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the thinned input."""
        if self.training and self.p > 0:
            floating(self, input)
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return f"p={self.p}, inplace={self.inplace}"
