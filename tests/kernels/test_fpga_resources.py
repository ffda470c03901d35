"""The table of resources: what is kept, what is stale, and what of a board follows from it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from zkmark.backends.fpga import synthesis
from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.backends.fpga.synthesis import PlacedAndRouted, Synthesis, SynthesisTimeoutError
from zkmark.backends.fpga.tools import MissingToolError, find_yosys
from zkmark.hardware_profiles.boards import board
from zkmark.kernels import fpga, fpga_resources
from zkmark.kernels.fpga_resources import Fit


@dataclass(frozen=True)
class NamedDesign(Design):
    version: str = "1"

    def texts(self) -> list[tuple[str, str]]:
        return [(f"{self.top}.sv", f"// {self.name} {self.version}")]


def design(name: str, **more: Any) -> NamedDesign:
    clock = DeclaredClock(250e6, "a test's")
    ends = (Stream("in", 8),), (Stream("out", 8),)
    return NamedDesign(name, "top", (), *ends, clock=clock, **more)


def entry(one: Design, **resources: float) -> dict[str, Any]:
    return {"source_hash": one.source_hash(), "tool": "t", "resources": resources, "seconds": 1.0}


SMALL, OTHER = design("small"), design("other")
ECP5 = {"part": "LFE5U-85F-6", "fmax_hertz": 80e6, "resources": {"lut": 8364, "dsp": 78}}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both tables in a folder of the test: ``table.json``, and the user's."""
    monkeypatch.setenv("ZKMARK_FPGA", str(tmp_path))
    monkeypatch.setattr(fpga_resources, "TABLE", tmp_path / "table.json")
    return tmp_path / "table.json"


def write(path: Path, **entries: Any) -> None:
    fpga_resources.save_table(path, entries)


class TestLookingUp:
    def test_an_entry_counts_while_the_sources_are_the_same(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, lut=5))
        found = fpga_resources.synthesised(SMALL)
        assert found is not None
        assert found["resources"] == {"lut": 5}
        assert fpga_resources.synthesised(replace(SMALL, version="2")) is None
        assert fpga_resources.synthesised(OTHER) is None

    def test_what_the_user_synthesised_comes_first(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, lut=5))
        write(fpga_resources.user_table(), small=entry(SMALL, lut=6))
        found = fpga_resources.synthesised(SMALL)
        assert found is not None
        assert found["resources"] == {"lut": 6}

    def test_what_the_user_has_of_other_sources_does_not(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, lut=5))
        write(fpga_resources.user_table(), small=entry(replace(SMALL, version="0"), lut=6))
        found = fpga_resources.synthesised(SMALL)
        assert found is not None
        assert found["resources"] == {"lut": 5}

    def test_a_file_that_is_no_table_is_an_empty_one(self, tables: Path) -> None:
        tables.write_text("{cut")
        assert fpga_resources.synthesised(SMALL) is None

    def test_a_composed_design_has_the_sum_of_its_blocks(self, tables: Path) -> None:
        large = design("large", composed_of=((SMALL, 3), (OTHER, 1)))
        write(tables, small=entry(SMALL, lut=5, bram36=0.5))
        assert fpga_resources.synthesised(large) is None
        why = fpga_resources.fit(large, board("u250"))
        assert "run `zkmark fpga synthesise other`" in str(why)
        write(tables, small=entry(SMALL, lut=5, bram36=0.5), other=entry(OTHER, lut=100, dsp=2))
        found = fpga_resources.synthesised(large)
        assert found is not None
        assert found["resources"] == {"lut": 115, "bram36": 1.5, "dsp": 2}
        assert found["composed_of"] == {"small": 3, "other": 1}


class TestOnABoard:
    def test_as_many_fit_as_the_scarcest_resource_lets(self, tables: Path) -> None:
        u250 = board("u250")
        write(tables, small=entry(SMALL, lut=1000, dsp=100, bram36=0.5))
        found = fpga_resources.fit(SMALL, u250)
        assert isinstance(found, Fit)
        assert found.limit == "dsp"
        assert found.instances == int(0.7 * (12288 - 780)) // 100
        half = fpga_resources.fit(SMALL, u250, 0.35)
        assert isinstance(half, Fit)
        assert half.instances == found.instances // 2

    def test_halves_of_a_block_count(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, bram36=0.5))
        found = fpga_resources.fit(SMALL, board("u250"))
        assert isinstance(found, Fit)
        assert (found.limit, found.instances) == ("bram36", 2 * int(0.7 * 2000))

    def test_one_larger_than_the_board_fits_no_time(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, lut=10**7))
        found = fpga_resources.fit(SMALL, board("u250"))
        assert isinstance(found, Fit)
        assert found.instances == 0

    def test_nobody_knows_before_synthesis(self, tables: Path) -> None:
        found = fpga_resources.fit(SMALL, board("u250"))
        assert str(found).endswith("run `zkmark fpga synthesise small`")

    def test_an_ecp5_has_its_own_resources_and_clock(self, tables: Path) -> None:
        ulx3s = board("ulx3s-85f")
        write(tables, small={**entry(SMALL, lut=1, dsp=1), "ecp5": ECP5})
        found = fpga_resources.fit(SMALL, ulx3s)
        assert isinstance(found, Fit)
        assert (found.limit, found.instances) == ("dsp", int(0.7 * 156 / 78))
        clock = fpga_resources.clock_on(SMALL, ulx3s)
        assert clock.hertz == 80e6
        assert "nextpnr" in clock.source
        assert fpga_resources.clock_on(SMALL, board("u250")) == SMALL.clock

    def test_an_ecp5_never_has_the_declared_clock(self, tables: Path) -> None:
        write(tables, small=entry(SMALL, lut=1))
        with pytest.raises(ValueError, match="run `zkmark fpga synthesise small --ecp5`"):
            fpga_resources.clock_on(SMALL, board("ulx3s-85f"))

    def test_a_design_without_a_clock_says_so(self, tables: Path) -> None:
        with pytest.raises(ValueError, match="small declares no clock"):
            fpga_resources.clock_on(replace(SMALL, clock=None), board("u250"))


