// Poseidon2's permutation with all rounds in hardware: a state each cycle.
//
//   in --> [external layer] --> [full round] x 4 --> [partial round] x P --> [full round] x 4 --> out
//
// Each layer adds the constants of the round after it. Nothing stands still: there is no enable.
//
// Latency: EXTERNAL + 8 FULL + P PARTIAL. II = 1.
module poseidon2_pipelined #(
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
    localparam int STATE   = poseidon2::WIDTH * poseidon2::BITS;
    localparam int P       = poseidon2::PARTIAL_ROUNDS;
    localparam int LATENCY = poseidon2::EXTERNAL_LATENCY + 8 * poseidon2::FULL_LATENCY + P * poseidon2::PARTIAL_LATENCY;

    logic [STATE-1:0]   states[8+P+1];  // before each round, and the last one's
    logic [LATENCY-1:0] valid;

    poseidon2_external_layer first (
        .clk, .x(in_state), .constants(poseidon2::INITIAL_CONSTANTS), .y(states[0])
    );
    for (genvar i = 0; i < 8 + P; i++) begin : g_round
        if (i < 4 || i >= 4 + P) begin : g_full
            localparam int N = i < 4 ? i : i - P;
            poseidon2_full_round round (
                .clk, .x(states[i]), .constants(poseidon2::FULL_CONSTANTS[STATE*N+:STATE]), .y(states[i+1])
            );
        end else begin : g_partial
            poseidon2_partial_round round (
                .clk, .x(states[i]), .constants(poseidon2::PARTIAL_CONSTANTS[STATE*(i-4)+:STATE]), .y(states[i+1])
            );
        end
    end

    always_ff @(posedge clk) begin
        if (rst) valid <= '0;
        else valid <= {valid[LATENCY-2:0], in_valid};
    end

    delay #(.WIDTH(TAG_BITS), .CYCLES(LATENCY)) tags (.clk, .enable(1'b1), .in(in_tag), .out(out_tag));

    assign in_ready  = 1'b1;
    assign out_valid = valid[LATENCY-1];
    assign out_state = states[8+P];
endmodule
