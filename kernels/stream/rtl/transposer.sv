// Squares of SIDE words of SIDE elements, transposed: out word c has element c of each of the SIDE words that came in.
//
//   in --> [SIDE x SIDE registers, shifted right for one square and down for the next] --> out
//
// While a square moves in along one direction, the one before leaves at the far side, along the other axis from that on
// which it came: no second array. A word's first element is the lowest. The first words of a square leave when those
// of the next come, or by themselves when none is offered at its end.
//
// Latency: SIDE, from a square's word to the word of the same number. One word in and one out each cycle.
module transposer #(
    parameter int BITS = 64,
    parameter int SIDE = 8
) (
    input  logic                 clk,
    input  logic                 rst,
    input  logic                 in_valid,
    output logic                 in_ready,
    input  logic [SIDE*BITS-1:0] in_data,
    output logic                 out_valid,
    input  logic                 out_ready,
    output logic [SIDE*BITS-1:0] out_data
);
    localparam int COUNT_BITS = $clog2(SIDE);

    logic [COUNT_BITS-1:0] count;
    logic down, full, empties, advance, last;

    // At a square's beginning: nothing comes and there is one to let go.
    logic flush;
    assign flush     = full && (empties || (count == '0 && !in_valid));
    assign advance   = flush ? out_ready : in_valid && (!full || out_ready);
    assign in_ready  = !flush && (!full || out_ready);
    assign out_valid = full && (flush || in_valid);
    assign last      = count == COUNT_BITS'(SIDE - 1);

    for (genvar row = 0; row < SIDE; row++) begin : g_rows
        logic [BITS-1:0] entering;
        // Reversed, so that the first element of the first word is the first to leave.
        assign entering = in_data[(SIDE-1-row)*BITS+:BITS];
        logic [SIDE*BITS-1:0] cells, from_above, from_left;
        assign from_left = {cells[(SIDE-1)*BITS-1:0], entering};
        if (row == 0) begin : g_top
            for (genvar i = 0; i < SIDE; i++) begin : g_flip
                assign from_above[i*BITS+:BITS] = in_data[(SIDE-1-i)*BITS+:BITS];
            end
        end else begin : g_below
            assign from_above = g_rows[row-1].cells;
        end
        always_ff @(posedge clk) begin
            if (advance) cells <= down ? from_above : from_left;
        end
    end

    logic [SIDE*BITS-1:0] right_edge;
    for (genvar i = 0; i < SIDE; i++) begin : g_edge
        // What came from the left has its first word at the right, and leaves at the bottom.
        assign right_edge[i*BITS+:BITS] = g_rows[SIDE-1-i].cells[(SIDE-1)*BITS+:BITS];
    end
    logic [SIDE*BITS-1:0] bottom_edge;
    for (genvar i = 0; i < SIDE; i++) begin : g_bottom
        assign bottom_edge[i*BITS+:BITS] = g_rows[SIDE-1].cells[(SIDE-1-i)*BITS+:BITS];
    end
    assign out_data = down ? bottom_edge : right_edge;

    always_ff @(posedge clk) begin
        if (rst) begin
            count   <= '0;
            down    <= 1'b0;
            full    <= 1'b0;
            empties <= 1'b0;
        end else if (advance) begin
            count <= last ? '0 : count + 1'b1;
            if (last) begin
                down    <= !down;
                full    <= !flush;
                empties <= 1'b0;
            end else begin
                empties <= flush;
            end
        end
    end
endmodule
