// One round of SHA-256 and one word of its message schedule (FIPS 180-4, 6.2.2), registered at the output.
//
// The state's words are a, b, c, d, e, f, g, q from the lowest up. q stands for h: it already holds h + K + W of this
// round, which the round before has added, so that the longest way here is two additions behind each other:
//
//   T = q + Sigma1(e) + Ch(e, f, g)      a' = T + Sigma0(a) + Maj(a, b, c)      e' = d + T
//   q' = g + K of the next round + W of the next round;  after round 63: q' = g, which is h again
//
// window: the schedule's next 16 words, this round's lowest; every round makes the word 16 places ahead. A word is taken
// at places 14, 9, 1 and 0 only, so that in a row of rounds the ways between are shift registers.
//
// Latency: 1.
module sha_256_round (
    input  logic         clk,
    input  logic         last,      // round 63
    input  logic [31:0]  constant,  // K of the next round
    input  logic [255:0] state,
    input  logic [511:0] window,
    output logic [255:0] state_out,
    output logic [511:0] window_out
);
    /* verilator no_inline_module */
    function automatic logic [31:0] rotated(input logic [31:0] word, input int bits);
        rotated = (word >> bits) | (word << (32 - bits));
    endfunction

    logic [31:0] a, b, c, d, e, f, g, q;
    assign {q, g, f, e, d, c, b, a} = state;

    logic [31:0] choice, majority, t, ahead;
    assign choice   = (e & f) ^ (~e & g);
    assign majority = (a & b) | (c & (a | b));
    assign t = q + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + choice;

    logic [31:0] early, late;  // W of 15 and of 2 rounds before the new word
    assign early = window[32*1+:32];
    assign late  = window[32*14+:32];
    assign ahead = window[31:0] + (rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)) + window[32*9+:32]
                 + (rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10));

    always_ff @(posedge clk) begin
        state_out <= {
            last ? g : g + constant + early,
            f,
            e,
            d + t,
            c,
            b,
            a,
            t + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority
        };
        window_out <= {ahead, window[511:32]};
    end
endmodule
