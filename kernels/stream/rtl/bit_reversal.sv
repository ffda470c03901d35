// The lowest `count` bits of a number, reversed; its bits above these must be zero. count is at most WIDTH.
//
// Latency: 0.
module bit_reversal #(
    parameter int WIDTH      = 16,
    parameter int COUNT_BITS = $clog2(WIDTH + 1)
) (
    input  logic [WIDTH-1:0]      in,
    input  logic [COUNT_BITS-1:0] count,
    output logic [WIDTH-1:0]      out
);
    logic [WIDTH-1:0] all;
    for (genvar i = 0; i < WIDTH; i++) begin : g_bits
        assign all[i] = in[WIDTH-1-i];
    end
    assign out = all >> (COUNT_BITS'(WIDTH) - count);
endmodule
