"""Place the nodes of a directed graph in rows, arrows pointing down, with few crossings.

Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical system
structures, doi:10.1109/TSMC.1981.4308636: rows by longest path, edges that span rows broken into
short ones by dummy nodes, rows ordered by barycentres.
"""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from dlbook.plotting._labels import spread

Node = str
Edge = tuple[Node, Node]


def topological(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Node]:
    """Return the nodes with each after those that it depends on; raise ValueError on a cycle."""
    waiting = {node: {a for a, b in edges if b == node} for node in nodes}
    ordered: list[Node] = []
    while waiting:
        ready = [node for node, needs in waiting.items() if needs <= set(ordered)]
        if not ready:
            raise ValueError(f"these depend on each other in a circle: {sorted(waiting)}")
        ordered.append(ready[0])
        del waiting[ready[0]]
    return ordered


def reduced(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges without those that a longer way implies."""
    reach: dict[Node, set[Node]] = {}
    for node in reversed(topological(nodes, edges)):
        children = [b for a, b in edges if a == node]
        reach[node] = set(children).union(*(reach[child] for child in children))
    return [
        (a, b)
        for a, b in dict.fromkeys(edges)
        if not any(b in reach[c] for s, c in edges if s == a and c != b)
    ]


def rows(nodes: Sequence[Node], edges: Sequence[Edge], capacity: int) -> list[list[Node]]:
    """Return rows of at most ``capacity`` nodes, each node below all that it depends on."""
    row: dict[Node, int] = {}
    filled: dict[int, int] = {}
    for node in topological(nodes, edges):
        at = max((row[a] + 1 for a, b in edges if b == node), default=0)
        while filled.get(at, 0) >= capacity:
            at += 1
        row[node], filled[at] = at, filled.get(at, 0) + 1
    return [[node for node in nodes if row[node] == at] for at in sorted(filled)]


def with_dummies(
    layers: list[list[Node]], edges: Sequence[Edge]
) -> tuple[list[list[Node]], list[list[Node]]]:
    """Return rows that also hold a dummy wherever an edge passes, and the way of each edge."""
    at = {node: index for index, layer in enumerate(layers) for node in layer}
    full = [list(layer) for layer in layers]
    ways = []
    for a, b in edges:
        passed: list[Node] = [f"{a} → {b}, {index}" for index in range(at[a] + 1, at[b])]
        for dummy, index in zip(passed, range(at[a] + 1, at[b]), strict=True):
            full[index].append(dummy)
        ways.append([a, *passed, b])
    return full, ways


def ordered(full: list[list[Node]], ways: list[list[Node]]) -> list[list[Node]]:
    """Return the rows, each ordered so that few edges cross."""
    up, down = neighbours(ways)
    best, fewest = full, crossings(full, down)
    for sweep in range(24):
        full = [list(layer) for layer in full]
        indices = range(1, len(full)) if sweep % 2 == 0 else range(len(full) - 2, -1, -1)
        near = up if sweep % 2 == 0 else down
        for index in indices:
            other = full[index - 1] if sweep % 2 == 0 else full[index + 1]
            place = {node: i for i, node in enumerate(other)}
            here = {node: i for i, node in enumerate(full[index])}

            def middle(
                node: Node, near: dict = near, place: dict = place, here: dict = here
            ) -> float:
                found = [place[n] for n in near.get(node, [])]
                return float(np.mean(found)) if found else float(here[node])

            full[index].sort(key=middle)
        count = crossings(full, down)
        if count < fewest:
            best, fewest = full, count
    return best


def neighbours(ways: list[list[Node]]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    """Return the neighbours of each node in the row above and in the row below."""
    up: dict[Node, list[Node]] = {}
    down: dict[Node, list[Node]] = {}
    for way in ways:
        for a, b in itertools.pairwise(way):
            down.setdefault(a, []).append(b)
            up.setdefault(b, []).append(a)
    return up, down


def crossings(full: list[list[Node]], down: Mapping[Node, list[Node]]) -> int:
    """Count the pairs of edges between neighbouring rows that cross."""
    total = 0
    for upper, lower in itertools.pairwise(full):
        place = {node: i for i, node in enumerate(lower)}
        ends = [place[b] for a in upper for b in sorted(down.get(a, []), key=place.__getitem__)]
        total += sum(ends[i] > end for j, end in enumerate(ends) for i in range(j))
    return total


def across(
    full: list[list[Node]], ways: list[list[Node]], sizes: Mapping[Node, float], width: float
) -> dict[Node, float]:
    """Return where each node is across the page, near its neighbours and over no other."""
    up, down = neighbours(ways)
    x: dict[Node, float] = {}
    for layer in full:
        even = np.linspace(0, width, 2 * len(layer) + 1)[1::2]
        x |= dict(zip(layer, even.tolist(), strict=True))
    for sweep in range(12):
        for layer in full if sweep % 2 == 0 else full[::-1]:
            near = [up.get(n, []) + down.get(n, []) for n in layer]
            wanted = [
                float(np.mean([x[m] for m in found])) if found else x[n]
                for n, found in zip(layer, near, strict=True)
            ]
            # the order within the row is settled: spread must not see two wishes cross
            rising = np.maximum.accumulate(np.array(wanted))
            settled = (rising + np.minimum.accumulate(wanted[::-1])[::-1]) / 2
            box = np.array([sizes.get(n, 16.0) for n in layer])
            places = spread(settled, box, 0.0, width)
            x |= dict(zip(layer, places.tolist(), strict=True))
    left = min(x[n] - sizes.get(n, 16.0) / 2 for n in x)
    right = max(x[n] + sizes.get(n, 16.0) / 2 for n in x)
    return {node: at + (width - left - right) / 2 for node, at in x.items()}
