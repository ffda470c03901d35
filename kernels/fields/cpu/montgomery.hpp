// Fields of several 64-bit limbs, in Montgomery form with R = 2^(64 n).
//
// Cost of a multiplication of n limbs: 2 n^2 + n word multiplications (36 for 4 limbs, 78 for 6): n^2 for
// the product, n^2 + n for the reduction. That is Montgomery's count; the product's n^2 are the floor of
// schoolbook multiplication, and a reduction by a general modulus takes as many again (Karatsuba saves
// multiplications here only by spending more additions than that). Where the modulus has a limb that is 0
// or a power of two (Pallas, Vesta) the compiler spares the multiplication: 28. A squaring needs
// n (n + 1) / 2 + n^2 + n, 63 for 6 limbs; with 4 limbs it is done as a multiplication.
//
// Measured on a Zen 4 at 3.7 GHz with gcc 12: 22 ns (4 limbs) and 45 ns (6 limbs), 2.2 times the cycles of
// the word multiplications at one a cycle. What is left is mostly the additions and the moves around mul,
// which mulx with two chains of carries saves: montgomery_adx.hpp, 17 and 31 ns.
//
// Values are always reduced, in [0, p). Nothing branches on data, but for inverse() and pow(), which
// branches on the exponent.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "kernels/fields/cpu/inverse.hpp"
#include "kernels/fields/cpu/montgomery_adx.hpp"
#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Parameters: id, limbs, modulus (little-endian std::array of limbs), generator (a small number).
template <class Parameters>
class MontgomeryField {
public:
    using Canonical = std::uint64_t;
    static constexpr unsigned words = Parameters::limbs;
    using Limbs = std::array<std::uint64_t, words>;

    static constexpr Limbs modulus = Parameters::modulus;
    static constexpr unsigned bits = 64 * words - std::countl_zero(modulus[words - 1]);
    static constexpr std::uint64_t negated_inverse_of_modulus = negated_inverse(modulus[0]);

private:
    // 2^exponent mod p by doubling; compile time only.
    static constexpr Limbs power_of_two(unsigned exponent) {
        Limbs x{1};
        for (unsigned i = 0; i < exponent; ++i) x = add_limbs(x, x);
        return x;
    }

    static constexpr unsigned trailing_zeros_of_order() {
        unsigned count = 0;
        Limbs order = modulus;
        order[0] -= 1;  // p is odd
        while (!(order[count / 64] >> (count % 64) & 1)) ++count;
        return count;
    }

