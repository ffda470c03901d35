// An element times one entry of the internal layer's diagonal, as a sum that is not negative and not yet reduced.
//
// Entries are +-1 to +-4 and +-2^-k. With p = c 2^EXPONENT + 1, c = 2^(BITS - EXPONENT) - 1, and x = h 2^k + l,
//
//   x 2^-k = h - l (p - 1) / 2^k = h - (l c) 2^(EXPONENT - k)  (mod p),   l c = (l << (BITS - EXPONENT)) - l
//
// so that an entry takes two or three adders and no multiplier. p, or up to 4 p, keeps the result positive: it is below
// 5 p. TIMES is 1 to 4, or 0 for 2^-HALVINGS.
//
// Latency: 0 (logic only).
module poseidon2_diagonal #(
    parameter bit NEGATIVE = 1'b0,
    parameter int TIMES    = 1,
    parameter int HALVINGS = 0
) (
    input  logic [poseidon2::BITS-1:0] x,
    output logic [poseidon2::BITS+2:0] y
);
    localparam int BITS     = poseidon2::BITS;
    localparam int EXPONENT = poseidon2::EXPONENT;
    localparam int W        = BITS + 3;
    localparam logic [W-1:0] P = W'(poseidon2::MODULUS);

    if (TIMES != 0) begin : g_times
        logic [W-1:0] product;
        assign product = (TIMES == 1 || TIMES == 3 ? W'(x) : '0) + (TIMES == 2 || TIMES == 3 ? W'(x) << 1 : '0)
                       + (TIMES == 4 ? W'(x) << 2 : '0);
        assign y = NEGATIVE ? (TIMES == 3 ? (P << 1) + P : TIMES == 1 ? P : TIMES == 2 ? P << 1 : P << 2) - product
                            : product;
    end else begin : g_halvings
        logic [W-1:0] upper, lower, part;
        assign upper = W'(x >> HALVINGS);
        assign lower = W'(x[HALVINGS-1:0]);
        assign part  = ((lower << (BITS - EXPONENT)) - lower) << (EXPONENT - HALVINGS);
        assign y     = NEGATIVE ? P + part - upper : P + upper - part;
    end
endmodule
