"""How figures are written."""

import pytest

from zkmark.reports import quantities as q


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1.00"),
        (12.345, "12.3"),
        (0.012345, "0.0123"),
        (12345.0, "12345"),
        (9.996, "10.0"),
        (99.96, "100"),
        (float("inf"), "inf"),
    ],
)
def test_three_significant_digits_and_no_exponent(value, text):
    assert q.digits(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 ns"),
        (1.2345e-9, "1.23 ns"),
        (1.2345e-5, "12.3 µs"),
        (9.999e-4, "1.00 ms"),
        (0.99951, "1.00 s"),
        (75.0, "75.0 s"),
    ],
)
def test_seconds_take_the_unit_that_suits(value, text):
    assert q.seconds(value) == text


def test_a_range_has_one_unit():
    assert q.seconds_range(9.5e-4, 1.2e-3) == "0.950–1.20 ms"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (8.12e7, "elements", "81.2 M elements/s"),
        (999.9, "hashes", "1.00 k hashes/s"),
        (12.0, "points", "12.0 points/s"),
        (None, "points", "–"),
    ],
)
def test_rates_take_a_prefix(value, unit, text):
    assert q.rate(value, unit) == text


def test_data_rates_are_decimal():
    assert q.data_rate(3.25e6) == "3.25 MB/s"
    assert q.data_rate(1.457e9) == "1.46 GB/s"
    assert q.data_rate(None) == "–"


def test_short_units_stand_close_to_their_prefix():
    assert q.scaled(2.45e9, "Hz") == "2.45 GHz"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.50 KiB"), (16 << 30, "16.0 GiB")]
)
def test_bytes_take_binary_units(value, text):
    assert q.size(value) == text


@pytest.mark.parametrize(("value", "text"), [(1, "2^0"), (1024, "2^10"), (1000, "1000"), (0, "0")])
def test_powers_of_two_are_written_as_such(value, text):
    assert q.power(value) == text


def test_words_are_listed_and_counted_as_in_a_sentence():
    assert q.listed(["a"]) == "a"
    assert q.listed(["a", "b", "c"]) == "a, b and c"
    assert q.count(1, "entry", "entries") == "1 entry"
    assert q.count(0, "case") == "0 cases"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (3.6e-7, "< 0.01 %"),
        (9.99e-5, "< 0.01 %"),
        (1e-4, "0.010 %"),
        (0.021, "2.1 %"),
        (1.5, "150 %"),
    ],
)
def test_a_percentage_has_no_digits_that_tell_nothing(value, text):
    assert q.percent(value) == text
