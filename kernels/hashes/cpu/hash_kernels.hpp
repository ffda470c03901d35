// What a CPU kernel of a hash offers, and how the best one for this machine is found.
//
// Every digest is 32 bytes, and lies in memory in the form that its hash computes on ("internal"): bytes
// for byte hashes, field elements as their C++ type keeps them (Montgomery form for 31-bit fields) for
// algebraic ones. Messages are canonical; kernels convert as they absorb, so that conversion is part of
// the time that a kernel takes. Digests go back to canonical form only when they leave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "backends/cpu/native/isa.hpp"

namespace zkmark {

constexpr std::size_t digest_bytes = 32;

// The entry points that an instruction set may offer. All work on many inputs at once because that is
// what lanes need; a kernel of one lane loops.
struct HashKernels {
    // Hashes `count` messages of `units` units each (bytes or elements), which lie one after another.
    void (*hash_many)(const std::uint8_t* messages, std::size_t units, std::size_t count,
                      std::uint8_t* digests);
    // Compresses `count` pairs of internal digests, which lie one after another.
    void (*compress_pairs)(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests);
    // Hashes `count` messages, a multiple of `column_lanes`, whose words of 64 bits lie in `length` columns: message i
    // has word row + i of each of them, and its digest goes to digests + i * stride. From `next_row` on are the messages
    // that will be hashed next, so that they can be asked for. Call hash_columns() below, which also serves where this
    // is null.
    void (*hash_columns)(const std::uint64_t* const* columns, std::size_t length, std::size_t row, std::size_t count,
                         std::size_t next_row, std::uint8_t* digests, std::size_t stride) = nullptr;
    std::size_t column_lanes = 1;
};

struct Hash {
    const char* id;
    std::size_t unit_bytes;   // of one unit of a message: 1, or those of a field element
    std::size_t state_bytes;  // of the state that `permute` takes; 0 where there is no such function
    // Digests between internal and canonical form; in place is allowed.
    void (*to_canonical)(const std::uint8_t* internal, std::size_t count, std::uint8_t* canonical);
    void (*from_canonical)(const std::uint8_t* canonical, std::size_t count, std::uint8_t* internal);
    // Permutes one canonical state in place.
    void (*permute)(std::uint8_t* state);
    // One entry an instruction set; null or empty where there is none, and the level below is used.
    const HashKernels* by_isa[isa_count];
    // For CPUs with SHA-NI, better than AVX2; null or empty for hashes that have no use for it.
    const HashKernels* by_sha_extensions;
};

// Digests of `count` messages in columns, as above, for byte hashes and those over Goldilocks (elements, canonical).
void hash_columns(const Hash& hash, const HashKernels& kernels, const std::uint64_t* const* columns,
                  std::size_t length, std::size_t row, std::size_t count, std::size_t next_row, std::uint8_t* digests,
                  std::size_t stride);

// The hash called `id`, or null.
const Hash* find_hash(std::string_view id);

// The kernels to use at the instruction-set level now allowed, and the name of what they use.
struct ChosenKernels {
    const HashKernels* kernels;
    const char* isa;
};
ChosenKernels choose_kernels(const Hash& hash);
// The kernels of one path (`portable`, `sha`, `avx2`, `avx512`) whatever is allowed, for tests; null where the
// hash has none of its own or this machine cannot run it.
const HashKernels* kernels_on(const Hash& hash, std::string_view path);

// Digests that are the same in both forms.
void copy_digests(const std::uint8_t* from, std::size_t count, std::uint8_t* to);

// Those of an instruction set that this build was not compiled for are empty.
extern const HashKernels sha256_portable, sha256_sha, sha256_avx2, sha256_avx512;
extern const HashKernels blake3_portable, blake3_avx2, blake3_avx512;
extern const HashKernels keccak256_portable, keccak256_avx2, keccak256_avx512;
extern const HashKernels poseidon2_babybear_16_avx2, poseidon2_babybear_16_avx512;
extern const HashKernels poseidon2_babybear_24_avx2, poseidon2_babybear_24_avx512;
extern const HashKernels poseidon2_koalabear_16_avx2, poseidon2_koalabear_16_avx512;
extern const HashKernels poseidon2_goldilocks_8_avx2, poseidon2_goldilocks_8_avx512;
extern const HashKernels poseidon2_goldilocks_12_avx2, poseidon2_goldilocks_12_avx512;
extern const HashKernels rpo_256_avx2, rpo_256_avx512;
// Algebraic hashes are whole entries: conversions and permutation depend on their field.
extern const Hash poseidon2_babybear_16;
extern const Hash poseidon2_babybear_24;
extern const Hash poseidon2_koalabear_16;
extern const Hash poseidon2_goldilocks_8;
extern const Hash poseidon2_goldilocks_12;
extern const Hash rpo_256;

}  // namespace zkmark
