// A sum of up to 2^GROWTH elements, brought back below p.
//
//   sum --+-- upper bits --> [upper 2^SPLIT mod p] --+
//         |                                          + --> [reg] --> [less p, if that is not negative] --> reduced
//         +-- lower SPLIT bits ----------------------+
//
// SPLIT is such that what the upper bits are mod p and the lower bits are below 2 p together. For Goldilocks it is 64,
// and the upper bits u are u (2^32 - 1): no table. For the fields of 31 bits it is 30, and the table has 7 address
// bits, two LUTs a bit.
//
// Latency: 2. One sum a cycle.
module poseidon2_reduce (
    input  logic                                         clk,
    input  logic [poseidon2::BITS+poseidon2::GROWTH-1:0] sum,
    output logic [poseidon2::BITS-1:0]                   reduced
);
    localparam int BITS  = poseidon2::BITS;
    localparam int SPLIT = poseidon2::SPLIT;
    localparam int SUM   = BITS + poseidon2::GROWTH;

    logic [SUM-SPLIT-1:0] upper;
    logic [BITS-1:0]      entry;
    logic [BITS:0]        folded;
    logic [BITS+1:0]      less;

    assign upper = sum[SUM-1:SPLIT];

    if (SPLIT == BITS) begin : g_formula
        assign entry = (BITS'(upper) << poseidon2::EXPONENT) - BITS'(upper);
    end else begin : g_table
        assign entry = poseidon2::FOLD[BITS*int'(upper)+:BITS];
    end

    assign less = (BITS + 2)'(folded) - (BITS + 2)'(poseidon2::MODULUS);

    always_ff @(posedge clk) begin
        folded  <= (BITS + 1)'(sum[SPLIT-1:0]) + (BITS + 1)'(entry);
        reduced <= less[BITS+1] ? folded[BITS-1:0] : less[BITS-1:0];
    end

    logic unused;
    assign unused = &{1'b0, less[BITS]};
endmodule
