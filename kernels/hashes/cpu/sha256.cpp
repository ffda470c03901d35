// SHA-256 (FIPS 180-4) in portable C++.
#include <array>
#include <bit>
#include <cstring>

#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/sha256_constants.hpp"

namespace zkmark {
namespace {

using State = std::array<std::uint32_t, 8>;

ZKMARK_ALWAYS_INLINE std::uint32_t load_big_endian(const std::uint8_t* p) {
    return std::uint32_t(p[0]) << 24 | std::uint32_t(p[1]) << 16 | std::uint32_t(p[2]) << 8 | p[3];
}

ZKMARK_ALWAYS_INLINE void store_big_endian(std::uint64_t value, unsigned bytes, std::uint8_t* p) {
    for (unsigned i = 0; i < bytes; ++i) p[i] = std::uint8_t(value >> (8 * (bytes - 1 - i)));
}

// The 64 rounds; `schedule` holds each round's message word plus its constant.
ZKMARK_ALWAYS_INLINE void rounds(State& state, const std::uint32_t* schedule) {
    auto [a, b, c, d, e, f, g, h] = state;
    const auto round = [](std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t& d,
                          std::uint32_t e, std::uint32_t f, std::uint32_t g, std::uint32_t& h,
                          std::uint32_t word) __attribute__((always_inline)) {
        const std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const std::uint32_t choose = g ^ (e & (f ^ g));
        const std::uint32_t majority = (a & b) ^ (c & (a ^ b));
        const std::uint32_t t = h + sum1 + choose + word;
        d += t;
        h = t + sum0 + majority;
    };
    for (unsigned i = 0; i < 64; i += 8) {
        const std::uint32_t* w = schedule + i;
        round(a, b, c, d, e, f, g, h, w[0]);
        round(h, a, b, c, d, e, f, g, w[1]);
        round(g, h, a, b, c, d, e, f, w[2]);
        round(f, g, h, a, b, c, d, e, w[3]);
        round(e, f, g, h, a, b, c, d, w[4]);
        round(d, e, f, g, h, a, b, c, w[5]);
        round(c, d, e, f, g, h, a, b, w[6]);
        round(b, c, d, e, f, g, h, a, w[7]);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void compress(State& state, const std::uint8_t* block) {
    std::uint32_t w[64];
    for (unsigned i = 0; i < 16; ++i) w[i] = load_big_endian(block + 4 * i);
    for (unsigned i = 16; i < 64; ++i) w[i] = sha256_next_word(w + i);
    for (unsigned i = 0; i < 64; ++i) w[i] += sha256_round_constants[i];
    rounds(state, w);
}

void write_digest(const State& state, std::uint8_t* digest) {
    for (unsigned i = 0; i < 8; ++i) store_big_endian(state[i], 4, digest + 4 * i);
}

void hash(const std::uint8_t* message, std::size_t length, std::uint8_t* digest) {
    State state = sha256_initial_state;
    std::size_t at = 0;
    for (; length - at >= 64; at += 64) compress(state, message + at);
    std::uint8_t tail[128] = {};
    const std::size_t left = length - at;
    if (left) std::memcpy(tail, message + at, left);
    tail[left] = 0x80;
    const std::size_t tail_length = left < 56 ? 64 : 128;
    store_big_endian(std::uint64_t(length) * 8, 8, tail + tail_length - 8);
    for (std::size_t i = 0; i < tail_length; i += 64) compress(state, tail + i);
    write_digest(state, digest);
}

void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
               std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i)
        hash(messages + i * length, length, digests + i * digest_bytes);
}

void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
    for (std::size_t i = 0; i < count; ++i) {
        State state = sha256_initial_state;
        compress(state, pairs + i * 64);
        // The second block of a 64-byte message is padding alone: its schedule is a constant.
        rounds(state, sha256_padding_schedule.data());
        write_digest(state, digests + i * digest_bytes);
    }
}

}  // namespace

const HashKernels sha256_portable = {hash_many, compress_pairs};

}  // namespace zkmark
