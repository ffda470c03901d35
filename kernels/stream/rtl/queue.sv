// A first-in first-out queue of DEPTH items, with a register more at its end.
//
//   in --> [memory of DEPTH] --> [register] --> out
//
// `count` is the items in it, the register's included: at most DEPTH + 1. `in_ready` does not depend on `out_ready`.
// DEPTH is a power of two, from 2. Latency: 2 when it is empty. One item in and one out each cycle.
module queue #(
    parameter int WIDTH = 64,
    parameter int DEPTH = 16,
    parameter int COUNT_BITS = $clog2(DEPTH) + 1
) (
    input  logic                  clk,
    input  logic                  rst,
    input  logic                  in_valid,
    output logic                  in_ready,
    input  logic [WIDTH-1:0]      in_data,
    output logic                  out_valid,
    input  logic                  out_ready,
    output logic [WIDTH-1:0]      out_data,
    output logic [COUNT_BITS-1:0] count
);
    localparam int ADDRESS_BITS = $clog2(DEPTH);

    logic [ADDRESS_BITS:0] written, read;  // one bit more than an address: full is not empty
    logic push, pop;

    assign in_ready = (written - read) != (ADDRESS_BITS + 1)'(DEPTH);
    assign push     = in_valid && in_ready;
    assign pop      = written != read && (!out_valid || out_ready);
    assign count    = COUNT_BITS'(written - read) + COUNT_BITS'(out_valid);

    simple_dual_port_memory #(
        .WIDTH(WIDTH),
        .DEPTH(DEPTH)
    ) memory (
        .clk,
        .write_enable (push),
        .write_address(written[ADDRESS_BITS-1:0]),
        .write_data   (in_data),
        .read_enable  (pop),
        .read_address (read[ADDRESS_BITS-1:0]),
        .read_data    (out_data)
    );

    always_ff @(posedge clk) begin
        if (rst) begin
            written   <= '0;
            read      <= '0;
            out_valid <= 1'b0;
        end else begin
            if (push) written <= written + 1'b1;
            if (pop) read <= read + 1'b1;
            out_valid <= pop || (out_valid && !out_ready);
        end
    end
endmodule
