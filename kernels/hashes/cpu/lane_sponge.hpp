// Sponge and compression of algebraic hashes over vector lanes: a state a lane, so that a permutation takes as many
// states as a vector has lanes. The twin of algebraic.hpp.
//
// A permutation P provides: `Word` (an element in memory), `Vector`, `lanes`, `width`, `rate`, a class `Constants`
// with a static `get`, and static functions: `absorb` (canonical words to what the state holds), `emit` (to words of a
// digest), `permute(Vector*, const Constants&)`, `start(Vector*, length)` and `fill(Vector*, used)`.
// If `beside` is 1, it takes one more state, of words: `permute(Vector*, Word*, const Constants&)`, and `emit`, `start` and
// `fill` for words, which hold canonical elements as they are.
// `alone()` has kernels for up to `alone_up_to` states that are left, which are quicker than lanes that stay empty.
//
// Messages lie one after another in memory, so 32 bytes of each are loaded at a time and transposed in registers.
// Lanes that no message is left for repeat the bytes of a buffer; what they compute is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Rows of 32 bytes, `stride` bytes apart, to columns of words and back.
namespace lane_blocks {

constexpr std::size_t row_bytes = 32;

ZKMARK_ALWAYS_INLINE __m256i load_row(const std::uint8_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
ZKMARK_ALWAYS_INLINE void store_row(std::uint8_t* to, __m256i row) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), row);
}

// In place; a transposition is its own inverse.
ZKMARK_ALWAYS_INLINE void transpose_8(__m256i* r) {
    __m256i pairs[8], quads[8];
    unroll<4>([&](auto i) __attribute__((always_inline)) {
        pairs[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    });
    unroll<2>([&](auto i) __attribute__((always_inline)) {
        quads[4 * i] = _mm256_unpacklo_epi64(pairs[4 * i], pairs[4 * i + 2]);
        quads[4 * i + 1] = _mm256_unpackhi_epi64(pairs[4 * i], pairs[4 * i + 2]);
        quads[4 * i + 2] = _mm256_unpacklo_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
        quads[4 * i + 3] = _mm256_unpackhi_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
    });
    unroll<4>([&](auto i) __attribute__((always_inline)) {
        r[i] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x20);
        r[i + 4] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x31);
    });
}
ZKMARK_ALWAYS_INLINE void transpose_4(__m256i* r) {
    const __m256i a = _mm256_unpacklo_epi64(r[0], r[1]), b = _mm256_unpackhi_epi64(r[0], r[1]);
    const __m256i c = _mm256_unpacklo_epi64(r[2], r[3]), d = _mm256_unpackhi_epi64(r[2], r[3]);
    r[0] = _mm256_permute2x128_si256(a, c, 0x20);
    r[1] = _mm256_permute2x128_si256(b, d, 0x20);
    r[2] = _mm256_permute2x128_si256(a, c, 0x31);
    r[3] = _mm256_permute2x128_si256(b, d, 0x31);
}
template <std::size_t size>
ZKMARK_ALWAYS_INLINE void transpose(__m256i* r) {
    if constexpr (size == 8) {
        transpose_8(r);
    } else {
        transpose_4(r);
    }
}

// Column k of `lanes` rows, for the row_bytes / sizeof(Word) words of a row.
template <class Word, class Vector>
ZKMARK_ALWAYS_INLINE void load(const std::uint8_t* from, std::size_t stride, Vector* columns) {
    constexpr std::size_t size = row_bytes / sizeof(Word);
    __m256i lower[size];
    unroll<size>([&](auto i) __attribute__((always_inline)) { lower[i] = load_row(from + i * stride); });
    transpose<size>(lower);
    if constexpr (sizeof(Vector) == row_bytes) {
        unroll<size>([&](auto i) __attribute__((always_inline)) { columns[i] = lower[i]; });
    } else {
#if defined(__AVX512F__)
        __m256i upper[size];
        unroll<size>([&](auto i) __attribute__((always_inline)) { upper[i] = load_row(from + (i + size) * stride); });
        transpose<size>(upper);
        unroll<size>([&](auto i) __attribute__((always_inline)) {
            columns[i] = _mm512_inserti64x4(_mm512_castsi256_si512(lower[i]), upper[i], 1);
        });
#endif
    }
}

