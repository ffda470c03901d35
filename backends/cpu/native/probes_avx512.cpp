#if defined(__x86_64__)
#include <immintrin.h>

#include "backends/cpu/native/probes_vector.hpp"

namespace zkmark {

void multiply_32_avx512(std::uint64_t* state, std::uint64_t rounds) {
    __m512i x[probe_chains_vector];
    const __m512i c = _mm512_set1_epi64(0x9e3779b1);
    for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_loadu_si512(state + 8 * i);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_mul_epu32(x[i], c);
    for (unsigned i = 0; i < probe_chains_vector; ++i) _mm512_storeu_si512(state + 8 * i, x[i]);
}

void multiply_52_avx512(std::uint64_t* state, std::uint64_t rounds) {
    __m512i x[probe_chains_vector];
    const __m512i c = _mm512_set1_epi64(0x9e3779b97f4a7);
    for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_loadu_si512(state + 8 * i);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i)
            x[i] = _mm512_madd52lo_epu64(x[i], x[i], c);
    for (unsigned i = 0; i < probe_chains_vector; ++i) _mm512_storeu_si512(state + 8 * i, x[i]);
}

void word_32_avx512(std::uint64_t* state, std::uint64_t rounds) {
    __m512i x[probe_chains_vector];
    const __m512i c = _mm512_set1_epi32(static_cast<int>(0x9e3779b1)), d = _mm512_set1_epi32(static_cast<int>(0x85ebca77));
    for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_loadu_si512(state + 8 * i);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_xor_si512(_mm512_add_epi32(x[i], c), d);
    for (unsigned i = 0; i < probe_chains_vector; ++i) _mm512_storeu_si512(state + 8 * i, x[i]);
}

void word_64_avx512(std::uint64_t* state, std::uint64_t rounds) {
    __m512i x[probe_chains_vector];
    const __m512i c = _mm512_set1_epi64(static_cast<long long>(0x9e3779b97f4a7c15));
    const __m512i d = _mm512_set1_epi64(static_cast<long long>(0xc2b2ae3d27d4eb4f));
    for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_loadu_si512(state + 8 * i);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_xor_si512(_mm512_add_epi64(x[i], c), d);
    for (unsigned i = 0; i < probe_chains_vector; ++i) _mm512_storeu_si512(state + 8 * i, x[i]);
}

void fused_64_avx512(std::uint64_t* state, std::uint64_t rounds) {
    __m512d x[probe_chains_vector];
    const __m512d c = _mm512_set1_pd(0x1.3c6ef372fe95p-1), d = _mm512_set1_pd(0.5);
    const __m512i fraction = _mm512_set1_epi64(0xfffffffffffff), one = _mm512_set1_epi64(0x3ff0000000000000);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm512_castsi512_pd(_mm512_or_si512(_mm512_and_si512(_mm512_loadu_si512(state + 8 * i), fraction), one));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_vector; ++i) x[i] = _mm512_fmadd_pd(x[i], c, d);
    // No rounds leave words as they are.
    for (unsigned i = 0; rounds && i < probe_chains_vector; ++i)
        _mm512_storeu_si512(state + 8 * i, _mm512_castpd_si512(x[i]));
}

}  // namespace zkmark
#endif
