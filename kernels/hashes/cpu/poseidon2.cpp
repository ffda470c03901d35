// The five Poseidon2 hashes, one state at a time.
#include "kernels/hashes/cpu/algebraic.hpp"
#include "kernels/hashes/cpu/poseidon2_31.hpp"
#include "kernels/hashes/cpu/poseidon2_goldilocks.hpp"
#include "kernels/hashes/cpu/poseidon2_sets.hpp"

namespace zkmark {
namespace {

using namespace poseidon2_sets;

template <class Set>
using Small = AlgebraicHash<Poseidon2Of31Bits<Set>>;
template <class Set>
using Large = AlgebraicHash<Poseidon2Goldilocks<Set>>;

}  // namespace

const Hash poseidon2_babybear_16 = Small<BabyBear16>::entry(
    "poseidon2-babybear-16", &poseidon2_babybear_16_avx2, &poseidon2_babybear_16_avx512);
const Hash poseidon2_babybear_24 = Small<BabyBear24>::entry(
    "poseidon2-babybear-24", &poseidon2_babybear_24_avx2, &poseidon2_babybear_24_avx512);
const Hash poseidon2_koalabear_16 = Small<KoalaBear16>::entry(
    "poseidon2-koalabear-16", &poseidon2_koalabear_16_avx2, &poseidon2_koalabear_16_avx512);
const Hash poseidon2_goldilocks_8 = Large<Goldilocks8>::entry(
    "poseidon2-goldilocks-8", &poseidon2_goldilocks_8_avx2, &poseidon2_goldilocks_8_avx512);
const Hash poseidon2_goldilocks_12 = Large<Goldilocks12>::entry(
    "poseidon2-goldilocks-12", &poseidon2_goldilocks_12_avx2, &poseidon2_goldilocks_12_avx512);

}  // namespace zkmark
