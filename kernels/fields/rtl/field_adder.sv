// a + b mod p, p = 2^BITS - 2^EXPONENT + 1. Canonical values.
//
//   a, b -> [sum, carry] -> [+ 2^EXPONENT - 1 where it is p or more] -> sum
//
// The sum's two parts are added apart because "p or more" is "all ones above EXPONENT, and not zero below", or a carry.
//
// Latency: 2 (narrow_fields::ADDER_LATENCY), cycles without enable not counted. One sum a cycle.
module field_adder #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic            clk,
    input  logic            enable,
    input  logic [BITS-1:0] a,
    input  logic [BITS-1:0] b,
    output logic [BITS-1:0] sum
);
    localparam int TOP = BITS - EXPONENT;

    logic [EXPONENT:0]   lower;
    logic [TOP:0]        upper;
    logic [BITS-1:0]     plain;
    logic                carried, exceeds;

    assign lower   = (EXPONENT + 1)'(a[EXPONENT-1:0]) + (EXPONENT + 1)'(b[EXPONENT-1:0]);
    assign upper   = (TOP + 1)'(a[BITS-1:EXPONENT]) + (TOP + 1)'(b[BITS-1:EXPONENT]) + (TOP + 1)'(lower[EXPONENT]);
    assign exceeds = carried || (&plain[BITS-1:EXPONENT] && |plain[EXPONENT-1:0]);

    always_ff @(posedge clk) begin
        if (enable) begin
            plain   <= {upper[TOP-1:0], lower[EXPONENT-1:0]};
            carried <= upper[TOP];
            sum     <= plain + BITS'({EXPONENT{exceeds}});
        end
    end
endmodule
