"""What all optimizers share: groups of parameters, their state, and a step over them.

Chapter: book/training/gradient-descent.md
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from dlbook.optim._check import is_parameter, learning_rate, parameters_in, the_gradient, the_tensor
from dlbook.optim._saved import by_number, saved_groups, saved_parts, saved_state

__all__ = ["Optimizer"]


class Optimizer:
    """Parameters in groups, and a step that moves each one against its gradient.

    A subclass is a default for each option and one method, :meth:`update`, that moves one
    parameter. A parameter is whatever has ``.data``, a tensor of torch, and ``.grad``, a tensor
    like it or None: ``nn.Parameter`` and the engine's ``Tensor`` alike.

    Parameters
    ----------
    params : iterable of parameters, or of dicts
        A dict is a group: its ``"params"``, and the options in which it differs.
    defaults : dict
        The options and their values for groups that don't say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        The groups; a schedule changes their ``"lr"`` here.
    state : dict
        What the optimizer remembers about each parameter, by parameter.

    Raises
    ------
    TypeError
        If params is a single tensor, a set or a model, a parameter is not a tensor of real
        floating-point numbers, or a group has an unknown option.
    ValueError
        If there is no parameter, one occurs twice or was computed from others, or an option is out
        of its range.

    Notes
    -----
    Names, layouts and results are those of ``torch.optim``, so that the state goes over to it and
    back. What is stricter here: a learning rate of 0 (a schedule may still reach it), a parameter
    that occurs twice and an option that nobody reads are refused. It is no subclass of torch's
    ``Optimizer``: the schedules of ``torch.optim.lr_scheduler`` refuse it, those of
    ``dlbook.optim`` take both; and there are no hooks around a step.

    Examples
    --------
    >>> class SignDescent(Optimizer):
    ...     def update(self, param, grad, state, group):
    ...         param.sub_(grad.sign(), alpha=group["lr"])
    >>> weight = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    >>> (weight**2).sum().backward()
    >>> SignDescent([weight], {"lr": 0.5}).step()
    >>> weight.tolist()
    [2.5, -1.5]
    """

    # Entries of a saved group by which torch tells optimizers with the same options apart.
    _marks: Mapping[str, Any] = {}
    # What it keeps for each parameter, and whether that is always there; None: it does not tell.
    _entries: Mapping[str, bool] | None = None

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        entries = parameters_in(params)
        groups = entries if isinstance(entries[0], dict) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)

    def update(
        self, param: torch.Tensor, grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Move one parameter, in place; each optimizer says how.

        Parameters
        ----------
        param : tensor
            The parameter's values.
        grad : tensor, same shape and dtype
            Its gradient, not to be changed.
        state : dict
            What the optimizer remembers about this parameter, at first nothing; to be changed.
        group : dict
            The options that hold for it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update()")

    def _check(self, group: dict[str, Any]) -> None:
        """Refuse options that make no sense; a subclass adds its own to the learning rate's."""
        learning_rate(group["lr"])

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update each parameter that has a gradient; torch's autograd does not see it.

        Parameters
        ----------
        closure : function without arguments, optional
            Computes the loss and the gradients anew, and is called first.

        Returns
        -------
        whatever the closure returns
            None without a closure.

        Raises
        ------
        ValueError
            If a gradient does not have the shape and dtype of its parameter, or is sparse.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        # nn.Parameter itself, not its .data: torch's autograd then notices if a
                        # graph still needed the old values.
                        values = param if isinstance(param, torch.Tensor) else param.data
                        grad = the_gradient(param.grad, values)
                        self.update(values, grad, self.state[param], group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, which ``backward`` would otherwise add to.

        Parameters
        ----------
        set_to_none : bool
            Whether they become None, so that :meth:`step` skips a parameter that gets no new one,
            or zeros, with which momentum and weight decay still move it.
        """
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad.detach_().zero_()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own.

        Parameters
        ----------
        param_group : dict
            ``"params"``, one or several parameters, and the options in which they differ.

        Raises
        ------
        TypeError, ValueError
            As at the start.
        """
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"a group is a dict with 'params', got {type(param_group).__name__}")
        group = {**self.defaults, **param_group}
        if extra := set(group) - set(self.defaults) - {"params", "initial_lr"}:
            raise TypeError(
                f"{type(self).__name__} has no option {', '.join(map(repr, sorted(extra)))}; its "
                f"options are {', '.join(self.defaults)}"
            )
        params = param_group["params"]
        group["params"] = [params] if is_parameter(params) else parameters_in(params)
        seen = {id(p): f"group {i}" for i, g in enumerate(self.param_groups) for p in g["params"]}
        for i, param in enumerate(group["params"]):
            the_tensor(param, i)
            if id(param) in seen:
                raise ValueError(
                    f"parameter {i} of this group is already in {seen[id(param)]}; each parameter "
                    "has one place, or it would be updated twice in a step"
                )
            seen[id(param)] = "this group"
        self._check(group)
        self.param_groups.append(group)

    def state_dict(self) -> dict[str, Any]:
        """Return all that a later run needs to go on, in torch's layout.

        Returns
        -------
        dict
            ``"state"``, by the parameters' running numbers, and ``"param_groups"``, whose
            ``"params"`` are these numbers. Its tensors are the living ones: save them, or
            ``copy.deepcopy`` them, before the next step.
        """
        numbers = {id(p): i for i, p in enumerate(self._all())}
        return {
            "state": {numbers[id(p)]: dict(state) for p, state in self.state.items() if state},
            "param_groups": [
                {**group, **self._marks, "params": [numbers[id(p)] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state, ours or torch's, of the same kind of optimizer.

        Parameters
        ----------
        state_dict : dict
            As :meth:`state_dict` returned it. All of it is copied, tensors to each parameter's
            device and dtype; the numbers of parameters may have become text, as in JSON.

        Raises
        ------
        ValueError
            If it belongs to another kind of optimizer or to other parameters, is not complete, or
            an option is out of its range (a learning rate may be 0, where a schedule has led it).
            Nothing has been changed then.
        """
        theirs, values = saved_parts(state_dict)
        groups = saved_groups(
            type(self).__name__, self._marks, self.param_groups, theirs, self._check
        )
        numbers, states = by_number(groups, values)
        params = dict(zip(numbers, self._all(), strict=True))
        state = {
            params[number]: saved_state(params[number], number, saved, self._entries)
            for number, saved in states.items()
        }
        self.state = defaultdict(dict, state)
        for mine, group in zip(self.param_groups, groups, strict=True):
            mine.update({name: value for name, value in group.items() if name != "params"})

    def _all(self) -> list[Any]:
        """Return all parameters in their order."""
        return [param for group in self.param_groups for param in group["params"]]

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}"]
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])
