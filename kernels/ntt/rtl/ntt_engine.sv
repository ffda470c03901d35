// LANES columns transformed side by side, a butterfly a lane and cycle, in one of two buffers, while the other is
// filled and emptied.
//
//                 +------------------------------------------------+
//                 v                                                |
//   io --> [buffer 0: bank 0 | bank 1] --> [select] -- a, b --> [LANES butterflies]
//          [buffer 1: bank 0 | bank 1]                             ^ t
//   [twiddles] --- w^k ------> [LANES multipliers] ----------------+
//   [constants] -- s^(2^e) --------^
//
// LANES is a power of two, from 2. A block is 2^log_width groups of LANES columns of 2^log_rows rows. All lanes do the
// same with rows; a word of a bank is a row of a group, slot {group, row}. A slot lies in the bank that is the parity of
// its bits: the two rows of a butterfly differ in one bit, so that each cycle reads one word and writes one word of
// either bank, in every layer.
//
// Layers: half = 1, 2, .. rows / 2 of Cooley and Tukey (inputs in bit-reversed slots), or half = rows / 2, .. 1 of
// Gentleman and Sande for the inverse (outputs in bit-reversed slots). The twiddle of row k < half is
//
//   w_(2 half)^k * s^(rows / (2 half))
//
// where s belongs to the column. Forward, that is the transform of x_i s^i: s = w^column is the twist between the passes
// of the four-step method, and s = g shifts to the coset. Inverse, output i comes times s^i: the same two, transposed.
// So neither takes a pass of its own, nor a cycle.
//
// Cycles: log_rows * (2^log_width * rows / 2 + 13) + 9 for a block, none for one row; 13 until a layer's last rows are
// written, 9 for the first twiddle. One butterfly a lane and cycle within a layer.
module ntt_engine #(
    parameter int BITS         = 64,
    parameter int EXPONENT     = 32,
    parameter int LANES        = 8,
    parameter int LOG_ROWS     = 12,  // most rows
    parameter int LOG_CAPACITY = 14,  // words of a buffer
    parameter int LOG_WIDTH    = 3    // most groups
) (
    input  logic                            clk,
    input  logic                            rst,
    input  logic                            inverse,
    input  logic [3:0]                      log_rows,
    input  logic [2:0]                      log_width,
    input  logic [3:0]                      log_table,   // of the twiddles that were written
    input  logic                            side,        // the buffer in which blocks are transformed
    input  logic                            start,
    output logic                            busy,
    output logic                            issued,      // LANES butterflies began
    // The other buffer.
    input  logic                            io_write,
    input  logic [LOG_CAPACITY-1:0]         io_write_slot,
    input  logic [LANES*BITS-1:0]           io_write_data,
    input  logic                            io_read,     // also moves what was read before
    input  logic [LOG_CAPACITY-1:0]         io_read_slot,
    output logic [LANES*BITS-1:0]           io_read_data,  // two reads later
    // Twiddles w^k, k < 2^log_table, and the constants of the block that is transformed next.
    input  logic                            table_write,
    input  logic [LOG_ROWS-2:0]             table_address,
    input  logic [BITS-1:0]                 table_data,
    input  logic                            constant_write,
    input  logic [3:0]                      constant_level,
    input  logic [LOG_WIDTH+$clog2(LANES)-1:0] constant_column,
    input  logic [BITS-1:0]                 constant_data
);
    localparam int LOG_LANES = $clog2(LANES);
    localparam int SLOT = LOG_CAPACITY;
    localparam int MULTIPLY = narrow_fields::MULTIPLIER_LATENCY;
    localparam int BUTTERFLY = MULTIPLY + narrow_fields::ADDER_LATENCY;
    // From a butterfly's turn to the reading of its rows: while its twiddle is made.
    localparam int READ = MULTIPLY;
    localparam int WRITE = READ + 2 + BUTTERFLY;
    // Cycles between layers: the last rows are written before they are read.
    localparam int PAUSE = WRITE - READ;

    // The order of butterflies.
    logic running;
    logic [3:0] layer, log_half;
    logic [SLOT-2:0] turn, last_turn;
    logic [SLOT-1:0] half;
    logic [3:0] pause;
    logic issue;

    assign issue    = running && pause == '0;
    assign log_half = inverse ? log_rows - 4'd1 - layer : layer;
    assign half     = SLOT'(1) << log_half;
    assign issued   = issue;

    always_ff @(posedge clk) begin
        if (rst) begin
            running <= 1'b0;
        end else if (start) begin
            running   <= log_rows != '0;
            layer     <= '0;
            turn      <= '0;
            pause     <= '0;
            last_turn <= (SLOT - 1)'((SLOT'(1) << (log_rows + 4'(log_width)) >> 1) - 1'b1);
        end else if (running) begin
            if (pause != '0) begin
                pause <= pause - 1'b1;
            end else if (turn == last_turn) begin
                turn  <= '0;
                pause <= 4'(PAUSE);
                layer <= layer + 1'b1;
                if (layer + 1'b1 == log_rows) running <= 1'b0;
            end else begin
                turn <= turn + 1'b1;
            end
        end
    end

    // 1: the pair's slots, the twiddle's and the constant's addresses.
    logic valid1;
    logic [SLOT-1:0] low1, mask;
    logic [SLOT-2:0] high1;  // without the lowest bit, which the bank decides
    logic [LOG_ROWS-2:0] twiddle1;
    logic [LOG_WIDTH+4:0] constant1;
    logic [SLOT-1:0] low_next;

    assign mask     = half - 1'b1;
    // A zero put in at the pair's bit; above the rows' bits stands the group.
    assign low_next = ((SLOT'(turn) & ~mask) << 1) | (SLOT'(turn) & mask);

    always_ff @(posedge clk) begin
        low1      <= low_next;
        high1     <= (SLOT - 1)'((low_next | half) >> 1);
        twiddle1  <= (LOG_ROWS - 1)'((SLOT'(turn) & mask) << (log_table - log_half));
        constant1 <= {!side, log_rows - 4'd1 - log_half, LOG_WIDTH'(low_next >> log_rows)};
    end

    // 2: twiddle and constants read; then multiplied, while the slots wait.
    logic [BITS-1:0] twiddle2;
    simple_dual_port_memory #(
        .WIDTH(BITS),
        .DEPTH(1 << (LOG_ROWS - 1))
    ) twiddles (
        .clk,
        .write_enable (table_write),
        .write_address(table_address),
        .write_data   (table_data),
        .read_enable  (valid1),
        .read_address (twiddle1),
        .read_data    (twiddle2)
    );

    logic read_swapped;
    logic [SLOT-2:0] read_even, read_odd;
    logic [SLOT-2:0] write_even, write_odd;
    logic write_swapped;
    logic [WRITE:1] valid;
    assign valid1 = valid[1];
    assign busy   = running || valid != '0;
    always_ff @(posedge clk) begin
        if (rst) valid <= '0;
        else valid <= {valid[WRITE-1:1], issue};
    end
    // The bank of a slot is its parity, and its place there the slot without its lowest bit.
    delay #(
        .WIDTH (2 * SLOT - 1),
        .CYCLES(READ - 1)
    ) to_read (
        .clk,
        .enable(1'b1),
        .in({^low1, ^low1 ? {high1, low1[SLOT-1:1]} : {low1[SLOT-1:1], high1}}),
        .out({read_swapped, read_even, read_odd})
    );
    delay #(
        .WIDTH (2 * SLOT - 1),
        .CYCLES(WRITE - READ)
    ) to_write (
        .clk,
        .enable(1'b1),
        .in({read_swapped, read_even, read_odd}),
        .out({write_swapped, write_even, write_odd})
    );

    // The buffers.
    logic [LANES*BITS-1:0] here_even, here_odd, there_even, there_odd;  // of `side`, and of the other buffer
    logic [LANES*BITS-1:0] tops, bottoms;
    logic io_write_odd, io_read_odd, io_was_odd, swapped_late;
    assign io_write_odd = ^io_write_slot;
    assign io_read_odd  = ^io_read_slot;

    for (genvar buffer = 0; buffer < 2; buffer++) begin : g_buffers
        logic mine;
        logic [LANES*BITS-1:0] even, odd;
        assign mine = side == 1'(buffer);
        simple_dual_port_memory #(
            .WIDTH(LANES * BITS),
            .DEPTH(1 << (SLOT - 1)),
            .STYLE("ultra")
        ) bank_even (
            .clk,
            .write_enable (mine ? valid[WRITE] : io_write && !io_write_odd),
            .write_address(mine ? write_even : io_write_slot[SLOT-1:1]),
            .write_data   (mine ? (write_swapped ? bottoms : tops) : io_write_data),
            .read_enable  (mine ? valid[READ] : io_read),
            .read_address (mine ? read_even : io_read_slot[SLOT-1:1]),
            .read_data    (even)
        );
        simple_dual_port_memory #(
            .WIDTH(LANES * BITS),
            .DEPTH(1 << (SLOT - 1)),
            .STYLE("ultra")
        ) bank_odd (
            .clk,
            .write_enable (mine ? valid[WRITE] : io_write && io_write_odd),
            .write_address(mine ? write_odd : io_write_slot[SLOT-1:1]),
            .write_data   (mine ? (write_swapped ? tops : bottoms) : io_write_data),
            .read_enable  (mine ? valid[READ] : io_read),
            .read_address (mine ? read_odd : io_read_slot[SLOT-1:1]),
            .read_data    (odd)
        );
    end
    assign here_even  = side ? g_buffers[1].even : g_buffers[0].even;
    assign here_odd   = side ? g_buffers[1].odd : g_buffers[0].odd;
    assign there_even = side ? g_buffers[0].even : g_buffers[1].even;
    assign there_odd  = side ? g_buffers[0].odd : g_buffers[1].odd;

    logic [LANES*BITS-1:0] a, b;
    always_ff @(posedge clk) begin
        swapped_late <= read_swapped;
        if (valid[READ+1]) begin
            a <= swapped_late ? here_odd : here_even;
            b <= swapped_late ? here_even : here_odd;
        end
        if (io_read) begin
            io_was_odd   <= io_read_odd;
            io_read_data <= io_was_odd ? there_odd : there_even;
        end
    end

    // Nothing moves in the lanes before the first and after the last layer.
    logic enable;
    assign enable = valid != '0;

    for (genvar lane = 0; lane < LANES; lane++) begin : g_lanes
        logic [BITS-1:0] constant2, t;
        simple_dual_port_memory #(
            .WIDTH(BITS),
            .DEPTH(1 << (LOG_WIDTH + 5))
        ) constants (
            .clk,
            .write_enable (constant_write && constant_column[LOG_LANES-1:0] == LOG_LANES'(lane)),
            .write_address({side, constant_level, constant_column[LOG_LANES+:LOG_WIDTH]}),
            .write_data   (constant_data),
            .read_enable  (valid1),
            .read_address (constant1),
            .read_data    (constant2)
        );
        field_multiplier #(
            .BITS(BITS),
            .EXPONENT(EXPONENT)
        ) of_twiddles (
            .clk,
            .enable,
            .a(twiddle2),
            .b(constant2),
            .product(t)
        );
        ntt_butterfly #(
            .BITS(BITS),
            .EXPONENT(EXPONENT)
        ) butterfly (
            .clk,
            .enable,
            .inverse,
            .a(a[lane*BITS+:BITS]),
            .b(b[lane*BITS+:BITS]),
            .t,
            .top(tops[lane*BITS+:BITS]),
            .bottom(bottoms[lane*BITS+:BITS])
        );
    end
endmodule
