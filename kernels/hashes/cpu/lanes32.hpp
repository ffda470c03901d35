// Words of 32 bits of several messages in one vector: lane i holds a word of message i. Include this in
// *_avx2.cpp and *_avx512.cpp only.
//
// Messages lie in memory one after another, so blocks are transposed on their way in. AVX-512 loads the 64 bytes of
// a message's block to one vector and takes 64 shuffles for 16 messages, 44 cycles on Zen 4; loading 16 bytes of
// four messages at a time, which leaves 32 shuffles, took 72. AVX2 does load 16 bytes of two messages at
// a time: 16 inserting loads and 32 shuffles, 29 cycles for 8 messages.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Where one shuffle of two vectors of 64-bit words leaves the halves of word w: two of each vector in a quarter.
constexpr unsigned place_of_half(unsigned lane, unsigned lanes) {
    return lane % 4 / 2 * (lanes / 2) + lane / 4 * 2 + lane % 2;
}

#if defined(__AVX512F__)

struct Lanes32 {
    using Vector = __m512i;
    static constexpr unsigned count = 16;
    static constexpr unsigned quarters = 4;  // parts of 128 bits

    static ZKMARK_ALWAYS_INLINE Vector load(const void* p) { return _mm512_loadu_si512(p); }
    static ZKMARK_ALWAYS_INLINE void store(void* p, Vector a) { _mm512_storeu_si512(p, a); }
    static ZKMARK_ALWAYS_INLINE Vector all(std::uint32_t a) { return _mm512_set1_epi32(int(a)); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b) { return _mm512_xor_si512(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b, Vector c) {
        return _mm512_ternarylogic_epi32(a, b, c, 0x96);
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) { return _mm512_srli_epi32(a, bits); }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector rotate_right(Vector a) { return _mm512_ror_epi32(a, bits); }
    // condition ? a : b, bit by bit.
    static ZKMARK_ALWAYS_INLINE Vector choose(Vector condition, Vector a, Vector b) {
        return _mm512_ternarylogic_epi32(condition, a, b, 0xca);
    }
    static ZKMARK_ALWAYS_INLINE Vector majority(Vector a, Vector b, Vector c) {
        return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
    }
    static ZKMARK_ALWAYS_INLINE Vector swap_bytes(Vector a) {
        return _mm512_shuffle_epi8(a, _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b,
                                                                            0x0405060700010203)));
    }
    static ZKMARK_ALWAYS_INLINE Vector unpack_low32(Vector a, Vector b) { return _mm512_unpacklo_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_high32(Vector a, Vector b) { return _mm512_unpackhi_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_low64(Vector a, Vector b) { return _mm512_unpacklo_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_high64(Vector a, Vector b) { return _mm512_unpackhi_epi64(a, b); }
    // The 4x4 transposition of quarters.
    static ZKMARK_ALWAYS_INLINE void transpose_of_quarters(const Vector* in, Vector* out) {
        const Vector a = _mm512_shuffle_i32x4(in[0], in[1], 0x44), b = _mm512_shuffle_i32x4(in[0], in[1], 0xee);
        const Vector c = _mm512_shuffle_i32x4(in[2], in[3], 0x44), d = _mm512_shuffle_i32x4(in[2], in[3], 0xee);
        out[0] = _mm512_shuffle_i32x4(a, c, 0x88);
        out[1] = _mm512_shuffle_i32x4(a, c, 0xdd);
        out[2] = _mm512_shuffle_i32x4(b, d, 0x88);
        out[3] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
    // The low and the high halves of `count` words of 64 bits; lane i has those of word place(i).
    static ZKMARK_ALWAYS_INLINE void load_halves(const std::uint64_t* p, Vector& low, Vector& high) {
        const __m512 a = _mm512_castsi512_ps(load(p)), b = _mm512_castsi512_ps(load(p + 8));
        low = _mm512_castps_si512(_mm512_shuffle_ps(a, b, 0x88));
        high = _mm512_castps_si512(_mm512_shuffle_ps(a, b, 0xdd));
    }
    static constexpr unsigned place(unsigned lane) { return place_of_half(lane, count); }
    // Row r of those below belongs at place(r) * stride.
    static ZKMARK_ALWAYS_INLINE void store_rows_apart(const Vector* low, const Vector* high, std::uint8_t* out,
                                                      std::size_t stride) {
        unroll<2>([&](auto h) __attribute__((always_inline)) {
            const Vector in[4] = {low[2 * h], high[2 * h], low[2 * h + 1], high[2 * h + 1]};
            Vector rows[4];
            transpose_of_quarters(in, rows);
            unroll<4>([&](auto i) __attribute__((always_inline)) {
                const auto to = [&](unsigned row) __attribute__((always_inline)) {
                    return reinterpret_cast<__m256i*>(out + place(row) * stride);
                };
                _mm256_storeu_si256(to(2 * h + 4 * i), _mm512_castsi512_si256(rows[i]));
                _mm256_storeu_si256(to(2 * h + 4 * i + 1), _mm512_extracti64x4_epi64(rows[i], 1));
            });
        });
    }
    // Quarter i of low[0], high[0], low[1], high[1] and so on are rows 4i to 4i + 3 of 32 bytes each.
    static ZKMARK_ALWAYS_INLINE void store_rows(const Vector* low, const Vector* high, std::uint8_t* out) {
        unroll<2>([&](auto h) __attribute__((always_inline)) {
            const Vector in[4] = {low[2 * h], high[2 * h], low[2 * h + 1], high[2 * h + 1]};
            Vector rows[4];
            transpose_of_quarters(in, rows);
            unroll<4>([&](auto i) __attribute__((always_inline)) { store(out + 64 * h + 128 * i, rows[i]); });
        });
    }
};

#elif defined(__AVX2__)

struct Lanes32 {
    using Vector = __m256i;
    static constexpr unsigned count = 8;
    static constexpr unsigned quarters = 2;

    static ZKMARK_ALWAYS_INLINE Vector load(const void* p) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(p));
    }
    static ZKMARK_ALWAYS_INLINE void store(void* p, Vector a) {
        _mm256_storeu_si256(static_cast<__m256i*>(p), a);
    }
    static ZKMARK_ALWAYS_INLINE Vector all(std::uint32_t a) { return _mm256_set1_epi32(int(a)); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b) { return _mm256_xor_si256(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector a, Vector b, Vector c) {
        return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) { return _mm256_srli_epi32(a, bits); }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector rotate_right(Vector a) {
        // Whole bytes move in one shuffle; other rotations take two shifts.
        if constexpr (bits == 8)
            return _mm256_shuffle_epi8(a, pattern(0x0c0f0e0d080b0a09, 0x0407060500030201));
        else if constexpr (bits == 16)
            return _mm256_shuffle_epi8(a, pattern(0x0d0c0f0e09080b0a, 0x0504070601000302));
        else
            return _mm256_or_si256(_mm256_srli_epi32(a, bits), _mm256_slli_epi32(a, 32 - bits));
    }
    static ZKMARK_ALWAYS_INLINE Vector choose(Vector condition, Vector a, Vector b) {
        return _mm256_xor_si256(b, _mm256_and_si256(condition, _mm256_xor_si256(a, b)));
    }
    static ZKMARK_ALWAYS_INLINE Vector majority(Vector a, Vector b, Vector c) {
        return _mm256_xor_si256(b, _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(b, c)));
    }
    static ZKMARK_ALWAYS_INLINE Vector swap_bytes(Vector a) {
        return _mm256_shuffle_epi8(a, pattern(0x0c0d0e0f08090a0b, 0x0405060700010203));
    }
    static ZKMARK_ALWAYS_INLINE Vector unpack_low32(Vector a, Vector b) { return _mm256_unpacklo_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_high32(Vector a, Vector b) { return _mm256_unpackhi_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_low64(Vector a, Vector b) { return _mm256_unpacklo_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector unpack_high64(Vector a, Vector b) { return _mm256_unpackhi_epi64(a, b); }
    // 16 bytes of rows r and r + 4.
    static ZKMARK_ALWAYS_INLINE Vector gather_quarters(const std::uint8_t* const* rows, std::size_t r,
                                                       std::size_t at) {
        const auto part = [&](std::size_t i) __attribute__((always_inline)) {
            return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r + 4 * i] + at));
        };
        return _mm256_inserti128_si256(_mm256_castsi128_si256(part(0)), part(1), 1);
    }
    // As above.
    static ZKMARK_ALWAYS_INLINE void load_halves(const std::uint64_t* p, Vector& low, Vector& high) {
        const __m256 a = _mm256_castsi256_ps(load(p)), b = _mm256_castsi256_ps(load(p + 4));
        low = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
        high = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd));
    }
    static constexpr unsigned place(unsigned lane) { return place_of_half(lane, count); }
    // Row r of those belongs at place(r) * stride.
    static ZKMARK_ALWAYS_INLINE void store_rows_apart(const Vector* low, const Vector* high, std::uint8_t* out,
                                                      std::size_t stride) {
        unroll<4>([&](auto p) __attribute__((always_inline)) {
            store(out + place(p) * stride, _mm256_permute2x128_si256(low[p], high[p], 0x20));
            store(out + place(p + 4) * stride, _mm256_permute2x128_si256(low[p], high[p], 0x31));
        });
    }
    static ZKMARK_ALWAYS_INLINE void store_rows(const Vector* low, const Vector* high, std::uint8_t* out) {
        unroll<4>([&](auto p) __attribute__((always_inline)) {
            store(out + 32 * p, _mm256_permute2x128_si256(low[p], high[p], 0x20));
            store(out + 32 * p + 128, _mm256_permute2x128_si256(low[p], high[p], 0x31));
        });
    }

