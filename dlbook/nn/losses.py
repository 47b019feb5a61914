"""Losses: how wrong an output is, as one number that learning makes smaller.

Names, arguments, defaults, buffers, values and gradients are those of ``torch.nn``. What differs:
shapes that PyTorch would broadcast, with a warning, are an error; so are the deprecated arguments
``size_average`` and ``reduce``; and wrong arguments are refused when the loss is made. Dtypes that
differ are refused where PyTorch fails, if only in the backward pass; elsewhere they are promoted as
PyTorch promotes them. Under autocast 16 bits become 32 first.

Chapter: book/training/losses.md
"""

import warnings

import torch
from torch import Tensor

from dlbook.nn import _loss_checks as checks
from dlbook.nn._binary_cross_entropy import of_logits, of_probabilities
from dlbook.nn._checks import flag, whole
from dlbook.nn._cross_entropy import cross_entropy, nll_loss
from dlbook.nn._precision import autocast_loss, rounded, widened

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
]


class _Loss(torch.nn.Module):
    """What all losses share: the reduction, checked, and the two arguments that it replaced."""

    reductions: tuple[str, ...] = checks.REDUCTIONS

    def __init__(
        self, size_average: None = None, reduce: None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        name = type(self).__name__
        checks.refuse_legacy(name, size_average, reduce)
        checks.reduction(name, reduction, self.reductions)
        self.reduction = reduction

    def _reduced(self, losses: Tensor) -> Tensor:
        """Return the losses of the elements, their mean or their sum."""
        checks.reduction(type(self).__name__, self.reduction, self.reductions)
        if self.reduction == "none":
            return losses
        return losses.sum() if self.reduction == "sum" else losses.mean()


class MSELoss(_Loss):
    r"""The mean squared error, :math:`\frac{1}{n} \sum_i (x_i - y_i)^2`.

    Parameters
    ----------
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the elements.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.

    Raises
    ------
    TypeError
        If neither tensor is floating-point, one is boolean, or ``size_average`` or ``reduce`` is
        given.
    ValueError
        If the shapes differ or the reduction is unknown.

    Notes
    -----
    An output of shape (B, 1) beside targets of shape (B,) would broadcast to (B, B): each output
    would be compared with each target, and the network would learn the mean of all targets.
    PyTorch warns and goes on; here it is an error.

    The gradient of one element's loss is 2 (x − y).

    Examples
    --------
    >>> MSELoss()(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]))
    tensor(2.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of outputs and targets of the same shape."""
        input, target = checks.regression(type(self).__name__, input, target)
        return self._reduced((input - target) ** 2)


class L1Loss(_Loss):
    r"""The mean absolute error, :math:`\frac{1}{n} \sum_i |x_i - y_i|`.

    Parameters
    ----------
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the elements.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.

    Raises
    ------
    TypeError, ValueError
        As :class:`MSELoss` does.

    Notes
    -----
    Its least value lies at the median of the targets, that of the squared error at their mean.
    The gradient is the sign of x − y, and 0 where they are equal.

    Examples
    --------
    >>> L1Loss()(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]))
    tensor(1.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of outputs and targets of the same shape."""
        input, target = checks.regression(type(self).__name__, input, target)
        return self._reduced((input - target).abs())


class HuberLoss(_Loss):
    r"""Squared for small errors, absolute for large ones.

    .. math:: \ell = \begin{cases} \frac{1}{2} (x - y)^2 & |x - y| \le \delta \\
              \delta\,(|x - y| - \frac{1}{2} \delta) & \text{else} \end{cases}

    Parameters
    ----------
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the elements.
    delta : float, positive and finite
        Where the square ends.

    Raises
    ------
    TypeError, ValueError
        As :class:`MSELoss` does, if the tensors' dtypes differ, and if ``delta`` is not a positive,
        finite number.

    Notes
    -----
    Only errors up to δ are squared, so nothing overflows in the case that does not hold. No error
    pulls with a gradient above δ.

    References
    ----------
    Huber (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics 35,
    pages 73–101.

    Examples
    --------
    >>> HuberLoss(reduction="none")(torch.tensor([0.5, 3.0]), torch.tensor([0.0, 0.0]))
    tensor([0.1250, 2.5000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        checks.delta(delta)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of outputs and targets of the same shape."""
        input, target = checks.regression(type(self).__name__, input, target)
        checks.same_dtype(type(self).__name__, input, target=target)
        error = (input - target).abs()
        small = error.clamp(max=self.delta)
        linear = self.delta * (error - 0.5 * self.delta)
        return self._reduced(torch.where(error <= self.delta, 0.5 * small * small, linear))


class CrossEntropyLoss(_Loss):
    r"""Minus the logarithm of the probability that the softmax of the logits gives the true class.

    .. math:: \ell_b = -w_t \log \frac{e^{z_t}}{\sum_k e^{z_k}}, \qquad
              L = \frac{\sum_b \ell_b}{\sum_b w_{t_b}} \quad \text{(mean)}

    where t is the class of example b. With label smoothing ε the target is not the class alone: it
    gets 1 − ε, and ε is spread evenly over all K classes.

    Parameters
    ----------
    weight : Tensor, float, shape (K,), optional
        The weight of each class, 1 by default. A buffer.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.
    ignore_index : int
        A target that counts as no target: it adds nothing, to the mean's denominator neither.
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the examples.
    label_smoothing : float in [0, 1]

    Raises
    ------
    TypeError
        If class indices are not integers or have a ``weight`` of another dtype than the logits,
        ``ignore_index`` is no whole number, ``label_smoothing`` no number, or ``size_average`` or
        ``reduce`` is given.
    ValueError
        If the shapes do not fit, a class index is out of range, the reduction is unknown or
        ``label_smoothing`` outside [0, 1].

    Notes
    -----
    ``input`` has the shape (K,), (B, K) or (B, K, d1, …). ``target`` holds class indices, int64, of
    the same shape without K; or probabilities, float, of the same shape. For probabilities the mean
    divides by the number of examples, whatever the weights, as in PyTorch; and if all targets are
    ignored, the mean is 0/0, not a number.

    The largest logit is subtracted first, so no logit overflows. Half precision is computed in
    float32 and rounded at the end. For class indices the gradient, softmax minus target, is derived
    by hand, for speed; it agrees with the formula's. Class indices are looked at before they are
    used; on a GPU the program waits for that, where PyTorch's would end.

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
    arXiv:1512.00567, section 7 (label smoothing).

    Examples
    --------
    >>> CrossEntropyLoss()(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1]))
    tensor(0.4100)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: None = None,
        ignore_index: int = -100,
        reduce: None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        checks.label_smoothing(label_smoothing)
        self.register_buffer("weight", weight)
        whole(self, ignore_index=ignore_index)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of logits and class indices or probabilities."""
        return cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )


