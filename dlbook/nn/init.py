r"""First values of weights: how wide to draw them so that signals neither grow nor fade.

A function whose name ends in an underscore fills a tensor in place and returns it, and draws the
same numbers as the one of ``torch.nn.init`` after the same seed.

Chapter: book/training/training-a-network.md
"""

import math
import warnings

import torch

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
_GAINS |= {f"conv{kind}{n}d": 1.0 for kind in ("", "_transpose") for n in (1, 2, 3)}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    r"""Return the factor by which weights before an activation function are drawn wider.

    1 for "linear", "sigmoid" and convolutions, 5/3 for "tanh", :math:`\sqrt2` for "relu",
    :math:`\sqrt{2 / (1 + a^2)}` for "leaky_relu" with slope a, 3/4 for "selu".

    Parameters
    ----------
    nonlinearity : str
        Name of the function in ``torch.nn.functional``.
    param : float, optional
        The negative slope of "leaky_relu", 0.01 by default; others have none.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the name is unknown or the slope is no number.

    Notes
    -----
    A ReLU passes half of the mean square of a symmetric input, which :math:`\sqrt2` makes up for.
    The gains of "tanh" and "selu" were found by trial.

    Examples
    --------
    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"calculate_gain: the negative slope must be a number, got {slope!r}")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = sorted([*_GAINS, "leaky_relu"])
        raise ValueError(f"calculate_gain: nonlinearity must be one of {known}, got {nonlinearity}")
    return _GAINS[nonlinearity]


def uniform_(
    tensor: torch.Tensor, a: float = 0.0, b: float = 1.0, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Fill with numbers drawn evenly from [a, b).

    Parameters
    ----------
    tensor : Tensor, float, any shape
    a, b : float
        Ends of the interval.
    generator : torch.Generator, optional
        By default PyTorch's own, which ``torch.manual_seed`` sets.

    Returns
    -------
    Tensor
        The same, filled.

    Examples
    --------
    >>> bool((uniform_(torch.empty(100), -2, 2).abs() <= 2).all())
    True
    """
    with torch.no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(
    tensor: torch.Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill with numbers drawn from a normal distribution.

    Parameters
    ----------
    tensor : Tensor, float, any shape
    mean, std : float
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Examples
    --------
    >>> normal_(torch.empty(2), mean=3.0, std=0.0)
    tensor([3., 3.])
    """
    with torch.no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: torch.Tensor, val: float) -> torch.Tensor:
    """Fill with one number.

    Parameters
    ----------
    tensor : Tensor, any shape
    val : float

    Returns
    -------
    Tensor
        The same, filled.

    Examples
    --------
    >>> constant_(torch.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    with torch.no_grad():
        return tensor.fill_(val)


def ones_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill with ones.

    Parameters
    ----------
    tensor : Tensor, any shape

    Returns
    -------
    Tensor
        The same, filled.

    Examples
    --------
    >>> ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: torch.Tensor) -> torch.Tensor:
    """Fill with zeros.

    Parameters
    ----------
    tensor : Tensor, any shape

    Returns
    -------
    Tensor
        The same, filled.

    Examples
    --------
    >>> zeros_(torch.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def xavier_uniform_(
    tensor: torch.Tensor, gain: float = 1.0, generator: torch.Generator | None = None
) -> torch.Tensor:
    r"""Fill evenly from :math:`\pm\,\text{gain}\,\sqrt{6 / (\text{fan\_in} + \text{fan\_out})}`.

    Parameters
    ----------
    tensor : Tensor, float, shape (fan_out, fan_in) or (out_channels, in_channels, \*kernel)
    gain : float
        See :func:`calculate_gain`.
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Raises
    ------
    ValueError
        If the tensor has fewer than 2 dimensions.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks, equation 16.

    Examples
    --------
    >>> bool((xavier_uniform_(torch.empty(2, 4)).abs() <= 1).all())
    True
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: torch.Tensor, gain: float = 1.0, generator: torch.Generator | None = None
) -> torch.Tensor:
    r"""Fill normally, with the spread that suits the signal forward and the gradient backward.

    The standard deviation is :math:`\text{gain}\,\sqrt{2 / (\text{fan\_in} + \text{fan\_out})}`.

    Parameters
    ----------
    tensor : Tensor, float, shape (fan_out, fan_in) or (out_channels, in_channels, \*kernel)
    gain : float
        See :func:`calculate_gain`.
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Raises
    ------
    ValueError
        If the tensor has fewer than 2 dimensions.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks, equation 12.

    Examples
    --------
    >>> xavier_normal_(torch.empty(2, 4), gain=0.0).abs().max()
    tensor(0.)
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    r"""Fill evenly from :math:`\pm\,\text{gain}\,\sqrt{3 / \text{fan}}`; He's rule for ReLUs.

    Parameters
    ----------
    tensor : Tensor, float, shape (fan_out, fan_in) or (out_channels, in_channels, \*kernel)
    a : float
        The negative slope of "leaky_relu"; 0 means ReLU.
    mode : "fan_in" or "fan_out"
        Keeps the size of the signal forward, or that of the gradient backward.
    nonlinearity : str
        What follows the weights, see :func:`calculate_gain`.
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Raises
    ------
    ValueError
        If the tensor has fewer than 2 dimensions, or a name is unknown.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, arXiv:1502.01852, equations 10 and 14.

    Examples
    --------
    >>> bool((kaiming_uniform_(torch.empty(2, 6)).abs() <= 1).all())
    True
    """
    if _empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    r"""Fill normally with deviation :math:`\text{gain} / \sqrt{\text{fan}}`; He's rule for ReLUs.

    Parameters
    ----------
    tensor : Tensor, float, shape (fan_out, fan_in) or (out_channels, in_channels, \*kernel)
    a : float
        The negative slope of "leaky_relu"; 0 means ReLU.
    mode : "fan_in" or "fan_out"
        Keeps the size of the signal forward, or that of the gradient backward.
    nonlinearity : str
        What follows the weights, see :func:`calculate_gain`.
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Raises
    ------
    ValueError
        If the tensor has fewer than 2 dimensions, or a name is unknown.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, arXiv:1502.01852, equations 10 and 14.

    Examples
    --------
    >>> weight = kaiming_normal_(torch.empty(400, 200), generator=torch.Generator().manual_seed(0))
    >>> round(float(weight.std()), 2)  # √(2 / 200)
    0.1
    """
    if _empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(
    tensor: torch.Tensor, gain: float = 1, generator: torch.Generator | None = None
) -> torch.Tensor:
    r"""Fill with a matrix whose rows, or columns if these are fewer, are orthonormal times gain.

    Parameters
    ----------
    tensor : Tensor, float, shape (rows, \*)
        All dimensions after the first are taken as the columns.
    gain : float
        See :func:`calculate_gain`.
    generator : torch.Generator, optional
        By default PyTorch's own.

    Returns
    -------
    Tensor
        The same, filled.

    Raises
    ------
    ValueError
        If the tensor has fewer than 2 dimensions.

    Notes
    -----
    The Q of a QR decomposition of normal numbers. Its signs are those that make the diagonal of R
    positive: only so is each orthogonal matrix equally likely.

    References
    ----------
    Saxe, McClelland, Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks, arXiv:1312.6120. Mezzadri (2007), How to generate random matrices from
    the classical compact groups, arXiv:math-ph/0609050.

    Examples
    --------
    >>> weight = orthogonal_(torch.empty(2, 3))
    >>> bool(torch.allclose(weight @ weight.T, torch.eye(2), atol=1e-6))
    True
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"orthogonal_: expected 2 dimensions or more, got shape {tuple(tensor.shape)}"
        )
    if tensor.numel() == 0:
        return tensor
    num_rows = tensor.shape[0]
    num_columns = tensor.numel() // num_rows
    normal = tensor.new_empty((num_rows, num_columns)).normal_(0, 1, generator=generator)
    wide = num_rows < num_columns
    q, r = torch.linalg.qr(normal.T if wide else normal)
    q = q * r.diagonal().sign()
    with torch.no_grad():
        return tensor.copy_((q.T if wide else q).reshape(tensor.shape)).mul_(gain)


def _calculate_fan_in_and_fan_out(tensor: torch.Tensor) -> tuple[int, int]:
    """Return the number of inputs that one output sums, and of outputs that one input reaches."""
    if tensor.ndim < 2:
        raise ValueError(
            "fan_in and fan_out need a weight of 2 dimensions or more, (fan_out, fan_in), got "
            f"shape {tuple(tensor.shape)}"
        )
    kernel_size = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel_size, tensor.shape[0] * kernel_size


def _xavier_std(tensor: torch.Tensor, gain: float) -> float:
    """Return gain · √(2 / (fan_in + fan_out))."""
    return gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))


def _kaiming_std(tensor: torch.Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """Return gain / √fan."""
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    fan = fan_in if mode.lower() == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _empty(tensor: torch.Tensor) -> bool:
    """Tell whether there is nothing to fill, and warn of it as PyTorch does."""
    if tensor.numel() == 0:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor.numel() == 0
