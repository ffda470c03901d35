// a * b mod p for Goldilocks, p = 2^64 - 2^32 + 1. Operands below p, product below p (canonical, not Montgomery form).
//
//   a, b -> [12 tiles 26 x 17] -> [4 rows a * b_j] -> [sums of 32-bit columns D0..D3] -> [A, B] -> [H, L] -> product
//
// With the 128-bit product as columns, D0 + 2^32 D1 + 2^64 D2 + 2^96 D3, and 2^64 = 2^32 - 1, 2^96 = -1 (mod p):
//
//   a b = A + 2^32 B,   A = D0 - D2 - D3,   B = D1 + D2
//
// so that columns are reduced without carrying between them, by adders of at most 36 bits. A and B are then cut at 32
// bits, their upper parts folded the same way, which leaves v + k 2^64 with 0 <= v < 2^64 and k in {-1, 0, 1}, and the
// product is v + k (2^32 - 1), less p if k = 0 and v >= p.
//
// Latency: 9 (narrow_fields::MULTIPLIER_LATENCY), cycles without enable not counted. One product a cycle. 12 DSP.
module goldilocks_multiplier (
    input  logic        clk,
    input  logic        enable,
    input  logic [63:0] a,
    input  logic [63:0] b,
    output logic [63:0] product
);
    // 1: operands, in digits of 26 and of 17 bits.
    logic [63:0] a1, b1;
    // 2: tiles, the row of b's digit j: l the least of a's digits, m the middle, h the highest of 12 bits.
    logic [42:0] l0, l1, l2, m0, m1, m2;
    logic [28:0] h0, h1, h2;
    logic [38:0] l3, m3;
    logic [24:0] h3;
    // 3: rows a * b_j of 81 bits, the last of 77: their 26 lowest bits, and the others.
    logic [25:0] low0, low1, low2, low3;
    logic [54:0] high0, high1, high2;
    logic [50:0] high3;
    // 4, 5: columns.
    logic [32:0] d0, d1_even, d1_odd, d2_even, d2_odd;
    logic [33:0] d1, d2, d3;
    logic signed [35:0] d0_less_d3;
    // 6: A and B.
    logic signed [36:0] big_a;
    logic [34:0] big_b;
    // 7, 8: parts at 2^32 and at 1.
    logic signed [36:0] upper, upper_settled;
    logic signed [33:0] lower;
    logic [63:0] v;
    logic carried, borrowed, exceeds;

    assign upper_settled = upper + 37'(signed'(lower[33:32]));
    assign exceeds       = carried || (&v[63:32] && |v[31:0]);

    always_ff @(posedge clk) begin
        if (enable) begin
            a1 <= a;
            b1 <= b;

            l0 <= 43'(a1[25:0]) * 43'(b1[16:0]);
            m0 <= 43'(a1[51:26]) * 43'(b1[16:0]);
            h0 <= 29'(a1[63:52]) * 29'(b1[16:0]);
            l1 <= 43'(a1[25:0]) * 43'(b1[33:17]);
            m1 <= 43'(a1[51:26]) * 43'(b1[33:17]);
            h1 <= 29'(a1[63:52]) * 29'(b1[33:17]);
            l2 <= 43'(a1[25:0]) * 43'(b1[50:34]);
            m2 <= 43'(a1[51:26]) * 43'(b1[50:34]);
            h2 <= 29'(a1[63:52]) * 29'(b1[50:34]);
            l3 <= 39'(a1[25:0]) * 39'(b1[63:51]);
            m3 <= 39'(a1[51:26]) * 39'(b1[63:51]);
            h3 <= 25'(a1[63:52]) * 25'(b1[63:51]);

            low0  <= l0[25:0];
            low1  <= l1[25:0];
            low2  <= l2[25:0];
            low3  <= l3[25:0];
            high0 <= {h0, 9'b0, l0[42:26]} + 55'(m0);
            high1 <= {h1, 9'b0, l1[42:26]} + 55'(m1);
            high2 <= {h2, 9'b0, l2[42:26]} + 55'(m2);
            high3 <= {h3, 13'b0, l3[38:26]} + 51'(m3);

            // Row j begins at bit 17 j; its bits of each column.
            d0      <= 33'({high0[5:0], low0}) + 33'({low1[14:0], 17'b0});
            d1_even <= 33'(high0[37:6]) + 33'({high2[3:0], low2, 2'b0});
            d1_odd  <= 33'({high1[20:0], low1[25:15]}) + 33'({low3[12:0], 19'b0});
            d2_even <= 33'(high0[54:38]) + 33'(high2[35:4]);
            d2_odd  <= 33'(high1[52:21]) + 33'({high3[18:0], low3[25:13]});
            d3      <= 34'(high1[54:53]) + 34'(high2[54:36]) + 34'(high3[50:19]);

            d0_less_d3 <= $signed(36'(d0)) - $signed(36'(d3));
            d1         <= 34'(d1_even) + 34'(d1_odd);
            d2         <= 34'(d2_even) + 34'(d2_odd);

            big_a <= 37'(d0_less_d3) - $signed(37'(d2));
            big_b <= 35'(d1) + 35'(d2);

            upper <= 37'($signed(big_a[36:32])) + $signed(37'(big_b[31:0])) + $signed(37'(big_b[34:32]));
            lower <= $signed(34'(big_a[31:0])) - $signed(34'(big_b[34:32]));

            v        <= {upper_settled[31:0], lower[31:0]};
            carried  <= !upper_settled[36] && upper_settled[32];
            borrowed <= upper_settled[36];

            product <= v + (borrowed ? 64'hFFFF_FFFF_0000_0001 : exceeds ? 64'h0000_0000_FFFF_FFFF : 64'h0);
        end
    end

    logic unused;
    assign unused = &{1'b0, upper_settled[35:33]};
endmodule
