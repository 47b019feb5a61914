"""The engine's tensors move as torch's parameters do: optimizers, schedules and clipping."""

from typing import Any

import pytest
import torch
from optim_helpers import parameters, trajectory

import dlbook.optim as ours
from dlbook.autograd import Tensor, Value

KINDS = [
    (ours.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (ours.RMSprop, {"momentum": 0.5, "centered": True}),
    (ours.Adam, {"amsgrad": True, "weight_decay": 0.1}),
    (ours.AdamW, {"maximize": True}),
]


def tensors(dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [Tensor(param.detach(), requires_grad=True) for param in parameters(dtype)]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_the_same_trajectory(kind: type, options: dict[str, Any]) -> None:
    mine, torchs = tensors(), parameters()
    got = trajectory(kind(mine, **options), mine)
    assert torch.equal(got, trajectory(kind(torchs, **options), torchs))


def loss_of(params: list[Any], scale: float) -> Any:
    """Return a loss that either kind of tensor can compute."""
    weight, bias = params
    hidden = (weight * scale + bias).tanh()
    return ((hidden - 0.5) ** 2).mean()


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_trained_by_its_own_backward_clipped_and_scheduled(kind: type, options: dict) -> None:
    ends = []
    for made in (
        lambda value: Tensor(value, requires_grad=True),
        lambda value: torch.nn.Parameter(value),
    ):
        numbers = torch.Generator().manual_seed(1)
        params = [made(torch.randn(s, generator=numbers).double()) for s in ((4, 3), (3,))]
        optimizer = kind(params, lr=0.05, **options)
        schedule = ours.OneCycleLR(optimizer, 0.1, total_steps=20)
        for step in range(20):
            optimizer.zero_grad()
            loss_of(params, 1 + 0.1 * step).backward()
            norm = ours.clip_grad_norm_(params, 0.05)
            assert norm > 0
            ours.clip_grad_value_(params, 0.02)
            optimizer.step()
            schedule.step()
        ends.append(torch.cat([param.data.flatten() for param in params]))
    torch.testing.assert_close(*ends, rtol=0, atol=1e-9)


def test_the_update_is_in_place_and_not_in_the_graph() -> None:
    weight = Tensor(torch.tensor([1.0, 2.0]), requires_grad=True)
    values, place = weight.data, weight.data.data_ptr()
    loss = (weight**3).sum()
    loss.backward()
    ours.Adam([weight], lr=0.1).step()
    assert weight.data is values and weight.data.data_ptr() == place
    assert weight.is_leaf and not weight.data.requires_grad
    with pytest.raises(RuntimeError, match="in place"):
        loss.backward()  # the graph needs the old values


def test_resumed_it_goes_on_bit_for_bit() -> None:
    whole = tensors()
    expected = trajectory(ours.Adam(whole, lr=0.1), whole, 20)
    first = tensors()
    optimizer = ours.Adam(first, lr=0.1)
    trajectory(optimizer, first, 10)
    second = [Tensor(param.data.clone(), requires_grad=True) for param in first]
    resumed = ours.Adam(second)
    resumed.load_state_dict(optimizer.state_dict())
    assert torch.equal(trajectory(resumed, second, 10, start=10), expected[10:])
    as_parameters = [torch.nn.Parameter(param.data.clone()) for param in first]
    torchs = torch.optim.Adam(as_parameters)
    torchs.load_state_dict(optimizer.state_dict())
    assert torchs.param_groups[0]["lr"] == 0.1


def test_zero_grad() -> None:
    weight, other = tensors()[:2]
    weight.grad = torch.ones(3, 2).double()
    optimizer = ours.SGD([weight, other])
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad is not None and not weight.grad.any()
    optimizer.zero_grad()
    assert weight.grad is None and other.grad is None


def test_bad_input() -> None:
    weight = tensors()[0]
    with pytest.raises(TypeError, match="groups, got a Tensor"):
        ours.SGD(weight)
    with pytest.raises(ValueError, match=r"parameter 0, shape \(3, 2\), was computed from"):
        ours.SGD([weight * 2])
    with pytest.raises(TypeError, match=r"parameter 0 has dtype torch\.int64"):
        ours.SGD([Tensor([1, 2])])
    with pytest.raises(TypeError, match="parameter 0 is a Value"):
        ours.SGD([Value(1.0)])
    with pytest.raises(ValueError, match="already in this group"):
        ours.SGD([weight, weight])
    weight.grad = torch.ones(2, 3).double()
    with pytest.raises(ValueError, match=r"shape \(3, 2\) .* its gradient \(2, 3\)"):
        ours.SGD([weight]).step()
    with pytest.raises(ValueError, match=r"its gradient \(2, 3\)"):
        ours.clip_grad_norm_([weight], 1.0)
