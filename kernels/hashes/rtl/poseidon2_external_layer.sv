// The external linear layer, and the round constants that come after it.
//
// Lanes in chunks of four: each chunk times the circulant matrix (2, 3, 1, 1), then to each lane the sum of the lanes
// that are equal to it mod 4. Nothing is reduced before the end: sums are of at most 49 elements and a constant.
//
//   x --> [x_i + 2 x_(i+1)]  --> [M4: pairs + it] --+--> [+ constants] -------------+--> [sum] --> reduce --> y
//     +-> [pairs x0+x1, x2+x3] --^                  +--> [sums over half the chunks]+
//   0           1                  2                           3                       4           5, 6
//
// `constants` count in the cycle poseidon2::EXTERNAL_CONSTANTS = 2 after x.
//
// Latency: 6 (poseidon2::EXTERNAL_LATENCY). One state a cycle.
module poseidon2_external_layer (
    input  logic                                             clk,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] x,
    input  logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] constants,
    output logic [poseidon2::WIDTH-1:0][poseidon2::BITS-1:0] y
);
    localparam int BITS   = poseidon2::BITS;
    localparam int WIDTH  = poseidon2::WIDTH;
    localparam int CHUNKS = WIDTH / 4;
    localparam int SUM    = BITS + poseidon2::GROWTH;

    logic [WIDTH-1:0][BITS+1:0]    with_next;      // x_i + 2 x_(i+1)
    logic [2*CHUNKS-1:0][BITS:0]   pairs;          // x_0 + x_1, x_2 + x_3
    logic [WIDTH-1:0][BITS+2:0]    mixed;          // M4 x: up to 7 elements
    logic [WIDTH-1:0][BITS+3:0]    with_constant;
    logic [3:0][SUM-1:0]           first_half, second_half, first_next, second_next;
    logic [WIDTH-1:0][SUM-1:0]     total;

    always_comb begin
        first_next  = '0;
        second_next = '0;
        for (int i = 0; i < 4; i++)
            for (int c = 0; c < CHUNKS; c++)
                if (2 * c < CHUNKS) first_next[i] = first_next[i] + SUM'(mixed[4*c+i]);
                else second_next[i] = second_next[i] + SUM'(mixed[4*c+i]);
    end

    always_ff @(posedge clk) begin
        for (int c = 0; c < CHUNKS; c++) begin
            pairs[2*c]   <= (BITS + 1)'(x[4*c]) + (BITS + 1)'(x[4*c+1]);
            pairs[2*c+1] <= (BITS + 1)'(x[4*c+2]) + (BITS + 1)'(x[4*c+3]);
            for (int i = 0; i < 4; i++) begin
                with_next[4*c+i] <= (BITS + 2)'(x[4*c+i]) + {1'b0, x[4*c+(i+1)%4], 1'b0};
                mixed[4*c+i] <= (BITS + 3)'(with_next[4*c+i]) + (BITS + 3)'(pairs[2*c]) + (BITS + 3)'(pairs[2*c+1]);
            end
        end
        first_half  <= first_next;
        second_half <= second_next;
        for (int i = 0; i < WIDTH; i++) begin
            with_constant[i] <= (BITS + 4)'(mixed[i]) + (BITS + 4)'(constants[i]);
            total[i]         <= SUM'(with_constant[i]) + first_half[i%4] + second_half[i%4];
        end
    end

    for (genvar i = 0; i < WIDTH; i++) begin : g_reduce
        poseidon2_reduce reduce (.clk, .sum(total[i]), .reduced(y[i]));
    end
endmodule
