"""The graph as lists: the objects themselves, parents first."""

import pytest
import torch

from dlbook.autograd import Tensor, Value, graph


def test_the_graph_of_values() -> None:
    x, w, b = Value(2), Value(3), Value(1)
    product = x * w
    result = (product + b) * product
    nodes, edges = graph(result)
    assert nodes[-1] is result and set(nodes) == {x, w, b, product, result, result.left}
    assert [node.op for node in nodes] == ["", "", "×", "", "+", "×"]
    assert [(nodes[i], nodes[j]) for i, j in edges] == [
        (parent, node) for node in nodes for parent in node.parents
    ]
    assert all(i < j for i, j in edges)


def test_the_graph_of_tensors_has_what_needs_a_gradient() -> None:
    w = Tensor(torch.ones(3, 2), requires_grad=True)
    b = Tensor(torch.zeros(2), requires_grad=True)
    loss = ((torch.ones(4, 3) @ w + b).relu() * 2).sum()
    nodes, edges = graph(loss)
    assert [node.op for node in nodes] == ["", "matmul", "", "add", "relu", "mul", "sum"]
    assert [tuple(node.shape) for node in nodes][:4] == [(3, 2), (4, 2), (2,), (4, 2)]
    assert edges == [(0, 1), (1, 3), (2, 3), (3, 4), (4, 5), (5, 6)]


def test_a_leaf_is_a_graph_of_one() -> None:
    x = Tensor(1.0, requires_grad=True)
    assert graph(x) == ([x], []) and graph(Value(1))[1] == []


@pytest.mark.parametrize("kind", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_long_chains_and_many_paths(kind) -> None:
    x = y = kind(1.0)
    for _ in range(3_000):
        y = y + y
    nodes, edges = graph(y)
    assert len(nodes) == 3_001 and len(edges) == 6_000 and nodes[0] is x
