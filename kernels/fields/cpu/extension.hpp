// Extensions of small fields by a root of x^degree - w, in the base field's own form.
//
// Cost of a multiplication. Degree 2 over Goldilocks: 3 products (Karatsuba) and a small multiple, 4 word
// multiplications; 3 products are the floor for degree 2. Degree 3: 6 products (Karatsuba for every pair of
// coordinates) and 2 small multiples, 8 word multiplications; 5 products are the floor (evaluation at 5 points),
// at the price of divisions by 2 and 3. Degree 4 over a 31-bit field: 16 products that
// are summed before they are reduced, 4 reductions and 3 multiples by w, 16 + 4 * 2 + 3 * 3 = 33 word
// multiplications; the floor is 7 products (evaluation at 7 points), which costs more in additions.
#pragma once

#include "kernels/fields/cpu/field31.hpp"
#include "kernels/fields/cpu/goldilocks.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Parameters: id, Base, degree (2, 3 or 4), non_residue.
template <class Parameters>
class Extension {
public:
    using Base = typename Parameters::Base;
    using Canonical = typename Base::Canonical;
    static constexpr unsigned degree = Parameters::degree;
    static constexpr unsigned words = degree * Base::words;
    static_assert(degree >= 2 && degree <= 4);

    constexpr Extension() = default;
    constexpr explicit Extension(Base constant) { coordinates_[0] = constant; }

    static constexpr const char* id() { return Parameters::id; }
    static constexpr Extension zero() { return {}; }
    static constexpr Extension one() { return Extension(Base::one()); }
    static constexpr Base non_residue() { return Base::from_u64(Parameters::non_residue); }

    static constexpr Extension from_canonical(const Canonical* words_in) {
        Extension result;
        for (unsigned i = 0; i < degree; ++i)
            result.coordinates_[i] = Base::from_canonical(words_in + i * Base::words);
        return result;
    }
    constexpr void to_canonical(Canonical* words_out) const {
        for (unsigned i = 0; i < degree; ++i) coordinates_[i].to_canonical(words_out + i * Base::words);
    }

    constexpr Base operator[](unsigned i) const { return coordinates_[i]; }
    constexpr Base& operator[](unsigned i) { return coordinates_[i]; }

    friend constexpr Extension operator+(Extension a, const Extension& b) {
        for (unsigned i = 0; i < degree; ++i) a[i] += b[i];
        return a;
    }
    friend constexpr Extension operator-(Extension a, const Extension& b) {
        for (unsigned i = 0; i < degree; ++i) a[i] -= b[i];
        return a;
    }
    friend constexpr Extension operator*(const Extension& a, const Extension& b) {
        Extension result;
        if constexpr (degree == 2) {
            const Base low = a[0] * b[0], high = a[1] * b[1];
            result[0] = low + non_residue() * high;
            result[1] = (a[0] + a[1]) * (b[0] + b[1]) - low - high;
        } else if constexpr (degree == 3) {
            const Base p0 = a[0] * b[0], p1 = a[1] * b[1], p2 = a[2] * b[2];
            const Base p01 = (a[0] + a[1]) * (b[0] + b[1]) - p0 - p1;
            const Base p02 = (a[0] + a[2]) * (b[0] + b[2]) - p0 - p2;
            const Base p12 = (a[1] + a[2]) * (b[1] + b[2]) - p1 - p2;
            result[0] = p0 + non_residue() * p12;
            result[1] = p01 + non_residue() * p2;
            result[2] = p02 + p1;
        } else {
            // Coordinate k is the sum over i of a[i] b[k - i], with b[j] for negative j standing for
            // w b[j + 4].
            const Base w = non_residue();
            const Base left[4] = {a[0], a[1], a[2], a[3]};
            const Base b1 = w * b[1], b2 = w * b[2], b3 = w * b[3];
            const Base rows[4][4] = {{b[0], b3, b2, b1},
                                     {b[1], b[0], b3, b2},
                                     {b[2], b[1], b[0], b3},
                                     {b[3], b[2], b[1], b[0]}};
            for (unsigned k = 0; k < 4; ++k) result[k] = Base::sum_of_products(left, rows[k]);
        }
        return result;
    }
    friend constexpr Extension operator*(Extension a, Base b) {
        for (unsigned i = 0; i < degree; ++i) a[i] *= b;
        return a;
    }
    constexpr Extension operator-() const { return zero() - *this; }
    constexpr Extension& operator+=(const Extension& b) { return *this = *this + b; }
    constexpr Extension& operator-=(const Extension& b) { return *this = *this - b; }
    constexpr Extension& operator*=(const Extension& b) { return *this = *this * b; }
    friend constexpr bool operator==(const Extension& a, const Extension& b) {
        bool equal = true;
        for (unsigned i = 0; i < degree; ++i) equal &= a[i] == b[i];
        return equal;
    }

