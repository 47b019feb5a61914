"""Every operation beside torch in float64, for each form of its arguments, values and gradients."""

import autograd.numpy as anp
import numpy as np
import pytest
import torch
from autograd import make_vjp
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.autograd import Tensor, cat, gradcheck, ops, stack, where


def numbers(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0) -> torch.Tensor:
    """Return uniform float64 numbers; the shape enters the seed, so that operands differ."""
    draw = torch.Generator().manual_seed(seed + sum(31**i * n for i, n in enumerate(shape)))
    return low + (high - low) * torch.rand(shape, generator=draw, dtype=torch.float64)


def positive(*shape: int) -> torch.Tensor:
    return numbers(*shape, low=0.3, high=2.0, seed=7)


def compare(function, *arrays, theirs=None, check: bool = True) -> None:
    """Compare value, dtype and every gradient with torch's, then with finite differences."""
    ours = [Tensor(x.clone(), requires_grad=x.is_floating_point()) for x in arrays]
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in arrays]
    y, expected = function(*ours), (theirs or function)(*leaves)
    assert y.shape == expected.shape and y.dtype == expected.dtype
    assert not y.data.requires_grad
    torch.testing.assert_close(y.data, expected.detach(), rtol=1e-12, atol=1e-12, equal_nan=True)
    cotangent = numbers(*y.shape, seed=99).to(y.dtype)
    with torch.inference_mode():
        y.backward(cotangent.clone())
    expected.backward(cotangent)
    for x, leaf in zip(ours, leaves, strict=True):
        assert (x.grad is None) == (leaf.grad is None)
        if x.grad is not None:
            assert x.grad.shape == x.shape and x.grad.dtype == x.dtype
            torch.testing.assert_close(x.grad, leaf.grad, rtol=1e-10, atol=1e-12, equal_nan=True)
    if check:
        assert gradcheck(function, [Tensor(x, requires_grad=True) for x in arrays])


