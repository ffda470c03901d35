// Keccak-256 of 4 (AVX2) or 8 (AVX-512) messages at once, a message a lane. Include this in one file an
// instruction set.
//
// Operations a round, all lanes together:
//
//                theta                              rho           chi    iota
//   AVX-512      10 + 5 rotations + 5 + 25          24 rotations  25     1      95
//   AVX2         20 + 5 x 3 + 5 + 25                2 + 22 x 3    50     1      184
//
// Floor of the 24 rounds: Zen 4 starts two operations of 512 bits a cycle, of which one a rotation: 1140 cycles for
// 8 messages, 143 a message. Of 256 bits it and Zen 3 start four: 1104 cycles for 4, 276 a message. The
// state has 25 words: with 32 registers it stays in them, with 16 about half of it lies in memory. A round is
// a chain of 9 to 10 cycles from one theta to the next, too long to hide in the processor's window: measured
// 193 and 375 cycles a message.
#pragma once

#include "kernels/hashes/cpu/keccak.hpp"
#include "kernels/hashes/cpu/lane_groups.hpp"
#include "kernels/hashes/cpu/lanes64.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

struct Keccak256Lanes {
    using L = Lanes64;
    using V = L::Vector;
    static constexpr unsigned lanes = L::count;
    static constexpr std::size_t rate = 136, rate_words = rate / 8;

    // Row by row of the result, so that a row's five words can take the registers of the five that they are
    // made of. For the same reason theta's sums are finished first, although a ternary operation could add
    // both parts to each word: with five values fewer to keep, moves to memory fall from 47 to 16 a round.
    static __attribute__((noinline)) void permute(V* state) {
        V a[25];
        unroll<25>([&](auto i) __attribute__((always_inline)) { a[i] = state[i]; });
        for (const std::uint64_t constant : keccak_round_constants) {
            V c[5], d[5], next[25];
            unroll<5>([&](auto x) __attribute__((always_inline)) {
                c[x] = L::exclusive_or(L::exclusive_or(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]);
            });
            unroll<5>([&](auto x) __attribute__((always_inline)) {
                d[x] = L::exclusive_or(c[(x + 4) % 5], L::template rotate_left<1>(c[(x + 1) % 5]));
            });
            unroll<5>([&](auto row) __attribute__((always_inline)) {
                V b[5];
                unroll<5>([&](auto column) __attribute__((always_inline)) {
                    // (x, y) goes to (y, 2x + 3y), so y is the column and x half of what is left of the row.
                    constexpr unsigned y = column, x = 3 * (row + 2 * y) % 5, from = x + 5 * y;
                    b[column] =
                        L::template rotate_left<keccak_rotations[from]>(L::exclusive_or(a[from], d[x]));
                });
                unroll<5>([&](auto x) __attribute__((always_inline)) {
                    next[5 * row + x] = L::chi(b[x], b[(x + 1) % 5], b[(x + 2) % 5]);
                });
            });
            next[0] = L::exclusive_or(next[0], L::all(constant));
            unroll<25>([&](auto i) __attribute__((always_inline)) { a[i] = next[i]; });
        }
        unroll<25>([&](auto i) __attribute__((always_inline)) { state[i] = a[i]; });
    }

    static void absorb(V* state, const std::uint8_t* const* rows, std::size_t at) {
        V words[rate_words];
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            L::load_words(rows, at + 32 * i, words + 4 * i);
        });
        words[16] = L::load_word(rows, at + 128);
        unroll<rate_words>([&](auto i) __attribute__((always_inline)) {
            state[i] = L::exclusive_or(state[i], words[i]);
        });
        permute(state);
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        const std::size_t left = length % rate, whole = length - left;
        std::uint8_t padding[rate] = {};
        padding[left] |= 0x01;
        padding[rate - 1] |= 0x80;
        LastBlocks<lanes, rate> last(padding);
        const Lookahead<lanes> lookahead(length);
        for_lane_groups<lanes>(messages, length, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V state[25];
            for (auto& word : state) word = L::all(0);
            for (std::size_t at = 0; at < whole; at += rate) {
                lookahead.prefetch(rows, at, rate);
                absorb(state, rows, at);
            }
            lookahead.prefetch(rows, whole, left);
            absorb(state, last.fill(rows, whole, left), 0);
            L::store_rows(state, out);
        });
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        for_lane_groups<lanes>(pairs, 64, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V state[25];
            L::load_words(rows, 0, state);
            L::load_words(rows, 32, state + 4);
            for (unsigned i = 8; i < 25; ++i) state[i] = L::all(0);
            state[8] = L::all(0x01);
            state[rate_words - 1] = L::all(std::uint64_t(0x80) << 56);
            permute(state);
            L::store_rows(state, out);
        });
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
