"""Normalization, forward and backward, beside ``torch.nn``.

BatchNorm in training and LayerNorm are one operation each, with a gradient derived by hand; the
formula that a reader sees stands beside it to say what that is worth. RMSNorm and GroupNorm are
computed by their formulas.
"""

from collections.abc import Callable

import torch

from benchmarks._timing import Case
from dlbook import nn
from dlbook.nn import functional

BATCH = [(32, 64, 28, 28), (128, 32, 14, 14), (16, 16, 32, 32)]
LAYER = [(32, 128, 256), (64, 64, 512), (256, 768)]


def cases() -> list[Case]:
    """Return the cases: those with a bound first."""
    batch = [
        _case(
            f"BatchNorm2d {shape}",
            "BatchNorm2d",
            (shape[1],),
            shape,
            2.5,
            lambda m, x: functional.batch_norm(
                x, m.running_mean, m.running_var, m.weight, m.bias, training=True
            ),
        )
        for shape in BATCH
    ]
    layer = [
        _case(
            f"LayerNorm {shape}",
            "LayerNorm",
            (shape[-1],),
            shape,
            6.0,
            lambda m, x: functional.layer_norm(x, m.normalized_shape, m.weight, m.bias),
        )
        for shape in LAYER
    ]
    others = [
        _case(f"RMSNorm {LAYER[0]}", "RMSNorm", (LAYER[0][-1],), LAYER[0]),
        _case(f"GroupNorm {BATCH[0]}, 8 groups", "GroupNorm", (8, BATCH[0][1]), BATCH[0]),
    ]
    return batch + layer + others


def _case(
    title: str,
    name: str,
    arguments: tuple[int, ...],
    shape: tuple[int, ...],
    bound: float | None = None,
    formula: Callable[[torch.nn.Module, torch.Tensor], torch.Tensor] | None = None,
) -> Case:
    """Return one step in training: output, gradients of input, weight and bias."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=generator).requires_grad_()
    cotangent = torch.randn(shape, generator=generator)
    ours, theirs = (getattr(package, name)(*arguments) for package in (nn, torch.nn))
    peers = {"torch.nn": _step(theirs, theirs, x, cotangent)}
    if formula is not None:
        shown = getattr(nn, name)(*arguments)
        peers["the formula"] = _step(lambda input: formula(shown, input), shown, x, cotangent)
    bounds = {} if bound is None else {"torch.nn": bound}
    return Case(title, _step(ours, ours, x, cotangent), peers, threads=2, at_most=bounds)


def _step(
    forward: Callable[[torch.Tensor], torch.Tensor],
    layer: torch.nn.Module,
    x: torch.Tensor,
    cotangent: torch.Tensor,
) -> Callable[[], None]:
    """Return a function that takes output and gradients once."""

    def step() -> None:
        x.grad = None
        layer.zero_grad()
        forward(x).backward(cotangent)

    return step
