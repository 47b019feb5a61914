"""The labelled equations of book/training/backpropagation.md, each checked by another route."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.optimize import approx_fprime, minimize_scalar
from torch.utils.flop_counter import FlopCounterMode

from dlbook.autograd import Tensor, Value, graph

NUMBERS = {"x": 2, "w": 3, "b": -4, "v": 2, "y": 5}


def running_example(x, w, b, v, y):
    """Return the loss of the unit with a shortcut, on plain numbers."""
    u = w * x + b
    return (u + v * max(u, 0) - y) ** 2


def values():
    """Return the running example as Values: the inputs by name, and the loss."""
    inputs = {name: Value(number) for name, number in NUMBERS.items()}
    u = inputs["w"] * inputs["x"] + inputs["b"]
    e = u + inputs["v"] * u.relu() - inputs["y"]
    return inputs, e * e


def arrows(root):
    """Return (start, end, slope) for each arrow of a graph, with nodes by their place."""
    nodes, _ = graph(root)
    place = {id(node): i for i, node in enumerate(nodes)}
    return nodes, [
        (place[id(parent)], place[id(node)], slope)
        for node in nodes
        for parent, slope in zip(node.parents, node.slopes, strict=True)
    ]


def paths(start, end, edges):
    """Yield every path as its list of slopes."""
    if start == end:
        yield []
    for a, b, slope in edges:
        if a == start:
            yield from ([slope, *rest] for rest in paths(b, end, edges))


@pytest.mark.eq("eq-example")
def test_the_running_example_has_the_numbers_of_the_page():
    inputs, loss = values()
    assert loss.data == running_example(**NUMBERS) == 1
    loss.backward()
    slopes = {name: value.grad for name, value in inputs.items()}
    assert slopes == {"x": 18, "w": 12, "b": 6, "v": 4, "y": -2}


@pytest.mark.eq("eq-example")
def test_its_slopes_are_those_of_differences_in_exact_arithmetic():
    inputs, loss = values()
    loss.backward()
    h = Fraction(1, 10**9)
    for name, value in inputs.items():
        up = running_example(**NUMBERS | {name: NUMBERS[name] + h})
        down = running_example(**NUMBERS | {name: NUMBERS[name] - h})
        assert float((up - down) / (2 * h)) == pytest.approx(value.grad, abs=1e-6)


@pytest.mark.eq("eq-local")
@pytest.mark.parametrize(
    ("operation", "function"),
    [
        (lambda p, q: p + q, lambda z: z[0] + z[1]),
        (lambda p, q: p * q, lambda z: z[0] * z[1]),
        (lambda p, q: p * p, lambda z: z[0] ** 2),
        (lambda p, q: p.relu(), lambda z: max(z[0], 0.0)),
    ],
)
@pytest.mark.parametrize("point", [(1.5, -0.5), (-2.0, 3.0)])
def test_local_slopes_are_those_of_school(operation, function, point):
    inputs = [Value(z) for z in point]
    operation(*inputs).backward()
    expected = approx_fprime(np.array(point), function, 1e-7)
    assert [value.grad for value in inputs] == pytest.approx(expected.tolist(), abs=1e-5)


@pytest.mark.eq("eq-local")
def test_at_zero_the_relu_has_the_slope_zero():
    p = Value(0)
    p.relu().backward()
    assert p.grad == 0


@pytest.mark.eq("eq-chain")
def test_slopes_multiply_along_a_path():
    p = Value(0.3)
    p.sin().exp().tanh().backward()
    outer = 1 - math.tanh(math.exp(math.sin(0.3))) ** 2
    assert p.grad == pytest.approx(outer * math.exp(math.sin(0.3)) * math.cos(0.3))


@pytest.mark.eq("eq-paths")
def test_the_slope_is_the_sum_over_all_paths():
    inputs, loss = values()
    loss.backward()
    nodes, edges = arrows(loss)
    for node in nodes:
        total = sum(math.prod(path) for path in paths(nodes.index(node), len(nodes) - 1, edges))
        assert total == node.grad
    w = nodes.index(inputs["w"])
    products = sorted(math.prod(p) for p in paths(w, len(nodes) - 1, edges))
    assert products == [2, 2, 4, 4]  # e·e: each way counts once for either factor


@pytest.mark.eq("eq-adjoint")
def test_a_cotangent_collects_from_those_that_use_the_node():
    """The equation as a system of linear equations, solved at once instead of node by node."""
    _, loss = values()
    loss.backward()
    nodes, edges = arrows(loss)
    local = np.zeros((len(nodes), len(nodes)))
    for start, end, slope in edges:
        local[start, end] += slope
    last = np.eye(len(nodes))[-1]
    cotangents = np.linalg.solve(np.eye(len(nodes)) - local, last)
    assert cotangents.tolist() == pytest.approx([node.grad for node in nodes])


class Spy(Value):
    """A value that notes when its slope is stored."""

    log: list["Spy"] = []  # noqa: RUF012
    __slots__ = ("_grad",)

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, number):
        if number:
            Spy.log.append(self)
        self._grad = number


def test_backward_visits_a_node_after_all_that_was_computed_from_it():
    Spy.log.clear()
    inputs = [Spy(number) for number in (2, 3, -4, 2)]
    x, w, b, v = inputs
    product = Spy(6, "×", w, 2.0, x, 3.0)
    u = Spy(2, "+", product, 1.0, b, 1.0)
    h = Spy(2, "relu", u, 1.0)
    scaled = Spy(4, "×", v, 2.0, h, 2.0)
    result = Spy(6, "+", u, 1.0, scaled, 1.0)
    result.backward()
    order = [Spy.log.index(node) for node in (result, scaled, h, u, product)]
    assert order == sorted(order)
    assert len(Spy.log) == 9  # each once
    assert u.grad == 3


def test_the_order_that_is_drawn_is_the_order_of_the_walk():
    """The figure numbers the nodes of ``graph`` from the end; ``backward`` stores slopes so."""
    Spy.log.clear()
    x, w, b, v = (Spy(number) for number in (2, 3, -4, 2))
    product = Spy(6, "×", w, 2.0, x, 3.0)
    u = Spy(2, "+", product, 1.0, b, 1.0)
    scaled = Spy(4, "×", v, 2.0, Spy(2, "relu", u, 1.0), 2.0)
    result = Spy(6, "+", u, 1.0, scaled, 1.0)
    result.backward()
    drawn_order = list(reversed(graph(result)[0]))
    assert [id(node) for node in Spy.log] == [id(node) for node in drawn_order]


@pytest.mark.eq("eq-matmul")
def test_the_rule_of_the_matrix_product_entry_by_entry():
    rng = np.random.default_rng(3)
    x, w, cotangent = (rng.normal(size=shape) for shape in ((2, 3), (3, 4), (2, 4)))
    ours = [Tensor(torch.tensor(a), requires_grad=True) for a in (x, w)]
    (ours[0] @ ours[1]).backward(torch.tensor(cotangent))
    x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
    for i, j, k in itertools.product(range(2), range(3), range(4)):
        x_bar[i, j] += cotangent[i, k] * w[j, k]
        w_bar[j, k] += x[i, j] * cotangent[i, k]
    np.testing.assert_allclose(ours[0].grad, x_bar)
    np.testing.assert_allclose(ours[1].grad, w_bar)
    np.testing.assert_allclose(x_bar, cotangent @ w.T)
    np.testing.assert_allclose(w_bar, x.T @ cotangent)


@pytest.mark.eq("eq-unbroadcast")
def test_what_was_spread_is_summed():
    cotangent = np.random.default_rng(4).normal(size=(5, 3))
    bias = Tensor(torch.zeros(3, dtype=torch.float64), requires_grad=True)
    (Tensor(torch.ones(5, 3, dtype=torch.float64)) + bias).backward(torch.tensor(cotangent))
    np.testing.assert_allclose(bias.grad, [math.fsum(column) for column in cotangent.T])


@pytest.mark.eq("eq-expand")
@pytest.mark.eq("eq-central")
def test_the_expansion_and_what_is_left_of_it():
    """For f = exp all derivatives are known; the rest is of the next order."""
    for h in (0.1, 0.05):
        odd, even = h + h**3 / 6, 1 + h**2 / 2
        assert math.exp(h) == pytest.approx(even + odd, abs=h**4)
        assert math.exp(-h) == pytest.approx(even - odd, abs=h**4)
        difference = (math.exp(h) - math.exp(-h)) / (2 * h)
        assert difference == pytest.approx(1 + h**2 / 6, abs=h**4)


@pytest.mark.eq("eq-fd-error")
def test_the_error_of_a_difference_keeps_under_its_estimate():
    """For sin at 1: third derivative −cos 1; the estimate bounds the error, and is not idle."""
    f, third = math.sin(1.0), math.cos(1.0)
    for exponent in range(-12, -1):
        h = 10.0**exponent
        error = abs((math.sin(1 + h) - math.sin(1 - h)) / (2 * h) - math.cos(1.0))
        estimate = h**2 / 6 * third + 2.0**-53 * f / h
        assert error <= 6 * estimate
    long = abs((math.sin(1.1) - math.sin(0.9)) / 0.2 - math.cos(1.0))
    assert long == pytest.approx(0.01 / 6 * third, rel=0.01)


@pytest.mark.eq("eq-best-step")
@pytest.mark.parametrize(("f", "third"), [(1.0, 1.0), (2.3, 40.0), (0.1, 5.0)])
def test_the_best_step_is_where_the_estimate_is_smallest(f, third):
    def estimate(log_h):
        h = math.exp(log_h)
        return 1e12 * (h**2 / 6 * third + 2.0**-53 * f / h)

    found = minimize_scalar(estimate, bounds=(-20, -1), method="bounded", options={"xatol": 1e-9})
    assert math.exp(found.x) == pytest.approx((3 * 2.0**-53 * f / third) ** (1 / 3), rel=1e-4)


@pytest.mark.eq("eq-cost")
@pytest.mark.parametrize(("batch", "inputs", "units"), [(4, 3, 5), (64, 64, 10)])
def test_the_way_back_takes_two_products_of_the_same_size(batch, inputs, units):
    x = Tensor(torch.ones(batch, inputs), requires_grad=True)
    w = Tensor(torch.ones(inputs, units), requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        y = x @ w
        there = counter.get_total_flops()
        y.sum().backward()
    assert there == 2 * batch * inputs * units
    assert counter.get_total_flops() == 3 * there
