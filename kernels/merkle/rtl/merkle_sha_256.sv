// Merkle trees of SHA-256: the controller and one core.
//
//   leaves --> [merkle_controller] --> root
//                  |  ^
//              job v  | done
//              [sha_256_core]
//
// ROUNDS: the core's rounds of hardware, 64 of them for the whole function unrolled (II = 1); then IN_FLIGHT is 0.
// Streams, settings, counters: merkle_controller.sv.
//
// Cycles of n = 2^k leaves of B blocks (padding included): I (n B + 2 (n - 1)) with I = 1 (unrolled) or 64 / ROUNDS, and the way from
// the last leaf to the root, at most 3 latencies of the core; merkle_controller.sv has the whole formula.
module merkle_sha_256 #(
    parameter int ROUNDS     = 64,
    parameter int LOG_BLOCKS = 11,
    parameter int IN_FLIGHT  = 0
) (
    input  logic         clk,
    input  logic         rst,
    input  logic [31:0]  leaf_bytes,
    input  logic [5:0]   log_size,
    input  logic         leaves_valid,
    output logic         leaves_ready,
    input  logic [511:0] leaves_data,
    output logic         root_valid,
    input  logic         root_ready,
    output logic [255:0] root_data,
    output logic [63:0]  jobs,
    output logic [63:0]  leaves_hashed,
    output logic [63:0]  nodes_hashed,
    output logic [63:0]  idle
);
    localparam int TAG_BITS = 2 * LOG_BLOCKS + 7;

    logic                job_valid, job_ready, job_first, job_last, done_valid;
    logic [TAG_BITS-1:0] job_tag, done_tag;
    logic [6:0]          job_bytes;
    logic [511:0]        job_block;
    logic [255:0]        job_chain, done_chain;

    merkle_controller #(
        .CHAIN_BITS      (256),
        .LEAF_BLOCK_BYTES(64),
        .NODE_BLOCKS     (2),
        .PADDING         (1),
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

    sha_256_core #(
        .ROUNDS  (ROUNDS),
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
