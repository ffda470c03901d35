// Where the words of a block are: the ways in which the four-step method walks through external memory.
//
//   COLUMNS  a row's words one after the other, rows row_words apart: natural order
//   ROWS     a lane's words at the bit-reversed place of its column: bit-reversed order; transposed on the way
//   TILES    the matrix between the passes, as tiles of LANES * width columns and rows: each pass has its tiles of
//            a block in few long bursts, the second all of them in one
package ntt_layout;
    localparam logic [1:0] COLUMNS = 2'd0;
    localparam logic [1:0] ROWS = 2'd1;
    localparam logic [1:0] TILES = 2'd2;
endpackage
