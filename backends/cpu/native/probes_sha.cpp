#if defined(__x86_64__)
#include <immintrin.h>

#include "backends/cpu/native/probes_vector.hpp"

namespace zkmark {

// A chain is the registers of sha256rnds2: words C D G H, then A B E F, each from the top down. Its result is the new
// A B E F; the old one is the next C D G H.
void sha_256_sha(std::uint64_t* state, std::uint64_t rounds) {
    __m128i x[2 * probe_chains_sha];
    const __m128i schedule = _mm_set_epi64x(0, static_cast<long long>(0xb5c0fbcf71374491));
    for (unsigned i = 0; i < 2 * probe_chains_sha; ++i)
        x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 2 * i));
    // Two rounds at a time, so that no register is moved into another.
    for (std::uint64_t round = 0; round + 1 < rounds; round += 2) {
        for (unsigned i = 0; i < probe_chains_sha; ++i) x[2 * i] = _mm_sha256rnds2_epu32(x[2 * i], x[2 * i + 1], schedule);
        for (unsigned i = 0; i < probe_chains_sha; ++i)
            x[2 * i + 1] = _mm_sha256rnds2_epu32(x[2 * i + 1], x[2 * i], schedule);
    }
    if (rounds % 2)
        for (unsigned i = 0; i < probe_chains_sha; ++i) {
            const __m128i next = _mm_sha256rnds2_epu32(x[2 * i], x[2 * i + 1], schedule);
            x[2 * i] = x[2 * i + 1];
            x[2 * i + 1] = next;
        }
    for (unsigned i = 0; i < 2 * probe_chains_sha; ++i)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 2 * i), x[i]);
}

}  // namespace zkmark
#endif
