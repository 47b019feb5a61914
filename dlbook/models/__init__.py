"""Models that chapters train, each in a file of its own.

Chapter: book/training/training-a-network.md
"""

from dlbook.models.mlp import MLP

__all__ = ["MLP"]
