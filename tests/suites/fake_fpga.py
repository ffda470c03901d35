"""The kernel of fake_kernels.py on a real design: 3 x + 1 in a register, an element a cycle.

A plugin as that one is. From ``SIMULATED`` elements on a case is extrapolated from two smaller
ones. ``trouble``: ``wrong`` builds a design that adds 2, ``miscounted`` has a formula that is off,
``stuck`` waits for an item more than the design gives.
"""

import sys
from pathlib import Path

import numpy as np

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.fpga import FpgaImplementation, FpgaPlan, Simulated
from zkmark.suites.plugins import load_plugin

fakes = load_plugin(str(Path(__file__).with_name("fake_kernels.py")))

SIMULATED = 4096
HERTZ = 200e6
_TEXT = """\
// y = 3 x + ADDEND on 64 bits. Latency: one cycle; n items take n + 1 cycles.
module fake_triple #(
    parameter int ADDEND = 1
) (
    input  logic        clk,
    input  logic        rst,
    input  logic        in_valid,
    output logic        in_ready,
    input  logic [63:0] in_data,
    output logic        out_valid,
    input  logic        out_ready,
    output logic [63:0] out_data,
    output logic [31:0] items
);
  assign in_ready = !out_valid || out_ready;
  always_ff @(posedge clk) begin
    if (in_ready) begin
      out_valid <= in_valid;
      out_data  <= 64'd3 * in_data + 64'(ADDEND);
    end
    if (out_valid && out_ready) items <= items + 32'd1;
    if (rst) begin
      out_valid <= 1'b0;
      items     <= 32'd0;
    end
  end
endmodule
"""


def design_of(case):
    addend = 2 if case.trouble == "wrong" else 1
    return Design(
        f"fake-triple-{addend}",
        "fake_triple",
        (),
        (Stream("in", 64),),
        (Stream("out", 64),),
        parameters=(("ADDEND", addend),),
        generated=(("fake_triple.sv", _TEXT),),
        counters=("items",),
        clock=DeclaredClock(HERTZ, "invented for tests"),
    )


class FakePlan(FpgaPlan):
    def upload(self, inputs):
        return np.ascontiguousarray(inputs["x"]).view(np.uint32).reshape(-1, 2)

    def compute(self, uploaded):
        wanted = len(uploaded) + (self.case.trouble == "stuck")
        run = self.simulator.run({"in": uploaded}, {"out": wanted}, max_cycles=10_000)
        size = 8 * len(uploaded)
        return Simulated(run.outputs["out"], run.cycles, size, size, 0, run.counters, run.seconds)

    def download(self, result):
        return np.ascontiguousarray(result.result).view(np.uint64).reshape(-1)


class FakeFpga(FpgaImplementation):
    id = "fpga"
    kernel = "fake"

    def unsupported(self, case):
        return "the design does not do this" if case.trouble == "unsupported" else None

    def design(self, case):
        return design_of(case)

    def make(self, case, on):
        return FakePlan(case, self.design(case), on)

    def simulated_instead(self, case):
        if case.size < SIMULATED:
            return []
        return [fakes.FakeCase(size=size, trouble=case.trouble) for size in (512, 1024)]

    def formula(self, case, on):
        size = case.size * (2 if case.trouble == "miscounted" else 1)
        return Simulated(None, size + 1, 8 * case.size, 8 * case.size)


fakes._module("zkmark.kernels.fake.fpga", [FakeFpga()])
assert sys.modules["zkmark.kernels.fake.fpga"].IMPLEMENTATIONS