private:
    static ZKMARK_ALWAYS_INLINE __m256i pattern(long long high, long long low) {
        return _mm256_broadcastsi128_si256(_mm_set_epi64x(high, low));
    }
};

#endif

// Twice as many lanes in two vectors, each operation on one and then on the other. Alone, the chains of
// operations of one hash leave the processor a third of its time idle: its window is too short to find
// enough work further on. Two vectors side by side fill it, where there are registers for them (AVX-512).
template <class Half>
struct TwiceLanes {
    struct Vector {
        typename Half::Vector a, b;
    };
    static constexpr unsigned count = 2 * Half::count;

    static ZKMARK_ALWAYS_INLINE Vector all(std::uint32_t a) { return {Half::all(a), Half::all(a)}; }
    static ZKMARK_ALWAYS_INLINE void load_halves(const std::uint64_t* p, Vector& low, Vector& high) {
        Half::load_halves(p, low.a, high.a);
        Half::load_halves(p + Half::count, low.b, high.b);
    }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector x, Vector y) {
        return {Half::add(x.a, y.a), Half::add(x.b, y.b)};
    }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector x, Vector y) {
        return {Half::exclusive_or(x.a, y.a), Half::exclusive_or(x.b, y.b)};
    }
    static ZKMARK_ALWAYS_INLINE Vector exclusive_or(Vector x, Vector y, Vector z) {
        return {Half::exclusive_or(x.a, y.a, z.a), Half::exclusive_or(x.b, y.b, z.b)};
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector x) {
        return {Half::template shift_right<bits>(x.a), Half::template shift_right<bits>(x.b)};
    }
    template <int bits>
    static ZKMARK_ALWAYS_INLINE Vector rotate_right(Vector x) {
        return {Half::template rotate_right<bits>(x.a), Half::template rotate_right<bits>(x.b)};
    }
    static ZKMARK_ALWAYS_INLINE Vector choose(Vector x, Vector y, Vector z) {
        return {Half::choose(x.a, y.a, z.a), Half::choose(x.b, y.b, z.b)};
    }
    static ZKMARK_ALWAYS_INLINE Vector majority(Vector x, Vector y, Vector z) {
        return {Half::majority(x.a, y.a, z.a), Half::majority(x.b, y.b, z.b)};
    }
};

