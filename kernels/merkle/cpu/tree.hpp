// A Merkle tree over equal-width leaves, kept whole for openings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark {

class MerkleTree {
public:
    // Allocates the layers of 2^log_size leaves: 2^(log_size + 1) - 1 digests in one block.
    MerkleTree(const Hash& hash, unsigned log_size);

    // Hashes the leaves (2^log_size messages of `units` units, canonical, one after another) into the
    // first layer and each layer into the next, on up to thread_count() threads. May be called again.
    void build(const std::uint8_t* leaves, std::size_t units);

    // Writes canonical digests: layer 0 is that of the leaves' digests, layer log_size the root alone.
    void write_layer(unsigned layer, std::uint8_t* out) const;
    // The sibling at each layer from the leaves up, `log_size` digests.
    void write_path(std::size_t index, std::uint8_t* out) const;

    unsigned log_size() const { return log_size_; }
    const Hash& hash() const { return hash_; }

private:
    struct Free {
        std::size_t bytes;
        void operator()(std::uint8_t* block) const;
    };

    std::size_t layer_size(unsigned layer) const { return std::size_t(1) << (log_size_ - layer); }
    std::uint8_t* layer(unsigned layer) const;

    const Hash& hash_;
    unsigned log_size_;
    std::unique_ptr<std::uint8_t[], Free> digests_;
};

}  // namespace zkmark
