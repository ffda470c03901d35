// The product of two integers of WIDTH bits by LEVELS of Karatsuba's method (1962): three products of half the width
// instead of four. With FIXED the second factor is the constant FACTOR, whose halves are added at no cost.
//
//   a --> low, high, low + high --[reg]--> low x low  ------------> z0 --+-----------------------+
//   b --> low, high, low + high --[reg]--> sum x sum  ------------> zm --+--> zm - z0 - z2 -[reg]-+--> sum --[reg]--> product
//                                          high x high -----------> z2 --+-----------------------+
//
// Below the last level are tiles (montgomery_tiles). Where the last sum is longer than 3/2 x 256 bits, its top half
// waits for the carry of its low half in a register more, so that no carry chain is longer than 400 bits.
//
// `enable[s]`: an item stands before register s. Latency: 3 + 3 LEVELS, and 1 where WIDTH > 256. One product a cycle.
// Multipliers: 3^LEVELS times those of the tiles of ceil(WIDTH / 2^LEVELS) + 2 bits (less where 17 and 26 divide better).
module montgomery_karatsuba #(
    parameter int WIDTH  = 384,
    parameter int LEVELS = 3,
    parameter bit FIXED  = 1'b0,
    parameter logic [WIDTH-1:0] FACTOR = '0,
    parameter int LATENCY = 3 + 3 * LEVELS + ((WIDTH > 256) ? 1 : 0)
) (
    input  logic               clk,
    input  logic [LATENCY-1:0] enable,
    input  logic [WIDTH-1:0]   a,
    input  logic [WIDTH-1:0]   b,
    output logic [2*WIDTH-1:0] product
);
    /* verilator inline_module */
    if (LEVELS == 0) begin : g_tiles
        montgomery_tiles #(
            .A_WIDTH(WIDTH),
            .B_WIDTH(WIDTH),
            .FIXED(FIXED),
            .FACTOR(FACTOR)
        ) tiles (
            .clk,
            .enable,
            .a,
            .b,
            .product
        );
    end else begin : g_halves
        localparam int LOW   = (WIDTH + 1) / 2;
        localparam int HIGH  = WIDTH - LOW;
        localparam int INNER = 3 + 3 * (LEVELS - 1);  // halves are at most 256 bits wide
        localparam logic [LOW:0] FACTOR_SUM =
            {1'b0, FACTOR[LOW-1:0]} + {{(LOW + 1 - HIGH) {1'b0}}, FACTOR[WIDTH-1:LOW]};

        logic [LOW-1:0]  a_low, b_low;
        logic [HIGH-1:0] a_high, b_high;
        logic [LOW:0]    a_sum, b_sum;

        always_ff @(posedge clk) begin
            if (enable[0]) begin
                a_low  <= a[LOW-1:0];
                a_high <= a[WIDTH-1:LOW];
                a_sum  <= {1'b0, a[LOW-1:0]} + {{(LOW + 1 - HIGH) {1'b0}}, a[WIDTH-1:LOW]};
            end
        end
        if (FIXED) begin : g_constant
            assign b_low  = '0;
            assign b_high = '0;
            assign b_sum  = '0;
            logic unused;
            assign unused = &{1'b0, b};
        end else begin : g_variable
            always_ff @(posedge clk) begin
                if (enable[0]) begin
                    b_low  <= b[LOW-1:0];
                    b_high <= b[WIDTH-1:LOW];
                    b_sum  <= {1'b0, b[LOW-1:0]} + {{(LOW + 1 - HIGH) {1'b0}}, b[WIDTH-1:LOW]};
                end
            end
        end

        logic [2*LOW-1:0]  z0, z0_kept;
        logic [2*HIGH-1:0] z2, z2_kept;
        logic [2*LOW+1:0]  zm;
        // a_low b_high + a_high b_low
        logic [WIDTH:0]    z1;
        // What z1 leaves out is above the sum of both cross products, and zero.
        logic [2*LOW+1:0]  difference;

        montgomery_karatsuba #(
            .WIDTH(LOW),
            .LEVELS(LEVELS - 1),
            .FIXED(FIXED),
            .FACTOR(FACTOR[LOW-1:0])
        ) low (
            .clk,
            .enable(enable[1+:INNER]),
            .a(a_low),
            .b(b_low),
            .product(z0)
        );
        montgomery_karatsuba #(
            .WIDTH(HIGH),
            .LEVELS(LEVELS - 1),
            .FIXED(FIXED),
            .FACTOR(FACTOR[WIDTH-1:LOW])
        ) high (
            .clk,
            .enable(enable[1+:INNER]),
            .a(a_high),
            .b(b_high),
            .product(z2)
        );
        montgomery_karatsuba #(
            .WIDTH(LOW + 1),
            .LEVELS(LEVELS - 1),
            .FIXED(FIXED),
            .FACTOR(FACTOR_SUM)
        ) sum (
            .clk,
            .enable(enable[1+:INNER]),
            .a(a_sum),
            .b(b_sum),
            .product(zm)
        );

        assign difference = zm - {2'b0, z0} - {{(2 * LOW + 2 - 2 * HIGH) {1'b0}}, z2};
        logic unused_top;
        assign unused_top = &{1'b0, difference[2*LOW+1:WIDTH+1]};

        always_ff @(posedge clk) begin
            if (enable[INNER+1]) begin
                z0_kept <= z0;
                z2_kept <= z2;
                z1      <= difference[WIDTH:0];
            end
        end

        // The product is upper 2^LOW plus the low half of z0, which no carry reaches.
        localparam int UPPER = 2 * WIDTH - LOW;
        logic [UPPER-1:0] upper;
        assign upper = {z2_kept, z0_kept[2*LOW-1:LOW]};

        if (WIDTH > 256) begin : g_two_sums
            localparam int FIRST = WIDTH + 1;
            logic [FIRST:0]         first;
            logic [UPPER-FIRST-1:0] rest;
            logic [LOW-1:0]         bottom;
            always_ff @(posedge clk) begin
                if (enable[INNER+2]) begin
                    first  <= {1'b0, upper[FIRST-1:0]} + {1'b0, z1};
                    rest   <= upper[UPPER-1:FIRST];
                    bottom <= z0_kept[LOW-1:0];
                end
            end
            always_ff @(posedge clk) begin
                if (enable[INNER+3])
                    product <= {rest + {{(UPPER - FIRST - 1) {1'b0}}, first[FIRST]}, first[FIRST-1:0], bottom};
            end
        end else begin : g_one_sum
            always_ff @(posedge clk) begin
                if (enable[INNER+2])
                    product <= {upper + {{(UPPER - WIDTH - 1) {1'b0}}, z1}, z0_kept[LOW-1:0]};
            end
        end
    end
endmodule
