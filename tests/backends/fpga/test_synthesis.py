"""Synthesis: cells are counted, tools that fail or are missing give one sentence."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from zkmark.backends.fpga import synthesis, tools
from zkmark.backends.fpga.design import Design, MemoryPort, Stream
from zkmark.backends.fpga.ecp5_harness import harness
from zkmark.backends.fpga.synthesis import SynthesisError, SynthesisTimeoutError
from zkmark.backends.fpga.tools import MissingToolError, Tool

SQUARE = """\
// The square of an item, shifted DEPTH times.
//
// Latency: 1 + DEPTH.
module square #(
    parameter int WIDTH = 4,
    parameter int DEPTH = 1
) (
    input  logic               clk,
    input  logic               rst,
    input  logic               in_valid,
    output logic               in_ready,
    input  logic [WIDTH-1:0]   in_data,
    output logic               out_valid,
    input  logic               out_ready,
    output logic [2*WIDTH-1:0] out_data
);
    logic [DEPTH:0] valid;
    logic [DEPTH:0][2*WIDTH-1:0] data;
    logic [2*WIDTH-1:0] product;
    assign product = in_data * in_data;
    assign in_ready = out_ready;
    assign out_valid = valid[DEPTH];
    assign out_data = data[DEPTH];
    always_ff @(posedge clk)
        if (rst) valid <= '0;
        else if (out_ready) valid <= {valid[DEPTH-1:0], in_valid};
    always_ff @(posedge clk)
        if (out_ready) data <= {data[DEPTH-1:0], product};
endmodule
"""


@dataclass(frozen=True)
class TextDesign(Design):
    text: str = SQUARE

    def texts(self) -> list[tuple[str, str]]:
        return [(f"{self.top}.sv", self.text)]


def square(width: int, depth: int, text: str = SQUARE) -> TextDesign:
    streams = (Stream("in", width),), (Stream("out", 2 * width),)
    parameters = (("WIDTH", width), ("DEPTH", depth))
    return TextDesign("square", "square", (), *streams, parameters=parameters, text=text)


@pytest.fixture(scope="module")
def yosys() -> None:
    try:
        tools.find_yosys()
    except MissingToolError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def nextpnr(yosys: None) -> None:
    try:
        tools.find_nextpnr()
    except MissingToolError as error:
        pytest.skip(str(error))


def program(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have a Python program in place of Yosys."""
    tool = Tool((sys.executable, "-c", code), "a test's")
    monkeypatch.setattr(synthesis, "find_yosys", lambda: tool)


class TestUltrascalePlus:
    def test_counts_what_both_parameters_make(self, yosys: None) -> None:
        found = synthesis.synthesise(square(16, 8))
        used = found.resources
        assert used["dsp"] == 1  # 16 x 16 bits
        assert used["srl"] == 32  # a shift register a bit of the product
        assert used["ff"] >= 9  # the valid bits, which are reset
        assert used["lut"] == used["logic"] + used["srl"] + used["lutram"]
        assert used["bram36"] == used["uram"] == 0
        assert found.command == "synth_xilinx -family xcup -noiopad -top square"
        assert found.tool.startswith(("pyosys ", "yosys "))
        assert found.seconds > 0

    def test_counts_the_cells_of_every_instance(self, yosys: None) -> None:
        inner = SQUARE.replace("module square", "module inner")
        ports = ".clk, .rst, .in_valid, .in_ready(%s), .in_data(%s), .out_valid(%s), .out_ready"
        twice = (
            inner
            + SQUARE.split("logic [DEPTH:0] valid")[0]
            + (
                "    logic [1:0] ready, valid;\n    logic [4*WIDTH-1:0] both;\n"
                f"    inner #(WIDTH, DEPTH) a ({ports % ('ready[0]', 'in_data', 'valid[0]')},"
                " .out_data(both[0+:2*WIDTH]));\n"
                f"    inner #(WIDTH, DEPTH) b ({ports % ('ready[1]', '~in_data', 'valid[1]')},"
                " .out_data(both[2*WIDTH+:2*WIDTH]));\n"
                "    assign {in_ready, out_valid} = {&ready, &valid};\n"
                "    assign out_data = both[0+:2*WIDTH] ^ both[2*WIDTH+:2*WIDTH];\nendmodule\n"
            )
        )
        used = synthesis.synthesise(square(16, 8, twice)).resources
        assert (used["dsp"], used["srl"]) == (2, 64)

    def test_says_what_is_wrong_with_a_source(self, yosys: None) -> None:
        broken = SQUARE.replace("assign in_ready = out_ready;", "assign in_ready out_ready;")
        with pytest.raises(SynthesisError, match=r"^synthesising square failed: .*syntax") as info:
            synthesis.synthesise(square(4, 1, broken))
        assert "\n" not in str(info.value)


