"""Size expressions: what is allowed, what is refused, and how it is said."""

from __future__ import annotations

import pytest

from zkmark.cli.sizes import format_size, log_of, parse_size, parse_sizes


@pytest.mark.parametrize(
    ("text", "size"), [("1024", 1024), ("2^10", 1024), ("2**10", 1024), (" 2^0 ", 1), ("0", 0)]
)
def test_one_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "2^", "^2", "3^2", "2^41", "-1", "1.5", "2^10..2^12"])
def test_what_is_no_size_is_refused_with_the_allowed_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"--size: got .*, want .*2\^") as refused:
        parse_size(text)
    assert "\n" not in str(refused.value)


def test_a_range_holds_both_ends_and_what_lies_between() -> None:
    sizes = parse_sizes("2^10..2^12")
    assert [size in sizes for size in (1023, 1024, 1500, 4096, 4097)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_list_holds_its_parts_only() -> None:
    sizes = parse_sizes("2^10, 100, 2^12..2^13")
    assert all(size in sizes for size in (1024, 100, 4096, 8192))
    assert all(size not in sizes for size in (1025, 2048, 99))


@pytest.mark.parametrize("text", ["", "2^10..", "..2^10", "2^10...2^12", "2^1..2^2..2^3", "2^10;4"])
def test_a_bad_expression_is_refused_with_all_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"a whole number .* a power of two .* a range .* a list"):
        parse_sizes(text)


def test_a_falling_range_is_refused_with_the_rising_one() -> None:
    with pytest.raises(ValueError, match=r"\(2\^10\.\.2\^12\)"):
        parse_sizes("2^12..2^10")


def test_the_exponent_of_a_power_of_two() -> None:
    assert [log_of(size, "an NTT") for size in (1, 2, 1 << 20)] == [0, 1, 20]


def test_a_size_that_is_no_power_of_two_is_refused_with_its_neighbours() -> None:
    with pytest.raises(ValueError, match=r"got 1000, want a power of two .*2\^9 and 2\^10"):
        log_of(1000, "an NTT")


def test_sizes_are_written_as_slugs_write_them() -> None:
    assert [format_size(size) for size in (0, 1, 1000, 1024)] == ["0", "2^0", "1000", "2^10"]
