"""The engine's Tensor beside PyTorch and HIPS autograd: one step of training a network."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import autograd.numpy as anp
import numpy as np
import torch
from autograd import grad

from benchmarks._timing import Case
from dlbook.autograd import MLP, cross_entropy

__all__ = ["cases"]

LEARNING_RATE = 0.01


def cases() -> list[Case]:
    """Return a step (forward, cross-entropy, backward, SGD) of a small and of a larger network."""
    return [
        _case((64, 128, 128, 10), batch_size=64, at_most=0.85, at_least={"HIPS autograd": 2.5}),
        _case((784, 512, 512, 10), batch_size=128, at_most=1.05),
    ]


def _case(
    sizes: tuple[int, ...],
    batch_size: int,
    at_most: float,
    at_least: Mapping[str, float] = MappingProxyType({}),
) -> Case:
    """Return the step with the same random data and the same sizes for everyone."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(batch_size, sizes[0], generator=draw)
    y = torch.randint(sizes[-1], (batch_size,), generator=draw)
    peers = {"torch.nn": _torch_step(sizes, x, y), "HIPS autograd": _hips_step(sizes, x, y)}
    return Case(
        f"MLP {'-'.join(map(str, sizes))}, batch {batch_size}, float32: one SGD step",
        _engine_step(sizes, x, y),
        peers,
        at_most={"torch.nn": at_most},
        at_least=at_least,
    )


def _engine_step(sizes: tuple[int, ...], x: torch.Tensor, y: torch.Tensor) -> Callable[[], object]:
    """Return the step as a reader of the book writes it."""
    model = MLP(*sizes, generator=torch.Generator().manual_seed(0))
    parameters = list(model.parameters())

    def step() -> None:
        cross_entropy(model(x), y).backward()
        for p in parameters:
            p.data.add_(p.grad, alpha=-LEARNING_RATE)
            p.grad = None

    return step


def _torch_step(sizes: tuple[int, ...], x: torch.Tensor, y: torch.Tensor) -> Callable[[], object]:
    """Return the step as PyTorch's own tutorials write it."""
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def _hips_step(sizes: tuple[int, ...], x: torch.Tensor, y: torch.Tensor) -> Callable[[], object]:
    """Return the step on NumPy arrays."""
    draw = np.random.default_rng(0)
    parameters = []
    for fan_in, fan_out in pairwise(sizes):
        bound = fan_in**-0.5
        parameters.append(draw.uniform(-bound, bound, (fan_in, fan_out)).astype(np.float32))
        parameters.append(draw.uniform(-bound, bound, fan_out).astype(np.float32))
    inputs, labels, rows = x.numpy(), y.numpy(), np.arange(len(y))

    def loss_of(parameters: list[np.ndarray]) -> np.ndarray:
        hidden = inputs
        for place in range(0, len(parameters) - 2, 2):
            hidden = anp.maximum(hidden @ parameters[place] + parameters[place + 1], 0)
        logits = hidden @ parameters[-2] + parameters[-1]
        shifted = logits - anp.max(logits, axis=1, keepdims=True)
        log_sum = anp.log(anp.sum(anp.exp(shifted), axis=1))
        return anp.mean(log_sum - shifted[rows, labels])

    gradient_of = grad(loss_of)

    def step() -> None:
        for parameter, gradient in zip(parameters, gradient_of(parameters), strict=True):
            parameter -= LEARNING_RATE * gradient

    return step
