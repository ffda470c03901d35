// A partial round, and the constants of what follows: the S-box in lane 0, then the internal linear layer.
//
// The layer makes s + d_i x_i of every lane, with s the sum of all lanes after the S-box. What does not need the S-box's
// power x0^7 is done while it is on its way: with s' the sum of the other lanes,
//
//   y_i = (s' + d_i x_i + constant_i) + x0^7,    y_0 = (s' + constant_0) + (1 + d_0) x0^7 = (...) - x0^7    (d_0 = -2)
//
//   x0 ------> [S-box] ----------------------------------------------------------------------+--> [subtract] --> y_0
//   x1.. -+--> [sums of 3] --> [of 9] --> [of all] --+--> [+] --> reduce --> delay ----------+--> [add]      --> y_i
//         +--> [diagonal] --> [+ constants] --> [ ] -^
//   0             1              2           3         4          5, 6
//
// `constants` are those of the next round and count in the cycle poseidon2::INTERNAL_CONSTANTS = 1 after x.
//
// Latency: poseidon2::PARTIAL_LATENCY = SBOX + an addition. One state a cycle. WIDTH is at most 28.
module poseidon2_partial_round (
    input  logic                                             clk,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] x,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] constants,
    output logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] y
);
    localparam int BITS     = poseidon2::BITS;
    localparam int EXPONENT = poseidon2::EXPONENT;
    localparam int WIDTH    = poseidon2::WIDTH;
    localparam int SUM      = BITS + poseidon2::GROWTH;
    localparam int THREES   = (WIDTH + 1) / 3;
    localparam int NINES    = (THREES + 2) / 3;
    localparam int WAIT     = poseidon2::SBOX_LATENCY - 4 - poseidon2::REDUCE_LATENCY;

    logic [BITS-1:0]              power;
    logic [WIDTH-1:0][BITS-1:0]   reduced, ready;
    logic [WIDTH-1:0][BITS+2:0]   scaled, scaled1;
    logic [WIDTH-1:0][SUM-1:0]    scaled2, scaled3, total;
    logic [THREES-1:0][SUM-1:0]   threes, threes_next;
    logic [NINES-1:0][SUM-1:0]    nines, nines_next;
    logic [SUM-1:0]               all, all_next;

    poseidon2_sbox sbox (.clk, .x(x[0]), .y(power));

    assign scaled[0] = '0;
    for (genvar i = 1; i < WIDTH; i++) begin : g_diagonal
        poseidon2_diagonal #(
            .NEGATIVE(poseidon2::DIAGONAL_NEGATIVE[i]),
            .TIMES   (int'(poseidon2::DIAGONAL_TIMES[8*i+:8])),
            .HALVINGS(int'(poseidon2::DIAGONAL_HALVINGS[8*i+:8]))
        ) diagonal (.x(x[i]), .y(scaled[i]));
    end

    always_comb begin
        threes_next = '0;
        nines_next  = '0;
        all_next    = '0;
        for (int i = 1; i < WIDTH; i++) threes_next[(i-1)/3] = threes_next[(i-1)/3] + SUM'(x[i]);
        for (int i = 0; i < THREES; i++) nines_next[i/3] = nines_next[i/3] + threes[i];
        for (int i = 0; i < NINES; i++) all_next = all_next + nines[i];
    end

    always_ff @(posedge clk) begin
        threes  <= threes_next;
        nines   <= nines_next;
        all     <= all_next;
        scaled1 <= scaled;
        for (int i = 0; i < WIDTH; i++) begin
            scaled2[i] <= SUM'(scaled1[i]) + SUM'(constants[i]);
            scaled3[i] <= scaled2[i];
            total[i]   <= scaled3[i] + all;
        end
    end

    for (genvar i = 0; i < WIDTH; i++) begin : g_reduce
        poseidon2_reduce reduce (.clk, .sum(total[i]), .reduced(reduced[i]));
    end

    ring_delay #(.WIDTH(WIDTH * BITS), .CYCLES(WAIT)) wait_power (.clk, .in(reduced), .out(ready));

    field_subtractor #(.BITS(BITS), .EXPONENT(EXPONENT)) subtract (
        .clk, .enable(1'b1), .a(ready[0]), .b(power), .difference(y[0])
    );
    for (genvar i = 1; i < WIDTH; i++) begin : g_add
        field_adder #(.BITS(BITS), .EXPONENT(EXPONENT)) add (.clk, .enable(1'b1), .a(ready[i]), .b(power), .sum(y[i]));
    end
endmodule
