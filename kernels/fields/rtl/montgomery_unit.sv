// The pipelined Montgomery multiplier between streams. The pipeline never stands still: an item goes in only when the
// queue behind has room for it and for all that are in flight.
//
//   in {b, a} --> montgomery_multiplier --> queue --> out
//       ^ ready while in flight + queued < DEPTH
//
// Latency: that of the multiplier, and 2 of the queue. One product a cycle when the output is taken.
module montgomery_unit #(
    parameter int BITS  = montgomery_constants::MODULUS_BITS,
    parameter int WIDTH = montgomery_constants::WIDTH,
    parameter int DEPTH = 64
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                in_valid,
    output logic                in_ready,
    input  logic [2*BITS-1:0]   in_data,
    output logic                out_valid,
    input  logic                out_ready,
    output logic [BITS-1:0]     out_data,
    output logic [31:0]         items_in,
    output logic [31:0]         items_out
);
    localparam int LEVELS  = montgomery_constants::LEVELS;
    localparam int LATENCY = 14 + 3 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0) + (LEVELS - 1) * (10 + 3 * LEVELS) / 2;
    localparam int COUNT   = $clog2(DEPTH) + 1;

    logic [LATENCY:1] valid;
    logic [COUNT-1:0] room;  // places of the queue that nobody has been promised
    logic             pass_in, pass_out, queue_ready;
    logic [COUNT-1:0] queue_count;
    logic [WIDTH-1:0] result;

    assign in_ready = room != '0;
    assign pass_in  = in_valid && in_ready;
    assign pass_out = out_valid && out_ready;

    always_ff @(posedge clk) begin
        if (rst) begin
            valid     <= '0;
            room      <= COUNT'(DEPTH);
            items_in  <= '0;
            items_out <= '0;
        end else begin
            valid     <= {valid[LATENCY-1:1], pass_in};
            room      <= room - COUNT'(pass_in) + COUNT'(pass_out);
            items_in  <= items_in + 32'(pass_in);
            items_out <= items_out + 32'(pass_out);
        end
    end

    montgomery_multiplier multiplier (
        .clk,
        .rst,
        .enable({valid[LATENCY-1:1], pass_in}),
        .a({{(WIDTH - BITS) {1'b0}}, in_data[BITS-1:0]}),
        .b({{(WIDTH - BITS) {1'b0}}, in_data[2*BITS-1:BITS]}),
        .result
    );
    queue #(
        .WIDTH(BITS),
        .DEPTH(DEPTH)
    ) results (
        .clk,
        .rst,
        .in_valid(valid[LATENCY]),
        .in_ready(queue_ready),
        .in_data(result[BITS-1:0]),
        .out_valid,
        .out_ready,
        .out_data,
        .count(queue_count)
    );
    logic unused;
    assign unused = &{1'b0, queue_ready, queue_count, result[WIDTH-1:BITS]};
endmodule
