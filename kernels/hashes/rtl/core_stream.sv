// Valid and ready for a hash core, which cannot hold back its answers: no more jobs are let in than its answers have room
// for in a queue.
//
//   job ----- && room ----> core --> [queue of ROOM] --> done
//                ^                                         |
//                +---- jobs in the core and the queue -----+
//
// Latency: the core's and 2. II: the core's, if ROOM is above its latency.
module core_stream #(
    parameter int WIDTH = 256,
    parameter int ROOM  = 128
) (
    input  logic             clk,
    input  logic             rst,
    // the streams
    input  logic             job_valid,
    output logic             job_ready,
    output logic             done_valid,
    input  logic             done_ready,
    output logic [WIDTH-1:0] done_data,
    // the core
    output logic             core_valid,
    input  logic             core_ready,
    input  logic             core_done_valid,
    input  logic [WIDTH-1:0] core_done_data
);
    localparam int COUNT_BITS = $clog2(ROOM + 1);

    logic [COUNT_BITS-1:0] outstanding;
    logic                  room, queue_ready;
    logic [$clog2(ROOM):0] queued;
    logic                  unused;

    assign room       = outstanding != COUNT_BITS'(ROOM);
    assign core_valid = job_valid && room;
    assign job_ready  = core_ready && room;
    assign unused     = &{1'b0, queue_ready, queued};

    always_ff @(posedge clk) begin
        if (rst) outstanding <= '0;
        else outstanding <= outstanding + COUNT_BITS'(core_valid && core_ready) - COUNT_BITS'(done_valid && done_ready);
    end

    queue #(
        .WIDTH(WIDTH),
        .DEPTH(ROOM)
    ) answers (
        .clk,
        .rst,
        .in_valid (core_done_valid),
        .in_ready (queue_ready),
        .in_data  (core_done_data),
        .out_valid(done_valid),
        .out_ready(done_ready),
        .out_data (done_data),
        .count    (queued)
    );
endmodule
