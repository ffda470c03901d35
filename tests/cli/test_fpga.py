"""``zkmark fpga``: designs, reports and boards, for people and as JSON; refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from zkmark.backends.fpga import synthesis, tools
from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.backends.fpga.synthesis import PlacedAndRouted, Synthesis, SynthesisError
from zkmark.backends.fpga.tools import MissingToolError, Tool
from zkmark.exit_codes import ExitCode
from zkmark.kernels import fpga, fpga_resources


@dataclass(frozen=True)
class DescribedDesign(Design):
    def texts(self) -> list[tuple[str, str]]:
        return [(f"{self.top}.sv", f"// Does {self.name}.\n//\n// Latency: 7 cycles.\n")]


def design(name: str, **more: Any) -> DescribedDesign:
    ends = (Stream("in", 8),), (Stream("out", 8),)
    clock = DeclaredClock(250e6, "reached by somebody")
    return DescribedDesign(name, name.replace("-", "_"), (), *ends, clock=clock, **more)


ADDER, MULTIPLIER = design("adder"), design("multiplier")
ENGINE = design("engine", composed_of=((ADDER, 4), (MULTIPLIER, 2)))
USED = {"lut": 120, "logic": 100, "srl": 20, "lutram": 0, "ff": 300, "dsp": 12, "bram36": 1.5}


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three designs, of which the multiplier is in the table; the user's table, empty."""
    monkeypatch.setenv("ZKMARK_FPGA", str(tmp_path))
    monkeypatch.setattr(fpga_resources, "TABLE", tmp_path / "table.json")
    monkeypatch.setattr(fpga, "designs", lambda: {d.name: d for d in (ADDER, MULTIPLIER, ENGINE)})
    keep(tmp_path / "table.json", MULTIPLIER)
    return tmp_path


def keep(path: Path, *designs: Design, **more: Any) -> None:
    entries = {
        one.name: {"source_hash": one.source_hash(), "tool": "yosys", "resources": USED, **more}
        for one in designs
    }
    fpga_resources.save_table(path, entries)


class TestList:
    def test_shows_what_each_design_computes(self, here: Any) -> None:
        lines = here("fpga", "list").out.splitlines()
        assert lines[0].split() == ["design", "top", "computes", "clock", "synthesised", "ECP5"]
        assert lines[2].split() == [
            *("multiplier", "multiplier", "Does", "multiplier", "250", "MHz", "yes", "-")
        ]
        assert lines[1].split()[-2:] == ["no", "-"]

    def test_as_json(self, here: Any) -> None:
        rows = {row["name"]: row for row in json.loads(here("fpga", "list", "--json").out)}
        assert rows["multiplier"]["clock_hertz"] == 250e6
        assert rows["multiplier"]["synthesised"] == "yes"
        assert rows["engine"]["synthesised"] == "no"


class TestReport:
    def test_of_a_design_shows_everything_that_decides_its_time(self, here: Any) -> None:
        done = here("fpga", "report", "multiplier")
        assert done.code == 0
        for words in (
            "Does multiplier",
            "Latency: 7 cycles.",
            "250 MHz: reached by somebody",
            "AMD Alveo U250, xcu250",
            "DDR4-2400, 4 x 512 bits, 77 GB/s",
            "3.0 x16, 12 GB/s",
            "671 at 70% of what the platform leaves, limited by DSP",
            "shift registers",
            "by Yosys before packing",
        ):
            assert words in done.out, words

    def test_as_json(self, here: Any) -> None:
        done = here("fpga", "report", "multiplier", "--board", "u55c", "--json")
        found = json.loads(done.out)
        assert found["resources"] == USED
        assert found["of_part"]["dsp"] == 12 / 9024
        assert (found["limit"], found["instances"]) == ("dsp", int(0.7 * (9024 - 720) / 12))

    def test_takes_another_utilisation(self, here: Any) -> None:
        words = ("fpga", "report", "multiplier", "--utilisation", "0.35", "--json")
        assert json.loads(here(*words).out)["instances"] == 335

    def test_says_what_was_not_synthesised(self, here: Any) -> None:
        done = here("fpga", "report", "adder")
        assert done.code == 0
        assert "was not synthesised as it is; run `zkmark fpga synthesise adder`" in done.out

    def test_says_of_what_a_design_is_composed(self, here: Any, catalogue: Path) -> None:
        keep(catalogue / "table.json", MULTIPLIER, ADDER)
        done = here("fpga", "report", "engine")
        assert "4 x adder, 2 x multiplier; what ties them is not counted" in done.out
        assert "engine (composed)" in here("fpga", "report").out

    def test_on_an_ecp5_gives_no_clock_that_was_not_routed(
        self, here: Any, catalogue: Path
    ) -> None:
        done = here("fpga", "report", "multiplier", "--board", "ulx3s-85f")
        assert "run `zkmark fpga synthesise multiplier --ecp5`" in done.out
        assert "250 MHz" not in done.out
        placed = {"part": "LFE5U-85F-6", "fmax_hertz": 91e6, "resources": USED}
        keep(catalogue / "table.json", MULTIPLIER, ecp5=placed)
        done = here("fpga", "report", "multiplier", "--board", "ulx3s-85f")
        assert "91 MHz: placed and routed by nextpnr for LFE5U-85F-6" in done.out
        assert "before packing" not in done.out

    def test_of_all_designs_is_a_table(self, here: Any) -> None:
        lines = here("fpga", "report").out.splitlines()
        assert lines[1].split()[:4] == ["design", "clock", "LUT", "FF"]
        row = next(line for line in lines if line.startswith("multiplier"))
        cells = ["multiplier", "250", "MHz", "120", "300", "12", "1.5", "0", "671", "DSP"]
        assert row.split() == cells
        assert any(line.startswith("adder") and "not synthesised" in line for line in lines)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["multiplyer"], "did you mean multiplier?"),
            (["multiplier", "--board", "u520"], "--board: got 'u520'; did you mean u250?"),
            (["multiplier", "--utilisation", "1.5"], "--utilisation: got 1.5, want a share"),
            (["multiplier", "--utilisation", "0"], "--utilisation: got 0, want a share"),
        ],
    )
    def test_refuses_wrong_words_in_one_sentence(
        self, here: Any, words: list[str], said: str
    ) -> None:
        done = here("fpga", "report", *words)
        assert (done.code, done.out) == (ExitCode.USAGE, "")
        assert done.err.count("\n") == 1
        assert said in done.err