class TestWriting:
    @pytest.fixture(autouse=True)
    def fake_tools(self, tables: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Tools that need no time and tell what they were asked for."""
        asked: list[str] = []

        def synthesise(one: Design, seconds: float) -> Synthesis:
            asked.append(one.name)
            if one.name == "other":
                raise SynthesisTimeoutError("synthesising other took more than 9 s")
            return Synthesis({"lut": 7}, "tool", "command", 1.23)

        def place_and_route(one: Design, seconds: float) -> PlacedAndRouted:
            asked.append(f"{one.name} ecp5")
            return PlacedAndRouted("LFE5U-85F-6", 9e7, {"lut": 8}, "tool", "command", 4.56)

        monkeypatch.setattr(synthesis, "synthesise", synthesise)
        monkeypatch.setattr(synthesis, "place_and_route", place_and_route)
        large = design("large", composed_of=((SMALL, 3),))
        known = {one.name: one for one in (SMALL, OTHER, large)}
        monkeypatch.setattr(fpga, "designs", lambda: known)
        return asked

    def run(self, monkeypatch: pytest.MonkeyPatch, tables: Path, *words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["fpga_resources", "--table", str(tables), *words])
        return fpga_resources._main()

    def test_missing_does_what_is_stale_and_no_more(
        self, fake_tools: list[str], tables: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tables, small=entry(replace(SMALL, version="0"), lut=1), gone=entry(SMALL, lut=1))
        assert self.run(monkeypatch, tables, "--missing") == 1  # other takes too long
        assert fake_tools == ["small", "other"]
        table = json.loads(tables.read_text())
        assert list(table) == ["small"]
        assert table["small"]["source_hash"] == SMALL.source_hash()
        assert table["small"]["seconds"] == 1.2
        fake_tools.clear()
        self.run(monkeypatch, tables, "--missing")
        assert fake_tools == ["other"]

    def test_one_that_is_known_to_take_longer_is_left_out(
        self,
        fake_tools: list[str],
        tables: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        old = {**entry(replace(OTHER, version="0"), lut=1), "seconds": 500.0}
        write(tables, small=entry(SMALL, lut=1), other=old)
        assert self.run(monkeypatch, tables, "--missing", "--seconds", "60") == 0
        assert fake_tools == []
        assert "other: left out, it took 500.0 s" in capsys.readouterr().out

    def test_ecp5_is_added_to_what_is_there(
        self, fake_tools: list[str], tables: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tables, small=entry(SMALL, lut=1))
        one = fpga_resources.make_entry(SMALL, 9, True, entry(SMALL, lut=1))
        assert fake_tools == ["small ecp5"]
        assert one["resources"] == {"lut": 1}
        assert one["ecp5"]["fmax_hertz"] == 9e7

    def test_entries_of_another_table_are_taken_while_true(
        self, fake_tools: list[str], tables: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        theirs = tmp_path / "theirs.json"
        stale = entry(replace(OTHER, version="0"), lut=3)
        write(theirs, small=entry(SMALL, lut=2), other=stale)
        self.run(monkeypatch, tables, "--from", str(theirs))
        assert fake_tools == []
        assert json.loads(tables.read_text()) == {"small": entry(SMALL, lut=2)}


def test_the_table_of_the_repository_is_one() -> None:
    for name, one in json.loads(fpga_resources.TABLE.read_text(encoding="utf-8")).items():
        assert {"source_hash", "tool", "command", "resources", "seconds"} <= set(one), name
        used = one["resources"]
        assert used["lut"] == used["logic"] + used["srl"] + used["lutram"]
        if "ecp5" in one:
            assert 10e6 < one["ecp5"]["fmax_hertz"] < 600e6, name


def test_no_entry_of_the_repository_is_of_other_sources() -> None:
    known = fpga.designs()
    for name, one in json.loads(fpga_resources.TABLE.read_text(encoding="utf-8")).items():
        assert one["source_hash"] == known[name].source_hash(), (
            f"{name} has changed; run `python -m zkmark.kernels.fpga_resources --missing`"
        )


@pytest.mark.driver
@pytest.mark.parametrize("name", ["goldilocks-adder", "goldilocks-multiplier", "stream-queue"])
def test_synthesis_gives_what_the_table_says(name: str) -> None:
    try:
        yosys = find_yosys()
    except MissingToolError as error:
        pytest.skip(str(error))
    known = json.loads(fpga_resources.TABLE.read_text(encoding="utf-8"))[name]
    if yosys.version != known["tool"]:
        pytest.skip(f"the table is by {known['tool']}, and {yosys.version} may count otherwise")
    assert synthesis.synthesise(fpga.designs()[name]).resources == known["resources"]
