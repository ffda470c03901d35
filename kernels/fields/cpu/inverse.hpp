// The modular inverse by the binary extended GCD with 31 steps at a time on 64-bit approximations.
//
// Each outer round runs 31 halving steps on the low 31 and the high 33 bits of a and b, then applies the
// 2x2 matrix of small factors that they gave to the whole integers and to the cofactors modulo p. That is
// 2 bits(p) / 31 rounds of 8 N word multiplications instead of the bits(p) squarings of Fermat's power.
// Not constant in time: nothing here is secret.
//
// Source: Pornin, "Optimized Binary GCD for Modular Inversion" (eprint 2020/972), algorithm 2.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

namespace gcd {

__extension__ typedef __int128 Wide;

// (f a + g b) / 2^31 for |f|, |g| <= 2^31; the result is made positive and its sign returned (true: it was
// negative). a, b have N words and the division is exact.
template <std::size_t N>
inline bool combine(const std::uint64_t* a, const std::uint64_t* b, std::int64_t f, std::int64_t g,
                    std::uint64_t* out) {
    std::uint64_t low[N];
    Wide carry = 0;
    // Products of a signed factor and an unsigned word: carry stays within 97 signed bits.
    for (std::size_t i = 0; i < N; ++i) {
        const Wide fa = Wide(uint128_t(a[i]) * static_cast<std::uint64_t>(f < 0 ? -f : f));
        const Wide gb = Wide(uint128_t(b[i]) * static_cast<std::uint64_t>(g < 0 ? -g : g));
        carry += (f < 0 ? -fa : fa) + (g < 0 ? -gb : gb);
        low[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    std::uint64_t top = static_cast<std::uint64_t>(carry);
    const bool negative = carry < 0;
    for (std::size_t i = 0; i + 1 < N; ++i) out[i] = (low[i] >> 31) | (low[i + 1] << 33);
    out[N - 1] = (low[N - 1] >> 31) | (top << 33);
    if (negative) {
        std::uint64_t c = 1;
        for (std::size_t i = 0; i < N; ++i) {
            out[i] = ~out[i] + c;
            c = c && out[i] == 0;
        }
    }
    return negative;
}

// (f u + g v) / 2^31 mod p, in [0, p), for u, v in [0, p).
template <std::size_t N>
inline void combine_mod(const std::uint64_t* u, const std::uint64_t* v, std::int64_t f, std::int64_t g,
                        const std::uint64_t* p, std::uint64_t p_negated_inverse, std::uint64_t* out) {
    std::uint64_t low[N];
    Wide carry = 0;
    for (std::size_t i = 0; i < N; ++i) {
        const Wide fu = Wide(uint128_t(u[i]) * static_cast<std::uint64_t>(f < 0 ? -f : f));
        const Wide gv = Wide(uint128_t(v[i]) * static_cast<std::uint64_t>(g < 0 ? -g : g));
        carry += (f < 0 ? -fu : fu) + (g < 0 ? -gv : gv);
        low[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    const std::uint64_t m = (low[0] * p_negated_inverse) & 0x7fffffff;
    Wide add = 0;
    std::uint64_t sum[N];
    for (std::size_t i = 0; i < N; ++i) {
        add += Wide(uint128_t(p[i]) * m) + low[i];
        sum[i] = static_cast<std::uint64_t>(add);
        add >>= 64;
    }
    std::int64_t top = static_cast<std::int64_t>(carry + add);
    for (std::size_t i = 0; i + 1 < N; ++i) out[i] = (sum[i] >> 31) | (sum[i + 1] << 33);
    out[N - 1] = (sum[N - 1] >> 31) | (static_cast<std::uint64_t>(top) << 33);
    top >>= 31;
    // The value is in (-p, 2p) now: |f| + |g| <= 2^31 bounds the combination, m p / 2^31 adds less than p.
    auto add_p = [&] {
        uint128_t c = 0;
        for (std::size_t i = 0; i < N; ++i) {
            c += uint128_t(out[i]) + p[i];
            out[i] = static_cast<std::uint64_t>(c);
            c >>= 64;
        }
        top += static_cast<std::int64_t>(c);
    };
    if (top < 0) add_p();
    std::uint64_t less[N];
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < N; ++i) {
        const uint128_t d = uint128_t(out[i]) - p[i] - borrow;
        less[i] = static_cast<std::uint64_t>(d);
        borrow = static_cast<std::uint64_t>(d >> 64) & 1;
    }
    if (top > 0 || !borrow)
        for (std::size_t i = 0; i < N; ++i) out[i] = less[i];
}

}  // namespace gcd

// value^-1 mod p, 0 for 0. p odd with its top bit free; value below p.
template <std::size_t N>
inline void invert(const std::uint64_t* value, const std::uint64_t* p, std::uint64_t p_negated_inverse,
                   unsigned bits, std::uint64_t* result) {
    std::uint64_t a[N], b[N], u[N] = {1}, v[N] = {};
    for (std::size_t i = 0; i < N; ++i) a[i] = value[i], b[i] = p[i];
    for (unsigned round = 0; round < (2 * bits - 1 + 30) / 31; ++round) {
        // Once a is 0, b is 1 and v holds the inverse up to nothing: every round divides by 2^31 exactly.
        std::size_t n = N;
        while (n > 1 && (a[n - 1] | b[n - 1]) == 0) --n;
        std::uint64_t xa = a[0], xb = b[0];
        if (n > 1) {
            const unsigned shift = static_cast<unsigned>(std::countl_zero(a[n - 1] | b[n - 1]));
            const auto high = [&](const std::uint64_t* w) {
                return shift ? (w[n - 1] << shift) | (w[n - 2] >> (64 - shift)) : w[n - 1];
            };
            xa = (a[0] & 0x7fffffff) | (high(a) & ~std::uint64_t(0x7fffffff));
            xb = (b[0] & 0x7fffffff) | (high(b) & ~std::uint64_t(0x7fffffff));
        }
        std::int64_t f0 = 1, g0 = 0, f1 = 0, g1 = 1;
        for (int step = 0; step < 31; ++step) {
            const std::uint64_t odd = 0 - (xa & 1);
            const std::uint64_t swap = odd & (0 - std::uint64_t(xa < xb));
            const std::uint64_t dx = (xa ^ xb) & swap;
            xa ^= dx;
            xb ^= dx;
            const std::int64_t df = (f0 ^ f1) & std::int64_t(swap), dg = (g0 ^ g1) & std::int64_t(swap);
            f0 ^= df;
            f1 ^= df;
            g0 ^= dg;
            g1 ^= dg;
            xa = (xa - (xb & odd)) >> 1;
            f0 -= f1 & std::int64_t(odd);
            g0 -= g1 & std::int64_t(odd);
            f1 *= 2;
            g1 *= 2;
        }
        std::uint64_t na[N], nb[N], nu[N], nv[N];
        if (gcd::combine<N>(a, b, f0, g0, na)) f0 = -f0, g0 = -g0;
        if (gcd::combine<N>(a, b, f1, g1, nb)) f1 = -f1, g1 = -g1;
        gcd::combine_mod<N>(u, v, f0, g0, p, p_negated_inverse, nu);
        gcd::combine_mod<N>(u, v, f1, g1, p, p_negated_inverse, nv);
        for (std::size_t i = 0; i < N; ++i) a[i] = na[i], b[i] = nb[i], u[i] = nu[i], v[i] = nv[i];
    }
    for (std::size_t i = 0; i < N; ++i) result[i] = v[i];
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
