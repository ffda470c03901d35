// The valid bits of a pipeline of LATENCY registers, which stands still as a whole when its last item is not taken.
//
//   in_valid --[reg]-- ... --[reg]-- out_valid
//                 ^ enable = out_ready or nothing at the end
//
// Whoever computes puts LATENCY registers between its input and its output and clocks all of them with `enable`.
// Bubbles are kept. Latency: LATENCY, at least 1. One item a cycle.
module pipeline #(
    parameter int LATENCY = 1
) (
    input  logic clk,
    input  logic rst,
    input  logic in_valid,
    output logic in_ready,
    output logic out_valid,
    input  logic out_ready,
    output logic enable
);
    logic [LATENCY-1:0] valid;

    assign out_valid = valid[LATENCY-1];
    assign enable    = out_ready || !out_valid;
    assign in_ready  = enable;

    if (LATENCY == 1) begin : g_one
        always_ff @(posedge clk) begin
            if (rst) valid <= '0;
            else if (enable) valid <= in_valid;
        end
    end else begin : g_many
        always_ff @(posedge clk) begin
            if (rst) valid <= '0;
            else if (enable) valid <= {valid[LATENCY-2:0], in_valid};
        end
    end
endmodule
