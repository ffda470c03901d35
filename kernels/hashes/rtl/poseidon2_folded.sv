// Poseidon2's permutation with 8 / PERIOD full rounds and ceil(P / PERIOD) partial rounds of hardware: a state every
// PERIOD cycles, PERIOD = 2, 4 or 8. As many states are on their way as fill the pipelines of the rounds.
//
//   in --> [external layer] --+                    +--------------------------------+
//                             v                    |                                |
//                     +--> [mux, reg] --> [full round] x F --> [pad] --+--> out     |
//                     |       ^                                        |            |
//                     +-------|----------------------------------------+            |
//                             |                                        v            |
//                             |       +--> [partial round] x G <-- [mux, reg] <--+  |
//                             |       |            |                             |  |
//                             +-- [pad] <-- after  +--> [pad] -------------------+
//                                           round P
//
// A schedule that repeats every PERIOD cycles replaces control. `phase` counts cycles mod PERIOD. Loops are padded to
// 1 mod PERIOD cycles, so that a state's pass q through the full rounds begins at phase q, whichever the state, and no
// two meet: at phase 0 a new state, at PERIOD / 2 what comes from the partial rounds, else what went in one pass before.
// The partial rounds take from the full ones at PERIOD / 2, and their own else. Constants follow from the phase alone.
//
// With F = 8 / PERIOD, G = ceil(P / PERIOD), Q = ceil(P / G) passes of which the last one takes E = P - G (Q - 1) rounds,
// and up(n) = the least number of at least n that is 0 mod PERIOD:
//
// Latency: EXTERNAL + PERIOD (1 + up(F FULL)) + (Q - 1) (1 + up(G PARTIAL)) + up(Q + E PARTIAL) - (Q - 1), from the cycle
// in which the state is taken. II = PERIOD.
module poseidon2_folded #(
    parameter int PERIOD   = 8,
    parameter int TAG_BITS = 16
) (
    input  logic                                             clk,
    input  logic                                             rst,
    input  logic                                             in_valid,
    output logic                                             in_ready,
    input  logic [TAG_BITS-1:0]                              in_tag,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] in_state,
    output logic                                             out_valid,
    output logic [TAG_BITS-1:0]                              out_tag,
    output logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] out_state
);
    localparam int BITS  = poseidon2::BITS;
    localparam int STATE = poseidon2::WIDTH * BITS;
    localparam int P     = poseidon2::PARTIAL_ROUNDS;
    localparam int LOG   = $clog2(PERIOD);
    localparam int HALF  = PERIOD / 2;

    localparam int F = 8 / PERIOD;
    localparam int G = (P + PERIOD - 1) / PERIOD;
    localparam int Q = (P + G - 1) / G;
    localparam int E = P - G * (Q - 1);

    localparam int FULL_DEPTH    = F * poseidon2::FULL_LATENCY;
    localparam int PARTIAL_DEPTH = G * poseidon2::PARTIAL_LATENCY;
    localparam int EXIT_DEPTH    = E * poseidon2::PARTIAL_LATENCY;
    localparam int FULL_LOOP     = 1 + PERIOD * ((FULL_DEPTH + PERIOD - 1) / PERIOD);
    localparam int PARTIAL_LOOP  = 1 + PERIOD * ((PARTIAL_DEPTH + PERIOD - 1) / PERIOD);
    localparam int EXIT          = PERIOD * ((Q + EXIT_DEPTH + PERIOD - 1) / PERIOD) - (Q - 1);
    localparam int LATENCY       = poseidon2::EXTERNAL_LATENCY + PERIOD * FULL_LOOP + (Q - 1) * PARTIAL_LOOP + EXIT;

    // Of the states taken before, the last which is at the end when a new one could be taken.
    localparam int SLOTS  = (LATENCY - 1) / PERIOD + 1;
    localparam int ACCEPT = (PERIOD - poseidon2::EXTERNAL_LATENCY % PERIOD) % PERIOD;

    logic [LOG-1:0]   phase;
    logic [STATE-1:0] entered, full_out, partial_out, partial_exit;
    logic [STATE-1:0] full_states[F+1], partial_states[G+1];
    logic [SLOTS-1:0] valid;

    assign in_ready = phase == LOG'(ACCEPT);

    always_ff @(posedge clk) begin
        if (rst) phase <= '0;
        else phase <= phase + 1'b1;
    end

    poseidon2_external_layer first (
        .clk, .x(in_state), .constants(poseidon2::INITIAL_CONSTANTS), .y(entered)
    );

    always_ff @(posedge clk) begin
        full_states[0]    <= phase == '0 ? entered : phase == LOG'(HALF) ? partial_exit : full_out;
        partial_states[0] <= phase == LOG'(HALF) ? full_out : partial_out;
    end

    for (genvar g = 0; g < F; g++) begin : g_full
        logic [STATE-1:0] constants, next;
        logic [LOG-1:0]   pass;

        // The pass whose constants count in the next cycle.
        assign pass = phase - LOG'(g * poseidon2::FULL_LATENCY + poseidon2::SBOX_LATENCY
                                   + poseidon2::EXTERNAL_CONSTANTS);
        // Lane by lane: simulators are quicker with numbers of a word.
        for (genvar i = 0; i < poseidon2::WIDTH; i++) begin : g_lane
            logic [BITS-1:0] chosen;
            always_comb begin
                chosen = '0;
                for (int q = 0; q < PERIOD; q++)
                    if (pass == LOG'(q)) chosen = poseidon2::FULL_CONSTANTS[STATE*(F*q+g)+BITS*i+:BITS];
            end
            assign next[BITS*i+:BITS] = chosen;
        end
        always_ff @(posedge clk) constants <= next;

        poseidon2_full_round round (.clk, .x(full_states[g]), .constants, .y(full_states[g+1]));
    end

    for (genvar g = 0; g < G; g++) begin : g_partial
        logic [STATE-1:0] constants, next;
        logic [LOG-1:0]   pass;
        logic [BITS-1:0]  lane0;

        assign pass = phase - LOG'(HALF + g * poseidon2::PARTIAL_LATENCY + poseidon2::INTERNAL_CONSTANTS);
        // All but the last round have a constant in lane 0 alone.
        always_comb begin
            lane0 = '0;
            for (int q = 0; q < Q; q++)
                if (pass == LOG'(q)) lane0 = poseidon2::PARTIAL_CONSTANTS[STATE*(G*q+g<P?G*q+g:0)+:BITS];
        end
        assign next[BITS-1:0]     = lane0;
        assign next[STATE-1:BITS] = g == E - 1 && pass == LOG'(Q - 1)
                                  ? poseidon2::PARTIAL_CONSTANTS[STATE*(P-1)+BITS+:STATE-BITS] : '0;
        always_ff @(posedge clk) constants <= next;

        poseidon2_partial_round round (.clk, .x(partial_states[g]), .constants, .y(partial_states[g+1]));
    end

    ring_delay #(.WIDTH(STATE), .CYCLES(FULL_LOOP - 1 - FULL_DEPTH)) pad_full (
        .clk, .in(full_states[F]), .out(full_out)
    );
    ring_delay #(.WIDTH(STATE), .CYCLES(PARTIAL_LOOP - 1 - PARTIAL_DEPTH)) pad_partial (
        .clk, .in(partial_states[G]), .out(partial_out)
    );
    ring_delay #(.WIDTH(STATE), .CYCLES(EXIT - 1 - EXIT_DEPTH)) pad_exit (
        .clk, .in(partial_states[E]), .out(partial_exit)
    );

    always_ff @(posedge clk) begin
        if (rst) valid <= '0;
        else if (in_ready) valid <= {valid[SLOTS-2:0], in_valid};
    end

    delay #(.WIDTH(TAG_BITS), .CYCLES(SLOTS)) tags (.clk, .enable(in_ready), .in(in_tag), .out(out_tag));

    assign out_valid = phase == '0 && valid[SLOTS-1];
    assign out_state = full_out;
endmodule
