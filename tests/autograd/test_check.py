"""The checker: it passes what is right, and finds each planted fault."""

import copy
import inspect
import textwrap

import numpy as np
import pytest
import torch

from dlbook.autograd import (
    GradientError,
    Tensor,
    Value,
    cat,
    finite_difference,
    gradcheck,
    ops,
)
from dlbook.autograd import tensor as engine


def inputs(*shapes):
    draw = torch.Generator().manual_seed(0)
    return [
        Tensor(torch.randn(shape, generator=draw, dtype=torch.float64), requires_grad=True)
        for shape in shapes
    ]


def network(x, w, b):
    h = (x @ w + b).tanh()
    return (h * h + h).log_softmax(1)[torch.arange(3), torch.tensor([0, 1, 1])].mean()


def test_what_is_right_passes() -> None:
    assert gradcheck(network, inputs((3, 4), (4, 2), (2,)))
    x, w, b = inputs((3, 4), (4, 2), (2,))
    assert gradcheck(network, (x.detach(), w, b))
    assert gradcheck(lambda x: (x.exp(), [x.sum()][0]), x)
    assert gradcheck(lambda x, y: x * 3, inputs((2,), (2,)))  # y has the gradient 0
    assert gradcheck(lambda x: cat([x, x * x]), x, num_directions=1, seed=4)


def test_tensors_of_torch_are_checked_as_well() -> None:
    x = torch.rand(3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: (x.exp() * x, x.sum()), x)

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(GradientError, match="input 0"):
        gradcheck(Wrong.apply, x)


def test_the_inputs_keep_their_data_and_their_grad() -> None:
    tensors = inputs((3, 4), (4, 2), (2,))
    tensors[0].grad = torch.ones(3, 4, dtype=torch.float64)
    before = copy.deepcopy(tensors)
    gradcheck(network, tensors)
    for x, y in zip(tensors, before, strict=True):
        assert torch.equal(x.data, y.data)
    assert torch.equal(tensors[0].grad, before[0].grad) and tensors[1].grad is None


# Planted faults: the engine is broken on purpose, and the checker must say so


def dropped_factor(a):
    """``square`` without its factor 2."""
    return a.square(), lambda g: g * a


def wrong_sign(a, b):
    return a - b, lambda g: g, lambda g: g


def transposed(a, b):
    """``matmul`` without a transpose; the shapes of square matrices fit all the same."""
    return a @ b, lambda g: g @ b, lambda g: a.T @ g


def last_index_wins(a, index):
    """``getitem`` that writes a repeated index once."""

    def pull(g):
        zeros = torch.zeros_like(a)
        zeros[index] = g
        return zeros

    return a[index], pull


def forgotten_sum(a, dim):
    """``softmax`` with the slope of each element in itself alone."""
    y = a.softmax(dim)
    return y, lambda g: g * y * (1 - y)


def one_in_a_thousand(a):
    """``exp`` that is wrong in a single element."""
    y = a.exp()
    wrong = torch.ones_like(y)
    wrong.view(-1)[-1] = 1.001
    return y, lambda g: g * y * wrong


