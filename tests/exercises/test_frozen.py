"""Plain data out of whatever a reader's code returns, hostile objects included."""

import numpy as np
import pytest
import torch

from dlbook.exercises._frozen import MAX_ITEMS, Array, Foreign, ellipsis_inside, freeze


class Hostile:
    """Fails wherever it is asked."""

    def _fail(self, *_args, **_kwargs):
        raise ValueError("do not touch")

    __eq__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = __array__ = __hash__ = _fail
    __class__ = property(_fail)

    def __getattribute__(self, name):
        raise ValueError("do not touch")


class FalseList(list):
    """Claims to be what it is not."""

    def __len__(self):
        return 10**12

    def __iter__(self):
        raise ValueError


@pytest.mark.parametrize(
    "value",
    [True, 3, 2.5, 1j, "text", b"bytes", None, [1, [2.0]], (1, "a"), {"a": [1]}, {1, 2}, ..., []],
)
def test_plain_values_stay(value):
    assert freeze(value) == value
    assert type(freeze(value)) is type(value)


def test_numpy_numbers_become_pythons():
    assert type(freeze(np.float32(0.5))) is float
    assert type(freeze(np.bool_(True))) is bool
    assert type(freeze(np.int64(3))) is int
    assert freeze(np.str_("a")) == "a"


def test_subclasses_become_their_base():
    class Number(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

        def __int__(self):
            return 99

    class Text(str):
        def __str__(self):
            return "other"

    assert type(freeze(Number(3))) is int
    assert freeze(Number(3)) == 3
    assert freeze(Text("own")) == "own"
    assert freeze(FalseList([1, 2])) == [1, 2]


def test_arrays_and_tensors_are_copied():
    values = np.array([1.0, 2.0])
    frozen = freeze(values)
    values[0] = 9
    assert frozen.kind == "array"
    assert frozen.values.tolist() == [1.0, 2.0]
    tensor = torch.ones(2, requires_grad=True)
    frozen = freeze(tensor * 2)
    assert (frozen.kind, frozen.shape) == ("tensor", (2,))
    assert freeze(torch.ones(2, dtype=torch.bfloat16)).values.dtype == np.float32
    assert type(freeze(np.ones(2).view(type("Own", (np.ndarray,), {}))).values) is np.ndarray


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: (n for n in [1]), "generator"),
        (lambda: map(abs, [1]), "lazy"),
        (lambda: range(3), "lazy"),
        (lambda: len, "function"),
        (lambda: lambda: 1, "function"),
        (lambda: Hostile, "class"),
        (lambda: Hostile(), "object"),
        (lambda: np.array([Hostile], dtype=object), "object array"),
        (lambda: np.array(["a"]), "array of texts"),
        (lambda: {Hostile: 1}, "dict"),
        (lambda: {frozenset()}, "set"),
    ],
)
def test_what_no_answer_is_is_named(make, kind):
    frozen = freeze(make())
    assert isinstance(frozen, Foreign)
    assert frozen.kind == kind
    assert frozen.words


def test_a_hostile_object_in_a_list_does_not_hide_the_rest():
    frozen = freeze([1, Hostile()])
    assert frozen[0] == 1
    assert frozen[1].words == "a Hostile object"


def test_a_coroutine_is_closed():  # else Python warns, and here a warning is an error
    async def later():
        return 1

    assert freeze(later()).kind == "coroutine"


def test_deep_wide_and_endless_structures_are_cut():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert "nested" in str(freeze(deep))
    endless = []
    endless += [endless, endless]
    freeze(endless)
    wide = [0]
    for _ in range(40):
        wide = [wide, wide]
    freeze(wide)
    assert freeze([0] * (MAX_ITEMS + 1)).words == f"a list of {MAX_ITEMS + 1:,} items"


def test_a_stub_is_seen_inside():
    assert ellipsis_inside(freeze((1, [..., 2])))
    assert ellipsis_inside(freeze({"a": ...}))
    assert ellipsis_inside(freeze(NotImplemented))
    assert not ellipsis_inside(freeze((1, [2], np.ones(2))))
    assert isinstance(freeze(np.ones(2)), Array)
