import itertools

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.plotting import _layers


@st.composite
def graphs(draw):
    """A directed graph without circles, its nodes in any order."""
    size = draw(st.integers(1, 12))
    names = draw(st.permutations([f"n{i}" for i in range(size)]))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=25)) if pairs else []
    return sorted(names), edges


@given(graphs())
def test_topological_puts_each_node_after_what_it_needs(graph):
    nodes, edges = graph
    order = _layers.topological(nodes, edges)
    assert sorted(order) == nodes
    assert all(order.index(a) < order.index(b) for a, b in edges)


def test_a_circle_is_named():
    with pytest.raises(ValueError, match=r"in a circle: \['b', 'c'\]"):
        _layers.topological(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "b")])


@given(graphs())
def test_reduced_equals_networkx(graph):
    nodes, edges = graph
    full = networkx.DiGraph(edges)
    full.add_nodes_from(nodes)
    assert set(_layers.reduced(nodes, edges)) == set(networkx.transitive_reduction(full).edges)


@given(graphs(), st.integers(1, 4))
def test_rows_are_full_at_most_and_needs_lie_above(graph, capacity):
    nodes, edges = graph
    layers = _layers.rows(nodes, edges, capacity)
    at = {node: i for i, layer in enumerate(layers) for node in layer}
    assert sorted(at) == nodes and max(map(len, layers)) <= capacity
    assert all(at[a] < at[b] for a, b in edges)


@given(graphs())
def test_without_a_limit_rows_are_as_few_as_the_longest_path(graph):
    nodes, edges = graph
    longest = networkx.dag_longest_path_length(networkx.DiGraph(edges)) if edges else 0
    assert len(_layers.rows(nodes, edges, 99)) == longest + 1


@given(graphs())
def test_every_step_of_an_edge_goes_one_row_down(graph):
    nodes, edges = graph
    full, ways = _layers.with_dummies(_layers.rows(nodes, edges, 3), edges)
    at = {node: i for i, layer in enumerate(full) for node in layer}
    assert [(way[0], way[-1]) for way in ways] == edges
    for way in ways:
        assert [at[n] for n in way] == list(range(at[way[0]], at[way[-1]] + 1))


def crossed(full, ways):
    """Second oracle: compare every pair of steps."""
    place = {node: (i, j) for i, layer in enumerate(full) for j, node in enumerate(layer)}
    steps = [(place[a], place[b]) for way in ways for a, b in itertools.pairwise(way)]
    return sum(
        p[0] == q[0] and (p[1] - q[1]) * (r[1] - s[1]) < 0
        for i, (p, r) in enumerate(steps)
        for q, s in steps[:i]
    )


@settings(deadline=None)
@given(graphs())
def test_ordering_never_adds_crossings(graph):
    nodes, edges = graph
    full, ways = _layers.with_dummies(_layers.rows(nodes, edges, 4), edges)
    _, down = _layers.neighbours(ways)
    assert _layers.crossings(full, down) == crossed(full, ways)
    better = _layers.ordered(full, ways)
    assert [sorted(layer) for layer in better] == [sorted(layer) for layer in full]
    assert crossed(better, ways) <= crossed(full, ways)


def test_ordering_uncrosses_what_can_be_uncrossed():
    full, ways = [["a", "b"], ["c", "d"]], [["a", "d"], ["b", "c"]]
    assert crossed(full, ways) == 1
    assert crossed(_layers.ordered(full, ways), ways) == 0


@settings(deadline=None)
@given(graphs())
def test_no_two_nodes_of_a_row_overlap(graph):
    nodes, edges = graph
    full, ways = _layers.with_dummies(_layers.rows(nodes, edges, 3), edges)
    sizes = dict.fromkeys(nodes, 100.0)
    width = 300 + 16 * max(len(layer) for layer in full)
    x = _layers.across(full, ways, sizes, width)
    for layer in full:
        left = np.array([x[n] - sizes.get(n, 16.0) / 2 for n in layer])
        right = np.array([x[n] + sizes.get(n, 16.0) / 2 for n in layer])
        assert (left[1:] >= right[:-1] - 1e-6).all()
        assert left.min() >= -1e-6 and right.max() <= width + 1e-6
