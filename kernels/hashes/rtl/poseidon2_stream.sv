// Poseidon2's core between streams.
//
//   job --> [poseidon2_core] --> [core_stream: queue] --> done
//
// job_data, from bit 0: block (512), chain (CHAIN_BITS), first (1), bytes (7), tag. done_data: chain, tag.
// Latency: the core's and 2. II = PERIOD, if ROOM is above the states on their way.
module poseidon2_stream #(
    parameter int PERIOD     = 1,
    parameter int TAG_BITS   = 16,
    parameter int ROOM       = 1024,
    parameter int CHAIN_BITS = poseidon2::WIDTH * poseidon2::SLOT
) (
    input  logic                             clk,
    input  logic                             rst,
    input  logic                             job_valid,
    output logic                             job_ready,
    input  logic [519+CHAIN_BITS+TAG_BITS:0] job_data,
    output logic                             done_valid,
    input  logic                             done_ready,
    output logic [CHAIN_BITS+TAG_BITS-1:0]   done_data
);
    logic                           core_valid, core_ready, core_done_valid;
    logic [CHAIN_BITS+TAG_BITS-1:0] core_done_data;

    poseidon2_core #(
        .PERIOD    (PERIOD),
        .TAG_BITS  (TAG_BITS),
        .CHAIN_BITS(CHAIN_BITS)
    ) core (
        .clk,
        .rst,
        .job_valid (core_valid),
        .job_ready (core_ready),
        .job_tag   (job_data[520+CHAIN_BITS+:TAG_BITS]),
        .job_first (job_data[512+CHAIN_BITS]),
        .job_last  (1'b0),
        .job_bytes (job_data[513+CHAIN_BITS+:7]),
        .job_block (job_data[511:0]),
        .job_chain (job_data[512+:CHAIN_BITS]),
        .done_valid(core_done_valid),
        .done_tag  (core_done_data[CHAIN_BITS+:TAG_BITS]),
        .done_chain(core_done_data[CHAIN_BITS-1:0])
    );

    core_stream #(
        .WIDTH(CHAIN_BITS + TAG_BITS),
        .ROOM (ROOM)
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
