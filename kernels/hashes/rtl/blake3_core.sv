// BLAKE3's compression function for blocks of a single chunk, truncated to a chaining value (BLAKE3 specification, 2.2):
// ROUNDS rounds of hardware, 7 or 1, through which a job goes 7 / ROUNDS times.
//
//             job_ready = entry moves or is empty
//   job --> [entry: state] --+--> [half mix] x 4 -- ... --> [half mix] x 4 --+-- last pass --> [ ^ ] --> done
//     |                      ^      round 0                 round ROUNDS - 1 |                  |
//     |                      +---------- passes before the last -------------+                  |
//     +--> [memory: tags, first in first out] --------------------------------------------------+
//
// A round is four stages: both halves of G on the columns, then both on the diagonals. ROUNDS = 7 is the whole function
// unrolled: a job each cycle. ROUNDS = 1 is the folded core: up to four jobs circle in its four stages.
//
// Flags: CHUNK_START with job_first, CHUNK_END and ROOT with job_last, the counter is 0: right for messages of up to 1024
// bytes, hashed alone. Ports: as every hash core of a tree has them (kernels/merkle/rtl/merkle_controller.sv). Nothing can
// hold back `done`; answers come in the order of jobs.
// Latency: 30 cycles, and those that job_ready is low. II = 7 / ROUNDS.
module blake3_core #(
    parameter int ROUNDS   = 7,
    parameter int TAG_BITS = 1
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                job_valid,
    output logic                job_ready,
    input  logic [TAG_BITS-1:0] job_tag,
    input  logic                job_first,
    input  logic                job_last,
    input  logic [6:0]          job_bytes,
    input  logic [511:0]        job_block,
    input  logic [255:0]        job_chain,
    output logic                done_valid,
    output logic [TAG_BITS-1:0] done_tag,
    output logic [255:0]        done_chain
);
    localparam int PASSES    = 7 / ROUNDS;
    localparam int PASS_BITS = (PASSES > 1) ? $clog2(PASSES) : 1;
    localparam int STAGES    = 4 * ROUNDS;
    localparam int DEPTH     = (ROUNDS == 1) ? 8 : 32;  // jobs between entry and done: STAGES + 2
    localparam int SLOT_BITS = $clog2(DEPTH);

    // ---- entry
    logic         accept, enter, entry_valid;
    logic [255:0] chain;
    logic [511:0] entry_state, entry_message;
    logic [31:0]  flags;

    assign accept    = job_valid && job_ready;
    assign job_ready = !entry_valid || enter;
    assign chain     = job_first ? blake3_constants::INITIAL_VALUE : job_chain;
    assign flags     = (job_first ? blake3_constants::FIRST_FLAGS : '0) | (job_last ? blake3_constants::LAST_FLAGS : '0);

    always_ff @(posedge clk) begin
        if (rst) entry_valid <= 1'b0;
        else if (accept) entry_valid <= 1'b1;
        else if (enter) entry_valid <= 1'b0;
        if (accept) begin
            entry_state   <= {flags, 25'b0, job_bytes, 64'b0, blake3_constants::INITIAL_VALUE[127:0], chain};
            entry_message <= job_block;
        end
    end

    // ---- rounds: what goes into the first stage, and what comes out of each
    logic [511:0]         first_state, state[STAGES];
    logic [511:0]         first_message, message[STAGES];
    logic [PASS_BITS-1:0] first_pass, pass[STAGES];
    logic [STAGES-1:0]    valid;
    logic                 first_valid, again;

    assign again        = valid[STAGES-1] && pass[STAGES-1] != PASS_BITS'(PASSES - 1);
    assign enter        = entry_valid && !again;
    assign first_valid  = again || entry_valid;
    assign first_state  = again ? state[STAGES-1] : entry_state;
    assign first_message = again ? message[STAGES-1] : entry_message;
    assign first_pass   = again ? pass[STAGES-1] + 1'b1 : '0;

    for (genvar s = 0; s < STAGES; s++) begin : g_stage
        logic [511:0]         state_in;
        logic [511:0]         message_in;
        logic [PASS_BITS-1:0] pass_in;
        logic                 valid_in;
        if (s == 0) begin : g_first
            assign state_in   = first_state;
            assign message_in = first_message;
            assign pass_in    = first_pass;
            assign valid_in   = first_valid;
        end else begin : g_next
            assign state_in   = state[s-1];
            assign message_in = message[s-1];
            assign pass_in    = pass[s-1];
            assign valid_in   = valid[s-1];
        end
        blake3_half_mix #(
            .DIAGONAL(s / 2 % 2),
            .SECOND  (s % 2)
        ) mix (
            .clk,
            .state      (state_in),
            .message    (message_in),
            .state_out  (state[s]),
            .message_out(message[s])
        );
        always_ff @(posedge clk) begin
            if (rst) valid[s] <= 1'b0;
            else valid[s] <= valid_in;
            pass[s] <= pass_in;
        end
    end

    // ---- the end: both halves of the state make the chaining value
    logic                 finish;
    logic [SLOT_BITS-1:0] written, read;

    assign finish = valid[STAGES-1] && !again;

    simple_dual_port_memory #(
        .WIDTH(TAG_BITS),
        .DEPTH(DEPTH),
        .STYLE("distributed")
    ) waiting (
        .clk,
        .write_enable (accept),
        .write_address(written),
        .write_data   (job_tag),
        .read_enable  (finish),
        .read_address (read),
        .read_data    (done_tag)
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            written    <= '0;
            read       <= '0;
            done_valid <= 1'b0;
        end else begin
            if (accept) written <= written + 1'b1;
            if (finish) read <= read + 1'b1;
            done_valid <= finish;
        end
        done_chain <= state[STAGES-1][255:0] ^ state[STAGES-1][511:256];
    end
endmodule
