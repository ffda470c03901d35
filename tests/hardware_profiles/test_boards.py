"""The catalogue of boards: every file complete, plausible, and with a source for each figure."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from zkmark.hardware_profiles import boards
from zkmark.hardware_profiles.boards import (
    ECP5,
    FAMILIES,
    RESOURCES,
    SOURCES,
    ULTRASCALE_PLUS,
    board,
    board_ids,
)
from zkmark.hardware_profiles.source import SOURCE_KINDS

FOLDER = Path(boards.__file__).parent
# Bytes a second of a lane and direction, after the line code of PCIe 3.0 and 4.0 (128 bits in 130).
LANES = {"3.0": 8e9 * 128 / 130 / 8, "4.0": 16e9 * 128 / 130 / 8}


def test_the_boards_of_published_designs_are_there() -> None:
    assert {"u250", "u55c", "aws-f1", "aws-f2", "c1100", "ulx3s-85f"} <= set(board_ids())


def test_an_unknown_board_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=re.escape("board: got 'u9000', want one of aws-f1, ")):
        board("u9000")


@pytest.mark.parametrize("id", board_ids())
class TestEveryBoard:
    def test_names_its_part_and_family(self, id: str) -> None:
        one = board(id)
        assert (one.id, one.name.strip()) == (id, one.name)
        prefix = {ULTRASCALE_PLUS: "xc", ECP5: "LFE5U"}[one.family]
        assert one.family in FAMILIES
        assert one.part.startswith(prefix)

    def test_has_every_resource_and_keeps_room_for_designs(self, id: str) -> None:
        one = board(id)
        assert set(one.resources) == set(one.shell) == set(RESOURCES)
        for name in RESOURCES:
            assert 0 <= one.shell[name] <= one.resources[name]
            assert one.room[name] == one.resources[name] - one.shell[name]
            assert one.room[name] >= 0.7 * one.resources[name], name
        assert one.resources["lut"] <= one.resources["ff"] <= 2.01 * one.resources["lut"]

    def test_has_memory_of_a_plausible_speed(self, id: str) -> None:
        memory = board(id).memory
        assert memory is not None
        channel = memory.bytes_per_second / memory.channels
        assert 0.2e9 < channel < 20e9
        assert 0.5 < memory.efficiency < 1
        assert 20e-9 < memory.latency_seconds < 1e-6
        assert memory.burst_bytes in (16, 32, 64)
        assert memory.word_bits % 8 == 0
        assert memory.capacity_bytes & (memory.capacity_bytes - 1) == 0

    def test_names_the_speed_of_its_memory_in_its_kind(self, id: str) -> None:
        memory = board(id).memory
        assert memory is not None
        if found := re.fullmatch(r"DDR4-(\d+)", memory.kind):
            peak = memory.channels * int(found[1]) * 1e6 * 8
            assert memory.bytes_per_second == pytest.approx(peak, rel=0.01)
        elif found := re.fullmatch(r"SDR SDRAM-(\d+)", memory.kind):
            peak = int(found[1]) * 1e6 * memory.word_bits / 8
            assert memory.bytes_per_second == pytest.approx(peak, rel=0.01)
        else:
            assert memory.kind == "HBM2"
            assert memory.bytes_per_second == pytest.approx(memory.channels * 14.375e9, rel=0.01)

    def test_moves_less_over_pcie_than_its_link_carries(self, id: str) -> None:
        one = board(id)
        assert (one.pcie is None) == (one.pcie_bytes_per_second is None)
        if one.pcie is not None and one.pcie_bytes_per_second is not None:
            link = re.fullmatch(r"([34]\.0) x(\d+)", one.pcie)
            assert link is not None
            assert 0.5 < one.pcie_bytes_per_second / (int(link[2]) * LANES[link[1]]) < 1

    def test_names_its_power_if_it_is_published(self, id: str) -> None:
        one = board(id)
        assert (one.power_watts is None) == ("power" not in one.sources)
        assert one.power_watts is None or 1 <= one.power_watts <= 300

    def test_has_a_source_for_each_figure(self, id: str) -> None:
        sources = board(id).sources
        assert set(sources) | {"power"} == set(SOURCES)
        for key, source in sources.items():
            assert source.kind in SOURCE_KINDS, key
            assert len(source.title) > 10, key
            assert source.url is None or source.edition or source.read, key

    def test_has_nothing_in_its_file_that_is_not_read(self, id: str) -> None:
        found = tomllib.loads((FOLDER / f"{id}.toml").read_text(encoding="utf-8"))
        assert set(found) <= set(boards.Board.__dataclass_fields__)
