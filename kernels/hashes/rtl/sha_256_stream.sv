// SHA-256's compression function between streams.
//
//   job --> [sha_256_core] --> [core_stream: queue] --> done
//
// job_data, from bit 0: block (512), chain (256), first (1), tag. done_data: chain (256), tag.
// Latency: 69. II = 64 / ROUNDS.
module sha_256_stream #(
    parameter int ROUNDS   = 64,
    parameter int TAG_BITS = 16
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic                    job_valid,
    output logic                    job_ready,
    input  logic [768+TAG_BITS:0]   job_data,
    output logic                    done_valid,
    input  logic                    done_ready,
    output logic [255+TAG_BITS:0]   done_data
);
    logic                  core_valid, core_ready, core_done_valid;
    logic [255+TAG_BITS:0] core_done_data;

    sha_256_core #(
        .ROUNDS  (ROUNDS),
        .TAG_BITS(TAG_BITS)
    ) core (
        .clk,
        .rst,
        .job_valid (core_valid),
        .job_ready (core_ready),
        .job_tag   (job_data[769+:TAG_BITS]),
        .job_first (job_data[768]),
        .job_last  (1'b0),
        .job_bytes (7'd64),
        .job_block (job_data[511:0]),
        .job_chain (job_data[767:512]),
        .done_valid(core_done_valid),
        .done_tag  (core_done_data[256+:TAG_BITS]),
        .done_chain(core_done_data[255:0])
    );

    core_stream #(
        .WIDTH(256 + TAG_BITS),
        .ROOM (2 * ROUNDS < 8 ? 8 : 2 * ROUNDS)
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
