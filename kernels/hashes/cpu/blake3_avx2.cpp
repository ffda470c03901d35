// BLAKE3 in lanes of AVX2.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX2__)
#include "kernels/hashes/cpu/blake3_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX2__)
const HashKernels blake3_avx2 = {Blake3Lanes<Lanes32>::hash_many, Blake3Lanes<Lanes32>::compress_pairs,
                                 Blake3Lanes<Lanes32>::hash_columns, Blake3Lanes<Lanes32>::lanes};
#else
const HashKernels blake3_avx2 = {};
#endif

}  // namespace zkmark
