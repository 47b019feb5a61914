"""What counts as the same, and of which kind a difference is."""

import numpy as np
import pytest
import torch

from dlbook.exercises._compare import compare
from dlbook.exercises._frozen import freeze


def kind(expected, received):
    """Return the kind of the difference; None if there is none."""
    difference = compare(freeze(expected), freeze(received))
    return difference and difference.kind


@pytest.mark.parametrize(
    ("expected", "received"),
    [
        (2, 2.0),
        (2.0, 2),
        (0.3, 0.1 + 0.2),
        (0.5, np.float32(0.5)),
        (0.5, np.array(0.5)),
        (np.array(0.5), 0.5),
        (True, np.True_),
        (np.array([1, -1]), np.array([1.0, -1.0])),
        (np.array([0.1]), np.array([0.1], dtype=np.float32)),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
        (float("nan"), float("nan")),
        ((1, 2), [1, 2]),
        ([np.ones(2)], [np.ones(2)]),
        ({"a": 1}, {"a": 1.0}),
        ({1, 2}, {2, 1}),
        ("a", "a"),
        (None, None),
        (10**400, 10**400),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (torch.ones(2), torch.ones(2, dtype=torch.float64)),
        (1j, 1j),
    ],
)
def test_same(expected, received):
    assert kind(expected, received) is None


@pytest.mark.parametrize(
    ("expected", "received", "wanted"),
    [
        (1, True, "type"),
        (True, 1, "type"),
        (1.0, "1.0", "type"),
        (1.0, None, "type"),
        (None, 1.0, "type"),
        ("a", 1, "type"),
        (np.ones(2), [1.0, 1.0], "type"),
        (np.ones(2), torch.ones(2), "type"),
        (torch.ones(2), np.ones(2), "type"),
        ((1, 2), 1, "type"),
        ({"a": 1}, [1], "type"),
        ([1], (n for n in [1]), "type"),
        (1.0, np.array([1.0]), "shape"),
        (np.ones(2), 1.0, "shape"),
        (np.ones(2), np.ones((2, 1)), "shape"),
        ((1, 2), (1, 2, 3), "length"),
        ({"a": 1}, {"b": 1}, "keys"),
        (np.array([True]), np.array([1]), "dtype"),
        (np.array([1]), np.array([True]), "dtype"),
        (1.0, float("nan"), "nan"),
        (np.ones(2), np.array([1.0, np.nan]), "nan"),
        (1.0, 1.001, "value"),
        (1.0, float("inf"), "value"),
        (10**400, 10**400 + 1, "value"),
        (10**400, 1.0, "value"),
        (np.ones(2), np.array([1.0, 1.001]), "value"),
        (np.ones(2), np.array([1.0, 1.001], dtype=np.float32), "value"),
        ("a", "b", "value"),
        ({1, 2}, {1, 3}, "value"),
    ],
)
def test_different(expected, received, wanted):
    assert kind(expected, received) == wanted


def test_the_path_leads_to_the_place():
    difference = compare(freeze((1, {"a": [1, 2]})), freeze((1, {"a": [1, 3]})))
    assert difference.path == (1, "a", 1)
    assert (difference.expected, difference.received) == (2, 3)


def test_the_tolerance_is_the_exercises():
    assert compare(0.5, 0.51, rtol=0.05) is None
    assert compare(0.5, 0.51, rtol=0.001).kind == "value"
    assert compare(0.0, 1e-12) is None
