// Where the words of a block are: the ways in which the four-step method walks through external memory.
//
//   COLUMNS  a row's words one after the other, rows row_words apart: natural order
//   ROWS     a lane's words at the bit-reversed place of its column: bit-reversed order; transposed on the way
//   TILES    the matrix between the passes, as tiles of LANES * width columns and rows: each pass has its tiles of
//            a block in few long bursts, the second all of them in one
package ntt_layout;
    typedef enum logic [1:0] {
        COLUMNS,
        ROWS,
        TILES
    } kind_t;

    // The lowest `bits` bits of a number of so many bits, reversed.
    function automatic logic [15:0] reversed(logic [15:0] number, logic [3:0] bits);
        logic [15:0] all;
        for (int i = 0; i < 16; i++) all[i] = number[15-i];
        return all >> (5'd16 - 5'(bits));
    endfunction
endpackage
