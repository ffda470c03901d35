// Latencies of Poseidon2's parts, in cycles, for those that build them into a permutation; poseidon2.py has them too.
package poseidon2_latency;
    // A design uses the parts that it needs.
    /* verilator lint_off UNUSEDPARAM */
    localparam int SBOX = (poseidon2::ALPHA == 7 ? 3 : 2) * narrow_fields::MULTIPLIER_LATENCY;
    localparam int REDUCE = 2;
    localparam int EXTERNAL = 4 + REDUCE;
    localparam int FULL = SBOX + EXTERNAL;
    localparam int PARTIAL = SBOX + narrow_fields::ADDER_LATENCY;
    // From a layer's input to its constants: in this cycle they must be there.
    localparam int EXTERNAL_CONSTANTS = 2;
    localparam int INTERNAL_CONSTANTS = 1;
    /* verilator lint_on UNUSEDPARAM */
endpackage
