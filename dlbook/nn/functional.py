r"""The formulas of the layers and activation functions, as they stand in the chapters.

Each formula takes PyTorch's tensors and those of ``dlbook.autograd`` alike: it uses only what
both have. What is a constant to the gradient, as the largest entry of a row, is taken from
``_constant(input)``, which has no history in either.

Chapter: book/network/layers.md
"""

import math
from collections.abc import Sequence

import torch

__all__ = [
    "batch_norm",
    "dropout",
    "elu",
    "embedding",
    "flatten",
    "gelu",
    "group_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "relu",
    "rms_norm",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def linear(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    r"""Return :math:`\mathbf{x}W^\top + \mathbf{b}`, the weighted sums of each output neuron.

    Parameters
    ----------
    input : Tensor, float, shape (\*, in_features)
    weight : Tensor, same dtype, shape (out_features, in_features)
        Row j holds the weights of neuron j.
    bias : Tensor, same dtype, shape (out_features,), optional

    Returns
    -------
    Tensor, same dtype, shape (\*, out_features)

    Notes
    -----
    One row of input costs in_features · out_features multiplications.

    Examples
    --------
    >>> x, weight = torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0], [5.0, 6.0]])
    >>> linear(x, weight, torch.tensor([0.0, 1.0]))
    tensor([11., 18.])
    """
    output = input @ weight.T
    return output if bias is None else output + bias


def flatten(input: torch.Tensor, start_dim: int = 0, end_dim: int = -1) -> torch.Tensor:
    """Return the input with the dimensions from ``start_dim`` to ``end_dim`` made one.

    Parameters
    ----------
    input : Tensor, any dtype and shape
    start_dim, end_dim : int
        First and last dimension to join; negative ones count from the end.

    Returns
    -------
    Tensor, same dtype, the same elements in the same order

    Raises
    ------
    ValueError
        If the input lacks one of the dimensions, or the first comes after the last.

    Examples
    --------
    >>> flatten(torch.zeros(8, 3, 4, 4), start_dim=1).shape
    torch.Size([8, 48])
    """
    shape = tuple(input.shape) or (1,)
    first, last = (dim + len(shape) if dim < 0 else dim for dim in (start_dim, end_dim))
    if not 0 <= first <= last < len(shape):
        raise ValueError(
            f"flatten: cannot join dimensions {start_dim} to {end_dim} of an input of shape "
            f"{tuple(input.shape)}, which has {len(input.shape)}"
        )
    return input.reshape(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def relu(input: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`\max(0, x)`.

    Parameters
    ----------
    input : Tensor, any shape

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    There is no slope at 0; by convention the gradient there is 0.

    Examples
    --------
    >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    return input.relu()


def leaky_relu(input: torch.Tensor, negative_slope: float = 0.01) -> torch.Tensor:
    r"""Return :math:`x` where it is positive, else :math:`\text{negative\_slope} \cdot x`.

    Parameters
    ----------
    input : Tensor, float, any shape
    negative_slope : float

    Returns
    -------
    Tensor, same shape and dtype

    Examples
    --------
    >>> leaky_relu(torch.tensor([-2.0, 3.0]), negative_slope=0.5)
    tensor([-1.,  3.])
    """
    return torch.where(input > 0, input, negative_slope * input)


def elu(input: torch.Tensor, alpha: float = 1.0) -> torch.Tensor:
    r"""Return :math:`x` where it is positive, else :math:`\alpha\,(e^x - 1)`.

    Parameters
    ----------
    input : Tensor, float, any shape
    alpha : float
        Minus the value that large negative inputs approach.

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    The exponential sees no positive number: it would overflow where it is not wanted, and the
    gradient would become 0 · ∞. At 0 the slope is α, as on the left, and the second derivative, by
    PyTorch's convention, 0.

    References
    ----------
    Clevert, Unterthiner, Hochreiter (2016), Fast and accurate deep network learning by exponential
    linear units, arXiv:1511.07289.

    Examples
    --------
    >>> elu(torch.tensor([-1000.0, 3.0]))
    tensor([-1.,  3.])
    """
    negative = input.clamp(max=0)
    curve = alpha * _expm1(negative)
    return torch.where(input < 0, curve, input.relu() + alpha * negative)


def sigmoid(input: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`\sigma(x) = 1 / (1 + e^{-x})`.

    Parameters
    ----------
    input : Tensor, float, any shape

    Returns
    -------
    Tensor, same shape and dtype, in [0, 1]

    Notes
    -----
    A primitive of both kinds of tensor: written out, :math:`e^{-x}` would overflow for very
    negative x, and its gradient would be 0 · ∞. The gradient is :math:`\sigma(1 - \sigma)`.

    Examples
    --------
    >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return input.sigmoid()


def tanh(input: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`\tanh x = 2\sigma(2x) - 1`.

    Parameters
    ----------
    input : Tensor, float, any shape

    Returns
    -------
    Tensor, same shape and dtype, in [−1, 1]

    Notes
    -----
    A primitive of both kinds of tensor. The gradient is :math:`1 - \tanh^2 x`.

    Examples
    --------
    >>> tanh(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([-1.,  0.,  1.])
    """
    return input.tanh()


def softplus(input: torch.Tensor, beta: float = 1.0, threshold: float = 20.0) -> torch.Tensor:
    r"""Return :math:`\ln(1 + e^{\beta x}) / \beta`, a smooth ReLU.

    Parameters
    ----------
    input : Tensor, float, any shape
    beta : float, not 0
        The larger, the sharper the bend.
    threshold : float
        Where βx is above it, the result is x. At 20 that is less than rounding in float32; in
        float64 it is too small by up to 2.1e-9 / β.

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    Computed, with z = βx, as [max(z, 0) + ln(1 + e^(−\|z\|))] / β: the exponential sees no positive
    number, so that neither the value nor the gradient overflows, whatever the threshold.

    Examples
    --------
    >>> softplus(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """
    scaled = beta * input
    positive, negative = scaled.relu(), scaled.clamp(max=0)
    smooth = (positive + _log1p((negative - positive).exp())) / beta  # ln(1 + e^(−|βx|))
    return torch.where(scaled > threshold, input, smooth)


def silu(input: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`x\,\sigma(x)`, also called swish.

    Parameters
    ----------
    input : Tensor, float, any shape

    Returns
    -------
    Tensor, same shape and dtype

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units, arXiv:1606.08415, which named it;
    Elfwing, Uchibe, Doya (2018), Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning, arXiv:1702.03118.

    Examples
    --------
    >>> silu(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 1.7616])
    """
    return input * input.sigmoid()


def gelu(input: torch.Tensor, approximate: str = "none") -> torch.Tensor:
    r"""Return :math:`x\,\Phi(x)`, where Φ is the distribution function of the standard normal.

    .. math::
        \Phi(x) = \tfrac12\bigl(1 + \operatorname{erf}(x / \sqrt2)\bigr)
        \approx \tfrac12\Bigl(1 + \tanh\bigl(\sqrt{2 / \pi}\,(x + 0.044715\,x^3)\bigr)\Bigr)

    Parameters
    ----------
    input : Tensor, float, any shape
    approximate : "none" or "tanh"
        Which of the two forms.

    Returns
    -------
    Tensor, same shape and dtype

    Raises
    ------
    ValueError
        If ``approximate`` is neither.
    TypeError
        If the exact form is asked of a tensor that has no error function.

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units, arXiv:1606.08415.

    Examples
    --------
    >>> gelu(torch.tensor([-1.0, 1.0]))
    tensor([-0.1587,  0.8413])
    >>> gelu(torch.tensor([-1.0, 1.0]), approximate="tanh")
    tensor([-0.1588,  0.8412])
    """
    if approximate == "none":
        return 0.5 * input * (1 + _erf(input / math.sqrt(2)))
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)
        return 0.5 * input * (1 + inner.tanh())
    raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


def softmax(input: torch.Tensor, dim: int) -> torch.Tensor:
    r"""Return :math:`e^{x_i} / \sum_j e^{x_j}`: positive shares that add up to 1 along ``dim``.

    Parameters
    ----------
    input : Tensor, float, any shape
        Logits.
    dim : int
        The dimension along which the shares add up to 1.

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    The largest logit is subtracted from all, which changes nothing by the fraction and keeps the
    exponential from overflowing.

    Examples
    --------
    >>> softmax(torch.tensor([0.0, 0.0, -1000.0]), dim=0)
    tensor([0.5000, 0.5000, 0.0000])
    """
    exponentials = (input - _largest(input, dim)).exp()
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


def log_softmax(input: torch.Tensor, dim: int) -> torch.Tensor:
    r"""Return :math:`x_i - \ln \sum_j e^{x_j}`, the logarithm of the softmax.

    Parameters
    ----------
    input : Tensor, float, any shape
        Logits.
    dim : int
        The dimension along which the exponentials of the result add up to 1.

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    The softmax of a logit far below the others rounds to 0, whose logarithm is −∞; this form never
    takes the logarithm of a small number.

    Examples
    --------
    >>> log_softmax(torch.tensor([0.0, -1000.0]), dim=0)
    tensor([    0., -1000.])
    """
    shifted = input - _largest(input, dim)
    return shifted - shifted.exp().sum(dim=dim, keepdim=True).log()


def dropout(input: torch.Tensor, p: float = 0.5, training: bool = True) -> torch.Tensor:
    r"""Return the input with each element set to 0 with probability p, the others over 1 − p.

    Parameters
    ----------
    input : Tensor, float, any shape
    p : float in [0, 1]
    training : bool
        False returns the input as it is.

    Returns
    -------
    Tensor, same shape and dtype

    Raises
    ------
    ValueError
        If p is no probability.

    Notes
    -----
    The kept elements grow so that the mean over masks is the input. The mask is drawn as PyTorch
    draws it on a CPU: after the same ``torch.manual_seed``, it is the same mask.

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting,
    Journal of Machine Learning Research 15.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> sorted(set(dropout(torch.ones(100), p=0.75).tolist()))
    [0.0, 4.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must be between 0 and 1, got {p}")
    if not training or p == 0:
        return input
    if p == 1:
        return input * 0
    mask = torch.empty_like(_constant(input)).bernoulli_(1 - p)
    return input * (mask / (1 - p))


def embedding(
    input: torch.Tensor, weight: torch.Tensor, padding_idx: int | None = None
) -> torch.Tensor:
    """Return the rows of ``weight`` that the input names.

    Parameters
    ----------
    input : Tensor, int32 or int64, any shape, values in [0, num_embeddings)
    weight : Tensor, float, shape (num_embeddings, embedding_dim)
    padding_idx : int, optional
        The row that never learns: what stands in it gets no gradient.

    Returns
    -------
    Tensor, dtype of weight, shape (\\*, embedding_dim)

    Notes
    -----
    Equals the product of one-hot rows with ``weight``, without the zeros.

    Examples
    --------
    >>> embedding(torch.tensor([2, 0]), torch.eye(3))
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    rows = weight[input]  # (*, D)
    if padding_idx is None:
        return rows
    return torch.where((input != padding_idx)[..., None], rows, rows.detach())


def batch_norm(
    input: torch.Tensor,
    running_mean: torch.Tensor | None = None,
    running_var: torch.Tensor | None = None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    r"""Return :math:`\gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta` for each channel.

    Parameters
    ----------
    input : Tensor, float, shape (B, C, \*)
    running_mean, running_var : Tensor, shape (C,), optional
        Changed in training; what normalizes otherwise.
    weight, bias : Tensor, shape (C,), optional
        γ and β.
    training : bool
        True: μ and σ² are the mean and the variance of each channel over all other dimensions.
        False: the running ones.
    momentum : float
        Share of the new value in the running ones.
    eps : float
        ε, keeps the root from 0.

    Returns
    -------
    Tensor, same shape and dtype

    Notes
    -----
    σ² divides by the number of values n, the running variance by n − 1.

    References
    ----------
    Ioffe and Szegedy (2015), Batch normalization, arXiv:1502.03167.

    Examples
    --------
    >>> batch_norm(torch.tensor([[1.0], [3.0]]), training=True, eps=0)
    tensor([[-1.],
            [ 1.]])
    """
    num_channels = input.shape[1]
    shape = (1, num_channels, *[1] * (input.ndim - 2))
    if training:
        dims = tuple(dim for dim in range(input.ndim) if dim != 1)
        mean = input.mean(dim=dims, keepdim=True)  # (1, C, 1, …)
        var = (input - mean).square().mean(dim=dims, keepdim=True)
        count = input.shape[0] * math.prod(input.shape[2:])
        if count == 1:
            raise ValueError("batch_norm: one value per channel has no variance to train with")
        now = _constant(mean), _constant(var)
        update_running(running_mean, running_var, *now, count, momentum)
    else:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: without training it needs running_mean and running_var")
        mean, var = running_mean.reshape(shape), running_var.reshape(shape)
    return _affine((input - mean) / (var + eps).sqrt(), weight, bias, shape)


def layer_norm(
    input: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    eps: float = 1e-5,
) -> torch.Tensor:
    r"""Return :math:`\gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta` for each example.

    Parameters
    ----------
    input : Tensor, float, shape (\*, \*normalized_shape)
    normalized_shape : sequence of int
        The last dimensions, over which the mean μ and the variance σ² are taken.
    weight, bias : Tensor, shape normalized_shape, optional
        γ and β.
    eps : float
        ε, keeps the root from 0.

    Returns
    -------
    Tensor, same shape and dtype

    References
    ----------
    Ba, Kiros, Hinton (2016), Layer normalization, arXiv:1607.06450.

    Examples
    --------
    >>> layer_norm(torch.tensor([[1.0, 3.0], [10.0, 30.0]]), (2,), eps=0)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    dims = tuple(range(-len(normalized_shape), 0))
    centered = input - input.mean(dim=dims, keepdim=True)
    var = centered.square().mean(dim=dims, keepdim=True)
    return _affine(centered / (var + eps).sqrt(), weight, bias, tuple(normalized_shape))


def rms_norm(
    input: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    eps: float | None = None,
) -> torch.Tensor:
    r"""Return :math:`\gamma\,x / \sqrt{\overline{x^2} + \varepsilon}` for each example.

    Parameters
    ----------
    input : Tensor, float, shape (\*, \*normalized_shape)
    normalized_shape : sequence of int
        The last dimensions, over which the mean square is taken.
    weight : Tensor, shape normalized_shape, optional
        γ.
    eps : float, optional
        ε; by default the distance from 1 to the next number in the dtype of the sums: float32, or
        float64 where the input is.

    Returns
    -------
    Tensor, same shape and dtype

    References
    ----------
    Zhang and Sennrich (2019), Root mean square layer normalization, arXiv:1910.07467.

    Examples
    --------
    >>> rms_norm(torch.tensor([3.0, -3.0]), (2,))
    tensor([ 1., -1.])
    """
    if eps is None:
        eps = torch.finfo(torch.promote_types(input.dtype, torch.float32)).eps
    dims = tuple(range(-len(normalized_shape), 0))
    mean_square = input.square().mean(dim=dims, keepdim=True)
    return _affine(input / (mean_square + eps).sqrt(), weight, None, tuple(normalized_shape))


def group_norm(
    input: torch.Tensor,
    num_groups: int,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    eps: float = 1e-5,
) -> torch.Tensor:
    r"""Return :math:`\gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta` for each group.

    Parameters
    ----------
    input : Tensor, float, shape (B, C, \*)
    num_groups : int
        Divides C. The mean μ and the variance σ² are those of C / num_groups neighbouring channels
        of one example.
    weight, bias : Tensor, shape (C,), optional
        γ and β, one for each channel.
    eps : float
        ε, keeps the root from 0.

    Returns
    -------
    Tensor, same shape and dtype

    References
    ----------
    Wu and He (2018), Group normalization, arXiv:1803.08494.

    Examples
    --------
    >>> group_norm(torch.tensor([[1.0, 3.0, 10.0, 30.0]]), num_groups=2, eps=0)
    tensor([[-1.,  1., -1.,  1.]])
    """
    num_examples, num_channels = input.shape[:2]
    size = math.prod(input.shape[2:]) * num_channels // num_groups
    groups = input.reshape(num_examples, num_groups, size)
    normalized = layer_norm(groups, (size,), eps=eps).reshape(*input.shape)
    return _affine(normalized, weight, bias, (1, num_channels, *[1] * (input.ndim - 2)))


def update_running(
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    mean: torch.Tensor,
    var: torch.Tensor,
    count: int,
    momentum: float,
) -> None:
    """Move the running statistics towards those of the batch, in place, without gradient."""
    if count == 0:  # an empty batch tells nothing
        return
    with torch.no_grad():
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(momentum * mean.reshape(-1))
        if running_var is not None:
            unbiased = var.reshape(-1) * (count / (count - 1))
            running_var.mul_(1 - momentum).add_(momentum * unbiased)


def _affine(
    normalized: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
    shape: Sequence[int],
) -> torch.Tensor:
    """Scale by γ and shift by β, where there are any, after bringing them to a shape."""
    if weight is not None:
        normalized = normalized * weight.reshape(*shape)
    return normalized if bias is None else normalized + bias.reshape(*shape)


def _largest(input: torch.Tensor, dim: int) -> torch.Tensor:
    """Return the largest entries along a dimension, as a constant."""
    data = _constant(input)
    # Nothing is the largest of nothing; any shape that broadcasts will do.
    return data.amax(dim=dim, keepdim=True) if data.numel() else data.sum(dim=dim, keepdim=True)


def _constant(input: torch.Tensor) -> torch.Tensor:
    """Return the numbers of either kind of tensor in one of PyTorch's, without history."""
    return input.detach() if isinstance(input, torch.Tensor) else input.data


def _expm1(input: torch.Tensor) -> torch.Tensor:
    """Return eˣ − 1, to all digits for small x where the tensor has such a method."""
    return input.expm1() if hasattr(input, "expm1") else input.exp() - 1


def _log1p(input: torch.Tensor) -> torch.Tensor:
    """Return ln(1 + x), to all digits for small x where the tensor has such a method."""
    return input.log1p() if hasattr(input, "log1p") else (1 + input).log()


def _erf(input: torch.Tensor) -> torch.Tensor:
    """Return the error function, which no elementary formula gives."""
    if not hasattr(input, "erf"):
        raise TypeError(
            f"gelu: {type(input).__name__} has no error function; use approximate='tanh'"
        )
    return input.erf()
