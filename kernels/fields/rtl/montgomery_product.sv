// The double-width product of two integers of WIDTH bits, WIDTH and LEVELS from the package montgomery_constants: one
// montgomery_karatsuba, which the simulator keeps as one function however often a design has it.
//
// Latency: 3 + 3 LEVELS, and 1 where WIDTH > 256. One product a cycle.
module montgomery_product #(
    parameter int WIDTH   = montgomery_constants::WIDTH,
    parameter int LEVELS  = montgomery_constants::LEVELS,
    parameter int LATENCY = 3 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0)
) (
    input  logic               clk,
    input  logic [LATENCY-1:0] enable /* verilator public_flat_rw */,
    input  logic [WIDTH-1:0]   a /* verilator public_flat_rw */,
    input  logic [WIDTH-1:0]   b /* verilator public_flat_rw */,
    output logic [2*WIDTH-1:0] product
);
    // For the simulator: one function for all instances, so that what is outside must not be drawn into it by the ports.
    /* verilator no_inline_module */
    montgomery_karatsuba #(
        .WIDTH(WIDTH),
        .LEVELS(LEVELS)
    ) multiplier (
        .clk,
        .enable,
        .a,
        .b,
        .product
    );
endmodule
