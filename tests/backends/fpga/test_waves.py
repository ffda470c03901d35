"""``ZKMARK_FPGA_WAVES``: every run writes what every signal does, whoever simulates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from zkmark.backends.fpga.design import Design, Stream
from zkmark.backends.fpga.simulation import Simulator, words_of

PASS = """
module pass_on (
    input  logic       clk,
    input  logic       rst,
    input  logic       in_valid,
    output logic       in_ready,
    input  logic [7:0] in_data,
    output logic       out_valid,
    input  logic       out_ready,
    output logic [7:0] out_data
);
  assign in_ready = !out_valid || out_ready;
  always_ff @(posedge clk) begin
    if (in_ready) out_valid <= in_valid && !rst;
    if (in_ready) out_data <= in_data;
  end
endmodule
"""


@dataclass(frozen=True)
class PassOn(Design):
    def texts(self) -> list[tuple[str, str]]:
        return [("pass_on.sv", PASS)]


@pytest.fixture(scope="module")
def simulator(fpga_tools: None) -> Simulator:
    return Simulator(PassOn("pass-on", "pass_on", (), (Stream("in", 8),), (Stream("out", 8),)))


def run(simulator: Simulator) -> None:
    simulator.run({"in": words_of([1, 2, 3], 8)}, {"out": 3})


def test_a_folder_gets_a_file_a_run(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "waves"
    monkeypatch.setenv("ZKMARK_FPGA_WAVES", str(folder))
    run(simulator)
    run(simulator)
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["pass-on-1.vcd", "pass-on-2.vcd"]
    for name in files:
        text = (folder / name).read_text()
        assert "$enddefinitions" in text
        assert "out_valid" in text


def test_a_file_is_written_anew_by_every_run(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.vcd"
    monkeypatch.setenv("ZKMARK_FPGA_WAVES", str(file))
    run(simulator)
    first = file.read_text()
    run(simulator)
    assert file.read_text() == first
    assert [path.name for path in tmp_path.iterdir()] == ["one.vcd"]


def test_without_it_nothing_is_written(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZKMARK_FPGA_WAVES", raising=False)
    monkeypatch.chdir(tmp_path)
    run(simulator)
    assert list(tmp_path.iterdir()) == []
