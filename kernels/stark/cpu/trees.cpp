// Building such a tree, and opening it.
//
// Leaves are hashed straight from the columns: a lane of a vector takes a row, and neighbouring rows are neighbours in
// memory, so that a load gives a word of as many messages as it has lanes and nothing is transposed or copied.
// But neighbouring rows stand far apart in the tree. A thread therefore takes a tile: runs of `run` rows from `strides`
// places that are height / strides apart. Rows at the same place of each run are the leaves of one small subtree, so
// that digests go to memory in pieces of `strides`, and the subtrees' layers are made while their leaves are in
// the first-level cache. What is above them rises in ranges of a layer.
//
// Work: a leaf of c columns takes ceil(c / 8) compressions of BLAKE3 (one more a chunk of 128 columns but the first) or
// ceil(c / 8) permutations; a tree of n leaves n - 1 more, and two a node that a shorter matrix is hashed into. Bytes: 8 c
// read a leaf, once; 64 written, and 64 read, from a cache all but 1 / strides of them.
//
// Floor: the compressions, at the rate of the hash's kernel (kernels/hashes/cpu). Measured on two cores of an
// EPYC (Zen 2) guest: docs/kernels.md.
#include "kernels/stark/cpu/trees.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "backends/cpu/native/thread_pool.hpp"

namespace zkmark::stark {
namespace {

// Rows of a tile: its digests and the layers above fill half of a first-level cache. They are of few long runs where
// there are many columns, each read for some lines on end; else of more, so that more layers are made in the cache.
// Measured on Zen 2 with AVX2, 2^17 leaves, from memory: of 60 columns 164, 160, 164 and 177 ns a leaf in runs of 256,
// 128, 64 and 32; of 8 columns 42, 39.5 and 39 in runs of 128, 64 and 32.
constexpr std::size_t tile_rows = 512, longest_run = 128, shortest_run = 64, many_columns = 32;
// Layers of larger trees that nothing reads before the tree is opened go past the caches: else each of their lines,
// which are far apart, is read before it is written (8 columns: 2^17 leaves 48 ns a leaf, and 40 so; 60 columns: 2^14
// leaves 155 and 149).
constexpr std::size_t streamed_leaves = std::size_t(1) << 13;
// Nodes of a range that rises at once, and the narrowest layer that it rises to by itself.
constexpr std::size_t range = 512, narrow = 32;

// The fewest compressions or permutations that are worth a second thread.
std::size_t worth_threads(const Hash& hash) { return hash.unit_bytes == 1 ? 1024 : 64; }

// Calls body(i) for each range, handed out one by one.
template <class Body>
void for_each(std::size_t ranges, bool threads, const Body& body) {
    std::atomic<std::size_t> next{0};
    const auto work = [&](std::size_t, std::size_t) {
        for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < ranges;) body(i);
    };
    if (!threads) return work(0, 1);
    parallel_for(std::min<std::size_t>(ranges, thread_count()), 1, work);
}

// Few digests: one by one, since a call of memcpy takes as long as they do.
void write(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, [[maybe_unused]] bool streamed) {
#if defined(__SSE2__)
    if (streamed) {
        for (std::size_t at = 0; at < bytes; at += sizeof(__m128i))
            _mm_stream_si128(reinterpret_cast<__m128i*>(to + at),
                             _mm_load_si128(reinterpret_cast<const __m128i*>(from + at)));
        return;
    }
#endif
    for (std::size_t at = 0; at < bytes; at += digest_bytes) std::memcpy(to + at, from + at, digest_bytes);
}

// After writes past the caches, before other threads may read.
void fence() {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

unsigned log2(std::size_t n) { return static_cast<unsigned>(std::countr_zero(n)); }

}  // namespace

std::size_t reversed(std::size_t r, unsigned bits) {
    if (bits == 0) return 0;
    std::uint64_t x = r;
    x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
    return static_cast<std::size_t>(__builtin_bswap64(x) >> (64 - bits));
}

std::vector<Level> levels_of(const std::vector<unsigned>& log_heights) {
    std::vector<unsigned> distinct = log_heights;
    std::sort(distinct.begin(), distinct.end(), std::greater<>());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<Level> levels;
    for (const unsigned log_height : distinct) {
        levels.push_back({log_height, distinct[0] - log_height, {}});
        for (std::size_t m = 0; m < log_heights.size(); ++m)
            if (log_heights[m] == log_height) levels.back().matrices.push_back(m);
    }
    return levels;
}

Tree::Tree(const Hash& hash, std::vector<Matrix> matrices, std::size_t blocks)
    : hash_(hash), kernels_(*choose_kernels(hash).kernels), matrices_(std::move(matrices)), blocks_(blocks) {
    std::vector<unsigned> log_heights;
    for (const Matrix& matrix : matrices_) log_heights.push_back(matrix.log_height);
    const std::vector<Level> levels = levels_of(log_heights);
    log_height_ = levels[0].log_height;
    top_ = log_height_ + log2(blocks);
    digests_ = recycled_bytes((2 * leaves() - 1) * digest_bytes);
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const unsigned limit = i + 1 < levels.size() ? levels[i + 1].layer - 1 : top_;
        rise(hash_rows(levels[i], limit), limit);
    }
}

std::uint8_t* Tree::node(unsigned layer, std::size_t place) const {
    // The layers below hold 2 leaves() - 2 layer_size(layer) digests.
    return digests_.get() + (2 * (leaves() - layer_size(layer)) + place) * digest_bytes;
}

const std::uint64_t* Tree::column(const Matrix& matrix, std::size_t c, std::size_t block) const {
    return matrix.words + (((c / matrix.ways * blocks_ + block) * matrix.ways + c % matrix.ways) << matrix.log_height);
}

