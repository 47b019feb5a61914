"""Cross-entropy, forward and backward, beside ``torch.nn``.

Ours derives the gradient by hand and keeps one tensor of the size of the logits; the formula alone,
as the chapter shows it, stands beside it to say what that is worth.
"""

from collections.abc import Callable

import torch

from benchmarks._timing import Case
from dlbook import nn
from dlbook.nn._cross_entropy import pick
from dlbook.nn.functional import log_softmax

SHAPES = [(128, 10), (4096, 1000), (64, 50257), (8, 21, 128, 128)]
SETTINGS = {
    "label smoothing": {"label_smoothing": 0.1},
    "class weights, ignored targets": {"weight": torch.linspace(0.5, 1.5, 1000), "ignore_index": 0},
}


def cases() -> list[Case]:
    """Return the cases: a few shapes, then the settings at one of them."""
    plain = [_case(f"cross-entropy {shape}", shape) for shape in SHAPES]
    return plain + [
        _case(f"cross-entropy (4096, 1000), {name}", (4096, 1000), **arguments)
        for name, arguments in SETTINGS.items()
    ]


def _case(name: str, shape: tuple[int, ...], **arguments: object) -> Case:
    """Return forward and backward of the loss on random logits and class indices."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(shape, generator=generator).requires_grad_()
    target = torch.randint(shape[1], (shape[0], *shape[2:]), generator=generator)
    peers = {"torch.nn": _step(torch.nn.CrossEntropyLoss(**arguments), logits, target)}
    if not arguments:
        peers["the formula"] = _step(
            lambda z, t: -pick(log_softmax(z, dim=1), t).mean(), logits, target
        )
    ours = _step(nn.CrossEntropyLoss(**arguments), logits, target)
    return Case(name, ours, peers, threads=2, at_most={"torch.nn": 2.5})


def _step(
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    logits: torch.Tensor,
    target: torch.Tensor,
) -> Callable[[], None]:
    """Return a function that takes the loss and its gradient once."""

    def step() -> None:
        logits.grad = None
        loss(logits, target).backward()

    return step
