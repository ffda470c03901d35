// Number-theoretic transforms in external memory by the four-step method: n = n1 n2 as a matrix, its columns
// transformed, the twist, its rows transformed; each of two passes reads and writes every element once.
//
//   parameters --> [control] --> [ntt_constants] --+
//                     |                            v
//   memory --> [ntt_load] --> [ntt_engine: two buffers, LANES butterflies] --> [ntt_store] --> memory
//
// Pass 1 transforms the columns of n1 = 2^log_rows rows and n2 = 2^log_columns columns, pass 2 those of the transposed
// matrix, of n2 rows and n1 columns; between them the matrix is in tiles (ntt_layout.sv). The twist is in the twiddles
// (ntt_engine.sv): in pass 2 forward, in pass 1 of the inverse. A block is 2^log_width groups of LANES columns.
//
// With two_passes = 0 the transforms of one pass stand side by side, each a column of 2^log_rows rows: those that are
// too short for a matrix. There are `blocks` blocks, and rows are row_words apart.
//
// Parameters, in this order: 2^log_table twiddles w^k of order 2^(log_table + 1) (inverse: of 1/w, and halved), the
// larger of log_rows and log_columns being log_table + 1; then for each pass the step from a block's columns to the
// next's, and s for each column of block 0 (ntt_constants.sv). `done` gives one item at the end.
//
// In step i of a pass block i is loaded, after block i - 2 was stored, block i - 1 transformed, and the constants of
// block i made, all at once; i goes from 0 to blocks + 1.
//
// Cycles: parameters + sum over passes and steps of the largest of load + store + 3, transform + 2, constants + 2, + 1,
// with the memory giving or taking a word a cycle; the parts are in the heads of their files (and, with slower memory,
// in kernels/ntt/fpga/cycles.py).
module ntt_four_step #(
    parameter int BITS         = 64,
    parameter int EXPONENT     = 32,
    parameter int LANES        = 8,
    parameter int WORD         = 512,
    parameter int LOG_ROWS     = 12,
    parameter int LOG_CAPACITY = 14,
    parameter int LOG_WIDTH    = 3
) (
    input  logic            clk,
    input  logic            rst,
    // What stands still in a run.
    input  logic            inverse,
    input  logic            bit_reversed,
    input  logic            two_passes,
    input  logic [3:0]      log_rows,
    input  logic [3:0]      log_columns,
    input  logic [2:0]      log_width,
    input  logic [3:0]      log_table,
    input  logic [31:0]     blocks,         // of a transform in pass 1
    input  logic [31:0]     row_words,      // in pass 1
    input  logic [31:0]     batch,
    input  logic [31:0]     region,         // the first word of the matrix between the passes

    input  logic            parameters_valid,
    output logic            parameters_ready,
    input  logic [BITS-1:0] parameters_data,
    output logic            done_valid,
    input  logic            done_ready,
    output logic            done_data,

    output logic            memory_read_valid,
    input  logic            memory_read_ready,
    output logic [31:0]     memory_read_address,
    input  logic            memory_return_valid,
    output logic            memory_return_ready,
    input  logic [WORD-1:0] memory_return_data,
    output logic            memory_write_valid,
    input  logic            memory_write_ready,
    output logic [31:0]     memory_write_address,
    output logic [WORD-1:0] memory_write_data,

    output logic [63:0]     cycles,            // from the end of reset to done
    output logic [63:0]     butterfly_cycles,  // in which LANES butterflies began
    output logic [63:0]     transform_cycles,  // in which the engine had a block under way
    output logic [63:0]     words_read,
    output logic [63:0]     words_written,
    output logic [63:0]     memory_waits       // cycles in which the memory did not take what was offered
);
    localparam int LOG_LANES = $clog2(LANES);
    localparam int COLUMN_BITS = LOG_WIDTH + LOG_LANES;

    typedef enum logic [2:0] {
        TABLE,
        STEP,
        FIRST,
        BEGIN,
        RUN,
        DONE,
        IDLE
    } state_t;
    state_t state;

    // The pass.
    logic second;
    logic [3:0] pass_rows, pass_columns;
    logic [31:0] pass_blocks, pass_row_words, transform_words;
    logic last_pass;
    assign last_pass       = second || !two_passes;
    assign pass_rows       = second ? log_columns : log_rows;
    assign pass_columns    = second ? log_rows : log_columns;
    assign pass_blocks     = second ? (32'(1) << log_rows) >> (4'(log_width) + 4'(LOG_LANES)) : blocks;
    assign pass_row_words  = second ? (32'(1) << log_rows) >> LOG_LANES : row_words;
    assign transform_words = (32'(1) << (5'(log_rows) + 5'(log_columns))) >> LOG_LANES;

    // Three blocks at work: the one loaded, the one transformed, the one stored; of each its number and transform.
    logic load_lives, transform_lives, store_lives, side;
    logic [31:0] load_transform, load_block, transform_block, store_block;
    logic [31:0] load_base, transform_base, store_base;

    logic [COLUMN_BITS:0] columns, index;
    logic [LOG_ROWS-1:0] table_index;
    assign columns = (COLUMN_BITS + 1)'(1) << (4'(log_width) + 4'(LOG_LANES));

    logic engine_start, engine_busy, load_start, load_busy, store_start, store_busy, make_start, make_busy, stored;
    logic begins;
    assign begins       = state == BEGIN;
    assign store_start  = begins && store_lives;
    assign engine_start = begins && transform_lives;
    assign make_start   = begins && load_lives;
    // A block is loaded into the buffer that the stored one leaves.
    assign load_start   = state == RUN && !stored && !store_busy && load_lives;

    assign parameters_ready = state == TABLE || state == STEP || state == FIRST;
    logic parameter_passes;
    assign parameter_passes = parameters_valid && parameters_ready;

    assign done_valid = state == DONE;
    assign done_data  = 1'b1;

    always_ff @(posedge clk) begin
        if (rst) begin
            state       <= TABLE;
            second      <= 1'b0;
            table_index <= '0;
        end else begin
            case (state)
                TABLE:
                if (parameters_valid) begin
                    table_index <= table_index + 1'b1;
                    if (table_index + 1'b1 == LOG_ROWS'(1) << log_table) state <= STEP;
                end
                STEP:
                if (parameters_valid) begin
                    state           <= FIRST;
                    index           <= '0;
                    side            <= 1'b0;
                    load_lives      <= 1'b1;
                    transform_lives <= 1'b0;
                    store_lives     <= 1'b0;
                    load_transform  <= 32'd1;
                    load_block      <= '0;
                    load_base       <= '0;
                end
                FIRST:
                if (parameters_valid) begin
                    index <= index + 1'b1;
                    if (index + 1'b1 == columns) state <= BEGIN;
                end
                BEGIN: begin
                    state  <= RUN;
                    stored <= 1'b0;
                end
                RUN: begin
                    if (!store_busy) stored <= 1'b1;
                    if (stored && !load_busy && !engine_busy && !make_busy) begin
                        side            <= !side;
                        transform_lives <= load_lives;
                        transform_block <= load_block;
                        transform_base  <= load_base;
                        store_lives     <= transform_lives;
                        store_block     <= transform_block;
                        store_base      <= transform_base;
                        if (load_block + 1'b1 != pass_blocks) begin
                            load_block <= load_block + 1'b1;
                        end else begin
                            load_block     <= '0;
                            load_base      <= load_base + transform_words;
                            load_transform <= load_transform + 1'b1;
                            if (load_transform == batch) load_lives <= 1'b0;
                        end
                        if (load_lives || transform_lives) begin
                            state <= BEGIN;
                        end else if (last_pass) begin
                            state <= DONE;
                        end else begin
                            state  <= STEP;
                            second <= 1'b1;
                        end
                    end
                end
                DONE: if (done_ready) state <= IDLE;
                default: ;
            endcase
        end
    end

    logic constant_write;
    logic [3:0] constant_level;
    logic [COLUMN_BITS-1:0] constant_column;
    logic [BITS-1:0] constant_data;
    ntt_constants #(
        .BITS(BITS),
        .EXPONENT(EXPONENT),
        .COLUMN_BITS(COLUMN_BITS)
    ) maker (
        .clk,
        .rst,
        .first_write (parameter_passes && state == FIRST),
        .first_column(index[COLUMN_BITS-1:0]),
        .step_write  (parameter_passes && state == STEP),
        .first_data  (parameters_data),
        .start       (make_start),
        .at_first    (load_block == '0),
        .log_rows    (pass_rows),
        .columns,
        .busy        (make_busy),
        .write       (constant_write),
        .write_level (constant_level),
        .write_column(constant_column),
        .write_data  (constant_data)
    );

    logic fill, empty, issued;
    logic [LOG_CAPACITY-1:0] fill_slot, empty_slot;
    logic [LANES*BITS-1:0] fill_data, empty_data;
    ntt_engine #(
        .BITS(BITS),
        .EXPONENT(EXPONENT),
        .LANES(LANES),
        .LOG_ROWS(LOG_ROWS),
        .LOG_CAPACITY(LOG_CAPACITY),
        .LOG_WIDTH(LOG_WIDTH)
    ) engine (
        .clk,
        .rst,
        .inverse,
        .log_rows       (pass_rows),
        .log_width,
        .log_table,
        .side,
        .start          (engine_start),
        .busy           (engine_busy),
        .issued,
        .io_write       (fill),
        .io_write_slot  (fill_slot),
        .io_write_data  (fill_data),
        .io_read        (empty),
        .io_read_slot   (empty_slot),
        .io_read_data   (empty_data),
        .table_write    (parameter_passes && state == TABLE),
        .table_address  (table_index[LOG_ROWS-2:0]),
        .table_data     (parameters_data),
        .constant_write,
        .constant_level,
        .constant_column,
        .constant_data
    );

    logic [1:0] load_kind, store_kind;
    logic reversed_rows;
    assign reversed_rows = two_passes && bit_reversed;
    always_comb begin
        load_kind  = inverse && reversed_rows ? ntt_layout::ROWS : ntt_layout::COLUMNS;
        store_kind = !inverse && reversed_rows ? ntt_layout::ROWS : ntt_layout::COLUMNS;
        if (second) load_kind = ntt_layout::TILES;
        if (!last_pass) store_kind = ntt_layout::TILES;
    end

    ntt_load #(
        .BITS(BITS),
        .LANES(LANES),
        .WORD(WORD),
        .LOG_CAPACITY(LOG_CAPACITY)
    ) load (
        .clk,
        .rst,
        .start       (load_start),
        .busy        (load_busy),
        .kind        (load_kind),
        // Cooley and Tukey begin with bit-reversed slots.
        .flip        (!inverse || (bit_reversed && !second)),
        .log_rows    (pass_rows),
        .log_columns (pass_columns),
        .log_width,
        .row_words   (pass_row_words),
        .base        (load_base + (second ? region : '0)),
        .block       (load_block[15:0]),
        .read_valid  (memory_read_valid),
        .read_ready  (memory_read_ready),
        .read_address(memory_read_address),
        .return_valid(memory_return_valid),
        .return_ready(memory_return_ready),
        .return_data (memory_return_data),
        .write       (fill),
        .write_slot  (fill_slot),
        .write_data  (fill_data)
    );

    ntt_store #(
        .BITS(BITS),
        .LANES(LANES),
        .WORD(WORD),
        .LOG_CAPACITY(LOG_CAPACITY)
    ) store (
        .clk,
        .rst,
        .start        (store_start),
        .busy         (store_busy),
        .kind         (store_kind),
        // Gentleman and Sande end with bit-reversed slots.
        .flip         (inverse || (bit_reversed && last_pass)),
        .log_rows     (pass_rows),
        .log_columns  (pass_columns),
        .log_width,
        .row_words    (pass_row_words),
        .base         (store_base + (last_pass ? '0 : region)),
        .block        (store_block[15:0]),
        .read         (empty),
        .read_slot    (empty_slot),
        .read_data    (empty_data),
        .write_valid  (memory_write_valid),
        .write_ready  (memory_write_ready),
        .write_address(memory_write_address),
        .write_data   (memory_write_data)
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            cycles           <= '0;
            butterfly_cycles <= '0;
            transform_cycles <= '0;
            words_read       <= '0;
            words_written    <= '0;
            memory_waits     <= '0;
        end else if (state != IDLE) begin
            cycles           <= cycles + 1'b1;
            butterfly_cycles <= butterfly_cycles + 64'(issued);
            transform_cycles <= transform_cycles + 64'(engine_busy);
            words_read       <= words_read + 64'(memory_return_valid && memory_return_ready);
            words_written    <= words_written + 64'(memory_write_valid && memory_write_ready);
            memory_waits     <= memory_waits + 64'((memory_write_valid && !memory_write_ready)
                || (memory_read_valid && !memory_read_ready));
        end
    end

    logic unused;
    assign unused = &{1'b0, load_block[31:16], store_block[31:16]};
endmodule
