"""Binary cross-entropy of probabilities and of logits, element by element."""

from typing import Any

import torch
from torch import Tensor

from dlbook.nn._transforms import backward_only
from dlbook.nn.functional import _log1p

FLOOR = -100.0  # log 0 counts as −100: one certain mistake does not make the loss infinite
# The least p (1 − p) that a gradient is divided by: 1e-12 in float32, as PyTorch's kernel has it.
SMALLEST = torch.tensor(1e-12, dtype=torch.float32).item()


def of_logits(input: Tensor, target: Tensor, pos_weight: Tensor | None = None) -> Tensor:
    """Return (1 − y) softplus(z) + w y softplus(−z).

    As σ(z) = 1 / (1 + e⁻ᶻ), softplus(−z) = log(1 + e⁻ᶻ) = −log σ(z), and softplus(z) is
    −log(1 − σ(z)). Written as max(z, 0) + log(1 + e^(−|z|)), it neither overflows nor loses its
    tail. At 0 there are two corners, where relu has the slope 0 and clamp 1, those of the negative
    numbers: so the sum counts as log(1 + eᶻ) itself, and all derivatives are right.
    """
    positive, negative = input.relu(), input.clamp(max=0)  # their difference is |z|
    tail = _log1p((negative - positive).exp())
    miss = tail - negative  # −log σ(z): the answer should be yes
    alarm = tail + positive  # −log(1 − σ(z)): the answer should be no
    if pos_weight is not None:
        miss = miss * pos_weight
    return (1 - target) * alarm + target * miss


def of_probabilities(input: Tensor, target: Tensor) -> Tensor:
    """Return −[y log p + (1 − y) log (1 − p)] with logarithms of at least −100."""
    if backward_only(input):
        return BinaryCrossEntropy.apply(input, target)
    yes = input.log().clamp(min=FLOOR)
    no = (1 - input).log().clamp(min=FLOOR)
    return -(target * yes + (1 - target) * no)


class BinaryCrossEntropy(torch.autograd.Function):
    r"""−[y log p + (1 − y) log (1 − p)], with PyTorch's gradient at the ends.

    .. math:: \frac{\partial \ell}{\partial p} = -\frac{y}{p} + \frac{1 - y}{1 - p}
              = \frac{p - y}{p\,(1 - p)}

    The derivative of the logarithm with a floor is 0 below it: the surest mistakes would teach
    nothing, and at p = 0 autograd meets 0 · ∞. So the gradient is the one without the floor, its
    denominator held at or above 1e-12.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor) -> Tensor:
        """Return the losses."""
        ctx.save_for_backward(input, target)
        yes = input.log().clamp(min=FLOOR)
        no = torch.log1p(-input).clamp(min=FLOOR)
        return (target - 1) * no - target * yes

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the gradients of the probabilities and, where asked for, of the targets."""
        input, target = ctx.saved_tensors
        grad_input = grad * (input - target) / (input * (1 - input)).clamp(min=SMALLEST)
        if not ctx.needs_input_grad[1]:
            return grad_input, None
        return grad_input, grad * (torch.log1p(-input) - input.log())
