// A block from external memory into a buffer of the engine.
//
//   [addresses] --> memory --> (COLUMNS, TILES) ----------------+--> slot, word
//                          --> (ROWS) --> [transposer LANES] ---+
//
// Word t of a block of 2^log_rows rows and 2^log_width groups, by the bits of t: COLUMNS {row, group}; ROWS {Q, group,
// lane}, of which the transposer makes {Q, group, row mod LANES}; TILES {tile, group, source's group, source's lane},
// the last two with the tile being the row. `flip` reverses the bits of rows in slots.
//
// Cycles: words + the memory's latency + 1, and LANES more for ROWS, if the memory gives a word a cycle.
module ntt_load #(
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
    output logic                    read_valid,
    input  logic                    read_ready,
    output logic [31:0]             read_address,
    input  logic                    return_valid,
    output logic                    return_ready,
    input  logic [WORD-1:0]         return_data,
    output logic                    write,
    output logic [LOG_CAPACITY-1:0] write_slot,
    output logic [LANES*BITS-1:0]   write_data
);
    localparam int LOG_LANES = $clog2(LANES);
    localparam int ELEMENT = WORD / LANES;
    localparam int COUNT = LOG_CAPACITY + 1;

    logic [COUNT-1:0] total, asked, taken, width_mask, lane_mask, in_row;
    logic [31:0] line;
    logic [15:0] column, place_of_column;

    assign total      = COUNT'(1) << (5'(log_rows) + 5'(log_width));
    assign width_mask = (COUNT'(1) << log_width) - 1'b1;
    assign lane_mask  = (COUNT'(1) << (4'(log_width) + 4'(LOG_LANES))) - 1'b1;
    assign in_row     = asked & width_mask;
    assign column     = (block << (4'(log_width) + 4'(LOG_LANES))) | 16'(asked & lane_mask);
    assign read_valid = busy && asked != total;

    always_comb begin
        case (kind)
            ntt_layout::ROWS:
            read_address = base + (32'(place_of_column) << (log_rows - 4'(LOG_LANES)))
                + 32'(asked >> (4'(log_width) + 4'(LOG_LANES)));
            ntt_layout::TILES: read_address = base + (32'(block) << (5'(log_rows) + 5'(log_width))) + 32'(asked);
            default: read_address = line + 32'(in_row);
        endcase
    end

    logic [LANES*BITS-1:0] returned, turned;
    for (genvar lane = 0; lane < LANES; lane++) begin : g_lanes
        assign returned[lane*BITS+:BITS] = return_data[lane*ELEMENT+:BITS];
    end
    if (ELEMENT > BITS) begin : g_unused
        logic unused;
        logic [LANES-1:0] above;
        for (genvar lane = 0; lane < LANES; lane++) begin : g_above
            assign above[lane] = |return_data[lane*ELEMENT+BITS+:ELEMENT-BITS];
        end
        assign unused = &{1'b0, above};
    end

    logic turner_ready, turned_valid;
    transposer #(
        .BITS(BITS),
        .SIDE(LANES)
    ) turner (
        .clk,
        .rst,
        .in_valid (return_valid && kind == ntt_layout::ROWS),
        .in_ready (turner_ready),
        .in_data  (returned),
        .out_valid(turned_valid),
        .out_ready(1'b1),
        .out_data (turned)
    );
    assign return_ready = kind != ntt_layout::ROWS || turner_ready;

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
    assign above_lanes = taken >> LOG_LANES;
    always_comb begin
        case (kind)
            ntt_layout::ROWS: begin
                group = above_lanes & width_mask;
                row   = ((above_lanes >> log_width) << LOG_LANES) | (taken & COUNT'(LANES - 1));
            end
            ntt_layout::TILES: begin
                group = (above_lanes >> log_width) & width_mask;
                row   = ((above_lanes >> {log_width, 1'b0}) << (4'(log_width) + 4'(LOG_LANES))) | (taken & lane_mask);
            end
            default: begin
                group = taken & width_mask;
                row   = taken >> log_width;
            end
        endcase
    end
    assign place = (group << log_rows) | (flip ? flipped : row);

    logic pass;
    assign pass = kind == ntt_layout::ROWS ? turned_valid : return_valid;

    always_ff @(posedge clk) begin
        if (pass) begin
            write_slot <= place[LOG_CAPACITY-1:0];
            write_data <= kind == ntt_layout::ROWS ? turned : returned;
        end
        if (rst) begin
            busy  <= 1'b0;
            write <= 1'b0;
        end else begin
            write <= pass;
            if (start) begin
                busy  <= 1'b1;
                asked <= '0;
                taken <= '0;
                line  <= base + (32'(block) << log_width);
            end else begin
                if (read_valid && read_ready) begin
                    asked <= asked + 1'b1;
                    if (in_row == width_mask) line <= line + row_words;
                end
                if (pass) taken <= taken + 1'b1;
                // The last word is written in the cycle in which this is seen.
                if (busy && taken == total) busy <= 1'b0;
            end
        end
    end

    logic unused;
    assign unused = &{1'b0, place[COUNT-1]};
endmodule
