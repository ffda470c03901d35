// Goldilocks elements in lanes, one interface for every instruction set, and sums of products that are reduced once.
//
// A lane holds any word congruent to its element (packed_goldilocks.hpp); `store_canonical` alone makes them
// canonical. Portable code has one lane.
//
// Instructions (of them multiplications), AVX-512 / AVX2; packed_goldilocks.hpp counts the rest:
//
//     a b + c                     28 (5) / 31 (5)     c costs 4, whatever word it is: its halves are added to
//                                                     partial products, which have room for them
//     a c1 + b, c1 below 2^32     15 (3) / 18 (3)
//     a term of a ProductSum      16 (4) / 16 (4)     against 28 / 31 for one that is reduced at once
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/fields/cpu/packed_goldilocks.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

#if defined(__AVX2__)

class Lanes {
    using W = Words64;
    using P = PackedGoldilocks;

public:
    using Vector = W::Vector;
    static constexpr std::size_t count = W::lanes;

    Lanes() = default;
    explicit ZKMARK_ALWAYS_INLINE Lanes(Vector words) : words_(words) {}
    explicit ZKMARK_ALWAYS_INLINE Lanes(P packed) : words_(packed.vector()) {}

    static ZKMARK_ALWAYS_INLINE Lanes load(const std::uint64_t* from) { return Lanes(W::load(from)); }
    static ZKMARK_ALWAYS_INLINE Lanes broadcast(std::uint64_t word) { return Lanes(W::broadcast(word)); }
    ZKMARK_ALWAYS_INLINE void store(std::uint64_t* to) const { W::store(to, words_); }
    ZKMARK_ALWAYS_INLINE void store_canonical(std::uint64_t* to) const { W::store(to, W::canonical(words_)); }
    ZKMARK_ALWAYS_INLINE Vector vector() const { return words_; }

    ZKMARK_ALWAYS_INLINE Lanes canonical() const { return Lanes(W::canonical(words_)); }
    // For b <= p.
    ZKMARK_ALWAYS_INLINE Lanes plus_canonical(Lanes b) const { return Lanes(W::add_folding(words_, b.words_)); }
    ZKMARK_ALWAYS_INLINE Lanes minus_canonical(Lanes b) const { return Lanes(W::sub_folding(words_, b.words_)); }

    friend ZKMARK_ALWAYS_INLINE Lanes operator*(Lanes a, Lanes b) { return Lanes(P(a.words_) * P(b.words_)); }
    ZKMARK_ALWAYS_INLINE Lanes square() const { return Lanes(P(words_).square()); }
    ZKMARK_ALWAYS_INLINE Lanes times_small(std::uint32_t factor) const {
        return Lanes(P(words_).times_small(factor));
    }

    // a b + c is at most 2^128 - 2^64. Its partial products, and what is added to them, do not overflow:
    // (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    static ZKMARK_ALWAYS_INLINE Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
        const Vector epsilon = W::broadcast(W::epsilon);
        const Vector a1 = W::high_as_low(a.words_), b1 = W::high_as_low(b.words_);
        const Vector low = W::add(W::multiply_low(a.words_, b.words_), W::bits_and(c.words_, epsilon));
        const Vector one = W::add(W::multiply_low(a1, b.words_), W::shift_right<32>(low));
        const Vector other =
            W::add(W::add(W::multiply_low(a.words_, b1), W::shift_right<32>(c.words_)), W::bits_and(one, epsilon));
        const Vector high = W::add(W::add(W::multiply_low(a1, b1), W::shift_right<32>(one)), W::shift_right<32>(other));
        return Lanes(P::reduce(W::join_low(low, other), high));
    }
    static ZKMARK_ALWAYS_INLINE Lanes multiply_small_add(Lanes a, std::uint32_t factor, Lanes c) {
        const Vector f = W::broadcast(factor);
        const Vector low = W::add(W::multiply_low(a.words_, f), W::bits_and(c.words_, W::broadcast(W::epsilon)));
        const Vector middle = W::add(W::add(W::multiply_low(W::high_as_low(a.words_), f), W::shift_right<32>(c.words_)),
                                     W::shift_right<32>(low));
        return Lanes(P::reduce_96(W::join_low(low, middle), W::shift_right<32>(middle)));
    }

