r"""Layers that bring numbers to mean 0 and variance 1 and let the network undo it.

Batch normalization does so for each channel over the batch, layer normalization for each example
over its features, group normalization for groups of channels of one example; RMS normalization
leaves the mean alone. What they compute stands in :mod:`dlbook.nn.functional`; BatchNorm in
training and LayerNorm do it by one operation with a gradient derived by hand, which keeps the input
and one more tensor of its size for the gradient where the formula keeps five or more.

The derivation is the same for both. Let :math:`x_1 … x_n` be the numbers that share a mean μ and a
variance σ², :math:`r = (\sigma^2 + \varepsilon)^{-1/2}` and :math:`z_j = (x_j - \mu)\,r` the
normalized numbers. Then

.. math::
    \frac{\partial\mu}{\partial x_i} = \frac1n, \quad
    \frac{\partial\sigma^2}{\partial x_i} = \frac2n (x_i - \mu), \quad
    \frac{\partial r}{\partial x_i}
    = -\tfrac12\,r^3\,\frac{\partial\sigma^2}{\partial x_i} = -\frac{r^2 z_i}n

(that σ² depends on μ does not count: :math:`\sum_j (x_j - \mu) = 0`), and by the product rule

.. math::
    \frac{\partial z_j}{\partial x_i}
    = r\,\Bigl(\delta_{ij} - \frac1n\Bigr) - (x_j - \mu)\,\frac{r^2 z_i}n
    = r\,\Bigl(\delta_{ij} - \frac1n - \frac{z_i z_j}n\Bigr).

With :math:`h_j = \partial L / \partial z_j` the chain rule sums over j:

.. math::
    \frac{\partial L}{\partial x_i}
    = r\,\Bigl(h_i - \frac1n \sum_j h_j - \frac{z_i}n \sum_j h_j z_j\Bigr).

The output is :math:`y_j = \gamma_j z_j + \beta_j`, so :math:`h_j = \gamma_j\,g_j` with
:math:`g_j = \partial L / \partial y_j`; γ gets the sum of :math:`g_j z_j`, β that of :math:`g_j`
over all numbers that it served.

Chapter: book/back/api/nn.md
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch.nn import Module, Parameter

from dlbook.nn import functional, init
from dlbook.nn._checks import flag, mismatch, normalizable, number, sizes
from dlbook.nn._normalize import BatchNormalize, LayerNormalize
from dlbook.nn._precision import widened
from dlbook.nn._transforms import backward_only

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm", "RMSNorm"]

Device = torch.device | str | None


class _Normalization(Module):
    """Weight and bias of a normalization: ones and zeros at first, or none."""

    weight: torch.Tensor | None
    bias: torch.Tensor | None

    def _register(
        self,
        shape: tuple[int, ...],
        affine: bool,
        bias: bool,
        device: Device,
        dtype: torch.dtype | None,
    ) -> None:
        """Make weight and bias, as far as they are wanted."""
        flag(self, affine=affine, bias=bias)
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            values = torch.empty(shape, device=device, dtype=dtype) if wanted else None
            self.register_parameter(name, None if values is None else Parameter(values))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to ones and the bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _BatchNorm(_Normalization):
    """Batch normalization of inputs with any number of dimensions."""

    _version = 2  # of the state_dict, PyTorch's: with num_batches_tracked
    _axes: tuple[str, ...]  # one letter a dimension, for each kind of input

    running_mean: torch.Tensor | None
    running_var: torch.Tensor | None
    num_batches_tracked: torch.Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device = None,
        dtype: torch.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        sizes(self, num_features=num_features)
        number(self, eps=eps)
        if momentum is not None:
            number(self, momentum=momentum)
        flag(self, track_running_stats=track_running_stats)
        if eps <= 0:
            raise ValueError(f"{type(self).__name__}: eps must be positive, got {eps}")
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        mean = var = count = None
        if track_running_stats:
            mean = torch.zeros(num_features, device=device, dtype=dtype)
            var = torch.ones(num_features, device=device, dtype=dtype)
            count = torch.tensor(0, dtype=torch.long, device=device)
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", var)
        self.register_buffer("num_batches_tracked", count)
        self._register((num_features,), affine, bias, device, dtype)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        """Load a state; one from before version 2 knows no num_batches_tracked: ours stays."""
        key, ours = prefix + "num_batches_tracked", self.num_batches_tracked
        if (local_metadata.get("version") or 0) < 2 and ours is not None:
            state_dict.setdefault(key, torch.tensor(0) if ours.is_meta else ours)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def reset_running_stats(self) -> None:
        """Set the running mean to 0, the running variance to 1 and the count to 0."""
        if self.running_mean is not None:
            init.zeros_(self.running_mean)
        if self.running_var is not None:
            init.ones_(self.running_var)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set weight and bias, and the running statistics, as at the beginning."""
        self.reset_running_stats()
        super().reset_parameters()

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (B, C, *)
        """Return the normalized input; in training, also move the running statistics."""
        self._check(input)
        running_mean, running_var = self.running_mean, self.running_var
        if not self.training and running_mean is not None and running_var is not None:
            output = functional.batch_norm(
                widened(input), running_mean, running_var, self.weight, self.bias, eps=self.eps
            )
            return output.to(input.dtype)
        count = input.shape[0] * input.shape[2:].numel()
        if count == 1:
            raise ValueError(
                f"{type(self).__name__}: an input of shape {tuple(input.shape)} has one value per "
                "channel, whose variance is 0: train with more, or call eval()"
            )
        tracking = self.training and self.track_running_stats
        momentum = self._count_batch() if tracking else 0.0
        if not backward_only(input):
            moved = (running_mean, running_var) if tracking else (None, None)
            affine = self.weight, self.bias
            x = widened(input)
            output = functional.batch_norm(x, *moved, *affine, True, momentum, self.eps)
            return output.to(input.dtype)
        output, mean, var = BatchNormalize.apply(input, self.weight, self.bias, self.eps)
        if tracking:
            functional.update_running(running_mean, running_var, mean, var, count, momentum)
        return output

    def _count_batch(self) -> float:
        """Count one more batch; return the share that its statistics get."""
        if self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
        if self.momentum is not None:
            return self.momentum
        return 1 / int(self.num_batches_tracked) if self.num_batches_tracked is not None else 0.0

    def _check(self, input: torch.Tensor) -> None:
        """Raise unless the input has the channels and a dtype that fits."""
        if input.ndim not in map(len, self._axes) or input.shape[1] != self.num_features:
            shapes = " or ".join(f"({', '.join(axes)})" for axes in self._axes)
            raise mismatch(self, shapes.replace("C", str(self.num_features)), input.shape)
        normalizable(self, input, self.weight if self.running_mean is None else self.running_mean)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    r"""Batch normalization of vectors or sequences: each channel over batch and positions.

    :math:`y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta`; in training μ and σ² are
    those of the batch, after ``eval()`` the running ones.

    Parameters
    ----------
    num_features : int
        C, the number of channels.
    eps : float, positive
        ε, keeps the root from 0.
    momentum : float, optional
        Share of a new batch in the running statistics; None takes the mean over all batches.
    affine : bool
        Whether there is a γ, the weight, and a β, the bias.
    track_running_stats : bool
        False keeps no running statistics: also after ``eval()`` those of the batch normalize.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of parameters and running statistics; float32 ones serve inputs of 16 bits, too.
    bias : bool
        False leaves out β.

    Raises
    ------
    ValueError
        If ``eps`` is not positive; for an input of another shape than (B, C) or (B, C, L), or in
        training one with a single value per channel.
    TypeError
        If an argument is of another kind; for an input of another dtype.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization, arXiv:1502.03167.

    Examples
    --------
    >>> layer = BatchNorm1d(1)
    >>> layer(torch.tensor([[1.0], [3.0]])).detach().round(decimals=3)
    tensor([[-1.],
            [ 1.]])
    >>> layer.running_mean, layer.running_var  # 0.9 · 0 + 0.1 · 2 and 0.9 · 1 + 0.1 · 2
    (tensor([0.2000]), tensor([1.1000]))
    """

    _axes = ("BC", "BCL")


