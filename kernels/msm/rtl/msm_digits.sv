// A point and its scalar become `windows` signed digits of `window_bits` bits, one a cycle, the lowest first: the bucket that
// the point goes to, and whether its negation does.
//
//   scalar --> [shift register] --> chunk + carry --> d in -(2^(c-1) - 1) .. 2^(c-1), carry --[reg]--> bucket, negative
//   point  --> [register] ---------------------------------------------------------------------------> point
//
// Bucket |d| - 1 of window w has the number w 2^(c-1) + |d| - 1. Digits that are 0, and all of infinity (all zeros), give no
// item, but take their cycle. Digits and points follow without a gap while items are taken.
//
// Latency: 2 from a point to its first digit. A digit a cycle, a point in `windows` cycles.
module msm_digits #(
    parameter int POINT_BITS   = 768,
    parameter int SCALAR_BITS  = 256,
    parameter int BUCKET_BITS  = 17,
    parameter int MOST_BITS    = 13,
    parameter int WINDOW_BITS  = 8
) (
    input  logic                   clk,
    input  logic                   rst,
    input  logic [4:0]             window_bits,
    input  logic [WINDOW_BITS-1:0] windows,
    input  logic                   in_valid,
    output logic                   in_ready,
    input  logic [POINT_BITS-1:0]  in_point,
    input  logic [SCALAR_BITS-1:0] in_scalar,
    output logic                   out_valid,
    input  logic                   out_ready,
    output logic [BUCKET_BITS-1:0] out_bucket,
    output logic                   out_negative,
    output logic [POINT_BITS-1:0]  out_point,
    output logic                   idle
);
    logic                   active, infinite, carry, advance, last;
    logic [POINT_BITS-1:0]  point;
    logic [SCALAR_BITS-1:0] scalar;
    logic [WINDOW_BITS-1:0] window;
    logic [BUCKET_BITS-1:0] base;

    // The digit before its sign: 0 .. 2^c; what is above 2^(c-1) is taken as negative.
    logic [MOST_BITS:0] whole, half, digit, magnitude;
    logic               negative;
    assign whole     = {{MOST_BITS{1'b0}}, 1'b1} << window_bits;
    assign half      = whole >> 1;
    assign digit     = ({1'b0, scalar[MOST_BITS-1:0]} & (whole - 1'b1)) + {{MOST_BITS{1'b0}}, carry};
    assign negative  = digit > half;
    assign magnitude = negative ? whole - digit : digit;

    assign advance  = !out_valid || out_ready;
    assign last     = window == windows - 1'b1;
    assign in_ready = !active || (advance && last);
    assign idle     = !active && !out_valid;

    always_ff @(posedge clk) begin
        if (rst) begin
            active    <= 1'b0;
            out_valid <= 1'b0;
        end else begin
            if (in_ready) active <= in_valid;
            if (advance) out_valid <= active && !infinite && magnitude != '0;
        end
    end
    always_ff @(posedge clk) begin
        if (in_ready) begin
            point    <= in_point;
            infinite <= in_point == '0;
            scalar   <= in_scalar;
            carry    <= 1'b0;
            window   <= '0;
            base     <= '0;
        end else if (active && advance) begin
            scalar <= scalar >> window_bits;
            carry  <= negative;
            window <= window + 1'b1;
            base   <= base + BUCKET_BITS'(half);
        end
    end
    always_ff @(posedge clk) begin
        if (active && advance) begin
            out_bucket   <= base + BUCKET_BITS'(magnitude) - 1'b1;
            out_negative <= negative;
            out_point    <= point;
        end
    end
endmodule
