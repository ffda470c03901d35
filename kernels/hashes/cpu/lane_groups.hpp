// Cutting many messages of one length into groups of as many as there are lanes. Include this in files of
// one instruction set only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Calls body(rows, out) for each group: the messages of its lanes, and room for `lanes` digests. A last
// group that is not full repeats its last message, so that small layers of a tree take one call as well.
template <unsigned lanes, class Body>
ZKMARK_ALWAYS_INLINE void for_lane_groups(const std::uint8_t* messages, std::size_t stride,
                                          std::size_t count, std::uint8_t* digests, Body&& body) {
    if (count == 0) return;
    const std::uint8_t* rows[lanes];
    alignas(64) std::uint8_t spare[lanes * digest_bytes];
    for (unsigned i = 0; i < lanes; ++i) rows[i] = messages + (i < count ? i : count - 1) * stride;
    for (const std::size_t step = lanes * stride;;) {
        const bool full = count >= lanes;
        body(static_cast<const std::uint8_t* const*>(rows), full ? digests : spare);
        if (!full) std::memcpy(digests, spare, count * digest_bytes);
        if (count <= lanes) return;
        count -= lanes;
        digests += lanes * digest_bytes;
        if (count >= lanes)
            for (unsigned i = 0; i < lanes; ++i) rows[i] += step;
        else
            for (unsigned i = 0; i < lanes; ++i) rows[i] = i < count ? rows[i] + step : rows[count - 1];
    }
}

// Asks for messages in memory ahead of their use. The processor follows fewer streams than there are lanes, and
// messages of more than a line are as many streams: so the next group is asked for, line after line, while
// one is hashed, and in long messages the bytes 512 further on. To the second-level cache: in the first one, rows
// a power of two apart would drive each other out (32 lanes, 512 bytes, from memory on Zen 4: 118 ns a message
// without, 116 with the first level, 73 with the second).
template <unsigned lanes>
class Lookahead {
public:
    explicit Lookahead(std::size_t length) : length_(length) {}

    // Call this for `bytes` bytes from byte `at` on as they are taken.
    ZKMARK_ALWAYS_INLINE void prefetch(const std::uint8_t* const* rows, std::size_t at, std::size_t bytes) const {
        if (length_ <= line) return;
        if (length_ <= longest) {
            const std::uint8_t* next = rows[0] + lanes * (length_ + at);
            for (std::size_t i = 0; i < lanes * bytes; i += line) ask(next + i);
        } else {
            for (unsigned i = 0; i < lanes; ++i)
                for (std::size_t k = 0; k < bytes; k += line) ask(rows[i] + at + 512 + k);
        }
    }

private:
    static constexpr std::size_t line = 64, longest = 4096;
    static ZKMARK_ALWAYS_INLINE void ask(const std::uint8_t* p) { __builtin_prefetch(p, 0, 2); }

    std::size_t length_;
};

// Copies fewer bytes than a call of memcpy is worth: by whole words, of which the last two may overlap.
ZKMARK_ALWAYS_INLINE void copy_short(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
    const auto words = [&]<class Word>(Word) __attribute__((always_inline)) {
        Word word;
        for (std::size_t at = 0; at + sizeof word < bytes; at += sizeof word) {
            std::memcpy(&word, from + at, sizeof word);
            std::memcpy(to + at, &word, sizeof word);
        }
        std::memcpy(&word, from + bytes - sizeof word, sizeof word);
        std::memcpy(to + bytes - sizeof word, &word, sizeof word);
    };
    struct Block {
        std::uint64_t half[2];
    };
    if (bytes >= 16) words(Block{});
    else if (bytes >= 8) words(std::uint64_t{});
    else if (bytes >= 4) words(std::uint32_t{});
    else for (std::size_t i = 0; i < bytes; ++i) to[i] = from[i];
}

// The last, incomplete blocks of a group of messages, with their padding. The padding is the same for all
// messages and stays; only the messages' own bytes are copied in.
template <unsigned lanes, std::size_t room>
class LastBlocks {
public:
    // `padding` is the last `room` bytes with zeros where the message goes.
    explicit LastBlocks(const std::uint8_t* padding) {
        for (unsigned i = 0; i < lanes; ++i) {
            rows_[i] = bytes_ + i * room;
            std::memcpy(bytes_ + i * room, padding, room);
        }
    }

    ZKMARK_ALWAYS_INLINE const std::uint8_t* const* fill(const std::uint8_t* const* rows, std::size_t at,
                                                         std::size_t bytes) {
        for (unsigned i = 0; i < lanes; ++i) copy_short(bytes_ + i * room, rows[i] + at, bytes);
        return rows_;
    }

private:
    alignas(64) std::uint8_t bytes_[lanes * room];
    const std::uint8_t* rows_[lanes];
};

// A hash in groups of many lanes, and in few where many would stay more than half empty.
template <class Wide, class Narrow>
struct WideAndNarrow {
    static constexpr std::size_t wide = Wide::lanes, narrow = Narrow::lanes;
    static_assert(wide == 2 * narrow);

    static std::size_t taken_wide(std::size_t count) {
        return count % wide > narrow ? count : count - count % wide;
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        const std::size_t first = taken_wide(count);
        if (first) Wide::hash_many(messages, length, first, digests);
        if (first != count)
            Narrow::hash_many(messages + first * length, length, count - first, digests + first * digest_bytes);
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        const std::size_t first = taken_wide(count);
        if (first) Wide::compress_pairs(pairs, first, digests);
        if (first != count)
            Narrow::compress_pairs(pairs + first * 2 * digest_bytes, count - first,
                                   digests + first * digest_bytes);
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
