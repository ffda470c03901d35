// What stood at `in` CYCLES cycles ago, for items that are rare or many: a ring in memory, of which an item is written
// once and read once, where registers would move it every cycle.
//
//   in --> [word `phase` of the ring] ... [word `phase` - (CYCLES - 1)] --[reg]--> out
//
// `phase` counts cycles and is shared by all rings of a pipeline. `in_enable`: an item comes in; `out_enable`, CYCLES - 1
// cycles later: it goes into the register. CYCLES is from 2 to 2^PHASE_BITS. Latency: CYCLES.
module montgomery_delay #(
    parameter int WIDTH      = 384,
    parameter int CYCLES     = 8,
    parameter int PHASE_BITS = 5
) (
    input  logic                  clk,
    input  logic [PHASE_BITS-1:0] phase,
    input  logic                  in_enable,
    input  logic                  out_enable,
    input  logic [WIDTH-1:0]      in,
    output logic [WIDTH-1:0]      out
);
    localparam int BITS = $clog2(CYCLES);
    (* ram_style = "distributed" *) logic [WIDTH-1:0] ring[1<<BITS];
    logic [BITS-1:0] place, oldest;
    assign place  = phase[BITS-1:0];
    assign oldest = place - BITS'(CYCLES - 1);
    if (BITS < PHASE_BITS) begin : g_spare
        logic unused;
        assign unused = &{1'b0, phase[PHASE_BITS-1:BITS]};
    end

    always_ff @(posedge clk) begin
        if (in_enable) ring[place] <= in;
        if (out_enable) out <= ring[oldest];
    end
endmodule
