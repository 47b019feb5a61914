"""What all optimizers share: groups, skipped parameters, closures, and silence to autograd."""

import copy
import pickle

import pytest
import torch
from optim_helpers import parameters, set_gradients, trajectory

from dlbook.optim import SGD, Adam, AdamW, Optimizer, RMSprop

PAIRS = [(kind, getattr(torch.optim, kind.__name__)) for kind in (SGD, RMSprop, Adam, AdamW)]
KINDS = [ours for ours, _ in PAIRS]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_defaults_are_torchs(ours: type, theirs: type) -> None:
    torchs = theirs(parameters()).defaults
    mine = ours(parameters()).defaults
    assert mine == {name: torchs[name] for name in mine}
    switches = {"foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}
    assert set(torchs) - set(mine) <= switches


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_groups_have_options_of_their_own(ours: type, theirs: type) -> None:
    ends = []
    for kind in (ours, theirs):
        params = parameters()
        first = {"params": params[:1], "lr": 0.1, "weight_decay": 0.3}
        optimizer = kind([first, {"params": iter(params[1:2])}], lr=0.02, maximize=True)
        before = trajectory(optimizer, params, 10)
        optimizer.add_param_group({"params": params[2], "lr": 0.2, "maximize": False})
        optimizer.param_groups[0]["lr"] = 0.01
        ends.append(torch.cat([before, trajectory(optimizer, params, 20, start=10)]))
    torch.testing.assert_close(*ends, rtol=0, atol=1e-12)


def test_a_group_that_was_passed_is_not_changed() -> None:
    group = {"params": parameters(), "lr": 0.1}
    SGD([group])
    assert set(group) == {"params", "lr"}


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_without_a_gradient_stay(kind: type) -> None:
    with_gradient, without = parameters()[:2]
    optimizer = kind([with_gradient, without], weight_decay=0.5)
    with_gradient.grad = torch.ones_like(with_gradient)
    optimizer.step()
    assert torch.equal(without, parameters()[1])
    assert not torch.equal(with_gradient, parameters()[0])
    assert set(optimizer.state_dict()["state"]) <= {0}


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_left_as_it_was(kind: type, maximize: bool) -> None:
    params = parameters()
    set_gradients(params, 0)
    before = [param.grad.clone() for param in params]
    optimizer = kind(params, lr=0.1, weight_decay=0.5, maximize=maximize)
    optimizer.step()
    optimizer.step()
    assert all(torch.equal(param.grad, old) for param, old in zip(params, before, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_autograd_sees_no_step_but_notices_the_change(kind: type) -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = kind([weight], lr=0.1)
    loss = (weight**3).sum()
    loss.backward(retain_graph=True)
    place = weight.data_ptr()
    optimizer.step()
    assert weight.is_leaf and weight.requires_grad and weight.grad_fn is None
    assert weight.data_ptr() == place
    assert not any(
        value.requires_grad
        for value in optimizer.state[weight].values()
        if isinstance(value, torch.Tensor)
    )
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()  # the graph needs the old values


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_that_has_a_graph_is_used_without_it(kind: type) -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    (weight.grad,) = torch.autograd.grad((weight**3).sum(), weight, create_graph=True)
    optimizer = kind([weight], lr=0.1)
    optimizer.step()
    assert weight.is_leaf
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad is not None and weight.grad.grad_fn is None


def test_a_closure_is_called_with_gradients_on_and_its_loss_is_returned() -> None:
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = SGD([weight], lr=0.5)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (weight**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 5.0
    assert weight.tolist() == [0.0, 0.0]
    assert SGD([weight]).step() is None


def test_zero_grad() -> None:
    weight, other = parameters()[:2]
    optimizer = SGD([weight, other])
    weight.grad = torch.ones_like(weight)
    held = weight.grad
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad is held and not held.any()
    assert other.grad is None
    optimizer.zero_grad()
    assert weight.grad is None


def test_zeroed_gradients_still_move_by_momentum_and_none_do_not() -> None:
    moved = []
    for set_to_none in (False, True):
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = SGD([weight], lr=1.0, momentum=0.5)
        weight.grad = torch.ones(1)
        optimizer.step()
        optimizer.zero_grad(set_to_none=set_to_none)
        optimizer.step()
        moved.append(weight.item())
    assert moved == [-1.5, -1.0]


def test_a_subclass_is_defaults_and_one_method() -> None:
    class Signs(Optimizer):
        def update(self, param, grad, state, group):
            state["count"] = state.get("count", 0) + 1
            param.sub_(grad.sign(), alpha=group["lr"])

    weight = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = Signs([weight], {"lr": 0.25})
    weight.grad = torch.tensor([9.0, -0.1])
    optimizer.step()
    assert weight.tolist() == [2.75, -1.75]
    assert optimizer.state_dict()["state"] == {0: {"count": 1}}
    with pytest.raises(NotImplementedError, match="Optimizer must define update"):
        base = Optimizer([weight], {"lr": 0.1})
        base.step()


def test_repr_shows_each_groups_options() -> None:
    text = repr(SGD([{"params": parameters()[:1]}, {"params": parameters()[1:], "lr": 0.5}]))
    assert text.startswith("SGD (") and "Parameter Group 1" in text and "lr: 0.5" in text
    assert "tensor" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_goes_its_own_way(kind: type) -> None:
    params = parameters()
    optimizer = kind(params, lr=0.1)
    trajectory(optimizer, params, 5)
    for duplicate in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        twin_params, twin = duplicate((params, optimizer))
        values = [param.detach().clone() for param in params]
        went = trajectory(twin, twin_params, 5, start=5)
        assert all(torch.equal(p, v) for p, v in zip(params, values, strict=True))
        again_params, again = copy.deepcopy((params, optimizer))
        assert torch.equal(trajectory(again, again_params, 5, start=5), went)
