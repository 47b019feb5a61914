"""Is a gradient right? Comparing it with finite differences.

Chapter: book/training/backpropagation.md
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from dlbook.autograd._mode import no_grad
from dlbook.autograd.tensor import Tensor

__all__ = ["GradientError", "finite_difference", "gradcheck"]

EPS, ATOL, RTOL = 1e-6, 1e-6, 1e-5  # for float64: the error of the difference is about 1e-9
MOST_ELEMENTS = 2_000  # among which the report looks for the worst one


class GradientError(AssertionError):
    """``backward`` and the finite differences do not agree."""


def finite_difference(function: Callable[[Any], Any], x: Any, direction: Any, step: float) -> Any:
    r"""Return the slope of a function along a direction, by a difference to both sides.

    .. math:: \frac{f(\mathbf{x} + h\,\mathbf{d}) - f(\mathbf{x} - h\,\mathbf{d})}{2h}

    Parameters
    ----------
    function : callable
        Takes what ``x`` is, and returns a number or a tensor.
    x : number, array, torch.Tensor or Tensor
    direction : of the shape of x
    step : float, positive
        The h of the formula.

    Returns
    -------
    float where the function gives a number, else torch.Tensor

    Raises
    ------
    ValueError
        If the step is not positive.

    Notes
    -----
    The error of the formula falls as h², that of rounding rises as 1/h: the best step is near the
    cube root of the machine's precision (in float64, about 6e-6 times the scale of x).

    Examples
    --------
    >>> round(finite_difference(lambda x: x**3, 2.0, 1.0, step=1e-5), 6)
    12.0
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step}")
    if isinstance(direction, Tensor):
        direction = direction.data
    with no_grad(), torch.no_grad():
        above = _plain(function(x + step * direction))
        below = _plain(function(x - step * direction))
    slope = (above - below) / (2 * step)
    return slope if isinstance(slope, torch.Tensor) and slope.ndim else float(slope)


def gradcheck(
    function: Callable[..., Any],
    inputs: Any,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    num_directions: int = 3,
    seed: int = 0,
) -> bool:
    r"""Compare the gradient of a function with finite differences, along random directions.

    For a random cotangent **u** of the outputs and a random direction **d** of an input, the number
    :math:`\mathbf{u}\cdot J\mathbf{d}` is computed in two ways: by ``backward``, which gives
    :math:`\mathbf{u}^\top J`, and by a finite difference, which gives :math:`J\mathbf{d}`. If the
    gradient is wrong anywhere, the two differ with probability 1, were numbers exact. With a
    tolerance, an error shows if it is larger than that, and only at the point that is checked.

    Parameters
    ----------
    function : callable
        Takes the inputs; returns a Tensor, or several in a tuple or list.
    inputs : Tensor or torch.Tensor, or a sequence of them
        Those with ``requires_grad`` are checked. Their ``grad`` is left as it is.
    eps : float, optional
        The step of the finite difference.
    atol, rtol : float, optional
        How far the two numbers may be apart: ``atol + rtol * |number|``.
    num_directions : int, at least 1
        Random directions for each input.
    seed : int

    Returns
    -------
    bool
        True; where the gradient is wrong, an error is raised instead.

    Raises
    ------
    GradientError
        If a gradient is wrong: it names the input, both numbers, and the worst element.
    ValueError
        If no input requires a gradient, if one is not float64 while ``eps``, ``atol`` and ``rtol``
        are not all given, or if the function is not the same at a second call.

    Notes
    -----
    Where the function has a kink (``relu`` at 0) its slope to the left and to the right differ, and
    so do the two numbers. Each direction costs two evaluations for
    each input, whatever its size, and two more.

    Examples
    --------
    >>> x = Tensor(torch.linspace(-1, 1, 5, dtype=torch.float64), requires_grad=True)
    >>> gradcheck(lambda x: (x * x).exp(), x)
    True
    """
    if num_directions < 1:
        raise ValueError(f"num_directions must be at least 1, got {num_directions}")
    given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    checked = [place for place, x in enumerate(given) if getattr(x, "requires_grad", False)]
    _refuse(given, checked, eps, atol, rtol)
    step = EPS if eps is None else eps
    least, share = ATOL if atol is None else atol, RTOL if rtol is None else rtol
    fresh = [_copy(x) if place in checked else x for place, x in enumerate(given)]
    random = np.random.default_rng(seed)
    for _ in range(num_directions):
        for place in checked:
            fresh[place].grad = None
        outputs = _several(function(*fresh))
        cotangents = [_normal(random, output) for output in outputs]
        _refuse_chance(function, fresh, outputs)
        for output, cotangent in zip(outputs, cotangents, strict=True):
            if output.requires_grad:
                _backward(output, cotangent)
        for place in checked:
            gradient = fresh[place].grad
            if gradient is None:
                gradient = torch.zeros_like(_plain(fresh[place]))
            along = _along(function, fresh, place, cotangents)
            direction = _normal(random, fresh[place])
            numeric = finite_difference(along, _plain(fresh[place]), direction, step)
            analytic = float((gradient * direction).sum())
            allowed = least + share * abs(numeric)
            if not abs(numeric - analytic) <= allowed:
                worst = _worst(along, _plain(fresh[place]), gradient, step)
                raise GradientError(
                    f"the gradient of input {place}, shape {tuple(gradient.shape)}, is wrong: "
                    f"along a random direction the finite difference is {numeric:.8g}, backward "
                    f"says {analytic:.8g} (they may differ by {allowed:.1g}); "
                    f"{worst}"
                )
    return True


