"""Batch and layer normalization as one operation each, with gradients derived by hand.

The formulas in ``dlbook.nn.functional`` are what is computed here; they leave five or more tensors
of the input's size behind for the gradient, these operations one. The derivation stands in
``dlbook.nn.normalization``; names are its: z is normalized, r = 1/√(σ² + ε), h = ∂L/∂z, g = ∂L/∂y.
"""

from typing import Any

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

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
        ctx.save_for_backward(centered, r, weight)
        ctx.mark_non_differentiable(mean, var)
        ctx.types = input.dtype, None if bias is None else bias.dtype
        return output.reshape(input.shape).to(input.dtype), mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor, *_: None) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of input, weight and bias."""
        centered, r, weight = ctx.saved_tensors
        input_type, bias_type = ctx.types
        g = _wide(grad.reshape(centered.shape))
        sum_g = g.sum(dim=(0, 2))
        sum_gz = _channel_dots(g, centered) * r
        grad_input = None
        if ctx.needs_input_grad[0]:
            count = max(g.shape[0] * g.shape[2], 1)
            scale = r if weight is None else weight * r
            shift = -scale * sum_g / count
            slope = -scale * r * sum_gz / count  # r again, since centered = z / r
            grad_input = torch.addcmul(shift[:, None], g, scale[:, None])
            grad_input = grad_input.addcmul_(centered, slope[:, None]).reshape(grad.shape)
            grad_input = grad_input.to(input_type)
        grad_weight = None if weight is None else sum_gz.to(weight.dtype)
        return grad_input, grad_weight, None if bias_type is None else sum_g.to(bias_type), None


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
        ctx.save_for_backward(z, r, gamma)
        ctx.dtype = input.dtype
        ctx.kinds = [None if p is None else (p.shape, p.dtype) for p in (weight, bias)]
        return output.reshape(input.shape).to(input.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of input, weight and bias."""
        z, r, gamma = ctx.saved_tensors
        size = z.shape[1]
        g = _wide(grad.reshape(z.shape))
        gz = g * z
        of_parameters = []
        for products, kind in zip((gz, g), ctx.kinds, strict=True):
            if kind is not None:
                shape, dtype = kind
                of_parameters.append(products.sum(dim=0).reshape(shape).to(dtype))
            else:
                of_parameters.append(None)
        grad_input = None
        if ctx.needs_input_grad[0]:
            mean_h = (torch.mv(g, gamma) / size)[:, None]
            mean_hz = (torch.mv(gz, gamma) / size)[:, None]
            h = torch.mul(g, gamma, out=gz)  # gz is not needed any more
            grad_input = torch.addcmul(-r * mean_h, h, r, out=h).addcmul_(z, -r * mean_hz)
            grad_input = grad_input.reshape(grad.shape).to(ctx.dtype)
        return grad_input, *of_parameters, None, None


def _wide(tensor: torch.Tensor) -> torch.Tensor:
    """Return numbers of 16 bits in 32, in which the sums are kept; others as they are."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def _channel_dots(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the sum of a · b for each channel of (B, C, S), without keeping the products."""
    if a.shape[2] == 1:  # B · C products of one number each would be slow as dot products
        return (a * b).sum(dim=(0, 2))
    return torch.linalg.vecdot(a, b).sum(dim=0)
