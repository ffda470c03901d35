"""Tolerances and limits from TOML: what they say, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkmark.reports.gate.limits import (
    Limits,
    LimitsFileError,
    Requirement,
    load_limits,
    parse_time,
)

GOOD = """
[gate]
tolerance = 0.04
max_pairs = 81

[[case]]
match = "ntt/*"
tolerance = 0.03

[[case]]
match = "ntt/goldilocks/2^16/forward"
limit = "20 ms"

[[case]]
match = "* on cpu[[]threads=1]"
tolerance = 0.1
"""


def load(tmp_path: Path, text: str) -> Limits:
    path = tmp_path / "limits.toml"
    path.write_text(text, encoding="utf-8")
    return load_limits(path)


def test_the_last_match_counts_key_by_key(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert (found.tolerance, found.max_pairs) == (0.04, 81)
    assert found.of("msm/x on cuda") == Requirement(0.04)
    assert found.of("ntt/x on cuda") == Requirement(0.03)
    assert found.of("ntt/goldilocks/2^16/forward on cuda") == Requirement(0.03, 0.02)
    assert found.of("ntt/goldilocks/2^16/forward on cpu[threads=1]") == Requirement(0.1, 0.02)


def test_patterns_that_guard_nothing_are_named(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert found.unused(["ntt/x on cuda"]) == [
        "ntt/goldilocks/2^16/forward*",
        "* on cpu[[]threads=1]",
    ]


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD).with_changes(0.2, 11)
    assert found.of("ntt/x on cuda") == Requirement(0.2)
    assert found.of("ntt/goldilocks/2^16/forward on cuda") == Requirement(0.2, 0.02)
    assert found.max_pairs == 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[gate]\ntolerence = 1",
            r"limits.toml:2: tolerence: unknown key.*did you mean 'tolerance'",
        ),
        ("[gate]\ntolerance = -1", r"limits.toml:2: tolerance: got -1, want a share from 0 to 10"),
        ("[gate]\ntolerance = true", r"tolerance: got True"),
        ("[gate]\nmax_pairs = 5", r"limits.toml:2: max_pairs: got 5, want a whole number from 11"),
        ("[gate]\nmax_pairs = 11.5", r"max_pairs: got 11.5"),
        ('[[case]]\nmatch = "a"\nlimit = 20', r"limits.toml:3: limit: got 20, want a time such as"),
        ('[[case]]\nlimit = "20 min"', r"limit: got '20 min'"),
        ('[[case]]\nlimit = "0 s"', r"limit: got '0 s'"),
        ('\n[[case]]\nmatch = "a"', r"limits.toml:2: case: it says neither tolerance nor limit"),
        ("[[case]]\nmatch = 3\ntolerance = 1", r"match: got 3"),
        ("[cases]\na = 1", r"limits.toml:1: cases: unknown key"),
        ("case = 3", r"case: want tables"),
        ("gate = 3", r"gate: want a table"),
        ("[gate", r"is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LimitsFileError, match=said):
        load(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LimitsFileError, match="cannot be read"):
        load_limits(tmp_path / "nothing.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# \xff")
    with pytest.raises(LimitsFileError, match="not UTF-8"):
        load_limits(path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20 ms", 0.02), ("1.5s", 1.5), ("300us", 3e-4), ("7 µs", 7e-6), ("1 ns", 1e-9)],
)
def test_times(text: str, seconds: float) -> None:
    assert parse_time(text) == pytest.approx(seconds)
