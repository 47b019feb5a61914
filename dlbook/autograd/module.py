"""What a Module is: an object that finds its parameters. Some forty lines stand for torch.nn's.

Chapter: book/training/backpropagation.md
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch

from dlbook.autograd.tensor import Tensor
from dlbook.autograd.value import Value

__all__ = ["MLP", "Linear", "Module"]


class Module:
    """Something that computes, and knows its parameters.

    A parameter is a leaf that requires a gradient and hangs on the module as an attribute, in a
    list, tuple or dictionary there, or on another module there. ``torch.nn.Module`` adds names for
    the parameters (``state_dict``), buffers, hooks, and moving to a device.

    Examples
    --------
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Tensor(2.0, requires_grad=True)
    ...
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> model = Scale()
    >>> model(3.0).item()
    6.0
    >>> list(model.parameters())
    [Tensor(2., requires_grad=True)]
    """

    def forward(self, *inputs: Any) -> Any:
        """Compute the output; each module defines its own.

        Parameters
        ----------
        *inputs
            What the module takes.

        Returns
        -------
        object
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def __call__(self, *inputs: Any) -> Any:
        """Compute the output."""
        return self.forward(*inputs)

    def parameters(self) -> Iterator[Any]:
        """Return each parameter once, in the order in which they were set."""
        return iter(dict.fromkeys(_parameters(self)))

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = 0.0 if isinstance(parameter, Value) else None


def _parameters(thing: Any) -> Iterator[Any]:
    """Yield the parameters in an attribute, a container or a module, as often as they occur."""
    if isinstance(thing, Module):
        yield from _parameters(vars(thing))
    elif isinstance(thing, dict):
        yield from _parameters(list(thing.values()))
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from _parameters(part)
    elif (isinstance(thing, Tensor) and thing.requires_grad and thing.is_leaf) or (
        isinstance(thing, Value) and not thing.op
    ):
        yield thing


class Linear(Module):
    r"""The layer :math:`\mathbf{y} = \mathbf{x}\,W + \mathbf{b}`.

    Parameters
    ----------
    in_features, out_features : int
    generator : torch.Generator, optional
        Where the random numbers come from.
    dtype, device
        Of the parameters.

    Notes
    -----
    Weights and biases are uniform in ±1/√in_features, as torch's. W has shape (in, out), so that a
    batch of rows is multiplied by it as it stands; torch's is the transpose. In memory the two lie
    alike, so equal seeds give torch's numbers, and products with few outputs are fast.

    Examples
    --------
    >>> layer = Linear(3, 2)
    >>> layer(torch.ones(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        generator: torch.Generator | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        bound = 1 / math.sqrt(in_features)
        like: dict[str, Any] = {"dtype": dtype, "device": device}
        weight = torch.empty(out_features, in_features, **like).t()
        bias = torch.empty(out_features, **like)
        self.weight = Tensor(weight.uniform_(-bound, bound, generator=generator), True)
        self.bias = Tensor(bias.uniform_(-bound, bound, generator=generator), True)

    def forward(self, x: Any) -> Tensor:
        """Return x W + b.

        Parameters
        ----------
        x : Tensor, torch.Tensor or array, shape (…, in_features)

        Returns
        -------
        Tensor, shape (…, out_features)
        """
        if x.ndim == 2:
            return self.bias.addmm(x, self.weight)  # the same sum, in one operation
        return x @ self.weight + self.bias


class MLP(Module):
    """Linear layers with ReLU between them.

    Parameters
    ----------
    *sizes : int
        The numbers of inputs, of units in each hidden layer, and of outputs.
    **options
        ``generator``, ``dtype`` and ``device`` of each :class:`Linear`.

    Examples
    --------
    >>> model = MLP(2, 16, 16, 1)
    >>> sum(p.numel() for p in model.parameters())
    337
    """

    def __init__(self, *sizes: int, **options: Any) -> None:
        if len(sizes) < 2:
            raise ValueError(f"MLP needs the numbers of inputs and of outputs, got {sizes}")
        self.layers = [Linear(*pair, **options) for pair in pairwise(sizes)]

    def forward(self, x: Any) -> Tensor:
        """Return the outputs of the last layer.

        Parameters
        ----------
        x : Tensor, torch.Tensor or array, shape (…, sizes[0])

        Returns
        -------
        Tensor, shape (…, sizes[-1])
        """
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)
