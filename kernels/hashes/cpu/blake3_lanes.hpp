// BLAKE3 of 8 (AVX2) or 32 (AVX-512) messages at once, a message a lane. Include this in one file an
// instruction set.
//
// A compression is 7 rounds of 8 mixings. A mixing is 6 additions, 4 exclusive ors and 4 rotations, which
// AVX2 does in one byte shuffle (by 16 and 8) or three operations (by 12 and 7). With 8 exclusive ors at
// the end that is 792 operations with AVX-512, 1016 with AVX2. Transposing adds 80 for the block and 32 for
// the digest. Message words are operands in memory: 112 loads.
//
// Floor: Zen 4 starts two operations of 512 bits a cycle, of which one a rotation or shuffle: 396 cycles for 16
// messages, 452 with transposing, 28 a message. Of 256 bits it starts four: 254 cycles for 8, 35 a message
// with transposing. Measured on Zen 4, cycles a block and message: 34 with AVX-512, of which the rounds
// (blake3_rounds.hpp) are 27 and transposing 4.5; 49 with AVX2, of which the rounds are 46: their chains
// are as long as the floor, 8 cycles of 9, and four of them side by side take 13 in whatever order.
//
// All messages have one length, so their chunk trees have one shape: the recursion over it is the portable
// one with a vector for each word, and parents take their children's words as they are, without transposing.
#pragma once

