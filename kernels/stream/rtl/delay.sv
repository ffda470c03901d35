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
        // An array, not one long vector: simulators move words, and synthesis finds shift registers.
        logic [WIDTH-1:0] held[CYCLES];
        always_ff @(posedge clk) begin
            if (enable) begin
                held[0] <= in;
                for (int i = 1; i < CYCLES; i++) held[i] <= held[i-1];
            end
        end
        assign out = held[CYCLES-1];
    end
endmodule