    // One conditional subtraction of p, for x below 2 p.
    static constexpr ZKMARK_ALWAYS_INLINE Limbs subtract_modulus_once(const std::uint64_t* x) {
        Limbs difference{};
        Carry borrow = 0;
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) difference[i] = subtract_borrow(x[i], modulus[i], borrow);
        select_limbs<words>(borrow, x, difference.data());
        return difference;
    }

    static constexpr ZKMARK_ALWAYS_INLINE Limbs add_limbs(const Limbs& a, const Limbs& b) {
        std::uint64_t sum[words]{};
        Carry carry = 0;  // stays 0 at the end: p leaves the top bit free
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) sum[i] = add_carry(a[i], b[i], carry);
        return subtract_modulus_once(sum);
    }

    static constexpr ZKMARK_ALWAYS_INLINE Limbs subtract_limbs(const Limbs& a, const Limbs& b) {
        Limbs difference{};
        Carry borrow = 0;
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) difference[i] = subtract_borrow(a[i], b[i], borrow);
        const std::uint64_t mask = mask_of(borrow);
        Carry carry = 0;
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) difference[i] = add_carry(difference[i], modulus[i] & mask, carry);
        return difference;
    }

    // t += a b for t of count + 1 words, the low halves of the products in one chain of carries and the
    // high halves in another. Returns the carry out of t.
    template <unsigned count>
    static constexpr ZKMARK_ALWAYS_INLINE Carry add_row(std::uint64_t* t, const std::uint64_t* a,
                                                        std::uint64_t b) {
        std::uint64_t low[count]{}, high[count]{};
        ZKMARK_UNROLL
        for (unsigned j = 0; j < count; ++j) {
            const uint128_t product = uint128_t(a[j]) * b;
            low[j] = static_cast<std::uint64_t>(product);
            high[j] = static_cast<std::uint64_t>(product >> 64);
        }
        Carry carry = 0;
        ZKMARK_UNROLL
        for (unsigned j = 0; j < count; ++j) t[j] = add_carry(t[j], low[j], carry);
        t[count] = add_carry(t[count], 0, carry);
        Carry high_carry = 0;
        ZKMARK_UNROLL
        for (unsigned j = 0; j < count; ++j) t[j + 1] = add_carry(t[j + 1], high[j], high_carry);
        return carry + high_carry;
    }

    // a b R^-1: one row of the product, one row of the reduction, in turn (CIOS; Koc, Acar, Kaliski
    // 1996). With the top bit of p free, rows never carry out of words + 1 words: t stays below a + p
    // between rows (the same observation as the "no-carry" form of gnark, Botrel 2020).
    static constexpr ZKMARK_ALWAYS_INLINE Limbs multiply_limbs(const Limbs& a, const Limbs& b) {
#if defined(ZKMARK_HAS_ADX)
        if (!std::is_constant_evaluated()) return multiply_adx(a, b, modulus, negated_inverse_of_modulus);
#endif
        std::uint64_t t[words + 1]{};
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) {
            add_row<words>(t, a.data(), b[i]);
            add_row<words>(t, modulus.data(), t[0] * negated_inverse_of_modulus);  // makes t[0] zero
            ZKMARK_UNROLL
            for (unsigned j = 0; j < words; ++j) t[j] = t[j + 1];
            t[words] = 0;
        }
        return subtract_modulus_once(t);
    }

    // a^2 R^-1: each product of two different limbs once, doubled, then the squares, then the reduction.
    static constexpr ZKMARK_ALWAYS_INLINE Limbs square_limbs(const Limbs& a) {
        std::uint64_t t[2 * words]{};
        add_triangle<0>(t, a);
        Carry carry = 0;
        ZKMARK_UNROLL
        for (unsigned i = 1; i < 2 * words; ++i) t[i] = add_carry(t[i], t[i], carry);
        carry = 0;
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) {
            const uint128_t product = uint128_t(a[i]) * a[i];
            t[2 * i] = add_carry(t[2 * i], static_cast<std::uint64_t>(product), carry);
            t[2 * i + 1] = add_carry(t[2 * i + 1], static_cast<std::uint64_t>(product >> 64), carry);
        }
        Carry pending = 0;  // out of the row before, due in the next row's top word
        ZKMARK_UNROLL
        for (unsigned i = 0; i < words; ++i) {
            t[i + words] = add_carry(t[i + words], 0, pending);
            pending += add_row<words>(t + i, modulus.data(), t[i] * negated_inverse_of_modulus);
        }
        return subtract_modulus_once(t + words);
    }

    // t += a[row] (a[row + 1], ..., a[words - 1]) 2^(64 (2 row + 1)), and so for all later rows.
    template <unsigned row>
    static constexpr ZKMARK_ALWAYS_INLINE void add_triangle(std::uint64_t* t, const Limbs& a) {
        if constexpr (row + 1 < words) {
            add_row<words - 1 - row>(t + 2 * row + 1, a.data() + row + 1, a[row]);
            add_triangle<row + 1>(t, a);
        }
    }

