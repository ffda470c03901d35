// P + Q on y^2 = x^3 + b in projective coordinates (x = X / Z, y = Y / Z; infinity is 0 : 1 : 0), for every P and Q of odd
// order: Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves" (2016), algorithm 7.
// Doubling, infinity and inverses take no exception. 12 products, and only 9 reductions, since sums of two products are
// reduced together:
//
//   X1 X2, Y1 Y2, Z1 Z2,                            6 products
//   (X1 + Y1) (X2 + Y2), (Y1 + Z1) (Y2 + Z2), (X1 + Z1) (X2 + Z2)
//     | differences, x 3, x 3b
//     v
//   A = 3 X1 X2           B = X1 Y2 + X2 Y1         6 reductions
//   C = Y1 Z2 + Y2 Z1     F = 3b (X1 Z2 + X2 Z1)
//   D = Y1 Y2 - 3b Z1 Z2  E = Y1 Y2 + 3b Z1 Z2
//     | B D, C F, D E, F A, E C, A B                6 products
//     v
//   X3 = B D - C F   Y3 = D E + F A   Z3 = E C + A B     3 reductions
//
// in --[reg]--> products --> differences --> scales --> reductions --[D, E: reg]--> products --> sums --> reductions --> out
//        1      PRODUCT           2             2       REDUCTION        1          PRODUCT       2     REDUCTION
//
// Coordinates are integers of WIDTH bits below the bound that kernels/curves/rtl/__init__.py proves (less than 2 p), not
// reduced further, in Montgomery's form or in none: a common factor of X, Y, Z does not matter, and every step multiplies
// or adds alike. A point is {Z, Y, X}. `tag` goes along. There is no back-pressure; a register without an item stands still.
//
// Latency: 8 + 2 (PRODUCT + REDUCTION): 94 for 3 levels of more than 256 bits, 64 for 2 levels of up to 256.
// One addition a cycle.
module point_adder #(
    parameter int WIDTH     = montgomery_constants::WIDTH,
    parameter int LEVELS    = montgomery_constants::LEVELS,
    parameter int TAG_WIDTH = 32,
    parameter int PRODUCT   = 3 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0),
    parameter int REDUCTION = 11 + (LEVELS - 1) * (10 + 3 * LEVELS) / 2,
    parameter int LATENCY   = 8 + 2 * (PRODUCT + REDUCTION)
) (
    input  logic                 clk,
    input  logic                 rst,
    input  logic                 in_valid,
    input  logic [TAG_WIDTH-1:0] in_tag,
    input  logic [3*WIDTH-1:0]   in_p,
    input  logic [3*WIDTH-1:0]   in_q,
    output logic                 out_valid,
    output logic [TAG_WIDTH-1:0] out_tag,
    output logic [3*WIDTH-1:0]   out_sum
);
    localparam int DOUBLE = 2 * WIDTH + montgomery_constants::GROWTH;
    localparam int PHASE_BITS = $clog2(LATENCY);

    // Where each part begins.
    localparam int FIRST       = 1;
    localparam int DIFFERENCES = FIRST + PRODUCT;
    localparam int SCALES      = DIFFERENCES + 2;
    localparam int REDUCTIONS  = SCALES + 2;
    localparam int MIDDLE      = REDUCTIONS + REDUCTION;
    localparam int SECOND      = MIDDLE + 1;
    localparam int SUMS        = SECOND + PRODUCT;
    localparam int LAST        = SUMS + 2;

    logic [LATENCY:1]   valid;
    logic [LATENCY-1:0] enable;
    assign enable    = {valid[LATENCY-1:1], in_valid};
    assign out_valid = valid[LATENCY];
    always_ff @(posedge clk) valid <= rst ? '0 : {valid[LATENCY-1:1], in_valid};

    logic [PHASE_BITS-1:0] phase;
    always_ff @(posedge clk) phase <= rst ? '0 : phase + 1'b1;
    montgomery_delay #(
        .WIDTH(TAG_WIDTH),
        .CYCLES(LATENCY),
        .PHASE_BITS(PHASE_BITS)
    ) tags (
        .clk,
        .phase,
        .in_enable(in_valid),
        .out_enable(enable[LATENCY-1]),
        .in(in_tag),
        .out(out_tag)
    );

    for (genvar i = 0; i < 6; i++) begin : g_first
        // The factors, in the order of the drawing: X, Y, Z, X + Y, Y + Z, X + Z, of which J and K are the two.
        localparam int J = (i == 4) ? 1 : 0;
        localparam int K = (i == 3) ? 1 : 2;
        logic [WIDTH-1:0] left, right;
        if (i < 3) begin : g_coordinate
            always_ff @(posedge clk) begin
                if (enable[0]) begin
                    left  <= in_p[WIDTH*i+:WIDTH];
                    right <= in_q[WIDTH*i+:WIDTH];
                end
            end
        end else begin : g_sum
            always_ff @(posedge clk) begin
                if (enable[0]) begin
                    left  <= in_p[WIDTH*J+:WIDTH] + in_p[WIDTH*K+:WIDTH];
                    right <= in_q[WIDTH*J+:WIDTH] + in_q[WIDTH*K+:WIDTH];
                end
            end
        end

        // What the product of sums has too much: the products J and K.
        logic [2*WIDTH-1:0] first;
        logic [DOUBLE-1:0]  wide, difference, scaled;
        logic [WIDTH-1:0]   reduced;
        // 3 X1 X2, and 3b times what has Z twice or with X; 3b is 2^HIGH + SIGN 2^LOW.
        localparam bit BY_3  = i == 0;
        localparam bit BY_3B = i == 2 || i == 5;
        localparam int HIGH = BY_3 ? 1 : BY_3B ? point_constants::TRIPLE_B_HIGH : 0;
        localparam int LOW  = BY_3B ? point_constants::TRIPLE_B_LOW : 0;
        localparam int SIGN = BY_3 ? 1 : BY_3B ? point_constants::TRIPLE_B_SIGN : 0;

        montgomery_product multiplier (
            .clk,
            .enable(enable[FIRST+:PRODUCT]),
            .a(left),
            .b(right),
            .product(first)
        );
        assign wide = {{montgomery_constants::GROWTH{1'b0}}, first};
        split_sum #(
            .WIDTH(DOUBLE),
            .B_SIGN((i < 3) ? 0 : -1),
            .C_SIGN((i < 3) ? 0 : -1)
        ) subtraction (
            .clk,
            .enable(enable[DIFFERENCES+:2]),
            .a(wide),
            .b(g_first[J].wide),
            .c(g_first[K].wide),
            .result(difference)
        );
        split_sum #(
            .WIDTH(DOUBLE),
            .B_SIGN(SIGN)
        ) scale (
            .clk,
            .enable(enable[SCALES+:2]),
            .a(difference << HIGH),
            .b(difference << LOW),
            .c('0),
            .result(scaled)
        );
        montgomery_reduction reduction (
            .clk,
            .rst,
            .enable(enable[REDUCTIONS+:REDUCTION]),
            .t(scaled),
            .result(reduced)
        );
    end

    logic [WIDTH-1:0] a, b, c, d, e, f;
    always_ff @(posedge clk) begin
        if (enable[MIDDLE]) begin
            a <= g_first[0].reduced;
            b <= g_first[3].reduced;
            c <= g_first[4].reduced;
            d <= g_first[1].reduced - g_first[2].reduced + point_constants::OFFSET;
            e <= g_first[1].reduced + g_first[2].reduced;
            f <= g_first[5].reduced;
        end
    end

    for (genvar i = 0; i < 6; i++) begin : g_second
        logic [WIDTH-1:0]   left, right;
        logic [2*WIDTH-1:0] second;
        assign left  = (i == 0) ? b : (i == 1) ? d : (i == 2) ? e : (i == 3) ? c : (i == 4) ? f : a;
        assign right = (i == 0) ? d : (i == 1) ? e : (i == 2) ? c : (i == 3) ? f : (i == 4) ? a : b;
        montgomery_product multiplier (
            .clk,
            .enable(enable[SECOND+:PRODUCT]),
            .a(left),
            .b(right),
            .product(second)
        );
    end
    for (genvar i = 0; i < 3; i++) begin : g_last
        logic [DOUBLE-1:0] sum;
        split_sum #(
            .WIDTH(DOUBLE),
            .B_SIGN((i == 0) ? -1 : 1),
            .OFFSET((i == 0) ? {{montgomery_constants::GROWTH{1'b0}}, point_constants::PRODUCT_OFFSET} : '0)
        ) addition (
            .clk,
            .enable(enable[SUMS+:2]),
            .a({{montgomery_constants::GROWTH{1'b0}}, g_second[i].second}),
            .b({{montgomery_constants::GROWTH{1'b0}}, g_second[3+i].second}),
            .c('0),
            .result(sum)
        );
        montgomery_reduction reduction (
            .clk,
            .rst,
            .enable(enable[LAST+:REDUCTION]),
            .t(sum),
            .result(out_sum[WIDTH*i+:WIDTH])
        );
    end
endmodule
