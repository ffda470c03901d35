// BLAKE3, unkeyed, 32 bytes out, in portable C++, from the specification's sections 2.1 to 2.6.
#include <array>
#include <bit>
#include <cstring>

#include "kernels/hashes/cpu/blake3_constants.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark {
namespace {

constexpr std::size_t block_bytes = blake3_block_bytes;
constexpr std::size_t chunk_bytes = blake3_chunk_bytes;

using Flag = Blake3Flag;
using Chaining = std::array<std::uint32_t, 8>;
constexpr const Chaining& initial_value = blake3_initial_value;

template <unsigned a, unsigned b, unsigned c, unsigned d>
ZKMARK_ALWAYS_INLINE void mix(std::uint32_t* v, std::uint32_t x, std::uint32_t y) {
    v[a] += v[b] + x;
    v[d] = std::rotr(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = std::rotr(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = std::rotr(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = std::rotr(v[b] ^ v[c], 7);
}

ZKMARK_ALWAYS_INLINE void compress(Chaining& chaining, const std::uint8_t* block, std::uint32_t length,
                            std::uint64_t counter, std::uint32_t flags) {
    std::uint32_t m[16];
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(m, block, sizeof m);
    } else {
        for (unsigned i = 0; i < 16; ++i)
            m[i] = block[4 * i] | std::uint32_t(block[4 * i + 1]) << 8 |
                   std::uint32_t(block[4 * i + 2]) << 16 | std::uint32_t(block[4 * i + 3]) << 24;
    }
    std::uint32_t v[16];
    for (unsigned i = 0; i < 8; ++i) v[i] = chaining[i];
    for (unsigned i = 0; i < 4; ++i) v[8 + i] = initial_value[i];
    v[12] = std::uint32_t(counter);
    v[13] = std::uint32_t(counter >> 32);
    v[14] = length;
    v[15] = flags;
    unroll<blake3_rounds>([&](auto r) __attribute__((always_inline)) {
        constexpr const auto& order = blake3_message_order[r];
        mix<0, 4, 8, 12>(v, m[order[0]], m[order[1]]);
        mix<1, 5, 9, 13>(v, m[order[2]], m[order[3]]);
        mix<2, 6, 10, 14>(v, m[order[4]], m[order[5]]);
        mix<3, 7, 11, 15>(v, m[order[6]], m[order[7]]);
        mix<0, 5, 10, 15>(v, m[order[8]], m[order[9]]);
        mix<1, 6, 11, 12>(v, m[order[10]], m[order[11]]);
        mix<2, 7, 8, 13>(v, m[order[12]], m[order[13]]);
        mix<3, 4, 9, 14>(v, m[order[14]], m[order[15]]);
    });
    for (unsigned i = 0; i < 8; ++i) chaining[i] = v[i] ^ v[i + 8];
}

void write_words(const Chaining& words, std::uint8_t* out) {
    for (unsigned i = 0; i < 8; ++i)
        for (unsigned byte = 0; byte < 4; ++byte) out[4 * i + byte] = std::uint8_t(words[i] >> (8 * byte));
}

// One chunk of up to 1024 bytes; `top` is `root` if it is the whole message.
Chaining chunk(const std::uint8_t* data, std::size_t length, std::uint64_t index, std::uint32_t top) {
    Chaining chaining = initial_value;
    std::uint32_t flags = Flag::chunk_start;
    while (length > block_bytes) {
        compress(chaining, data, block_bytes, index, flags);
        data += block_bytes;
        length -= block_bytes;
        flags = 0;
    }
    std::uint8_t last[block_bytes] = {};
    if (length) std::memcpy(last, data, length);
    compress(chaining, last, std::uint32_t(length), index, flags | Flag::chunk_end | top);
    return chaining;
}

// The subtree over `data`: its left part is complete and as large as can be with the right one not empty.
Chaining subtree(const std::uint8_t* data, std::size_t length, std::uint64_t first, std::uint32_t top) {
    if (length <= chunk_bytes) return chunk(data, length, first, top);
    const std::size_t chunks = (length + chunk_bytes - 1) / chunk_bytes;
    const std::size_t left_chunks = std::bit_floor(chunks - 1);
    const std::size_t middle = left_chunks * chunk_bytes;
    std::uint8_t children[block_bytes];
    write_words(subtree(data, middle, first, 0), children);
    write_words(subtree(data + middle, length - middle, first + left_chunks, 0), children + 32);
    Chaining chaining = initial_value;
    compress(chaining, children, block_bytes, 0, Flag::parent | top);
    return chaining;
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i)
        write_words(subtree(messages + i * length, length, 0, Flag::root), digests + i * digest_bytes);
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i) {
        Chaining chaining = initial_value;
        compress(chaining, pairs + i * 64, 64, 0, Flag::chunk_start | Flag::chunk_end | Flag::root);
        write_words(chaining, digests + i * digest_bytes);
    }
}

}  // namespace

const HashKernels blake3_portable = {hash_many, compress_pairs};

}  // namespace zkmark