// The 4x4 transposition of 32-bit words inside each quarter.
template <class L, class V = typename L::Vector>
ZKMARK_ALWAYS_INLINE void transpose_quarters(const V* in, V* out) {
    const V a = L::unpack_low32(in[0], in[1]), b = L::unpack_high32(in[0], in[1]);
    const V c = L::unpack_low32(in[2], in[3]), d = L::unpack_high32(in[2], in[3]);
    out[0] = L::unpack_low64(a, c);
    out[1] = L::unpack_high64(a, c);
    out[2] = L::unpack_low64(b, d);
    out[3] = L::unpack_high64(b, d);
}

// Moves between messages in memory and lanes, for one vector a word or for two.
template <class L>
struct Transpose32 {
    using V = typename L::Vector;

    // Words [0, 16) at byte `at` of every row, a vector each; bytes swapped for big-endian hashes.
    template <bool big_endian>
    static ZKMARK_ALWAYS_INLINE void load_blocks(const std::uint8_t* const* rows, std::size_t at, V* words) {
        if constexpr (L::quarters == 4) {
            // Whole rows are loaded. Four of them transposed inside quarters have word w of each in quarter 0,
            // word w + 4 in quarter 1 and so on; the quarters of four such vectors are transposed then.
            V parts[4][4];
            unroll<4>([&](auto group) __attribute__((always_inline)) {
                V in[4], out[4];
                unroll<4>([&](auto r) __attribute__((always_inline)) {
                    in[r] = swapped<big_endian>(L::load(rows[4 * group + r] + at));
                });
                transpose_quarters<L>(in, out);
                unroll<4>([&](auto w) __attribute__((always_inline)) { parts[w][group] = out[w]; });
            });
            unroll<4>([&](auto w) __attribute__((always_inline)) {
                V out[4];
                L::transpose_of_quarters(parts[w], out);
                unroll<4>([&](auto i) __attribute__((always_inline)) { words[4 * i + w] = out[i]; });
            });
        } else {
            // Sixteen bytes of two rows are loaded to one vector.
            unroll<4>([&](auto quarter) __attribute__((always_inline)) {
                V in[4];
                unroll<4>([&](auto r) __attribute__((always_inline)) {
                    in[r] = swapped<big_endian>(L::gather_quarters(rows, r, at + 16 * quarter));
                });
                transpose_quarters<L>(in, words + 4 * quarter);
            });
        }
    }

