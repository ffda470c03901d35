// BLAKE3's compression function between streams.
//
//   job --> [blake3_core] --> [core_stream: queue] --> done
//
// job_data, from bit 0: block (512), chain (256), first (1), last (1), bytes (7), tag. done_data: chain (256), tag.
// Latency: 32. II = 7 / ROUNDS.
module blake3_stream #(
    parameter int ROUNDS   = 7,
    parameter int TAG_BITS = 16
) (
    input  logic                  clk,
    input  logic                  rst,
    input  logic                  job_valid,
    output logic                  job_ready,
    input  logic [776+TAG_BITS:0] job_data,
    output logic                  done_valid,
    input  logic                  done_ready,
    output logic [255+TAG_BITS:0] done_data
);
    logic                  core_valid, core_ready, core_done_valid;
    logic [255+TAG_BITS:0] core_done_data;

    blake3_core #(
        .ROUNDS  (ROUNDS),
        .TAG_BITS(TAG_BITS)
    ) core (
        .clk,
        .rst,
        .job_valid (core_valid),
        .job_ready (core_ready),
        .job_tag   (job_data[777+:TAG_BITS]),
        .job_first (job_data[768]),
        .job_last  (job_data[769]),
        .job_bytes (job_data[776:770]),
        .job_block (job_data[511:0]),
        .job_chain (job_data[767:512]),
        .done_valid(core_done_valid),
        .done_tag  (core_done_data[256+:TAG_BITS]),
        .done_chain(core_done_data[255:0])
    );

    core_stream #(
        .WIDTH(256 + TAG_BITS),
        .ROOM (ROUNDS == 1 ? 8 : 64)
    ) streams (
        .clk,
        .rst,
        .job_valid,
        .job_ready,
        .done_valid,
        .done_ready,
        .done_data,
        .core_valid,
        .core_ready,
        .core_done_valid,
        .core_done_data
    );
endmodule
