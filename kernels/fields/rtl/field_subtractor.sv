// a - b mod p, p = 2^BITS - 2^EXPONENT + 1. Canonical values.
//
//   a, b -> [difference, borrow] -> [- (2^EXPONENT - 1) after a borrow] -> difference
//
// Latency: 2 (narrow_fields::SUBTRACTOR_LATENCY), cycles without enable not counted. One difference a cycle.
module field_subtractor #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic            clk,
    input  logic            enable,
    input  logic [BITS-1:0] a,
    input  logic [BITS-1:0] b,
    output logic [BITS-1:0] difference
);
    localparam int TOP = BITS - EXPONENT;

    logic [EXPONENT:0] lower;
    logic [TOP:0]      upper;
    logic [BITS-1:0]   plain;
    logic              borrowed;

    assign lower = (EXPONENT + 1)'(a[EXPONENT-1:0]) - (EXPONENT + 1)'(b[EXPONENT-1:0]);
    assign upper = (TOP + 1)'(a[BITS-1:EXPONENT]) - (TOP + 1)'(b[BITS-1:EXPONENT]) - (TOP + 1)'(lower[EXPONENT]);

    always_ff @(posedge clk) begin
        if (enable) begin
            plain      <= {upper[TOP-1:0], lower[EXPONENT-1:0]};
            borrowed   <= upper[TOP];
            difference <= plain - BITS'({EXPONENT{borrowed}});
        end
    end
endmodule
