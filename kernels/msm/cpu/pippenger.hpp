// Pippenger's algorithm: signed windows over scalars split by the endomorphism, buckets filled in affine form.
//
// 1. Upload. P = (x, y) is kept as (x, y, beta x) in Montgomery form: P is the first two coordinates and
//    phi(P) = (beta x, y) the last two. Its scalar is split into k1 + k2 lambda, halves of 127 bits.
// 2. For each window of c bits, the 2 n digits are sorted by bucket (a counting sort of 4-byte entries).
// 3. Each bucket's points are summed pairwise with shared inversions (kernels/curves/cpu/pairwise.hpp).
// 4. A window's sum over d * bucket[d] is taken over the rows and the columns of the buckets written as a
//    square: d = high 2^l + low, so the sum is 2^l (sum over high * row[high]) + (sum over low * column[low]).
//    Rows and columns are summed pairwise as well; what is left are running sums over 2 sqrt(2^(c-1)) points.
// 5. The windows are put together by doublings.
//
// Field multiplications a point (squarings included, W = ceil(128 / c) windows, b = 2^(c-1) buckets):
// 6 * 2 W for step 3 and 6 * 2 W b / n for step 4, plus inversions. At n = 2^16, c = 13: 120 + 7.5. Floor: no
// method that adds every nonzero digit's point once in affine form does with fewer than 12 W.
//
// Memory a point, for words of w = 4 (6 for BLS12-381) a coordinate: 24 w + 32 bytes of prepared input (1.5
// times the point's own 16 w bytes, and the halves), 8 bytes a window sorted at once (schedule.hpp), and in all
// 16 w bytes a bucket of those windows and 3 MB a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/curves/cpu/curves.hpp"
#include "kernels/msm/cpu/dispatch.hpp"
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

template <class Curve>
class Pippenger final : public MsmInput {
    using F = typename Curve::Base;

    struct Base {
        F x, y, beta_x;

        Affine<F> point(bool image, bool negative) const {
            return {image ? beta_x : x, negative ? -y : y};
        }
    };

public:
    Pippenger(const std::uint64_t* points, const std::uint64_t* scalars, std::size_t count)
        : count_(count),
          bases_(std::make_unique_for_overwrite<Base[]>(count)),
          halves_(std::make_unique_for_overwrite<Half[]>(2 * count)) {
        const F beta = F::from_canonical(Curve::beta);
        parallel_for(count, 256, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const auto p = kernel_.into_form(Affine<F>::from_canonical(points + i * 2 * F::words));
                bases_[i] = {p.x, p.y, beta * p.x};
                SplitHalf split[2] = {};
                if (!p.is_infinity()) Curve::split(scalars + i * 4, split[0], split[1]);
                for (int h = 0; h < 2; ++h)
                    halves_[2 * i + h] = {split[h].magnitude[0],
                                          split[h].magnitude[1] |
                                              (split[h].negative ? DigitReader::sign_bit : 0)};
            }
        });
    }

    std::size_t count() const override { return count_; }

    std::unique_ptr<MsmSum> compute(const MsmSchedule& schedule) const override {
        std::vector<Xyzz<F>> sums(schedule.windows);
        if (schedule.affine)
            sum_windows_affine(schedule, sums.data());
        else
            sum_windows_xyzz(schedule, sums.data());
        Xyzz<F> total = Xyzz<F>::infinity();
        for (unsigned w = schedule.windows; w-- > 0;) {
            for (unsigned i = 0; i < schedule.bits; ++i) total = total.doubled();
            total += sums[w];
        }
        return std::make_unique<XyzzSum<F>>(total);
    }

