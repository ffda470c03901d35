// The five Poseidon2 sets, as Plonky3 publishes them. Their round constants are drawn from Grain.
#pragma once

#include "kernels/fields/cpu/field31.hpp"
#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/poseidon2.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {
namespace poseidon2_sets {

struct BabyBear16 {
    static const Hash& hash() { return poseidon2_babybear_16; }
    using Field = BabyBear;
    static constexpr unsigned width = 16, rate = 8, alpha = 7, partial_rounds = 13;
    static constexpr Fraction diagonal[width] = {{-2},   {1},    {2},    {1, 1},  {3},     {4},
                                                 {-1, 1}, {-3},  {-4},   {1, 8},  {1, 2},  {1, 3},
                                                 {1, 27}, {-1, 8}, {-1, 4}, {-1, 27}};
};

struct BabyBear24 {
    static const Hash& hash() { return poseidon2_babybear_24; }
    using Field = BabyBear;
    static constexpr unsigned width = 24, rate = 16, alpha = 7, partial_rounds = 21;
    static constexpr Fraction diagonal[width] = {
        {-2},   {1},     {2},     {1, 1},  {3},     {4},     {-1, 1}, {-3},
        {-4},   {1, 8},  {1, 2},  {1, 3},  {1, 4},  {1, 7},  {1, 9},  {1, 27},
        {-1, 8}, {-1, 2}, {-1, 3}, {-1, 4}, {-1, 5}, {-1, 6}, {-1, 7}, {-1, 27}};
};

struct KoalaBear16 {
    static const Hash& hash() { return poseidon2_koalabear_16; }
    using Field = KoalaBear;
    static constexpr unsigned width = 16, rate = 8, alpha = 3, partial_rounds = 20;
    static constexpr Fraction diagonal[width] = {{-2},    {1},     {2},     {1, 1},  {3},    {4},
                                                 {-1, 1}, {-3},    {-4},    {1, 8},  {1, 3}, {1, 24},
                                                 {-1, 8}, {-1, 3}, {-1, 4}, {-1, 24}};
};

struct Goldilocks8 {
    static const Hash& hash() { return poseidon2_goldilocks_8; }
    using Field = Goldilocks;
    static constexpr unsigned width = 8, rate = 4, alpha = 7, partial_rounds = 22;
    static constexpr Fraction diagonal[width] = {{-2}, {1}, {2}, {1, 1}, {3}, {-1, 1}, {-3}, {-4}};
};

struct Goldilocks12 {
    static const Hash& hash() { return poseidon2_goldilocks_12; }
    using Field = Goldilocks;
    static constexpr unsigned width = 12, rate = 8, alpha = 7, partial_rounds = 22;
    static constexpr Fraction diagonal[width] = {{-2},    {1},  {2},  {1, 1}, {3},     {4},
                                                 {-1, 1}, {-3}, {-4}, {1, 2}, {-1, 2}, {1, 3}};
};

}  // namespace poseidon2_sets
}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
