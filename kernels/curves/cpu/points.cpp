#define ZKMARK_FIELD_CALLS  // kernels/fields/cpu/word.hpp
#include "kernels/curves/cpu/points.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/curves/cpu/curves.hpp"
#include "kernels/curves/cpu/point_kernels.hpp"

namespace zkmark {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

void keep_least(std::atomic<std::size_t>& least, std::size_t index) {
    std::size_t seen = least.load(std::memory_order_relaxed);
    while (index < seen && !least.compare_exchange_weak(seen, index)) {
    }
}

template <class F>
void sum_points(Affine<F>* points, Run* runs, std::size_t count) {
    point_kernels_in_field_form(F::id()).sum_runs(points, runs, count);
}

template <class Curve>
bool on_curve(const Affine<typename Curve::Base>& p) {
    using F = typename Curve::Base;
    return p.is_infinity() || p.y.square() == p.x.square() * p.x + F::from_u64(Curve::b);
}

// phi(P) = lambda P. Where Curve::has_cofactor, lambda is the root for which lambda^2 + lambda + 1 is the order
// as an integer; phi^2 + phi + 1 = 0 on the whole curve, so order * P = 0 follows. Source: Scott, "A note on
// group membership tests for G1, G2 and GT on BLS pairing-friendly curves" (2021).
template <class Curve>
bool in_subgroup(const Affine<typename Curve::Base>& p) {
    if constexpr (Curve::has_cofactor) {
        const auto beta = Curve::Base::from_canonical(Curve::beta);
        auto difference = multiply(p, Curve::lambda_magnitude, 2);
        difference += Affine<typename Curve::Base>{beta * p.x, Curve::lambda_negative ? p.y : -p.y};
        return p.is_infinity() || difference.is_infinity();
    }
    return true;
}

// What is wrong with one point; "" if nothing.
template <class Curve>
const char* fault_of(const std::uint64_t* words, bool subgroup) {
    using F = typename Curve::Base;
    if (!F::is_canonical(words) || !F::is_canonical(words + F::words)) return "modulus";
    const auto p = Affine<F>::from_canonical(words);
    if (!on_curve<Curve>(p)) return "curve";
    return subgroup && !in_subgroup<Curve>(p) ? "subgroup" : "";
}

template <class Curve>
PointFault check(const std::uint64_t* points, std::size_t count, bool subgroup) {
    constexpr std::size_t width = 2 * Curve::Base::words, block = 256;
    const PointKernels& kernels = point_kernels(Curve::Base::id());
    std::atomic<std::size_t> first{none};
    parallel_for(count, block, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end && i < first.load(std::memory_order_relaxed); i += block) {
            const std::size_t length = std::min(block, end - i);
            std::size_t bad = kernels.first_off_curve(points + i * width, length, Curve::b);
            for (std::size_t k = 0; subgroup && k < bad; ++k)
                if (*fault_of<Curve>(points + (i + k) * width, true)) bad = k;
            if (bad != length) keep_least(first, i + bad);
        }
    });
    const std::size_t index = first.load();
    if (index == none) return {"", 0};
    return {fault_of<Curve>(points + index * width, subgroup), index};
}

// Makes points of blocks in XYZZ form by make(i) and writes them out with one inversion a block.
template <class F, class Make>
void write_points(std::size_t count, std::uint64_t* result, const Make& make) {
    constexpr std::size_t block = 256;
    parallel_for(count, 16, [&](std::size_t begin, std::size_t end) {
        std::vector<Xyzz<F>> sums(block);
        std::vector<Affine<F>> affine(block);
        std::vector<F> scratch(block);
        for (std::size_t start = begin; start < end; start += block) {
            const std::size_t length = std::min(block, end - start);
            for (std::size_t i = 0; i < length; ++i) sums[i] = make(start + i);
            batch_to_affine(sums.data(), length, affine.data(), scratch.data());
            for (std::size_t i = 0; i < length; ++i)
                affine[i].to_canonical(result + (start + i) * 2 * F::words);
        }
    });
}

// Multiples of one point by digits: entry(w, m) = d 2^(c w) B for the digit d of m in window w of c bits.
template <class F>
class BaseTable {
public:
    BaseTable(const Affine<F>& base, unsigned bits)
        : bits_(bits), windows_((64 + bits - 1) / bits), entries_(std::size_t(windows_) << bits) {
        Xyzz<F> power = Xyzz<F>::from(base);
        std::vector<Xyzz<F>> powers(windows_ * bits_);
        for (auto& p : powers) {
            p = power;
            power = power.doubled();
        }
        std::vector<Affine<F>> affine(powers.size());
        std::vector<F> scratch(powers.size());
        batch_to_affine(powers.data(), powers.size(), affine.data(), scratch.data());
        parallel_for(windows_, 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t w = begin; w < end; ++w)
                fill(entries_.data() + (w << bits_), affine.data() + w * bits_);
        });
    }

    unsigned windows() const { return windows_; }
    const Affine<F>& entry(unsigned w, std::uint64_t multiple) const {
        const std::uint64_t digit = (multiple >> (w * bits_)) & ((std::uint64_t(1) << bits_) - 1);
        return entries_[(std::size_t(w) << bits_) + digit];
    }

