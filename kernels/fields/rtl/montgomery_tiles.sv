// The low OUT_WIDTH bits of a product of two integers, as a schoolbook multiplication in tiles of 26 x 17 bits: what a
// DSP48E2 multiplies without signs. With FIXED the second factor is the constant FACTOR.
//
//   a, 26 bits each --+
//                     +--> tiles --[reg]--> pairs of tiles, 17 bits apart --[reg]--> one sum --[reg]--> product
//   b, 17 bits each --+    (multipliers)    (their cascade)                          (compressors, one carry chain)
//
// Tiles that lie wholly above OUT_WIDTH, and those of zeros of a constant, are left out. A column of the last sum has at
// most five addends: pairs are 60 bits long and 26 and 34 bits apart. `enable[s]`: an item stands before register s, which then takes
// it; a register without an item keeps what it has. a and b come from registers.
//
// Latency: 3. One product a cycle. Multipliers: ceil(A_WIDTH / 26) ceil(B_WIDTH / 17) for OUT_WIDTH = A_WIDTH + B_WIDTH.
module montgomery_tiles #(
    parameter int A_WIDTH   = 48,
    parameter int B_WIDTH   = 48,
    parameter int OUT_WIDTH = A_WIDTH + B_WIDTH,
    parameter bit FIXED     = 1'b0,
    parameter logic [B_WIDTH-1:0] FACTOR = '0
) (
    input  logic                 clk,
    /* verilator lint_off UNUSEDSIGNAL */  // of a constant that is 0 nothing is computed
    input  logic [2:0]           enable,
    /* verilator lint_on UNUSEDSIGNAL */
    input  logic [A_WIDTH-1:0]   a,
    input  logic [B_WIDTH-1:0]   b,
    output logic [OUT_WIDTH-1:0] product
);
    /* verilator inline_module */
    localparam int ROWS  = (A_WIDTH + 25) / 26;
    localparam int PAIRS = (B_WIDTH + 33) / 34;
    localparam logic [34*PAIRS-1:0] FACTOR_PADDED = {{(34 * PAIRS - B_WIDTH) {1'b0}}, FACTOR};

    logic [26*ROWS-1:0]  a_padded;
    logic [34*PAIRS-1:0] b_padded;
    assign a_padded = {{(26 * ROWS - A_WIDTH) {1'b0}}, a};
    if (FIXED) begin : g_constant
        assign b_padded = FACTOR_PADDED;
        logic unused;
        assign unused = &{1'b0, b};
    end else begin : g_variable
        assign b_padded = {{(34 * PAIRS - B_WIDTH) {1'b0}}, b};
    end

    // Digits whose tiles are left out.
    logic unused_digits;
    assign unused_digits = &{1'b0, a_padded, b_padded};

    for (genvar i = 0; i < ROWS * PAIRS; i++) begin : g_pair
        localparam int ROW   = i / PAIRS;
        localparam int PAIR  = i % PAIRS;
        localparam int PLACE = 26 * ROW + 34 * PAIR;
        logic [OUT_WIDTH-1:0] sum;  // of this pair and those before it

        if (PLACE < OUT_WIDTH && !(FIXED && FACTOR_PADDED[34*PAIR+:34] == 34'b0)) begin : g_low
            localparam int KEPT = (OUT_WIDTH - PLACE < 60) ? OUT_WIDTH - PLACE : 60;
            localparam bit HAS_HIGH = PLACE + 17 < OUT_WIDTH && 34 * PAIR + 17 < B_WIDTH &&
                !(FIXED && FACTOR_PADDED[34*PAIR+17+:17] == 17'b0);
            logic [42:0] low;
            logic [59:0] both;

            always_ff @(posedge clk) begin
                if (enable[0]) low <= a_padded[26*ROW+:26] * b_padded[34*PAIR+:17];
            end
            if (HAS_HIGH) begin : g_high
                logic [42:0] high;
                always_ff @(posedge clk) begin
                    if (enable[0]) high <= a_padded[26*ROW+:26] * b_padded[34*PAIR+17+:17];
                end
                always_ff @(posedge clk) begin
                    if (enable[1]) both <= {17'b0, low} + {high, 17'b0};
                end
            end else begin : g_alone
                always_ff @(posedge clk) begin
                    if (enable[1]) both <= {17'b0, low};
                end
            end

            logic [OUT_WIDTH-1:0] placed;
            assign placed = {{(OUT_WIDTH - KEPT) {1'b0}}, both[KEPT-1:0]} << PLACE;
            if (KEPT < 60) begin : g_cut
                logic unused;
                assign unused = &{1'b0, both[59:KEPT]};
            end
            if (i == 0) begin : g_first
                assign sum = placed;
            end else begin : g_next
                assign sum = g_pair[i-1].sum + placed;
            end
        end else if (i == 0) begin : g_nothing
            assign sum = '0;
        end else begin : g_above
            assign sum = g_pair[i-1].sum;
        end
    end

    always_ff @(posedge clk) begin
        if (enable[2]) product <= g_pair[ROWS*PAIRS-1].sum;
    end
endmodule
