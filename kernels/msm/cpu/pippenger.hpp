// Pippenger's algorithm: signed windows over scalars split by the endomorphism, buckets filled in affine form.
//
// 1. Points go into Montgomery form. Scalars are split into k1 + k2 lambda, halves of 127 bits.
// 2. For each window of c bits, the n digits of either half are sorted by bucket (a counting sort of 4-byte entries).
// 3. Each bucket's points are summed pairwise with shared inversions (kernels/curves/cpu/pairwise.hpp).
// 4. The endomorphism phi(x, y) = (beta x, y) is applied to the buckets of the second halves, not to points:
//    bucket[d] = first[d] + phi(second[d]). So a point needs no second x in memory.
// 5. A window's sum over d * bucket[d] is taken over the rows and the columns of the buckets written as a
//    square: d = high 2^l + low, so the sum is 2^l (sum over high * row[high]) + (sum over low * column[low]).
//    Rows and columns are summed pairwise as well; what is left are running sums over 2 sqrt(2^(c-1)) points.
// 6. The windows are put together by doublings.
//
// Field multiplications a point (squarings included, W = ceil(128 / c) windows, b = 2^(c-1) buckets):
// 6 * 2 W for step 3, 7 W b / n for step 4 and 12 W b / n for step 5, plus inversions. At n = 2^16, c = 13: 120 + 12.
// Floor: no method that adds every nonzero digit's point once in affine form does with fewer than 12 W.
//
// Memory a point, for words of w = 4 (6 for BLS12-381) a coordinate: 16 w + 32 bytes of prepared input (the point's
// own 16 w, and the halves), 8 bytes a window sorted at once (schedule.hpp); in all 48 w bytes a bucket of those
// windows and 3 MB a thread. The input stays where it is; a long one is worked off in two pieces, so that what is
// held beside it is less than the points themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backends/cpu/native/large_array.hpp"
#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/curves/cpu/curves.hpp"
#include "kernels/msm/cpu/msm.hpp"
#include "kernels/msm/cpu/schedule.hpp"
#include "kernels/msm/cpu/segments.hpp"

namespace zkmark {

template <class F>
class XyzzSum final : public MsmSum {
public:
    explicit XyzzSum(const Xyzz<F>& sum) : sum_(sum) {}
    unsigned coordinate_words() const override { return F::words; }
    void to_canonical(std::uint64_t* result) const override { sum_.to_affine().to_canonical(result); }

private:
    Xyzz<F> sum_;
};

// The sum over one piece of the input.
template <class Curve>
class Pippenger {
    using F = typename Curve::Base;

public:
    // `points` and `scalars` are canonical.
    Pippenger(const std::uint64_t* points, const std::uint64_t* scalars, std::size_t count,
              const MsmSchedule& schedule)
        : schedule_(schedule),
          points_(points),
          count_(count),
          halves_(std::make_unique_for_overwrite<Half[]>(2 * count)) {
        parallel_for(count, 256, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                // The digits of infinity are zero, so it is never listed.
                SplitHalf split[2] = {};
                if (!is_infinity(points + i * 2 * F::words)) Curve::split(scalars + i * 4, split[0], split[1]);
                for (int h = 0; h < 2; ++h)
                    halves_[2 * i + h] = {split[h].magnitude[0],
                                          split[h].magnitude[1] |
                                              (split[h].negative ? DigitReader::sign_bit : 0)};
            }
        });
    }

    Xyzz<F> sum() const {
        std::vector<Xyzz<F>> sums(schedule_.windows);
        if (schedule_.affine)
            sum_windows_affine(sums.data());
        else
            sum_windows_xyzz(sums.data());
        Xyzz<F> total = Xyzz<F>::infinity();
        for (unsigned w = schedule_.windows; w-- > 0;) {
            for (unsigned i = 0; i < schedule_.bits; ++i) total = total.doubled();
            total += sums[w];
        }
        return total;
    }

