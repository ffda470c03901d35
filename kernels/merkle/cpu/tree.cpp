#include "kernels/merkle/cpu/tree.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "backends/cpu/native/thread_pool.hpp"

namespace zkmark {
namespace {

// Trees from half a huge page on ask for whole ones: a new tree of 4 MiB would else stop for 1024 small pages,
// which takes longer than BLAKE3's work on it.
constexpr std::size_t huge_page = std::size_t(2) << 20;
constexpr std::size_t cache_line = 64;

bool on_huge_pages(std::size_t bytes) { return bytes >= huge_page / 2; }

std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t(on_huge_pages(bytes) ? huge_page : cache_line);
}

std::uint8_t* allocate(std::size_t bytes) {
    const std::size_t room = on_huge_pages(bytes) ? (bytes + huge_page - 1) / huge_page * huge_page : bytes;
    void* block = ::operator new[](room, alignment(bytes));
#if defined(__linux__)
    if (on_huge_pages(bytes)) madvise(block, room, MADV_HUGEPAGE);
#endif
    return static_cast<std::uint8_t*>(block);
}

// The widest group of lanes. A thread's piece stops rising where its layers get narrower than this.
constexpr std::size_t lanes = 32;
// Nodes of a piece: their digests, and those above, fill half of a first-level cache.
constexpr std::size_t largest_piece = 512;

// The fewest nodes that are worth a thread: waking the pool costs as much as some hundreds of the quickest
// compressions, or a few of the slow ones of algebraic hashes.
std::size_t smallest_range(const Hash& hash) { return hash.unit_bytes == 1 ? 512 : lanes; }

// Ranges that even out a thread that wakes late or is held up.
constexpr std::size_t shares_of_a_thread = 16;

// Calls body(i) for each range. They are handed out one by one; parallel_for alone would give a thread a
// quarter of its share at a time.
template <class Body>
void for_each_range(std::size_t ranges, const Body& body) {
    std::atomic<std::size_t> next{0};
    parallel_for(std::min<std::size_t>(ranges, thread_count()), 1, [&](std::size_t, std::size_t) {
        for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < ranges;) body(i);
    });
}

}  // namespace

void MerkleTree::Free::operator()(std::uint8_t* block) const {
    ::operator delete[](block, alignment(bytes));
}

MerkleTree::MerkleTree(const Hash& hash, unsigned log_size)
    : hash_(hash), log_size_(log_size), digests_(nullptr, {((std::size_t(2) << log_size) - 1) * digest_bytes}) {
    digests_.reset(allocate(digests_.get_deleter().bytes));
}

std::uint8_t* MerkleTree::layer(unsigned layer) const {
    // The layers below hold 2^(log_size + 1) - 2 * layer_size digests.
    const std::size_t before = (std::size_t(2) << log_size_) - 2 * layer_size(layer);
    return digests_.get() + before * digest_bytes;
}

// A thread takes a range of leaves that is a whole subtree. It hashes them a piece at a time, and the few
// layers above each piece while they are in its cache, up to as many nodes as there are lanes; then it goes on
// with those nodes in the same way. What the threads leave is one more range, or several with many threads.
//
// So every digest is written once and read once more, from a cache; the threads meet once (twice where
// ranges number over a thousand), and lanes stay full except in the last five layers.
void MerkleTree::build(const std::uint8_t* leaves, std::size_t units) {
    const HashKernels& kernels = *choose_kernels(hash_).kernels;
    const std::size_t leaf_bytes = units * hash_.unit_bytes;
    const auto log2 = [](std::size_t n) { return static_cast<unsigned>(std::countr_zero(n)); };
    // From the nodes [begin, begin + count) of a layer to the one that many levels above.
    const auto rise = [&](unsigned from, unsigned levels, std::size_t begin, std::size_t count) {
        for (unsigned level = from + 1; level <= from + levels; ++level) {
            const std::uint8_t* children = layer(level - 1) + begin * digest_bytes;
            begin /= 2, count /= 2;
            kernels.compress_pairs(children, count, layer(level) + begin * digest_bytes);
        }
    };
    // The same, piece by piece.
    const auto rise_by_pieces = [&](unsigned from, unsigned levels, std::size_t begin, std::size_t count,
                                    bool of_leaves) {
        for (const unsigned top = from + levels;;) {
            const std::size_t piece = std::min(largest_piece, count);
            const unsigned step = std::min(piece == count ? levels : log2(piece / lanes), top - from);
            for (std::size_t i = begin; i < begin + count; i += piece) {
                if (of_leaves)
                    kernels.hash_many(leaves + i * leaf_bytes, units, piece, layer(0) + i * digest_bytes);
                rise(from, step, i, piece);
            }
            from += step, begin >>= step, count >>= step;
            if (from == top) return;
            of_leaves = false;
        }
    };
    const std::size_t threads = thread_count(), smallest = smallest_range(hash_);
    bool of_leaves = true;
    for (unsigned level = 0; level < log_size_ || of_leaves;) {
        const std::size_t nodes = layer_size(level);
        std::size_t least = smallest;  // fewer of long leaves
        if (of_leaves) least /= std::bit_floor(std::clamp<std::size_t>(leaf_bytes / 64, 1, smallest));
        std::size_t range = nodes;
        if (threads > 1 && nodes > 2 * least)
            while (range > least && nodes / range < shares_of_a_thread * threads) range /= 2;
        unsigned levels = range > lanes ? log2(range / lanes) : of_leaves ? 0 : 1;
        if (range == nodes) levels = log_size_ - level;
        for_each_range(nodes / range, [&](std::size_t i) {
            rise_by_pieces(level, levels, i * range, range, of_leaves);
        });
        of_leaves = false;
        level += levels;
    }
}

void MerkleTree::write_layer(unsigned level, std::uint8_t* out) const {
    hash_.to_canonical(layer(level), layer_size(level), out);
}

void MerkleTree::write_path(std::size_t index, std::uint8_t* out) const {
    for (unsigned level = 0; level < log_size_; ++level) {
        const std::size_t sibling = (index >> level) ^ 1;
        hash_.to_canonical(layer(level) + sibling * digest_bytes, 1, out + level * digest_bytes);
    }
}

}  // namespace zkmark
