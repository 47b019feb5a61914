"""The graph of how chapters depend on each other."""

from dlbook_site.dependencies import alt_text, problems
from dlbook_site.drawing import Lane, reduced, rows, with_lanes
from dlbook_site.executed import Record

NEEDS = {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}, "e": {"c", "d"}}


def test_an_arrow_that_others_imply_is_not_drawn():
    assert reduced(NEEDS) == {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"a"}, "e": {"c", "d"}}


def test_each_chapter_is_below_what_it_needs():
    assert rows(NEEDS) == [["a"], ["b", "d"], ["c"], ["e"]]
    assert rows({name: set() for name in "abcd"}) == [["a", "b", "c"], ["d"]]


def test_an_arrow_passes_beside_the_boxes_between():
    assert with_lanes(rows(NEEDS), reduced(NEEDS)) == [
        ["a"],
        ["b", "d"],
        ["c", Lane("d", "e")],
        ["e"],
    ]


def test_the_alt_text_lists_every_edge():
    chapters = {name: Record(name, name.upper(), str(i)) for i, name in enumerate("abcde", 1)}
    words = alt_text(chapters, NEEDS)
    assert "Needs nothing: 1. A. " in words
    assert "3. C needs 1. A and 2. B. " in words


def test_a_prerequisite_comes_earlier():
    book = {"a": Record("a", "A", needs=("b",)), "b": Record("b", "B")}
    assert list(problems(book)) == ["a needs 'b', which does not come before it"]
