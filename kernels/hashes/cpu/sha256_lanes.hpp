// SHA-256 of 8 (AVX2) or 16 (AVX-512) messages at once, a message a lane. Include this in one file an
// instruction set.
//
// Operations a block, all lanes together (64 rounds, 48 words of schedule):
//
//                      a round                              a word              a block
//   AVX-512            6 rotations, 4 ternary, 7 additions  4 + 2 shifts, 2, 3  1616
//   AVX2               6 x 3, 4 + 3 + 3, 7                  2 x (5 + 4), 3      3200
//
// Floor: Zen 4 starts two operations of 512 bits a cycle (of which one rotation, shift or shuffle): 808 cycles,
// 50.5 a message. Of 256 bits it and Zen 3 start four: 800 cycles, 100 a message. The second block of a
// 64-byte message is padding: its schedule is a constant, which leaves 16 operations a round and 32 cycles a
// message with AVX-512. SHA-NI takes 64 cycles for the rounds of a block at best (sha256_sha.cpp).
// Transposing adds 96 operations a block and 40 a digest. The rounds' constants are operands in memory.
//
// Measured on Zen 4, cycles a message and block: 71 in 16 lanes, where the processor sees too little of the work
// ahead, 63 in 32 lanes, two vectors a word; with the constant schedule 49 and 39.
#pragma once

#include <array>
#include <cstring>

#include "kernels/hashes/cpu/lane_groups.hpp"
#include "kernels/hashes/cpu/lanes32.hpp"
#include "kernels/hashes/cpu/sha256_constants.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class L>
struct Sha256Lanes {
    using V = typename L::Vector;
    using Transpose = Transpose32<L>;
    static constexpr unsigned lanes = L::count;

    struct State {
        V word[8];
    };

    static ZKMARK_ALWAYS_INLINE State initial_state() {
        State state;
        for (unsigned i = 0; i < 8; ++i) state.word[i] = L::all(sha256_initial_state[i]);
        return state;
    }

    template <int bits>
    static ZKMARK_ALWAYS_INLINE V right(V a) { return L::template rotate_right<bits>(a); }

    // Round i of 16; names turn instead of values.
    template <unsigned i>
    static ZKMARK_ALWAYS_INLINE void round(V* s, V word) {
        V &a = s[(16 - i) % 8], &b = s[(17 - i) % 8], &c = s[(18 - i) % 8], &d = s[(19 - i) % 8];
        V &e = s[(20 - i) % 8], &f = s[(21 - i) % 8], &g = s[(22 - i) % 8], &h = s[(23 - i) % 8];
        const V sum1 = L::exclusive_or(right<6>(e), right<11>(e), right<25>(e));
        const V sum0 = L::exclusive_or(right<2>(a), right<13>(a), right<22>(a));
        const V t = L::add(L::add(h, word), L::add(sum1, L::choose(e, f, g)));
        d = L::add(d, t);
        h = L::add(t, L::add(sum0, L::majority(a, b, c)));
    }

    // The word i of the next 16 of the schedule, in place of word i of the last 16.
    template <unsigned i>
    static ZKMARK_ALWAYS_INLINE void extend(V* w) {
        const V early = w[(i + 1) % 16], late = w[(i + 14) % 16];
        const V sigma0 =
            L::exclusive_or(right<7>(early), right<18>(early), L::template shift_right<3>(early));
        const V sigma1 =
            L::exclusive_or(right<17>(late), right<19>(late), L::template shift_right<10>(late));
        w[i] = L::add(L::add(w[i], sigma0), L::add(w[(i + 9) % 16], sigma1));
    }

    static ZKMARK_ALWAYS_INLINE void add_to(State& state, const V* s) {
        for (unsigned i = 0; i < 8; ++i) state.word[i] = L::add(state.word[i], s[i]);
    }

    static void compress(State& state, const std::uint8_t* const* rows, std::size_t at) {
        V w[16], s[8];
        Transpose::template load_blocks<true>(rows, at, w);
        for (unsigned i = 0; i < 8; ++i) s[i] = state.word[i];
        const std::uint32_t* k = sha256_round_constants.data();
        unroll<16>([&](auto i) __attribute__((always_inline)) { round<i>(s, L::add(w[i], L::all(k[i]))); });
        for (unsigned block = 1; block < 4; ++block) {
            k += 16;
            unroll<16>([&](auto i) __attribute__((always_inline)) {
                extend<i>(w);
                round<i>(s, L::add(w[i], L::all(k[i])));
            });
        }
        add_to(state, s);
    }

    // A block that is the same for all messages: `schedule` has its words and the rounds' constants added.
    static void compress_constant(State& state, const std::uint32_t* schedule) {
        V s[8];
        for (unsigned i = 0; i < 8; ++i) s[i] = state.word[i];
        for (unsigned block = 0; block < 4; ++block, schedule += 16)
            unroll<16>([&](auto i) __attribute__((always_inline)) { round<i>(s, L::all(schedule[i])); });
        add_to(state, s);
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        const std::size_t left = length % 64, whole = length - left;
        const Sha256Padding padding(length);
        const auto schedule = sha256_schedule(padding.bytes);
        LastBlocks<lanes, 128> last(padding.bytes);
        const Lookahead<lanes> lookahead(length);
        for_lane_groups<lanes>(messages, length, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            State state = initial_state();
            for (std::size_t at = 0; at < whole; at += 64) {
                lookahead.prefetch(rows, at, 64);
                compress(state, rows, at);
            }
            if (left == 0) {
                compress_constant(state, schedule.data());
            } else {
                const auto blocks = last.fill(rows, whole, left);
                for (std::size_t at = 0; at < padding.size; at += 64) compress(state, blocks, at);
            }
            Transpose::template store_digests<true>(state.word, out);
        });
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        for_lane_groups<lanes>(pairs, 64, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            State state = initial_state();
            compress(state, rows, 0);
            compress_constant(state, sha256_padding_schedule.data());
            Transpose::template store_digests<true>(state.word, out);
        });
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
