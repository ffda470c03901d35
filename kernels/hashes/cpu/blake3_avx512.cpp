// BLAKE3 in lanes of AVX-512.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/blake3_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)

namespace {

using Lanes = Blake3Lanes<TwiceLanes<Lanes32>>;

// How many of `count` messages to leave to AVX2: up to 16 cost less there than a group of 32 lanes.
std::size_t too_few(std::size_t count) {
    const std::size_t rest = count % Lanes::lanes;
    return rest <= 16 ? rest : 0;
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    const std::size_t rest = too_few(count), first = count - rest;
    Lanes::hash_many(messages, length, first, digests);
    if (rest) blake3_avx2.hash_many(messages + first * length, length, rest, digests + first * digest_bytes);
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    const std::size_t rest = too_few(count), first = count - rest;
    Lanes::compress_pairs(pairs, first, digests);
    if (rest)
        blake3_avx2.compress_pairs(pairs + first * 2 * digest_bytes, rest, digests + first * digest_bytes);
}

}  // namespace

const HashKernels blake3_avx512 = {hash_many, compress_pairs, Lanes::hash_columns, Lanes::lanes};

#else

const HashKernels blake3_avx512 = {};

#endif

}  // namespace zkmark
