"""A small problem with a gradient that depends on the parameters, for torch and the library."""

from collections.abc import Callable
from typing import Any

import torch

SHAPES = ((3, 2), (4,), ())


def parameters(dtype: torch.dtype = torch.float64) -> list[torch.nn.Parameter]:
    """Return the same parameters at each call."""
    numbers = torch.Generator().manual_seed(5)
    values = [torch.randn(shape, generator=numbers, dtype=torch.float64) for shape in SHAPES]
    return [torch.nn.Parameter(value.to(dtype)) for value in values]


def set_gradients(params: list[Any], step: int) -> None:
    """Give each parameter the gradient of this step; now and then one gets none."""
    for i, param in enumerate(params):
        values = param.data.double()
        grad = values + 2 * torch.sin(3 * values + step + i)
        param.grad = None if (step + i) % 7 == 6 else grad.to(param.data.dtype)


def trajectory(optimizer: Any, params: list[Any], steps: int = 50, start: int = 0) -> torch.Tensor:
    """Return all parameters after each step, shape (steps, number of parameters)."""
    rows = []
    for step in range(start, start + steps):
        set_gradients(params, step)
        optimizer.step()
        rows.append(torch.cat([param.data.double().flatten() for param in params]))
    return torch.stack(rows)


def run(make: Callable[..., Any], dtype: torch.dtype = torch.float64, **options: Any) -> Any:
    """Return the trajectory of an optimizer with these options."""
    params = parameters(dtype)
    return trajectory(make(params, **options), params)
