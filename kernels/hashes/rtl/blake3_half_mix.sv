// Half of BLAKE3's quarter-round G (BLAKE3 specification, 2.2) on all four columns or diagonals of a state, registered at
// the output: four stages of it are a round.
//
//   first half:  a += b + x; d = (d ^ a) >>> 16; c += d; b = (b ^ c) >>> 12
//   second half: a += b + y; d = (d ^ a) >>> 8;  c += d; b = (b ^ c) >>> 7
//
// Quarter i takes words 2i (x) and 2i + 1 (y) of the message; behind the last stage of a round the message is permuted.
// Latency: 1.
module blake3_half_mix #(
    parameter int DIAGONAL = 0,
    parameter int SECOND   = 0
) (
    input  logic         clk,
    input  logic [511:0] state,
    input  logic [511:0] message,
    output logic [511:0] state_out,
    output logic [511:0] message_out
);
    /* verilator no_inline_module */
    localparam int FIRST_ROTATION  = (SECOND != 0) ? 8 : 16;
    localparam int SECOND_ROTATION = (SECOND != 0) ? 7 : 12;

    function automatic logic [31:0] rotated(input logic [31:0] word, input int bits);
        rotated = (word >> bits) | (word << (32 - bits));
    endfunction

    logic [511:0] mixed, ordered;

    for (genvar i = 0; i < 4; i++) begin : g_quarter
        localparam int A = i;
        localparam int B = 4 + (i + DIAGONAL) % 4;
        localparam int C = 8 + (i + 2 * DIAGONAL) % 4;
        localparam int D = 12 + (i + 3 * DIAGONAL) % 4;
        localparam int WORD = 8 * DIAGONAL + 2 * i + SECOND;

        logic [31:0] a, b, c, d;
        assign a = state[32*A+:32] + state[32*B+:32] + message[32*WORD+:32];
        assign d = rotated(state[32*D+:32] ^ a, FIRST_ROTATION);
        assign c = state[32*C+:32] + d;
        assign b = rotated(state[32*B+:32] ^ c, SECOND_ROTATION);
        assign mixed[32*A+:32] = a;
        assign mixed[32*B+:32] = b;
        assign mixed[32*C+:32] = c;
        assign mixed[32*D+:32] = d;
    end

    if (DIAGONAL != 0 && SECOND != 0) begin : g_permuted
        for (genvar i = 0; i < 16; i++) begin : g_word
            localparam int FROM = int'(blake3_constants::PERMUTATION[4*i+:4]);
            assign ordered[32*i+:32] = message[32*FROM+:32];
        end
    end else begin : g_same
        assign ordered = message;
    end

    always_ff @(posedge clk) begin
        state_out   <= mixed;
        message_out <= ordered;
    end
endmodule
