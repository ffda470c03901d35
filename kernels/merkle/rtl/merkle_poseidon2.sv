// Merkle trees of Poseidon2: the controller and one core.
//
//   leaves --> [merkle_controller] --> root
//                  |  ^
//              job v  | done
//             [poseidon2_core]
//
// A leaf's block is RATE elements, a parent's two digests; both are one permutation. The chain is the whole state. PERIOD:
// cycles a permutation; with 1, all rounds are in hardware and IN_FLIGHT is 0, else IN_FLIGHT is a power of two of at least
// the permutations that are on their way. Streams, settings, counters: merkle_controller.sv.
//
// Cycles of n = 2^k leaves of B blocks (padding included): I (n B + n - 1) with I = PERIOD, and the way from
// the last leaf to the root, at most 3 latencies of the core; merkle_controller.sv has the whole formula.
module merkle_poseidon2 #(
    parameter int PERIOD     = 1,
    parameter int LOG_BLOCKS = 11,
    parameter int IN_FLIGHT  = 0,
    parameter int BLOCK_BITS = poseidon2::RATE * poseidon2::SLOT
) (
    input  logic                  clk,
    input  logic                  rst,
    input  logic [31:0]           leaf_bytes,
    input  logic [5:0]            log_size,
    input  logic                  leaves_valid,
    output logic                  leaves_ready,
    input  logic [BLOCK_BITS-1:0] leaves_data,
    output logic                  root_valid,
    input  logic                  root_ready,
    output logic [255:0]          root_data,
    output logic [63:0]           jobs,
    output logic [63:0]           leaves_hashed,
    output logic [63:0]           nodes_hashed,
    output logic [63:0]           idle
);
    localparam int TAG_BITS   = 2 * LOG_BLOCKS + 7;
    localparam int CHAIN_BITS = poseidon2::WIDTH * poseidon2::SLOT;

    logic                  job_valid, job_ready, job_first, job_last, done_valid;
    logic [TAG_BITS-1:0]   job_tag, done_tag;
    logic [6:0]            job_bytes;
    logic [511:0]          job_block;
    logic [CHAIN_BITS-1:0] job_chain, done_chain;

    merkle_controller #(
        .CHAIN_BITS      (CHAIN_BITS),
        .LEAF_BLOCK_BYTES(BLOCK_BITS / 8),
        .NODE_BLOCKS     (1),
        .PADDING         (0),
        .LOG_BLOCKS      (LOG_BLOCKS),
        .IN_FLIGHT       (IN_FLIGHT)
    ) controller (
        .clk,
        .rst,
        .leaf_bytes,
        .log_size,
        .leaves_valid,
        .leaves_ready,
        .leaves_data,
        .root_valid,
        .root_ready,
        .root_data,
        .job_valid,
        .job_ready,
        .job_tag,
        .job_first,
        .job_last,
        .job_bytes,
        .job_block,
        .job_chain,
        .done_valid,
        .done_tag,
        .done_chain,
        .jobs,
        .leaves_hashed,
        .nodes_hashed,
        .idle
    );

    poseidon2_core #(
        .PERIOD  (PERIOD),
        .TAG_BITS(TAG_BITS)
    ) core (
        .clk,
        .rst,
        .job_valid,
        .job_ready,
        .job_tag,
        .job_first,
        .job_last,
        .job_bytes,
        .job_block,
        .job_chain,
        .done_valid,
        .done_tag,
        .done_chain
    );
endmodule