template <class Word, class Vector>
ZKMARK_ALWAYS_INLINE void store(std::uint8_t* to, const Vector* columns) {
    constexpr std::size_t size = row_bytes / sizeof(Word);
    __m256i rows[size];
    if constexpr (sizeof(Vector) == row_bytes) {
        unroll<size>([&](auto i) __attribute__((always_inline)) { rows[i] = columns[i]; });
        transpose<size>(rows);
        unroll<size>([&](auto i) __attribute__((always_inline)) { store_row(to + i * row_bytes, rows[i]); });
    } else {
#if defined(__AVX512F__)
        unroll<size>([&](auto i) __attribute__((always_inline)) { rows[i] = _mm512_castsi512_si256(columns[i]); });
        transpose<size>(rows);
        unroll<size>([&](auto i) __attribute__((always_inline)) { store_row(to + i * row_bytes, rows[i]); });
        unroll<size>([&](auto i) __attribute__((always_inline)) {
            rows[i] = _mm512_extracti64x4_epi64(columns[i], 1);
        });
        transpose<size>(rows);
        unroll<size>([&](auto i) __attribute__((always_inline)) { store_row(to + (i + size) * row_bytes, rows[i]); });
#endif
    }
}

}  // namespace lane_blocks

template <class P>
struct LaneSponge {
    using Word = typename P::Word;
    using Vector = typename P::Vector;
    static constexpr std::size_t lanes = P::lanes;
    static constexpr std::size_t row_words = digest_bytes / sizeof(Word);
    static_assert(P::rate % row_words == 0 && digest_bytes == lane_blocks::row_bytes);
    static_assert(sizeof(Vector) == lanes * sizeof(Word));
    // States of a permutation: those of the lanes, and the one beside. What is left of a count is then done alone.
    static constexpr std::size_t group = lanes + P::beside;
    static_assert(P::beside == 0 || (P::beside == 1 && P::alone_up_to >= lanes));

    // Takes `used` <= row_words words of each of `count` <= lanes messages into the state.
    static ZKMARK_ALWAYS_INLINE void absorb_row(const std::uint8_t* from, std::size_t stride, std::size_t count,
                                                std::size_t used, Vector* state) {
        Vector columns[row_words];
        if (count == lanes && used == row_words) {
            lane_blocks::load<Word>(from, stride, columns);
        } else {
            std::uint8_t rows[lanes][lane_blocks::row_bytes] = {};
            for (std::size_t i = 0; i < count; ++i) std::memcpy(rows[i], from + i * stride, used * sizeof(Word));
            lane_blocks::load<Word>(rows[0], lane_blocks::row_bytes, columns);
        }
        for (std::size_t k = 0; k < used; ++k) state[k] = P::absorb(columns[k]);
    }

    static ZKMARK_ALWAYS_INLINE void emit(Vector* state, std::size_t count, std::uint8_t* digests) {
        Vector columns[row_words];
        for (std::size_t k = 0; k < row_words; ++k) columns[k] = P::emit(state[k]);
        if (count == lanes) {
            lane_blocks::store<Word>(digests, columns);
        } else {
            std::uint8_t rows[lanes * digest_bytes];
            lane_blocks::store<Word>(rows, columns);
            std::memcpy(digests, rows, count * digest_bytes);
        }
    }

    static ZKMARK_ALWAYS_INLINE void emit_word(const Word* word, std::uint8_t* digest) {
        for (std::size_t k = 0; k < row_words; ++k) {
            const Word canonical = P::emit(word[k]);
            std::memcpy(digest + k * sizeof(Word), &canonical, sizeof canonical);
        }
    }

