"""Automatic differentiation from scratch: on numbers, and on arrays.

Chapter: book/training/backpropagation.md
"""

from dlbook.autograd._mode import no_grad
from dlbook.autograd.module import MLP, Linear, Module
from dlbook.autograd.tensor import Tensor, cat, stack, where
from dlbook.autograd.value import Value

__all__ = ["MLP", "Linear", "Module", "Tensor", "Value", "cat", "no_grad", "stack", "where"]
