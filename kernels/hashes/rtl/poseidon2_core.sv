// Poseidon2 as a core of hashes: one job is one permutation, absorbing included.
//
//   job --> [state: zeros or chain, overwritten by block] --> [reg] --> poseidon2_pipelined or _folded --> done
//
// The state is zeros for a message's first job, else `chain`, the state after the job before; the first lanes are
// overwritten by the `bytes` / (bytes of a slot) elements of `block`. That is the sponge without padding and, with two
// digests as the one block of a message, the compression. Elements stand in slots of 32 bits (31-bit fields) or 64 bits
// (Goldilocks), element 0 lowest, canonical. `done_chain` is the whole state, its low 256 bits the digest.
//
// Answers cannot be refused, and come in the order of jobs. A job waits in the register until the permutation's phase
// has come; `job_ready` is low meanwhile.
//
// Latency: 1 and the permutation's, and up to PERIOD - 1 of waiting when it is folded. II = PERIOD, which is 1 for all
// rounds in hardware, else 2, 4 or 8.
module poseidon2_core #(
    parameter int PERIOD     = 1,
    parameter int TAG_BITS   = 16,
    parameter int CHAIN_BITS = poseidon2::WIDTH * poseidon2::SLOT
) (
    input  logic                  clk,
    input  logic                  rst,
    input  logic                  job_valid,
    output logic                  job_ready,
    input  logic [TAG_BITS-1:0]   job_tag,
    input  logic                  job_first,
    input  logic                  job_last,
    input  logic [6:0]            job_bytes,
    input  logic [511:0]          job_block,
    input  logic [CHAIN_BITS-1:0] job_chain,
    output logic                  done_valid,
    output logic [TAG_BITS-1:0]   done_tag,
    output logic [CHAIN_BITS-1:0] done_chain
);
    localparam int BITS  = poseidon2::BITS;
    localparam int WIDTH = poseidon2::WIDTH;
    localparam int SLOT  = poseidon2::SLOT;

    logic [WIDTH-1:0][BITS-1:0] absorbed, state, permuted;
    logic [TAG_BITS-1:0]        tag;
    logic                       valid, ready;

    always_comb begin
        for (int i = 0; i < WIDTH; i++) begin
            absorbed[i] = job_first ? '0 : job_chain[SLOT*i+:BITS];
            if (i < 512 / SLOT && job_bytes > 7'(SLOT / 8 * i)) absorbed[i] = job_block[SLOT*(i%(512/SLOT))+:BITS];
        end
    end

    assign job_ready = !valid || ready;

    always_ff @(posedge clk) begin
        if (rst) valid <= 1'b0;
        else if (job_ready) valid <= job_valid;
        if (job_ready) begin
            state <= absorbed;
            tag   <= job_tag;
        end
    end

    if (PERIOD == 1) begin : g_pipelined
        poseidon2_pipelined #(.TAG_BITS(TAG_BITS)) permutation (
            .clk,
            .rst,
            .in_valid (valid),
            .in_ready (ready),
            .in_tag   (tag),
            .in_state (state),
            .out_valid(done_valid),
            .out_tag  (done_tag),
            .out_state(permuted)
        );
    end else begin : g_folded
        poseidon2_folded #(.PERIOD(PERIOD), .TAG_BITS(TAG_BITS)) permutation (
            .clk,
            .rst,
            .in_valid (valid),
            .in_ready (ready),
            .in_tag   (tag),
            .in_state (state),
            .out_valid(done_valid),
            .out_tag  (done_tag),
            .out_state(permuted)
        );
    end

    for (genvar i = 0; i < WIDTH; i++) begin : g_slot
        assign done_chain[SLOT*i+:SLOT] = SLOT'(permuted[i]);
    end

    // The upper bits of slots of narrower elements, and what only other hashes need.
    logic unused;
    assign unused = &{1'b0, job_last, job_block, job_chain};
endmodule
