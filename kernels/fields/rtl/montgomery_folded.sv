// a b R^-1 mod p in Montgomery's form, canonical, on one row of tiles: R = 2^(17 DIGITS). a and b are below p. The small
// sister of montgomery_multiplier: ceil(BITS / 26) + 1 multipliers, one product at a time.
//
//   a or p, 26 bits each --+
//                          +--> tiles --[reg]--> + t or s --[reg: t, s]
//   digit of b, or m ------+                       |  low digit of s x (-1/p mod 2^17) --[reg]--> m
//
//   for each digit of b, the lowest first, in four cycles:
//     s = t + a digit;   m = s (-1/p) mod 2^17;   tiles = p m;   t = (s + p m) / 2^17, and tiles = a (next digit)
//
// t < 2 p throughout, and one subtraction makes it canonical.
//
// Latency: 4 DIGITS + 3 cycles with DIGITS = ceil(BITS / 17): 95 for 381 bits, 63 for 254. A product every 4 DIGITS + 4.
module montgomery_folded #(
    parameter int BITS   = montgomery_constants::MODULUS_BITS,
    parameter int DIGITS = (BITS + 16) / 17
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              in_valid,
    output logic              in_ready,
    input  logic [2*BITS-1:0] in_data,  // {b, a}
    output logic              out_valid,
    input  logic              out_ready,
    output logic [BITS-1:0]   out_data,
    output logic [31:0]       items_in,
    output logic [31:0]       items_out
);
    localparam int TILES = (BITS + 25) / 26;
    localparam int ROW   = 26 * TILES + 17 + 26;  // of a row of products, and room for pairs of tiles
    localparam int SUM   = BITS + 19;             // t + a digit, and with p m
    localparam int STEPS = $clog2(DIGITS + 1);
    localparam logic [26*TILES-1:0] MODULUS = {{(26 * TILES - BITS) {1'b0}}, montgomery_constants::MODULUS};
    localparam logic [16:0] INVERSE = montgomery_constants::INVERSE;

    typedef enum logic [2:0] {IDLE, FIRST, SUM_DIGIT, QUOTIENT, MULTIPLY, SHIFT, SUBTRACT, DONE} state_t;
    state_t state;

    logic [26*TILES-1:0]  a;
    logic [17*DIGITS-1:0] b;
    logic [STEPS-1:0]     step;
    logic [BITS:0]        t;
    logic [SUM-1:0]       s;
    logic [16:0]          m;
    logic [BITS+1:0]      less;

    // The row: tiles with even and with odd places are an integer each.
    logic [26*TILES-1:0] left;
    logic [16:0]         right;
    logic [ROW-1:0]      even, odd;
    assign left  = (state == MULTIPLY) ? MODULUS : a;
    assign right = (state == MULTIPLY) ? m : b[16:0];
    for (genvar i = 0; i < TILES; i++) begin : g_tile
        logic [42:0] tile;
        always_ff @(posedge clk) tile <= left[26*i+:26] * right;
        if (i % 2 == 0) begin : g_even
            assign even[26*i+:52] = {9'b0, tile};
        end else begin : g_odd
            assign odd[26*i+:52] = {9'b0, tile};
        end
    end
    assign odd[25:0] = '0;
    localparam int EVEN_END = 26 * ((TILES - 1) / 2 * 2) + 52;
    localparam int ODD_END  = 26 * ((TILES - 2) / 2 * 2 + 1) + 52;
    if (EVEN_END < ROW) begin : g_even_top
        assign even[ROW-1:EVEN_END] = '0;
    end
    if (ODD_END < ROW) begin : g_odd_top
        assign odd[ROW-1:ODD_END] = '0;
    end

    // In the width of the sum: t and s are below 2^(BITS + 18).
    logic [SUM-1:0] row, with_row;
    assign row      = even[SUM-1:0] + odd[SUM-1:0];
    assign with_row = s + row;
    logic [33:0] quotient;
    assign quotient = s[16:0] * INVERSE;
    logic unused;
    assign unused = &{1'b0, even[ROW-1:SUM], odd[ROW-1:SUM], with_row[SUM-1:BITS+18], with_row[16:0], quotient[33:17],
                      less[BITS]};

    always_ff @(posedge clk) begin
        case (state)
            IDLE: begin
                a    <= {{(26 * TILES - BITS) {1'b0}}, in_data[BITS-1:0]};
                b    <= {{(17 * DIGITS - BITS) {1'b0}}, in_data[2*BITS-1:BITS]};
                t    <= '0;
                step <= '0;
            end
            FIRST:     b <= b >> 17;
            SUM_DIGIT: s <= {{(SUM - BITS - 1) {1'b0}}, t} + row;
            QUOTIENT:  m <= quotient[16:0];
            SHIFT: begin
                t    <= with_row[17+:BITS+1];
                b    <= b >> 17;
                step <= step + 1'b1;
            end
            SUBTRACT: less <= {1'b0, t} - {2'b0, montgomery_constants::MODULUS};
            default: ;
        endcase
    end

    assign in_ready  = state == IDLE;
    assign out_valid = state == DONE;
    assign out_data  = less[BITS+1] ? t[BITS-1:0] : less[BITS-1:0];
    always_ff @(posedge clk) begin
        if (rst) begin
            state     <= IDLE;
            items_in  <= '0;
            items_out <= '0;
        end else begin
            items_in  <= items_in + 32'(in_valid && in_ready);
            items_out <= items_out + 32'(out_valid && out_ready);
            case (state)
                IDLE:      if (in_valid) state <= FIRST;
                FIRST:     state <= SUM_DIGIT;
                SUM_DIGIT: state <= QUOTIENT;
                QUOTIENT:  state <= MULTIPLY;
                MULTIPLY:  state <= SHIFT;
                SHIFT:     state <= (step == STEPS'(DIGITS - 1)) ? SUBTRACT : SUM_DIGIT;
                SUBTRACT:  state <= DONE;
                default:   if (out_ready) state <= IDLE;
            endcase
        end
    end
endmodule
