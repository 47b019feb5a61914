"""Training: a loop, its record, when to stop, and checkpoints that survive a power cut.

Chapter: book/training/training-a-network.md
"""

from dlbook.training.checkpoint import load_checkpoint, save_checkpoint
from dlbook.training.early_stopping import EarlyStopping
from dlbook.training.errors import CheckpointError, TrainingDiverged
from dlbook.training.history import History
from dlbook.training.loop import evaluate, fit

__all__ = [
    "CheckpointError",
    "EarlyStopping",
    "History",
    "TrainingDiverged",
    "evaluate",
    "fit",
    "load_checkpoint",
    "save_checkpoint",
]
