// Which addition to a bucket begins in a cycle. None does while another one to the same bucket is in flight: its sum would be
// lost. Such an item waits in a queue, and others pass it.
//
//   items --> [register] --+--> not in flight: begin --------------------+--> out
//                          +--> in flight: to the queue                  |
//                                 --> [queue] --> its head not in flight: begin first
//
//   in flight: the buckets of the last FLIGHT additions, compared with both candidates
//
// Why it is safe: an addition that begins in cycle t is written so that a read in cycle t + FLIGHT + 1 sees it, and its bucket
// is among those compared in cycles t + 1 to t + FLIGHT. Sums do not depend on the order of additions. Why it ends: the head
// of the queue waits for additions that are in flight already, FLIGHT cycles at most, and then goes first; so there is an
// addition in FLIGHT + 1 cycles at least. Few distinct buckets, of which W windows have one each, take max(W, FLIGHT + 1)
// cycles a point.
//
// Latency: 1 without conflict. One addition a cycle; a conflict costs the cycle in which it is found.
module msm_scheduler #(
    parameter int DATA_BITS   = 769,
    parameter int BUCKET_BITS = 17,
    parameter int FLIGHT      = 96,
    parameter int DEPTH       = 64
) (
    input  logic                   clk,
    input  logic                   rst,
    input  logic                   in_valid,
    output logic                   in_ready,
    input  logic [BUCKET_BITS-1:0] in_bucket,
    input  logic [DATA_BITS-1:0]   in_data,
    // Other additions that are in flight, of no bucket: the same adder's.
    input  logic                   other,
    output logic                   out_valid,
    output logic [BUCKET_BITS-1:0] out_bucket,
    output logic [DATA_BITS-1:0]   out_data,
    output logic                   empty,
    output logic                   none_in_flight,
    output logic [31:0]            conflicts
);
    localparam int COUNT = $clog2(DEPTH) + 1;

    logic                   push, pop, queue_ready, head_valid, in_busy, head_busy;
    logic [BUCKET_BITS-1:0] head_bucket;
    logic [DATA_BITS-1:0]   head_data;
    logic [COUNT-1:0]       count;

    // A register of its own for each bucket in flight; the newest is the first.
    logic [FLIGHT-1:0]      flying, flying_bucket;
    logic [FLIGHT-1:0]      same_in, same_head;
    for (genvar i = 0; i < FLIGHT; i++) begin : g_flight
        logic [BUCKET_BITS-1:0] bucket;
        assign same_in[i]   = flying_bucket[i] && bucket == in_bucket;
        assign same_head[i] = flying_bucket[i] && bucket == head_bucket;
        if (i == 0) begin : g_newest
            always_ff @(posedge clk) bucket <= out_bucket;
        end else begin : g_older
            always_ff @(posedge clk) bucket <= g_flight[i-1].bucket;
        end
    end
    always_ff @(posedge clk) begin
        if (rst) begin
            flying        <= '0;
            flying_bucket <= '0;
        end else begin
            flying        <= {flying[FLIGHT-2:0], out_valid || other};
            flying_bucket <= {flying_bucket[FLIGHT-2:0], out_valid};
        end
    end
    assign in_busy        = same_in != '0;
    assign head_busy      = same_head != '0;
    assign none_in_flight = flying == '0;

    // The head of the queue first, then what comes in.
    assign pop        = head_valid && !head_busy;
    assign push       = in_valid && in_busy && !pop && queue_ready;
    assign in_ready   = !pop && (!in_busy || queue_ready);
    assign out_valid  = pop || (in_valid && !in_busy);
    assign out_bucket = pop ? head_bucket : in_bucket;
    assign out_data   = pop ? head_data : in_data;
    assign empty      = count == '0;

    queue #(
        .WIDTH(BUCKET_BITS + DATA_BITS),
        .DEPTH(DEPTH)
    ) waiting (
        .clk,
        .rst,
        .in_valid(push),
        .in_ready(queue_ready),
        .in_data({in_bucket, in_data}),
        .out_valid(head_valid),
        .out_ready(pop),
        .out_data({head_bucket, head_data}),
        .count
    );

    always_ff @(posedge clk) begin
        if (rst) conflicts <= '0;
        else conflicts <= conflicts + 32'(push);
    end
endmodule
