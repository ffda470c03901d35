// Points of the curves y^2 = x^3 + b in two forms, and the complete group law between them.
//
// Affine: (x, y); infinity is (0, 0), which is on no curve here because b is not 0. XYZZ ("extended
// Jacobian"): x = X / ZZ, y = Y / ZZZ with ZZ^3 = ZZZ^2; infinity has ZZ = 0. Every addition below handles
// infinity, equal and opposite points. Formulas: Explicit-Formulas Database, "XYZZ coordinates for short
// Weierstrass curves" with a = 0 (madd-2008-s, add-2008-s, dbl-2008-s-1, mdbl-2008-s-1).
//
// Multiplications, squarings included: addition of an affine point 10, of an XYZZ point 14; doubling 9.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class F>
struct Affine {
    F x, y;

    static constexpr Affine infinity() { return {F::zero(), F::zero()}; }
    bool is_infinity() const { return x.is_zero() && y.is_zero(); }
    Affine operator-() const { return {x, -y}; }
    bool operator==(const Affine& other) const { return x == other.x && y == other.y; }

    // From and to 2 * words canonical words: x, then y.
    static Affine from_canonical(const std::uint64_t* words) {
        return {F::from_canonical(words), F::from_canonical(words + F::words)};
    }
    void to_canonical(std::uint64_t* words) const {
        x.to_canonical(words);
        y.to_canonical(words + F::words);
    }
};

template <class F>
struct Xyzz {
    F x, y, zz, zzz;

    static constexpr Xyzz infinity() { return {F::zero(), F::zero(), F::zero(), F::zero()}; }
    bool is_infinity() const { return zz.is_zero(); }

    static Xyzz from(const Affine<F>& p) {
        if (p.is_infinity()) return infinity();
        return {p.x, p.y, F::one(), F::one()};
    }

    static Xyzz doubled(const Affine<F>& p) {
        const F u = p.y.doubled(), v = u.square(), w = u * v, s = p.x * v;
        const F xx = p.x.square(), m = xx.doubled() + xx;
        const F x3 = m.square() - s.doubled();
        return {x3, m * (s - x3) - w * p.y, v, w};  // y = 0 gives ZZ = 0: infinity, as it must
    }

    Xyzz doubled() const {
        const F u = y.doubled(), v = u.square(), w = u * v, s = x * v;
        const F xx = x.square(), m = xx.doubled() + xx;
        const F x3 = m.square() - s.doubled();
        return {x3, m * (s - x3) - w * y, v * zz, w * zzz};
    }

    Xyzz& operator+=(const Affine<F>& q) {
        if (q.is_infinity()) return *this;
        if (is_infinity()) return *this = from(q);
        const F p = q.x * zz - x, r = q.y * zzz - y;
        if (p.is_zero()) return *this = r.is_zero() ? doubled(q) : infinity();
        const F pp = p.square(), ppp = p * pp, v = x * pp;
        const F x3 = r.square() - ppp - v.doubled();
        y = r * (v - x3) - y * ppp;
        x = x3;
        zz = zz * pp;
        zzz = zzz * ppp;
        return *this;
    }

    Xyzz& operator+=(const Xyzz& q) {
        if (q.is_infinity()) return *this;
        if (is_infinity()) return *this = q;
        const F u = x * q.zz, s = y * q.zzz;
        const F p = q.x * zz - u, r = q.y * zzz - s;
        if (p.is_zero()) return *this = r.is_zero() ? doubled() : infinity();
        const F pp = p.square(), ppp = p * pp, v = u * pp;
        const F x3 = r.square() - ppp - v.doubled();
        y = r * (v - x3) - s * ppp;
        x = x3;
        zz = zz * q.zz * pp;
        zzz = zzz * q.zzz * ppp;
        return *this;
    }

    Affine<F> to_affine() const {
        if (is_infinity()) return Affine<F>::infinity();
        return with_inverse(zzz.inverse());
    }

    // The affine point, given 1 / ZZZ: 1 / ZZ = (ZZ / ZZZ)^2 because ZZ^3 = ZZZ^2.
    Affine<F> with_inverse(const F& zzz_inverse) const {
        const F z_inverse = zz * zzz_inverse;
        return {x * z_inverse.square(), y * zzz_inverse};
    }
};

// Turns points affine with one inversion (Montgomery's trick). `scratch` holds `count` field elements.
template <class F>
void batch_to_affine(const Xyzz<F>* points, std::size_t count, Affine<F>* result, F* scratch) {
    F product = F::one();
    for (std::size_t i = 0; i < count; ++i) {
        scratch[i] = product;
        if (!points[i].is_infinity()) product = product * points[i].zzz;
    }
    F inverse = product.inverse();
    for (std::size_t i = count; i-- > 0;) {
        if (points[i].is_infinity()) {
            result[i] = Affine<F>::infinity();
            continue;
        }
        result[i] = points[i].with_inverse(inverse * scratch[i]);
        inverse = inverse * points[i].zzz;
    }
}

// scalar * p by double and add, for any point of the curve; the scalar has `limbs` words.
template <class F>
Xyzz<F> multiply(const Affine<F>& p, const std::uint64_t* scalar, unsigned limbs) {
    Xyzz<F> result = Xyzz<F>::infinity();
    for (unsigned bit = limbs * 64; bit-- > 0;) {
        result = result.doubled();
        if ((scalar[bit / 64] >> (bit % 64)) & 1) result += p;
    }
    return result;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