    constexpr Extension square() const { return *this * *this; }
    constexpr Extension doubled() const { return *this + *this; }
    constexpr bool is_zero() const { return *this == zero(); }

    constexpr Extension pow(const std::uint64_t* exponent, unsigned limbs) const {
        Extension result = one();
        for (unsigned i = 64 * limbs; i-- > 0;) {
            result = result.square();
            if (exponent[i / 64] >> (i % 64) & 1) result = result * *this;
        }
        return result;
    }

    // a^p: x^p = w^((p - 1) / degree) x, so each coordinate is scaled by a power of that factor.
    constexpr Extension frobenius() const {
        const std::uint64_t exponent = (std::uint64_t(Base::modulus) - 1) / degree;
        const Base factor = non_residue().pow(&exponent, 1);
        Extension result = *this;
        Base power = factor;
        for (unsigned i = 1; i < degree; ++i, power *= factor) result[i] *= power;
        return result;
    }

    // By the norm, one inversion in the base field. Zero gives zero.
    // Degree 3: the coordinates of norm(a) / a are cofactors of the matrix that multiplies by a.
    // Degree 4 is degree 2 twice: with y = x^2, (e + o x)(e - o x) = e^2 - y o^2 = s + t y, and
    // (s + t y)(s - t y) = s^2 - w t^2 lies in the base field.
    constexpr Extension inverse() const {
        const Base w = non_residue();
        const Extension& a = *this;
        Extension result;
        if constexpr (degree == 2) {
            const Base scale = (a[0] * a[0] - w * (a[1] * a[1])).inverse();
            result[0] = a[0] * scale;
            result[1] = -(a[1] * scale);
        } else if constexpr (degree == 3) {
            result[0] = a[0] * a[0] - w * (a[1] * a[2]);
            result[1] = w * (a[2] * a[2]) - a[0] * a[1];
            result[2] = a[1] * a[1] - a[0] * a[2];
            const Base norm = a[0] * result[0] + w * (a[2] * result[1] + a[1] * result[2]);
            result = result * norm.inverse();
        } else {
            const Base s = a[0] * a[0] + w * (a[2] * a[2] - (a[1] * a[3]).doubled());
            const Base t = (a[0] * a[2]).doubled() - a[1] * a[1] - w * (a[3] * a[3]);
            const Base scale = (s * s - w * (t * t)).inverse();
            const Base u = s * scale, v = -(t * scale);  // 1 / (s + t y) = u + v y
            result[0] = a[0] * u + w * (a[2] * v);
            result[2] = a[0] * v + a[2] * u;
            result[1] = -(a[1] * u + w * (a[3] * v));
            result[3] = -(a[1] * v + a[3] * u);
        }
        return result;
    }

private:
    Base coordinates_[degree]{};
};

struct GoldilocksExt2Parameters {
    static constexpr const char* id = "goldilocks-ext2";
    using Base = Goldilocks;
    static constexpr unsigned degree = 2;
    static constexpr unsigned non_residue = 7;
};

struct GoldilocksExt3Parameters {
    static constexpr const char* id = "goldilocks-ext3";
    using Base = Goldilocks;
    static constexpr unsigned degree = 3;
    static constexpr unsigned non_residue = 7;
};

struct BabyBearExt4Parameters {
    static constexpr const char* id = "babybear-ext4";
    using Base = BabyBear;
    static constexpr unsigned degree = 4;
    static constexpr unsigned non_residue = 11;
};

using GoldilocksExt2 = Extension<GoldilocksExt2Parameters>;
using GoldilocksExt3 = Extension<GoldilocksExt3Parameters>;
using BabyBearExt4 = Extension<BabyBearExt4Parameters>;

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
