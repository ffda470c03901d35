// SHA-256's compression function (FIPS 180-4, 6.2): ROUNDS rounds of hardware, through which a job goes 64 / ROUNDS times.
//
//             job_ready = entry moves or is empty
//   job --> [entry: q = h + K0 + W0] --+--> [round] --> [round] -- ... --> [round] --+-- last pass --> [state] --> [ + ] --> done
//                               |      ^      stage 0     stage 1        ROUNDS - 1  |                             ^
//                               |      +----------- passes before the last ----------+                             |
//                               +--> [memory: chain and tag, first in first out] ----------------------------------+
//
// ROUNDS = 64 is the whole function unrolled: a job each cycle. A smaller power of two is the folded core: up to ROUNDS
// jobs circle in it, one of them in each stage. The chaining value, which is only needed again at the end, waits in a
// memory; answers come in the order of jobs.
//
// Ports: as every hash core of a tree has them (kernels/merkle/rtl/merkle_controller.sv); the block comes padded, so
// job_last and job_bytes do not matter. Nothing can hold back `done`.
// Latency: 67 cycles, and those that job_ready is low. II = 64 / ROUNDS.
module sha_256_core #(
    parameter int ROUNDS   = 64,
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
    localparam int PASSES    = 64 / ROUNDS;
    localparam int PASS_BITS = (PASSES > 1) ? $clog2(PASSES) : 1;
    localparam int DEPTH     = (ROUNDS > 1) ? ROUNDS : 2;  // a job a stage waits for its chaining value
    localparam int SLOT_BITS = $clog2(DEPTH);

    // Words of a message and of a digest are big-endian: word i is bytes 4i to 4i + 3, the first one highest.
    function automatic logic [255:0] swapped(input logic [255:0] bytes);
        for (int i = 0; i < 32; i++) swapped[8*i+:8] = bytes[8*(i^3)+:8];
    endfunction

    logic unused;
    assign unused = &{1'b0, job_last, job_bytes};

    // ---- entry
    logic         accept, enter, entry_valid;
    logic [255:0] chain, entry_chain;
    logic [511:0] message, entry_window;
    logic [31:0]  entry_q;
    logic [TAG_BITS-1:0] entry_tag;

    assign accept    = job_valid && job_ready;
    assign job_ready = !entry_valid || enter;
    assign chain     = job_first ? sha_256_constants::INITIAL_VALUE : swapped(job_chain);
    assign message   = {swapped(job_block[511:256]), swapped(job_block[255:0])};

    always_ff @(posedge clk) begin
        if (rst) entry_valid <= 1'b0;
        else if (accept) entry_valid <= 1'b1;
        else if (enter) entry_valid <= 1'b0;
        if (accept) begin
            entry_window <= message;
            entry_chain  <= chain;
            entry_q      <= chain[255:224] + message[31:0] + sha_256_constants::ROUND_CONSTANTS[31:0];
            entry_tag    <= job_tag;
        end
    end

    // ---- rounds: what goes into the first stage, and what comes out of each
    logic [255:0]         first_state, state[ROUNDS];
    logic [511:0]         first_window, window[ROUNDS];
    logic [PASS_BITS-1:0] first_pass, pass[ROUNDS];
    logic [ROUNDS-1:0]    valid;
    logic                 first_valid, again;

    assign again        = valid[ROUNDS-1] && pass[ROUNDS-1] != PASS_BITS'(PASSES - 1);
    assign enter        = entry_valid && !again;
    assign first_valid  = again || entry_valid;
    assign first_state  = again ? state[ROUNDS-1] : {entry_q, entry_chain[223:0]};
    assign first_window = again ? window[ROUNDS-1] : entry_window;
    assign first_pass   = again ? pass[ROUNDS-1] + 1'b1 : '0;

    for (genvar s = 0; s < ROUNDS; s++) begin : g_stage
        logic [255:0]         state_in;
        logic [511:0]         window_in;
        logic [PASS_BITS-1:0] pass_in;
        logic                 valid_in;
        if (s == 0) begin : g_first
            assign state_in  = first_state;
            assign window_in = first_window;
            assign pass_in   = first_pass;
            assign valid_in  = first_valid;
        end else begin : g_next
            assign state_in  = state[s-1];
            assign window_in = window[s-1];
            assign pass_in   = pass[s-1];
            assign valid_in  = valid[s-1];
        end
        // In pass p this stage is round p * ROUNDS + s.
        logic [31:0] constant;
        logic        last;
        assign last = s == ROUNDS - 1 && pass_in == PASS_BITS'(PASSES - 1);
        if (PASSES == 1) begin : g_constant
            assign constant = sha_256_constants::ROUND_CONSTANTS[32*((s+1)%64)+:32];
        end else begin : g_table
            logic [5:0] next;
            assign next     = 6'(int'(pass_in) * ROUNDS + s + 1);
            assign constant = sha_256_constants::ROUND_CONSTANTS[32*next+:32];
        end
        sha_256_round round (
            .clk,
            .last,
            .constant,
            .state     (state_in),
            .window    (window_in),
            .state_out (state[s]),
            .window_out(window[s])
        );
        always_ff @(posedge clk) begin
            if (rst) valid[s] <= 1'b0;
            else valid[s] <= valid_in;
            pass[s] <= pass_in;
        end
    end

    // ---- the end: the chaining value is added
    logic                 finish, finished;
    logic [SLOT_BITS-1:0] written, read;
    logic [255:0]         last_state, kept_chain;
    logic [TAG_BITS-1:0]  kept_tag;

    assign finish = valid[ROUNDS-1] && !again;

    // In a full core a word is read in the cycle in which the next one replaces it: what was there before is meant.
    simple_dual_port_memory #(
        .WIDTH(256 + TAG_BITS),
        .DEPTH(DEPTH),
        .STYLE("distributed")
    ) waiting (
        .clk,
        .write_enable (enter),
        .write_address(written),
        .write_data   ({entry_tag, entry_chain}),
        .read_enable  (finish),
        .read_address (read),
        .read_data    ({kept_tag, kept_chain})
    );

    logic [255:0] sum;
    for (genvar i = 0; i < 8; i++) begin : g_word
        assign sum[32*i+:32] = last_state[32*i+:32] + kept_chain[32*i+:32];
    end

    always_ff @(posedge clk) begin
        if (rst) begin
            written    <= '0;
            read       <= '0;
            finished   <= 1'b0;
            done_valid <= 1'b0;
        end else begin
            if (enter) written <= written + 1'b1;
            if (finish) read <= read + 1'b1;
            finished   <= finish;
            done_valid <= finished;
        end
        last_state <= state[ROUNDS-1];
        done_tag   <= kept_tag;
        done_chain <= swapped(sum);
    end
endmodule
