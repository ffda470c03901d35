// The buckets of all windows: BUCKETS points in UltraRAM, one read and one written each cycle.
//
// Latency: 1 from an address to its point. UltraRAM: ceil(BITS / 72) ceil(BUCKETS / 4096).
module msm_buckets #(
    parameter int BITS         = 1152,
    parameter int BUCKETS      = 81920,
    parameter int ADDRESS_BITS = $clog2(BUCKETS)
) (
    input  logic                    clk,
    input  logic                    write_enable,
    input  logic [ADDRESS_BITS-1:0] write_address,
    input  logic [BITS-1:0]         write_data,
    input  logic                    read_enable,
    input  logic [ADDRESS_BITS-1:0] read_address,
    output logic [BITS-1:0]         read_data
);
    simple_dual_port_memory #(
        .WIDTH(BITS),
        .DEPTH(BUCKETS),
        .STYLE("ultra")
    ) memory (
        .clk,
        .write_enable,
        .write_address,
        .write_data,
        .read_enable,
        .read_address,
        .read_data
    );
endmodule
