"""The small Module: it finds its parameters, wherever they hang."""

import math

import pytest
import torch

from dlbook.autograd import MLP, Linear, Module, Tensor, Value


def parameter() -> Tensor:
    return Tensor(torch.zeros(2), requires_grad=True)


def test_parameters_are_found_once_each_in_order() -> None:
    class Everything(Module):
        def __init__(self) -> None:
            self.first = parameter()
            self.constant = Tensor(torch.zeros(2))
            self.computed = self.first * 2
            self.layers = [Linear(2, 3), (parameter(), {"key": parameter()})]
            self.tied = self.first
            self.scalar = Value(1.0)
            self.name = "a name"
            self.inner = Linear(3, 1)

    model = Everything()
    found = list(model.parameters())
    first, layer = model.first, model.layers[0]
    assert found[0] is first and found[1] is layer.weight and found[2] is layer.bias
    assert found[3] is model.layers[1][0] and found[4] is model.layers[1][1]["key"]
    assert found[5] is model.scalar and found[6] is model.inner.weight and len(found) == 8


def test_zero_grad_forgets() -> None:
    class Both(Module):
        def __init__(self) -> None:
            self.w, self.v = parameter(), Value(1.0)

    model = Both()
    model.w.sum().backward()
    (model.v * 2).backward()
    model.zero_grad()
    assert model.w.grad is None and model.v.grad == 0.0


def test_a_module_without_forward_says_so() -> None:
    class Empty(Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty must define forward"):
        Empty()(1)


def test_a_linear_layer_is_torchs() -> None:
    ours = Linear(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    theirs = torch.nn.Linear(4, 3, dtype=torch.float64)
    theirs.weight.data = ours.weight.data.T.clone()
    theirs.bias.data = ours.bias.data.clone()
    for shape in ((4,), (5, 4), (2, 5, 4), (0, 4)):
        x = torch.randn(shape, dtype=torch.float64)
        y, expected = ours(x), theirs(x)
        torch.testing.assert_close(y.data, expected.detach())
        y.sum().backward()
        expected.sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad.T)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad)
    assert ours.weight.data.abs().max() <= 1 / math.sqrt(4)


def test_equal_seeds_give_torchs_parameters() -> None:
    torch.manual_seed(5)
    ours = Linear(4, 3)
    torch.manual_seed(5)
    theirs = torch.nn.Linear(4, 3)
    assert torch.equal(ours.weight.data, theirs.weight.T)
    assert torch.equal(ours.bias.data, theirs.bias)


@pytest.mark.parametrize("by_rows", [False, True])
def test_a_gradient_lies_in_memory_as_its_weight(by_rows: bool) -> None:
    """An update that reads by columns and writes by rows would be ten times as slow."""
    layer, x = Linear(4, 3), torch.randn(5, 4)
    if by_rows:
        layer.weight.data = layer.weight.data.contiguous()
    layer(x).sum().backward()
    assert layer.weight.grad.stride() == layer.weight.data.stride()
    assert layer.weight.data.is_contiguous() == by_rows
    torch.testing.assert_close(layer.weight.grad, x.T @ torch.ones(5, 3))


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(RuntimeError, match=r"addmm: .*\(5, 3\).*\(4, 2\)"):
        Linear(4, 2)(torch.zeros(5, 3))
    with pytest.raises(ValueError, match="numbers of inputs and of outputs"):
        MLP(3)


@pytest.mark.parametrize("device", ["meta"])
def test_parameters_are_made_where_asked(device: str) -> None:
    model = MLP(2, 3, 1, device=device, dtype=torch.float16)
    assert {(p.device.type, p.dtype) for p in model.parameters()} == {(device, torch.float16)}


def test_ten_steps_of_training_are_torchs() -> None:
    sizes, draw = (3, 8, 5, 4), torch.Generator().manual_seed(1)
    ours = MLP(*sizes, generator=draw, dtype=torch.float64)
    layers: list[torch.nn.Module] = []
    for layer in ours.layers:
        linear = torch.nn.Linear(*layer.weight.shape, dtype=torch.float64)
        linear.weight.data = layer.weight.data.T.clone()
        linear.bias.data = layer.bias.data.clone()
        layers += [linear, torch.nn.ReLU()]
    theirs = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    x = torch.randn(6, 3, generator=draw, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    for _ in range(10):
        loss = -ours(x).log_softmax(1)[torch.arange(6), y].mean()
        ours.zero_grad()
        loss.backward()
        for p in ours.parameters():
            p.data -= 0.1 * p.grad
        expected = torch.nn.functional.cross_entropy(theirs(x), y)
        optimizer.zero_grad()
        expected.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
