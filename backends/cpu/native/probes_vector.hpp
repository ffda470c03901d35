// The probes that are compiled for one instruction set each. Nothing of the standard library but its
// integer types here: a template instantiated with newer instructions could be the copy that the linker
// keeps for everyone.
#pragma once

#include <cstdint>

namespace zkmark {

constexpr unsigned probe_chains_scalar = 8;   // hides a latency of 4 at two a cycle, and fits the registers
constexpr unsigned probe_chains_vector = 12;  // enough to hide a latency of 5 at two a cycle

constexpr unsigned probe_chains_sha = 4;      // of four words; hides a latency of 4 at one in two cycles

#if defined(__x86_64__)
void multiply_64_avx2(std::uint64_t* state, std::uint64_t rounds);    // 8 words, with BMI2's mulx
void multiply_32_avx2(std::uint64_t* state, std::uint64_t rounds);    // 12 x 4 words
void multiply_32_avx512(std::uint64_t* state, std::uint64_t rounds);  // 12 x 8 words
void multiply_52_avx512(std::uint64_t* state, std::uint64_t rounds);  // 12 x 8 words
void word_32_avx2(std::uint64_t* state, std::uint64_t rounds);        // 12 x 4 words
void word_64_avx2(std::uint64_t* state, std::uint64_t rounds);        // 12 x 4 words
void word_32_avx512(std::uint64_t* state, std::uint64_t rounds);      // 12 x 8 words
void word_64_avx512(std::uint64_t* state, std::uint64_t rounds);      // 12 x 8 words
void fused_64_avx2(std::uint64_t* state, std::uint64_t rounds);       // 12 x 4 words
void fused_64_avx512(std::uint64_t* state, std::uint64_t rounds);     // 12 x 8 words
void sha_256_sha(std::uint64_t* state, std::uint64_t rounds);         // 4 x 4 words
void aes_rounds(std::uint64_t* state, std::uint64_t rounds);          // 12 x 2 words
#endif

}  // namespace zkmark
