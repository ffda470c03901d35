// What came in CYCLES cycles ago, kept in a small memory: for wide and long delays that never stand still.
//
//   in --> [memory of CYCLES - 1 words, one place written and read each cycle] --> [reg] --> out
//
// Half the LUTs of shift registers, as distributed RAM holds two bits of 32 words where a LUT shifts one; and a
// simulator moves one word instead of CYCLES. The place needs no reset: wherever it begins, it is in the ring after a
// cycle or more. Holds garbage until it is filled.
//
// Latency: CYCLES, from 0. One item a cycle.
module ring_delay #(
    parameter int WIDTH  = 64,
    parameter int CYCLES = 16
) (
    input  logic             clk,
    input  logic [WIDTH-1:0] in,
    output logic [WIDTH-1:0] out
);
    if (CYCLES < 4) begin : g_registers
        delay #(.WIDTH(WIDTH), .CYCLES(CYCLES)) registers (.clk, .enable(1'b1), .in, .out);
    end else begin : g_ring
        localparam int WORDS = CYCLES - 1;
        localparam int BITS  = $clog2(WORDS);

        (* ram_style = "distributed" *) logic [WIDTH-1:0] words[WORDS];
        logic [BITS-1:0] place;

        always_ff @(posedge clk) begin
            place        <= place >= BITS'(WORDS - 1) ? '0 : place + 1'b1;
            words[place] <= in;
            out          <= words[place];
        end
    end
endmodule
