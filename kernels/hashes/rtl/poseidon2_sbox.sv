// The S-box: x^7, or x^3 where the set says so.
//
//   x^7:  x --> [x x] --+--> [x2 x ] --> [x3 x4] --> y        x^3:  x --> [x x] --> [x2 x] --> y
//         |             +--> [x2 x2] ----^                          |               ^
//         +-- delay ---------^                                      +-- delay ------+
//
// Latency: 3 multiplications (x^7) or 2 (x^3), poseidon2::SBOX_LATENCY. One element a cycle. 4 or 2 multipliers.
module poseidon2_sbox (
    input  logic                       clk,
    input  logic [poseidon2::BITS-1:0] x,
    output logic [poseidon2::BITS-1:0] y
);
    // Simulated as one piece of code for all instances: so built in a fraction of the time.
    /* verilator no_inline_module */

    localparam int BITS     = poseidon2::BITS;
    localparam int EXPONENT = poseidon2::EXPONENT;

    logic [BITS-1:0] x2, x_then;

    field_multiplier #(.BITS(BITS), .EXPONENT(EXPONENT)) square (.clk, .enable(1'b1), .a(x), .b(x), .product(x2));

    ring_delay #(.WIDTH(BITS), .CYCLES(narrow_fields::MULTIPLIER_LATENCY)) wait_square (
        .clk, .in(x), .out(x_then)
    );

    if (poseidon2::ALPHA == 7) begin : g_seventh
        logic [BITS-1:0] x3, x4;

        field_multiplier #(.BITS(BITS), .EXPONENT(EXPONENT)) third (
            .clk, .enable(1'b1), .a(x2), .b(x_then), .product(x3)
        );
        field_multiplier #(.BITS(BITS), .EXPONENT(EXPONENT)) fourth (
            .clk, .enable(1'b1), .a(x2), .b(x2), .product(x4)
        );
        field_multiplier #(.BITS(BITS), .EXPONENT(EXPONENT)) seventh (
            .clk, .enable(1'b1), .a(x3), .b(x4), .product(y)
        );
    end else begin : g_third
        field_multiplier #(.BITS(BITS), .EXPONENT(EXPONENT)) third (
            .clk, .enable(1'b1), .a(x2), .b(x_then), .product(y)
        );
    end
endmodule
