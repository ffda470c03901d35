// RPO-256: Rescue Prime Optimized over Goldilocks (eprint 2022/1577), as in Miden.
//
// A round takes 12 x^7 of 4 products and 12 x^(1/7) of 72: 6,384 products in 7 rounds, which is where the time goes. The
// matrix has entries of 5 bits: 288 products with halves of words.

#define SPONGE_WIDTH 12
#define SPONGE_RATE 8
#define SPONGE_LENGTH 1

CONSTANT u64 RPO_FIRST[RPO_ROUNDS * 12] = {RPO_FIRST_CONSTANTS};
CONSTANT u64 RPO_SECOND[RPO_ROUNDS * 12] = {RPO_SECOND_CONSTANTS};
CONSTANT u64 RPO_MATRIX[12] = {RPO_MATRIX_ROW};

FUNCTION words sponge_element(words canonical) { return canonical; }
FUNCTION words sponge_digest(words x) { return gl_canonical(x); }

// Times the circulant matrix, plus constants.
FUNCTION void rpo_matrix(words *x, CONSTANT_POINTER(u64) constants) {
    halves in[12];
    UNROLL for (u32 i = 0; i < 12; ++i) in[i] = halves_split(x[i]);
    UNROLL for (u32 i = 0; i < 12; ++i) {
        halves sum = halves_of((words)(constants[i] & FE_EPSILON), (words)(constants[i] >> 32));
        UNROLL for (u32 j = 0; j < 12; ++j) {
            const u64 entry = RPO_MATRIX[(j + 12 - i) % 12];
            sum = halves_of(sum.low + in[j].low * entry, sum.high + in[j].high * entry);
        }
        x[i] = halves_joined(sum);
    }
}

// Lanes that go through the S-boxes side by side, so that the steps of one fill the waits of another; then the next.
// A GPU has other threads for that, and wants the registers.
#if LANES == 1
#define RPO_TOGETHER 3
#else
#define RPO_TOGETHER 6
#endif
#define RPO_EACH UNROLL for (u32 i = 0; i < RPO_TOGETHER; ++i)

FUNCTION void rpo_next_lanes(words *x) {
    words first[RPO_TOGETHER];
    RPO_EACH first[i] = x[i];
    UNROLL for (u32 i = RPO_TOGETHER; i < 12; ++i) x[i - RPO_TOGETHER] = x[i];
    RPO_EACH x[12 - RPO_TOGETHER + i] = first[i];
}

FUNCTION void rpo_power_7(words *x) {
    for (u32 group = 0; group < 12; group += RPO_TOGETHER) {
        RPO_EACH {
            const words square = gl_square(x[i]);
            x[i] = gl_mul(gl_square(square), gl_mul(square, x[i]));
        }
        rpo_next_lanes(x);
    }
}

// x^(2^squarings) y
FUNCTION void rpo_shift_and_multiply(const words *x, u32 squarings, const words *y, words *result) {
    words power[RPO_TOGETHER];
    RPO_EACH power[i] = x[i];
    for (u32 step = 0; step < squarings; ++step) {
        RPO_EACH power[i] = gl_square(power[i]);
    }
    RPO_EACH result[i] = gl_mul(power[i], y[i]);
}

// x^(1/7) = x^0x92492491b6db6db7: the exponent's upper half repeats 100, its lower half 110, so that runs are built by
// doubling their length (the chain of the reference implementations).
FUNCTION void rpo_power_inverse_7(words *x) {
    for (u32 group = 0; group < 12; group += RPO_TOGETHER) {
        words tail[RPO_TOGETHER], twice[RPO_TOGETHER], run[RPO_TOGETHER], all[RPO_TOGETHER];
        RPO_EACH {
            const words two = gl_square(x[i]);
            run[i] = gl_square(two);
            tail[i] = gl_mul(gl_mul(two, run[i]), x[i]);
        }
        rpo_shift_and_multiply(run, 3, run, twice);   // 100 twice
        rpo_shift_and_multiply(twice, 6, twice, run);  // four times
        rpo_shift_and_multiply(run, 12, run, run);     // eight times
        rpo_shift_and_multiply(run, 6, twice, run);    // ten times
        rpo_shift_and_multiply(run, 31, run, all);     // ten times, a zero, ten times
        RPO_EACH {
            const words upper = gl_square(gl_mul(gl_square(all[i]), run[i]));
            x[i] = gl_mul(gl_square(upper), tail[i]);
        }
        rpo_next_lanes(x);
    }
}

FUNCTION void sponge_permute(words *x) {
    for (u32 round = 0; round < RPO_ROUNDS; ++round) {
        rpo_matrix(x, RPO_FIRST + 12 * round);
        rpo_power_7(x);
        rpo_matrix(x, RPO_SECOND + 12 * round);
        rpo_power_inverse_7(x);
    }
}
