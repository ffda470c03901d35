// Sums of many points in affine form with shared inversions: the inner loop of everything fast here.
//
// Cost: an affine addition takes one inversion, 2 multiplications and a squaring; sharing one inversion among
// a batch of independent additions (Montgomery's trick) replaces each by 3 multiplications: 5 and a squaring in all,
// against 10 for adding to an XYZZ accumulator. Independent additions are found by adding neighbours: a run of
// points that are to be summed is halved in each round, and the rounds of all runs are joined. No two additions of a
// round touch the same point, so buckets that meet again and again need no queue for conflicts.
//
// Lanes is a number of residues that are worked on in step: kernels/fields/cpu/lanes52.hpp (eight in vector registers)
// or scalar_lanes.hpp (two, so that one's carries overlap the other's). A chain of products runs in each lane.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {

// Neighbouring points that are to be summed.
struct Run {
    std::uint32_t start, length;
};

inline namespace ZKMARK_ISA_NAMESPACE {

// A list of points is a list of entries: the point's index, and whether its negative is meant.
constexpr std::uint32_t entry_negative = 1;
constexpr unsigned entry_index_shift = 1;

template <class Lanes>
class PairBatch {
    using Mask = typename Lanes::Mask;
    static constexpr std::size_t N = Lanes::words, lanes = Lanes::lanes;
    // Enough to make the inversion (some 4 us) cheap, few enough for the second-level cache.
    static constexpr std::size_t capacity = 2048, groups = capacity / lanes;
    static constexpr std::size_t groups_ahead = std::max<std::size_t>(1, 8 / lanes);

public:
    struct Point {
        std::uint64_t x[N], y[N];
    };

    // The first round: halves the lists entries[run.start, run.start + run.length) into `work`, where run says then
    // what is left of each. No listed point is infinity.
    void first_round(const Point* points, const std::uint32_t* entries, Run* runs, std::size_t count, Point* work) {
        std::uint32_t place = 0;
        for (std::size_t r = 0; r < count; ++r) {
            const std::uint32_t* entry = entries + runs[r].start;
            const std::uint32_t pairs = runs[r].length / 2, odd = runs[r].length % 2;
            runs[r] = {place, pairs + odd};
            for (std::uint32_t j = 0; j < pairs; ++j) {
                const std::uint32_t a = entry[2 * j], b = entry[2 * j + 1];
                const Point *left = points + (a >> entry_index_shift), *right = points + (b >> entry_index_shift);
                prefetch(left);
                prefetch(right);
                const std::size_t g = pairs_ / lanes, lane = pairs_ % lanes;
                if (lane == 0) negative_left_[g] = negative_right_[g] = 0;
                negative_left_[g] |= static_cast<Mask>((a & entry_negative) << lane);
                negative_right_[g] |= static_cast<Mask>((b & entry_negative) << lane);
                push<true>(left, right, work + place++);
            }
            if (odd) {
                const std::uint32_t a = entry[2 * pairs];
                const Point* point = points + (a >> entry_index_shift);
                prefetch(point);
                copies_[copies_used_++] = {point, work + place++, (a & entry_negative) != 0};
                if (copies_used_ == capacity) flush_copies();
            }
        }
        if (pairs_) add_batch<true>();
        flush_copies();
    }

    // A later round: in every run, the points at `stride` from each other are added in pairs, into the first.
    void round(Point* points, const Run* runs, std::size_t count, std::uint32_t stride) {
        for (std::size_t r = 0; r < count; ++r) {
            Point* run = points + runs[r].start;
            for (std::size_t j = 0; j + stride < runs[r].length; j += 2 * std::size_t(stride))
                push<false>(run + j, run + j + stride, run + j);
        }
        if (pairs_) add_batch<false>();
    }

private:
    static ZKMARK_ALWAYS_INLINE void prefetch(const void* point) {
        const char* bytes = static_cast<const char*>(point);
        __builtin_prefetch(bytes);
        __builtin_prefetch(bytes + sizeof(Point) - 1);
    }
    // An addition is too long for a core to look past it to the next one's loads.
    ZKMARK_ALWAYS_INLINE void prefetch_group(std::size_t g) const {
        for (std::size_t i = 0; i < lanes; ++i) {
            prefetch(left_[g * lanes + i]);
            prefetch(right_[g * lanes + i]);
        }
    }

    template <bool listed>
    ZKMARK_ALWAYS_INLINE void push(const Point* left, const Point* right, Point* target) {
        left_[pairs_] = left->x;
        right_[pairs_] = right->x;
        target_[pairs_] = target->x;
        if (++pairs_ == capacity) add_batch<listed>();
    }

    void flush_copies() {
        for (std::size_t i = 0; i < copies_used_; ++i) {
            const Copy& copy = copies_[i];
            std::memcpy(copy.target, copy.source, sizeof(Point));
            Lanes::negate_if(copy.negative, copy.target->y);
        }
        copies_used_ = 0;
    }

    template <bool listed>
    void add_batch() {
        // Lanes past the last pair add two points that are in nobody's way.
        while (pairs_ % lanes) {
            left_[pairs_] = spare_[0].x;
            right_[pairs_] = spare_[1].x;
            target_[pairs_++] = spare_[2].x;
        }
        const std::size_t used = pairs_ / lanes;
        Lanes product = Lanes::one();
        for (std::size_t g = 0; g < used; ++g) {
            prefetch_group(std::min(g + groups_ahead, used - 1));
            prefixes_[g] = product;
            denominators_[g] = denominators<listed>(g);
            product = product * denominators_[g];
        }
        Lanes inverse = Lanes::inverses(product);
        for (std::size_t g = used; g-- > 0;) {
            prefetch_group(std::max(g, groups_ahead) - groups_ahead);
            const Lanes here = inverse * prefixes_[g];
            inverse = inverse * denominators_[g];
            add_group<listed>(g, here);
        }
        pairs_ = 0;
    }

    template <bool listed>
    ZKMARK_ALWAYS_INLINE Lanes left_y(std::size_t g) const {
        const Lanes y = Lanes::gather(left_ + g * lanes, N);
        return listed ? y.negated_where(negative_left_[g]) : y;
    }
    template <bool listed>
    ZKMARK_ALWAYS_INLINE Lanes right_y(std::size_t g) const {
        const Lanes y = Lanes::gather(right_ + g * lanes, N);
        return listed ? y.negated_where(negative_right_[g]) : y;
    }

    // The slopes' denominators: b.x - a.x, or 2 a.y for a doubling, or 1 where no slope is needed.
    template <bool listed>
    ZKMARK_ALWAYS_INLINE Lanes denominators(std::size_t g) {
        const Lanes ax = Lanes::gather(left_ + g * lanes, 0), bx = Lanes::gather(right_ + g * lanes, 0);
        Lanes d = Lanes::difference(bx, ax);
        // Zero for x is what infinity has, and a point or two of order 3.
        Mask odd = d.is_zero_difference();
        if constexpr (!listed) odd |= ax.is_zero() | bx.is_zero();
        doublings_[g] = without_slope_[g] = 0;
        if (odd) [[unlikely]]
            d = special_denominators(g, d, ax, bx, left_y<listed>(g), right_y<listed>(g));
        return d;
    }

    [[gnu::noinline]] Lanes special_denominators(std::size_t g, Lanes d, const Lanes& ax, const Lanes& bx,
                                                 const Lanes& ay, const Lanes& by) {
        const Mask infinity = (ax.is_zero() & ay.is_zero()) | (bx.is_zero() & by.is_zero());
        const Mask same_x = d.is_zero_difference(), same_y = Lanes::difference(by, ay).is_zero_difference();
        doublings_[g] = same_x & same_y & ~infinity & ~ay.is_zero();
        without_slope_[g] = infinity | (same_x & ~doublings_[g]);
        d = Lanes::select(doublings_[g], d, ay + ay);
        return Lanes::select(without_slope_[g], d, Lanes::one());
    }

    template <bool listed>
    ZKMARK_ALWAYS_INLINE void add_group(std::size_t g, const Lanes& inverse) {
        const Lanes ax = Lanes::gather(left_ + g * lanes, 0), bx = Lanes::gather(right_ + g * lanes, 0);
        const Lanes ay = left_y<listed>(g);
        Lanes numerator = Lanes::difference(right_y<listed>(g), ay);
        if (doublings_[g]) [[unlikely]]
            numerator = Lanes::select(doublings_[g], numerator, ax.squared().tripled());
        const Lanes slope = numerator * inverse;
        Lanes x = Lanes::minus_both(slope.squared(), ax, bx);
        Lanes y = Lanes::minus(slope * Lanes::difference(ax, x), ay);
        if (without_slope_[g]) [[unlikely]]
            choose(g, x, y, ax, ay, bx, right_y<listed>(g));
        x.scatter(target_ + g * lanes, 0);
        y.scatter(target_ + g * lanes, N);
    }

    // infinity + b = b, a + infinity = a, a - a = infinity.
    [[gnu::noinline]] void choose(std::size_t g, Lanes& x, Lanes& y, const Lanes& ax, const Lanes& ay, const Lanes& bx,
                                  const Lanes& by) const {
        const Mask a_infinite = ax.is_zero() & ay.is_zero(), b_infinite = bx.is_zero() & by.is_zero();
        const auto special = [&](const Lanes& sum, const Lanes& a, const Lanes& b) {
            Lanes chosen = Lanes::select(b_infinite, Lanes::zero(), a);
            chosen = Lanes::select(a_infinite, chosen, b);
            return Lanes::select(without_slope_[g], sum, chosen);
        };
        x = special(x, ax, bx);
        y = special(y, ay, by);
    }

    struct Copy {
        const Point* source;
        Point* target;
        bool negative;
    };

    Lanes prefixes_[groups], denominators_[groups];
    const std::uint64_t* left_[capacity];  // of x; y follows
    const std::uint64_t* right_[capacity];
    std::uint64_t* target_[capacity];
    Copy copies_[capacity];
    Mask negative_left_[groups], negative_right_[groups], doublings_[groups], without_slope_[groups];
    Point spare_[3] = {{{1}, {1}}, {{2}, {1}}, {}};
    std::size_t pairs_ = 0, copies_used_ = 0;
};

// One a thread: half a megabyte at most, in the second-level cache while it is used.
template <class Lanes>
PairBatch<Lanes>& pair_batch() {
    alignas(64) static thread_local PairBatch<Lanes> batch;
    return batch;
}

// Sums every run into its first point. All points are overwritten, and so are the runs; runs must not overlap
// and are at least one long.
template <class Lanes>
void sum_runs(typename PairBatch<Lanes>::Point* points, Run* runs, std::size_t count) {
    for (std::uint32_t stride = 1;; stride *= 2) {
        std::size_t longer = 0;
        for (std::size_t r = 0; r < count; ++r)
            if (runs[r].length > stride) runs[longer++] = runs[r];
        if (longer == 0) return;
        count = longer;
        pair_batch<Lanes>().round(points, runs, count, stride);
    }
}

// Sums the lists of entries that the runs cut out. runs[r].start is then where in `work` the sum of run r lies.
// `work` holds half as many points as the runs hold entries, and one more for each run of odd length; `scratch` as
// many runs as there are.
template <class Lanes>
void sum_lists(const void* points, const std::uint32_t* entries, Run* runs, std::size_t count, void* work,
               Run* scratch) {
    using Point = typename PairBatch<Lanes>::Point;
    pair_batch<Lanes>().first_round(static_cast<const Point*>(points), entries, runs, count, static_cast<Point*>(work));
    std::copy(runs, runs + count, scratch);
    sum_runs<Lanes>(static_cast<Point*>(work), scratch, count);
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
