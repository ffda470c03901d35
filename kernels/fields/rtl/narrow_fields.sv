// Latencies of the units of fields of one word, for those that build them into pipelines.
//
// All of these fields have moduli 2^BITS - 2^EXPONENT + 1, which is what units have as parameters: Goldilocks 64 and 32,
// BabyBear 31 and 27, KoalaBear 31 and 24. Values are canonical everywhere.
package narrow_fields;
    // A design uses the units that it needs.
    /* verilator lint_off UNUSEDPARAM */
    localparam int MULTIPLIER_LATENCY = 9;
    localparam int ADDER_LATENCY = 2;
    localparam int SUBTRACTOR_LATENCY = 2;
    /* verilator lint_on UNUSEDPARAM */
endpackage