private:
    static bool is_infinity(const std::uint64_t* point) {
        std::uint64_t any = 0;
        for (unsigned i = 0; i < 2 * F::words; ++i) any |= point[i];
        return any == 0;
    }

    // Lists of points: `entries` from one of `starts` to the next.
    struct Lists {
        std::vector<std::size_t> starts;
        std::unique_ptr<std::uint32_t[]> entries;
    };

    // `count` lists, of which list k holds points[at(k, i)] for i < length(k), but for those that are infinity.
    template <class Length, class At>
    static Lists list_points(std::size_t count, const Affine<F>* points, const Length& length, const At& at) {
        Lists lists{std::vector<std::size_t>(count + 1), nullptr};
        parallel_for(count, 16, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                std::size_t used = 0;
                for (std::size_t i = 0; i < length(k); ++i) used += !points[at(k, i)].is_infinity();
                lists.starts[k + 1] = used;
            }
        });
        for (std::size_t k = 0; k < count; ++k) lists.starts[k + 1] += lists.starts[k];
        lists.entries = std::make_unique_for_overwrite<std::uint32_t[]>(lists.starts[count]);
        parallel_for(count, 16, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                std::uint32_t* entry = lists.entries.get() + lists.starts[k];
                for (std::size_t i = 0; i < length(k); ++i)
                    if (const std::size_t index = at(k, i); !points[index].is_infinity())
                        *entry++ = static_cast<std::uint32_t>(index << entry_index_shift);
            }
        });
        return lists;
    }

    void sum_windows_affine(Xyzz<F>* sums) const {
        const MsmKernel<F> kernel;
        const F beta = F::from_canonical(Curve::beta) * kernel.into;
        const std::size_t buckets = schedule_.buckets();
        ChunkMemory<F> memory(schedule_.chunk);
        const auto bases = make_large_array<Affine<F>>(count_);
        parallel_for(count_, 256, [&](std::size_t begin, std::size_t end) {
            kernel.functions->from_canonical(points_ + begin * 2 * F::words, end - begin, bases.get() + begin);
        });
        std::vector<std::size_t> starts(schedule_.group * 2 * buckets + 1);
        auto entries = std::make_unique_for_overwrite<std::uint32_t[]>(schedule_.group * 2 * count_);
        auto parts = std::make_unique_for_overwrite<Affine<F>[]>(schedule_.group * 2 * buckets);
        auto filled = std::make_unique_for_overwrite<Affine<F>[]>(schedule_.group * buckets);
        for (unsigned w = 0; w < schedule_.windows; w += schedule_.group) {
            const unsigned group = std::min(schedule_.group, schedule_.windows - w);
            sort_digits(w, group, starts.data(), entries.get());
            sum_segments(starts.data(), group * 2 * buckets, bases.get(), entries.get(), kernel, memory, parts.get());
            parallel_for(group * buckets, 256, [&](std::size_t begin, std::size_t end) {
                while (begin < end) {  // a range may reach over the end of a window's second half
                    const std::size_t g = begin / buckets, last = std::min(end, (g + 1) * buckets);
                    kernel.functions->multiply_x(parts.get() + (g + 1) * buckets + begin, last - begin, &beta);
                    begin = last;
                }
            });
            const Lists halves = list_points(
                group * buckets, parts.get(), [](std::size_t) { return std::size_t(2); },
                [&](std::size_t k, std::size_t half) { return (k / buckets + half) * buckets + k; });
            sum_segments(halves.starts.data(), group * buckets, parts.get(), halves.entries.get(), kernel, memory,
                         filled.get());
            weigh_buckets(group, filled.get(), kernel, memory, sums + w);
        }
    }

    // Sorts the digits of windows [first, first + group) by window, half and bucket: the entries of bucket d of half h
    // of window first + g are those from starts[(2 g + h) * buckets + d - 1] to the next start.
    void sort_digits(unsigned first, unsigned group, std::size_t* starts, std::uint32_t* entries) const {
        const DigitReader digit(schedule_);
        const std::size_t buckets = schedule_.buckets(), lists = 2 * group;
        parallel_for(lists, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint32_t> counts(buckets + 1);
            for (std::size_t k = begin; k < end; ++k) {
                std::fill(counts.begin(), counts.end(), 0);
                const auto window = static_cast<unsigned>(first + k / 2);
                for (std::size_t i = k % 2; i < 2 * count_; i += 2) ++counts[digit(halves_[i], window).magnitude];
                std::copy(counts.begin() + 1, counts.end(), starts + k * buckets);
            }
        });
        std::size_t sum = 0;
        for (std::size_t k = 0; k < lists * buckets; ++k) {
            const std::size_t length = starts[k];
            starts[k] = sum;
            sum += length;
        }
        starts[lists * buckets] = sum;
        parallel_for(lists, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                std::vector<std::size_t> next(starts + k * buckets, starts + (k + 1) * buckets);
                const auto window = static_cast<unsigned>(first + k / 2);
                for (std::size_t i = k % 2; i < 2 * count_; i += 2) {
                    const Digit d = digit(halves_[i], window);
                    if (d.magnitude)
                        entries[next[d.magnitude - 1]++] =
                            static_cast<std::uint32_t>(i / 2 << entry_index_shift) | d.negative;
                }
            }
        });
    }

    // sums[g] = the sum over d * filled[g * buckets + d - 1], by rows and columns.
    void weigh_buckets(unsigned group, const Affine<F>* filled, const MsmKernel<F>& kernel, ChunkMemory<F>& memory,
                       Xyzz<F>* sums) const {
        const unsigned low_bits = (schedule_.bits - 1) / 2;
        const std::size_t buckets = schedule_.buckets();
        const std::size_t columns = std::size_t(1) << low_bits, rows = buckets >> low_bits, width = columns + rows;
        const Lists lists = list_points(
            group * width, filled, [&](std::size_t k) { return k % width < columns ? rows : columns; },
            [&](std::size_t k, std::size_t i) {
                const std::size_t line = k % width, window = k / width * buckets;
                return window + (line < columns ? i * columns + line : (line - columns) * columns + i);
            });
        std::vector<Affine<F>> lines(group * width);
        sum_segments(lists.starts.data(), lines.size(), filled, lists.entries.get(), kernel, memory, lines.data());
        parallel_for(group, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t g = begin; g < end; ++g) {
                Affine<F>* line = lines.data() + g * width;
                for (std::size_t i = 0; i < width; ++i) line[i] = kernel.out_of_form(line[i]);
                // Column `low` holds the digits d with d - 1 = low (mod columns): weight low + 1; row `high`
                // adds high * columns to that.
                Xyzz<F> sum = weighted_sum(line + columns + 1, rows - 1);
                for (unsigned i = 0; i < low_bits; ++i) sum = sum.doubled();
                sum += weighted_sum(line, columns);
                sums[g] = sum;
            }
        });
    }

    // The sum over (i + 1) * points[i].
    template <class Point>
    static Xyzz<F> weighted_sum(const Point* points, std::size_t count) {
        Xyzz<F> running = Xyzz<F>::infinity(), weighted = Xyzz<F>::infinity();
        for (std::size_t i = count; i-- > 0;) {
            running += points[i];
            weighted += running;
        }
        return weighted;
    }

    void sum_windows_xyzz(Xyzz<F>* sums) const {
        const DigitReader digit(schedule_);
        const F beta = F::from_canonical(Curve::beta);
        std::vector<Affine<F>> points(2 * count_);  // this way is for few points
        for (std::size_t i = 0; i < count_; ++i) {
            const auto p = Affine<F>::from_canonical(points_ + i * 2 * F::words);
            points[2 * i] = p;
            points[2 * i + 1] = {beta * p.x, p.y};
        }
        parallel_for(schedule_.windows, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<Xyzz<F>> buckets(schedule_.buckets());
            for (std::size_t w = begin; w < end; ++w) {
                std::fill(buckets.begin(), buckets.end(), Xyzz<F>::infinity());
                for (std::size_t i = 0; i < 2 * count_; ++i) {
                    const Digit d = digit(halves_[i], static_cast<unsigned>(w));
                    if (d.magnitude) buckets[d.magnitude - 1] += d.negative ? -points[i] : points[i];
                }
                sums[w] = weighted_sum(buckets.data(), buckets.size());
            }
        });
    }

    const MsmSchedule schedule_;
    const std::uint64_t* points_;
    std::size_t count_;
    std::unique_ptr<Half[]> halves_;
};

}  // namespace zkmark
