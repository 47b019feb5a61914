"""Training: a loop, its record, when to stop, and checkpoints that survive a power cut.

Chapter: book/training/training-a-network.md
"""

from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.history import History
from dlbook.training.loop import TrainingDiverged, evaluate, fit

__all__ = ["EarlyStopping", "History", "TrainingDiverged", "evaluate", "fit"]
