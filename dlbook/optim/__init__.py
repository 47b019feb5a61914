"""Optimizers: how parameters move, given their gradients.

Chapter: book/training/gradient-descent.md
"""

from dlbook.optim.adam import Adam, AdamW
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.rmsprop import RMSprop
from dlbook.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]
