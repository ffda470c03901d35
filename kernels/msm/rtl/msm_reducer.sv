// The additions that make one point of all buckets, in the order in which the adder gets them. B[w][d] is bucket d of window
// w, for d = 1 .. 2^(c-1); R, one a window, its running sum, T its total.
//
//   reduce:   for d = 2^(c-1), ..., 1, 0, every PERIOD cycles, for every window w in turn:
//                 R[w] = R[w] + B[w][d] (not for d = 0)     T[w] = T[w] + R[w], of the step before
//             so that T[w] = sum of d B[w][d]; PERIOD = max(2 windows, FLIGHT + 1) hides the adder's latency
//   combine:  R[0] = infinity; for w = windows - 1, ..., 0:
//                 R[0] = R[0] + T[w], and, but for the last, c times R[0] = R[0] + R[0]
//             each of which waits for the one before
//
//   start --> [reduce: step, slot] --> drained --> [combine: window, doubling] --> finished, with the last addition
//
// Cycles from start to finished: 1 + (2^(c-1) + 1) PERIOD + FLIGHT + ((windows - 1) (c + 1) + 1) (FLIGHT + 1) or so; the
// formula that is tested is in kernels/msm/rtl/__init__.py.
module msm_reducer #(
    parameter int BUCKET_BITS = 17,
    parameter int WINDOW_BITS = 8,
    parameter int MOST_BITS   = 13,
    parameter int FLIGHT      = 96
) (
    input  logic                   clk,
    input  logic                   rst,
    input  logic [4:0]             window_bits,
    input  logic [WINDOW_BITS-1:0] windows,
    input  logic                   start,
    input  logic                   none_in_flight,
    output logic                   run,        // R[window] = R[window] + B[bucket]
    output logic                   total,      // T[window] = T[window] + R[window]
    output logic                   join_total, // R[0] = R[0] + T[window]
    output logic                   double,     // R[0] = R[0] + R[0]
    output logic                   clear_run,  // R[0] = infinity
    output logic                   final_join, // with join_total: its sum is the result
    output logic [WINDOW_BITS-1:0] window,
    output logic [BUCKET_BITS-1:0] bucket,
    output logic                   idle
);
    typedef enum logic [1:0] {IDLE, REDUCE, DRAIN, COMBINE} state_t;
    state_t state;

    localparam int SLOT_BITS = WINDOW_BITS + 2;
    logic [MOST_BITS-1:0]   step;  // d
    logic [SLOT_BITS-1:0]   slot, period;
    logic [BUCKET_BITS-1:0] half, base;
    logic [4:0]             doublings;
    logic                   in_slot, issue;

    assign half    = {{(BUCKET_BITS - 1) {1'b0}}, 1'b1} << (window_bits - 1'b1);
    assign period  = ({1'b0, windows, 1'b0} > SLOT_BITS'(FLIGHT + 1)) ? {1'b0, windows, 1'b0} : SLOT_BITS'(FLIGHT + 1);
    assign in_slot = state == REDUCE && slot < {1'b0, windows, 1'b0};
    assign issue   = state == COMBINE && none_in_flight;

    assign run        = in_slot && !slot[0] && step != '0;
    assign total      = in_slot && slot[0];
    assign double     = issue && doublings != '0;
    assign join_total = issue && doublings == '0;
    assign final_join = join_total && window == '0;
    assign clear_run  = state == DRAIN && none_in_flight;
    assign bucket     = base + BUCKET_BITS'(step) - 1'b1;
    assign idle       = state == IDLE;

    always_ff @(posedge clk) begin
        if (rst) begin
            state <= IDLE;
        end else begin
            case (state)
                IDLE: if (start) state <= REDUCE;
                REDUCE: if (step == '0 && slot == period - 1'b1) state <= DRAIN;
                DRAIN: if (none_in_flight) state <= COMBINE;
                default: if (final_join) state <= IDLE;
            endcase
        end
    end
    always_ff @(posedge clk) begin
        case (state)
            IDLE: begin
                step   <= MOST_BITS'(half);
                slot   <= '0;
                window <= '0;
                base   <= '0;
            end
            REDUCE: begin
                if (in_slot && slot[0]) begin
                    window <= (window == windows - 1'b1) ? '0 : window + 1'b1;
                    base   <= (window == windows - 1'b1) ? '0 : base + half;
                end
                slot <= (slot == period - 1'b1) ? '0 : slot + 1'b1;
                if (slot == period - 1'b1) step <= step - 1'b1;
            end
            DRAIN: begin
                window    <= windows - 1'b1;
                doublings <= '0;
            end
            default: begin
                if (double) doublings <= doublings - 1'b1;
                if (join_total) begin
                    window    <= window - 1'b1;
                    doublings <= window_bits;
                end
            end
        endcase
    end
endmodule
