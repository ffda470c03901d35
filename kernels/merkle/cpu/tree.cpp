#include "kernels/merkle/cpu/tree.hpp"

#include <new>

#include "backends/cpu/native/thread_pool.hpp"

namespace zkmark {
namespace {

constexpr std::align_val_t cache_line{64};
// Waking the pool costs about as much as a few of the cheapest compressions here; a share of this many
// is worth a thread even for them and few enough to spread the slow ones.
constexpr std::size_t grain = 32;

}  // namespace

void MerkleTree::Free::operator()(std::uint8_t* block) const { ::operator delete[](block, cache_line); }

MerkleTree::MerkleTree(const Hash& hash, unsigned log_size)
    : hash_(hash),
      log_size_(log_size),
      digests_(static_cast<std::uint8_t*>(
          ::operator new[](((std::size_t(2) << log_size) - 1) * digest_bytes, cache_line))) {}

std::uint8_t* MerkleTree::layer(unsigned layer) const {
    // The layers below hold 2^(log_size + 1) - 2 * layer_size digests.
    const std::size_t before = (std::size_t(2) << log_size_) - 2 * layer_size(layer);
    return digests_.get() + before * digest_bytes;
}

void MerkleTree::build(const std::uint8_t* leaves, std::size_t units) {
    const HashKernels& kernels = *choose_kernels(hash_).kernels;
    const std::size_t leaf_bytes = units * hash_.unit_bytes;
    std::uint8_t* first = layer(0);
    parallel_for(layer_size(0), grain, [&](std::size_t begin, std::size_t end) {
        kernels.hash_many(leaves + begin * leaf_bytes, units, end - begin, first + begin * digest_bytes);
    });
    for (unsigned level = 1; level <= log_size_; ++level) {
        const std::uint8_t* children = layer(level - 1);
        std::uint8_t* parents = layer(level);
        parallel_for(layer_size(level), grain, [&](std::size_t begin, std::size_t end) {
            kernels.compress_pairs(children + 2 * begin * digest_bytes, end - begin,
                                   parents + begin * digest_bytes);
        });
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
