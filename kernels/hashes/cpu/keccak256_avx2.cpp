// Keccak-256 in lanes of AVX2.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX2__)
#include "kernels/hashes/cpu/keccak256_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX2__)
const HashKernels keccak256_avx2 = {Keccak256Lanes::hash_many, Keccak256Lanes::compress_pairs};
#else
const HashKernels keccak256_avx2 = {};
#endif

}  // namespace zkmark
