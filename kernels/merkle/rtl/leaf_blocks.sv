// Cuts a dense stream of bytes into leaves of any width, and every leaf into padded blocks of BLOCK_BYTES.
//
//                         +-- next word
//   words --> [word] --> {next, word} --> [shift by 8s] --> [shift by 1s, zeros behind, padding] --> block
//                         ^ offset            stage 1                   stage 2
//
// A block takes the bytes from an offset of one word on, into the next word where it must. Bytes behind the leaf are zero.
// PADDING = 1 appends SHA-256's (FIPS 180-4, 5.1.1: 0x80, zeros, the length in bits in 8 bytes, big-endian), in a block
// more where it does not fit. Each tree of 2^log_size leaves begins with a new word.
//
// leaf_bytes (from 1) and log_size (to 32) stay as they are. Latency: 3, from a leaf's last word to its last block; a
// block each cycle.
module leaf_blocks #(
    parameter int BLOCK_BYTES = 64,
    parameter int PADDING     = 0
) (
    input  logic                     clk,
    input  logic                     rst,
    input  logic [31:0]              leaf_bytes,
    input  logic [5:0]               log_size,
    input  logic                     word_valid,
    output logic                     word_ready,
    input  logic [8*BLOCK_BYTES-1:0] word_data,
    output logic                     block_valid,
    input  logic                     block_ready,
    output logic [8*BLOCK_BYTES-1:0] block_data,
    output logic                     block_last   // of its leaf
);
    localparam int BITS        = 8 * BLOCK_BYTES;
    localparam int OFFSET_BITS = $clog2(BLOCK_BYTES);
    localparam int TAKE_BITS   = OFFSET_BITS + 1;  // 0 to BLOCK_BYTES

    // ---- which bytes are next
    logic                   held_valid;   // `held` has bytes that were not taken, from `offset` on
    logic [BITS-1:0]        held;
    logic [OFFSET_BITS-1:0] offset;
    logic [31:0]            remaining;    // bytes of this leaf that were not taken
    logic [31:0]            leaf;         // its place in the tree
    logic                   extra, extra_mark;  // a block of padding alone is next; 0x80 begins it

    logic                   enable, fire, take_last, last, tree_ends, exhausts, crosses, spills, discards;
    logic [TAKE_BITS-1:0]   take;
    logic [TAKE_BITS:0]     after;

    assign take_last = remaining <= 32'(BLOCK_BYTES);
    assign take      = extra ? '0 : take_last ? TAKE_BITS'(remaining) : TAKE_BITS'(BLOCK_BYTES);
    assign after     = (TAKE_BITS + 1)'(offset) + (TAKE_BITS + 1)'(take);
    assign crosses   = after > (TAKE_BITS + 1)'(BLOCK_BYTES);
    assign exhausts  = after >= (TAKE_BITS + 1)'(BLOCK_BYTES);
    assign spills    = PADDING != 0 && take_last && take > TAKE_BITS'(BLOCK_BYTES - 9);
    assign last      = extra || (take_last && !spills);
    assign tree_ends = last && leaf == (32'd1 << log_size) - 32'd1;
    // A tree's last word is left behind; but nothing of `held` is this tree's if the word before it was used up.
    assign discards  = tree_ends && after != '0;
    assign fire      = enable && (extra || (held_valid && (!crosses || word_valid)));
    assign word_ready = !held_valid || (fire && (exhausts || discards));

    always_ff @(posedge clk) begin
        if (rst) begin
            held_valid <= 1'b0;
            offset     <= '0;
            remaining  <= leaf_bytes;
            leaf       <= '0;
            extra      <= 1'b0;
        end else begin
            if (fire) begin
                remaining  <= last ? leaf_bytes : remaining - 32'(take);
                offset     <= tree_ends ? '0 : OFFSET_BITS'(after);
                extra      <= !extra && spills;
                extra_mark <= take == TAKE_BITS'(BLOCK_BYTES);
                if (last) leaf <= tree_ends ? '0 : leaf + 1'b1;
            end
            if (word_valid && word_ready) held_valid <= !(fire && tree_ends && crosses);  // else its rest is a tree's padding
            else if (fire && (exhausts || discards)) held_valid <= 1'b0;
        end
        if (word_valid && word_ready) held <= word_data;
    end

    // ---- the two stages of the shift
    logic                     stage_1_valid, stage_2_valid;
    logic [BITS+55:0]         stage_1;
    logic [2*BITS-1:0]        both;
    logic [2:0]               fine;
    logic [TAKE_BITS-1:0]     bytes_1;
    logic                     last_1, mark_1;
    logic [BITS-1:0]          stage_2, shifted, padded;
    logic                     last_2;
    logic [63:0]              length;

    assign both   = {word_data, held};
    assign length = {29'b0, leaf_bytes, 3'b0};
    assign enable = !stage_1_valid || !stage_2_valid || block_ready;

    always_comb begin
        shifted = BITS'(stage_1 >> {fine, 3'b0});
        for (int i = 0; i < BLOCK_BYTES; i++) begin
            padded[8*i+:8] = TAKE_BITS'(i) < bytes_1 ? shifted[8*i+:8] : 8'h00;
            if (PADDING != 0) begin
                if (mark_1 && TAKE_BITS'(i) == bytes_1) padded[8*i+:8] = 8'h80;
                if (last_1 && i >= BLOCK_BYTES - 8) padded[8*i+:8] = length[8*(BLOCK_BYTES-1-i)+:8];
            end
        end
    end

    always_ff @(posedge clk) begin
        if (rst) begin
            stage_1_valid <= 1'b0;
            stage_2_valid <= 1'b0;
        end else begin
            if (enable) stage_1_valid <= fire;
            if (!stage_2_valid || block_ready) stage_2_valid <= stage_1_valid;
        end
        if (enable) begin
            stage_1 <= (BITS + 56)'(both >> {offset[OFFSET_BITS-1:3], 6'b0});
            fine    <= offset[2:0];
            bytes_1 <= take;
            last_1  <= last;
            mark_1  <= !extra || extra_mark;  // no effect behind a full block
        end
        if (!stage_2_valid || block_ready) begin
            stage_2 <= padded;
            last_2  <= last_1;
        end
    end

    assign block_valid = stage_2_valid;
    assign block_data  = stage_2;
    assign block_last  = last_2;
endmodule
