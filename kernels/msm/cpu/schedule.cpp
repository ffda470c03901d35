#include "kernels/msm/cpu/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace zkmark {
namespace {

// In field multiplications.
constexpr double affine_addition = 6, mixed_addition = 10, xyzz_addition = 14;
constexpr double inversion = 500;
constexpr double slot = 8;  // of a bucket, filled or not: lists and memory

// Points of one pairwise sum: enough to make its inversions (one a round) cheap, few enough for the L2 or L3
// cache (2 to 3 MB of points and prefixes).
constexpr std::size_t longest_chunk = 16384;
constexpr std::size_t shortest_chunk = 1024;

// Entries of the sorted lists that are held at once, where more windows than threads are grouped: at small
// sizes, to share inversions.
constexpr std::size_t grouped_entries = std::size_t(1) << 18;

// Inputs from here on are worked off in two pieces: it costs a few hundredths more multiplications, and keeps what is
// held beside the input below the size of the points.
constexpr std::size_t shortest_in_pieces = std::size_t(1) << 18;

// `entries` are those of one half of the scalars.
double affine_cost(double entries, unsigned bits, unsigned windows) {
    const double buckets = std::exp2(bits - 1.0);
    const double filled = buckets * (1 - std::exp(-entries / buckets));  // of one half
    const double either = buckets * (1 - std::exp(-2 * entries / buckets));
    const unsigned low = (bits - 1) / 2, high = bits - 1 - low;
    // Into the buckets of both halves, those together, rows and columns.
    const double additions = windows * (2 * (entries - filled) + (2 * filled - either) + 2 * either);
    const double running = windows * (std::exp2(low) + std::exp2(high)) * 2 * xyzz_addition;
    const double rounds = 4 + std::log2(1 + entries / buckets) + 1 + high;
    const double chunks = std::max(1.0, 2 * windows * entries / longest_chunk);
    return additions * affine_addition + windows * (filled + buckets * slot) + running +
           rounds * chunks * inversion;
}

double xyzz_cost(double entries, unsigned bits, unsigned windows) {
    const double buckets = std::exp2(bits - 1.0);
    const double filled = buckets * (1 - std::exp(-2 * entries / buckets));
    return windows * (2 * entries * mixed_addition + (filled + buckets) * xyzz_addition);
}

}  // namespace

MsmSchedule best_schedule(std::size_t count, unsigned threads) {
    const std::size_t piece = std::max<std::size_t>(1, count < shortest_in_pieces ? count : (count + 1) / 2);
    MsmSchedule best(2, false, 1, shortest_chunk, piece);
    const auto entries = static_cast<double>(piece);
    double least = xyzz_cost(entries, best.bits, best.windows);
    for (unsigned bits = 2; bits <= widest_window; ++bits) {
        for (const bool affine : {false, true}) {
            const MsmSchedule next(bits, affine, 1, shortest_chunk, piece);
            const double cost = (affine ? affine_cost : xyzz_cost)(entries, bits, next.windows);
            if (cost >= least) continue;
            least = cost;
            best = next;
        }
    }
    const std::size_t window_entries = 2 * piece;
    const std::size_t at_once = std::clamp<std::size_t>(grouped_entries / window_entries,
                                                        std::min(threads, best.windows), best.windows);
    const unsigned groups = static_cast<unsigned>((best.windows + at_once - 1) / at_once);
    best.group = (best.windows + groups - 1) / groups;
    best.chunk = std::clamp(best.group * window_entries / (2 * std::size_t(threads)), shortest_chunk,
                            longest_chunk);
    return best;
}

}  // namespace zkmark
