// SHA-256 in lanes of AVX-512, with SHA-NI for the messages that fill too few of them.
//
// Measured on Zen 4 at 3.7 GHz, ns a 64-byte message (two blocks): 28.7 in 32 lanes, 34 in 16 lanes, 36 by
// SHA-NI two at a time. A group of 32 lanes costs the same however many are used, and a tree ends in small layers.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/sha256_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)

namespace {

using Lanes = WideAndNarrow<Sha256Lanes<TwiceLanes<Lanes32>>, Sha256Lanes<Lanes32>>;

// How many of `count` messages to leave to SHA-NI: up to 25 cost less there than a group of 32 lanes.
std::size_t too_few(std::size_t count) {
    const std::size_t rest = count % Lanes::wide;
    return rest <= 25 && has_sha_extensions() && sha256_sha.hash_many ? rest : 0;
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    const std::size_t rest = too_few(count), first = count - rest;
    Lanes::hash_many(messages, length, first, digests);
    if (rest) sha256_sha.hash_many(messages + first * length, length, rest, digests + first * digest_bytes);
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    const std::size_t rest = too_few(count), first = count - rest;
    Lanes::compress_pairs(pairs, first, digests);
    if (rest)
        sha256_sha.compress_pairs(pairs + first * 2 * digest_bytes, rest, digests + first * digest_bytes);
}

}  // namespace

const HashKernels sha256_avx512 = {hash_many, compress_pairs};

#else

const HashKernels sha256_avx512 = {};

#endif

}  // namespace zkmark
