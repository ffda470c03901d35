// Keccak-256 with the original padding (Ethereum's) in portable C++.
#include <cstring>

#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/keccak.hpp"

namespace zkmark {
namespace {

constexpr std::size_t rate = 136;

ZKMARK_ALWAYS_INLINE std::uint64_t load(const std::uint8_t* p) {
    std::uint64_t lane = 0;
    for (unsigned i = 0; i < 8; ++i) lane |= std::uint64_t(p[i]) << (8 * i);
    return lane;
}

void write_digest(const std::uint64_t* state, std::uint8_t* digest) {
    for (unsigned i = 0; i < digest_bytes; ++i) digest[i] = std::uint8_t(state[i / 8] >> (8 * (i % 8)));
}

void absorb(std::uint64_t* state, const std::uint8_t* block) {
    for (unsigned i = 0; i < rate / 8; ++i) state[i] ^= load(block + 8 * i);
    keccak_permute(state);
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* message = messages + i * length;
        std::uint64_t state[25] = {};
        std::size_t at = 0;
        for (; length - at >= rate; at += rate) absorb(state, message + at);
        std::uint8_t last[rate] = {};
        if (length > at) std::memcpy(last, message + at, length - at);
        last[length - at] |= 0x01;
        last[rate - 1] |= 0x80;
        absorb(state, last);
        write_digest(state, digests + i * digest_bytes);
    }
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t state[25] = {};
        for (unsigned lane = 0; lane < 8; ++lane) state[lane] = load(pairs + i * 64 + 8 * lane);
        state[8] = 0x01;
        state[rate / 8 - 1] = std::uint64_t(0x80) << 56;
        keccak_permute(state);
        write_digest(state, digests + i * digest_bytes);
    }
}

}  // namespace

const HashKernels keccak256_portable = {hash_many, compress_pairs};

}  // namespace zkmark
