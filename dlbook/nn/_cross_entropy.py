"""Cross-entropy: the formula, and the same with a gradient derived by hand."""

from typing import Any

import torch
from torch import Tensor

from dlbook.nn import _loss_checks as checks
from dlbook.nn._precision import autocast_loss, common_dtype, rounded, widened
from dlbook.nn._transforms import backward_only
from dlbook.nn.functional import log_softmax


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the loss of logits; see CrossEntropyLoss."""
    name = "CrossEntropyLoss"
    input, target, weight = autocast_loss(input, target, weight)
    checks.reduction(name, reduction)
    checks.classes(name, input, target, weight, soft=True)
    checks.label_smoothing(label_smoothing)
    if not target.dtype.is_floating_point:
        ignoring = checks.indices(name, target, input, ignore_index)
        logits, targets = _batched(input, target.long())
        kept, labels = _labels(targets, ignore_index, ignoring)
        losses, spread = softmax_cross_entropy(
            logits, labels, _evenly(logits, weight, label_smoothing)
        )
        losses, weights = _weighted(losses, labels, weight)
        result = _reduced(losses, weights, kept, reduction)
        if spread is not None:
            uniform = _reduced(spread, weights, kept, reduction)
            result = result * (1 - label_smoothing) + uniform * label_smoothing
    else:
        if ignore_index >= 0:
            raise ValueError(f"{name}: ignore_index={ignore_index} needs class indices as targets")
        logits, targets = _batched(input, target)
        if label_smoothing:
            targets = targets * (1 - label_smoothing) + label_smoothing / logits.shape[1]
        losses = -by_class(log_softmax(logits, dim=1) * targets, weight).sum(1)
        result = _reduced(losses, None, None, reduction)
    return _as_given(result, input, reduction, common_dtype(input, target, weight))


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Return the loss of log-probabilities; see NLLLoss."""
    input, weight = autocast_loss(input, weight)
    checks.reduction("NLLLoss", reduction)
    checks.classes("NLLLoss", input, target, weight, soft=False)
    ignoring = checks.indices("NLLLoss", target, input, ignore_index)
    log_probs, targets = _batched(input, target.long())
    kept, labels = _labels(targets, ignore_index, ignoring)
    losses, weights = _weighted(-pick(log_probs, labels), labels, weight)
    return _as_given(_reduced(losses, weights, kept, reduction), input, reduction, input.dtype)