private:
    Vector words_;
};

// A factor w of a ProductSum: itself, w' = 2^32 w, and the high halves of both. Only low halves count as factors.
struct Factor {
    Lanes word, shifted, word_high, shifted_high;

    static ZKMARK_ALWAYS_INLINE Factor load(const std::uint64_t* from, std::size_t stride) {
        return {Lanes::load(from), Lanes::load(from + stride), Lanes::load(from + 2 * stride),
                Lanes::load(from + 3 * stride)};
    }
    static ZKMARK_ALWAYS_INLINE Factor broadcast(const std::uint64_t* from) {
        return {Lanes::broadcast(from[0]), Lanes::broadcast(from[1]), Lanes::broadcast(from[2]),
                Lanes::broadcast(from[3])};
    }
};

// A sum of up to 2^28 products x w. With x = x0 + 2^32 x1 each is x0 w + x1 w': four products of halves, two at 2^0
// and two at 2^32. Of the products at a place the sum A modulo 2^64 is kept and the sum H of their high halves; the
// sum of the low halves, L = A - 2^32 H, is below 2^64 and so known from the two.
class ProductSum {
    using W = Words64;
    using Vector = W::Vector;

public:
    static constexpr std::size_t words = 4;  // a lane, in memory

    struct Split {
        Vector low, high;
    };
    static ZKMARK_ALWAYS_INLINE Split split(Lanes x) { return {x.vector(), W::high_as_low(x.vector())}; }

    ZKMARK_ALWAYS_INLINE ProductSum() : ProductSum(W::zero(), W::zero(), W::zero(), W::zero()) {}
    static ZKMARK_ALWAYS_INLINE ProductSum load(const std::uint64_t* from) {
        constexpr std::size_t n = Lanes::count;
        return {W::load(from), W::load(from + n), W::load(from + 2 * n), W::load(from + 3 * n)};
    }
    ZKMARK_ALWAYS_INLINE void store(std::uint64_t* to) const {
        constexpr std::size_t n = Lanes::count;
        W::store(to, low_);
        W::store(to + n, low_halves_);
        W::store(to + 2 * n, high_);
        W::store(to + 3 * n, high_halves_);
    }

    ZKMARK_ALWAYS_INLINE void add(const Split& x, const Factor& w) {
        add(low_, low_halves_, W::multiply_low(x.low, w.word.vector()));
        add(high_, high_halves_, W::multiply_low(x.low, w.word_high.vector()));
        add(low_, low_halves_, W::multiply_low(x.high, w.shifted.vector()));
        add(high_, high_halves_, W::multiply_low(x.high, w.shifted_high.vector()));
    }

    ZKMARK_ALWAYS_INLINE void add(Lanes x) { add(low_, low_halves_, x.vector()); }

    ZKMARK_ALWAYS_INLINE Lanes sum() const {
        const Vector low = W::sub(low_, W::shift_left<32>(low_halves_));
        const Vector high = W::sub(high_, W::shift_left<32>(high_halves_));
        const Vector middle = W::add(W::add(low_halves_, high), W::shift_right<32>(low));
        return Lanes(PackedGoldilocks::reduce(W::join_low(low, middle),
                                              W::add(high_halves_, W::shift_right<32>(middle))));
    }

private:
    ZKMARK_ALWAYS_INLINE ProductSum(Vector low, Vector low_halves, Vector high, Vector high_halves)
        : low_(low), low_halves_(low_halves), high_(high), high_halves_(high_halves) {}
    static ZKMARK_ALWAYS_INLINE void add(Vector& sum, Vector& halves, Vector product) {
        sum = W::add(sum, product);
        halves = W::add(halves, W::shift_right<32>(product));
        // Compilers would add up the products of many terms in another order, in more registers than there are.
        __asm__("" : "+v"(sum), "+v"(halves));
    }

    Vector low_, low_halves_, high_, high_halves_;
};

#else

class Lanes {
    using F = Goldilocks;

public:
    static constexpr std::size_t count = 1;

    Lanes() = default;
    explicit ZKMARK_ALWAYS_INLINE Lanes(std::uint64_t word) : word_(word) {}

