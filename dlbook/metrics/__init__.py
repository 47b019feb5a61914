"""Measures of how well a model does.

Chapter: book/network/perceptron.md
"""

from dlbook.metrics.calibration import (
    Reliability,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)
from dlbook.metrics.classification import (
    accuracy,
    confusion_matrix,
    error_rate,
    precision,
    precision_recall_curve,
    recall,
)

__all__ = [
    "Reliability",
    "accuracy",
    "brier_score",
    "confusion_matrix",
    "error_rate",
    "expected_calibration_error",
    "fit_temperature",
    "negative_log_likelihood",
    "precision",
    "precision_recall_curve",
    "recall",
    "reliability",
]
