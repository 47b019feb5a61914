"""The engine on single numbers, beside torch, closed forms and HIPS autograd."""

import gc
import math
import weakref

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.autograd import Value

# (function of Values or torch tensors, the same for HIPS autograd where it is written otherwise)
ONE_SIDE = {
    "neg": lambda x: -x,
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu(),
    "abs": lambda x: x.abs(),
    "3 + x": lambda x: 3 + x,
    "x + 3": lambda x: x + 3,
    "3 - x": lambda x: 3 - x,
    "x - 3": lambda x: x - 3,
    "3 * x": lambda x: 3 * x,
    "x * 3": lambda x: x * 3,
    "3 / x": lambda x: 3 / x,
    "x / 3": lambda x: x / 3,
    "x ** 3": lambda x: x**3,
    "x ** 0": lambda x: x**0,
    "x ** -1.5": lambda x: x**-1.5,
    "3 ** x": lambda x: 3**x,
    "x + x": lambda x: x + x,
    "x * x": lambda x: x * x,
    "x ** x": lambda x: x**x,
    "shared": lambda x: (x * x + x) * (x * x - 1 / x).tanh(),
}
TWO_SIDES = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "shared": lambda x, y: (x * y + x / y) * x - y,
}
HIPS = {
    "exp": anp.exp,
    "log": anp.log,
    "sin": anp.sin,
    "cos": anp.cos,
    "tanh": anp.tanh,
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "relu": lambda x: anp.maximum(x, 0.0),
    "abs": anp.abs,
    "shared": lambda x: (x * x + x) * anp.tanh(x * x - 1 / x),
}


@pytest.mark.parametrize("at", [0.4, 1.7])
@pytest.mark.parametrize("name", ONE_SIDE)
def test_operations_of_one_value(name: str, at: float) -> None:
    function = ONE_SIDE[name]
    x, leaf = Value(at), torch.tensor(at, dtype=torch.float64, requires_grad=True)
    y, expected = function(x), function(leaf)
    assert type(y.data) is float and y.data == pytest.approx(expected.item(), rel=1e-14)
    y.backward()
    expected.backward()
    assert x.grad == pytest.approx(leaf.grad.item(), rel=1e-12, abs=1e-15)
    if name != "x ** 0":  # HIPS autograd warns that nothing depends on x
        assert x.grad == pytest.approx(autograd.grad(HIPS.get(name, function))(at), rel=1e-12)


@pytest.mark.parametrize("name", TWO_SIDES)
def test_operations_of_two_values(name: str) -> None:
    function = TWO_SIDES[name]
    for a, b in ((1.3, 0.7), (0.2, -2.5)):
        x, y = Value(a), Value(b)
        function(x, y).backward()
        expected = tuple(map(float, autograd.grad(function, (0, 1))(a, b)))
        assert (x.grad, y.grad) == pytest.approx(expected, rel=1e-12)


def test_negative_numbers_and_kinks_follow_torch() -> None:
    for name in ("relu", "abs", "x ** 3", "tanh", "sigmoid", "x ** 0"):
        for at in (-1.3, 0.0, -0.0):
            x, leaf = Value(at), torch.tensor(at, dtype=torch.float64, requires_grad=True)
            ONE_SIDE[name](x).backward()
            ONE_SIDE[name](leaf).backward()
            assert x.grad == pytest.approx(leaf.grad.item(), abs=1e-15)


@pytest.mark.parametrize("x", [-700.0, -40.0, -1.0, 1.0, 40.0, 700.0])
def test_the_sigmoid_keeps_its_tails(x: float) -> None:
    """To the last digits where 1 - sigmoid would be 0, as the logarithm of a loss needs them."""
    value = Value(x)
    y = value.sigmoid()
    y.backward()
    tail = math.exp(-abs(x))
    assert y.data == pytest.approx(tail / (1 + tail) if x < 0 else 1 / (1 + tail), rel=1e-14, abs=0)
    assert value.grad == pytest.approx(tail / (1 + tail) ** 2, rel=1e-14, abs=0)


def test_sigmoid_and_tanh_of_huge_numbers() -> None:
    for at, expected in ((1e4, 1.0), (-1e4, 0.0)):
        x = Value(at)
        y = x.sigmoid()
        y.backward()
        assert y.data == expected and x.grad == 0


@st.composite
def programs(draw):
    """Return (operation, place, place) for each step of a computation that shares values."""
    size = draw(st.integers(1, 25))
    return [
        (draw(st.sampled_from("+-*t")), draw(st.integers(0, 2 + i)), draw(st.integers(0, 2 + i)))
        for i in range(size)
    ]


