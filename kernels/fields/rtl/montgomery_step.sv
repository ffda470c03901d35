// A step of Montgomery's reduction: t 2^-SHIFT modulo p, for a constant SHIFT.
//
// LAST = 0, after Orup, "Simplifying Quotient Determination in High-Radix Modular Multiplication" (1995): with a multiple
// of p that is -1 modulo 2^SHIFT no quotient has to be computed. FACTOR is that multiple, plus 1, over 2^SHIFT:
//
//   t 2^-SHIFT = t div 2^SHIFT + (t mod 2^SHIFT) FACTOR    (modulo p; FACTOR <= p)
//
// which leaves SHIFT bits more than p has. LAST = 1, as Montgomery has it: FACTOR is p, INVERSE is -1/p mod 2^SHIFT,
//
//   m = (t mod 2^SHIFT) INVERSE mod 2^SHIFT,   (t + m p) / 2^SHIFT = t div 2^SHIFT + m p div 2^SHIFT + (t mod 2^SHIFT != 0)
//
//   t --+-- low bits --[x INVERSE, if LAST]-- m --> m x blocks of FACTOR of SHIFT bits --+--> sum, --[2 reg]--> result
//       |                                           (montgomery_karatsuba)               |    low half first
//       +-- high bits -- [montgomery_delay] ---------------------------------------------+
//
// `enable[s]`: an item stands before register s. `phase` counts cycles.
// Latency: 5 + 3 LEVELS (the product's 3 + 3 LEVELS, the sum's 2), and 3 with LAST. One a cycle.
module montgomery_step #(
    parameter int IN_WIDTH     = 772,
    parameter int OUT_WIDTH    = 581,
    parameter int SHIFT        = 192,
    parameter int LEVELS       = 2,
    parameter bit LAST         = 1'b0,
    parameter int FACTOR_WIDTH = 384,
    parameter int PHASE_BITS   = 5,
    parameter logic [FACTOR_WIDTH-1:0] FACTOR = '0,
    parameter logic [SHIFT-1:0] INVERSE = '0,
    parameter int LATENCY = 5 + 3 * LEVELS + (LAST ? 3 : 0)
) (
    input  logic                  clk,
    input  logic [PHASE_BITS-1:0] phase,
    input  logic [LATENCY-1:0]    enable,
    input  logic [IN_WIDTH-1:0]   t,
    output logic [OUT_WIDTH-1:0]  result
);
    /* verilator inline_module */
    localparam int BEFORE  = LAST ? 3 : 0;
    localparam int PRODUCT = 3 + 3 * LEVELS;
    localparam int BLOCKS  = (FACTOR_WIDTH + SHIFT - 1) / SHIFT;
    localparam int WHOLE   = SHIFT * (BLOCKS + 1);  // of the product
    localparam logic [BLOCKS*SHIFT-1:0] BLOCK_FACTORS = {{(BLOCKS * SHIFT - FACTOR_WIDTH) {1'b0}}, FACTOR};
    // Of the product, what counts: all, or what is above SHIFT.
    localparam int FROM = LAST ? SHIFT : 0;

    logic [SHIFT-1:0] m;
    logic             carry;
    if (LAST) begin : g_quotient
        montgomery_tiles #(
            .A_WIDTH(SHIFT),
            .B_WIDTH(SHIFT),
            .OUT_WIDTH(SHIFT),
            .FIXED(1'b1),
            .FACTOR(INVERSE)
        ) quotient (
            .clk,
            .enable(enable[2:0]),
            .a(t[SHIFT-1:0]),
            .b('0),
            .product(m)
        );
        assign carry = t[SHIFT-1:0] != '0;
    end else begin : g_no_quotient
        assign m     = t[SHIFT-1:0];
        assign carry = 1'b0;
    end

    // Blocks overlap by half: those with even and those with odd places make one integer each.
    logic [WHOLE-1:0] even, odd;
    for (genvar i = 0; i < BLOCKS; i++) begin : g_block
        logic [2*SHIFT-1:0] block;
        montgomery_karatsuba #(
            .WIDTH(SHIFT),
            .LEVELS(LEVELS),
            .FIXED(1'b1),
            .FACTOR(BLOCK_FACTORS[SHIFT*i+:SHIFT])
        ) multiplier (
            .clk,
            .enable(enable[BEFORE+:PRODUCT]),
            .a(m),
            .b('0),
            .product(block)
        );
        if (i % 2 == 0) begin : g_even
            assign even[SHIFT*i+:2*SHIFT] = block;
        end else begin : g_odd
            assign odd[SHIFT*i+:2*SHIFT] = block;
        end
    end
    assign odd[SHIFT-1:0] = '0;
    if (BLOCKS % 2 == 0) begin : g_even_top
        assign even[WHOLE-1-:SHIFT] = '0;
    end else begin : g_odd_top
        assign odd[WHOLE-1-:SHIFT] = '0;
    end

    logic [IN_WIDTH-SHIFT:0] kept;
    montgomery_delay #(
        .WIDTH(IN_WIDTH - SHIFT + 1),
        .CYCLES(BEFORE + PRODUCT),
        .PHASE_BITS(PHASE_BITS)
    ) delay (
        .clk,
        .phase,
        .in_enable(enable[0]),
        .out_enable(enable[BEFORE+PRODUCT-1]),
        .in({t[IN_WIDTH-1:SHIFT], carry}),
        .out(kept)
    );

    // All three in OUT_WIDTH bits, which the sum has by the bounds that wide.py proves.
    localparam int PADDED = IN_WIDTH + WHOLE + OUT_WIDTH;
    logic [PADDED-1:0] high_padded, even_padded, odd_padded;
    assign high_padded = {{(PADDED - (IN_WIDTH - SHIFT)) {1'b0}}, kept[IN_WIDTH-SHIFT:1]};
    assign even_padded = {{(PADDED - (WHOLE - FROM)) {1'b0}}, even[WHOLE-1:FROM]};
    assign odd_padded  = {{(PADDED - (WHOLE - FROM)) {1'b0}}, odd[WHOLE-1:FROM]};
    logic unused;
    assign unused = &{1'b0, high_padded[PADDED-1:OUT_WIDTH], even_padded[PADDED-1:OUT_WIDTH],
                      odd_padded[PADDED-1:OUT_WIDTH], even[FROM:0], odd[FROM:0]};

    localparam int HALF = OUT_WIDTH / 2;
    localparam int REST = OUT_WIDTH - HALF;
    logic [HALF+1:0] low;
    logic [REST-1:0] rest;
    always_ff @(posedge clk) begin
        if (enable[LATENCY-2]) begin
            low  <= {2'b0, high_padded[HALF-1:0]} + {2'b0, even_padded[HALF-1:0]} + {2'b0, odd_padded[HALF-1:0]}
                    + {{(HALF + 1) {1'b0}}, kept[0]};
            rest <= high_padded[OUT_WIDTH-1:HALF] + even_padded[OUT_WIDTH-1:HALF] + odd_padded[OUT_WIDTH-1:HALF];
        end
    end
    always_ff @(posedge clk) begin
        if (enable[LATENCY-1]) result <= {rest + {{(REST - 2) {1'b0}}, low[HALF+1:HALF]}, low[HALF-1:0]};
    end
endmodule
