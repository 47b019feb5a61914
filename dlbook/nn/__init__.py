"""Layers and activation functions with the names, arguments and values of ``torch.nn``.

Each is a ``torch.nn.Module``: it goes into PyTorch's containers, its ``state_dict`` loads into
PyTorch's layer of the same name and back, and its outputs and gradients are the same. Only the code
differs: what a layer computes stands in :mod:`dlbook.nn.functional` to be read.

Chapter: book/network/layers.md
"""

from dlbook.nn import functional, init
from dlbook.nn.activations import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from dlbook.nn.dropout import Dropout
from dlbook.nn.embedding import Embedding
from dlbook.nn.linear import Flatten, Linear, Sequential
from dlbook.nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
)
from dlbook.nn.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm

__all__ = [
    "ELU",
    "GELU",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "GroupNorm",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "NLLLoss",
    "RMSNorm",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "functional",
    "init",
]
