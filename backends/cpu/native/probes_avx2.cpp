#if defined(__x86_64__)
#include <immintrin.h>

#include "backends/cpu/native/probes_vector.hpp"

namespace zkmark {

void multiply_64_avx2(std::uint64_t* state, std::uint64_t rounds) {
    std::uint64_t x[probe_chains_scalar];
    for (unsigned i = 0; i < probe_chains_scalar; ++i) x[i] = state[i];
    const std::uint64_t c = 0x9e3779b97f4a7c15;
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_scalar; ++i) {
            std::uint64_t high;
            __asm__ volatile("mulx %0, %0, %1" : "+r"(x[i]), "=&r"(high) : "d"(c));
        }
    for (unsigned i = 0; i < probe_chains_scalar; ++i) state[i] = x[i];
}

void multiply_32_avx2(std::uint64_t* state, std::uint64_t rounds) {
    __m256i x[probe_chains_vector];
    const __m256i c = _mm256_set1_epi64x(0x9e3779b1);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(state + 4 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm256_mul_epu32(x[i], c);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(state + 4 * i), x[i]);
}

void word_32_avx2(std::uint64_t* state, std::uint64_t rounds) {
    __m256i x[probe_chains_vector];
    const __m256i c = _mm256_set1_epi32(static_cast<int>(0x9e3779b1)), d = _mm256_set1_epi32(static_cast<int>(0x85ebca77));
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(state + 4 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm256_xor_si256(_mm256_add_epi32(x[i], c), d);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(state + 4 * i), x[i]);
}

void word_64_avx2(std::uint64_t* state, std::uint64_t rounds) {
    __m256i x[probe_chains_vector];
    const __m256i c = _mm256_set1_epi64x(static_cast<long long>(0x9e3779b97f4a7c15));
    const __m256i d = _mm256_set1_epi64x(static_cast<long long>(0xc2b2ae3d27d4eb4f));
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(state + 4 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm256_xor_si256(_mm256_add_epi64(x[i], c), d);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(state + 4 * i), x[i]);
}

void fused_64_avx2(std::uint64_t* state, std::uint64_t rounds) {
    __m256d x[probe_chains_vector];
    const __m256d c = _mm256_set1_pd(0x1.3c6ef372fe95p-1), d = _mm256_set1_pd(0.5);
    const __m256i fraction = _mm256_set1_epi64x(0xfffffffffffff), one = _mm256_set1_epi64x(0x3ff0000000000000);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm256_castsi256_pd(_mm256_or_si256(_mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(state + 4 * i)), fraction), one));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm256_fmadd_pd(x[i], c, d);
    // No rounds leave words as they are.
    for (unsigned i = 0; rounds && i < probe_chains_vector; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(state + 4 * i), _mm256_castpd_si256(x[i]));
}

}  // namespace zkmark
#endif