class TestEcp5:
    def test_reaches_a_clock(self, nextpnr: None) -> None:
        found = synthesis.place_and_route(square(8, 2))
        assert 20e6 < found.fmax_hertz < 600e6
        assert found.resources["dsp"] == 1
        # The harness's registers, 17 in and 54 out, are not counted.
        assert found.resources["ff"] <= 3 * 16 + 3
        assert "nextpnr" in found.tool

    def test_puts_every_port_between_registers(self) -> None:
        one = Design(
            *("all", "all", (), (Stream("a", 3),), (Stream("b", 5),)),
            memories=(MemoryPort("m", 64),),
            settings=("size",),
            counters=("busy",),
        )
        text = harness(one)
        ports = ["a_valid", "a_ready", "a_data", "b_valid", "b_ready", "b_data", "size", "busy"]
        for channel in ("read", "write"):
            ports += [f"m_{channel}_{end}" for end in ("valid", "ready", "address")]
        ports += ["m_write_data", "m_return_valid", "m_return_ready", "m_return_data"]
        assert all(text.count(f".{port}(") == 1 for port in ports)


class TestToolsThatFail:
    def test_one_that_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        program(monkeypatch, "import time; time.sleep(60)")
        with pytest.raises(SynthesisTimeoutError, match=r"^synthesising square took more than 1 s"):
            synthesis.synthesise(square(4, 1), most_seconds=1)

    def test_one_that_is_killed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        program(monkeypatch, "import os; os.kill(os.getpid(), 9)")
        with pytest.raises(SynthesisError, match="was ended by SIGKILL, as it is when memory runs"):
            synthesis.synthesise(square(4, 1))

    def test_one_that_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        program(monkeypatch, "raise SystemExit(3)")
        with pytest.raises(SynthesisError, match="failed: it says nothing of why"):
            synthesis.synthesise(square(4, 1))

    def test_one_that_leaves_cells_that_are_no_part_of_the_device(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cells = '{"modules": {"square": {"num_cells_by_type": {"LUT3": 2, "$mul": 1}}}}'
        program(monkeypatch, f"open('cells.json', 'w').write('{cells}')")
        with pytest.raises(SynthesisError, match=r"left 1 cells of the type \$mul"):
            synthesis.synthesise(square(4, 1))

    def test_one_that_cannot_be_started(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tool = Tool(("/nowhere/yosys",), "none")
        monkeypatch.setattr(synthesis, "find_yosys", lambda: tool)
        with pytest.raises(SynthesisError, match="/nowhere/yosys could not be started"):
            synthesis.synthesise(square(4, 1))


@pytest.mark.parametrize(
    ("find", "sentence"),
    [
        (tools.find_yosys, r"needs Yosys; run `pip install 'zkmark\[fpga\]'`$"),
        (tools.find_nextpnr, r"needs nextpnr; run `pip install 'zkmark\[fpga-ecp5\]'`$"),
    ],
)
def test_a_missing_tool_gives_one_sentence(
    find: object, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=sentence) as info:
        find.__wrapped__()  # type: ignore[attr-defined]
    assert "\n" not in str(info.value)


def test_wide_parameters_keep_all_their_bits() -> None:
    assert synthesis._number(5) == "5"
    assert synthesis._number(2**64 - 2**32 + 1) == "64'hffffffff00000001"


class TestHeads:
    def test_say_what_a_design_computes_and_its_latency(self) -> None:
        assert square(4, 1).about == "The square of an item, shifted DEPTH times"
        assert square(4, 1).latency == "Latency: 1 + DEPTH."

    def test_may_give_a_formula_of_cycles_in_a_paragraph_of_its_own(self) -> None:
        head = "// Does it. Cycles:\n//\n//   3 n\n//     + 1\n//\n// More.\nmodule square;\n"
        assert square(4, 1, head).latency == "Cycles: 3 n + 1"

    def test_may_be_missing(self) -> None:
        bare = square(4, 1, SQUARE[SQUARE.index("module") :])
        assert (bare.about, bare.latency) == ("", None)
