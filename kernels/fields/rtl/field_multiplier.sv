// a * b mod 2^BITS - 2^EXPONENT + 1: the multiplier of whichever field that is. Canonical values.
//
// Latency: 9 (narrow_fields::MULTIPLIER_LATENCY), cycles without enable not counted. One product a cycle.
module field_multiplier #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic            clk,
    input  logic            enable,
    input  logic [BITS-1:0] a,
    input  logic [BITS-1:0] b,
    output logic [BITS-1:0] product
);
    if (BITS == 64 && EXPONENT == 32) begin : g_goldilocks
        goldilocks_multiplier multiplier (
            .clk,
            .enable,
            .a,
            .b,
            .product
        );
    end else begin : g_field31
        field31_multiplier #(
            .EXPONENT(EXPONENT)
        ) multiplier (
            .clk,
            .enable,
            .a,
            .b,
            .product
        );
    end
endmodule
