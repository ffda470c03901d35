// The point adder between streams, with a tag of 32 bits. An item goes in only when the queue behind has room for it and for
// all that are in flight.
//
//   in {tag, Q, P} --> point_adder --> queue --> out {tag, P + Q}
//       ^ ready while in flight + queued < DEPTH
//
// Latency: that of the adder, and 2 of the queue. One addition a cycle when the output is taken.
module point_adder_unit #(
    parameter int WIDTH = montgomery_constants::WIDTH,
    parameter int DEPTH = 128
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic                    in_valid,
    output logic                    in_ready,
    input  logic [32+6*WIDTH-1:0]   in_data,
    output logic                    out_valid,
    input  logic                    out_ready,
    output logic [32+3*WIDTH-1:0]   out_data,
    output logic [31:0]             items_in,
    output logic [31:0]             items_out
);
    localparam int COUNT = $clog2(DEPTH) + 1;

    logic [COUNT-1:0]    room, queue_count;
    logic                pass_in, pass_out, queue_ready, sum_valid;
    logic [31:0]         sum_tag;
    logic [3*WIDTH-1:0]  sum;

    assign in_ready = room != '0;
    assign pass_in  = in_valid && in_ready;
    assign pass_out = out_valid && out_ready;

    always_ff @(posedge clk) begin
        if (rst) begin
            room      <= COUNT'(DEPTH);
            items_in  <= '0;
            items_out <= '0;
        end else begin
            room      <= room - COUNT'(pass_in) + COUNT'(pass_out);
            items_in  <= items_in + 32'(pass_in);
            items_out <= items_out + 32'(pass_out);
        end
    end

    point_adder adder (
        .clk,
        .rst,
        .in_valid(pass_in),
        .in_tag(in_data[6*WIDTH+:32]),
        .in_p(in_data[0+:3*WIDTH]),
        .in_q(in_data[3*WIDTH+:3*WIDTH]),
        .out_valid(sum_valid),
        .out_tag(sum_tag),
        .out_sum(sum)
    );
    queue #(
        .WIDTH(32 + 3 * WIDTH),
        .DEPTH(DEPTH)
    ) results (
        .clk,
        .rst,
        .in_valid(sum_valid),
        .in_ready(queue_ready),
        .in_data({sum_tag, sum}),
        .out_valid,
        .out_ready,
        .out_data,
        .count(queue_count)
    );
    logic unused;
    assign unused = &{1'b0, queue_ready, queue_count};
endmodule