class NLLLoss(_Loss):
    r"""Minus the log-probability of the true class.

    What follows a :class:`~dlbook.nn.activations.LogSoftmax`:

    .. math:: \ell_b = -w_t\,x_{b,t}

    Parameters
    ----------
    weight : Tensor, float, shape (K,), optional
        The weight of each class, 1 by default. A buffer.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.
    ignore_index : int
        A target that counts as no target.
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the examples; the mean is weighted.

    Raises
    ------
    TypeError, ValueError
        As :class:`CrossEntropyLoss` does.

    Notes
    -----
    Shapes are those of :class:`CrossEntropyLoss` with class indices. Probabilities in place of
    log-probabilities are not noticed: the loss is then negative, and no logarithm of anything.

    Examples
    --------
    >>> NLLLoss()(torch.tensor([[0.5, 0.5], [0.25, 0.75]]).log(), torch.tensor([0, 0]))
    tensor(1.0397)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: None = None,
        ignore_index: int = -100,
        reduce: None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        whole(self, ignore_index=ignore_index)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of log-probabilities and class indices."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class BCELoss(_Loss):
    r"""Binary cross-entropy of probabilities, :math:`-w [y \log p + (1 - y) \log (1 - p)]`.

    Parameters
    ----------
    weight : Tensor, float, optional
        Weights that broadcast to the input's shape. A buffer.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the elements.

    Raises
    ------
    TypeError
        If a tensor is not floating-point, input and target are not of one dtype, or
        ``size_average`` or ``reduce`` is given.
    ValueError
        If the shapes do not fit, an input or target is no probability, or the reduction is unknown.

    Notes
    -----
    As in PyTorch, log 0 counts as −100, and the gradient (p − y) / (p (1 − p)) has a denominator of
    at least 1e-12. Prefer :class:`BCEWithLogitsLoss`: a sigmoid rounds to 0 or 1, a logit does not.

    Examples
    --------
    >>> BCELoss(reduction="none")(torch.tensor([0.5, 0.0]), torch.tensor([1.0, 1.0]))
    tensor([  0.6931, 100.0000])
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: None = None,
        reduce: None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of probabilities and targets of the same shape."""
        name = type(self).__name__
        input, target, weight = autocast_loss(input, target, self.weight)
        checks.binary(name, input, target, weight=weight)
        checks.same_dtype(name, input, target=target)
        checks.probabilities(name, input=input, target=target)
        losses = of_probabilities(input, target)
        if weight is not None:
            losses = rounded(losses * weight, input.dtype)
        return self._reduced(losses)


class BCEWithLogitsLoss(_Loss):
    r"""Binary cross-entropy of logits.

    .. math:: \ell = -w \left[ p\,y \log \sigma(z) + (1 - y) \log (1 - \sigma(z)) \right]

    Parameters
    ----------
    weight : Tensor, float, optional
        Weights w that broadcast to the input's shape. A buffer.
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.
    reduction : "mean", "sum" or "none"
        What becomes of the losses of the elements.
    pos_weight : Tensor, float, optional
        Weights p of the positive answers, broadcast to the input's shape: 3 counts each as three.
        A buffer.

    Raises
    ------
    TypeError
        If a tensor is not floating-point, or ``size_average`` or ``reduce`` is given.
    ValueError
        If the shapes do not fit or the reduction is unknown.

    Notes
    -----
    −log σ(z) = log(1 + e⁻ᶻ) is computed as max(−z, 0) + log(1 + e^(−\|z\|)): no exponential
    overflows, and no sigmoid rounds to 1 before its logarithm is taken. The gradient is
    w [(1 − y) σ(z) − p y (1 − σ(z))]; without weights, σ(z) − y. The result has the target's dtype,
    as PyTorch's has.

    Examples
    --------
    >>> BCEWithLogitsLoss()(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))
    tensor(0.4100)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: None = None,
        reduce: None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of logits and targets of the same shape."""
        name = type(self).__name__
        input, target = autocast_loss(input, target)
        checks.binary(name, input, target, weight=self.weight, pos_weight=self.pos_weight)
        losses = of_logits(widened(input), target, self.pos_weight)
        losses = losses if self.weight is None else losses * self.weight
        return rounded(self._reduced(losses), target.dtype)


class KLDivLoss(_Loss):
    r"""The Kullback–Leibler divergence, :math:`\sum_k q_k (\log q_k - \log p_k)`.

    Parameters
    ----------
    size_average, reduce : None
        Stand where ``torch.nn`` has them; other values are refused.
    reduction : "mean", "batchmean", "sum" or "none"
        "batchmean" divides the sum by the first dimension, B: the divergence of an example on
        average. "mean", the default as in PyTorch, divides by the number of elements, B · K, and
        so is not the divergence; it warns.
    log_target : bool
        Whether the target holds log q instead of q.

    Raises
    ------
    TypeError
        If a tensor is not floating-point, ``log_target`` neither True nor False, or
        ``size_average`` or ``reduce`` is given.
    ValueError
        If the shapes differ or the reduction is unknown.

    Notes
    -----
    ``input`` holds log p, ``target`` holds q, the true distribution: the arguments stand in the
    other order than in KL(q ‖ p). 0 log 0 counts as 0.

    References
    ----------
    Kullback and Leibler (1951), On information and sufficiency, Annals of Mathematical Statistics
    22, pages 79–86.

    Examples
    --------
    >>> q = torch.tensor([[0.5, 0.5]])
    >>> KLDivLoss(reduction="batchmean")(torch.tensor([[0.25, 0.75]]).log(), q)
    tensor(0.1438)
    """

    reductions = (*checks.REDUCTIONS, "batchmean")

    def __init__(
        self,
        size_average: None = None,
        reduce: None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        flag(self, log_target=log_target)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of log-probabilities and target probabilities of the same shape."""
        input, target = autocast_loss(input, target)
        checks.same_shape(type(self).__name__, input, target)
        checks.floating(type(self).__name__, input=input, target=target)
        if self.log_target:
            losses = target.exp() * (target - input)
        else:
            positive = torch.where(target != 0, target, 1.0)
            losses = target * positive.log() - target * input
        if self.reduction == "batchmean":
            return losses.sum() / (input.shape[0] if input.ndim else 1)
        if self.reduction == "mean":
            warnings.warn(
                "KLDivLoss: reduction='mean' divides by the number of elements, B · K, so it is "
                "not the divergence; use reduction='batchmean', which divides by B",
                stacklevel=4,  # the line that called the module
            )
        return self._reduced(losses)
