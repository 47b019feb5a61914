"""Automatic differentiation from scratch: on numbers, and on arrays.

Chapter: book/training/backpropagation.md
"""

from dlbook.autograd._graph import graph
from dlbook.autograd._mode import no_grad
from dlbook.autograd.check import GradientError, finite_difference, gradcheck
from dlbook.autograd.module import MLP, Linear, Module
from dlbook.autograd.tensor import Tensor, cat, cross_entropy, stack, where
from dlbook.autograd.value import Value

__all__ = [
    "MLP",
    "GradientError",
    "Linear",
    "Module",
    "Tensor",
    "Value",
    "cat",
    "cross_entropy",
    "finite_difference",
    "gradcheck",
    "graph",
    "no_grad",
    "stack",
    "where",
]
