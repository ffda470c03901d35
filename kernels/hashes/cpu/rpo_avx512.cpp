// RPO-256 in lanes of AVX-512.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/lane_sponge.hpp"
#include "kernels/hashes/cpu/rpo_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)
const HashKernels rpo_256_avx512 = LaneSponge<RpoLanes>::kernels;
#else
const HashKernels rpo_256_avx512 = {};
#endif

}  // namespace zkmark
