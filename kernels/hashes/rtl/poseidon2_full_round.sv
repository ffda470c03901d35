// A full round, and the constants of what follows: the S-box in every lane, then the external linear layer.
//
//   x --> [S-box] x WIDTH --> [external layer + constants] --> y
//
// `constants` are those of the next round and count in the cycle poseidon2::SBOX_LATENCY + EXTERNAL_CONSTANTS after x.
//
// Latency: poseidon2::FULL_LATENCY = SBOX + EXTERNAL. One state a cycle.
module poseidon2_full_round (
    input  logic                                             clk,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] x,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] constants,
    output logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] y
);
    logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] powers;

    for (genvar i = 0; i < poseidon2::WIDTH; i++) begin : g_lane
        poseidon2_sbox sbox (.clk, .x(x[i]), .y(powers[i]));
    end

    poseidon2_external_layer layer (.clk, .x(powers), .constants, .y);
endmodule