    static ZKMARK_ALWAYS_INLINE Lanes load(const std::uint64_t* from) { return Lanes(*from); }
    static ZKMARK_ALWAYS_INLINE Lanes broadcast(std::uint64_t word) { return Lanes(word); }
    ZKMARK_ALWAYS_INLINE void store(std::uint64_t* to) const { *to = word_; }
    ZKMARK_ALWAYS_INLINE void store_canonical(std::uint64_t* to) const { *to = F::canonical(word_); }
    ZKMARK_ALWAYS_INLINE std::uint64_t word() const { return word_; }

    ZKMARK_ALWAYS_INLINE Lanes canonical() const { return Lanes(F::canonical(word_)); }
    ZKMARK_ALWAYS_INLINE Lanes plus_canonical(Lanes b) const {
        const std::uint64_t sum = word_ + b.word_;
        return Lanes(sum + (F::epsilon & (0 - std::uint64_t(sum < b.word_))));
    }
    ZKMARK_ALWAYS_INLINE Lanes minus_canonical(Lanes b) const {
        return Lanes(word_ - b.word_ - (F::epsilon & (0 - std::uint64_t(word_ < b.word_))));
    }

    friend ZKMARK_ALWAYS_INLINE Lanes operator*(Lanes a, Lanes b) {
        return Lanes(F::reduce_lazily(uint128_t(a.word_) * b.word_));
    }
    ZKMARK_ALWAYS_INLINE Lanes square() const { return *this * *this; }
    ZKMARK_ALWAYS_INLINE Lanes times_small(std::uint32_t factor) const { return *this * Lanes(factor); }
    static ZKMARK_ALWAYS_INLINE Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
        return Lanes(F::reduce_lazily(uint128_t(a.word_) * b.word_ + c.word_));
    }
    static ZKMARK_ALWAYS_INLINE Lanes multiply_small_add(Lanes a, std::uint32_t factor, Lanes c) {
        return multiply_add(a, Lanes(factor), c);
    }

private:
    std::uint64_t word_;
};

// A factor w of a ProductSum; the other words are for vectors.
struct Factor {
    Lanes word;

    static ZKMARK_ALWAYS_INLINE Factor load(const std::uint64_t* from, std::size_t) { return {Lanes::load(from)}; }
    static ZKMARK_ALWAYS_INLINE Factor broadcast(const std::uint64_t* from) { return {Lanes::broadcast(*from)}; }
};

// A sum of products in three words.
class ProductSum {
public:
    static constexpr std::size_t words = 3;  // a lane, in memory

    using Split = Lanes;
    static ZKMARK_ALWAYS_INLINE Split split(Lanes x) { return x; }

    ZKMARK_ALWAYS_INLINE ProductSum() : ProductSum(0, 0) {}
    static ZKMARK_ALWAYS_INLINE ProductSum load(const std::uint64_t* from) {
        return {uint128_t(from[1]) << 64 | from[0], from[2]};
    }
    ZKMARK_ALWAYS_INLINE void store(std::uint64_t* to) const {
        to[0] = static_cast<std::uint64_t>(low_);
        to[1] = static_cast<std::uint64_t>(low_ >> 64);
        to[2] = carries_;
    }
    ZKMARK_ALWAYS_INLINE void add(const Split& x, const Factor& w) {
        const uint128_t product = uint128_t(x.word()) * w.word.word();
        low_ += product;
        carries_ += low_ < product;
    }
    ZKMARK_ALWAYS_INLINE void add(Lanes x) {
        low_ += x.word();
        carries_ += low_ < x.word();
    }
    // A carry is worth 2^128 = -2^32.
    ZKMARK_ALWAYS_INLINE Lanes sum() const {
        return Lanes(Goldilocks::reduce_lazily(low_)).minus_canonical(Lanes(carries_ << 32).canonical());
    }

private:
    ZKMARK_ALWAYS_INLINE ProductSum(uint128_t low, std::uint64_t carries) : low_(low), carries_(carries) {}

    uint128_t low_;
    std::uint64_t carries_;
};

#endif

ZKMARK_ALWAYS_INLINE Lanes operator+(Lanes a, Lanes b) { return a.plus_canonical(b.canonical()); }
ZKMARK_ALWAYS_INLINE Lanes operator-(Lanes a, Lanes b) { return a.minus_canonical(b.canonical()); }

