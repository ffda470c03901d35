// Words of 64 bits of several messages in one vector: lane i holds a word of message i. Include this in
// *_avx2.cpp and *_avx512.cpp only.
//
// Four words of every message are transposed at once: 32 bytes of messages i and i + 4 (AVX2: of message i)
// go to one vector by loads, and 4x4 transpositions of 64-bit words by eight shuffles.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

#if defined(__AVX512F__)

struct Lanes64 {
    using Vector = __m512i;
    static constexpr unsigned count = 8;

    static ZKMARK_ALWAYS_INLINE Vector all(std::uint64_t a) { return _mm512_set1_epi64((long long)(a)); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b) { return _mm512_xor_si512(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b, Vector c) {
        return _mm512_ternarylogic_epi64(a, b, c, 0x96);
    }
    // a ^ (~b & c).
    static ZKMARK_ALWAYS_INLINE Vector chi(Vector a, Vector b, Vector c) {
        return _mm512_ternarylogic_epi64(a, b, c, 0xd2);
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector rotate_left(Vector a) { return _mm512_rol_epi64(a, bits); }
    // One word of every row.
    static ZKMARK_ALWAYS_INLINE Vector load_word(const std::uint8_t* const* rows, std::size_t at) {
        const auto word = [&](std::size_t i) __attribute__((always_inline)) {
            return _mm_loadu_si64(rows[i] + at);
        };
        const auto two = [&](std::size_t i) __attribute__((always_inline)) {
            return _mm_unpacklo_epi64(word(i), word(i + 1));
        };
        const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(two(0)), two(2), 1);
        const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(two(4)), two(6), 1);
        return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    // Four words of every row from byte `at` on.
    static ZKMARK_ALWAYS_INLINE void load_words(const std::uint8_t* const* rows, std::size_t at, Vector* out) {
        Vector in[4];
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            in[i] = _mm512_inserti64x4(_mm512_castsi256_si512(half(rows[i] + at)), half(rows[i + 4] + at), 1);
        });
        transpose(in, out);
    }
    // Four words a lane to rows of 32 bytes that lie one after another.
    static ZKMARK_ALWAYS_INLINE void store_rows(const Vector* words, std::uint8_t* out) {
        Vector rows[4];
        transpose(words, rows);
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), _mm512_castsi512_si256(rows[i]));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i + 128),
                                _mm512_extracti64x4_epi64(rows[i], 1));
        });
    }

private:
    static ZKMARK_ALWAYS_INLINE __m256i half(const std::uint8_t* p) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    }
    // Inside each half of 256 bits.
    static ZKMARK_ALWAYS_INLINE void transpose(const Vector* in, Vector* out) {
        const Vector a = _mm512_unpacklo_epi64(in[0], in[1]), b = _mm512_unpackhi_epi64(in[0], in[1]);
        const Vector c = _mm512_unpacklo_epi64(in[2], in[3]), d = _mm512_unpackhi_epi64(in[2], in[3]);
        const Vector low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
        const Vector high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
        out[0] = _mm512_permutex2var_epi64(a, low, c);
        out[1] = _mm512_permutex2var_epi64(b, low, d);
        out[2] = _mm512_permutex2var_epi64(a, high, c);
        out[3] = _mm512_permutex2var_epi64(b, high, d);
    }
};

#elif defined(__AVX2__)

struct Lanes64 {
    using Vector = __m256i;
    static constexpr unsigned count = 4;

    static ZKMARK_ALWAYS_INLINE Vector all(std::uint64_t a) { return _mm256_set1_epi64x((long long)(a)); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b) { return _mm256_xor_si256(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b, Vector c) {
        return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    }
    // a ^ (~b & c).
    static ZKMARK_ALWAYS_INLINE Vector chi(Vector a, Vector b, Vector c) {
        return _mm256_xor_si256(a, _mm256_andnot_si256(b, c));
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector rotate_left(Vector a) {
        // Whole bytes move in one shuffle; other rotations take two shifts.
        if constexpr (bits == 0)
            return a;
        else if constexpr (bits == 8)
            return _mm256_shuffle_epi8(a, _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0e0d0c0b0a09080f,
                                                                                     0x0605040302010007)));
        else if constexpr (bits == 56)
            return _mm256_shuffle_epi8(a, _mm256_broadcastsi128_si256(_mm_set_epi64x(0x080f0e0d0c0b0a09,
                                                                                     0x0007060504030201)));
        else
            return _mm256_or_si256(_mm256_slli_epi64(a, bits), _mm256_srli_epi64(a, 64 - bits));
    }
    // One word of every row.
    static ZKMARK_ALWAYS_INLINE Vector load_word(const std::uint8_t* const* rows, std::size_t at) {
        const auto two = [&](std::size_t i) __attribute__((always_inline)) {
            return _mm_unpacklo_epi64(_mm_loadu_si64(rows[i] + at), _mm_loadu_si64(rows[i + 1] + at));
        };
        return _mm256_inserti128_si256(_mm256_castsi128_si256(two(0)), two(2), 1);
    }
    // Four words of every row from byte `at` on.
    static ZKMARK_ALWAYS_INLINE void load_words(const std::uint8_t* const* rows, std::size_t at, Vector* out) {
        Vector in[4];
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            in[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[i] + at));
        });
        transpose(in, out);
    }
    // Four words a lane to rows of 32 bytes that lie one after another.
    static ZKMARK_ALWAYS_INLINE void store_rows(const Vector* words, std::uint8_t* out) {
        Vector rows[4];
        transpose(words, rows);
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), rows[i]);
        });
    }

private:
    static ZKMARK_ALWAYS_INLINE void transpose(const Vector* in, Vector* out) {
        const Vector a = _mm256_unpacklo_epi64(in[0], in[1]), b = _mm256_unpackhi_epi64(in[0], in[1]);
        const Vector c = _mm256_unpacklo_epi64(in[2], in[3]), d = _mm256_unpackhi_epi64(in[2], in[3]);
        out[0] = _mm256_permute2x128_si256(a, c, 0x20);
        out[1] = _mm256_permute2x128_si256(b, d, 0x20);
        out[2] = _mm256_permute2x128_si256(a, c, 0x31);
        out[3] = _mm256_permute2x128_si256(b, d, 0x31);
    }
};

#endif

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
