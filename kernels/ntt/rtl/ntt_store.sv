// A block from a buffer of the engine to external memory.
//
//   slot --> [buffer, 2 stages] --+--> (COLUMNS) ------------------------------+--> memory
//                                 +--> (ROWS, TILES) --> [transposer LANES] ---+
//
// Rows leave in the order of their numbers, by the bits of the counter: COLUMNS {row, group}; else {Q, group, row mod
// LANES}, of which the transposer makes words {Q, group, lane} of LANES rows' values of one column. `flip` reverses the
// bits of rows in slots. Addresses are those of ntt_layout.sv.
//
// Cycles: words + 2, and LANES more with the transposer, if the memory takes a word a cycle.
module ntt_store #(
    parameter int BITS         = 64,
    parameter int LANES        = 8,
    parameter int WORD         = 512,
    parameter int LOG_CAPACITY = 14
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic                    start,
    output logic                    busy,
    input  logic [1:0]              kind,
    input  logic                    flip,
    input  logic [3:0]              log_rows,
    input  logic [3:0]              log_columns,
    input  logic [2:0]              log_width,
    input  logic [31:0]             row_words,
    input  logic [31:0]             base,
    input  logic [15:0]             block,
    output logic                    read,
    output logic [LOG_CAPACITY-1:0] read_slot,
    input  logic [LANES*BITS-1:0]   read_data,
    output logic                    write_valid,
    input  logic                    write_ready,
    output logic [31:0]             write_address,
    output logic [WORD-1:0]         write_data
);
    localparam int LOG_LANES = $clog2(LANES);
    localparam int ELEMENT = WORD / LANES;
    localparam int COUNT = LOG_CAPACITY + 1;

    logic [COUNT-1:0] total, asked, given, width_mask, lane_mask, in_row;
    logic [31:0] line;
    logic [15:0] column, place_of_column;
    logic here, there, advance, taken;  // what was read: in the bank's register, and in the next one

    assign total      = COUNT'(1) << (5'(log_rows) + 5'(log_width));
    assign width_mask = (COUNT'(1) << log_width) - 1'b1;
    assign lane_mask  = (COUNT'(1) << (4'(log_width) + 4'(LOG_LANES))) - 1'b1;

    logic [COUNT-1:0] row, flipped, group, above_lanes, place;
    bit_reversal #(
        .WIDTH(16)
    ) of_columns (
        .in   (column),
        .count(5'(log_columns)),
        .out  (place_of_column)
    );
    bit_reversal #(
        .WIDTH(COUNT)
    ) of_rows (
        .in   (row),
        .count(4'(log_rows)),
        .out  (flipped)
    );
    assign above_lanes = asked >> LOG_LANES;
    always_comb begin
        if (kind == ntt_layout::COLUMNS) begin
            group = asked & width_mask;
            row   = asked >> log_width;
        end else begin
            group = above_lanes & width_mask;
            row   = ((above_lanes >> log_width) << LOG_LANES) | (asked & COUNT'(LANES - 1));
        end
    end
    assign place     = (group << log_rows) | (flip ? flipped : row);
    assign read_slot = place[LOG_CAPACITY-1:0];
    assign advance   = !there || taken;
    assign read      = busy && advance;

    logic turner_ready, turned_valid;
    logic [LANES*BITS-1:0] turned, leaving;
    transposer #(
        .BITS(BITS),
        .SIDE(LANES)
    ) turner (
        .clk,
        .rst,
        .in_valid (there && kind != ntt_layout::COLUMNS),
        .in_ready (turner_ready),
        .in_data  (read_data),
        .out_valid(turned_valid),
        .out_ready(write_ready),
        .out_data (turned)
    );
    assign taken       = kind == ntt_layout::COLUMNS ? write_ready : turner_ready;
    assign write_valid = kind == ntt_layout::COLUMNS ? there : turned_valid;
    assign leaving     = kind == ntt_layout::COLUMNS ? read_data : turned;
    for (genvar lane = 0; lane < LANES; lane++) begin : g_lanes
        assign write_data[lane*ELEMENT+:ELEMENT] = ELEMENT'(leaving[lane*BITS+:BITS]);
    end

    assign in_row = given & width_mask;
    assign column = (block << (4'(log_width) + 4'(LOG_LANES))) | 16'(given & lane_mask);
    logic [4:0] log_tile;
    assign log_tile = 5'({log_width, 1'b0}) + 5'(LOG_LANES);
    always_comb begin
        case (kind)
            ntt_layout::ROWS:
            write_address = base + (32'(place_of_column) << (log_rows - 4'(LOG_LANES)))
                + 32'(given >> (4'(log_width) + 4'(LOG_LANES)));
            ntt_layout::TILES:
            write_address = base + (32'(given >> log_tile) << (5'(log_columns) + 5'(log_width)))
                + (32'(block) << log_tile) + (32'(given) & ((32'd1 << log_tile) - 32'd1));
            default: write_address = line + 32'(in_row);
        endcase
    end

    always_ff @(posedge clk) begin
        if (rst) begin
            busy  <= 1'b0;
            here  <= 1'b0;
            there <= 1'b0;
        end else if (start) begin
            busy  <= 1'b1;
            asked <= '0;
            given <= '0;
            line  <= base + (32'(block) << log_width);
        end else begin
            if (advance) begin
                here  <= busy && asked != total;
                there <= here;
                if (busy && asked != total) asked <= asked + 1'b1;
            end
            if (write_valid && write_ready) begin
                given <= given + 1'b1;
                if (in_row == width_mask) line <= line + row_words;
                if (given + 1'b1 == total) busy <= 1'b0;
            end
        end
    end

    logic unused;
    assign unused = &{1'b0, place[COUNT-1]};
endmodule
