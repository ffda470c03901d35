// Proof of work: the search for a nonce whose hash begins with zeros.
#pragma once

#include <cstdint>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark::stark {

// The least nonce for which the digest of the seed (four words of 64 bits) and the nonce has `bits` < 64 low bits of zero
// in its first word. For byte hashes and hashes of elements of Goldilocks.
std::uint64_t grind(const Hash& hash, const std::uint64_t* seed, unsigned bits);

}  // namespace zkmark::stark