    // Permutes after a block of `used` elements.
    static ZKMARK_ALWAYS_INLINE void permute(Vector* state, Word* word, std::size_t used,
                                             const typename P::Constants& constants) {
        if (used < P::rate) P::fill(state, used);
        if constexpr (P::beside) {
            if (used < P::rate) P::fill(word, used);
            P::permute(state, word, constants);
        } else {
            P::permute(state, constants);
        }
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        const typename P::Constants& constants = P::Constants::get();
        const std::size_t stride = length * sizeof(Word);
        for (std::size_t here; count; count -= here, messages += here * stride, digests += here * digest_bytes) {
            if (count <= P::alone_up_to) return P::alone().hash_many(messages, length, count, digests);
            here = count < group ? count : group;
            const std::size_t in_lanes = here < lanes ? here : lanes;
            const std::uint8_t* last = messages + lanes * stride;
            Vector state[P::width] = {};
            Word word[P::width] = {};
            P::start(state, length);
            if constexpr (P::beside) P::start(word, length);
            for (std::size_t at = 0; at < length; at += P::rate) {
                const std::size_t used = length - at < P::rate ? length - at : P::rate;
                for (std::size_t k = 0; k < used; k += row_words)
                    absorb_row(messages + (at + k) * sizeof(Word), stride, in_lanes,
                               used - k < row_words ? used - k : row_words, state + k);
                if constexpr (P::beside) std::memcpy(word, last + at * sizeof(Word), used * sizeof(Word));
                permute(state, word, used, constants);
            }
            emit(state, in_lanes, digests);
            if constexpr (P::beside) emit_word(word, digests + lanes * digest_bytes);
        }
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        constexpr std::size_t pair = 2 * digest_bytes;
        const typename P::Constants& constants = P::Constants::get();
        for (std::size_t here; count; count -= here, pairs += here * pair, digests += here * digest_bytes) {
            if (count <= P::alone_up_to) return P::alone().compress_pairs(pairs, count, digests);
            here = count < group ? count : group;
            const std::size_t in_lanes = here < lanes ? here : lanes;
            std::uint8_t buffer[lanes * pair];
            const std::uint8_t* from = pairs;
            if (here < lanes) {
                std::memset(buffer, 0, sizeof buffer);
                std::memcpy(buffer, from, here * pair);
                from = buffer;
            }
            Vector state[P::width] = {};
            Word word[P::width] = {};
            lane_blocks::load<Word>(from, pair, state);
            lane_blocks::load<Word>(from + digest_bytes, pair, state + row_words);
            if constexpr (P::beside) std::memcpy(word, pairs + lanes * pair, pair);
            permute(state, word, P::rate, constants);
            emit(state, in_lanes, digests);
            if constexpr (P::beside) emit_word(word, digests + lanes * digest_bytes);
        }
    }

    // Of words of 64 bits alone. `count`: a multiple of the group.
    static void hash_columns(const std::uint64_t* const* columns, std::size_t length, std::size_t row,
                             std::size_t count, std::size_t, std::uint8_t* digests, std::size_t stride) {
        const typename P::Constants& constants = P::Constants::get();
        for (std::size_t first = 0; first < count; first += group, digests += group * stride) {
            Vector state[P::width] = {};
            Word word[P::width] = {};
            P::start(state, length);
            if constexpr (P::beside) P::start(word, length);
            for (std::size_t at = 0; at < length; at += P::rate) {
                const std::size_t used = length - at < P::rate ? length - at : P::rate;
                for (std::size_t k = 0; k < used; ++k) {
                    const std::uint64_t* from = columns[at + k] + row + first;
                    Vector words;
                    std::memcpy(&words, from, sizeof words);
                    state[k] = P::absorb(words);
                    if constexpr (P::beside) word[k] = from[lanes];
                }
                permute(state, word, used, constants);
            }
            std::uint8_t made[lanes * digest_bytes];
            emit(state, lanes, made);
            for (std::size_t i = 0; i < lanes; ++i)
                std::memcpy(digests + i * stride, made + i * digest_bytes, digest_bytes);
            if constexpr (P::beside) emit_word(word, digests + lanes * stride);
        }
    }

    static constexpr HashKernels kernels = [] {
        if constexpr (sizeof(Word) == sizeof(std::uint64_t))
            return HashKernels{hash_many, compress_pairs, hash_columns, group};
        else
            return HashKernels{hash_many, compress_pairs};
    }();
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
