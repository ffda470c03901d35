// Nonces in vector lanes and threads. A batch of nonces is a matrix of five columns, four of them the seed's, hashed as
// rows of a tree are. Threads take batches in rising order, so that whoever finds one has none below it unsearched.
//
// Work: one compression or permutation a nonce, 2^bits of them on average, at the rate of the hash's kernel; putting the
// columns together is two stores a group of lanes. Threads search up to one batch each in vain.
#include "kernels/stark/cpu/grinding.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>

#include "backends/cpu/native/thread_pool.hpp"

namespace zkmark::stark {
namespace {

constexpr std::size_t batch = 64, words = 5;
constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

// The least such nonce of [first, first + batch), or `none`.
std::uint64_t search(const Hash& hash, const HashKernels& kernels, const std::uint64_t (&columns)[words][batch],
                     std::uint64_t first, std::uint64_t mask) {
    const std::uint64_t* rows[words];
    for (std::size_t k = 0; k < words; ++k) rows[k] = columns[k];
    std::uint8_t digests[batch * digest_bytes];
    hash_columns(hash, kernels, rows, words, 0, batch, 0, digests, digest_bytes);
    hash.to_canonical(digests, batch, digests);
    for (std::size_t i = 0; i < batch; ++i) {
        std::uint64_t word;
        std::memcpy(&word, digests + i * digest_bytes, sizeof word);
        if ((word & mask) == 0) return first + i;
    }
    return none;
}

}  // namespace

std::uint64_t grind(const Hash& hash, const std::uint64_t* seed, unsigned bits) {
    const HashKernels& kernels = *choose_kernels(hash).kernels;
    const std::uint64_t mask = (std::uint64_t(1) << bits) - 1;
    std::atomic<std::uint64_t> next{0}, found{none};
    const auto work = [&](std::size_t, std::size_t) {
        std::uint64_t columns[words][batch];
        for (std::size_t k = 0; k + 1 < words; ++k) std::fill_n(columns[k], batch, seed[k]);
        for (;;) {
            const std::uint64_t first = next.fetch_add(batch, std::memory_order_relaxed);
            if (first >= found.load(std::memory_order_relaxed)) return;
            for (std::size_t i = 0; i < batch; ++i) columns[words - 1][i] = first + i;
            const std::uint64_t nonce = search(hash, kernels, columns, first, mask);
            for (std::uint64_t least = found.load(); nonce < least && !found.compare_exchange_weak(least, nonce);) {
            }
        }
    };
    // Few nonces are found sooner than another thread wakes.
    if (mask < batch) work(0, 1);
    else parallel_for(thread_count(), 1, work);
    return found.load();
}

}  // namespace zkmark::stark
