// a * b mod p for p = 2^31 - 2^EXPONENT + 1: BabyBear with 27, KoalaBear with 24. Operands below p, product below p
// (canonical, not Montgomery form).
//
//   a, b -> [tiles 26x17, 26x14, 26x5, 5x5] -> [x, 62 bits] -> [quotients, digit sum] -> [X < 4.1 p] -> [Y < 1.3 p]
//   -> product
//
// x = l + 2^31 h with l, h of 31 bits, and 2^31 = 2^EXPONENT - 1 (mod p), so that x = l - h + 2^EXPONENT h. In digits of
// K = 31 - EXPONENT bits, h = sum of h_i 2^(K i), that fold repeated gives 2^(EXPONENT + K i) = 2^EXPONENT - 1 - 2^K -
// ... - 2^(K (i - 1)), and all of them together, with S the sum of the digits,
//
//   2^EXPONENT h = 2^EXPONENT S - (h >> K) - (h >> 2 K) - ...
//
// S is folded twice more until it has K bits; adding 2 p keeps X positive; its bits from 31 on are folded once.
//
// Latency: 9 (narrow_fields::MULTIPLIER_LATENCY), cycles without enable not counted. One product a cycle. 3 DSP.
module field31_multiplier #(
    parameter int EXPONENT = 27
) (
    input  logic        clk,
    input  logic        enable,
    input  logic [30:0] a,
    input  logic [30:0] b,
    output logic [30:0] product
);
    localparam int K = 31 - EXPONENT;
    localparam int DIGITS = (31 + K - 1) / K;
    localparam logic [31:0] MODULUS = 32'h8000_0000 - (32'h1 << EXPONENT) + 32'h1;

    logic [30:0] a1, b1;
    logic [42:0] tile00;  // a[25:0] b[16:0]
    logic [39:0] tile01;  // a[25:0] b[30:17]
    logic [30:0] tile10;  // a[30:26] b[25:0]
    logic [9:0]  tile11;  // a[30:26] b[30:26], too small for a DSP: sums of rows
    logic [57:0] sum0;
    logic [35:0] sum1;
    logic [61:0] x;
    logic [30:0] l5, l6;
    logic [31:0] near, far;
    logic [9:0]  digit_sum;
    logic [32:0] minus;
    logic [K-1:0] folded_sum;
    logic [32:0] big_x;
    logic [31:0] big_y;

    logic [9:0]  small_product;
    logic [31:0] near_next, far_next;
    logic [9:0]  digit_sum_next;
    logic [K:0]  once;
    logic [31:0] reduced;

    always_comb begin
        small_product = '0;
        for (int i = 0; i < 5; i++) if (a1[26+i]) small_product = small_product + (10'(b1[30:26]) << i);

        // The quotients h >> K i, the first three, which are the longest, apart from the others.
        near_next      = '0;
        far_next       = '0;
        digit_sum_next = '0;
        for (int i = 0; i < DIGITS; i++) begin
            if (i < 3) near_next = near_next + (32'(x[61:31]) >> (K * i));
            else far_next = far_next + (32'(x[61:31]) >> (K * i));
            digit_sum_next = digit_sum_next + ((10'(x[61:31] >> (K * i))) & 10'((1 << K) - 1));
        end
    end

    assign once    = (K + 1)'(digit_sum[K-1:0]) + (K + 1)'(digit_sum >> K);
    assign reduced = big_y - MODULUS;

    always_ff @(posedge clk) begin
        if (enable) begin
            a1 <= a;
            b1 <= b;

            tile00 <= 43'(a1[25:0]) * 43'(b1[16:0]);
            tile01 <= 40'(a1[25:0]) * 40'(b1[30:17]);
            tile10 <= 31'(b1[25:0]) * 31'(a1[30:26]);
            tile11 <= small_product;

            sum0 <= 58'(tile00) + {1'b0, tile01, 17'b0};
            sum1 <= 36'(tile10) + {tile11, 26'b0};

            x <= 62'(sum0) + {sum1, 26'b0};

            l5        <= x[30:0];
            near      <= near_next;
            far       <= far_next;
            digit_sum <= digit_sum_next;

            l6         <= l5;
            minus      <= 33'(near) + 33'(far) + 33'(digit_sum >> K) + 33'(once[K]);
            folded_sum <= once[K-1:0] + K'(once[K]);

            big_x <= 33'(l6) + (33'(folded_sum) << EXPONENT) + (33'(MODULUS) << 1) - minus;

            big_y <= 32'(big_x[30:0]) + (32'(big_x[32:31]) << EXPONENT) - 32'(big_x[32:31]);

            product <= reduced[31] ? big_y[30:0] : reduced[30:0];
        end
    end
endmodule
