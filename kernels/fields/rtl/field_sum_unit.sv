// An adder and a subtractor of a field of one word between two streams: {b, a} in, {a - b, a + b} out, in order.
//
//   operands --> [adder | subtractor, 2 stages] --> sums
//
// Latency: 2. One item a cycle. Counters: operands in, sums out, cycles in which the output waited.
module field_sum_unit #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              operands_valid,
    output logic              operands_ready,
    input  logic [2*BITS-1:0] operands_data,
    output logic              sums_valid,
    input  logic              sums_ready,
    output logic [2*BITS-1:0] sums_data,
    output logic [31:0]       count_in,
    output logic [31:0]       count_out,
    output logic [31:0]       count_waiting
);
    logic enable;

    pipeline #(
        .LATENCY(narrow_fields::ADDER_LATENCY)
    ) control (
        .clk,
        .rst,
        .in_valid (operands_valid),
        .in_ready (operands_ready),
        .out_valid(sums_valid),
        .out_ready(sums_ready),
        .enable
    );

    field_adder #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) adder (
        .clk,
        .enable,
        .a(operands_data[BITS-1:0]),
        .b(operands_data[2*BITS-1:BITS]),
        .sum(sums_data[BITS-1:0])
    );

    field_subtractor #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) subtractor (
        .clk,
        .enable,
        .a(operands_data[BITS-1:0]),
        .b(operands_data[2*BITS-1:BITS]),
        .difference(sums_data[2*BITS-1:BITS])
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            count_in      <= '0;
            count_out     <= '0;
            count_waiting <= '0;
        end else begin
            count_in      <= count_in + 32'(operands_valid && operands_ready);
            count_out     <= count_out + 32'(sums_valid && sums_ready);
            count_waiting <= count_waiting + 32'(sums_valid && !sums_ready);
        end
    end
endmodule
