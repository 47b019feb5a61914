"""Half precision: compute in float32, round once at the end; and what autocast asks for."""

from functools import reduce
from typing import Any

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def widened(tensor: Tensor) -> Tensor:
    """Return a tensor of half precision in float32, any other as it is."""
    return tensor.float() if tensor.dtype in HALF and isinstance(tensor, Tensor) else tensor


def rounded(result: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a result in the dtype that the loss has; the engine's tensors stay as they are."""
    return result.to(dtype) if isinstance(result, Tensor) else result


def common_dtype(*tensors: Any) -> torch.dtype:
    """Return the dtype in which tensors meet; None counts for nothing."""
    return reduce(torch.promote_types, (t.dtype for t in tensors if t is not None))


def autocast_loss(*tensors: Any) -> Any:
    """Return what a loss is given, under autocast in float32 where it has 16 bits, as PyTorch."""
    if not torch._C._is_any_autocast_enabled():
        return tensors
    return tuple(t.float() if _autocast(t) and t.dtype in HALF else t for t in tensors)


def autocast_product(*tensors: Any) -> Any:
    """Return what a product is made of, under autocast in 16 bits where it has 32, as PyTorch."""
    if not torch._C._is_any_autocast_enabled():
        return tensors
    return tuple(
        t.to(torch.get_autocast_dtype(t.device.type))
        if _autocast(t) and t.dtype in (torch.float32, *HALF)
        else t
        for t in tensors
    )


def _autocast(tensor: Any) -> bool:
    """Tell whether something is a tensor of PyTorch's where autocast is on."""
    if not isinstance(tensor, Tensor) or tensor.is_meta:
        return False
    return torch.is_autocast_enabled(tensor.device.type)
