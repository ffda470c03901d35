// Montgomery's reduction (1985) of a double-width integer: t 2^-RADIX_BITS modulo p, for the p of the package
// montgomery_constants, as LEVELS steps: LEVELS - 1 without a quotient, by WIDTH / 2, WIDTH / 4, ... bits, and a last one
// with it by WIDTH / 2^(LEVELS - 1) + EXTRA bits, so that RADIX_BITS = WIDTH + EXTRA.
//
//   t --> step by WIDTH / 2 --> step by WIDTH / 4 --> ... --> last step --> result        (montgomery_step)
//
// result < t 2^-RADIX_BITS + (1 + (LEVELS - 1) 2^-EXTRA) p: not reduced below p, which few need.
//
// `enable[s]`: an item stands before register s.
// Latency: 11 + (LEVELS - 1) (10 + 3 LEVELS) / 2: 19 with 2 levels, 30 with 3. One a cycle.
module montgomery_reduction #(
    parameter int IN_WIDTH = 2 * montgomery_constants::WIDTH + montgomery_constants::GROWTH,
    parameter int WIDTH    = montgomery_constants::WIDTH,
    parameter int LEVELS   = montgomery_constants::LEVELS,
    parameter int LATENCY  = 11 + (LEVELS - 1) * (10 + 3 * LEVELS) / 2
) (
    input  logic                clk,
    input  logic                rst,
    input  logic [LATENCY-1:0]  enable /* verilator public_flat_rw */,
    input  logic [IN_WIDTH-1:0] t /* verilator public_flat_rw */,
    output logic [WIDTH-1:0]    result
);
    // For the simulator: one function for all instances, so that what is outside must not be drawn into it by the ports.
    /* verilator no_inline_module */
    localparam int PHASE_BITS   = 5;
    localparam int MODULUS_BITS = montgomery_constants::MODULUS_BITS;
    localparam int EXTRA        = montgomery_constants::EXTRA;

    logic [PHASE_BITS-1:0] phase;
    always_ff @(posedge clk) phase <= rst ? '0 : phase + 1'b1;

    // Before step 1, and after every step without a quotient: a bit more than what is left of t, for the sum.
    for (genvar i = 0; i < LEVELS; i++) begin : g_value
        localparam int BITS = (i == 0) ? IN_WIDTH : IN_WIDTH - WIDTH + (WIDTH >> i) + 1;
        logic [BITS-1:0] value;
    end
    assign g_value[0].value = t;

    for (genvar i = 1; i < LEVELS; i++) begin : g_step
        localparam int BITS  = (i == 1) ? IN_WIDTH : IN_WIDTH - WIDTH + (WIDTH >> (i - 1)) + 1;
        localparam int BEGIN = (i - 1) * (5 + 3 * LEVELS) - 3 * i * (i - 1) / 2;
        montgomery_step #(
            .IN_WIDTH(BITS),
            .OUT_WIDTH(IN_WIDTH - WIDTH + (WIDTH >> i) + 1),
            .SHIFT(WIDTH >> i),
            .LEVELS(LEVELS - i),
            .FACTOR_WIDTH(MODULUS_BITS),
            .PHASE_BITS(PHASE_BITS),
            .FACTOR(montgomery_constants::FACTORS[MODULUS_BITS*(i-1)+:MODULUS_BITS])
        ) step (
            .clk,
            .phase,
            .enable(enable[BEGIN+:5+3*(LEVELS-i)]),
            .t(g_value[i-1].value),
            .result(g_value[i].value)
        );
    end

    localparam int LAST_BITS  = IN_WIDTH - WIDTH + (WIDTH >> (LEVELS - 1)) + 1;
    localparam int LAST_BEGIN = (LEVELS - 1) * (10 + 3 * LEVELS) / 2;
    montgomery_step #(
        .IN_WIDTH(LAST_BITS),
        .OUT_WIDTH(WIDTH),
        .SHIFT((WIDTH >> (LEVELS - 1)) + EXTRA),
        .LEVELS(1),
        .LAST(1'b1),
        .FACTOR_WIDTH(MODULUS_BITS),
        .PHASE_BITS(PHASE_BITS),
        .FACTOR(montgomery_constants::MODULUS),
        .INVERSE(montgomery_constants::INVERSE)
    ) last (
        .clk,
        .phase,
        .enable(enable[LAST_BEGIN+:11]),
        .t(g_value[LEVELS-1].value),
        .result
    );
endmodule
