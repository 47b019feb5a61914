import math

import myst_nb
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from myst_nb.core.variables import format_plain_text

from dlbook.glue import _plain, glue


@pytest.fixture
def shell():
    """A notebook's shell, as far as display is concerned."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(call):
    with capture_output() as captured:
        call()
    return [(output.data, output.metadata) for output in captured.outputs]


@pytest.mark.parametrize("value", [3, -2, 0.25, 1e-15, "a word", 'with "quotes" and \\', 10**30])
def test_the_build_reads_it_as_it_reads_its_own(shell, value):
    ours, theirs = (
        shown(lambda: glue(name=value)),
        shown(lambda: myst_nb.glue("name", value, display=False)),
    )
    assert ours == theirs and len(ours) == 1
    assert ours[0][1]["scrapbook"]["name"] == "name"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (np.int64(7), "7"),
        (np.array(2.5), "2.5"),
        (np.str_("text"), "'text'"),
        (torch.tensor(3), "3"),
        (torch.tensor(0.5, requires_grad=True), "0.5"),
    ],
)
def test_arrays_and_tensors_of_one_number_become_plain(value, plain):
    assert _plain("name", value) == {"text/plain": plain}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_arrives_with_all_its_digits(value):
    text = _plain("name", value)["text/plain"]
    assert float(format_plain_text(text, ".17g")) == value


@given(st.text())
def test_a_text_arrives_as_it_is(value):
    assert format_plain_text(_plain("name", value)["text/plain"], "s") == value


def test_values_keep_their_order_and_none_is_shown(shell):
    outputs = shown(lambda: glue(b=1, a=2.0, c="three"))
    assert [meta["scrapbook"]["name"] for _, meta in outputs] == ["b", "a", "c"]
    for data, _ in outputs:
        assert list(data) == ["application/papermill.record/text/plain"]


def test_outside_a_notebook_nothing_happens(capsys):
    glue(num_seeds=10, word="text")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"x": math.nan}, ValueError, r"glue\(x=…\) got nan; prose cannot say it"),
        ({"x": math.inf}, ValueError, "got inf; prose"),
        ({"x": np.float32("nan")}, ValueError, "got nan"),
        ({"x": torch.tensor(-math.inf)}, ValueError, "got -inf"),
        ({"x": True}, TypeError, "one number or a text, got bool"),
        ({"x": np.bool_(True)}, TypeError, "got bool"),
        ({"x": None}, TypeError, "got NoneType"),
        ({"x": [1, 2]}, TypeError, "got list"),
        ({"x": 1j}, TypeError, "got complex"),
        ({"x": np.ones(1)}, TypeError, r"got ndarray of shape \(1,\)"),
        ({"x": torch.ones(2, 3)}, TypeError, r"got Tensor of shape \(2, 3\)"),
        ({"Upper": 1}, ValueError, "snake_case, got 'Upper'"),
        ({"_hidden": 1}, ValueError, "snake_case"),
        ({"with space": 1}, ValueError, "snake_case"),
        ({"a::b": 1}, ValueError, "snake_case"),
        ({"trailing\n": 1}, ValueError, "snake_case"),
    ],
)
def test_what_prose_cannot_say_is_refused(shell, values, error, words):
    def call():
        with pytest.raises(error, match=words):
            glue(fine=1, **values)

    assert shown(call) == []  # not even the value before it was glued