def softmax_cross_entropy(
    logits: Tensor, labels: Tensor, spread: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Return −log p of each label and −Σ uₖ log pₖ, u the spread; by the fast form if possible."""
    if backward_only(logits):
        return SoftmaxCrossEntropy.apply(logits, labels, spread)
    log_probs = log_softmax(logits, dim=1)
    return -pick(log_probs, labels), None if spread is None else -by_class(log_probs, spread).sum(1)


def pick(values: Tensor, labels: Tensor) -> Tensor:
    """Return ``values[b, labels[b, i, …], i, …]``: the entry of its class at each place."""
    places = [torch.arange(size, device=labels.device) for size in labels.shape]
    first, *others = torch.meshgrid(*places, indexing="ij")
    return values[(first, labels, *others)]  # (B, d1, …)


class SoftmaxCrossEntropy(torch.autograd.Function):
    r"""−log softmax(z) at one class t of each example, and spread over all classes by u.

    With log p = ``log_softmax(z, dim=1)``, ``-pick(log_p, t)`` and ``-by_class(log_p, u).sum(1)``.
    As :math:`p_k = e^{z_k} / \sum_j e^{z_j}` these are, for one example,

    .. math:: \ell = -\log p_t = \log \sum_j e^{z_j} - z_t, \qquad
              m = -\sum_k u_k \log p_k = \sum_k u_k \log \sum_j e^{z_j} - \sum_k u_k z_k.

    The derivative of :math:`\log \sum_j e^{z_j}` by :math:`z_k` is
    :math:`e^{z_k} / \sum_j e^{z_j} = p_k`, that of :math:`z_t` is 1 for k = t and 0 elsewhere, so

    .. math:: \frac{\partial \ell}{\partial z_k} = p_k - [k = t], \qquad
              \frac{\partial m}{\partial z_k} = p_k \sum_j u_j - u_k:

    softmax minus target, twice. The formula leaves autograd a tensor of shape (B, K) at each step,
    to be walked through again; here one is kept, the exponentials.
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, labels: Tensor, spread: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Return ℓ and, if there is a u, m, both (B, d1, …); keep exponentials and their sums."""
        labels = labels.unsqueeze(1)  # (B, 1, d1, …)
        shifted = logits - logits.amax(1, keepdim=True)
        at_label = shifted.gather(1, labels).squeeze(1)
        at_spread = None if spread is None else by_class(shifted, spread).sum(1)
        exponentials = shifted.exp_()
        sums = exponentials.sum(1, keepdim=True)
        ctx.save_for_backward(logits, labels, spread, exponentials, sums)
        log_sums = sums.log().squeeze(1)
        if spread is None or at_spread is None:
            return log_sums - at_label, None
        return log_sums - at_label, log_sums * spread.sum() - at_spread

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_spread: Tensor | None) -> tuple[Tensor, None, None]:
        """Return (p − one-hot) · grad + (p Σu − u) · grad_spread."""
        logits, labels, spread, exponentials, sums = ctx.saved_tensors
        if torch.is_grad_enabled():  # this gradient is to be differentiated again: trace p
            exponentials = (logits - logits.detach().amax(1, keepdim=True)).exp()
            sums = exponentials.sum(1, keepdim=True)
        grad = grad.unsqueeze(1)
        if spread is None or grad_spread is None:
            return (exponentials * (grad / sums)).scatter_add_(1, labels, -grad), None, None
        grad_spread = grad_spread.unsqueeze(1)
        result = exponentials * ((grad + grad_spread * spread.sum()) / sums)
        result.scatter_add_(1, labels, -grad)
        return result.addcmul_(grad_spread, _along_classes(spread, logits), value=-1), None, None


def _batched(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return input as (B, K, d1, …), and the target that belongs to it."""
    input = widened(input)
    return (input.unsqueeze(0), target.unsqueeze(0)) if input.ndim == 1 else (input, target)


def _as_given(result: Tensor, input: Tensor, reduction: str, dtype: torch.dtype) -> Tensor:
    """Undo what ``_batched`` did."""
    if reduction == "none" and input.ndim == 1:
        result = result.squeeze(0)
    return rounded(result, dtype)


def _labels(target: Tensor, ignore_index: int, ignoring: bool) -> tuple[Tensor | None, Tensor]:
    """Return which targets are kept, None for all, and the targets with 0 for the others."""
    if not ignoring:
        return None, target
    kept = target != ignore_index
    return kept, target * kept


def _evenly(logits: Tensor, weight: Tensor | None, label_smoothing: float) -> Tensor | None:
    """Return the share 1/K of each class, times its weight; None where nothing is smoothed."""
    if not label_smoothing:
        return None
    share = 1 / logits.shape[1]
    if weight is None:
        return torch.full((logits.shape[1],), share, dtype=logits.dtype, device=logits.device)
    return weight.to(logits.dtype) * share


def _weighted(
    losses: Tensor, labels: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """Return the losses times the weights of their classes, and these weights."""
    if weight is None:
        return losses, None
    weights = weight.to(losses.dtype)[labels]  # (B, d1, …)
    return losses * weights, weights


def by_class(terms: Tensor, weight: Tensor | None) -> Tensor:
    """Return the terms times the weights of their classes, which are dimension 1."""
    return terms if weight is None else terms * _along_classes(weight, terms)


def _along_classes(weight: Tensor, like: Tensor) -> Tensor:
    """Return one weight for each class in the shape that broadcasts along dimension 1."""
    return weight.reshape(-1, *[1] * (like.ndim - 2))


def _reduced(losses: Tensor, weights: Tensor | None, kept: Tensor | None, reduction: str) -> Tensor:
    """Return the losses that are kept, their sum, or the sum over the sum of their weights."""
    if kept is not None:
        losses = torch.where(kept, losses, 0.0)
        weights = kept if weights is None else weights * kept
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    return losses.mean() if weights is None else losses.sum() / weights.sum()
