// SHA-256 in lanes of AVX2.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX2__)
#include "kernels/hashes/cpu/sha256_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX2__)
const HashKernels sha256_avx2 = {Sha256Lanes<Lanes32>::hash_many, Sha256Lanes<Lanes32>::compress_pairs};
#else
const HashKernels sha256_avx2 = {};
#endif

}  // namespace zkmark
