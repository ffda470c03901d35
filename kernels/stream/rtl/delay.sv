// What came in CYCLES cycles ago, cycles without enable not counted. Holds garbage until it is filled: what needs to
// know whether there is anything carries its own valid bit.
//
//   in --[reg]--[reg]-- ... --[reg]-- out        CYCLES registers, none for 0
//
// Latency: CYCLES. One item a cycle.
module delay #(
    parameter int WIDTH  = 1,
    parameter int CYCLES = 1
) (
    input  logic             clk,
    input  logic             enable,
    input  logic [WIDTH-1:0] in,
    output logic [WIDTH-1:0] out
);
    if (CYCLES == 0) begin : g_wire
        assign out = in;
        logic unused;
        assign unused = &{1'b0, clk, enable};
    end else begin : g_registers
        // A register a stage rather than one long vector: simulators move words, synthesis finds shift registers.
        for (genvar i = 0; i < CYCLES; i++) begin : g_stages
            logic [WIDTH-1:0] held;
            if (i == 0) begin : g_first
                always_ff @(posedge clk) if (enable) held <= in;
            end else begin : g_next
                always_ff @(posedge clk) if (enable) held <= g_stages[i-1].held;
            end
        end
        assign out = g_stages[CYCLES-1].held;
    end
endmodule