// All columns of a level, block after block.
std::vector<const std::uint64_t*> Tree::columns_of(const Level& level) const {
    std::vector<const std::uint64_t*> columns;
    for (std::size_t block = 0; block < blocks_; ++block)
        for (const std::size_t m : level.matrices)
            for (std::size_t c = 0; c < matrices_[m].count; ++c) columns.push_back(column(matrices_[m], c, block));
    return columns;
}

// Makes a level's layer, and those above it as far as tiles go, but not above `limit`; returns the last.
unsigned Tree::hash_rows(const Level& level, unsigned limit) const {
    const std::size_t height = std::size_t(1) << level.log_height;
    const std::vector<const std::uint64_t*> columns = columns_of(level);
    const std::size_t length = columns.size() / blocks_, compressions = (length + 7) / 8 + (level.layer ? 3 : 1);
    const std::size_t run = std::min(length < many_columns ? shortest_run : longest_run, height);
    const std::size_t strides = std::min(tile_rows / run, height / run);
    const std::size_t step = height / strides, tiles_of_block = step / run;
    const unsigned steps = std::min(log2(strides), limit - level.layer);
    const bool threads = blocks_ * height * compressions >= worth_threads(hash_);
    for_each(blocks_ * tiles_of_block, threads, [&](std::size_t tile) {
        const std::size_t block = tile / tiles_of_block, first = tile % tiles_of_block * run;
        alignas(64) std::uint8_t a[tile_rows * digest_bytes], b[2 * sizeof a];
        for (std::size_t k = 0; k < strides; ++k)
            hash_columns(hash_, kernels_, columns.data() + block * length, length, first + k * step, run,
                         k + 1 < strides ? first + (k + 1) * step : first + run,
                         a + reversed(k, log2(strides)) * digest_bytes, strides * digest_bytes);
        // Subtree i begins at this place of the level's layer.
        std::size_t begin[longest_run];
        for (std::size_t i = 0; i < run; ++i)
            begin[i] = block * height + reversed(first + i, level.log_height);
        if (level.layer) {
            alignas(64) std::uint8_t of_children[sizeof a];
            for (std::size_t i = 0, pairs = 2 * strides * digest_bytes; i < run; ++i)
                std::memcpy(b + i * pairs, node(level.layer - 1, 2 * begin[i]), pairs);
            kernels_.compress_pairs(b, run * strides, of_children);
            for (std::size_t at = 0; at < run * strides; ++at) {
                std::memcpy(b + 2 * at * digest_bytes, of_children + at * digest_bytes, digest_bytes);
                std::memcpy(b + (2 * at + 1) * digest_bytes, a + at * digest_bytes, digest_bytes);
            }
            kernels_.compress_pairs(b, run * strides, a);
        }
        std::size_t width = strides;
        std::uint8_t *from = a, *to = b;
        for (unsigned above = 0;; ++above) {
            const bool streamed = above < steps && leaves() >= streamed_leaves;
            for (std::size_t i = 0; i < run; ++i)
                write(node(level.layer + above, begin[i] >> above), from + i * width * digest_bytes,
                      width * digest_bytes, streamed);
            if (above == steps) return fence();
            width /= 2;
            kernels_.compress_pairs(from, run * width, to);
            std::swap(from, to);
        }
    });
    return level.layer + steps;
}

// The layers above `from`, up to `to`.
void Tree::rise(unsigned from, unsigned to) const {
    while (from < to) {
        const std::size_t nodes = layer_size(from), here = std::min(range, nodes);
        const unsigned steps = here == nodes ? to - from : std::min(to - from, log2(here / narrow));
        const bool threads = nodes / 2 >= worth_threads(hash_);
        for_each(nodes / here, threads, [&](std::size_t i) {
            std::size_t begin = i * here, count = here;
            for (unsigned layer = from; layer < from + steps; ++layer) {
                begin /= 2, count /= 2;
                kernels_.compress_pairs(node(layer, 2 * begin), count, node(layer + 1, begin));
            }
        });
        from += steps;
    }
}

void Tree::write_root(std::uint8_t* out) const { hash_.to_canonical(node(top_, 0), 1, out); }

void Tree::write_rows(std::size_t m, const std::int64_t* indices, std::size_t count, std::uint64_t* out) const {
    const Matrix& matrix = matrices_[m];
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = static_cast<std::size_t>(indices[i]), block = index >> log_height_;
        const std::size_t row = index & ((std::size_t(1) << matrix.log_height) - 1);
        for (std::size_t c = 0; c < matrix.count; ++c) *out++ = column(matrix, c, block)[row];
    }
}

std::vector<std::uint8_t> Tree::siblings(const std::int64_t* indices, std::size_t count) const {
    std::vector<std::size_t> places;
    const std::size_t height = std::size_t(1) << log_height_;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = static_cast<std::size_t>(indices[i]);
        places.push_back((index & ~(height - 1)) + reversed(index & (height - 1), log_height_));
    }
    std::sort(places.begin(), places.end());
    std::vector<std::uint8_t> digests;
    for (unsigned layer = 0; layer < top_; ++layer) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const std::size_t place = places[i];
            if (i + 1 < places.size() && places[i + 1] == (place ^ 1)) {
                ++i;
            } else {
                const std::size_t at = digests.size();
                digests.resize(at + digest_bytes);
                hash_.to_canonical(node(layer, place ^ 1), 1, digests.data() + at);
            }
            places[kept++] = place / 2;
        }
        places.resize(kept);
    }
    return digests;
}

}  // namespace zkmark::stark
