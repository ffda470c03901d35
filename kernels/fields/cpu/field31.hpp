// Fields of 31 bits, in Montgomery form with R = 2^32.
//
// Cost of a multiplication: 3 word multiplications (32 x 32 bits): the product, the quotient's low half,
// the quotient times p. The floor is 1, the product: both moduli are sparse, so that the other two can be
// shifts and subtractions, but on current CPUs a multiplication is no dearer than those.
//
// Values are always reduced, in [0, p). Nothing branches on data: min() picks between r and r + p, of
// which the wrong one wrapped around or was never reduced.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class Parameters>
class Field31 {
public:
    using Canonical = std::uint32_t;
    static constexpr unsigned words = 1;
    static constexpr std::uint32_t modulus = Parameters::modulus;
    static constexpr unsigned bits = 31;
    static constexpr unsigned two_adicity = std::countr_zero(modulus - 1);
    // p^-1 mod 2^32: reduction subtracts, so the inverse is not negated.
    static constexpr std::uint32_t inverse_of_modulus =
        static_cast<std::uint32_t>(0 - negated_inverse(modulus));
    static constexpr std::uint32_t r = (std::uint64_t(1) << 32) % modulus;
    static constexpr std::uint32_t r_squared = std::uint64_t(r) * r % modulus;

    static_assert(modulus >> 30 == 1, "a modulus of 31 bits: sums of two elements fit a word");

    constexpr Field31() = default;

    static constexpr const char* id() { return Parameters::id; }
    static constexpr Field31 zero() { return {}; }
    static constexpr Field31 one() { return from_raw(r); }
    static constexpr Field31 generator() { return from_u64(Parameters::generator); }

    // The Montgomery form itself, reduced.
    static constexpr Field31 from_raw(std::uint32_t value) {
        Field31 result;
        result.value_ = value;
        return result;
    }
    constexpr std::uint32_t raw() const { return value_; }

    static constexpr Field31 from_u64(std::uint64_t value) {
        return from_raw(reduce((value % modulus) * r_squared));
    }
    static constexpr Field31 from_canonical(const Canonical* words_in) {
        return from_raw(reduce(std::uint64_t(*words_in) * r_squared));
    }
    constexpr void to_canonical(Canonical* words_out) const { *words_out = reduce(value_); }
    static constexpr bool is_canonical(const Canonical* words_in) { return *words_in < modulus; }

    // x R^-1 mod p, in [0, p), for x < 2^32 p.
    static constexpr ZKMARK_ALWAYS_INLINE std::uint32_t reduce(std::uint64_t x) {
        const std::uint32_t quotient = static_cast<std::uint32_t>(x) * inverse_of_modulus;
        const std::uint32_t high = static_cast<std::uint32_t>((std::uint64_t(quotient) * modulus) >> 32);
        return wrap(static_cast<std::uint32_t>(x >> 32) - high);
    }

    friend constexpr ZKMARK_ALWAYS_INLINE Field31 operator+(Field31 a, Field31 b) {
        const std::uint32_t sum = a.value_ + b.value_;
        return from_raw(std::min(sum, sum - modulus));
    }
    friend constexpr ZKMARK_ALWAYS_INLINE Field31 operator-(Field31 a, Field31 b) {
        return from_raw(wrap(a.value_ - b.value_));
    }
    friend constexpr ZKMARK_ALWAYS_INLINE Field31 operator*(Field31 a, Field31 b) {
        return from_raw(reduce(std::uint64_t(a.value_) * b.value_));
    }
    constexpr Field31 operator-() const { return zero() - *this; }
    constexpr Field31& operator+=(Field31 b) { return *this = *this + b; }
    constexpr Field31& operator-=(Field31 b) { return *this = *this - b; }
    constexpr Field31& operator*=(Field31 b) { return *this = *this * b; }
    friend constexpr bool operator==(Field31 a, Field31 b) { return a.value_ == b.value_; }

    constexpr Field31 square() const { return *this * *this; }
    constexpr Field31 doubled() const { return *this + *this; }
    constexpr bool is_zero() const { return value_ == 0; }

    // a[0] b[0] + ... + a[n-1] b[n-1] with one reduction for all, n <= 4. The sum is below 4 p^2 < 2^33 p,
    // so one subtraction of 2^32 p brings it where reduce() works.
    template <unsigned n>
    static constexpr ZKMARK_ALWAYS_INLINE Field31 sum_of_products(const Field31 (&a)[n],
                                                                  const Field31 (&b)[n]) {
        static_assert(n >= 1 && n <= 4);
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < n; ++i) sum += std::uint64_t(a[i].value_) * b[i].value_;
        return from_raw(reduce(std::min(sum, sum - (std::uint64_t(modulus) << 32))));
    }

    constexpr Field31 pow(const std::uint64_t* exponent, unsigned limbs) const {
        Field31 result = one();
        for (unsigned i = 64 * limbs; i-- > 0;) {
            result = result.square();
            if (exponent[i / 64] >> (i % 64) & 1) result = result * *this;
        }
        return result;
    }
    constexpr Field31 pow(std::uint32_t exponent) const {
        Field31 result = one();
        for (int i = 31 - std::countl_zero(exponent); i >= 0; --i) {
            result = result.square();
            if (exponent >> i & 1) result = result * *this;
        }
        return result;
    }

    // Fermat: a^(p - 2). Zero gives zero.
    constexpr Field31 inverse() const { return pow(modulus - 2); }

    // A root of unity of order 2^log_size, log_size <= two_adicity.
    static constexpr Field31 root_of_unity(unsigned log_size) {
        constexpr Field31 root = generator().pow((modulus - 1) >> two_adicity);
        Field31 result = root;
        for (unsigned i = log_size; i < two_adicity; ++i) result = result.square();
        return result;
    }

private:
    // d mod p for a d in (-p, p) that may have wrapped around.
    static constexpr ZKMARK_ALWAYS_INLINE std::uint32_t wrap(std::uint32_t d) {
        return std::min(d, d + modulus);
    }

    std::uint32_t value_ = 0;
};

struct BabyBearParameters {
    static constexpr const char* id = "babybear";
    static constexpr std::uint32_t modulus = (15u << 27) + 1;
    static constexpr std::uint32_t generator = 31;
};

struct KoalaBearParameters {
    static constexpr const char* id = "koalabear";
    static constexpr std::uint32_t modulus = (127u << 24) + 1;
    static constexpr std::uint32_t generator = 3;
};

using BabyBear = Field31<BabyBearParameters>;
using KoalaBear = Field31<KoalaBearParameters>;

static_assert(BabyBear::two_adicity == 27 && KoalaBear::two_adicity == 24);

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
