// The constants by which a block's columns differ: for column x the powers s^(2^e), e = 0 .. log_rows - 1, of its own
// s = base * ratio^x, with which the engine multiplies its twiddles (ntt_engine.sv says why).
//
//   [first: s of block 0] --+--> [multiplier] --+--> [running: s of this block]
//   [running] * step -------+        ^          +--> [current: s^(2^e)] --+
//                                    +---- squares <----------------------+--> constants of the engine
//
// `first` and `step` = ratio^(columns of a block) are written by the parameter stream at the beginning of a pass. The
// columns follow one another through one multiplier, level by level.
//
// Cycles: log_rows * (columns + 11) + 1 for a block, columns = LANES * 2^log_width.
module ntt_constants #(
    parameter int BITS        = 64,
    parameter int EXPONENT    = 32,
    parameter int COLUMN_BITS = 6
) (
    input  logic                   clk,
    input  logic                   rst,
    // The parameter stream: s of the first block's columns, and the step.
    input  logic                   first_write,
    input  logic [COLUMN_BITS-1:0] first_column,
    input  logic                   step_write,
    input  logic [BITS-1:0]        first_data,
    // A block.
    input  logic                   start,
    input  logic                   at_first,       // it is block 0
    input  logic [3:0]             log_rows,
    input  logic [COLUMN_BITS:0]   columns,
    output logic                   busy,
    // What it writes.
    output logic                   write,
    output logic [3:0]             write_level,
    output logic [COLUMN_BITS-1:0] write_column,
    output logic [BITS-1:0]        write_data
);
    localparam int PIPE = narrow_fields::MULTIPLIER_LATENCY;
    localparam int PAUSE = PIPE + 2;  // a column's square is there this long after its last power was asked for

    logic [BITS-1:0] step, from_first, from_running, from_current, left, right;
    logic [3:0] level, levels;
    logic [COLUMN_BITS:0] column;
    logic [3:0] pause;
    logic issuing, first_block, issued_level0, issued_first;
    logic [PIPE:0] under_way;
    logic [COLUMN_BITS+3:0] tag;

    assign issuing = busy && pause == '0 && level != levels;

    simple_dual_port_memory #(
        .WIDTH(BITS),
        .DEPTH(1 << COLUMN_BITS)
    ) first (
        .clk,
        .write_enable (first_write),
        .write_address(first_column),
        .write_data   (first_data),
        .read_enable  (issuing),
        .read_address (column[COLUMN_BITS-1:0]),
        .read_data    (from_first)
    );
    simple_dual_port_memory #(
        .WIDTH(BITS),
        .DEPTH(1 << COLUMN_BITS)
    ) running (
        .clk,
        .write_enable (write && write_level == '0),
        .write_address(write_column),
        .write_data,
        .read_enable  (issuing),
        .read_address (column[COLUMN_BITS-1:0]),
        .read_data    (from_running)
    );
    simple_dual_port_memory #(
        .WIDTH(BITS),
        .DEPTH(1 << COLUMN_BITS)
    ) current (
        .clk,
        .write_enable (write),
        .write_address(write_column),
        .write_data,
        .read_enable  (issuing),
        .read_address (column[COLUMN_BITS-1:0]),
        .read_data    (from_current)
    );

    assign left  = !issued_level0 ? from_current : issued_first ? from_first : from_running;
    assign right = !issued_level0 ? from_current : issued_first ? BITS'(1) : step;

    field_multiplier #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) multiplier (
        .clk,
        .enable(busy),
        .a(left),
        .b(right),
        .product(write_data)
    );
    delay #(
        .WIDTH (COLUMN_BITS + 4),
        .CYCLES(PIPE + 1)
    ) place (
        .clk,
        .enable(busy),
        .in({level, column[COLUMN_BITS-1:0]}),
        .out(tag)
    );
    assign write = under_way[PIPE];
    assign {write_level, write_column} = tag;

    always_ff @(posedge clk) begin
        if (step_write) step <= first_data;
        issued_level0 <= level == '0;
        issued_first  <= first_block;
        if (rst) begin
            busy      <= 1'b0;
            under_way <= '0;
        end else begin
            under_way <= {under_way[PIPE-1:0], issuing};
            if (start) begin
                busy        <= 1'b1;
                first_block <= at_first;
                levels      <= log_rows;
                level       <= '0;
                column      <= '0;
                pause       <= '0;
            end else if (pause != '0) begin
                pause <= pause - 1'b1;
            end else if (issuing) begin
                if (column + 1'b1 == columns) begin
                    column <= '0;
                    level  <= level + 1'b1;
                    pause  <= 4'(PAUSE);
                end else begin
                    column <= column + 1'b1;
                end
            end else begin
                busy <= 1'b0;
            end
        end
    end
endmodule
