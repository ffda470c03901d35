// Sums of many points in affine form with shared inversions: the inner loop of everything fast here.
//
// Cost: an affine addition takes one inversion, 2 multiplications and a squaring; sharing one inversion among
// a round of independent additions (Montgomery's trick) replaces each by 3 multiplications: 6 in all, against
// 10 for adding to an XYZZ accumulator. Independent additions are found by adding neighbours: a run of points
// that are to be summed is halved in each round, and the rounds of all runs are joined. No two additions of
// a round touch the same point, so buckets that meet again and again need no queue for conflicts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/curves/cpu/curve.hpp"

namespace zkmark {

// Neighbouring points that are to be summed.
struct Run {
    std::uint32_t start, length;
};

inline namespace ZKMARK_ISA_NAMESPACE {
namespace pairwise {

// The denominator of the slope of a + b. False if the sum needs none: a or b is infinity, or a = -b.
template <class F>
inline bool denominator(const Affine<F>& a, const Affine<F>& b, F& d) {
    d = b.x - a.x;
    if (!d.is_zero() && !a.is_infinity() && !b.is_infinity()) [[likely]]
        return true;
    if (!d.is_zero() || !(a.y == b.y) || a.y.is_zero()) return false;
    d = a.y.doubled();
    return true;
}

// a += b for a pair whose denominator() was true, given its inverse.
template <class F>
inline void add_with_inverse(Affine<F>& a, const Affine<F>& b, const F& inverse) {
    F numerator = b.y - a.y;
    if (a.x == b.x) [[unlikely]] {
        const F xx = a.x.square();
        numerator = xx.doubled() + xx;
    }
    const F slope = numerator * inverse;
    const F x3 = slope.square() - a.x - b.x;
    a.y = slope * (a.x - x3) - a.y;
    a.x = x3;
}

// a += b for a pair whose denominator() was false.
template <class F>
inline void add_without_inverse(Affine<F>& a, const Affine<F>& b) {
    if (a.is_infinity())
        a = b;
    else if (!b.is_infinity())
        a = Affine<F>::infinity();
}

// One round: in every run, the points at `stride` from each other are added in pairs, into the first.
template <class F>
void add_pairs(Affine<F>* points, const Run* runs, std::size_t count, std::uint32_t stride,
               F* prefixes) {
    F product = F::one();
    std::size_t pairs = 0;
    F d;
    for (std::size_t r = 0; r < count; ++r) {
        Affine<F>* p = points + runs[r].start;
        for (std::size_t j = 0; j + stride < runs[r].length; j += 2 * std::size_t(stride)) {
            prefixes[pairs++] = product;
            if (denominator(p[j], p[j + stride], d)) product = product * d;
        }
    }
    F inverse = product.inverse();
    for (std::size_t r = count; r-- > 0;) {
        Affine<F>* p = points + runs[r].start;
        const std::size_t step = 2 * std::size_t(stride);
        for (std::size_t k = (runs[r].length - stride + step - 1) / step; k-- > 0;) {
            Affine<F>&a = p[k * step], &b = p[k * step + stride];
            --pairs;
            if (denominator(a, b, d)) [[likely]] {
                add_with_inverse(a, b, inverse * prefixes[pairs]);
                inverse = inverse * d;
            } else {
                add_without_inverse(a, b);
            }
        }
    }
}

}  // namespace pairwise

// Sums every run into its first point. All points are overwritten, and so are the runs; runs must not overlap
// and are at least one long. `prefixes` holds half as many field elements as the runs hold points.
template <class F>
void sum_runs(Affine<F>* points, Run* runs, std::size_t count, F* prefixes) {
    for (std::uint32_t stride = 1;; stride *= 2) {
        std::size_t longer = 0;
        for (std::size_t r = 0; r < count; ++r)
            if (runs[r].length > stride) runs[longer++] = runs[r];
        if (longer == 0) return;
        count = longer;
        pairwise::add_pairs(points, runs, count, stride, prefixes);
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
