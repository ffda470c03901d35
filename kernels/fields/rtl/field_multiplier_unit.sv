// A multiplier of a field of one word between two streams: operands {b, a} in, products out, in order.
//
//   operands --> [multiplier, 9 stages] --> products
//                  ^ pipeline: stands still while a product is not taken
//
// Latency: 9. One product a cycle. Counters: operands in, products out, cycles in which the output waited.
module field_multiplier_unit #(
    parameter int BITS     = 64,
    parameter int EXPONENT = 32
) (
    input  logic              clk,
    input  logic              rst,
    input  logic              operands_valid,
    output logic              operands_ready,
    input  logic [2*BITS-1:0] operands_data,
    output logic              products_valid,
    input  logic              products_ready,
    output logic [BITS-1:0]   products_data,
    output logic [31:0]       count_in,
    output logic [31:0]       count_out,
    output logic [31:0]       count_waiting
);
    logic enable;

    pipeline #(
        .LATENCY(narrow_fields::MULTIPLIER_LATENCY)
    ) control (
        .clk,
        .rst,
        .in_valid (operands_valid),
        .in_ready (operands_ready),
        .out_valid(products_valid),
        .out_ready(products_ready),
        .enable
    );

    field_multiplier #(
        .BITS(BITS),
        .EXPONENT(EXPONENT)
    ) multiplier (
        .clk,
        .enable,
        .a(operands_data[BITS-1:0]),
        .b(operands_data[2*BITS-1:BITS]),
        .product(products_data)
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            count_in      <= '0;
            count_out     <= '0;
            count_waiting <= '0;
        end else begin
            count_in      <= count_in + 32'(operands_valid && operands_ready);
            count_out     <= count_out + 32'(products_valid && products_ready);
            count_waiting <= count_waiting + 32'(products_valid && !products_ready);
        end
    end
endmodule