public:
    static constexpr unsigned two_adicity = trailing_zeros_of_order();
    static constexpr Limbs r = power_of_two(64 * words);
    static constexpr Limbs r_squared = power_of_two(128 * words);
    static constexpr Limbs r_cubed = power_of_two(192 * words);

    static_assert(modulus[words - 1] < (std::uint64_t(1) << 63) - 1, "the top bit must be free");

    constexpr MontgomeryField() = default;

    static constexpr const char* id() { return Parameters::id; }
    static constexpr MontgomeryField zero() { return {}; }
    static constexpr MontgomeryField one() { return from_raw(r); }
    static constexpr MontgomeryField generator() { return from_u64(Parameters::generator); }

    // The Montgomery form itself, reduced.
    static constexpr MontgomeryField from_raw(const Limbs& limbs) {
        MontgomeryField result;
        result.limbs_ = limbs;
        return result;
    }
    constexpr const Limbs& raw() const { return limbs_; }

    static constexpr MontgomeryField from_u64(std::uint64_t value) {
        return from_raw(multiply_limbs(Limbs{value}, r_squared));
    }
    static constexpr MontgomeryField from_canonical(const Canonical* words_in) {
        Limbs limbs{};
        for (unsigned i = 0; i < words; ++i) limbs[i] = words_in[i];
        return from_raw(multiply_limbs(limbs, r_squared));
    }
    constexpr void to_canonical(Canonical* words_out) const {
        const Limbs limbs = multiply_limbs(limbs_, Limbs{1});
        for (unsigned i = 0; i < words; ++i) words_out[i] = limbs[i];
    }
    static constexpr bool is_canonical(const Canonical* words_in) {
        Carry borrow = 0;
        for (unsigned i = 0; i < words; ++i) subtract_borrow(words_in[i], modulus[i], borrow);
        return borrow != 0;
    }

    friend constexpr ZKMARK_ALWAYS_INLINE MontgomeryField operator+(const MontgomeryField& a,
                                                                    const MontgomeryField& b) {
        return from_raw(add_limbs(a.limbs_, b.limbs_));
    }
    friend constexpr ZKMARK_ALWAYS_INLINE MontgomeryField operator-(const MontgomeryField& a,
                                                                    const MontgomeryField& b) {
        return from_raw(subtract_limbs(a.limbs_, b.limbs_));
    }
    friend constexpr ZKMARK_FIELD_INLINE MontgomeryField operator*(const MontgomeryField& a,
                                                                   const MontgomeryField& b) {
        return from_raw(multiply_limbs(a.limbs_, b.limbs_));
    }
    constexpr MontgomeryField operator-() const { return zero() - *this; }
    // -*this if `negative` (0 or 1), without a branch: signs of digits are random.
    ZKMARK_ALWAYS_INLINE MontgomeryField negated_if(Carry negative) const {
        const MontgomeryField opposite = -*this;
        MontgomeryField result = *this;
        select_limbs<words>(negative, opposite.limbs_.data(), result.limbs_.data());
        return result;
    }
    constexpr MontgomeryField& operator+=(const MontgomeryField& b) { return *this = *this + b; }
    constexpr MontgomeryField& operator-=(const MontgomeryField& b) { return *this = *this - b; }
    constexpr MontgomeryField& operator*=(const MontgomeryField& b) { return *this = *this * b; }
    friend constexpr bool operator==(const MontgomeryField& a, const MontgomeryField& b) {
        std::uint64_t difference = 0;
        for (unsigned i = 0; i < words; ++i) difference |= a.limbs_[i] ^ b.limbs_[i];
        return difference == 0;
    }

    // With 4 limbs a squaring's fewer products are eaten up by its longer chains of carries (measured).
    constexpr ZKMARK_FIELD_INLINE MontgomeryField square() const {
#if defined(ZKMARK_HAS_ADX)
        if (!std::is_constant_evaluated()) return *this * *this;
#endif
        if constexpr (words > 4) return from_raw(square_limbs(limbs_));
        return *this * *this;
    }
    constexpr MontgomeryField doubled() const { return *this + *this; }
    constexpr bool is_zero() const {
        std::uint64_t any = 0;
        for (unsigned i = 0; i < words; ++i) any |= limbs_[i];
        return any == 0;
    }

    constexpr MontgomeryField pow(const std::uint64_t* exponent, unsigned limbs) const {
        MontgomeryField result = one();
        for (unsigned i = 64 * limbs; i-- > 0;) {
            result = result.square();
            if (exponent[i / 64] >> (i % 64) & 1) result = result * *this;
        }
        return result;
    }

    // Zero gives zero. Branches on the value: nothing here is a secret.
    MontgomeryField inverse() const {
        Limbs limbs{};
        invert<words>(limbs_.data(), modulus.data(), negated_inverse_of_modulus, bits, limbs.data());
        // (a R)^-1 R^3 / R = a^-1 R
        return from_raw(multiply_limbs(limbs, r_cubed));
    }

    // A root of unity of order 2^log_size, log_size <= two_adicity.
    // Computed on the first call: at compile time it takes clang past its limit of steps.
    static MontgomeryField root_of_unity(unsigned log_size) {
        static const MontgomeryField root = full_root();
        MontgomeryField result = root;
        for (unsigned i = log_size; i < two_adicity; ++i) result = result.square();
        return result;
    }

