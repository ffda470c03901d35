// RPO's 12x12 circulant MDS matrix on Goldilocks words, without one wide multiplication.
//
// Multiplying by a circulant matrix is a cyclic convolution. With y = x^3 it splits into 3x3 products of
// polynomials modulo y^4 - 1, which a transform of length 4 (roots 1, -1, i, -i: additions only) turns
// into pointwise ones. What the matrix' first column becomes under that transform are mostly powers of
// two, known at compile time. Words are split into 32-bit halves, whose sums never overflow 64 bits.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

namespace circulant_detail {

constexpr std::array<std::int64_t, 12> first_row = {7, 23, 8, 26, 13, 10, 9, 7, 6, 22, 21, 8};

// The transformed column over 4 (at 1 and -1) or over 2 (at i), the divisions of the transform back.
struct Spectrum {
    std::int64_t at_one[3], at_minus_one[3], at_i_real[3], at_i_imaginary[3];
};

constexpr Spectrum spectrum = [] {
    Spectrum s{};
    for (unsigned b = 0; b < 3; ++b) {
        std::int64_t column[4] = {};
        for (unsigned a = 0; a < 4; ++a) column[a] = first_row[(12 - (3 * a + b)) % 12];
        s.at_one[b] = (column[0] + column[1] + column[2] + column[3]) / 4;
        s.at_minus_one[b] = (column[0] - column[1] + column[2] - column[3]) / 4;
        s.at_i_real[b] = (column[0] - column[2]) / 2;
        s.at_i_imaginary[b] = (column[1] - column[3]) / 2;
    }
    return s;
}();

// The divisions must be exact.
static_assert([] {
    for (unsigned b = 0; b < 3; ++b) {
        const std::int64_t real = 2 * spectrum.at_i_real[b], imaginary = 2 * spectrum.at_i_imaginary[b];
        const std::int64_t even = 2 * (spectrum.at_one[b] + spectrum.at_minus_one[b]);
        const std::int64_t odd = 2 * (spectrum.at_one[b] - spectrum.at_minus_one[b]);
        if ((even + real) / 2 != first_row[(12 - b) % 12]) return false;
        if ((odd + imaginary) / 2 != first_row[(12 - b - 3) % 12]) return false;
        if ((even - real) / 2 != first_row[(12 - b - 6) % 12]) return false;
        if ((odd - imaginary) / 2 != first_row[(12 - b - 9) % 12]) return false;
    }
    return true;
}());

// The convolution of 12 integers below 2^32 with the matrix' column; results are below 160 * 2^32. V is a signed
// 64-bit integer, or a vector of such.
template <class V>
ZKMARK_ALWAYS_INLINE void convolve(const V* in, V* out) {
    V one[3], minus_one[3], real[3], imaginary[3];
    unroll<3>([&](auto b) __attribute__((always_inline)) {
        const V x0 = in[b], x1 = in[b + 3], x2 = in[b + 6], x3 = in[b + 9];
        const V even = x0 + x2, odd = x1 + x3;
        one[b] = even + odd;
        minus_one[b] = even - odd;
        real[b] = x0 - x2;
        imaginary[b] = x1 - x3;
    });
    // Coefficient b of the product of two polynomials of degree 2 in x modulo x^3 = y.
    unroll<3>([&](auto b) __attribute__((always_inline)) {
        V at_one{}, at_minus_one{}, at_i_real{}, at_i_imaginary{};
        unroll<3>([&](auto k) __attribute__((always_inline)) {
            constexpr unsigned c = (b + 3 - k) % 3;
            constexpr bool wraps = k > b;
            at_one += one[k] * spectrum.at_one[c];
            at_minus_one += (wraps ? -1 : 1) * spectrum.at_minus_one[c] * minus_one[k];
            const V re = real[k] * spectrum.at_i_real[c] - imaginary[k] * spectrum.at_i_imaginary[c];
            const V im = real[k] * spectrum.at_i_imaginary[c] + imaginary[k] * spectrum.at_i_real[c];
            at_i_real += wraps ? -im : re;  // times i where the product wraps
            at_i_imaginary += wraps ? re : im;
        });
        const V even = at_one + at_minus_one, odd = at_one - at_minus_one;
        out[b] = even + at_i_real;
        out[b + 3] = odd + at_i_imaginary;
        out[b + 6] = even - at_i_real;
        out[b + 9] = odd - at_i_imaginary;
    });
}

}  // namespace circulant_detail

// Multiplies 12 words modulo p = 2^64 - 2^32 + 1 by the matrix and adds a constant to each. Words in and
// out are congruent to the elements, not always below p.
ZKMARK_ALWAYS_INLINE void rpo_circulant(std::uint64_t* words, const std::uint64_t* constants) {
    constexpr std::uint64_t epsilon = 0xffffffff;  // 2^64 modulo p
    std::int64_t low[12], high[12];
    for (unsigned i = 0; i < 12; ++i) {
        low[i] = std::int64_t(words[i] & epsilon);
        high[i] = std::int64_t(words[i] >> 32);
    }
    circulant_detail::convolve(low, low);
    circulant_detail::convolve(high, high);
    for (unsigned i = 0; i < 12; ++i) {
        // low + 2^32 high with both below 2^41: fold the bits above 2^64.
        const std::uint64_t lower = std::uint64_t(low[i]) + (constants[i] & epsilon);
        const std::uint64_t upper = std::uint64_t(high[i]) + (constants[i] >> 32);
        const std::uint64_t folded = lower + (upper >> 32) * epsilon;  // below 2^42
        const std::uint64_t sum = (upper << 32) + folded;
        words[i] = sum + (sum < folded ? epsilon : 0);
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
