// a + B_SIGN b + C_SIGN c + OFFSET of wide integers in two registers, the low half first, so that no carry chain is longer
// than half of WIDTH. Signs are 1, -1 or 0. The result is from 0 below 2^WIDTH; what is above cancels.
//
//   low halves  --> sum, signed --[reg]--+
//   high halves --> sum ----------[reg]--+--> high + carry of low --[reg]--> result
//
// `enable[s]`: an item stands before register s. Latency: 2. One sum a cycle.
module split_sum #(
    parameter int WIDTH  = 768,
    parameter int B_SIGN = 1,
    parameter int C_SIGN = 0,
    parameter logic [WIDTH-1:0] OFFSET = '0
) (
    input  logic             clk,
    input  logic [1:0]       enable,
    input  logic [WIDTH-1:0] a,
    input  logic [WIDTH-1:0] b,
    input  logic [WIDTH-1:0] c,
    output logic [WIDTH-1:0] result
);
    /* verilator inline_module */
    localparam int HALF = WIDTH / 2;
    localparam int REST = WIDTH - HALF;

    // Terms of a sign: three zeros above the low half leave room for four addends and a sign.
    logic [HALF+2:0] low_b, low_c, low;
    logic [REST-1:0] high_b, high_c, high;
    if (B_SIGN > 0) begin : g_plus_b
        assign low_b  = {3'b0, a[HALF-1:0]} + {3'b0, b[HALF-1:0]};
        assign high_b = a[WIDTH-1:HALF] + b[WIDTH-1:HALF];
    end else if (B_SIGN < 0) begin : g_minus_b
        assign low_b  = {3'b0, a[HALF-1:0]} - {3'b0, b[HALF-1:0]};
        assign high_b = a[WIDTH-1:HALF] - b[WIDTH-1:HALF];
    end else begin : g_no_b
        assign low_b  = {3'b0, a[HALF-1:0]};
        assign high_b = a[WIDTH-1:HALF];
        logic unused;
        assign unused = &{1'b0, b};
    end
    if (C_SIGN > 0) begin : g_plus_c
        assign low_c  = low_b + {3'b0, c[HALF-1:0]};
        assign high_c = high_b + c[WIDTH-1:HALF];
    end else if (C_SIGN < 0) begin : g_minus_c
        assign low_c  = low_b - {3'b0, c[HALF-1:0]};
        assign high_c = high_b - c[WIDTH-1:HALF];
    end else begin : g_no_c
        assign low_c  = low_b;
        assign high_c = high_b;
        logic unused;
        assign unused = &{1'b0, c};
    end

    always_ff @(posedge clk) begin
        if (enable[0]) begin
            low  <= low_c + {3'b0, OFFSET[HALF-1:0]};
            high <= high_c + OFFSET[WIDTH-1:HALF];
        end
    end
    always_ff @(posedge clk) begin
        if (enable[1]) result <= {high + {{(REST - 3) {low[HALF+2]}}, low[HALF+2:HALF]}, low[HALF-1:0]};
    end
endmodule