class TestSynthesise:
    @pytest.fixture
    def fake_tools(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tool = Tool(("true",), "a test's")
        monkeypatch.setattr(tools, "find_yosys", lambda: tool)
        monkeypatch.setattr(tools, "find_nextpnr", lambda: tool)
        found = Synthesis(USED, "tool", "command", 1.0)
        placed = PlacedAndRouted("LFE5U-85F-6", 91e6, USED, "tool", "command", 2.0)
        monkeypatch.setattr(synthesis, "synthesise", lambda *_: found)
        monkeypatch.setattr(synthesis, "place_and_route", lambda *_: placed)

    def test_keeps_it_for_the_user_and_leaves_the_package(
        self, here: Any, catalogue: Path, fake_tools: None
    ) -> None:
        before = (catalogue / "table.json").read_bytes()
        done = here("fpga", "synthesise", "adder", "--ecp5")
        assert done.code == 0
        assert "adder: 120 LUT, 300 FF, 12 DSP, 1.5 BRAM36, 0 URAM" in done.out
        assert "adder on LFE5U-85F-6: 91 MHz after place-and-route" in done.out
        assert (catalogue / "table.json").read_bytes() == before
        assert list(fpga_resources.load_table(fpga_resources.user_table())) == ["adder"]
        assert "671 at 70%" in here("fpga", "report", "adder").out

    def test_says_what_failed_and_goes_on(
        self, here: Any, monkeypatch: pytest.MonkeyPatch, fake_tools: None
    ) -> None:
        def synthesise(one: Design, seconds: float) -> Synthesis:
            if one.name == "adder":
                raise SynthesisError("synthesising adder took more than 5 s")
            return Synthesis(USED, "tool", "command", 1.0)

        monkeypatch.setattr(synthesis, "synthesise", synthesise)
        done = here("fpga", "synthesise", "adder", "multiplier", "--seconds", "5")
        assert done.code == ExitCode.NOT_BUILT
        assert "zkmark: synthesising adder took more than 5 s\n" in done.err
        assert done.out.startswith("multiplier: ")

    @pytest.mark.parametrize("missing", ["find_yosys", "find_nextpnr"])
    def test_says_which_tool_is_missing_before_any_work(
        self, here: Any, monkeypatch: pytest.MonkeyPatch, fake_tools: None, missing: str
    ) -> None:
        def find() -> Tool:
            raise MissingToolError(f"{missing}: nowhere")

        monkeypatch.setattr(tools, missing, find)
        done = here("fpga", "synthesise", "adder", "--ecp5")
        assert (done.code, done.out) == (ExitCode.NOT_BUILT, "")
        assert done.err == f"zkmark: {missing}: nowhere\n"


class TestBoards:
    def test_shows_every_board(self, here: Any) -> None:
        lines = here("fpga", "boards").out.splitlines()
        row = next(line for line in lines if line.startswith("u250"))
        assert "AMD Alveo U250" in row
        assert "4 x DDR4-2400" in row
        assert any(line.startswith("ulx3s-85f") for line in lines)

    def test_as_json_with_sources(self, here: Any) -> None:
        boards = {row["id"]: row for row in json.loads(here("fpga", "boards", "--json").out)}
        memory = boards["u55c"]["sources"]["memory"]
        assert memory["kind"] == "primary" and memory["title"].startswith("AMD UG1393")
        assert boards["u55c"]["room"]["dsp"] == 9024 - 720
