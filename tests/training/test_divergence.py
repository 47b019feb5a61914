"""Bad iterations are undone and good ones left alone, whatever the buffers and number formats."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from dlbook.training import TrainingDiverged, fit
from dlbook.training._divergence import Guard
from dlbook.training.history import History


class Running(nn.Module):
    """A model whose forward pass puts a new tensor in a buffer's place, and makes another one."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("last", None)
        self.register_buffer("count", torch.zeros(1), persistent=False)

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        self.last = x.detach()
        self.count += 1
        return self.linear(x - self.mean.detach())


def test_buffers_that_are_replaced_are_put_back():
    torch.manual_seed(0)
    model = Running()
    batch = (torch.ones(2, 1), torch.zeros(2, 1))
    bad = (torch.full((2, 1), math.nan), torch.zeros(2, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TrainingDiverged) as caught:
        fit(model, [batch, bad], nn.MSELoss(), optimizer, epochs=1)
    assert caught.value.batch == 2
    assert model.mean.tolist() == pytest.approx([0.1])
    assert torch.equal(model.last, batch[0])
    assert model.count.tolist() == [1]


def test_a_buffer_that_the_first_pass_made_is_gone_again():
    model = Running()
    bad = (torch.full((2, 1), math.nan), torch.zeros(2, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TrainingDiverged):
        fit(model, [bad], nn.MSELoss(), optimizer, epochs=1)
    assert model.last is None and model.mean.tolist() == [0]


def with_gradient(values, dtype):
    """A parameter with a gradient, and a guard that clips it to the length 5."""
    parameter = nn.Parameter(torch.zeros(len(values), dtype=dtype))
    parameter.grad = torch.tensor(values, dtype=dtype)
    model = nn.ParameterList([parameter])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return parameter, Guard(model, optimizer, 5.0, History())


LARGE = {
    "float16": ([4.5e4, 6e4], torch.float16),
    "float32": ([4.5e20, 6e20], torch.float32),
    "float64": ([4.5e200, 6e200], torch.float64),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_length_that_overflows_is_no_divergence_and_is_clipped(name):
    """All entries are finite, only the sum of their squares is not."""
    values, dtype = LARGE[name]
    parameter, guard = with_gradient(values, dtype)
    guard.before_step(torch.tensor(1.0), 1, [])
    assert parameter.grad.tolist() == pytest.approx([3, 4], rel=2e-3)
    guard.clip_norm = None
    parameter.grad = torch.tensor(values, dtype=dtype)
    guard.before_step(torch.tensor(1.0), 1, [])
    assert torch.equal(parameter.grad, torch.tensor(values, dtype=dtype))


@pytest.mark.parametrize("name", LARGE)
def test_what_is_not_longer_than_clip_norm_stays_though_its_length_overflows(name):
    values, dtype = LARGE[name]
    parameter, guard = with_gradient(values, dtype)
    guard.clip_norm = 1e300
    guard.before_step(torch.tensor(1.0), 1, [])
    assert parameter.grad.tolist() == pytest.approx(values, rel=2e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_entry_that_is_not_finite_is_found(bad):
    parameter, guard = with_gradient([1.0, bad], torch.float16)
    with pytest.raises(TrainingDiverged, match="gradient of 0 is not finite"):
        guard.before_step(torch.tensor(1.0), 1, [])
    assert parameter.grad[0] == 1


@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_sparse_gradients_are_as_dense_ones(clip_norm):
    """The same word twice in a batch: its two gradients are one before they are measured."""
    batch = (torch.tensor([1, 1, 3]), torch.ones(3, 2))
    weights = []
    for sparse in (False, True):
        torch.manual_seed(0)
        model = nn.Embedding(5, 2, sparse=sparse)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        fit(model, [batch], nn.MSELoss(), optimizer, epochs=3, clip_norm=clip_norm)
        weights.append(model.weight.detach())
    torch.testing.assert_close(*weights, rtol=1e-6, atol=1e-7)


def test_a_bad_sparse_gradient_is_found():
    model = nn.Embedding(5, 2, sparse=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    batch = (torch.tensor([1, 3]), torch.ones(2, 2))
    with pytest.raises(TrainingDiverged, match="gradient of weight is not finite"):
        fit(model, [batch], lambda out, y: (out * 0).sqrt().sum(), optimizer, epochs=1)


def test_another_layout_is_refused_by_name():
    parameter, guard = with_gradient([1.0], torch.float32)

    odd = SimpleNamespace(shape=(1,), grad=SimpleNamespace(layout=torch.sparse_csr))
    guard.optimizer.param_groups[0]["params"] = [odd]
    with pytest.raises(ValueError, match=r"shape \(1,\) has the layout torch.sparse_csr; expected"):
        guard.before_step(torch.tensor(1.0), 1, [])
    assert parameter.grad == 1
