// a b R^-1 mod p in Montgomery's form, canonical, pipelined: R = 2^(WIDTH + EXTRA), all constants from the package
// montgomery_constants. a and b are below p (or anything with a b < R p / 2).
//
//   a, b --[reg]--> montgomery_product --> montgomery_reduction --> r, r - p --[reg]--> the one from 0 below p --[reg]--> result
//
// `enable[s]`: an item stands before register s: the valid bits of the pipeline, in_valid first.
// Latency: 3 + product + reduction, which is 46 with 3 levels of more than 256 bits, 31 with 2 levels of up to 256.
// One product a cycle.
module montgomery_multiplier #(
    parameter int WIDTH     = montgomery_constants::WIDTH,
    parameter int LEVELS    = montgomery_constants::LEVELS,
    parameter int PRODUCT   = 3 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0),
    parameter int REDUCTION = 11 + (LEVELS - 1) * (10 + 3 * LEVELS) / 2,
    parameter int LATENCY   = 3 + PRODUCT + REDUCTION
) (
    input  logic               clk,
    input  logic               rst,
    input  logic [LATENCY-1:0] enable,
    input  logic [WIDTH-1:0]   a,
    input  logic [WIDTH-1:0]   b,
    output logic [WIDTH-1:0]   result
);
    localparam logic [WIDTH:0] MODULUS =
        {{(WIDTH + 1 - montgomery_constants::MODULUS_BITS) {1'b0}}, montgomery_constants::MODULUS};

    logic [WIDTH-1:0]   a_in, b_in, reduced, kept;
    logic [WIDTH:0]     less;
    logic [2*WIDTH-1:0] product;

    always_ff @(posedge clk) begin
        if (enable[0]) begin
            a_in <= a;
            b_in <= b;
        end
    end
    montgomery_product multiplier (
        .clk,
        .enable(enable[1+:PRODUCT]),
        .a(a_in),
        .b(b_in),
        .product
    );
    montgomery_reduction reduction (
        .clk,
        .rst,
        .enable(enable[1+PRODUCT+:REDUCTION]),
        .t({{montgomery_constants::GROWTH{1'b0}}, product}),
        .result(reduced)
    );
    always_ff @(posedge clk) begin
        if (enable[LATENCY-2]) begin
            kept <= reduced;
            less <= {1'b0, reduced} - MODULUS;
        end
    end
    always_ff @(posedge clk) begin
        if (enable[LATENCY-1]) result <= less[WIDTH] ? kept : less[WIDTH-1:0];
    end
endmodule