A, B = numbers(3, 4), numbers(3, 4, seed=1)
BINARY = {
    "add": lambda a, b: a.add(b),
    "sub": lambda a, b: a.sub(b),
    "mul": lambda a, b: a.mul(b),
    "div": lambda a, b: a.div(b),
    "pow": lambda a, b: a.pow(b),
    "maximum": lambda a, b: a.maximum(b),
    "where": lambda a, b: (a * 2).add(b).mul(a.sub(b)),
}
BROADCASTS = [
    *(((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (1, 4)), ((3, 4), ())),
    *(((), (3,)), ((2, 3, 4), (3, 1)), ((1,), (1, 1)), ((2, 1, 4), (1, 3, 1)), ((0, 3), (1, 3))),
]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
def test_two_sides_broadcast(name: str, shapes) -> None:
    compare(BINARY[name], positive(*shapes[0]), numbers(*shapes[1], low=0.5, high=1.7))


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
CONSTANTS = {
    "number": 1.7,
    "int": 2,
    "numpy float": np.float64(0.8),
    "array": positive(4).numpy(),
    "tensor": positive(3, 1),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("kind", CONSTANTS)
@pytest.mark.parametrize("left", [False, True], ids=["right", "left"])
def test_constants_on_either_side(operator: str, kind: str, left: bool) -> None:
    constant = CONSTANTS[kind]
    apply = OPERATORS[operator]
    theirs = torch.from_numpy(constant) if isinstance(constant, np.ndarray) else constant
    theirs = float(theirs) if isinstance(theirs, np.generic) else theirs

    def function(x, c=constant):
        result = apply(c, x) if left else apply(x, c)
        assert isinstance(result, type(x))
        return result

    compare(function, positive(3, 4), theirs=lambda x: function(x, theirs))


@pytest.mark.parametrize("kind", ["array", "tensor", "engine"])
@pytest.mark.parametrize("left", [False, True], ids=["right", "left"])
def test_constant_matrices_on_either_side(kind: str, left: bool) -> None:
    matrix = numbers(4, 4, seed=3)
    constant = {"array": matrix.numpy(), "tensor": matrix, "engine": Tensor(matrix)}[kind]
    compare(
        lambda x: constant @ x if left else x @ constant,
        numbers(4, 4),
        theirs=lambda x: matrix @ x if left else x @ matrix,
    )


UNARY = {
    **{name: (lambda n: lambda a: getattr(a, n)())(name) for name in ("neg", "exp", "sin", "cos")},
    **{name: (lambda n: lambda a: getattr(a, n)())(name) for name in ("tanh", "sigmoid", "square")},
    "minus": lambda a: -a,
    "abs": lambda a: a.abs(),
    "abs()": lambda a: abs(a),
    "relu": lambda a: a.relu(),
    **{f"pow {power}": (lambda p: lambda a: a**p)(power) for power in (0, 1, 2, 3, -1, -2)},
    "clamp both": lambda a: a.clamp(-0.5, 0.7),
    "clamp min": lambda a: a.clamp(min=0.1),
    "clamp max": lambda a: a.clamp(max=0.1),
    "used twice": lambda a: a * a + a.exp() * a,
}
OF_POSITIVE = {
    **{name: (lambda n: lambda a: getattr(a, n)())(name) for name in ("log", "sqrt", "reciprocal")},
    "pow 0.5": lambda a: a.pow(0.5),
    "pow -1.5": lambda a: a**-1.5,
    "2 ** a": lambda a: 2**a,
    "0.5 ** a": lambda a: 0.5**a,
    "a ** a": lambda a: a**a,
}


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (0, 2)], ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_an_element(name: str, shape) -> None:
    compare(UNARY[name], numbers(*shape))


@pytest.mark.parametrize("name", OF_POSITIVE)
def test_functions_of_a_positive_element(name: str) -> None:
    compare(OF_POSITIVE[name], positive(3, 4))


EDGES = torch.tensor([0.0, -0.0, 1.0, 1.0, -1.0, 2.0, float("inf"), -float("inf"), float("nan")])
AT_EDGES = {
    **{k: UNARY[k] for k in ("abs", "relu", "square", "exp", "tanh", "sigmoid", "sin")},
    **{k: OF_POSITIVE[k] for k in ("log", "sqrt", "reciprocal", "2 ** a", "pow 0.5")},
    **{k: UNARY[k] for k in ("pow 0", "pow 1", "pow 2", "pow -1")},
    "clamp": lambda a: a.clamp(-1, 1),
    "0 ** a": lambda a: 0**a,
    "relu of log": lambda a: a.relu().log(),
    "log of relu": lambda a: a.relu().sqrt(),
}


@pytest.mark.parametrize("name", AT_EDGES)
def test_kinks_infinities_and_nan_are_torchs(name: str) -> None:
    compare(AT_EDGES[name], EDGES.double(), check=False)


def test_ties_and_zeros_of_two_sides_are_torchs() -> None:
    grid = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0, float("nan")], dtype=torch.float64)
    a, b = grid.repeat(6), grid.repeat_interleave(6)
    compare(lambda a, b: a.maximum(b), a, b, check=False)
    compare(lambda a, b: a**b, a, b, check=False)
    compare(lambda a, b: a / b, a, b, check=False)


MATRICES = [
    *(((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4))),
    *(((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,))),
    *(((6, 1, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((0, 3), (3, 2)), ((2, 0), (0, 3))),
]


@pytest.mark.parametrize("shapes", MATRICES, ids=str)
def test_matmul(shapes) -> None:
    compare(lambda a, b: a @ b, numbers(*shapes[0]), numbers(*shapes[1]))
    compare(lambda a, b: a.matmul(b), numbers(*shapes[0]), numbers(*shapes[1]), check=False)


@pytest.mark.parametrize("shape", [(4,), (2, 4), (1, 4), (2, 1), ()], ids=str)
def test_addmm(shape) -> None:
    compare(lambda c, a, b: c.addmm(a, b), numbers(*shape), numbers(2, 3), numbers(3, 4))


DIMS = [None, 0, 1, -1, (0,), (0, 2), (-1, 0), (0, 1, 2)]


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", DIMS, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "logsumexp"])
def test_reductions(name: str, dim, keepdim: bool) -> None:
    x = numbers(2, 3, 4)
    if dim is None:
        if name == "logsumexp":
            return
        compare(lambda a: getattr(a, name)(), x)
        if name != "amax":
            compare(lambda a: getattr(a, name)(dim, keepdim), x, check=False)
        return
    compare(lambda a: getattr(a, name)(dim, keepdim), x)
    compare(lambda a: getattr(a, name)(dim=dim, keepdim=keepdim), x, check=False)
    if dim in (0, -1):
        compare(lambda a: getattr(a, name)(dim), numbers(), check=False)


def test_reductions_with_ties_infinities_and_nothing_are_torchs() -> None:
    tied = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, 0.0, -1.0]], dtype=torch.float64)
    for dim in ((), 0, 1, (0, 1)):
        compare(lambda a, dim=dim: a.amax(dim), tied, check=False)
    compare(lambda a: a.amax(1), EDGES.double().reshape(3, 3), check=False)
    compare(lambda a: a.sum(()), tied)
    infinite = torch.tensor([[1.0, -torch.inf], [torch.inf, 0.0]], dtype=torch.float64)
    compare(lambda a: a.logsumexp(1), infinite, check=False)
    compare(lambda a: a.sum(0), numbers(0, 3))
    compare(lambda a: a.sum(), numbers(0, 3))
    compare(lambda a: a.mean(1), numbers(0, 3))


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name: str, dim: int) -> None:
    compare(lambda a: getattr(a, name)(dim), numbers(3, 4))
    compare(lambda a: getattr(a, name)(dim=dim), 1e4 * numbers(3, 4), check=False)


