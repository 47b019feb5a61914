"""What optimizers, schedules and clipping refuse, and the reasons that they give."""

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import torch


def number(name: str, value: Any, least: float = -math.inf, below: float = math.inf) -> None:
    """Refuse what is no finite number from ``least`` up to, not including, ``below``."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r} of type {type(value).__name__}")
    if not least <= float(value) < below:  # false for NaN too
        upper = "" if below == math.inf else f" and below {below}"
        lower = "finite" if least == -math.inf else f"at least {least}{upper}"
        raise ValueError(f"{name} must be {lower}, got {value}")


def positive(name: str, value: Any, why: str = "", *, infinite: bool = False) -> None:
    """Refuse what is not above 0, and infinity unless it has a meaning."""
    if not (infinite and value == math.inf):
        number(name, value)
    if value <= 0:
        raise ValueError(f"{name} must be above 0, got {value}{why}")


def learning_rate(value: Any) -> None:
    """Refuse a learning rate that is not above 0."""
    positive(
        "lr",
        value,
        ": with 0 nothing moves, and a negative one climbs (to climb on purpose there is "
        "maximize=True; to keep a parameter as it is, leave it out or call requires_grad_(False))",
    )


def whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number from ``least`` on."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def flag(name: str, value: Any) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def is_parameter(thing: Any) -> bool:
    """Tell whether something is one parameter, and not a collection of them."""
    return isinstance(thing, torch.Tensor) or hasattr(thing, "grad")


def parameters_in(params: Any) -> list[Any]:
    """Return the entries of ``params`` in a list, or say what was expected."""
    kind = type(params).__name__
    if isinstance(params, torch.nn.Module):
        raise TypeError(f"got the model {kind} itself; pass its parameters: model.parameters()")
    if isinstance(params, (Mapping, set, frozenset, str)) or is_parameter(params):
        reason = " (the order of a set is not the same in each run)" if "set" in kind else ""
        raise TypeError(f"expected a list of parameters or of groups, got a {kind}{reason}")
    entries = list(params)
    if not entries:
        raise ValueError(
            "there is no parameter to optimize; a generator such as model.parameters() is empty "
            "when it is used a second time: call it anew, or keep list(model.parameters())"
        )
    return entries


def the_tensor(param: Any, position: int) -> torch.Tensor:
    """Return a parameter's tensor, or say why it cannot be optimized."""
    name = f"parameter {position}"
    if isinstance(param, tuple):
        raise TypeError(f"{name} is a pair; pass model.parameters(), not model.named_parameters()")
    tensor = param if isinstance(param, torch.Tensor) else getattr(param, "data", None)
    if not isinstance(tensor, torch.Tensor) or not is_parameter(param):
        raise TypeError(
            f"{name} is a {type(param).__name__}; expected something with .data, a torch.Tensor, "
            "and .grad, such as nn.Parameter or the engine's Tensor"
        )
    if not tensor.is_floating_point():
        raise TypeError(
            f"{name} has dtype {tensor.dtype}; only real floating-point numbers can move by small "
            "steps"
        )
    if not (getattr(param, "is_leaf", True) or getattr(param, "retains_grad", False)):
        raise ValueError(
            f"{name}, shape {tuple(tensor.shape)}, was computed from other tensors: its values "
            "follow theirs, so optimize those"
        )
    return tensor


def the_gradient(grad: torch.Tensor, param: torch.Tensor) -> torch.Tensor:
    """Return a gradient that fits its parameter, or say why it does not."""
    if grad.shape == param.shape and grad.dtype == param.dtype and grad.layout == torch.strided:
        return grad
    if grad.layout != torch.strided:
        raise ValueError(
            f"the gradient of a parameter of shape {tuple(param.shape)} is sparse ({grad.layout}); "
            "momentum, moments and weight decay are dense: use sparse=False in the embedding, or "
            "grad.to_dense()"
        )
    raise ValueError(
        f"a gradient must be like its parameter: the parameter has shape {tuple(param.shape)} and "
        f"dtype {param.dtype}, its gradient {tuple(grad.shape)} and {grad.dtype}"
    )


def groups_of(optimizer: Any) -> list[dict[str, Any]]:
    """Return an optimizer's groups, or say what was expected."""
    if not isinstance(getattr(optimizer, "param_groups", None), list):
        raise TypeError(f"expected an optimizer, got a {type(optimizer).__name__}")
    return optimizer.param_groups


def for_each_group(name: str, value: Any, optimizer: Any) -> list[Any]:
    """Return one value for each of the optimizer's groups."""
    groups = len(groups_of(optimizer))
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"{name} has {len(value)} values, the optimizer {groups} groups")
    return list(value)
