// BLAKE3 of 8 (AVX2) or 16 (AVX-512) messages at once, a message a lane. Include this in one file an
// instruction set.
//
// A compression is 7 rounds of 8 mixings. A mixing is 6 additions, 4 exclusive ors and 4 rotations, which
// AVX2 does in one byte shuffle (by 16 and 8) or three operations (by 12 and 7). With 8 exclusive ors at
// the end that is 792 operations with AVX-512, 1016 with AVX2. Transposing adds 80 for the block and 32 for
// the digest. Message words are operands in memory: 112 loads.
//
// Floor: Zen 4 starts two operations of 512 bits a cycle, of which one a rotation or shuffle: 396 cycles for 16
// messages, 452 with transposing, 28 a message. Of 256 bits it starts four: 254 cycles for 8, 35 a message
// with transposing. Measured on Zen 4: 33 cycles a block and message in two vectors of 512 bits, 38 in one;
// 71 in one of 256 bits, where 16 registers are too few for the state and 14 % of the operations are moves.
//
// All messages have one length, so their chunk trees have one shape: the recursion over it is the portable
// one with a vector for each word, and parents take their children's words as they are, without transposing.
#pragma once

#include "kernels/hashes/cpu/blake3_constants.hpp"
#include "kernels/hashes/cpu/lane_groups.hpp"
#include "kernels/hashes/cpu/lanes32.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class L>
struct Blake3Lanes {
    using V = typename L::Vector;
    using Transpose = Transpose32<L>;
    using Flag = Blake3Flag;
    using Last = LastBlocks<L::count, blake3_block_bytes>;
    static constexpr unsigned lanes = L::count;

    // Four mixings side by side, step by step: one alone is a chain of 16 operations. Rows b, c and d are
    // turned by `turn` columns; `order` has the numbers of the eight message words.
    template <unsigned turn>
    static ZKMARK_ALWAYS_INLINE void mix(V* v, const V* m, const std::uint8_t* order) {
        const auto each = [](auto&& step) __attribute__((always_inline)) { unroll<4>(step); };
        const auto a = [](auto i) __attribute__((always_inline)) { return std::size_t(i); };
        const auto b = [](auto i) __attribute__((always_inline)) { return 4 + (i + turn) % 4; };
        const auto c = [](auto i) __attribute__((always_inline)) { return 8 + (i + 2 * turn) % 4; };
        const auto d = [](auto i) __attribute__((always_inline)) { return 12 + (i + 3 * turn) % 4; };
        each([&](auto i) __attribute__((always_inline)) { v[a(i)] = L::add(v[a(i)], m[order[2 * i]]); });
        each([&](auto i) __attribute__((always_inline)) { v[a(i)] = L::add(v[a(i)], v[b(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[d(i)] = L::exclusive_or(v[d(i)], v[a(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[d(i)] = L::template rotate_right<16>(v[d(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[c(i)] = L::add(v[c(i)], v[d(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[b(i)] = L::exclusive_or(v[b(i)], v[c(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[b(i)] = L::template rotate_right<12>(v[b(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[a(i)] = L::add(v[a(i)], m[order[2 * i + 1]]); });
        each([&](auto i) __attribute__((always_inline)) { v[a(i)] = L::add(v[a(i)], v[b(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[d(i)] = L::exclusive_or(v[d(i)], v[a(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[d(i)] = L::template rotate_right<8>(v[d(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[c(i)] = L::add(v[c(i)], v[d(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[b(i)] = L::exclusive_or(v[b(i)], v[c(i)]); });
        each([&](auto i) __attribute__((always_inline)) { v[b(i)] = L::template rotate_right<7>(v[b(i)]); });
    }

    // The eight words of `chaining` after the block `m`.
    static __attribute__((noinline)) void compress(V* chaining, const V* m, std::uint32_t length,
                                                   std::uint64_t counter, std::uint32_t flags) {
        V v[16];
        for (unsigned i = 0; i < 8; ++i) v[i] = chaining[i];
        for (unsigned i = 0; i < 4; ++i) v[8 + i] = L::all(blake3_initial_value[i]);
        v[12] = L::all(std::uint32_t(counter));
        v[13] = L::all(std::uint32_t(counter >> 32));
        v[14] = L::all(length);
        v[15] = L::all(flags);
        unroll<blake3_rounds>([&](auto r) __attribute__((always_inline)) {
            constexpr const auto& order = blake3_message_order[r];
            mix<0>(v, m, order.data());
            mix<1>(v, m, order.data() + 8);
        });
        for (unsigned i = 0; i < 8; ++i) chaining[i] = L::exclusive_or(v[i], v[i + 8]);
    }

    static ZKMARK_ALWAYS_INLINE void start(V* chaining) {
        for (unsigned i = 0; i < 8; ++i) chaining[i] = L::all(blake3_initial_value[i]);
    }

    // One chunk of each message, from byte `at` on; `top` is `root` if it is the whole message.
    static void chunk(const std::uint8_t* const* rows, std::size_t at, std::size_t length, std::uint32_t top,
                      Last& last, V* chaining) {
        const std::uint64_t index = at / blake3_chunk_bytes;
        std::uint32_t flags = Flag::chunk_start;
        V m[16];
        start(chaining);
        for (; length > blake3_block_bytes; length -= blake3_block_bytes, at += blake3_block_bytes) {
            Transpose::template load_blocks<false>(rows, at, m);
            compress(chaining, m, blake3_block_bytes, index, flags);
            flags = 0;
        }
        flags |= Flag::chunk_end | top;
        if (length == blake3_block_bytes) Transpose::template load_blocks<false>(rows, at, m);
        else Transpose::template load_blocks<false>(last.fill(rows, at, length), 0, m);
        compress(chaining, m, std::uint32_t(length), index, flags);
    }

    // The subtree over `length` bytes from byte `at` on: its left part is complete and as large as can be
    // with the right one not empty.
    static void subtree(const std::uint8_t* const* rows, std::size_t at, std::size_t length,
                        std::uint32_t top, Last& last, V* chaining) {
        if (length <= blake3_chunk_bytes) return chunk(rows, at, length, top, last, chaining);
        std::size_t middle = blake3_chunk_bytes;
        while (2 * middle < length) middle *= 2;
        V children[16];
        subtree(rows, at, middle, 0, last, children);
        subtree(rows, at + middle, length - middle, 0, last, children + 8);
        start(chaining);
        compress(chaining, children, blake3_block_bytes, 0, Flag::parent | top);
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        static constexpr std::uint8_t zeros[blake3_block_bytes] = {};
        Last last(zeros);
        for_lane_groups<lanes>(messages, length, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V chaining[8];
            subtree(rows, 0, length, Flag::root, last, chaining);
            Transpose::template store_digests<false>(chaining, out);
        });
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        for_lane_groups<lanes>(pairs, blake3_block_bytes, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V chaining[8], m[16];
            Transpose::template load_blocks<false>(rows, 0, m);
            start(chaining);
            compress(chaining, m, blake3_block_bytes, 0, Flag::chunk_start | Flag::chunk_end | Flag::root);
            Transpose::template store_digests<false>(chaining, out);
        });
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
