"""Registers around a design that is routed alone: a few pins, and no path through one of them."""

from __future__ import annotations

from zkmark.backends.fpga.design import Design

_HARNESS = """\
// Shift registers at every input and output of a design, for a clock from place-and-route.
//
//   serial_in --> [shift register] --> design --> [registers] --> [shift register] --> serial_out
module ecp5_harness (
    input  logic clk,
    input  logic rst_pin,
    input  logic load_pin,
    input  logic serial_in,
    output logic serial_out
);
    logic rst, load;
    logic [{last_in}:0] feed;
    logic [{last_out}:0] found, taken, shifted;

    always_ff @(posedge clk) begin
        rst <= rst_pin;
        load <= load_pin;
        feed <= {{feed[{before_last_in}:0], serial_in}};
        taken <= found;
        shifted <= load ? taken : {{1'b0, shifted[{last_out}:1]}};
        serial_out <= shifted[0];
    end

    {top} dut (
        .clk(clk),
        .rst(rst){ports}
    );
endmodule
"""


# Settings, counters and addresses have at most so many bits; Yosys cuts what a port has less.
_ANY = 64


def harness(design: Design) -> str:
    """Return the SystemVerilog of a module ``ecp5_harness`` with the design in it."""
    inputs: list[tuple[str, int]] = []
    outputs: list[tuple[str, int]] = []
    for one in design.inputs:
        inputs += [(f"{one.name}_valid", 1), (f"{one.name}_data", one.bits)]
        outputs.append((f"{one.name}_ready", 1))
    for one in design.outputs:
        outputs += [(f"{one.name}_valid", 1), (f"{one.name}_data", one.bits)]
        inputs.append((f"{one.name}_ready", 1))
    for port in design.memories:
        for channel in ("read", "write"):
            name = f"{port.name}_{channel}"
            outputs += [(f"{name}_valid", 1), (f"{name}_address", _ANY)]
            inputs.append((f"{name}_ready", 1))
        outputs += [(f"{port.name}_write_data", port.bits), (f"{port.name}_return_ready", 1)]
        inputs += [(f"{port.name}_return_valid", 1), (f"{port.name}_return_data", port.bits)]
    inputs += [(name, _ANY) for name in design.settings]
    outputs += [(name, _ANY) for name in design.counters]
    ports, taken, given = [], 0, 0
    for name, bits in inputs:
        ports.append(f".{name}(feed[{taken + bits - 1}:{taken}])")
        taken += bits
    for name, bits in outputs:
        ports.append(f".{name}(found[{given + bits - 1}:{given}])")
        given += bits
    return _HARNESS.format(
        last_in=taken - 1,
        before_last_in=taken - 2,
        last_out=given - 1,
        top=design.top,
        ports="".join(f",\n        {port}" for port in ports),
    )
