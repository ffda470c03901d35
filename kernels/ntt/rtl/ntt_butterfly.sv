// A butterfly of radix 2, of either kind, over a field of one word; canonical values.
//
//   inverse = 0, Cooley and Tukey:      top = a + t b          bottom = a - t b
//   inverse = 1, Gentleman and Sande:   top = (a + b) / 2      bottom = (a - b) t
//
//           +--> [delay 9] ----+                        a, b -> [+] -> [/2] -> [delay 8] -> top
//   a ------+                  +-> [+] -> top           a, b -> [-] ---------> [multiplier] -> bottom
//   b ----> [multiplier 9] ----+-> [-] -> bottom                                    ^ t, 2 cycles later
//             ^ t
//
// Both ways have one multiplier, one adder, one subtractor and one delay line, and share them. Whoever has t halves it
// for an inverse transform, so that a layer divides by 2 and all of them by n. `inverse` stands still while items are
// under way.
//
// Latency: 11. One butterfly a cycle.
module ntt_butterfly #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic            clk,
    input  logic            enable,
    input  logic            inverse,
    input  logic [BITS-1:0] a,
    input  logic [BITS-1:0] b,
    input  logic [BITS-1:0] t,
    output logic [BITS-1:0] top,
    output logic [BITS-1:0] bottom
);
    // (p + 1) / 2, which is 1/2.
    localparam logic [BITS-1:0] HALF =
        (BITS'(1) << (BITS - 1)) - (BITS'(1) << (EXPONENT - 1)) + BITS'(1);

    logic [BITS-1:0] product, sum, difference, later, factor, t_later, half, held;

    field_multiplier #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) multiplier (
        .clk,
        .enable,
        .a(inverse ? difference : b),
        .b(factor),
        .product
    );
    field_adder #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) adder (
        .clk,
        .enable,
        .a(inverse ? a : later),
        .b(inverse ? b : product),
        .sum
    );
    field_subtractor #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) subtractor (
        .clk,
        .enable,
        .a(inverse ? a : later),
        .b(inverse ? b : product),
        .difference
    );
    delay #(
        .WIDTH (BITS),
        .CYCLES(narrow_fields::SUBTRACTOR_LATENCY)
    ) twiddle (
        .clk,
        .enable,
        .in (t),
        .out(t_later)
    );
    delay #(
        .WIDTH (BITS),
        .CYCLES(narrow_fields::MULTIPLIER_LATENCY - 1)
    ) line (
        .clk,
        .enable,
        .in (held),
        .out(later)
    );

    assign factor = inverse ? t_later : t;
    assign half   = (sum >> 1) + (sum[0] ? HALF : '0);
    assign top    = inverse ? later : sum;
    assign bottom = inverse ? product : difference;

    always_ff @(posedge clk) if (enable) held <= inverse ? half : a;
endmodule
