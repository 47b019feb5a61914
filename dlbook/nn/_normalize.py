"""Batch and layer normalization as one operation each, with gradients derived by hand.

The formulas in ``dlbook.nn.functional`` are what is computed here; they leave five or more tensors
of the input's size behind for the gradient, these operations one, and the input. The derivation
stands in ``dlbook.nn.normalization``; names are its: z is normalized, r = 1/√(σ² + ε), h = ∂L/∂z,
g = ∂L/∂y. A gradient that is to be differentiated again is computed from the input, as the
derivation has it.
"""

from typing import Any

import torch
from torch.autograd import Function

from dlbook.nn._transforms import batched

__all__ = ["BatchNormalize", "LayerNormalize"]


class BatchNormalize(Function):
    """Batch normalization: the numbers of a channel share γ, so that h is γ times g."""

    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,  # (B, C, *)
        weight: torch.Tensor | None,  # (C,)
        bias: torch.Tensor | None,
        eps: float,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the output, and mean and variance of each channel."""
        x = _wide(input.reshape(*input.shape[:2], input.shape[2:].numel()))  # (B, C, S)
        count = max(x.shape[0] * x.shape[2], 1)  # 1 for an empty batch, whose sums are 0
        mean = x.sum(dim=(0, 2)) / count
        centered = x - mean[:, None]
        var = torch.linalg.vector_norm(centered, dim=2).square().sum(dim=0) / count
        r = (var + eps).rsqrt()
        scale = r if weight is None else weight * r
        if bias is None:
            output = centered * scale[:, None]
        else:
            output = torch.addcmul(_wide(bias)[:, None], centered, scale[:, None])
        ctx.save_for_backward(input, centered, r, weight)
        ctx.mark_non_differentiable(mean, var)
        ctx.eps = eps
        ctx.kinds = _kinds(input, weight, bias)
        return output.reshape(input.shape).to(input.dtype), mean, var

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor, *_: None) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of input, weight and bias."""
        input, centered, r, weight = ctx.saved_tensors
        g = _wide(grad.reshape(centered.shape))
        if torch.is_grad_enabled() or batched(grad):
            gamma = None if weight is None else _wide(weight)[:, None]
            x = _wide(input.reshape(g.shape))
            return *_like(ctx.kinds, *_derived(x, g, gamma, ctx.eps, (0, 2), (0, 2))), None
        sum_g = g.sum(dim=(0, 2))
        sum_gz = _channel_dots(g, centered) * r
        grad_input = None
        if ctx.needs_input_grad[0]:
            count = max(g.shape[0] * g.shape[2], 1)
            scale = r if weight is None else weight * r
            shift = -scale * sum_g / count
            slope = -scale * r * sum_gz / count  # r again, since centered = z / r
            grad_input = torch.addcmul(shift[:, None], g, scale[:, None])
            grad_input = grad_input.addcmul_(centered, slope[:, None])
        return *_like(ctx.kinds, grad_input, sum_gz, sum_g), None


class LayerNormalize(Function):
    """Layer normalization: each row of numbers has its own mean and variance, and shares γ."""

    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,  # (*, *normalized_shape)
        weight: torch.Tensor | None,  # normalized_shape
        bias: torch.Tensor | None,
        eps: float,
        num_dims: int,
    ) -> torch.Tensor:
        """Return the output."""
        size = input.shape[input.ndim - num_dims :].numel()
        x = _wide(input.reshape(input.shape[: input.ndim - num_dims].numel(), size))  # (R, D)
        z = x - x.mean(dim=1, keepdim=True)
        var = torch.linalg.vector_norm(z, dim=1, keepdim=True).square() / size
        r = (var + eps).rsqrt()
        z *= r
        gamma = z.new_ones(size) if weight is None else _wide(weight.reshape(size))
        if bias is None:
            output = z.clone() if weight is None else z * gamma
        else:
            output = torch.addcmul(_wide(bias.reshape(size)), z, gamma)
        ctx.save_for_backward(input, z, r, gamma, weight)
        ctx.eps = eps
        ctx.kinds = _kinds(input, weight, bias)
        return output.reshape(input.shape).to(input.dtype)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of input, weight and bias."""
        input, z, r, gamma, weight = ctx.saved_tensors
        g = _wide(grad.reshape(z.shape))
        if torch.is_grad_enabled() or batched(grad):
            gamma = None if weight is None else _wide(weight.reshape(gamma.shape))
            x = _wide(input.reshape(g.shape))
            return *_like(ctx.kinds, *_derived(x, g, gamma, ctx.eps, (1,), (0,))), None, None
        size, gz = z.shape[1], g * z
        _, wants_weight, wants_bias = ctx.kinds
        grad_weight = None if wants_weight is None else gz.sum(dim=0)
        grad_bias = None if wants_bias is None else g.sum(dim=0)
        grad_input = None
        if ctx.needs_input_grad[0]:
            mean_h = (torch.mv(g, gamma) / size)[:, None]
            mean_hz = (torch.mv(gz, gamma) / size)[:, None]
            h = torch.mul(g, gamma, out=gz)  # gz is not needed any more
            grad_input = torch.addcmul(-r * mean_h, h, r, out=h).addcmul_(z, -r * mean_hz)
        return *_like(ctx.kinds, grad_input, grad_weight, grad_bias), None, None


def _derived(
    x: torch.Tensor,
    g: torch.Tensor,
    gamma: torch.Tensor | None,
    eps: float,
    shared: tuple[int, ...],
    served: tuple[int, ...],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the gradients of x, γ and β as they are derived, by steps that autograd follows.

    The dimensions ``shared`` hold the numbers of one mean, ``served`` those of one γ.
    """
    centered = x - x.mean(dim=shared, keepdim=True)
    r = (centered.square().mean(dim=shared, keepdim=True) + eps).rsqrt()
    z = centered * r
    h = g if gamma is None else g * gamma
    mean_h, mean_hz = (terms.mean(dim=shared, keepdim=True) for terms in (h, h * z))
    return r * (h - mean_h - z * mean_hz), (g * z).sum(dim=served), g.sum(dim=served)


def _kinds(*tensors: torch.Tensor | None) -> list[tuple[torch.Size, torch.dtype] | None]:
    """Return shape and dtype of each tensor, which its gradient is to have; None for none."""
    return [None if tensor is None else (tensor.shape, tensor.dtype) for tensor in tensors]


def _like(kinds: list[Any], *grads: torch.Tensor | None) -> list[torch.Tensor | None]:
    """Return the gradients in shape and dtype of what they belong to."""
    return [
        None if kind is None or grad is None else grad.reshape(kind[0]).to(kind[1])
        for kind, grad in zip(kinds, grads, strict=True)
    ]


def _wide(tensor: torch.Tensor) -> torch.Tensor:
    """Return numbers of 16 bits in 32, in which the sums are kept; others as they are."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def _channel_dots(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the sum of a · b for each channel of (B, C, S), without keeping the products."""
    if a.shape[2] == 1:  # B · C products of one number each would be slow as dot products
        return (a * b).sum(dim=(0, 2))
    return torch.linalg.vecdot(a, b).sum(dim=0)
