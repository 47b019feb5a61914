"""NaN and infinity: found before they reach the weights."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

from dlbook.training.errors import TrainingDiverged
from dlbook.training.history import History

# A module, its buffers by name, and copies of their values.
Places = tuple[nn.Module, dict[str, Tensor | None], dict[str, Tensor]]


class Guard:
    """Looks at each iteration's loss and gradient before the optimizer's step.

    The running statistics of a normalization layer change in the forward pass already, so they are
    remembered before it and put back if the iteration turns out bad: the tensors themselves where
    the forward pass puts others in their place, and their values where it changes these.
    """

    def __init__(
        self, model: nn.Module, optimizer: Any, clip_norm: float | None, history: History
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.clip_norm = clip_norm
        self.history = history
        self.buffers: list[Places] = []

    def before_forward(self) -> None:
        """Remember what the forward pass may change."""
        self.buffers = [
            (
                module,
                dict(module._buffers),
                {name: b.clone() for name, b in module._buffers.items() if b is not None},
            )
            for module in self.model.modules()
            if module._buffers
        ]

    def before_step(self, loss: Tensor, batch: int, tensors: list[Tensor]) -> None:
        """Clip the gradient; raise if the loss or the gradient is not finite."""
        gradients = [
            _entries(p) for g in self.optimizer.param_groups for p in g["params"] if _has_grad(p)
        ]
        norm = get_total_norm(gradients)
        finite = math.isfinite(norm.item()) or all(bool(g.isfinite().all()) for g in gradients)
        if not (finite and math.isfinite(loss.item())):
            self._put_back()
            raise self._diverged(loss.item(), batch, tensors)
        if self.clip_norm is not None:
            _clip(gradients, self.clip_norm, norm)

    def _put_back(self) -> None:
        """Give each module the buffers that it had before the forward pass."""
        with torch.no_grad():
            for module, places, copies in self.buffers:
                module._buffers.clear()
                module._buffers.update(places)
                for name, kept in copies.items():
                    module._buffers[name].copy_(kept)  # type: ignore[union-attr]

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
            if _has_grad(parameter) and not torch.isfinite(_entries(parameter)).all():
                return name
        return "all parameters together"


def _has_grad(parameter: Any) -> bool:
    """Tell whether a parameter has got a gradient."""
    return parameter.grad is not None


def _entries(parameter: Any) -> Tensor:
    """Return a gradient's entries; of a sparse one those that it holds, each place once."""
    if parameter.grad.layout == torch.strided:
        return parameter.grad
    if parameter.grad.layout != torch.sparse_coo:
        raise ValueError(
            f"the gradient of a parameter of shape {tuple(parameter.shape)} has the layout "
            f"{parameter.grad.layout}; expected torch.strided or torch.sparse_coo"
        )
    parameter.grad = parameter.grad.coalesce()
    return parameter.grad._values()  # these themselves, so that clipping reaches them


def _clip(gradients: list[Tensor], most: float, norm: Tensor) -> None:
    """Shorten the gradients together to a length, as ``torch.nn.utils.clip_grad_norm_`` does.

    Where all entries are finite, but their squares are too large for the type, they are measured in
    units of the largest one.
    """
    with torch.no_grad():
        if math.isfinite(norm.item()):
            factor = torch.clamp(most / (norm + 1e-6), max=1.0)
            for gradient in gradients:
                gradient.mul_(factor.to(gradient.device))
            return
        largest = max(float(gradient.abs().max()) for gradient in gradients if gradient.numel())
        for gradient in gradients:
            gradient.div_(largest)
        length = math.hypot(
            *(float(torch.linalg.vector_norm(g, dtype=_wide(g))) for g in gradients)
        )
        for gradient in gradients:
            gradient.mul_(min(most / length, largest))


def _wide(gradient: Tensor) -> torch.dtype:
    """Return a type in which a sum of squares of at most 1 does not overflow."""
    return torch.promote_types(gradient.dtype, torch.float32)