class BatchNorm2d(_BatchNorm):
    r"""Batch normalization of images: each channel over the batch and all pixels.

    :math:`y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta`; in training μ and σ² are
    those of the batch, after ``eval()`` the running ones.

    Parameters
    ----------
    num_features : int
        C, the number of channels.
    eps : float, positive
        ε, keeps the root from 0.
    momentum : float, optional
        Share of a new batch in the running statistics; None takes the mean over all batches.
    affine : bool
        Whether there is a γ, the weight, and a β, the bias.
    track_running_stats : bool
        False keeps no running statistics: also after ``eval()`` those of the batch normalize.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of parameters and running statistics; float32 ones serve inputs of 16 bits, too.
    bias : bool
        False leaves out β.

    Raises
    ------
    ValueError
        If ``eps`` is not positive; for an input of another shape than (B, C, H, W), or in training
        one with a single value per channel.
    TypeError
        If an argument is of another kind; for an input of another dtype.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization, arXiv:1502.03167.

    Examples
    --------
    >>> output = BatchNorm2d(3)(torch.rand(4, 3, 8, 8))
    >>> bool(output.mean(dim=(0, 2, 3)).abs().max() < 1e-5)
    True
    """

    _axes = ("BCHW",)


class LayerNorm(_Normalization):
    r"""Layer normalization: each example by its own mean and variance.

    :math:`y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta`.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The last dimensions of the input, over which μ and σ² are taken.
    eps : float
        ε, keeps the root from 0.
    elementwise_affine : bool
        Whether there is a γ, the weight, and a β, the bias, for each element.
    bias : bool
        False leaves out β.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of the parameters; float32 ones serve inputs of 16 bits, too.

    Raises
    ------
    ValueError
        If ``normalized_shape`` is empty, or the input does not end with it.
    TypeError
        If an argument is of another kind; for an input of another dtype.

    References
    ----------
    Ba, Kiros, Hinton (2016), Layer normalization, arXiv:1607.06450.

    Examples
    --------
    >>> LayerNorm(2)(torch.tensor([[1.0, 3.0], [100.0, 300.0]])).detach().round(decimals=3)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Device = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(self, normalized_shape)
        number(self, eps=eps)
        flag(self, elementwise_affine=elementwise_affine)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._register(self.normalized_shape, elementwise_affine, bias, device, dtype)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (*, *normalized_shape)
        """Return the normalized input."""
        _check_end(self, input, self.normalized_shape)
        normalizable(self, input, self.weight)
        shape, affine = self.normalized_shape, (self.weight, self.bias)
        if backward_only(input):
            return LayerNormalize.apply(input, *affine, self.eps, len(shape))
        return functional.layer_norm(widened(input), shape, *affine, self.eps).to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(_Normalization):
    r"""Normalization by the root mean square: the mean stays, and there is no bias.

    :math:`y = \gamma\,x / \sqrt{\overline{x^2} + \varepsilon}`.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The last dimensions of the input, over which the mean square is taken.
    eps : float, optional
        ε; by default the distance from 1 to the next number in the dtype of the sums: float32, or
        float64 where the input is.
    elementwise_affine : bool
        Whether there is a γ, the weight, for each element.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of the weight; float32 serves inputs of 16 bits, too.

    Raises
    ------
    ValueError
        If ``normalized_shape`` is empty, or the input does not end with it.
    TypeError
        If an argument is of another kind; for an input of another dtype.

    References
    ----------
    Zhang and Sennrich (2019), Root mean square layer normalization, arXiv:1910.07467.

    Examples
    --------
    >>> RMSNorm(2)(torch.tensor([3.0, -3.0])).detach()
    tensor([ 1., -1.])
    """

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Device = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(self, normalized_shape)
        if eps is not None:
            number(self, eps=eps)
        flag(self, elementwise_affine=elementwise_affine)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._register(self.normalized_shape, elementwise_affine, False, device, dtype)
        del self._parameters["bias"]  # PyTorch's layer has no such name

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (*, *normalized_shape)
        """Return the normalized input."""
        _check_end(self, input, self.normalized_shape)
        normalizable(self, input, self.weight)
        x = widened(input)
        output = functional.rms_norm(x, self.normalized_shape, self.weight, self.eps)
        return output.to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(_Normalization):
    r"""Group normalization: groups of neighbouring channels of one example.

    :math:`y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta`, where γ and β belong to
    a channel, μ and σ² to a group.

    Parameters
    ----------
    num_groups : int
        Divides ``num_channels``.
    num_channels : int
        C.
    eps : float
        ε, keeps the root from 0.
    affine : bool
        Whether there is a γ, the weight, and a β, the bias.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of the parameters; float32 ones serve inputs of 16 bits, too.
    bias : bool
        False leaves out β.

    Raises
    ------
    ValueError
        If the groups do not come out even; for an input of another shape than (B, C, \*), or one
        example with a single value per group. (More examples pass, as in PyTorch: there a single
        value per group becomes β.)
    TypeError
        If an argument is of another kind; for an input of another dtype.

    References
    ----------
    Wu and He (2018), Group normalization, arXiv:1803.08494.

    Examples
    --------
    >>> GroupNorm(2, 4)(torch.tensor([[1.0, 3.0, 10.0, 30.0]])).detach().round(decimals=3)
    tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Device = None,
        dtype: torch.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        sizes(self, num_groups=num_groups, num_channels=num_channels)
        if num_groups == 0 or num_channels % num_groups != 0:
            raise ValueError(
                f"GroupNorm: num_channels ({num_channels}) must be divisible by num_groups "
                f"({num_groups})"
            )
        number(self, eps=eps)
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._register((num_channels,), affine, bias, device, dtype)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (B, C, *)
        """Return the normalized input."""
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            raise mismatch(self, f"(B, {self.num_channels}, *)", input.shape)
        normalizable(self, input, self.weight)
        if input.shape[0] * self.num_channels // self.num_groups * input.shape[2:].numel() == 1:
            raise ValueError(
                f"GroupNorm: an input of shape {tuple(input.shape)} has one value per group, whose "
                f"variance is 0: take fewer groups than {self.num_groups}"
            )
        x = widened(input)
        output = functional.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)
        return output.to(input.dtype)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _as_shape(layer: Module, normalized_shape: int | Iterable[int]) -> tuple[int, ...]:
    """Return the shape as a tuple, or raise if there is nothing in it."""
    if not isinstance(normalized_shape, Iterable):
        normalized_shape = [normalized_shape]
    shape = tuple(normalized_shape)
    if not shape:
        raise ValueError(f"{type(layer).__name__}: normalized_shape is empty, name a dimension")
    for size in shape:
        sizes(layer, normalized_shape=size)
    return shape


def _check_end(layer: Module, input: torch.Tensor, normalized_shape: tuple[int, ...]) -> None:
    """Raise unless the shape of the input ends with the normalized one."""
    if input.shape[-len(normalized_shape) :] != normalized_shape:
        raise mismatch(layer, f"(*, {', '.join(map(str, normalized_shape))})", input.shape)