    template <bool swap>
    static ZKMARK_ALWAYS_INLINE V swapped(V a) {
        if constexpr (swap) return L::swap_bytes(a);
        else return a;
    }

    // Eight words a lane to digests of 32 bytes, `stride` bytes apart, that of lane i at L::place(i).
    static ZKMARK_ALWAYS_INLINE void store_digests_apart(const V* words, std::uint8_t* out, std::size_t stride) {
        V low[4], high[4];
        transpose_quarters<L>(words, low);
        transpose_quarters<L>(words + 4, high);
        L::store_rows_apart(low, high, out, stride);
    }

    // Eight words a lane to digests of 32 bytes that lie one after another.
    template <bool big_endian>
    static ZKMARK_ALWAYS_INLINE void store_digests(const V* words, std::uint8_t* out) {
        V low[4], high[4];
        transpose_quarters<L>(words, low);
        transpose_quarters<L>(words + 4, high);
        unroll<4>([&](auto i) __attribute__((always_inline)) {
            low[i] = swapped<big_endian>(low[i]);
            high[i] = swapped<big_endian>(high[i]);
        });
        L::store_rows(low, high, out);
    }
};

template <class Half>
struct Transpose32<TwiceLanes<Half>> {
    using V = typename TwiceLanes<Half>::Vector;
    using HalfV = typename Half::Vector;

    template <bool big_endian>
    static ZKMARK_ALWAYS_INLINE void load_blocks(const std::uint8_t* const* rows, std::size_t at, V* words) {
        HalfV half[16];
        Transpose32<Half>::template load_blocks<big_endian>(rows, at, half);
        unroll<16>([&](auto i) __attribute__((always_inline)) { words[i].a = half[i]; });
        Transpose32<Half>::template load_blocks<big_endian>(rows + Half::count, at, half);
        unroll<16>([&](auto i) __attribute__((always_inline)) { words[i].b = half[i]; });
    }

    static ZKMARK_ALWAYS_INLINE void store_digests_apart(const V* words, std::uint8_t* out, std::size_t stride) {
        HalfV half[8];
        unroll<8>([&](auto i) __attribute__((always_inline)) { half[i] = words[i].a; });
        Transpose32<Half>::store_digests_apart(half, out, stride);
        unroll<8>([&](auto i) __attribute__((always_inline)) { half[i] = words[i].b; });
        Transpose32<Half>::store_digests_apart(half, out + Half::count * stride, stride);
    }

    template <bool big_endian>
    static ZKMARK_ALWAYS_INLINE void store_digests(const V* words, std::uint8_t* out) {
        HalfV half[8];
        unroll<8>([&](auto i) __attribute__((always_inline)) { half[i] = words[i].a; });
        Transpose32<Half>::template store_digests<big_endian>(half, out);
        unroll<8>([&](auto i) __attribute__((always_inline)) { half[i] = words[i].b; });
        Transpose32<Half>::template store_digests<big_endian>(half, out + 32 * Half::count);
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
