"""NaN and infinity: found before they reach the weights."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from dlbook.training.errors import TrainingDiverged
from dlbook.training.history import History


class Guard:
    """Looks at each iteration's loss and gradient before the optimizer's step.

    The running statistics of a normalization layer change in the forward pass already, so they are
    remembered before it and put back if the iteration turns out bad.
    """

    def __init__(
        self, model: nn.Module, optimizer: Any, clip_norm: float | None, history: History
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.clip_norm = clip_norm
        self.history = history
        self.buffers: list[tuple[Tensor, Tensor]] = []

    def before_forward(self) -> None:
        """Remember what the forward pass may change."""
        self.buffers = [(buffer, buffer.clone()) for buffer in self.model.buffers()]

    def before_step(self, loss: Tensor, batch: int, tensors: list[Tensor]) -> None:
        """Clip the gradient; raise if the loss or the gradient is not finite."""
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        norm = get_total_norm([p.grad for p in parameters if p.grad is not None])
        if not (math.isfinite(loss.item()) and math.isfinite(norm.item())):
            with torch.no_grad():
                for buffer, kept in self.buffers:
                    buffer.copy_(kept)
            raise self._diverged(loss.item(), batch, tensors)
        if self.clip_norm is not None:
            clip_grads_with_norm_(parameters, self.clip_norm, norm)

    def after_epoch(self) -> None:
        """Raise if the last step, though its gradient was finite, led to no finite weights."""
        for name, parameter in self.model.named_parameters():
            if not torch.isfinite(parameter).all():
                epoch = self.history.num_epochs + 1
                raise TrainingDiverged(
                    f"{name} is not finite after epoch {epoch}, though loss and gradient were: a "
                    f"step was too large. Try a smaller learning rate (it is {self._rates()}).",
                    epoch=epoch,
                    history=self.history,
                )

    def after_validation(self, loss: float) -> None:
        """Raise if the loss on the validation examples is not finite."""
        if not math.isfinite(loss):
            epoch = self.history.num_epochs + 1
            raise TrainingDiverged(
                f"the loss on the validation examples is {loss} after epoch {epoch}, though that "
                "on the training examples was finite: look at the validation data, and try a "
                f"smaller learning rate (it is {self._rates()}).",
                epoch=epoch,
                loss=loss,
                history=self.history,
            )

    def _diverged(self, loss: float, batch: int, tensors: list[Tensor]) -> TrainingDiverged:
        """Return the error, with what a reader should look at first."""
        epoch = self.history.num_epochs + 1
        what = f"the loss is {loss}"
        if math.isfinite(loss):
            what = f"the loss is {loss:.4g}, but the gradient of {self._worst()} is not finite,"
        bad = sum(int((~torch.isfinite(x)).sum()) for x in tensors)
        advice = (
            f"The batch itself holds {bad} values that are NaN or infinite: look at the data."
            if bad
            else f"Try a smaller learning rate (it is {self._rates()}), or clip_norm."
        )
        return TrainingDiverged(
            f"{what} in epoch {epoch}, batch {batch}. No step was made with it: model and "
            f"optimizer are as after the iteration before. {advice}",
            epoch=epoch,
            batch=batch,
            loss=loss,
            history=self.history,
        )

    def _rates(self) -> str:
        """Return the learning rate of each parameter group."""
        return ", ".join(f"{float(group['lr']):g}" for group in self.optimizer.param_groups)

    def _worst(self) -> str:
        """Return the name of the first parameter whose gradient is not finite."""
        for name, parameter in self.model.named_parameters():
            if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
                return name
        return "all parameters together"
