// BLAKE3 in lanes of AVX-512.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/blake3_lanes.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)
using Kernel = WideAndNarrow<Blake3Lanes<TwiceLanes<Lanes32>>, Blake3Lanes<Lanes32>>;
const HashKernels blake3_avx512 = {Kernel::hash_many, Kernel::compress_pairs};
#else
const HashKernels blake3_avx512 = {};
#endif

}  // namespace zkmark
