// The sum of scalars[i] * points[i] by Pippenger's buckets, all windows at once, one addition a cycle.
//
//   point, scalar --> msm_digits --> msm_scheduler --+--> msm: operands --> point_adder --> write back
//                                                    |       ^    ^                            |
//                                    msm_reducer ----+       |    |                            v
//                                                   [buckets B: BUCKETS x 3 WIDTH] [R, T: a point a window each]
//
// Points are affine, {y, x}, canonical integers, infinity all zeros; scalars are below the order. They are streamed once: the
// buckets of all windows are on chip. No form is converted: (x : y : 1) is the same projective point whether its coordinates
// are taken for themselves or for Montgomery's form, and the sum {Z, Y, X} (x = X / Z, y = Y / Z) needs only its one inversion,
// which the host makes.
//
//   clear       infinity into all buckets, R and T                       windows 2^(c-1) cycles
//   accumulate  B[w][|d|] += or -= point                                 windows cycles a point, and conflicts
//   reduce, combine   see msm_reducer
//
// Settings: point_count, window_bits c (from 2 to MOST_BITS), windows, with windows 2^(c-1) <= BUCKETS and windows from 2, and
// so many that the highest digit needs no carry. An addition: its buckets are read in cycle t, operands stand before the
// adder in t + 2, and the sum is read from t + FLIGHT + 1, where FLIGHT = 2 + the adder's latency.
//
// Cycles, with L = FLIGHT + 1 and W windows: W 2^(c-1) + W a point and conflicts + L + 3 + (2^(c-1) + 1) max(2 W, L) + 2 W + L
// - max(2 W, L) + (W + (W - 1) c) L + 1; kernels/msm/rtl/__init__.py says how many conflicts.
module msm #(
    parameter int WIDTH       = montgomery_constants::WIDTH,
    parameter int LEVELS      = montgomery_constants::LEVELS,
    parameter int BUCKETS     = 81920,
    parameter int MOST_BITS   = 13,
    parameter int DEPTH       = 64,
    parameter int SCALAR_BITS = 256
) (
    input  logic                   clk,
    input  logic                   rst,
    input  logic [31:0]            point_count,
    input  logic [4:0]             window_bits,
    input  logic [7:0]             windows,
    input  logic                   point_valid,
    output logic                   point_ready,
    input  logic [2*WIDTH-1:0]      point_data,
    input  logic                   scalar_valid,
    output logic                   scalar_ready,
    input  logic [SCALAR_BITS-1:0] scalar_data,
    output logic                   result_valid,
    input  logic                   result_ready,
    output logic [3*WIDTH-1:0]     result_data,
    output logic [31:0]            points_in,
    output logic [31:0]            conflicts,
    output logic [63:0]            additions,
    output logic [63:0]            accumulate_cycles,
    output logic [63:0]            cycles
);
    localparam int ADDER = 8 + 2 * (14 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0) + (LEVELS - 1) * (10 + 3 * LEVELS) / 2);
    localparam int FLIGHT      = ADDER + 2;
    localparam int BUCKET_BITS = $clog2(BUCKETS);
    localparam int WINDOW_BITS = 8;
    localparam int POINT       = 3 * WIDTH;
    localparam int PLACE       = (BUCKET_BITS > WINDOW_BITS) ? BUCKET_BITS : WINDOW_BITS;
    localparam logic [POINT-1:0] INFINITY = {{(2 * WIDTH - 1) {1'b0}}, 1'b1, {WIDTH{1'b0}}};
    localparam logic [WIDTH-1:0] MODULUS =
        {{(WIDTH - montgomery_constants::MODULUS_BITS) {1'b0}}, montgomery_constants::MODULUS};

    typedef enum logic [1:0] {CLEAR, ACCUMULATE, REDUCE, OUTPUT} state_t;
    state_t state;

    // Points in, while there are more to come.
    logic        in_pass, digits_ready, digits_idle, more;
    logic [31:0] taken;
    assign more         = state == ACCUMULATE && taken != point_count;
    assign point_ready  = more && digits_ready && scalar_valid;
    assign scalar_ready = more && digits_ready && point_valid;
    assign in_pass      = point_valid && point_ready;

    logic                   item_valid, item_ready, item_negative;
    logic [BUCKET_BITS-1:0] item_bucket;
    logic [2*WIDTH-1:0]      item_point;
    msm_digits #(
        .POINT_BITS(2 * WIDTH),
        .SCALAR_BITS(SCALAR_BITS),
        .BUCKET_BITS(BUCKET_BITS),
        .MOST_BITS(MOST_BITS),
        .WINDOW_BITS(WINDOW_BITS)
    ) digits (
        .clk,
        .rst,
        .window_bits,
        .windows,
        .in_valid(in_pass),
        .in_ready(digits_ready),
        .in_point(point_data),
        .in_scalar(scalar_data),
        .out_valid(item_valid),
        .out_ready(item_ready),
        .out_bucket(item_bucket),
        .out_negative(item_negative),
        .out_point(item_point),
        .idle(digits_idle)
    );

    logic                   add, add_negative, queue_empty, none_in_flight, other;
    logic [BUCKET_BITS-1:0] add_bucket;
    logic [2*WIDTH-1:0]      add_point;
    msm_scheduler #(
        .DATA_BITS(2 * WIDTH + 1),
        .BUCKET_BITS(BUCKET_BITS),
        .FLIGHT(FLIGHT),
        .DEPTH(DEPTH)
    ) scheduler (
        .clk,
        .rst,
        .in_valid(item_valid),
        .in_ready(item_ready),
        .in_bucket(item_bucket),
        .in_data({item_negative, item_point}),
        .other,
        .out_valid(add),
        .out_bucket(add_bucket),
        .out_data({add_negative, add_point}),
        .empty(queue_empty),
        .none_in_flight,
        .conflicts
    );

    logic                   start, run, total, join_total, double, clear_run, final_join, reducer_idle;
    logic [WINDOW_BITS-1:0] reduce_window;
    logic [BUCKET_BITS-1:0] reduce_bucket;
    msm_reducer #(
        .BUCKET_BITS(BUCKET_BITS),
        .WINDOW_BITS(WINDOW_BITS),
        .MOST_BITS(MOST_BITS),
        .FLIGHT(FLIGHT)
    ) reducer (
        .clk,
        .rst,
        .window_bits,
        .windows,
        .start,
        .none_in_flight,
        .run,
        .total,
        .join_total,
        .double,
        .clear_run,
        .final_join,
        .window(reduce_window),
        .bucket(reduce_bucket),
        .idle(reducer_idle)
    );
    assign other = run || total || join_total || double;
    assign start = state == ACCUMULATE && !more && digits_idle && queue_empty && none_in_flight;

    // Cycle t: reads. What the sum is for goes along: a bucket, R or T, and whether it is the result.
    logic [POINT-1:0] bucket_point, run_point, total_point;
    logic [7:0]       run_place;
    assign run_place = (run || total) ? reduce_window : '0;

    // Cycle t + 1: the point's sign, and what was read.
    logic             one_valid, one_add, one_run, one_total, one_join, one_final, one_negative;
    logic [PLACE-1:0] one_place;
    logic [WIDTH-1:0] one_x, one_y;
    // Cycle t + 2: the operands.
    logic             two_valid, two_bucket, two_total, two_final;
    logic [PLACE-1:0] two_place;
    logic [POINT-1:0] two_p, two_q;
    always_ff @(posedge clk) begin
        if (rst) begin
            one_valid <= 1'b0;
            two_valid <= 1'b0;
        end else begin
            one_valid <= add || other;
            two_valid <= one_valid;
        end
    end
    always_ff @(posedge clk) begin
        if (add || other) begin
            one_add      <= add;
            one_run      <= run;
            one_total    <= total;
            one_join     <= join_total;
            one_final    <= final_join;
            one_negative <= add_negative;
            one_place    <= add ? PLACE'(add_bucket) : (run || total) ? PLACE'(reduce_window) : '0;
        end
        if (add) begin
            one_x <= add_point[WIDTH-1:0];
            one_y <= add_point[2*WIDTH-1:WIDTH];
        end
    end
    always_ff @(posedge clk) begin
        if (one_valid) begin
            two_bucket <= one_add;
            two_total  <= one_total;
            two_final  <= one_final;
            two_place  <= one_place;
            // B for buckets and running sums, T where T is summed, R for doublings.
            two_p <= (one_add || one_run) ? bucket_point : (one_total || one_join) ? total_point : run_point;
            two_q <= one_add ? {{(WIDTH - 1) {1'b0}}, 1'b1, one_negative ? MODULUS - one_y : one_y, one_x} : run_point;
        end
    end

    logic             sum_valid, sum_bucket, sum_total, sum_final;
    logic [PLACE-1:0] sum_place;
    logic [POINT-1:0] sum;
    point_adder #(
        .TAG_WIDTH(PLACE + 3)
    ) adder (
        .clk,
        .rst,
        .in_valid(two_valid),
        .in_tag({two_bucket, two_total, two_final, two_place}),
        .in_p(two_p),
        .in_q(two_q),
        .out_valid(sum_valid),
        .out_tag({sum_bucket, sum_total, sum_final, sum_place}),
        .out_sum(sum)
    );

    // Infinity everywhere first, and in R[0] once more before the windows are combined.
    logic [BUCKET_BITS:0]   cleared, bucket_count;
    logic                   clearing, write_bucket, write_run, write_total;
    logic [PLACE-1:0]       write_place;
    logic [POINT-1:0]       write_point;
    logic [63:0]            running;
    assign bucket_count = (BUCKET_BITS + 1)'(windows) << (window_bits - 1'b1);
    assign clearing     = state == CLEAR;
    assign write_bucket = clearing || (sum_valid && sum_bucket);
    assign write_total  = clearing || (sum_valid && sum_total);
    assign write_run    = clearing || clear_run || (sum_valid && !sum_bucket && !sum_total);
    assign write_place  = clearing ? PLACE'(cleared) : clear_run ? '0 : sum_place;
    assign write_point  = (clearing || clear_run) ? INFINITY : sum;

    msm_buckets #(
        .BITS(POINT),
        .BUCKETS(BUCKETS)
    ) buckets (
        .clk,
        .write_enable(write_bucket),
        .write_address(write_place[BUCKET_BITS-1:0]),
        .write_data(write_point),
        .read_enable(add || run),
        .read_address(add ? add_bucket : reduce_bucket),
        .read_data(bucket_point)
    );
    simple_dual_port_memory #(
        .WIDTH(POINT),
        .DEPTH(1 << WINDOW_BITS),
        .STYLE("block")
    ) runs (
        .clk,
        .write_enable(write_run),
        .write_address(write_place[WINDOW_BITS-1:0]),
        .write_data(write_point),
        .read_enable(other),
        .read_address(run_place),
        .read_data(run_point)
    );
    simple_dual_port_memory #(
        .WIDTH(POINT),
        .DEPTH(1 << WINDOW_BITS),
        .STYLE("block")
    ) totals (
        .clk,
        .write_enable(write_total),
        .write_address(write_place[WINDOW_BITS-1:0]),
        .write_data(write_point),
        .read_enable(total || join_total),
        .read_address(reduce_window),
        .read_data(total_point)
    );

    assign result_valid = state == OUTPUT;
    always_ff @(posedge clk) begin
        if (rst) begin
            state             <= CLEAR;
            cleared           <= '0;
            taken             <= '0;
            points_in         <= '0;
            additions         <= '0;
            accumulate_cycles <= '0;
            running           <= '0;
            cycles            <= '0;
        end else begin
            // Up to the last result: what has begun after it is not in it yet.
            running <= (state == OUTPUT) ? running : running + 1'b1;
            if (sum_valid && sum_final) cycles <= running + 1'b1;
            additions <= additions + 64'(add || other);
            case (state)
                CLEAR: begin
                    cleared <= cleared + 1'b1;
                    if (cleared == bucket_count - 1'b1) state <= ACCUMULATE;
                end
                ACCUMULATE: begin
                    taken             <= taken + 32'(in_pass);
                    points_in         <= points_in + 32'(in_pass);
                    accumulate_cycles <= accumulate_cycles + 1'b1;
                    if (start) state <= REDUCE;
                end
                REDUCE: if (sum_valid && sum_final) state <= OUTPUT;
                default: begin  // and once it is taken, the next sum
                    cleared <= '0;
                    if (result_ready) begin
                        state <= CLEAR;
                        taken <= '0;
                    end
                end
            endcase
        end
    end
    always_ff @(posedge clk) if (sum_valid && sum_final) result_data <= sum;
    logic unused;
    assign unused = &{1'b0, reducer_idle};
endmodule
