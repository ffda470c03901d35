"""The bench of hardware designs: streams, cycles, rules, memory, resets, waves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkmark.backends.fpga.design import Design, MemoryPort, Stream
from zkmark.backends.fpga.simulation import (
    Channel,
    Run,
    SimulationError,
    Simulator,
    Stalls,
    integers_of,
    words_of,
)

pytestmark = [pytest.mark.usefixtures("fpga_tools"), pytest.mark.driver]

# One register with a handshake: adds `amount`, so many items as come.
ADDER = """
module adder #(parameter int unsigned WIDTH = 8) (
    input  logic             clk,
    input  logic             rst,
    input  logic             in_valid,
    output logic             in_ready,
    input  logic [WIDTH-1:0] in_data,
    output logic             out_valid,
    input  logic             out_ready,
    output logic [WIDTH-1:0] out_data,
    input  logic [7:0]       amount,
    output logic [63:0]      count_items
);
  assign in_ready = !out_valid || out_ready;
  always_ff @(posedge clk) begin
    if (in_ready) begin
      out_valid <= in_valid;
      out_data  <= in_data + WIDTH'(amount);
    end
    if (out_valid && out_ready) count_items <= count_items + 1;
    if (rst) begin
      out_valid   <= 0;
      count_items <= 0;
    end
  end
endmodule
"""

# Offers an item and takes it back when it is not taken at once.
FICKLE = ADDER.replace(
    "assign in_ready = !out_valid || out_ready;", "assign in_ready = 1;"
).replace("module adder", "module fickle")

# Counts from a register that reset leaves as it is.
FORGETFUL = ADDER.replace("      count_items <= 0;\n", "").replace(
    "module adder", "module forgetful"
)

# Doubles `size` words of memory into the words behind them, then says so.
COPIER = """
module copier (
    input  logic        clk,
    input  logic        rst,
    output logic        mem_read_valid,
    input  logic        mem_read_ready,
    output logic [15:0] mem_read_address,
    input  logic        mem_return_valid,
    output logic        mem_return_ready,
    input  logic [63:0] mem_return_data,
    output logic        mem_write_valid,
    input  logic        mem_write_ready,
    output logic [15:0] mem_write_address,
    output logic [63:0] mem_write_data,
    output logic        done_valid,
    input  logic        done_ready,
    output logic [15:0] done_data,
    input  logic [15:0] size,
    input  logic [15:0] stride
);
  logic [15:0] asked, written;
  logic        told;
  assign mem_read_valid    = asked != size;
  assign mem_read_address  = 16'(asked * stride);
  assign mem_write_valid   = mem_return_valid;
  assign mem_return_ready  = mem_write_ready;
  assign mem_write_address = 16'(written + 16'd1024);
  assign mem_write_data    = mem_return_data << 1;
  assign done_valid        = written == size && !told;
  assign done_data         = written;
  always_ff @(posedge clk) begin
    if (mem_read_valid && mem_read_ready) asked <= asked + 1;
    if (mem_write_valid && mem_write_ready) written <= written + 1;
    if (done_valid && done_ready) told <= 1;
    if (rst) begin
      asked   <= 0;
      written <= 0;
      told    <= 0;
    end
  end
