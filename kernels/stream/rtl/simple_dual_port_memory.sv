// A memory of DEPTH words with one port to write and one to read.
//
// An address in a cycle with read_enable gives read_data in the next one, which stays until the next read. Reading the
// word that is being written gives what was there before, in simulation; rely on neither. STYLE is a hint to synthesis:
// "auto", "block", "ultra" or "distributed".
//
// Latency: 1. A word in and a word out each cycle.
module simple_dual_port_memory #(
    parameter int WIDTH = 64,
    parameter int DEPTH = 512,
    /* verilator lint_off UNUSEDPARAM */
    parameter STYLE = "auto",
    /* verilator lint_on UNUSEDPARAM */
    parameter int    ADDRESS_BITS = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input  logic                    clk,
    input  logic                    write_enable,
    input  logic [ADDRESS_BITS-1:0] write_address,
    input  logic [WIDTH-1:0]        write_data,
    input  logic                    read_enable,
    input  logic [ADDRESS_BITS-1:0] read_address,
    output logic [WIDTH-1:0]        read_data
);
    (* ram_style = STYLE *) logic [WIDTH-1:0] words[DEPTH];

    always_ff @(posedge clk) begin
        if (write_enable) words[write_address] <= write_data;
        if (read_enable) read_data <= words[read_address];
    end
endmodule
