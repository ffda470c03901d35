"""Suite files: what they may say, and what a wrong one is told."""

import re
import textwrap

import pytest

from zkmark.suites.errors import SuiteFileError
from zkmark.suites.suite_file import (
    available_backends,
    find_suite,
    list_suites,
    load_suite,
    parse_sizes,
)
from zkmark.suites.toml_lines import TomlLines

GOOD = """\
# A suite of the kernel that tests make.
[suite]
name = "mine"
description = "For tests."

[suite.settings]
time_budget = 5
relative_width = 0.05

[[case]]
kernel = "fake"
size = ["2^4..2^8/2", 100]
trouble = ["", "noisy"]
backends = ["available", "reference", {backend = "cpu", implementation = "slow", threads = 1}]

[[case]]
kernel = "fake"
size = 16
backends = "cpu"
"""


@pytest.fixture
def load(tmp_path):
    def call(text, available=("numba", "cpu")):
        path = tmp_path / "mine.toml"
        path.write_text(textwrap.dedent(text))
        return load_suite(path, available)

    return call


def test_lists_multiply_out_and_equal_cases_are_one(load):
    suite = load(GOOD)
    assert suite.name == "mine"
    assert suite.description == "For tests."
    assert suite.settings.time_budget == 5.0
    assert suite.settings.relative_width == 0.05
    assert [(g.case.size, g.case.trouble) for g in suite.groups] == [
        (size, trouble) for trouble in ("", "noisy") for size in (16, 64, 256, 100)
    ]
    first = suite.groups[0]
    assert [c.label for c in first.contenders] == [
        "numba",
        "cpu",
        "reference",
        "cpu[slow, threads=1]",
    ]
    # Named by the second table as well: there to stay, whether it can run or not.
    assert [c.optional for c in first.contenders] == [True, False, False, False]
    assert [c.optional for c in suite.groups[1].contenders] == [True, True, False, False]


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        (1000, [1000]),
        ("1000", [1000]),
        ("2^10", [1024]),
        ("2^3..2^6", [8, 16, 32, 64]),
        ("2^3 .. 2^7 / 2", [8, 32, 128]),
        (["2^3", 8, "2^4"], [8, 16]),
    ],
)
def test_sizes(value, sizes):
    assert parse_sizes(value) == sizes


@pytest.mark.parametrize(
    "value", ["", "3^4", "2^4..", "2^9..2^4", "2^4..2^8/0", "2^60", -1, 1.5, []]
)
def test_what_is_no_size(value):
    with pytest.raises(ValueError, match=r"^size: got "):
        parse_sizes(value)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[suite]", "[suite", 2, "is not TOML"),
        ("[suite]", "[suit]", 2, "suit: unknown key in the file, want one of [suite]"),
        ("[suite]", "top = 1\n[suite]", 2, "top: unknown key in the file"),
        ("description", "descripton", 4, "did you mean 'description'?"),
        ('name = "mine"', "name = 3", 3, "name: got 3, want text in quotes"),
        ("time_budget", "time_bugdet", 7, "did you mean 'time_budget'?"),
        ("time_budget = 5", "time_budget = -5", 7, "time_budget: got -5, want a number from 0.1"),
        ("0.05", '"narrow"', 8, "relative_width: got 'narrow', want a number"),
        ('kernel = "fake"', 'kernel = "fack"', 11, "want one of ntt, msm, merkle, stackvm, fake"),
        ('kernel = "fake"\nsize = [', "size = [", 10, "kernel: missing, want one of ntt"),
        ('"2^4..2^8/2", 100', '"2^4...2^8"', 12, "size: got '2^4...2^8', want 1000,"),
        ('trouble = ["", "noisy"]', "trouble = []", 13, "trouble: got an empty list"),
        ("trouble =", "truoble =", 13, "did you mean 'trouble'?"),
        ('"reference", {', '"refrence", {', 14, "got 'refrence', want one of available, reference"),
        ("threads = 1}", "threads = 0}", 14, "threads: got 0, want a whole number from 1"),
        ("threads = 1}", "treads = 1}", 14, "treads: unknown key in a table of backends"),
        ('backends = "cpu"', 'backends = "gpu"', 19, "backends: got 'gpu'"),
        ('"cpu", implementation', '"cpu", board = "u250", implementation', 14, "board: only the b"),
        ('"cpu", implementation', '"fpga", board = "u251", implementation', 14, "got 'u251', want"),
        ("size = 16\n", "", 16, "size: missing, want 1000,"),
    ],
)
def test_wrong_file_is_told_its_line_and_what_is_allowed(load, old, new, line, words):
    assert old in GOOD
    with pytest.raises(SuiteFileError) as refused:
        load(GOOD.replace(old, new, 1))
    text = str(refused.value)
    assert re.match(rf".*/mine\.toml:{line}: ", text), text
    assert words in text
    assert "\n" not in text
    assert refused.value.exit_code == 2


def test_a_board_is_part_of_the_label_and_threads_are_not_for_hardware(load):
    table = GOOD.replace("trouble =", "threads = [1, 2]\ntrouble =").replace(
        '{backend = "cpu", implementation = "slow", threads = 1}',
        '"fpga", {backend = "fpga", board = "u250"}',
    )
    labels = [c.label for c in load(table, ["cpu"]).groups[0].contenders]
    assert labels == ["cpu[threads=1]", "reference", "fpga", "fpga@u250", "cpu[threads=2]", "cpu"]


def test_available_are_measured_backends_only():
    assert {"cpu", "numba"} <= set(available_backends())
    assert not {"fpga", "reference", "peer"} & set(available_backends())


def test_file_without_cases_and_file_that_is_not_there(load, tmp_path):
    with pytest.raises(SuiteFileError, match="case: got none, want at least one"):
        load("[suite]\n")
    with pytest.raises(SuiteFileError, match="cannot be read: No such file"):
        find_suite(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    with pytest.raises(SuiteFileError, match="is not UTF-8 text"):
        load_suite(tmp_path / "binary.toml")


def test_unknown_suite_is_told_the_known_ones():
    with pytest.raises(SuiteFileError, match=r"quick, smoke.*workloads.*did you mean 'quick'"):
        find_suite("quik")
    assert [path.stem for path in list_suites()] == [
        "gate",
        "kernels",
        "quick",
        "smoke",
        "versus-peers",
        "workloads",
    ]


def test_lines_of_tables_keys_and_arrays():
    lines = TomlLines('a = 1\n[b]\n"c d" = 2 # x\n[[e]]\nf = [\n 1,\n]\n[[ e ]] # y\nf = 3\n')
    assert lines.line("", "a") == 1
    assert lines.line("b") == 2
    assert lines.line("b", "c d") == 3
    assert lines.line("e", "f", 0) == 5
    assert lines.line("e", "f", 1) == 9
    assert lines.line("e", "missing", 1) == 8
    assert lines.line("nowhere", "x") == 1
