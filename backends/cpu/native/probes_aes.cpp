#if defined(__x86_64__)
#include <immintrin.h>

#include "backends/cpu/native/probes.hpp"
#include "backends/cpu/native/probes_vector.hpp"

namespace zkmark {

void aes_rounds(std::uint64_t* state, std::uint64_t rounds) {
    __m128i x[probe_chains_vector];
    const __m128i key = _mm_set_epi64x(static_cast<long long>(probe_mask_64), static_cast<long long>(probe_addend_64));
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 2 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (__m128i& block : x) block = _mm_aesenc_si128(block, key);
    for (unsigned i = 0; i < probe_chains_vector; ++i)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 2 * i), x[i]);
}

}  // namespace zkmark
#endif