private:
    // An entry of the sorted lists: the point's index, whether its image is meant, and whether its negative.
    static constexpr std::uint32_t image_bit = 2, negative_bit = 1;

    struct SortedPoints {
        const Base* bases;
        const std::uint32_t* entries;

        void prefetch(std::size_t e) const {
            const char* base = reinterpret_cast<const char*>(bases + (entries[e] >> 2));
            for (std::size_t byte = 0; byte < sizeof(Base); byte += 64) __builtin_prefetch(base + byte);
        }
        Affine<F> operator()(std::size_t e) const {
            const std::uint32_t entry = entries[e];
            return bases[entry >> 2].point(entry & image_bit, entry & negative_bit);
        }
    };

    struct ListedPoints {
        const Affine<F>* points;
        const std::uint32_t* entries;

        void prefetch(std::size_t e) const { __builtin_prefetch(points + entries[e]); }
        const Affine<F>& operator()(std::size_t e) const { return points[entries[e]]; }
    };

    void sum_windows_affine(const MsmSchedule& schedule, Xyzz<F>* sums) const {
        const std::size_t buckets = schedule.buckets();
        ChunkMemory<F> memory(schedule.chunk);
        std::vector<std::size_t> starts(schedule.group * buckets + 1);
        auto entries = std::make_unique_for_overwrite<std::uint32_t[]>(schedule.group * 2 * count_);
        auto filled = std::make_unique_for_overwrite<Affine<F>[]>(schedule.group * buckets);
        for (unsigned w = 0; w < schedule.windows; w += schedule.group) {
            const unsigned group = std::min(schedule.group, schedule.windows - w);
            sort_digits(schedule, w, group, starts.data(), entries.get());
            sum_segments(starts.data(), group * buckets, SortedPoints{bases_.get(), entries.get()}, kernel_,
                         memory, filled.get());
            weigh_buckets(schedule, group, filled.get(), memory, sums + w);
        }
    }

    // Sorts the digits of windows [first, first + group) by window and bucket: the entries of bucket d of window
    // first + g are those from starts[g * buckets + d - 1] to the next start.
    void sort_digits(const MsmSchedule& schedule, unsigned first, unsigned group, std::size_t* starts,
                     std::uint32_t* entries) const {
        const DigitReader digit(schedule);
        const std::size_t buckets = schedule.buckets(), halves = 2 * count_;
        parallel_for(group, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<std::uint32_t> counts(buckets + 1);
            for (std::size_t g = begin; g < end; ++g) {
                std::fill(counts.begin(), counts.end(), 0);
                const auto window = static_cast<unsigned>(first + g);
                for (std::size_t i = 0; i < halves; ++i) ++counts[digit(halves_[i], window).magnitude];
                std::copy(counts.begin() + 1, counts.end(), starts + g * buckets);
            }
        });
        std::size_t sum = 0;
        for (std::size_t k = 0; k < group * buckets; ++k) {
            const std::size_t length = starts[k];
            starts[k] = sum;
            sum += length;
        }
        starts[group * buckets] = sum;
        parallel_for(group, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t g = begin; g < end; ++g) {
                std::vector<std::size_t> next(starts + g * buckets, starts + (g + 1) * buckets);
                const auto window = static_cast<unsigned>(first + g);
                for (std::size_t i = 0; i < halves; ++i) {
                    const Digit d = digit(halves_[i], window);
                    if (d.magnitude)
                        entries[next[d.magnitude - 1]++] =
                            static_cast<std::uint32_t>(i << 1) | d.negative;  // i = 2 * point + image
                }
            }
        });
    }

    // sums[g] = the sum over d * filled[g * buckets + d - 1], by rows and columns.
    void weigh_buckets(const MsmSchedule& schedule, unsigned group, const Affine<F>* filled,
                       ChunkMemory<F>& memory, Xyzz<F>* sums) const {
        const unsigned low_bits = (schedule.bits - 1) / 2;
        const std::size_t buckets = schedule.buckets();
        const std::size_t columns = std::size_t(1) << low_bits, rows = buckets >> low_bits;
        std::vector<std::uint32_t> entries;
        std::vector<std::size_t> starts;
        entries.reserve(group * 2 * buckets);
        const auto list = [&](std::size_t bucket) {
            if (!filled[bucket].is_infinity()) entries.push_back(static_cast<std::uint32_t>(bucket));
        };
        for (unsigned g = 0; g < group; ++g) {
            for (std::size_t column = 0; column < columns; ++column) {
                starts.push_back(entries.size());
                for (std::size_t row = 0; row < rows; ++row) list(g * buckets + row * columns + column);
            }
            for (std::size_t row = 0; row < rows; ++row) {
                starts.push_back(entries.size());
                for (std::size_t column = 0; column < columns; ++column)
                    list(g * buckets + row * columns + column);
            }
        }
        starts.push_back(entries.size());
        std::vector<Affine<F>> lines(starts.size() - 1);
        sum_segments(starts.data(), lines.size(), ListedPoints{filled, entries.data()}, kernel_, memory,
                     lines.data());
        for (Affine<F>& line : lines) line = kernel_.out_of_form(line);
        parallel_for(group, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t g = begin; g < end; ++g) {
                const Affine<F>* line = lines.data() + g * (columns + rows);
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

    void sum_windows_xyzz(const MsmSchedule& schedule, Xyzz<F>* sums) const {
        const DigitReader digit(schedule);
        std::vector<Affine<F>> points(2 * count_);  // this way is for few points
        for (std::size_t i = 0; i < 2 * count_; ++i)
            points[i] = kernel_.out_of_form(bases_[i / 2].point(i & 1, false));
        parallel_for(schedule.windows, 1, [&](std::size_t begin, std::size_t end) {
            std::vector<Xyzz<F>> buckets(schedule.buckets());
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

    const MsmKernel<F> kernel_ = msm_kernel<F>();
    std::size_t count_;
    std::unique_ptr<Base[]> bases_;  // in the kernel's form
    std::unique_ptr<Half[]> halves_;
};

}  // namespace zkmark
