"""Who differentiates: autograd backwards, or a transformation that needs the formula itself."""

from typing import Any

import torch
from torch.autograd import forward_ad


def transformed() -> bool:
    """Tell whether torch.func transforms the call; then no value can be looked at."""
    return torch._C._are_functorch_transforms_active()


def backward_only(input: Any) -> bool:
    """Tell whether a gradient derived by hand serves: one of PyTorch, and none taken forwards."""
    return isinstance(input, torch.Tensor) and not transformed() and forward_ad._current_level < 0


def batched(cotangent: torch.Tensor) -> bool:
    """Tell whether several gradients come back at once; then nothing can be overwritten."""
    return transformed() or torch._C._functorch.is_legacy_batchedtensor(cotangent)
