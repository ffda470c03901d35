// The five Poseidon2 sets, as Plonky3 publishes them. Their round constants are drawn from Grain.
#include "kernels/hashes/cpu/algebraic.hpp"
#include "kernels/hashes/cpu/poseidon2_31.hpp"
#include "kernels/hashes/cpu/poseidon2_goldilocks.hpp"

namespace zkmark {
namespace {

struct BabyBear16 {
    using Field = BabyBear;
    static constexpr unsigned width = 16, rate = 8, alpha = 7, partial_rounds = 13;
    static constexpr Fraction diagonal[width] = {{-2},   {1},    {2},    {1, 1},  {3},     {4},
                                                 {-1, 1}, {-3},  {-4},   {1, 8},  {1, 2},  {1, 3},
                                                 {1, 27}, {-1, 8}, {-1, 4}, {-1, 27}};
};

struct BabyBear24 {
    using Field = BabyBear;
    static constexpr unsigned width = 24, rate = 16, alpha = 7, partial_rounds = 21;
    static constexpr Fraction diagonal[width] = {
        {-2},   {1},     {2},     {1, 1},  {3},     {4},     {-1, 1}, {-3},
        {-4},   {1, 8},  {1, 2},  {1, 3},  {1, 4},  {1, 7},  {1, 9},  {1, 27},
        {-1, 8}, {-1, 2}, {-1, 3}, {-1, 4}, {-1, 5}, {-1, 6}, {-1, 7}, {-1, 27}};
};

struct KoalaBear16 {
    using Field = KoalaBear;
    static constexpr unsigned width = 16, rate = 8, alpha = 3, partial_rounds = 20;
    static constexpr Fraction diagonal[width] = {{-2},    {1},     {2},     {1, 1},  {3},    {4},
                                                 {-1, 1}, {-3},    {-4},    {1, 8},  {1, 3}, {1, 24},
                                                 {-1, 8}, {-1, 3}, {-1, 4}, {-1, 24}};
};

struct Goldilocks8 {
    using Field = Goldilocks;
    static constexpr unsigned width = 8, rate = 4, alpha = 7, partial_rounds = 22;
    static constexpr Fraction diagonal[width] = {{-2}, {1}, {2}, {1, 1}, {3}, {-1, 1}, {-3}, {-4}};
};

struct Goldilocks12 {
    using Field = Goldilocks;
    static constexpr unsigned width = 12, rate = 8, alpha = 7, partial_rounds = 22;
    static constexpr Fraction diagonal[width] = {{-2},    {1},  {2},  {1, 1}, {3},     {4},
                                                 {-1, 1}, {-3}, {-4}, {1, 2}, {-1, 2}, {1, 3}};
};

template <class Set>
using Small = AlgebraicHash<Poseidon2Of31Bits<Set>>;
template <class Set>
using Large = AlgebraicHash<Poseidon2Goldilocks<Set>>;

}  // namespace

const Hash poseidon2_babybear_16 = Small<BabyBear16>::entry("poseidon2-babybear-16");
const Hash poseidon2_babybear_24 = Small<BabyBear24>::entry("poseidon2-babybear-24");
const Hash poseidon2_koalabear_16 = Small<KoalaBear16>::entry("poseidon2-koalabear-16");
const Hash poseidon2_goldilocks_8 = Large<Goldilocks8>::entry("poseidon2-goldilocks-8");
const Hash poseidon2_goldilocks_12 = Large<Goldilocks12>::entry("poseidon2-goldilocks-12");

}  // namespace zkmark