private:
    static constexpr Limbs odd_part_of_order() {
        Limbs order = modulus;
        order[0] -= 1;
        for (unsigned i = 0; i < two_adicity; ++i) shift_right(order, 0);
        return order;
    }
    static MontgomeryField full_root() {
        constexpr Limbs exponent = odd_part_of_order();
        return generator().pow(exponent.data(), words);
    }

    static constexpr void shift_right(Limbs& x, std::uint64_t top_bit) {
        for (unsigned i = 0; i + 1 < words; ++i) x[i] = x[i] >> 1 | x[i + 1] << 63;
        x[words - 1] = x[words - 1] >> 1 | top_bit << 63;
    }

    Limbs limbs_{};
};

struct Bn254FrParameters {
    static constexpr const char* id = "bn254-fr";
    static constexpr unsigned limbs = 4;
    static constexpr std::array<std::uint64_t, 4> modulus = {
        0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029};
    static constexpr std::uint64_t generator = 5;
};

struct Bn254FqParameters {
    static constexpr const char* id = "bn254-fq";
    static constexpr unsigned limbs = 4;
    static constexpr std::array<std::uint64_t, 4> modulus = {
        0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029};
    static constexpr std::uint64_t generator = 3;
};

struct Bls12381FrParameters {
    static constexpr const char* id = "bls12-381-fr";
    static constexpr unsigned limbs = 4;
    static constexpr std::array<std::uint64_t, 4> modulus = {
        0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48};
    static constexpr std::uint64_t generator = 7;
};

struct Bls12381FqParameters {
    static constexpr const char* id = "bls12-381-fq";
    static constexpr unsigned limbs = 6;
    static constexpr std::array<std::uint64_t, 6> modulus = {
        0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
        0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a};
    static constexpr std::uint64_t generator = 2;
};

struct PallasFpParameters {
    static constexpr const char* id = "pallas-fp";
    static constexpr unsigned limbs = 4;
    static constexpr std::array<std::uint64_t, 4> modulus = {0x992d30ed00000001, 0x224698fc094cf91b, 0,
                                                             0x4000000000000000};
    static constexpr std::uint64_t generator = 5;
};

struct VestaFpParameters {
    static constexpr const char* id = "vesta-fp";
    static constexpr unsigned limbs = 4;
    static constexpr std::array<std::uint64_t, 4> modulus = {0x8c46eb2100000001, 0x224698fc0994a8dd, 0,
                                                             0x4000000000000000};
    static constexpr std::uint64_t generator = 5;
};

using Bn254Fr = MontgomeryField<Bn254FrParameters>;
using Bn254Fq = MontgomeryField<Bn254FqParameters>;
using Bls12381Fr = MontgomeryField<Bls12381FrParameters>;
using Bls12381Fq = MontgomeryField<Bls12381FqParameters>;
using PallasFp = MontgomeryField<PallasFpParameters>;
using VestaFp = MontgomeryField<VestaFpParameters>;

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
