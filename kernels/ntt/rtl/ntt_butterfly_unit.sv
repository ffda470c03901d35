// A butterfly between two streams, for its test: {t, b, a} in, {bottom, top} out, in order; `inverse` is its kind.
//
// Latency: 11. One butterfly a cycle. Counters: butterflies in, butterflies out, cycles in which the output waited.
module ntt_butterfly_unit #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              inverse,
    input  logic              operands_valid,
    output logic              operands_ready,
    input  logic [3*BITS-1:0] operands_data,
    output logic              results_valid,
    input  logic              results_ready,
    output logic [2*BITS-1:0] results_data,
    output logic [31:0]       count_in,
    output logic [31:0]       count_out,
    output logic [31:0]       count_waiting
);
    logic enable;

    pipeline #(
        .LATENCY(narrow_fields::MULTIPLIER_LATENCY + narrow_fields::ADDER_LATENCY)
    ) control (
        .clk,
        .rst,
        .in_valid (operands_valid),
        .in_ready (operands_ready),
        .out_valid(results_valid),
        .out_ready(results_ready),
        .enable
    );
    ntt_butterfly #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) butterfly (
        .clk,
        .enable,
        .inverse,
        .a(operands_data[BITS-1:0]),
        .b(operands_data[2*BITS-1:BITS]),
        .t(operands_data[3*BITS-1:2*BITS]),
        .top(results_data[BITS-1:0]),
        .bottom(results_data[2*BITS-1:BITS])
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            count_in      <= '0;
            count_out     <= '0;
            count_waiting <= '0;
        end else begin
            count_in      <= count_in + 32'(operands_valid && operands_ready);
            count_out     <= count_out + 32'(results_valid && results_ready);
            count_waiting <= count_waiting + 32'(results_valid && !results_ready);
        end
    end
endmodule