SHAPES = {
    "reshape": lambda a: a.reshape(6, 4),
    "reshape tuple": lambda a: a.reshape((4, 6)),
    "reshape -1": lambda a: a.reshape(-1),
    "reshape size": lambda a: a.reshape(a.shape[0], -1),
    "transpose": lambda a: a.transpose(0, 2),
    "transpose negative": lambda a: a.transpose(-1, 1),
    "permute": lambda a: a.permute(2, 0, 1),
    "permute tuple": lambda a: a.permute((1, 2, 0)),
    "permute negative": lambda a: a.permute(-1, 0, -2),
    "expand": lambda a: a.unsqueeze(0).expand(5, -1, -1, -1),
    "expand tuple": lambda a: a.reshape(24, 1).expand((24, 3)),
    "expand two": lambda a: a.reshape(1, 24, 1).expand(2, 24, 3),
    "squeeze": lambda a: a.reshape(1, 24, 1).squeeze(),
    "squeeze dim": lambda a: a.reshape(1, 24, 1).squeeze(0),
    "squeeze not one": lambda a: a.squeeze(1),
    "squeeze dims": lambda a: a.reshape(1, 24, 1).squeeze((0, -1)),
    "unsqueeze": lambda a: a.unsqueeze(-1).unsqueeze(0),
    "T": lambda a: a.reshape(4, 6).T,
    "transpose and change": lambda a: a.transpose(0, 1) * a.transpose(0, 1).exp(),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    compare(SHAPES[name], numbers(2, 3, 4))


ROWS, COLUMNS = torch.tensor([0, 2, 2, 1, 2]), torch.tensor([3, 1, 1, 0, 1])
INDICES = {
    "int": 1,
    "negative int": -1,
    "slice": slice(0, 2),
    "step": slice(None, None, 2),
    "none": None,
    "ellipsis": Ellipsis,
    "ints": (1, 2),
    "mixed": (Ellipsis, None, 1),
    "slices": (slice(1, None), None, slice(0, 3), 0),
    "empty": (),
    "integers": ROWS,
    "array": ROWS.numpy(),
    "list": [0, 2, 2],
    "uint8 mask free": torch.tensor([[0, 1], [2, 2]]),
    "pairs": (ROWS, COLUMNS),
    "pair of arrays": (ROWS.numpy(), COLUMNS.numpy()),
    "pair and int": (ROWS, 1),
    "pair and slice": (slice(None), COLUMNS),
    "slice between": (ROWS, slice(1, 3), torch.tensor([1, 0, 0, 1, 1])),
    "with none": (None, ROWS),
    "ellipsis and integers": (Ellipsis, torch.tensor([1, 1, 0])),
    "negative integers": torch.tensor([-1, 0, -1]),
    "broadcast": (torch.tensor([[0], [2]]), torch.tensor([1, 1, 3])),
}


@pytest.mark.parametrize("name", INDICES)
def test_indexing(name: str) -> None:
    index = INDICES[name]
    theirs = index
    if isinstance(index, tuple):
        theirs = tuple(torch.as_tensor(i) if isinstance(i, np.ndarray) else i for i in index)
    compare(lambda a: a[index], numbers(3, 4, 2), theirs=lambda a: a[theirs])


def test_indexing_by_booleans_and_by_tensors_of_the_engine() -> None:
    x = numbers(3, 4)
    compare(lambda a: a[x > 0], x)
    compare(lambda a: a[:, torch.tensor([True, False, True, True])], x)
    compare(lambda a: a[(x > 0).numpy()], x, theirs=lambda a: a[x > 0])
    compare(lambda a: a[Tensor(ROWS)], x, theirs=lambda a: a[ROWS])
    compare(lambda a: a[a > 0.3] * 2, x)
    assert len(Tensor(x)) == 3
    compare(lambda a: sum(row * (i + 1) for i, row in enumerate(a)), x)


@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_cat_and_stack(dim: int) -> None:
    x = numbers(3, 3)
    y = numbers(2, 3) if dim in (0, -2) else numbers(3, 2)
    compare(
        lambda a, b: cat([a, b, a * a], dim),
        *(x, y),
        theirs=lambda a, b: torch.cat([a, b, a * a], dim),
    )
    compare(
        lambda a, b: stack((a, b, x), dim=dim),
        *(x, numbers(3, 3, seed=5)),
        theirs=lambda a, b: torch.stack((a, b, x), dim=dim),
    )


@pytest.mark.parametrize("shapes", BROADCASTS[:-1], ids=str)
def test_where(shapes) -> None:
    condition = numbers(3, 4, seed=11) > 0 if shapes[0] == (3, 4) else torch.tensor(True)
    a, b = numbers(*shapes[0]), numbers(*shapes[1])
    theirs = lambda a, b: torch.where(condition, a, b)  # noqa: E731
    compare(lambda a, b: where(condition, a, b), a, b, theirs=theirs)
    compare(lambda a, b: where(condition.numpy(), a, b), a, b, theirs=theirs, check=False)
    compare(lambda a, b: where(Tensor(condition), a, b), a, b, theirs=theirs, check=False)
    compare(lambda a: where(condition, a, 0.0), a, theirs=lambda a: torch.where(condition, a, 0.0))
    compare(lambda a: where(condition, 1.0, a), a, theirs=lambda a: torch.where(condition, 1.0, a))


def test_where_keeps_the_branch_not_taken_out_of_the_gradient() -> None:
    compare(
        lambda a: where(a > 0, a.sqrt(), a * 2),
        torch.tensor([4.0, 1.0, -1.0], dtype=torch.float64).clamp(min=-3),
        theirs=lambda a: torch.where(a > 0, a.sqrt(), a * 2),
        check=False,
    )


FROM_TORCH = {
    "exp": lambda a: torch.exp(a) + torch.tanh(a) + torch.relu(a) + torch.abs(a),
    "cat": lambda a: torch.cat([a, A], 1),
    "sum": lambda a: torch.sum(a, 1) * torch.mean(a, dim=1) + torch.amax(a, 1),
    "where": lambda a: torch.where(a > 0, a, 0.1 * a),
    "softmax": lambda a: torch.softmax(a, 1) * torch.log_softmax(a, 0),
    "arithmetic": lambda a: torch.maximum(A, torch.mul(a, 2)) - torch.div(B, torch.add(a, 9)),
    "stack": lambda a: torch.stack([a, a * a], 2),
    "shape": lambda a: torch.squeeze(torch.unsqueeze(torch.transpose(a, 0, 1), 0)),
    "reflected": lambda a: A + a - (B - a) * (A * a) / (B.square() + a.square() + 1),
    "power": lambda a: (A.square() + 1) ** a,
    "matmul": lambda a: A.T @ a + torch.matmul(a.reshape(4, 3), A.reshape(3, 4)),
    "compare": lambda a: (
        torch.where(a < A, a, torch.where(torch.gt(A, a), A, 0.0))
        + torch.where(torch.ge(A, a), a, A)
    ),
    "clamp": lambda a: torch.clamp(a, min=0.0),
    "sigmoid": lambda a: torch.sigmoid(torch.neg(a)).reshape(2, 6).permute(1, 0),
}


@pytest.mark.parametrize("name", FROM_TORCH)
def test_functions_of_torch_come_to_the_engine(name: str) -> None:
    compare(FROM_TORCH[name], numbers(3, 4, seed=2))


# An oracle that is not torch


ORACLES = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "mul": (lambda a, b: a * b, lambda a, b: a * b),
    "div": (lambda a, b: a / b, lambda a, b: a / b),
    "sub": (lambda a, b: a - b, lambda a, b: a - b),
    "pow": (lambda a, b: a**b, lambda a, b: a**b),
    "matmul": (lambda a, b: a.T @ b, lambda a, b: anp.matmul(a.T, b)),
    "maximum": (lambda a, b: a.maximum(b), anp.maximum),
    "exp": (lambda a, b: a.exp(), lambda a, b: anp.exp(a)),
    "log": (lambda a, b: a.log(), lambda a, b: anp.log(a)),
    "sqrt": (lambda a, b: a.sqrt(), lambda a, b: anp.sqrt(a)),
    "square": (lambda a, b: b.square(), lambda a, b: anp.square(b)),
    "reciprocal": (lambda a, b: a.reciprocal(), lambda a, b: 1 / a),
    "abs": (lambda a, b: b.abs(), lambda a, b: anp.abs(b)),
    "sin": (lambda a, b: b.sin(), lambda a, b: anp.sin(b)),
    "cos": (lambda a, b: b.cos(), lambda a, b: anp.cos(b)),
    "tanh": (lambda a, b: b.tanh(), lambda a, b: anp.tanh(b)),
    "sigmoid": (lambda a, b: b.sigmoid(), lambda a, b: 1 / (1 + anp.exp(-b))),
    "relu": (lambda a, b: b.relu(), lambda a, b: anp.maximum(b, 0)),
    "neg": (lambda a, b: -b, lambda a, b: -b),
    "clamp": (lambda a, b: b.clamp(-1, 1), lambda a, b: anp.clip(b, -1, 1)),
    "sum": (lambda a, b: b.sum((0, 1)), lambda a, b: anp.sum(b, axis=(0, 1))),
    "mean": (lambda a, b: b.mean(0, True), lambda a, b: anp.mean(b, axis=0, keepdims=True)),
    "amax": (lambda a, b: b.amax(1), lambda a, b: anp.max(b, axis=1)),
    "logsumexp": (
        lambda a, b: b.logsumexp(1),
        lambda a, b: anp.log(anp.sum(anp.exp(b), axis=1)),
    ),
    "softmax": (
        lambda a, b: b.softmax(1),
        lambda a, b: anp.exp(b) / anp.sum(anp.exp(b), axis=1, keepdims=True),
    ),
    "log_softmax": (
        lambda a, b: b.log_softmax(0),
        lambda a, b: b - anp.log(anp.sum(anp.exp(b), axis=0, keepdims=True)),
    ),
    "reshape": (lambda a, b: b.reshape(2, 6), lambda a, b: anp.reshape(b, (2, 6))),
    "transpose": (lambda a, b: b.transpose(0, 1), lambda a, b: anp.transpose(b)),
    "expand": (
        lambda a, b: b.unsqueeze(0).expand(2, 3, 4),
        lambda a, b: anp.stack([b, b]),
    ),
    "getitem": (lambda a, b: b[ROWS, COLUMNS], lambda a, b: b[ROWS.numpy(), COLUMNS.numpy()]),
    "cat": (lambda a, b: cat([a, b], 1), lambda a, b: anp.concatenate([a, b], axis=1)),
    "stack": (lambda a, b: stack([a, b], 1), lambda a, b: anp.stack([a, b], axis=1)),
    "where": (lambda a, b: where(b > 0, a, b), lambda a, b: anp.where(b > 0, a, b)),
}


