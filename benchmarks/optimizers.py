"""Optimizers: one step beside torch's, as torch sets it up when nothing is said."""

from collections.abc import Callable

import torch

import dlbook.optim
from benchmarks._timing import Case
from dlbook.seed import generator

__all__ = ["cases"]

SIZES = {
    "1M parameters in 16 tensors": (1_000_000, 16),
    "1M parameters in 200 tensors": (1_000_000, 200),
    "10M parameters in 40 tensors": (10_000_000, 40),
}
BOUNDED = ("Adam", "AdamW")
SHOWN: dict[str, dict[str, float]] = {"SGD": {"momentum": 0.9}, "RMSprop": {}}


def cases() -> list[Case]:
    """Return one case for each optimizer and size; Adam and AdamW have a bound."""
    bounded = [_case(name, size, {}, {"torch.optim": 1.0}) for name in BOUNDED for size in SIZES]
    small = [size for size, (count, _) in SIZES.items() if count <= 1_000_000]
    return bounded + [_case(name, size, SHOWN[name], {}) for name in SHOWN for size in small]


def _case(name: str, size: str, options: dict[str, float], at_most: dict[str, float]) -> Case:
    """Return a step of one optimizer on parameters of one size."""
    ours = _step(getattr(dlbook.optim, name), *SIZES[size], options)
    theirs = _step(getattr(torch.optim, name), *SIZES[size], options)
    title = f"{name} step, {size}"
    return Case(title, ours, {"torch.optim": theirs}, threads=2, at_most=at_most)


def _step(
    optimizer: Callable[..., torch.optim.Optimizer | dlbook.optim.Optimizer],
    count: int,
    tensors: int,
    options: dict[str, float],
) -> Callable[[], object]:
    """Return a function that does one step, built when it is first called.

    So that the parameters of the cases that wait take no memory.
    """
    made: list[Callable[[], object]] = []

    def step() -> object:
        if not made:
            numbers = generator(0)
            params = []
            for _ in range(tensors):
                param = torch.nn.Parameter(torch.randn(count // tensors, generator=numbers))
                param.grad = torch.randn(count // tensors, generator=numbers)
                params.append(param)
            made.append(optimizer(params, **options).step)
        return made[0]()

    return step
