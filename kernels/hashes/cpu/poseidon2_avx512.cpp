// Poseidon2 in lanes of AVX-512.
#include "kernels/hashes/cpu/hash_kernels.hpp"

#if defined(__AVX512F__)
#include "kernels/hashes/cpu/lane_sponge.hpp"
#include "kernels/hashes/cpu/poseidon2_lanes_31.hpp"
#include "kernels/hashes/cpu/poseidon2_lanes_goldilocks.hpp"
#include "kernels/hashes/cpu/poseidon2_sets.hpp"
#endif

namespace zkmark {

#if defined(__AVX512F__)
using namespace poseidon2_sets;
const HashKernels poseidon2_babybear_16_avx512 = LaneSponge<Poseidon2Lanes31<BabyBear16>>::kernels;
const HashKernels poseidon2_babybear_24_avx512 = LaneSponge<Poseidon2Lanes31<BabyBear24>>::kernels;
const HashKernels poseidon2_koalabear_16_avx512 = LaneSponge<Poseidon2Lanes31<KoalaBear16>>::kernels;
const HashKernels poseidon2_goldilocks_8_avx512 = LaneSponge<Poseidon2LanesGoldilocks<Goldilocks8>>::kernels;
const HashKernels poseidon2_goldilocks_12_avx512 = LaneSponge<Poseidon2LanesGoldilocks<Goldilocks12>>::kernels;
#else
const HashKernels poseidon2_babybear_16_avx512 = {};
const HashKernels poseidon2_babybear_24_avx512 = {};
const HashKernels poseidon2_koalabear_16_avx512 = {};
const HashKernels poseidon2_goldilocks_8_avx512 = {};
const HashKernels poseidon2_goldilocks_12_avx512 = {};
#endif

}  // namespace zkmark