@pytest.mark.parametrize("name", ORACLES)
def test_operations_agree_with_hips_autograd(name: str) -> None:
    ours, theirs = ORACLES[name]
    arrays = [positive(3, 4).numpy(), numbers(3, 4, seed=4).numpy()]
    for place in (0, 1):
        tensors = [Tensor(x, requires_grad=i == place) for i, x in enumerate(arrays)]
        y = ours(*tensors)
        np.testing.assert_allclose(y.data.numpy(), theirs(*arrays), rtol=1e-12, atol=1e-14)
        if y.requires_grad:
            pull, _ = make_vjp(theirs, argnum=place)(*arrays)
            cotangent = numbers(*y.shape, seed=8)
            y.backward(cotangent)
            np.testing.assert_allclose(
                tensors[place].grad.numpy(), pull(cotangent.numpy()), rtol=1e-11, atol=1e-13
            )


class Through(torch.autograd.Function):
    """A function of the engine as one node of torch's graph, for torch's own gradcheck."""

    @staticmethod
    def forward(ctx, function, *inputs):
        ctx.tensors = [Tensor(x, requires_grad=True) for x in inputs]
        ctx.result = function(*ctx.tensors)
        return ctx.result.data.clone()

    @staticmethod
    def backward(ctx, grad):
        for x in ctx.tensors:
            x.grad = None
        ctx.result.backward(grad)
        return None, *(torch.zeros_like(x.data) if x.grad is None else x.grad for x in ctx.tensors)


