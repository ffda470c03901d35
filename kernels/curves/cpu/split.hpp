// Splitting a scalar along a curve's endomorphism (GLV): k = k1 + k2 lambda (mod r), |k1|, |k2| < 2^127.
//
// With two short vectors (a1, b1), (a2, b2) of determinant r and a + b lambda = 0 (mod r), b1 < 0 < b2:
// c1 = round(b2 k / r), c2 = round(-b1 k / r), k1 = k - c1 a1 - c2 a2, k2 = -c1 b1 - c2 b2. The divisions are
// multiplications by g1 = round(2^320 b2 / r) and g2 = round(2^320 -b1 / r); c may come out one off next to a
// half, where either is as good: k1 + k2 lambda = k holds for any c1, c2.
// ../endomorphism.py has the sources and derives the constants.
#pragma once

#include <cstdint>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// A scalar's half: sign and magnitude, below 2^127.
struct SplitHalf {
    std::uint64_t magnitude[2];
    bool negative;
};

struct ScalarSplit {
    std::uint64_t g1[4], g2[4];
    std::uint64_t a1[3], b1[3], a2[3], b2[3];  // two's complement modulo 2^192

    // Splits the scalar k (four words, below the order).
    void operator()(const std::uint64_t* k, SplitHalf& k1, SplitHalf& k2) const {
        std::uint64_t c1[3], c2[3], h1[3] = {k[0], k[1], k[2]}, h2[3] = {0, 0, 0};
        rounded_quotient(k, g1, c1);
        rounded_quotient(k, g2, c2);
        subtract_product(h1, c1, a1);
        subtract_product(h1, c2, a2);
        subtract_product(h2, c1, b1);
        subtract_product(h2, c2, b2);
        k1 = sign_and_magnitude(h1);
        k2 = sign_and_magnitude(h2);
    }

private:
    using Wide = unsigned __int128;

    // c = (k g + 2^319) >> 320.
    static void rounded_quotient(const std::uint64_t* k, const std::uint64_t* g, std::uint64_t* c) {
        std::uint64_t product[8] = {};
        for (int i = 0; i < 4; ++i) {
            std::uint64_t carry = 0;
            for (int j = 0; j < 4; ++j) {
                const Wide t = Wide(k[i]) * g[j] + product[i + j] + carry;
                product[i + j] = static_cast<std::uint64_t>(t);
                carry = static_cast<std::uint64_t>(t >> 64);
            }
            product[i + 4] = carry;
        }
        const Wide low = Wide(product[5]) + (product[4] >> 63);
        const Wide high = Wide(product[6]) + static_cast<std::uint64_t>(low >> 64);
        c[0] = static_cast<std::uint64_t>(low);
        c[1] = static_cast<std::uint64_t>(high);
        c[2] = product[7] + static_cast<std::uint64_t>(high >> 64);
    }

    static void negate(std::uint64_t* v) {
        std::uint64_t carry = 1;
        for (int i = 0; i < 3; ++i) {
            v[i] = ~v[i] + carry;
            carry = carry && v[i] == 0;
        }
    }

    // h -= c v modulo 2^192.
    static void subtract_product(std::uint64_t* h, const std::uint64_t* c, const std::uint64_t* v) {
        std::uint64_t product[3] = {};
        for (int i = 0; i < 3; ++i) {
            std::uint64_t carry = 0;
            for (int j = 0; i + j < 3; ++j) {
                const Wide t = Wide(c[i]) * v[j] + product[i + j] + carry;
                product[i + j] = static_cast<std::uint64_t>(t);
                carry = static_cast<std::uint64_t>(t >> 64);
            }
        }
        std::uint64_t borrow = 0;
        for (int i = 0; i < 3; ++i) {
            const Wide t = Wide(h[i]) - product[i] - borrow;
            h[i] = static_cast<std::uint64_t>(t);
            borrow = static_cast<std::uint64_t>(t >> 64) & 1;
        }
    }

    static SplitHalf sign_and_magnitude(std::uint64_t* h) {
        const bool negative = h[2] >> 63;
        if (negative) negate(h);
        return {{h[0], h[1]}, negative};
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
