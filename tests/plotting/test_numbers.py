import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.plotting._numbers import LinearTicks, LogPlaces, LogTicks, number, power


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0, "", "0"),
        (-0.0, "", "0"),
        (5, "", "5"),
        (0.5, "", "0.5"),
        (1 / 3, "", "0.333"),
        (-2.71828, "", "−2.72"),
        (99.96, "", "100"),
        (1234.5, "", "1,234"),
        (10_000, "", "10,000"),
        (999_999, "", "10⁶"),
        (123_456, "", "123,456"),
        (2_500_000, "", "2.5·10⁶"),
        (1e-7, "", "10⁻⁷"),
        (1.58e-7, "", "1.58·10⁻⁷"),
        (-3e-12, "", "−3·10⁻¹²"),
        (0.00012, "", "1.2·10⁻⁴"),
        (0.0012, "", "0.0012"),
        (math.nan, "", "undefined"),
        (-math.inf, "", "−infinity"),
        (0.934, ".1%", "93.4%"),
        (-0.0, ".1f", "0.0"),
    ],
)
def test_number(value, spec, text):
    assert number(value, spec) == text


def parsed(text):
    """Read a number as the reader does."""
    for digit, small in zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True):
        text = text.replace(small, digit)
    text = text.replace("−", "-").replace(",", "")
    head, ten, exponent = text.partition("·10")
    if not ten and text.lstrip("-").startswith("10") and text != "10" and "⁻" not in text:
        return None  # a bare power of ten, or 10, 100, 10.5: tested above
    return float(head) * 10.0 ** int(exponent) if ten else float(head)


@given(st.floats(1e-30, 1e30), st.sampled_from([1, -1]))
def test_a_number_reads_as_what_it_is(size, sign):
    value = parsed(number(sign * size))
    assert value is None or value == pytest.approx(sign * size, rel=0.006)


def test_power():
    assert power(-120) == "⁻¹²⁰" and power(34567) == "³⁴⁵⁶⁷" and power(89) == "⁸⁹"


@pytest.mark.parametrize(
    ("values", "percent", "labels"),
    [
        ([0, 0.5, 1.0], False, ["0.0", "0.5", "1.0"]),
        ([0, 0.25, 0.5], False, ["0.00", "0.25", "0.50"]),
        ([0, 5, 10], False, ["0", "5", "10"]),
        ([-1, 0, 1], False, ["−1", "0", "1"]),
        ([0, 20_000], False, ["0", "20,000"]),
        ([0.1, 0.1 + 0.2, 0.5], False, ["0.1", "0.3", "0.5"]),
        ([0, 1e-16, 2e-16], False, ["0", "1·10⁻¹⁶", "2·10⁻¹⁶"]),
        ([-5e6, 0, 5e6], False, ["−5·10⁶", "0", "5·10⁶"]),
        ([0, 0.025, 0.05], True, ["0.0%", "2.5%", "5.0%"]),
        ([0, 0.5, 1.0], True, ["0%", "50%", "100%"]),
        ([3], False, ["3"]),
        ([], False, []),
    ],
)
def test_linear_ticks_have_the_decimals_of_their_step(values, percent, labels):
    assert LinearTicks(percent).format_ticks(values) == labels


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.01, 1, 10_000], ["0.01", "1", "10,000"]),
        ([1e-3, 1, 1e3], ["10⁻³", "10⁰", "10³"]),
        ([1e4, 1e6], ["10⁴", "10⁶"]),
        ([2e-5, 5e-5], ["2·10⁻⁵", "5·10⁻⁵"]),
    ],
)
def test_logarithmic_ticks(values, labels):
    assert LogTicks().format_ticks(values) == labels


@given(st.floats(-20, 18), st.floats(0.05, 12))
def test_every_logarithmic_axis_has_some_ticks_and_not_too_many(low, decades):
    ends = 10.0**low, 10.0 ** (low + decades)
    inside = [t for t in LogPlaces().tick_values(*ends) if ends[0] <= t <= ends[1]]
    assert 1 < len(inside) <= 13
