// Builds Merkle trees with one hash core: blocks of leaves and of inner nodes are its jobs, one kind as good as the other.
//
//   leaves --> [leaf_blocks] --> [blocks of whole leaves: a ring in memory]
//                                              |
//                 +----------------------------+-- next block of a leaf, or first block of a new one
//                 v                            |
//       job <-- [job register, queue] <--- [which?] <--- done       +--> [queue] --> root
//                 ^                            |                    |
//                 +-- left || right ---- [left digests: one a layer] <-- digest of a left child
//
// Every answer decides what its place in the core is for:
//   - a block that was not its message's last one: the message's next block;
//   - the digest of a right child: its parent, for the left child's digest waits already;
//   - the digest of a left child (it is kept), a root, or no answer: a new leaf, if a whole one is in the ring.
// So nothing has to be arbitrated, and the core is full while leaves are left.
//
// Order: answers come in the order of jobs, and what continues does so in that order, too. Messages of one layer all have
// as many blocks, so that each layer's digests come from left to right, at any latency of the core, however its jobs are
// held up: the digest that comes is always the sibling of the one that waits. One digest a layer is all that is kept.
//
// The core (a top module ties it to these ports):
//   job_valid, job_ready  valid and ready; a core that is always ready has II = 1
//   job_tag               travels along
//   job_first, job_last   of a message's blocks. With job_first the chain is not defined
//   job_bytes             bytes of the message in the block (after SHA-256's padding: without meaning)
//   job_block             byte 0 lowest; bytes behind the message are zero
//   job_chain             what the job before answered for this message
//   done_valid            for one cycle a job, in the order of jobs; nothing can hold it back
//   done_tag, done_chain  the low 256 bits of the last block's answer are the digest
//
// Parameters: CHAIN_BITS of the core's state; LEAF_BLOCK_BYTES that a leaf's block brings (a power of two, and the width
// of `leaves`); NODE_BLOCKS of a parent's message of 64 bytes, 1 or 2 (the second one is its padding); PADDING of leaves:
// 1 for SHA-256's; LOG_BLOCKS: the ring holds 2^LOG_BLOCKS blocks, the most that a leaf may have; IN_FLIGHT: 0 for a core
// that is always ready, else a power of two, the most messages under way, and the queue in front of the core has so much
// room; ROOTS: a power of two, the most trees under way, and the room of the roots' queue.
//
// Settings: leaf_bytes (1 to the ring's capacity), log_size (0 to 32). `leaves`: the bytes of a tree's leaves, dense; each
// tree begins with a new word. Trees may follow one another; their roots come in their order.
//
// Cycles, n = 2^k leaves of B blocks, core of latency L and interval I (B = blocks with padding, L' = L + 1; with a queue
// L' = L + 3; F of words to the first whole leaf = 5 + words of a leaf):
//   n B I + (n - 1) NODE_BLOCKS I + what is left when the leaves are done, about (B + k NODE_BLOCKS) L' + F,
// as long as the ring holds L' / I + 1 leaves or more. kernels/merkle/fpga/ has it exactly.
module merkle_controller #(
    parameter int CHAIN_BITS       = 256,
    parameter int LEAF_BLOCK_BYTES = 64,
    parameter int NODE_BLOCKS      = 1,
    parameter int PADDING          = 0,
    parameter int LOG_BLOCKS       = 11,
    parameter int IN_FLIGHT        = 0,
    parameter int ROOTS            = 64,
    parameter int TAG_BITS         = 2 * LOG_BLOCKS + 7
) (
    input  logic                          clk,
    input  logic                          rst,
    input  logic [31:0]                   leaf_bytes,
    input  logic [5:0]                    log_size,
    input  logic                          leaves_valid,
    output logic                          leaves_ready,
    input  logic [8*LEAF_BLOCK_BYTES-1:0] leaves_data,
    output logic                          root_valid,
    input  logic                          root_ready,
    output logic [255:0]                  root_data,
    // the core
    output logic                          job_valid,
    input  logic                          job_ready,
    output logic [TAG_BITS-1:0]           job_tag,
    output logic                          job_first,
    output logic                          job_last,
    output logic [6:0]                    job_bytes,
    output logic [511:0]                  job_block,
    output logic [CHAIN_BITS-1:0]         job_chain,
    input  logic                          done_valid,
    input  logic [TAG_BITS-1:0]           done_tag,
    input  logic [CHAIN_BITS-1:0]         done_chain,
    // counters
    output logic [63:0]                   jobs,    // that the core took
    output logic [63:0]                   leaves_hashed,
    output logic [63:0]                   nodes_hashed,
    output logic [63:0]                   idle     // cycles with a tree under way and no job that the core took
);
    localparam int BLOCK_BITS  = 8 * LEAF_BLOCK_BYTES;
    localparam int OFFSET_BITS = $clog2(LEAF_BLOCK_BYTES);
    localparam int ROOT_BITS   = $clog2(ROOTS) + 1;

    // A parent's second block with SHA-256: 0x80, zeros, the length of 512 bits, big-endian.
    localparam logic [511:0] NODE_PADDING = {8'h00, 8'h02, 488'b0, 8'h80};

    // ---- leaves, block by block, into the ring
    logic                  block_valid, block_ready, block_last, block_write;
    logic [BLOCK_BITS-1:0] block_data, ring_data;
    logic [LOG_BLOCKS-1:0] ring_end, ring_address;
    logic [LOG_BLOCKS:0]   ring_used, ring_freed;
    logic [LOG_BLOCKS:0]   whole;      // leaves in the ring that were not begun
    logic [LOG_BLOCKS-1:0] leaf_start; // of the first one of them

    leaf_blocks #(
        .BLOCK_BYTES(LEAF_BLOCK_BYTES),
        .PADDING    (PADDING)
    ) cutter (
        .clk,
        .rst,
        .leaf_bytes,
        .log_size,
        .word_valid(leaves_valid),
        .word_ready(leaves_ready),
        .word_data (leaves_data),
        .block_valid,
        .block_ready,
        .block_data,
        .block_last
    );

    assign block_ready = !ring_used[LOG_BLOCKS];
    assign block_write = block_valid && block_ready;

    simple_dual_port_memory #(
        .WIDTH(BLOCK_BITS),
        .DEPTH(2 ** LOG_BLOCKS)
    ) ring (
        .clk,
        .write_enable (block_write),
        .write_address(ring_end),
        .write_data   (block_data),
        .read_enable  (1'b1),
        .read_address (ring_address),
        .read_data    (ring_data)
    );

    // From the settings, which stay as they are: registered, so that no long way begins at them.
    logic [LOG_BLOCKS-1:0] last_index;  // blocks of a leaf, less one
    logic [6:0]            last_bytes;  // bytes of a leaf in its last block, without padding

    always_ff @(posedge clk) begin
        last_index <= LOG_BLOCKS'((leaf_bytes + (PADDING != 0 ? 32'd8 : -32'd1)) >> OFFSET_BITS);
        last_bytes <= 7'(OFFSET_BITS'(leaf_bytes - 32'd1)) + 7'd1;
    end

    // ---- what an answer is of
    logic [5:0]            layer;      // its digest's layer: 0 of leaves
    logic                  message_ends;
    logic [LOG_BLOCKS-1:0] index, address;  // of the block, in its message and in the ring

    assign {layer, message_ends, index, address} = done_tag;

    logic continues, digest, is_root, is_right, begins, tree_begins;
    logic [32:0] left_waits;  // a layer's left digest waits for its sibling

    assign continues = done_valid && !message_ends;
    assign digest    = done_valid && message_ends;
    assign is_root   = digest && layer == log_size;
    assign is_right  = digest && !is_root && left_waits[layer];

    // ---- a new leaf, where there is room
    logic [31:0]          leaf;        // its place in its tree
    logic [ROOT_BITS-1:0] trees;       // under way, until the root is taken
    logic                 room;

    assign tree_begins = begins && leaf == '0;
    assign begins = !continues && !is_right && whole != '0 && room && (leaf != '0 || trees != ROOT_BITS'(ROOTS));

    // ---- the next job
    logic                  next_valid, next_first, next_last, next_ring, next_node;
    logic [5:0]            next_layer;
    logic [LOG_BLOCKS-1:0] next_index, next_address;

    assign next_valid   = continues || is_right || begins;
    assign next_first   = !continues;
    assign next_layer   = continues ? layer : is_right ? layer + 1'b1 : '0;
    assign next_index   = continues ? index + 1'b1 : '0;
    assign next_address = continues ? address + 1'b1 : leaf_start;
    assign next_node    = continues ? layer != '0 : is_right;
    assign next_ring    = !next_node;
    assign next_last    = next_index == (next_node ? LOG_BLOCKS'(NODE_BLOCKS - 1) : last_index);
    assign ring_address = next_address;
    assign ring_freed   = (next_valid && next_ring && next_last) ? (LOG_BLOCKS + 1)'(last_index) + 1'b1 : '0;

    // ---- digests of left children
    logic [255:0] left;

    simple_dual_port_memory #(
        .WIDTH(256),
        .DEPTH(64),
        .STYLE("distributed")
    ) left_digests (
        .clk,
        .write_enable (digest),
        .write_address(layer),
        .write_data   (done_chain[255:0]),
        .read_enable  (1'b1),
        .read_address (layer),
        .read_data    (left)
    );

    logic                  made_valid, made_first, made_last, made_ring;
    logic [5:0]            made_layer;
    logic [LOG_BLOCKS-1:0] made_index, made_address;
    logic [CHAIN_BITS-1:0] made_chain;
    logic [511:0]          made_block;
    logic [6:0]            made_bytes;

    always_ff @(posedge clk) begin
        if (rst) begin
            ring_end   <= '0;
            ring_used  <= '0;
            whole      <= '0;
            leaf_start <= '0;
            leaf       <= '0;
            trees      <= '0;
            left_waits <= '0;
            made_valid <= 1'b0;
        end else begin
            if (block_write) ring_end <= ring_end + 1'b1;
            ring_used <= ring_used + (LOG_BLOCKS + 1)'(block_write) - ring_freed;
            whole     <= whole + (LOG_BLOCKS + 1)'(block_write && block_last) - (LOG_BLOCKS + 1)'(begins);
            if (begins) begin
                leaf_start <= leaf_start + last_index + 1'b1;
                leaf       <= leaf == (32'd1 << log_size) - 32'd1 ? '0 : leaf + 1'b1;
            end
            trees <= trees + ROOT_BITS'(tree_begins) - ROOT_BITS'(root_valid && root_ready);
            if (digest && !is_root) left_waits[layer] <= !left_waits[layer];
            made_valid <= next_valid;
        end
        made_first   <= next_first;
        made_last    <= next_last;
        made_ring    <= next_ring;
        made_layer   <= next_layer;
        made_index   <= next_index;
        made_address <= next_address;
        made_chain   <= done_chain;
    end

    always_comb begin
        if (made_ring) made_block = 512'(ring_data);
        else if (made_first) made_block = {made_chain[255:0], left};
        else made_block = NODE_PADDING;
    end
    assign made_bytes = !made_ring ? 7'd64 : made_last ? last_bytes : 7'(LEAF_BLOCK_BYTES);

    // ---- to the core
    localparam int JOB_BITS = TAG_BITS + 1 + 7 + 512 + CHAIN_BITS;
    logic [JOB_BITS-1:0] made, job;
    assign made = {made_layer, made_last, made_index, made_address, made_first, made_bytes, made_block, made_chain};
    assign {job_tag, job_first, job_bytes, job_block, job_chain} = job;
    assign job_last = job_tag[2*LOG_BLOCKS];

    if (IN_FLIGHT == 0) begin : g_always_ready
        assign job_valid = made_valid;
        assign job       = made;
        assign room      = 1'b1;
        logic unused;
        assign unused = &{1'b0, job_ready};
    end else begin : g_queue
        // As much room as messages are under way: it is never full.
        localparam int COUNT_BITS = $clog2(IN_FLIGHT) + 1;
        logic [COUNT_BITS-1:0] messages, queued;
        logic                  queue_ready, unused;

        assign room   = messages != COUNT_BITS'(IN_FLIGHT);
        assign unused = &{1'b0, queue_ready, queued};
        always_ff @(posedge clk) begin
            if (rst) messages <= '0;
            else messages <= messages + COUNT_BITS'(begins) - COUNT_BITS'(digest && !is_right);
        end

        queue #(
            .WIDTH(JOB_BITS),
            .DEPTH(IN_FLIGHT)
        ) waiting (
            .clk,
            .rst,
            .in_valid (made_valid),
            .in_ready (queue_ready),
            .in_data  (made),
            .out_valid(job_valid),
            .out_ready(job_ready),
            .out_data (job),
            .count    (queued)
        );
    end

    // ---- roots
    logic                   root_push, roots_ready;
    logic [255:0]           root_pushed;
    logic [$clog2(ROOTS):0] roots_queued;
    logic                   unused_roots;
    assign unused_roots = &{1'b0, roots_ready, roots_queued};

    always_ff @(posedge clk) begin
        root_push   <= is_root && !rst;
        root_pushed <= done_chain[255:0];
    end

    queue #(
        .WIDTH(256),
        .DEPTH(ROOTS)
    ) roots (
        .clk,
        .rst,
        .in_valid (root_push),
        .in_ready (roots_ready),
        .in_data  (root_pushed),
        .out_valid(root_valid),
        .out_ready(root_ready),
        .out_data (root_data),
        .count    (roots_queued)
    );

    // ---- counters
    always_ff @(posedge clk) begin
        if (rst) begin
            jobs          <= '0;
            leaves_hashed <= '0;
            nodes_hashed  <= '0;
            idle          <= '0;
        end else begin
            jobs          <= jobs + 64'(job_valid && job_ready);
            leaves_hashed <= leaves_hashed + 64'(digest && layer == '0);
            nodes_hashed  <= nodes_hashed + 64'(digest && layer != '0);
            idle          <= idle + 64'(trees != '0 && !(job_valid && job_ready));
        end
    end
endmodule