endmodule
"""


@dataclass(frozen=True)
class TextDesign(Design):
    """A design whose one source is a text."""

    text: str = ""

    def texts(self) -> list[tuple[str, str]]:
        return [(f"{self.top}.sv", self.text)]


def handshake(text: str, top: str = "adder", width: int = 8) -> TextDesign:
    """An adder, or what was made of its text."""
    return TextDesign(
        name=f"{top}-{width}",
        top=top,
        sources=(),
        inputs=(Stream("in", width),),
        outputs=(Stream("out", width),),
        parameters=(("WIDTH", width),),
        settings=("amount",),
        counters=("count_items",),
        text=text,
    )


COPY = TextDesign(
    name="copier",
    top="copier",
    sources=(),
    inputs=(),
    outputs=(Stream("done", 16),),
    memories=(MemoryPort("mem", 64),),
    settings=("size", "stride"),
    text=COPIER,
)


def add(values: list[int], width: int = 8, amount: int = 5, **more: Any) -> Run:
    return Simulator(handshake(ADDER, width=width)).run(
        {"in": words_of(values, width)},
        {"out": more.pop("expected", len(values))},
        settings={"amount": amount},
        **more,
    )


@pytest.mark.parametrize("width", [8, 13, 32, 64, 381])
def test_items_of_any_width_pass_in_order(width: int) -> None:
    top = (1 << width) - 1
    values = [0, 1, top, top - 4, top // 3, *(pow(7, i, top) for i in range(200))]
    run = add(values, width)
    assert integers_of(run.outputs["out"]) == [(value + 5) % (1 << width) for value in values]


def test_cycles_are_counted_from_the_first_item_to_the_last() -> None:
    # Item i is offered in cycle i + 1, stands in the register in the next one and leaves.
    run = add(list(range(10)))
    assert (run.transfers["in"].first, run.transfers["in"].last) == (1, 10)
    assert (run.transfers["out"].first, run.transfers["out"].last) == (2, 11)
    assert run.cycles == 11
    assert run.counters == {"count_items": 10}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "stalls", [Stalls(inputs=0.7), Stalls(outputs=0.7), Stalls(inputs=0.4, outputs=0.4)]
)
def test_bubbles_and_back_pressure_lose_nothing(stalls: Stalls, seed: int) -> None:
    values = [i * 7 % 256 for i in range(300)]
    run = add(values, stalls=stalls, seed=seed)
    assert integers_of(run.outputs["out"]) == [(value + 5) % 256 for value in values]
    assert run.cycles > 500
    assert run.counters == {"count_items": 300}
    if stalls.outputs:
        assert run.transfers["out"].refused > 50


def test_a_seed_decides_everything() -> None:
    stalls = Stalls(0.5, 0.5)
    cycles = [add(list(range(200)), stalls=stalls, seed=seed).cycles for seed in (1, 1, 2)]
    assert cycles[0] == cycles[1] != cycles[2]


def test_a_reset_begins_again() -> None:
    values = list(range(100))
    whole, again = add(values), add(values, reset_at=37)
    assert np.array_equal(whole.outputs["out"], again.outputs["out"])
    assert again.cycles == whole.cycles
    assert again.counters == whole.counters


def test_registers_begin_with_random_content() -> None:
    simulator = Simulator(handshake(FORGETFUL, "forgetful"))
    counts = {
        simulator.run(
            {"in": words_of([1], 8)}, {"out": 1}, settings={"amount": 0}, seed=seed
        ).counters["count_items"]
        for seed in range(3)
    }
    assert len(counts) == 3  # whatever the counter held, and one more


def test_what_stands_still_is_told_with_its_place() -> None:
    with pytest.raises(SimulationError, match=r"adder-8 stood still: after 50 cycles.* 3 of 4"):
        add([1, 2, 3], expected=4, max_cycles=50)


def test_an_item_too_many_is_told() -> None:
    with pytest.raises(SimulationError, match="broke a rule: output stream 0 gave more items"):
        add([1, 2, 3], expected=2)


def test_an_item_that_is_taken_back_is_told() -> None:
    with pytest.raises(SimulationError, match="changed an item that had not been taken"):
        Simulator(handshake(FICKLE, "fickle")).run(
            {"in": words_of(range(200), 8)},
            {"out": 200},
            settings={"amount": 1},
            stalls=Stalls(outputs=0.5),
        )


def copy(size: int, channel: Channel, stride: int = 1, **more: Any) -> Run:
    settings = {"size": size, "stride": stride}
    return Simulator(COPY).run(
        {}, {"done": 1}, settings=settings, memories={"mem": channel}, **more
    )


def memory_of(size: int, **more: Any) -> Channel:
    data = np.zeros((2048, 2), np.uint32)
    data[:size] = np.random.default_rng(3).integers(0, 1 << 31, (size, 2))
    return Channel(data, **more)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_memory_keeps_what_is_written(share: float) -> None:
    memory = memory_of(1000)
    before = memory.data[:1000].copy().view(np.uint64)
    copy(1000, memory, stalls=Stalls(memories=share), seed=9)
    assert np.array_equal(memory.data[1024:2024].copy().view(np.uint64), before << np.uint64(1))
    assert np.array_equal(memory.data[:1000].copy().view(np.uint64), before)
    assert (memory.read, memory.written) == (1000, 1000)


def test_memory_answers_after_its_latency() -> None:
    # Asked in cycle 1, answered in 1 + latency, written then; told in the cycle after that.
    assert copy(1, memory_of(1, latency=40, per_cycle=2)).cycles == 42


def test_memory_has_its_bandwidth() -> None:
    # A word read and one written for each, one word a cycle; the latency once.
    cycles = copy(1000, memory_of(1000, latency=20, per_cycle=1)).cycles
    assert 2000 <= cycles <= 2030
    assert abs(copy(1000, memory_of(1000, latency=20, per_cycle=0.5)).cycles - 2 * cycles) <= 40


def test_accesses_that_jump_cost_more() -> None:
    # Every read but the first jumps, and the first write: it is not at the beginning.
    slow, fast = memory_of(1000, latency=20, jump=3), memory_of(1000, latency=20, jump=0)
    more = copy(300, slow, stride=3).cycles - copy(300, fast, stride=3).cycles
    assert slow.jumps == fast.jumps == 300
    assert abs(more - 3 * 300) <= 10


def test_an_address_beyond_memory_is_told() -> None:
    with pytest.raises(SimulationError, match="a word beyond its end"):
        copy(300, memory_of(300), stride=100)


def test_a_reset_restores_memory() -> None:
    first, second = memory_of(500), memory_of(500)
    copy(500, first)
    copy(500, second, reset_at=300)
    assert np.array_equal(first.data, second.data)
    assert second.read == 500


def test_waves_show_every_signal(tmp_path: Path) -> None:
    file = tmp_path / "adder.vcd"
    plain, traced = add([1, 2, 3]), add([1, 2, 3], waves=file)
    assert traced.cycles == plain.cycles
    text = file.read_text()
    assert "$enddefinitions" in text
    for name in ("in_data", "out_data", "count_items", "clk"):
        assert name in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": {}}, r"inputs: got \[\], want \['in'\]"),
        ({"outputs": {"o": 1}}, r"outputs: got \['o'\], want \['out'\]"),
        ({"settings": {}}, r"settings: got \[\], want \['amount'\]"),
        ({"inputs": {"in": np.zeros((2, 3), np.uint32)}}, r"in: got an array of shape \[2, 3\]"),
        ({"memories": {"m": None}}, "memories: got"),
    ],
)
def test_what_a_design_has_not_is_refused(given: dict[str, Any], message: str) -> None:
    whole = {"inputs": {"in": words_of([1], 8)}, "outputs": {"out": 1}, "settings": {"amount": 1}}
    simulator = Simulator(handshake(ADDER))
    with pytest.raises(ValueError, match=message):
        simulator.run(**(whole | given))


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_stalls_are_shares(share: float) -> None:
    with pytest.raises(ValueError, match="stalls: got"):
        add([1], stalls=Stalls(inputs=share))
