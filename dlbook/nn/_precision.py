"""Half precision: compute in float32, round once at the end."""

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def widened(tensor: Tensor) -> Tensor:
    """Return a tensor of half precision in float32, any other as it is."""
    return tensor.float() if tensor.dtype in HALF and isinstance(tensor, Tensor) else tensor


def rounded(result: Tensor, like: Tensor) -> Tensor:
    """Return a result in half precision if that was given, save under autocast, as torch does."""
    if not isinstance(like, Tensor) or like.dtype not in HALF:
        return result
    return result if torch.is_autocast_enabled(like.device.type) else result.to(like.dtype)