#include "kernels/hashes/cpu/blake3_constants.hpp"
#include "kernels/hashes/cpu/blake3_rounds.hpp"
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

    // What the first block of a message or a parent starts from.
    static ZKMARK_ALWAYS_INLINE void start(V* chaining) {
        for (unsigned i = 0; i < 8; ++i) chaining[i] = L::all(blake3_initial_value[i]);
    }

    // The eight words of `chaining` after the block `m`.
    static __attribute__((noinline)) void compress(V* out, const V* chaining, const V* m, std::uint32_t length,
                                                   std::uint64_t counter, std::uint32_t flags) {
        blake3_compress(out, chaining, m,
                        {std::uint32_t(counter), std::uint32_t(counter >> 32), length, flags});
    }

    // The messages of a group, and what their chunks start from.
    struct Group {
        const std::uint8_t* const* rows;
        const V* initial;
        Last& last;
        Lookahead<lanes> lookahead;

        // The words of the block at byte `at`: a whole one, or a last one of `length` bytes.
        ZKMARK_ALWAYS_INLINE void block(std::size_t at, V* m) const {
            lookahead.prefetch(rows, at, blake3_block_bytes);
            Transpose::template load_blocks<false>(rows, at, m);
        }
        ZKMARK_ALWAYS_INLINE void last_block(std::size_t at, std::size_t length, V* m) const {
            lookahead.prefetch(rows, at, blake3_block_bytes);
            Transpose::template load_blocks<false>(last.fill(rows, at, length), 0, m);
        }
    };

    // The same of messages whose words of 64 bits lie in columns. Nothing is transposed: a shuffle of two loads has
    // half of eight (AVX2) or sixteen messages' words, in an order of lanes that counts only for the digests.
    struct ColumnGroup {
        const std::uint64_t* const* columns;
        std::size_t row, row_ahead;  // of the group's first message, and what will soon be one
        const V* initial;

        ZKMARK_ALWAYS_INLINE void word(std::size_t column, V* m) const {
            const std::uint64_t* p = columns[column];
            L::load_halves(p + row, m[0], m[1]);
            for (unsigned i = 0; i < lanes; i += 8) __builtin_prefetch(p + row_ahead + i, 0, lanes <= 8 ? 3 : 2);
        }
        ZKMARK_ALWAYS_INLINE void block(std::size_t at, V* m) const {
            unroll<8>([&](auto k) __attribute__((always_inline)) { word(at / 8 + k, m + 2 * k); });
        }
        ZKMARK_ALWAYS_INLINE void last_block(std::size_t at, std::size_t bytes, V* m) const {
            for (unsigned k = 0; k < 8; ++k) {
                if (8 * k < bytes) word(at / 8 + k, m + 2 * k);
                else m[2 * k] = m[2 * k + 1] = L::all(0);
            }
        }
    };

    // One chunk of each message, from byte `at` on; `top` is `root` if it is the whole message.
    template <class Messages>
    static void chunk(const Messages& group, std::size_t at, std::size_t length, std::uint32_t top, V* chaining) {
        const std::uint64_t index = at / blake3_chunk_bytes;
        std::uint32_t flags = Flag::chunk_start;
        const V* before = group.initial;
        V m[16];
        for (; length > blake3_block_bytes; length -= blake3_block_bytes, at += blake3_block_bytes) {
            group.block(at, m);
            compress(chaining, before, m, blake3_block_bytes, index, flags);
            before = chaining;
            flags = 0;
        }
        flags |= Flag::chunk_end | top;
        if (length == blake3_block_bytes) group.block(at, m);
        else group.last_block(at, length, m);
        compress(chaining, before, m, std::uint32_t(length), index, flags);
    }

    // The subtree over `length` bytes from byte `at` on: its left part is complete and as large as can be
    // with the right one not empty.
    template <class Messages>
    static void subtree(const Messages& group, std::size_t at, std::size_t length, std::uint32_t top, V* chaining) {
        if (length <= blake3_chunk_bytes) return chunk(group, at, length, top, chaining);
        std::size_t middle = blake3_chunk_bytes;
        while (2 * middle < length) middle *= 2;
        V children[16];
        subtree(group, at, middle, 0, children);
        subtree(group, at + middle, length - middle, 0, children + 8);
        compress(chaining, group.initial, children, blake3_block_bytes, 0, Flag::parent | top);
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        if (length == blake3_block_bytes) return compress_pairs(messages, count, digests);
        static constexpr std::uint8_t zeros[blake3_block_bytes] = {};
        Last last(zeros);
        V initial[8];
        start(initial);
        const Lookahead<lanes> lookahead(length);
        for_lane_groups<lanes>(messages, length, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V digest[8];
            subtree(Group{rows, initial, last, lookahead}, 0, length, Flag::root, digest);
            Transpose::template store_digests<false>(digest, out);
        });
    }

    // As many columns side by side are more streams than the hardware foresees, so that lines are asked for. Measured
    // on Zen 4 with AVX2, 60 columns of 2^16 rows, from memory: 223 ns a message without, 155 with two groups ahead,
    // to the first-level cache; one group ahead takes as long there, and 5 ns longer from the second level.
    static constexpr std::size_t groups_ahead = lanes <= 8 ? 2 : 1;

    static void hash_columns(const std::uint64_t* const* columns, std::size_t length, std::size_t row,
                             std::size_t count, std::size_t next_row, std::uint8_t* digests, std::size_t stride) {
        V initial[8];
        start(initial);
        for (std::size_t first = 0; first < count; first += lanes, digests += lanes * stride) {
            const std::size_t ahead = first + groups_ahead * lanes;
            V digest[8];
            subtree(ColumnGroup{columns, row + first, ahead < count ? row + ahead : next_row + (ahead - count), initial},
                    0, 8 * length, Flag::root, digest);
            Transpose::store_digests_apart(digest, digests, stride);
        }
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        V initial[8];
        start(initial);
        for_lane_groups<lanes>(pairs, blake3_block_bytes, count, digests,
                               [&](const std::uint8_t* const* rows, std::uint8_t* out) {
            V digest[8], m[16];
            Transpose::template load_blocks<false>(rows, 0, m);
            compress(digest, initial, m, blake3_block_bytes, 0, Flag::chunk_start | Flag::chunk_end | Flag::root);
            Transpose::template store_digests<false>(digest, out);
        });
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
