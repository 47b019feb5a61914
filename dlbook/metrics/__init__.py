"""Measures of how well a model does.

Chapter: book/network/perceptron.md
"""

from dlbook.metrics.classification import (
    accuracy,
    confusion_matrix,
    error_rate,
    precision,
    precision_recall_curve,
    recall,
)

__all__ = [
    "accuracy",
    "confusion_matrix",
    "error_rate",
    "precision",
    "precision_recall_curve",
    "recall",
]
