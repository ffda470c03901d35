// SHA-256 by the SHA extensions, two messages at a time.
//
// Two rounds are one sha256rnds2, which waits for the one before it: 4 cycles on Zen and Intel's cores, which could
// start one every 2 cycles. So two messages take turns. A block is 32 of them, 12 sha256msg1, 12 sha256msg2
// and some 50 simple operations; the floor is 64 cycles a block and message, 128 for a message alone. The
// second block of a 64-byte message is padding, and its schedule a constant.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__SHA__)
#include <immintrin.h>

#include "kernels/hashes/cpu/lane_groups.hpp"
#include "kernels/hashes/cpu/sha256_constants.hpp"
#endif

namespace zkmark {

#if defined(__SHA__)

namespace {

constexpr unsigned lanes = 2;

ZKMARK_ALWAYS_INLINE __m128i load(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

ZKMARK_ALWAYS_INLINE __m128i swap_bytes(__m128i a) {
    return _mm_shuffle_epi8(a, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

// The state as the instructions want it: words a, b, e, f and c, d, g, h, the first one uppermost.
struct State {
    __m128i abef, cdgh;
};

ZKMARK_ALWAYS_INLINE State initial_state() {
    const auto& s = sha256_initial_state;
    return {_mm_set_epi32(int(s[0]), int(s[1]), int(s[4]), int(s[5])),
            _mm_set_epi32(int(s[2]), int(s[3]), int(s[6]), int(s[7]))};
}

ZKMARK_ALWAYS_INLINE void four_rounds(State* s, const __m128i* words) {
    __m128i upper[lanes];
    unroll<lanes>([&](auto i) __attribute__((always_inline)) {
        s[i].cdgh = _mm_sha256rnds2_epu32(s[i].cdgh, s[i].abef, words[i]);
        upper[i] = _mm_shuffle_epi32(words[i], 0x0e);
    });
    unroll<lanes>([&](auto i) __attribute__((always_inline)) {
        s[i].abef = _mm_sha256rnds2_epu32(s[i].abef, s[i].cdgh, upper[i]);
    });
}

ZKMARK_ALWAYS_INLINE void add_to(State* state, const State* s) {
    for (unsigned i = 0; i < lanes; ++i) {
        state[i].abef = _mm_add_epi32(state[i].abef, s[i].abef);
        state[i].cdgh = _mm_add_epi32(state[i].cdgh, s[i].cdgh);
    }
}

void compress(State* state, const std::uint8_t* const* rows, std::size_t at) {
    State s[lanes] = {state[0], state[1]};
    __m128i w[4][lanes];
    unroll<16>([&](auto step) __attribute__((always_inline)) {
        const __m128i constants = load(sha256_round_constants.data() + 4 * step);
        auto& now = w[step % 4];
        const auto& before = w[(step + 3) % 4];
        auto& earlier = w[(step + 2) % 4];
        __m128i words[lanes];
        unroll<lanes>([&](auto i) __attribute__((always_inline)) {
            if constexpr (step < 4) {
                now[i] = swap_bytes(load(rows[i] + at + 16 * step));
            } else {
                // now holds the words 16 before, with sigma0 of those after each added already.
                const __m128i sum = _mm_add_epi32(now[i], _mm_alignr_epi8(before[i], earlier[i], 4));
                now[i] = _mm_sha256msg2_epu32(sum, before[i]);
            }
            words[i] = _mm_add_epi32(now[i], constants);
            if constexpr (step >= 2 && step < 14) earlier[i] = _mm_sha256msg1_epu32(earlier[i], before[i]);
        });
        four_rounds(s, words);
    });
    add_to(state, s);
}

void compress_constant(State* state, const std::uint32_t* schedule) {
    State s[lanes] = {state[0], state[1]};
    for (unsigned step = 0; step < 16; ++step) {
        const __m128i word = load(schedule + 4 * step), words[lanes] = {word, word};
        four_rounds(s, words);
    }
    add_to(state, s);
}

ZKMARK_ALWAYS_INLINE void store_digests(const State* state, std::uint8_t* out) {
    for (unsigned i = 0; i < lanes; ++i, out += digest_bytes) {
        // Low half first: d c b a from (f e b a) and (h g d c).
        const __m128i low = _mm_unpackhi_epi64(state[i].cdgh, state[i].abef);
        const __m128i high = _mm_unpacklo_epi64(state[i].cdgh, state[i].abef);
        const __m128i reverse = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(low, reverse));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), _mm_shuffle_epi8(high, reverse));
    }
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    const std::size_t left = length % 64, whole = length - left;
    const Sha256Padding padding(length);
    const auto schedule = sha256_schedule(padding.bytes);
    LastBlocks<lanes, 128> last(padding.bytes);
    for_lane_groups<lanes>(messages, length, count, digests,
                           [&](const std::uint8_t* const* rows, std::uint8_t* out) {
        State state[lanes] = {initial_state(), initial_state()};
        for (std::size_t at = 0; at < whole; at += 64) compress(state, rows, at);
        if (left == 0) {
            compress_constant(state, schedule.data());
        } else {
            const auto blocks = last.fill(rows, whole, left);
            for (std::size_t at = 0; at < padding.size; at += 64) compress(state, blocks, at);
        }
        store_digests(state, out);
    });
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    for_lane_groups<lanes>(pairs, 64, count, digests,
                           [&](const std::uint8_t* const* rows, std::uint8_t* out) {
        State state[lanes] = {initial_state(), initial_state()};
        compress(state, rows, 0);
        compress_constant(state, sha256_padding_schedule.data());
        store_digests(state, out);
    });
}

}  // namespace

const HashKernels sha256_sha = {hash_many, compress_pairs};

#else

const HashKernels sha256_sha = {};

#endif

}  // namespace zkmark
