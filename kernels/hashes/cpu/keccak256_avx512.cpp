// Keccak-256 in lanes of AVX-512.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/keccak256_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)
const HashKernels keccak256_avx512 = {Keccak256Lanes::hash_many, Keccak256Lanes::compress_pairs};
#else
const HashKernels keccak256_avx512 = {};
#endif

}  // namespace zkmark