def _refuse(given: Sequence[Any], checked: Sequence[int], *settings: float | None) -> None:
    """Raise if there is nothing to check, or too little precision for it."""
    if not checked:
        raise ValueError("gradcheck: none of the inputs has requires_grad=True")
    for place in checked:
        if given[place].dtype != torch.float64 and None in settings:
            raise ValueError(
                f"gradcheck: input {place} is {given[place].dtype}; a finite difference needs "
                "float64 (x.double()), or eps, atol and rtol that allow for its rounding"
            )


def _refuse_chance(function: Callable[..., Any], inputs: Sequence[Any], outputs: list[Any]) -> None:
    """Raise if a second call gives something else, since then differences mean nothing."""
    again = _several(function(*inputs))
    for first, second in zip(outputs, again, strict=True):
        if not torch.equal(_plain(first).nan_to_num(), _plain(second).nan_to_num()):
            raise ValueError(
                "gradcheck: the function gives another result at a second call; fix its random "
                "numbers (dropout, noise) by a seed inside the function"
            )


def _along(
    function: Callable[..., Any], inputs: Sequence[Any], place: int, cotangents: Sequence[Any]
) -> Callable[[torch.Tensor], float]:
    """Return u · f as a function of one input's data, the others held."""

    def along(data: torch.Tensor) -> float:
        changed = list(inputs)
        changed[place] = Tensor(data) if isinstance(inputs[place], Tensor) else data
        outputs = _several(function(*changed))
        pairs = zip(outputs, cotangents, strict=True)
        return sum(float((_plain(output) * u).sum()) for output, u in pairs)

    return along


def _worst(
    along: Callable[[torch.Tensor], float], x: torch.Tensor, gradient: torch.Tensor, step: float
) -> str:
    """Name the element, among the first ones, at which the two disagree most."""
    gaps = []
    for place in range(min(x.numel(), MOST_ELEMENTS)):
        direction = torch.zeros_like(x)
        direction.view(-1)[place] = 1
        numeric = finite_difference(along, x, direction, step)
        analytic = float(gradient.reshape(-1)[place])
        gap = abs(numeric - analytic)
        gaps.append((gap if gap == gap else float("inf"), place, numeric, analytic))
    _, place, numeric, analytic = max(gaps)
    index = [int(i) for i in np.unravel_index(place, tuple(x.shape))]
    return f"worst at {index}: finite difference {numeric:.8g}, backward {analytic:.8g}"


def _backward(output: Any, cotangent: torch.Tensor) -> None:
    """Call backward; torch's own graph may be needed again for the next output."""
    if isinstance(output, Tensor):
        output.backward(cotangent)
    else:
        output.backward(cotangent, retain_graph=True)


def _copy(x: Any) -> Any:
    """Return a leaf with the same data, of the same kind."""
    data = _plain(x).clone(memory_format=torch.contiguous_format)
    return Tensor(data, requires_grad=True) if isinstance(x, Tensor) else data.requires_grad_()


def _normal(random: np.random.Generator, like: Any) -> torch.Tensor:
    """Return standard normal numbers in the shape, dtype and place of another tensor."""
    return torch.as_tensor(random.standard_normal(tuple(like.shape))).to(_plain(like))


def _plain(x: Any) -> Any:
    """Return the data of either kind of tensor."""
    return x.data if isinstance(x, Tensor) else x.detach() if isinstance(x, torch.Tensor) else x


def _several(outputs: Any) -> list[Any]:
    """Return one output or several as a list."""
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