// Extension elements, a coordinate a Lanes; degree 2 or 3, x^degree = 7.
template <unsigned degree>
struct ExtensionLanes {
    Lanes coordinates[degree];

    ZKMARK_ALWAYS_INLINE Lanes operator[](unsigned i) const { return coordinates[i]; }
    ZKMARK_ALWAYS_INLINE Lanes& operator[](unsigned i) { return coordinates[i]; }

    // Coordinate i at from + i stride.
    static ZKMARK_ALWAYS_INLINE ExtensionLanes load(const std::uint64_t* from, std::size_t stride) {
        ExtensionLanes result;
        for (unsigned i = 0; i < degree; ++i) result[i] = Lanes::load(from + i * stride);
        return result;
    }
    static ZKMARK_ALWAYS_INLINE ExtensionLanes broadcast(const std::uint64_t* coordinates) {
        ExtensionLanes result;
        for (unsigned i = 0; i < degree; ++i) result[i] = Lanes::broadcast(coordinates[i]);
        return result;
    }

    friend ZKMARK_ALWAYS_INLINE ExtensionLanes operator+(ExtensionLanes a, const ExtensionLanes& b) {
        for (unsigned i = 0; i < degree; ++i) a[i] = a[i] + b[i];
        return a;
    }
    friend ZKMARK_ALWAYS_INLINE ExtensionLanes operator-(ExtensionLanes a, const ExtensionLanes& b) {
        for (unsigned i = 0; i < degree; ++i) a[i] = a[i] - b[i];
        return a;
    }
    friend ZKMARK_ALWAYS_INLINE ExtensionLanes operator*(ExtensionLanes a, Lanes b) {
        for (unsigned i = 0; i < degree; ++i) a[i] = a[i] * b;
        return a;
    }
    // By the definition, degree^2 products: adding a product to another takes 4 instructions, while Karatsuba's
    // sums and differences take 10 each and save fewer than they cost.
    friend ZKMARK_ALWAYS_INLINE ExtensionLanes operator*(const ExtensionLanes& a, const ExtensionLanes& b) {
        ExtensionLanes result;
        if constexpr (degree == 2) {
            result[0] = Lanes::multiply_add(a[1], b[1].times_small(7), a[0] * b[0]);
            result[1] = Lanes::multiply_add(a[0], b[1], a[1] * b[0]);
        } else {
            const Lanes b1 = b[1].times_small(7), b2 = b[2].times_small(7);
            result[0] = Lanes::multiply_add(a[1], b2, Lanes::multiply_add(a[2], b1, a[0] * b[0]));
            result[1] = Lanes::multiply_add(a[2], b2, Lanes::multiply_add(a[1], b[0], a[0] * b[1]));
            result[2] = Lanes::multiply_add(a[2], b[0], Lanes::multiply_add(a[1], b[1], a[0] * b[2]));
        }
        return result;
    }

    // What a times is the norm: 1 / a = adjoint / norm.
    ZKMARK_ALWAYS_INLINE ExtensionLanes adjoint() const {
        const ExtensionLanes& a = *this;
        ExtensionLanes result;
        if constexpr (degree == 2) {
            result[0] = a[0];
            result[1] = Lanes::broadcast(Goldilocks::modulus).minus_canonical(a[1].canonical());
        } else {
            result[0] = a[0].square() - (a[1] * a[2]).times_small(7);
            result[1] = a[2].square().times_small(7) - a[0] * a[1];
            result[2] = a[1].square() - a[0] * a[2];
        }
        return result;
    }
    // a times its adjoint.
    ZKMARK_ALWAYS_INLINE Lanes norm(const ExtensionLanes& adjoint) const {
        const ExtensionLanes& a = *this;
        if constexpr (degree == 2) {
            return Lanes::multiply_add(a[0], a[0], (a[1] * adjoint[1]).times_small(7));
        } else {
            const Lanes high = Lanes::multiply_add(a[2], adjoint[1], a[1] * adjoint[2]);
            return Lanes::multiply_add(a[0], adjoint[0], high.times_small(7));
        }
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
