"""The multilayer perceptron: linear layers with an activation function between them.

Chapter: book/training/training-a-network.md
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from types import ModuleType

from torch import Tensor, nn

__all__ = ["MLP"]


class MLP(nn.Module):
    r"""A network of linear layers, with an activation after each one except the last.

    .. math::

        \mathbf{h}_0 = \mathbf{x}, \qquad
        \mathbf{h}_l = \phi(W_l \mathbf{h}_{l-1} + \mathbf{b}_l), \qquad
        f(\mathbf{x}) = W_L \mathbf{h}_{L-1} + \mathbf{b}_L

    Parameters
    ----------
    in_features : int, at least 1
        The number of inputs, D.
    hidden_features : sequence of int, each at least 1
        The width of each hidden layer, from the first to the last.
    out_features : int, at least 1
        The number of outputs, K: of classes, for a classifier's logits.
    activation : str or callable
        The name of a class of ``layers``, or something that makes an activation when it is called,
        such as the class itself.
    layers : module
        Where ``Linear``, ``Sequential`` and the activation come from: ``torch.nn``, or
        ``dlbook.nn``, whose layers can be read. Both give the same outputs and parameter names.

    Attributes
    ----------
    network : torch.nn.Sequential
        The layers in order; ``model.network[:2]`` is the first hidden layer with its activation.

    Raises
    ------
    TypeError, ValueError
        If a width is no whole number of at least 1, there is no hidden layer, or ``layers`` has no
        such activation.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors,
    doi:10.1038/323533a0.

    Examples
    --------
    >>> import torch
    >>> model = MLP(64, [128, 32], 10)
    >>> model(torch.zeros(5, 64)).shape
    torch.Size([5, 10])
    >>> model.network[:2]
    Sequential(
      (0): Linear(in_features=64, out_features=128, bias=True)
      (1): ReLU()
    )
    """

    def __init__(
        self,
        in_features: int,
        hidden_features: Sequence[int],
        out_features: int,
        *,
        activation: str | Callable[[], nn.Module] = "ReLU",
        layers: ModuleType = nn,
    ) -> None:
        super().__init__()
        make_activation = _activation(activation, layers)
        widths = _widths(in_features, hidden_features, out_features)
        stack: list[nn.Module] = []
        for width_in, width_out in pairwise(widths):
            stack += [layers.Linear(width_in, width_out), make_activation()]
        self.network = layers.Sequential(*stack[:-1])  # no activation after the last layer

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs for a batch of inputs.

        Parameters
        ----------
        x : tensor, shape (…, D)

        Returns
        -------
        tensor, shape (…, K)
            Without a softmax: ``CrossEntropyLoss`` takes logits.
        """
        return self.network(x)  # (B, D) → (B, K)


def _widths(in_features: int, hidden_features: Sequence[int], out_features: int) -> list[int]:
    """Return all widths from the input to the output, checked."""
    if isinstance(hidden_features, (int, str)) or not len(hidden_features):
        raise ValueError(
            "hidden_features must be a sequence with the width of each hidden layer, such as "
            f"[128, 64]; got {hidden_features!r}. Without a hidden layer, use Linear"
        )
    names = ["in_features", *["hidden_features"] * len(hidden_features), "out_features"]
    widths = [in_features, *hidden_features, out_features]
    for name, width in zip(names, widths, strict=True):
        if isinstance(width, bool) or not isinstance(width, int):
            raise TypeError(f"{name} must hold whole numbers, got {width!r}")
        if width < 1:
            raise ValueError(f"{name} must be at least 1, got {width} in {widths}")
    return widths


def _activation(
    activation: str | Callable[[], nn.Module], layers: ModuleType
) -> Callable[[], nn.Module]:
    """Return what makes an activation."""
    found = getattr(layers, activation, None) if isinstance(activation, str) else activation
    if not callable(found):
        raise ValueError(
            f"activation must be the name of a class of {layers.__name__}, such as 'ReLU' or "
            f"'Tanh', or a class; got {activation!r}"
        )
    if isinstance(found, nn.Module):
        raise TypeError(f"activation must be a class such as {type(found).__name__}, not an object")
    return found
