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

    // One chunk of each message, from byte `at` on; `top` is `root` if it is the whole message.
    static void chunk(const Group& group, std::size_t at, std::size_t length, std::uint32_t top, V* chaining) {
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

    // The left part of a subtree over more than a chunk is complete and as large as can be with the right one not empty.
    static std::size_t left_part(std::size_t length) {
        std::size_t middle = blake3_chunk_bytes;
        while (2 * middle < length) middle *= 2;
        return middle;
    }

    // The subtree over `length` bytes from byte `at` on.
    static void subtree(const Group& group, std::size_t at, std::size_t length, std::uint32_t top, V* chaining) {
        if (length <= blake3_chunk_bytes) return chunk(group, at, length, top, chaining);
        const std::size_t middle = left_part(length);
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

    // Messages whose words of 64 bits lie in columns: a run of groups, which take their block of eight columns one after
    // another before any takes the next one. So only eight columns are read side by side, each for some lines on end. All
    // columns at once would be more streams than the hardware foresees, and as they lie a power of two apart their lines
    // belong into one set of each cache, which has room for eight: what was asked for ahead was gone again when it was
    // needed. Measured on Zen 2 with AVX2, 60 columns: 2^16 rows from memory 160 ns a message all at once and 126 so,
    // as many in the second-level cache 121 and 114; messages in rows take 123 and 118.
    //
    // Nothing is transposed: a shuffle of two loads has half of eight (AVX2) or sixteen messages' words, in an order of
    // lanes that counts only for the digests.
    struct ColumnRun {
        const std::uint64_t* const* columns;
        std::size_t length, row, groups;  // columns; the first message, and the groups of them
        std::size_t next_row;             // where the run after this one begins
        const V* initial;

        // The words of a group's block at byte `at`, a last one of up to eight columns; and asks for those some groups on.
        ZKMARK_ALWAYS_INLINE void block(std::size_t at, std::size_t group, V* m) const {
            const std::size_t first = at / 8, count = length - first < 8 ? length - first : 8;
            const std::size_t here = row + group * lanes;
            std::size_t ahead = group + (groups_ahead < groups ? groups_ahead : groups), next = first, from = row;
            if (ahead >= groups) {
                ahead -= groups, next += 8;
                if (next >= length) next = 0, from = next_row;
            }
            from += ahead * lanes;
            if (count == 8) {
                unroll<8>([&](auto k) __attribute__((always_inline)) {
                    L::load_halves(columns[first + k] + here, m[2 * k], m[2 * k + 1]);
                });
            } else {
                for (std::size_t k = 0; k < 8; ++k) {
                    if (k < count) L::load_halves(columns[first + k] + here, m[2 * k], m[2 * k + 1]);
                    else m[2 * k] = m[2 * k + 1] = L::all(0);
                }
            }
            const std::size_t asked = length - next < 8 ? length - next : 8;
            for (std::size_t k = 0; k < asked; ++k)
                for (unsigned i = 0; i < lanes; i += 8)
                    __builtin_prefetch(columns[next + k] + from + i, 0, lanes <= 8 ? 3 : 2);
        }
    };
    // What lies 2 to 8 groups ahead comes in time alike.
    static constexpr std::size_t longest_run = 128 / lanes, groups_ahead = 3;

    // Chaining values of a run: those of group g from chaining + g * step on.
    static void chunk_of_run(const ColumnRun& run, std::size_t at, std::size_t length, std::uint32_t top, V* chaining,
                             std::size_t step) {
        const std::uint64_t index = at / blake3_chunk_bytes;
        std::uint32_t flags = Flag::chunk_start;
        for (bool last = false; !last; at += blake3_block_bytes, flags = 0) {
            last = length <= blake3_block_bytes;
            const std::uint32_t bytes = last ? std::uint32_t(length) : blake3_block_bytes;
            if (last) flags |= Flag::chunk_end | top;
            for (std::size_t g = 0; g < run.groups; ++g) {
                V m[16], *own = chaining + g * step;
                run.block(at, g, m);
                compress(own, flags & Flag::chunk_start ? run.initial : own, m, bytes, index, flags);
            }
            length -= bytes;
        }
    }

    static void subtree_of_run(const ColumnRun& run, std::size_t at, std::size_t length, std::uint32_t top, V* chaining,
                               std::size_t step) {
        if (length <= blake3_chunk_bytes) return chunk_of_run(run, at, length, top, chaining, step);
        const std::size_t middle = left_part(length);
        V children[16 * longest_run];
        subtree_of_run(run, at, middle, 0, children, 16);
        subtree_of_run(run, at + middle, length - middle, 0, children + 8, 16);
        for (std::size_t g = 0; g < run.groups; ++g)
            compress(chaining + g * step, run.initial, children + 16 * g, blake3_block_bytes, 0, Flag::parent | top);
    }

    static void hash_columns(const std::uint64_t* const* columns, std::size_t length, std::size_t row,
                             std::size_t count, std::size_t next_row, std::uint8_t* digests, std::size_t stride) {
        V initial[8];
        start(initial);
        for (std::size_t groups = count / lanes, here; groups; groups -= here, row += here * lanes) {
            here = groups < longest_run ? groups : longest_run;
            V made[8 * longest_run];
            const std::size_t next = here < groups ? row + here * lanes : next_row;
            subtree_of_run({columns, length, row, here, next, initial}, 0, 8 * length, Flag::root, made, 8);
            for (std::size_t g = 0; g < here; ++g, digests += lanes * stride)
                Transpose::store_digests_apart(made + 8 * g, digests, stride);
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