def run(program, leaves):
    made = list(leaves)
    for operation, a, b in program:
        x, y = made[a], made[b]
        made.append({"+": x + y, "-": x - y, "*": x * y, "t": x.tanh()}[operation])
    return sum(made[1:], made[0]).tanh()


@settings(max_examples=150, deadline=None)
@given(programs(), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_any_computation_has_torchs_gradient(program, numbers) -> None:
    ours = [Value(x) for x in numbers]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    run(program, ours).backward()
    run(program, theirs).backward()
    for x, y in zip(ours, theirs, strict=True):
        assert x.grad == pytest.approx(y.grad.item(), rel=1e-8, abs=1e-10)


def test_every_value_on_the_way_gets_its_gradient() -> None:
    x = Value(3)
    square = x * x
    result = 2 * square
    result.backward()
    assert (result.grad, square.grad, x.grad) == (1, 2, 12)


def test_a_second_backward_adds_the_same_again() -> None:
    x, y = Value(2), Value(5)
    h = x * y
    z = h * h + x
    z.backward()
    first = x.grad, y.grad, h.grad
    z.backward()
    assert (x.grad, y.grad, h.grad) == tuple(2 * g for g in first)
    (h * 3).backward()
    assert h.grad == 2 * first[2] + 3


def test_a_chain_of_50_000_operations_and_its_end() -> None:
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y + 0.5
    y.backward()
    assert x.grad == 1 and y.data == 25_001
    probe = weakref.ref(y)
    gc.disable()
    try:
        del y
        assert probe() is None
    finally:
        gc.enable()


def test_many_paths_cost_one_visit_each() -> None:
    x = y = Value(1.0)
    for _ in range(300):
        y = 0.5 * y + 0.5 * y
    y.backward()
    assert x.grad == 1


def test_no_cycle_keeps_a_graph_alive() -> None:
    gc.disable()
    try:
        x = Value(2.0)
        h = x.exp() * x
        probe = weakref.ref(h)
        z = (h + x.tanh()) / h
        z.backward()
        del h
        assert probe() is not None
        del z
        assert probe() is None
    finally:
        gc.enable()


def test_what_it_says_about_itself() -> None:
    x = Value(2)
    y = x * x
    assert repr(x) == "Value(2, grad=0)" and repr(y) == "Value(4, grad=0, op='×')"
    assert type(x.data) is float and x.parents == () and y.parents == (x, x)
    assert y.slopes == (2.0, 2.0) and (-x).slopes == (-1.0,) and x.slopes == ()


def test_numbers_of_numpy_stand_on_either_side() -> None:
    x = Value(2)
    for number in (np.float64(3), np.float32(3), np.int64(3)):
        right = (x * number, x + number, x - number, x / number, x**number)
        for y in (*right, number * x, number + x, number - x, number / x, number**x):
            assert isinstance(y, Value) and {type(z) for z in (y.data, *y.slopes)} == {float}


REFUSED = {
    "text": (lambda: Value("three"), ValueError),
    "array": (lambda: Value(np.zeros(3)), TypeError),
    "none": (lambda: Value(None), TypeError),
    "complex": (lambda: Value(1j), TypeError),
    "operand": (lambda: Value(1) * "a", TypeError),
    "array operand": (lambda: np.zeros(3) * Value(1), TypeError),
    "log of 0": (lambda: Value(0).log(), ValueError),
    "division by 0": (lambda: Value(1) / Value(0), ZeroDivisionError),
    "root of a negative number": (lambda: Value(-1) ** 0.5, TypeError),
    "overflow": (lambda: Value(1e4).exp(), OverflowError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_real_number_is_refused(name: str) -> None:
    make, error = REFUSED[name]
    with pytest.raises(error):
        make()


def test_it_agrees_with_micrograd() -> None:
    from micrograd.engine import Value as Micrograd

    def function(x, y):
        c = x * y + y**3
        d = c * 2 + (y + x).relu()
        return d * d / (c + 7) - (x - y) / 2

    ours, theirs = (Value(-1.5), Value(2.5)), (Micrograd(-1.5), Micrograd(2.5))
    y, expected = function(*ours), function(*theirs)
    y.backward()
    expected.backward()
    assert math.isclose(y.data, expected.data)
    assert [v.grad for v in ours] == pytest.approx([v.grad for v in theirs])
