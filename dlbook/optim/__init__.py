"""Optimizers: how parameters move, given their gradients.

Chapter: book/training/gradient-descent.md
"""

from dlbook.optim.adam import Adam, AdamW
from dlbook.optim.clip import clip_grad_norm_, clip_grad_value_
from dlbook.optim.onecycle import OneCycleLR
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.rmsprop import RMSprop
from dlbook.optim.schedule import (
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    SequentialLR,
    StepLR,
)
from dlbook.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "OneCycleLR",
    "Optimizer",
    "RMSprop",
    "SequentialLR",
    "StepLR",
    "clip_grad_norm_",
    "clip_grad_value_",
]