@pytest.mark.parametrize("name", ORACLES)
def test_gradcheck_of_torch_passes_through_the_engine(name: str) -> None:
    inputs = [positive(3, 4).requires_grad_(), numbers(3, 4, seed=4).requires_grad_()]
    assert torch.autograd.gradcheck(lambda *x: Through.apply(ORACLES[name][0], *x), inputs)


# Broadcasting, whatever the shapes


@st.composite
def pairs_of_shapes(draw):
    """Return two shapes that broadcast, each with axes dropped or shortened to 1."""
    full = draw(st.lists(st.integers(0, 3), max_size=4))

    def narrowed():
        kept = full[draw(st.integers(0, len(full))) :]
        return tuple(1 if draw(st.booleans()) else size for size in kept)

    return narrowed(), narrowed()


@settings(max_examples=150, deadline=None)
@given(pairs_of_shapes(), st.sampled_from(sorted(BINARY)))
def test_any_broadcast_on_either_side_is_torchs(shapes, name: str) -> None:
    a, b = positive(*shapes[0]), numbers(*shapes[1], low=0.5, high=1.7)
    compare(BINARY[name], a, b, check=False)


@settings(max_examples=100, deadline=None)
@given(pairs_of_shapes(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_any_batch_of_matrices_is_torchs(shapes, n: int, k: int, m: int) -> None:
    a, b = numbers(*shapes[0], n, k), numbers(*shapes[1], k, m)
    compare(lambda a, b: a @ b, a, b, check=False)


@settings(max_examples=100, deadline=None)
@given(pairs_of_shapes())
def test_unbroadcast_sums_over_the_copies(shapes) -> None:
    """The original gets what its copies get: ⟨g, expand x⟩ = ⟨unbroadcast g, x⟩."""
    whole = torch.broadcast_shapes(*shapes)
    g, x = numbers(*whole, seed=1), numbers(*shapes[0])
    back = ops.unbroadcast(g, shapes[0])
    assert back.shape == shapes[0]
    torch.testing.assert_close((back * x).sum(), (g * x.expand(whole)).sum())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_dtype_follows_the_data(dtype: torch.dtype) -> None:
    def function(x, w, b):
        h = (x @ w + b).relu()
        return -(h * 2.0).log_softmax(1)[torch.arange(3), torch.tensor([0, 1, 1])].mean() / 3

    arrays = [numbers(3, 4), numbers(4, 2), numbers(2)]
    ours = [Tensor(a.to(dtype), requires_grad=True) for a in arrays]
    leaves = [a.to(dtype).requires_grad_() for a in arrays]
    y, expected = function(*ours), function(*leaves)
    y.backward()
    expected.backward()
    assert y.dtype == dtype
    tolerance = 4 * torch.finfo(dtype).eps
    torch.testing.assert_close(y.data, expected.detach(), rtol=tolerance, atol=tolerance)
    for x, leaf in zip(ours, leaves, strict=True):
        assert x.grad.dtype == dtype
        torch.testing.assert_close(x.grad, leaf.grad, rtol=tolerance, atol=tolerance)


def test_where_two_dtypes_meet_each_gradient_has_its_own() -> None:
    for function in (lambda a, b: a * b, lambda a, b: a.maximum(b), lambda a, b: a**b):
        a, b = positive(3, 1).float(), positive(4)
        ours = [Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)]
        function(*ours).sum().backward()
        assert [x.grad.dtype for x in ours] == [torch.float32, torch.float64]
        leaves = [a.clone().requires_grad_(), b.clone().requires_grad_()]
        function(*leaves).sum().backward()
        torch.testing.assert_close(ours[0].grad, leaves[0].grad, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(ours[1].grad, leaves[1].grad)
    compare(lambda a, b: a * b, A, torch.tensor([1, 2, 3, 4]), check=False)
