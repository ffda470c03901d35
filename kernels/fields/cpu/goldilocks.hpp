// The Goldilocks field, p = 2^64 - 2^32 + 1, in canonical form.
//
// Cost of a multiplication: 1 word multiplication (64 x 64 bits), which is the floor. Reduction is shifts
// and additions: 2^64 = 2^32 - 1 and 2^96 = -1 modulo p.
//
// Values are always reduced, in [0, p). Nothing branches on data.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

class Goldilocks {
public:
    using Canonical = std::uint64_t;
    static constexpr unsigned words = 1;
    static constexpr std::uint64_t modulus = 0xffff'ffff'0000'0001;
    static constexpr unsigned bits = 64;
    static constexpr unsigned two_adicity = std::countr_zero(modulus - 1);
    // 2^64 mod p: what a lost carry is worth.
    static constexpr std::uint64_t epsilon = 0xffff'ffff;

    constexpr Goldilocks() = default;

    static constexpr const char* id() { return "goldilocks"; }
    static constexpr Goldilocks zero() { return {}; }
    static constexpr Goldilocks one() { return from_raw(1); }
    static constexpr Goldilocks generator() { return from_raw(7); }

    // The value itself, reduced.
    static constexpr Goldilocks from_raw(std::uint64_t value) {
        Goldilocks result;
        result.value_ = value;
        return result;
    }
    constexpr std::uint64_t raw() const { return value_; }

    static constexpr Goldilocks from_u64(std::uint64_t value) { return from_raw(canonical(value)); }
    static constexpr Goldilocks from_canonical(const Canonical* words_in) { return from_raw(*words_in); }
    constexpr void to_canonical(Canonical* words_out) const { *words_out = value_; }
    static constexpr bool is_canonical(const Canonical* words_in) { return *words_in < modulus; }

    // Any word to its residue in [0, p).
    static constexpr ZKMARK_ALWAYS_INLINE std::uint64_t canonical(std::uint64_t x) {
        return x - (modulus & mask(x >= modulus));
    }

    // Any two words of a product to a word congruent to it, not always below p: good as a factor, not as
    // a term. For chains of multiplications that are made canonical once at the end.
    static constexpr ZKMARK_ALWAYS_INLINE std::uint64_t reduce_lazily(uint128_t x) {
        const std::uint64_t low = static_cast<std::uint64_t>(x);
        const std::uint64_t high = static_cast<std::uint64_t>(x >> 64);
        const std::uint64_t top = high >> 32;
        // A borrow lost 2^64; low - top is then above epsilon, and taking epsilon cannot borrow again.
        const std::uint64_t difference = low - top - (epsilon & mask(low < top));
        const std::uint64_t middle = ((high & epsilon) << 32) - (high & epsilon);
        // A carry lost 2^64; the sum is then at most 2^64 - 2^33, and adding epsilon cannot carry again.
        const std::uint64_t sum = difference + middle;
        return sum + (epsilon & mask(sum < middle));
    }

    friend constexpr ZKMARK_ALWAYS_INLINE Goldilocks operator+(Goldilocks a, Goldilocks b) {
        return a - from_raw(modulus - b.value_);
    }
    // Also right for b = p, which operator+ makes of b = 0.
    friend constexpr ZKMARK_ALWAYS_INLINE Goldilocks operator-(Goldilocks a, Goldilocks b) {
        return from_raw(a.value_ - b.value_ - (epsilon & mask(a.value_ < b.value_)));
    }
    friend constexpr ZKMARK_ALWAYS_INLINE Goldilocks operator*(Goldilocks a, Goldilocks b) {
        return from_raw(canonical(reduce_lazily(uint128_t(a.value_) * b.value_)));
    }
    constexpr Goldilocks operator-() const { return zero() - *this; }
    constexpr Goldilocks& operator+=(Goldilocks b) { return *this = *this + b; }
    constexpr Goldilocks& operator-=(Goldilocks b) { return *this = *this - b; }
    constexpr Goldilocks& operator*=(Goldilocks b) { return *this = *this * b; }
    friend constexpr bool operator==(Goldilocks a, Goldilocks b) { return a.value_ == b.value_; }

    constexpr Goldilocks square() const { return *this * *this; }
    constexpr Goldilocks doubled() const { return *this + *this; }
    constexpr bool is_zero() const { return value_ == 0; }

    constexpr Goldilocks pow(const std::uint64_t* exponent, unsigned limbs) const {
        Goldilocks result = one();
        for (unsigned i = 64 * limbs; i-- > 0;) {
            result = result.square();
            if (exponent[i / 64] >> (i % 64) & 1) result = result * *this;
        }
        return result;
    }
    constexpr Goldilocks pow(std::uint64_t exponent) const { return pow(&exponent, 1); }

    // Fermat: a^(p - 2) with p - 2 = (2^31 - 1) 2^33 + (2^32 - 1); 64 squarings, 8 multiplications.
    // Zero gives zero.
    constexpr Goldilocks inverse() const {
        const Goldilocks a2 = squared_times(*this, 1, *this);  // a_k = a^(2^k - 1)
        const Goldilocks a3 = squared_times(a2, 1, *this);
        const Goldilocks a6 = squared_times(a3, 3, a3);
        const Goldilocks a12 = squared_times(a6, 6, a6);
        const Goldilocks a24 = squared_times(a12, 12, a12);
        const Goldilocks a30 = squared_times(a24, 6, a6);
        const Goldilocks a31 = squared_times(a30, 1, *this);
        const Goldilocks a32 = squared_times(a31, 1, *this);
        return squared_times(a31, 33, a32);
    }

    // A root of unity of order 2^log_size, log_size <= two_adicity.
    static constexpr Goldilocks root_of_unity(unsigned log_size) {
        constexpr std::uint64_t exponent = (modulus - 1) >> two_adicity;
        Goldilocks result = generator().pow(exponent);
        for (unsigned i = log_size; i < two_adicity; ++i) result = result.square();
        return result;
    }

private:
    static constexpr ZKMARK_ALWAYS_INLINE std::uint64_t mask(bool bit) { return 0 - std::uint64_t(bit); }

    // a^(2^count) b
    static constexpr Goldilocks squared_times(Goldilocks a, unsigned count, Goldilocks b) {
        for (unsigned i = 0; i < count; ++i) a = a.square();
        return a * b;
    }

    std::uint64_t value_ = 0;
};

static_assert(Goldilocks::two_adicity == 32);

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