private:
    // table[d] = d P from the points 2^k P: table[2^k + d] = 2^k P + table[d].
    void fill(Affine<F>* table, const Affine<F>* powers) const {
        std::vector<Affine<F>> pairs(std::size_t(1) << bits_);
        std::vector<Run> runs(pairs.size() / 2);
        table[0] = Affine<F>::infinity();
        for (unsigned k = 0; k < bits_; ++k) {
            const std::size_t half = std::size_t(1) << k;
            for (std::size_t d = 0; d < half; ++d) {
                pairs[2 * d] = powers[k];
                pairs[2 * d + 1] = table[d];
                runs[d] = {static_cast<std::uint32_t>(2 * d), 2};
            }
            sum_points(pairs.data(), runs.data(), half);
            for (std::size_t d = 0; d < half; ++d) table[half + d] = pairs[2 * d];
        }
    }

    unsigned bits_, windows_;
    std::vector<Affine<F>> entries_;
};

// The window that makes filling the table and using it cheapest.
unsigned base_table_bits(std::size_t count) {
    const auto additions = [count](unsigned bits) {
        const std::size_t windows = (64 + bits - 1) / bits;
        return (windows - 1) * count + (windows << bits);
    };
    unsigned best = 1;
    for (unsigned bits = 2; bits <= 16; ++bits)
        if (additions(bits) < additions(best)) best = bits;
    return best;
}

template <class F>
void multiples(const std::uint64_t* base, const std::uint64_t* multiples, std::size_t count,
               std::uint64_t* result) {
    const BaseTable<F> table(Affine<F>::from_canonical(base), base_table_bits(count));
    const unsigned windows = table.windows();
    constexpr std::size_t block = 2048;
    parallel_for(count, 256, [&](std::size_t begin, std::size_t end) {
        const std::size_t most = std::min(block, end - begin);
        std::vector<Affine<F>> terms(most * windows);
        std::vector<Run> runs(most);
        for (std::size_t start = begin; start < end; start += block) {
            const std::size_t length = std::min(block, end - start);
            for (std::size_t i = 0; i < length; ++i) {
                for (unsigned w = 0; w < windows; ++w)
                    terms[i * windows + w] = table.entry(w, multiples[start + i]);
                runs[i] = {static_cast<std::uint32_t>(i * windows), windows};
            }
            sum_points(terms.data(), runs.data(), length);
            for (std::size_t i = 0; i < length; ++i)
                terms[i * windows].to_canonical(result + (start + i) * 2 * F::words);
        }
    });
}

}  // namespace

unsigned curve_coordinate_words(std::string_view curve) {
    unsigned words = 0;
    visit_curve(curve, [&](auto c) { words = decltype(c)::Base::words; });
    return words;
}

PointFault check_points(std::string_view curve, const std::uint64_t* points, std::size_t count,
                        bool subgroup) {
    PointFault fault{"", 0};
    visit_curve(curve, [&](auto c) { fault = check<decltype(c)>(points, count, subgroup); });
    return fault;
}

void good_points(std::string_view curve, const std::uint64_t* points, std::size_t count, bool subgroup,
                 bool* result) {
    visit_curve(curve, [&](auto c) {
        using Curve = decltype(c);
        parallel_for(count, 64, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                result[i] = !*fault_of<Curve>(points + i * 2 * Curve::Base::words, subgroup);
        });
    });
}

void multiples_of_base(std::string_view curve, const std::uint64_t* base, const std::uint64_t* words,
                       std::size_t count, std::uint64_t* result) {
    visit_curve(curve, [&](auto c) {
        multiples<typename decltype(c)::Base>(base, words, count, result);
    });
}

void add_points(std::string_view curve, const std::uint64_t* left, const std::uint64_t* right,
                std::size_t count, std::uint64_t* result) {
    visit_curve(curve, [&](auto c) {
        using F = typename decltype(c)::Base;
        write_points<F>(count, result, [&](std::size_t i) {
            auto sum = Xyzz<F>::from(Affine<F>::from_canonical(left + i * 2 * F::words));
            sum += Affine<F>::from_canonical(right + i * 2 * F::words);
            return sum;
        });
    });
}

void multiply_points(std::string_view curve, const std::uint64_t* points, const std::uint64_t* scalars,
                     std::size_t count, std::uint64_t* result) {
    visit_curve(curve, [&](auto c) {
        using F = typename decltype(c)::Base;
        write_points<F>(count, result, [&](std::size_t i) {
            return multiply(Affine<F>::from_canonical(points + i * 2 * F::words), scalars + i * 4, 4);
        });
    });
}

void split_scalars(std::string_view curve, const std::uint64_t* scalars, std::size_t count,
                   std::uint64_t* magnitudes, bool* negative) {
    visit_curve(curve, [&](auto c) {
        for (std::size_t i = 0; i < count; ++i) {
            SplitHalf halves[2];
            decltype(c)::split(scalars + i * 4, halves[0], halves[1]);
            for (int half = 0; half < 2; ++half) {
                magnitudes[i * 4 + half * 2] = halves[half].magnitude[0];
                magnitudes[i * 4 + half * 2 + 1] = halves[half].magnitude[1];
                negative[i * 2 + half] = halves[half].negative;
            }
        }
    });
}

void curve_beta(std::string_view curve, std::uint64_t* result) {
    visit_curve(curve, [&](auto c) {
        std::copy_n(decltype(c)::beta, decltype(c)::Base::words, result);
    });
}

}  // namespace zkmark
