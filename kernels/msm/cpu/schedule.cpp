#include "kernels/msm/cpu/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace zkmark {
namespace {

// In field multiplications.
constexpr double affine_addition = 6, mixed_addition = 10, xyzz_addition = 14;
constexpr double inversion = 500;

// Points of one pairwise sum: enough to make its inversions (one a round) cheap, few enough for the L2 or L3
// cache (2 to 3 MB of points and prefixes).
constexpr std::size_t longest_chunk = 16384;
constexpr std::size_t shortest_chunk = 1024;

// Entries of the sorted lists that are held at once, where more windows than threads are grouped: at small
// sizes, to share inversions.
constexpr std::size_t grouped_entries = std::size_t(1) << 19;

double affine_cost(double entries, unsigned bits, unsigned windows) {
    const double buckets = std::exp2(bits - 1.0);
    const double filled = buckets * (1 - std::exp(-entries / buckets));
    const unsigned low = (bits - 1) / 2, high = bits - 1 - low;
    const double additions = windows * (entries - filled + 2 * filled);
    const double running = windows * (std::exp2(low) + std::exp2(high)) * 2 * xyzz_addition;
    const double rounds = 3 + std::log2(1 + entries / buckets) + 1 + high;
    const double chunks = std::max(1.0, windows * entries / longest_chunk);
    return additions * affine_addition + running + rounds * chunks * inversion;
}

double xyzz_cost(double entries, unsigned bits, unsigned windows) {
    const double buckets = std::exp2(bits - 1.0);
    const double filled = buckets * (1 - std::exp(-entries / buckets));
    return windows * (entries * mixed_addition + (filled + buckets) * xyzz_addition);
}

}  // namespace

MsmSchedule best_schedule(std::size_t count, unsigned threads) {
    MsmSchedule best(2, false, 1, shortest_chunk);
    const double entries = 2.0 * static_cast<double>(count);
    double least = xyzz_cost(entries, best.bits, best.windows);
    for (unsigned bits = 2; bits <= widest_window; ++bits) {
        for (const bool affine : {false, true}) {
            const MsmSchedule next(bits, affine, 1, shortest_chunk);
            const double cost = (affine ? affine_cost : xyzz_cost)(entries, bits, next.windows);
            if (cost >= least) continue;
            least = cost;
            best = next;
        }
    }
    const std::size_t window_entries = std::max<std::size_t>(1, 2 * count);
    const std::size_t at_once = std::clamp<std::size_t>(grouped_entries / window_entries,
                                                        std::min(threads, best.windows), best.windows);
    const unsigned groups = static_cast<unsigned>((best.windows + at_once - 1) / at_once);
    best.group = (best.windows + groups - 1) / groups;
    best.chunk = std::clamp(best.group * window_entries / (2 * std::size_t(threads)), shortest_chunk,
                            longest_chunk);
    return best;
}

}  // namespace zkmark
