// RPO-256 in lanes of AVX2.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX2__)
#include "kernels/hashes/cpu/lane_sponge.hpp"
#include "kernels/hashes/cpu/rpo_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX2__)
const HashKernels rpo_256_avx2 = LaneSponge<RpoLanes>::kernels;
#else
const HashKernels rpo_256_avx2 = {};
#endif

}  // namespace zkmark
