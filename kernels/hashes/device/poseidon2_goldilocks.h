// Poseidon2 over Goldilocks. Linear layers add up halves; in partial rounds only lane 0, which goes through the S-box,
// is made a word each round. The other lanes' halves grow by less than 5 bits a round and are reduced every fourth.
//
// Products of 64 bits: 4 an S-box, 4 (8 width + partial rounds) in all; linear layers multiply nothing.

FUNCTION words sponge_element(words canonical) { return canonical; }
FUNCTION words sponge_digest(words x) { return gl_canonical(x); }

// The external layer takes halves in (-2 * 2^32, 2 * 2^32) to 35 times as much. The constants of full rounds come with
// POSEIDON2_ZERO_LOW and _HIGH added, which are 0 modulo p and lift the low half above 0; in halves, side by side.
#define P2_LIFTED(a) halves_joined(halves_plus((a), POSEIDON2_ZERO_LOW, POSEIDON2_ZERO_HIGH))

FUNCTION void p2_external_layer(halves *x) { POSEIDON2_EXTERNAL_LAYER(halves, halves_add, x) }

FUNCTION halves p2_power(words x) {
    const words square = gl_square(x);
    return halves_product(gl_square(square), gl_mul(square, x));
}

FUNCTION void p2_full_rounds(halves *x, CONSTANT_POINTER(word) constants) {
    for (u32 round = 0; round < POSEIDON2_HALF_ROUNDS; ++round) {
        UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; ++i) {
            const u32 at = 2 * (POSEIDON2_WIDTH * round + i);
            x[i] = p2_power(halves_joined(halves_plus(x[i], constants[at], constants[at + 1])));
        }
        p2_external_layer(x);
    }
}

// n x, for n up to 4.
FUNCTION halves p2_times(halves x, u32 n) {
    return n == 3 ? halves_of(x.low * 3, x.high * 3) : halves_of(x.low << (n / 2), x.high << (n / 2));
}
// x / 2^n, whose high half may be negative, by up to 2^32. The bits l that are lost from the low half are worth
// l 2^-n = l 2^(32 - n) (1 - 2^32).
FUNCTION halves p2_halved(halves x, u32 n) {
    const u64 mask = (U64(1) << n) - 1;
    const words lost = (x.low & mask) << (32 - n), passed = (x.high & mask) << (32 - n);
    return halves_of((x.low >> n) + lost + passed, (x.high >> n) - lost);
}
#define POSEIDON2_PLUS(i, n) x[i] = halves_add(sum, p2_times(x[i], n));
#define POSEIDON2_MINUS(i, n) x[i] = halves_sub(sum_and_zero, p2_times(x[i], n));
#define POSEIDON2_PLUS_HALVED(i, n) x[i] = halves_add(sum_and_zero, p2_halved(x[i], n));
#define POSEIDON2_MINUS_HALVED(i, n) x[i] = halves_sub(sum_and_zero, p2_halved(x[i], n));

// Partial rounds have halves that are not negative, below B. A sum of 12 is below 11 B + 3 * 2^32, lane 0 being fresh
// from the S-box; what is taken from it is at most 3 B beyond what the sum has of the same lane, or 2^33 for a bit that
// is halved. A zero modulo p of 4 * 32^step * 2^32 less 8 * 32^step makes up for it: with results below
// 12.5 B + 3 * 2^32 and that zero, B is 1, 20, 390, 9000 and 2^18 times 2^32 after 0, 1, 2, 3 and 4 steps.
#define P2_STEPS 4

FUNCTION void p2_partial_rounds(halves *x) {
    UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; ++i) x[i] = halves_split(P2_LIFTED(x[i]));
    words word_0 = halves_joined(halves_plus(x[0], POSEIDON2_PARTIAL[0], POSEIDON2_PARTIAL[1]));
    for (u32 round = 0; round < POSEIDON2_PARTIAL_ROUNDS; ++round) {
        // m (2^32 + 1) + 2^32 m (2^32 - 2) = m p.
        const u64 m = U64(4) << (5 * (round % P2_STEPS));
        halves sum = x[1];
        UNROLL for (u32 i = 2; i < POSEIDON2_WIDTH; ++i) sum = halves_add(sum, x[i]);
        // And p 2^33, for the low half of a product.
        x[0] = halves_plus(p2_power(word_0), (U64(2) << 32) + 1, FE_EPSILON - 2);
        sum = halves_add(sum, x[0]);
        const halves sum_and_zero = halves_plus(sum, (m << 32) + m, (m << 32) - 2 * m);
        POSEIDON2_DIAGONAL
        const u32 next = 2 * (round + 1);
        word_0 = halves_joined(halves_plus(x[0], POSEIDON2_PARTIAL[next], POSEIDON2_PARTIAL[next + 1]));
        if (round % P2_STEPS == P2_STEPS - 1) {
            UNROLL for (u32 i = 1; i < POSEIDON2_WIDTH; ++i) x[i] = halves_split(halves_joined(x[i]));
        }
    }
    // The last constant is zero.
    x[0] = halves_split(word_0);
    UNROLL for (u32 i = 1; i < POSEIDON2_WIDTH; ++i) x[i] = halves_split(halves_joined(x[i]));
}

FUNCTION void sponge_permute(words *state) {
    halves x[POSEIDON2_WIDTH];
    UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; ++i) x[i] = halves_split(state[i]);
    p2_external_layer(x);
    p2_full_rounds(x, POSEIDON2_FIRST);
    p2_partial_rounds(x);
    p2_full_rounds(x, POSEIDON2_LAST);
    UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; ++i) state[i] = P2_LIFTED(x[i]);
}