FAULTS = {
    "a dropped factor": ("square", dropped_factor, lambda x, y: x.square() + y),
    "a wrong sign": ("sub", wrong_sign, lambda x, y: x - y),
    "a transposed factor": ("matmul", transposed, lambda x, y: x @ y),
    "a repeated index": ("getitem", last_index_wins, lambda x, y: x[torch.tensor([0, 0])] * y[:2]),
    "a forgotten sum": ("softmax", forgotten_sum, lambda x, y: x.softmax(1) * y),
    "one element": ("exp", one_in_a_thousand, lambda x, y: x.exp() + y),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op, broken, function = FAULTS[name]
    broken.__name__ = op
    assert gradcheck(function, inputs((3, 3), (3, 3)))
    monkeypatch.setattr(ops, op, broken)
    with pytest.raises(
        GradientError, match=r"the gradient of input [01], shape \(3, 3\), is wrong"
    ):
        gradcheck(function, inputs((3, 3), (3, 3)))


def test_a_missing_unbroadcast_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the cotangent of a bias is the one of a single row."""

    def first_copy(g, shape):
        return g[(0,) * (g.ndim - len(shape))]

    function, given = lambda x, b: (x + b).exp(), inputs((3, 4), (4,))
    assert gradcheck(function, given)
    monkeypatch.setattr(ops, "unbroadcast", first_copy)
    with pytest.raises(GradientError, match=r"input 1, shape \(4,\)"):
        gradcheck(function, given)


def test_a_stale_cotangent_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's own backward, but with a dictionary that survives the call."""
    local = "cotangents = {self: self._first_cotangent(grad)}"
    source = textwrap.dedent(inspect.getsource(Tensor.backward))
    assert local in source
    stale = "cotangents = STALE\n    cotangents[self] = self._first_cotangent(grad)"
    scope = vars(engine) | {"STALE": {}}
    exec(source.replace(local, stale), scope)
    assert gradcheck(network, inputs((3, 4), (4, 2), (2,)))
    monkeypatch.setattr(Tensor, "backward", scope["backward"])
    with pytest.raises(GradientError, match="input 0"):
        gradcheck(network, inputs((3, 4), (4, 2), (2,)))


def test_a_visit_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tensor that is visited before all its cotangents have come passes on too little."""

    def breadth_first(root):
        order, seen = [root], {root}
        for tensor in order:
            order += [p for p, _ in tensor._edges if p._edges and p not in seen]
            seen.update(order)
        return order[::-1]

    def function(x):
        u = x * 2
        return u + (u.exp() * u).tanh().sin()

    assert gradcheck(function, inputs((3,)))
    monkeypatch.setattr(engine, "_parents_first", breadth_first)
    with pytest.raises(GradientError, match="input 0"):
        gradcheck(function, inputs((3,)))


def test_the_report_names_the_worst_element() -> None:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            wrong = g * 2
            wrong[1, 2] = float("nan") if ctx.needs_input_grad == () else 5 * wrong[1, 2]
            return wrong

    x = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    with pytest.raises(GradientError, match=r"finite difference is .* worst at \[1, 2\]"):
        gradcheck(Wrong.apply, x)


def test_nan_is_no_agreement() -> None:
    class Nan(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    with pytest.raises(GradientError, match="says nan"):
        gradcheck(Nan.apply, torch.rand(2, dtype=torch.float64, requires_grad=True))


def test_bad_input_is_refused() -> None:
    (x,) = inputs((3,))
    with pytest.raises(ValueError, match="none of the inputs has requires_grad"):
        gradcheck(lambda x: x, x.detach())
    single = Tensor(torch.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match=r"input 0 is torch.float32.*needs float64"):
        gradcheck(lambda x: x * x, single)
    assert gradcheck(lambda x: x * x, single, eps=1e-2, atol=1e-2, rtol=1e-2)
    with pytest.raises(ValueError, match="another result at a second call"):
        gradcheck(lambda x: x * torch.rand(3), x)
    with pytest.raises(ValueError, match="num_directions must be at least 1, got 0"):
        gradcheck(lambda x: x, x, num_directions=0)
    for step in (0, -1e-3, float("nan")):
        with pytest.raises(ValueError, match="step must be positive"):
            finite_difference(lambda x: x, 1.0, 1.0, step)


def test_finite_difference_takes_all_kinds() -> None:
    expected = 3 * 1.3**2 * 0.5
    for x, direction in (
        (1.3, 0.5),
        (np.array([1.3]), np.array([0.5])),
        (torch.tensor([1.3], dtype=torch.float64), torch.tensor([0.5], dtype=torch.float64)),
        (Tensor(torch.tensor([1.3], dtype=torch.float64), requires_grad=True), np.array([0.5])),
    ):
        slope = finite_difference(
            lambda x: (x**3).sum() if hasattr(x, "sum") else x**3, x, direction, 1e-5
        )
        assert type(slope) is float and slope == pytest.approx(expected, rel=1e-8)
    slope = finite_difference(lambda x: x * x, torch.ones(2), torch.tensor([1.0, 0.0]), 0.5)
    assert slope.tolist() == [2, 0]


def test_the_error_is_a_v() -> None:
    """It falls as h² until rounding takes over, which rises as 1/h."""
    steps = 10.0 ** -np.arange(1, 13)
    exact = float(np.exp(1.0))
    errors = np.array([abs(finite_difference(np.exp, 1.0, 1.0, h) - exact) for h in steps])
    assert errors[:4] == pytest.approx(exact / 6 * steps[:4] ** 2, rel=0.1)
    assert 4 <= errors.argmin() <= 6
    assert errors[-1] > 1e3 * errors.min()


def test_value_has_slopes_that_a_difference_confirms() -> None:
    x = Value(0.7)
    (x.tanh() * x.exp()).backward()
    numeric = finite_difference(lambda t: np.tanh(t) * np.exp(t), 0.7, 1.0, 1e-5)
    assert x.grad == pytest.approx(numeric, rel=1e-9)
