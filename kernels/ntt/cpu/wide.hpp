// Transforms over the fields of 254 to 255 bits in vector lanes. wide_plan.hpp tells how they go.
//
// They are plans of their own, not kernels for plan.cpp: an element in the lanes is not the words that it is in
// memory, and a twiddle is 25 limbs (see "expanded" in wide_plan.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "backends/cpu/native/isa.hpp"
#include "kernels/ntt/cpu/plan.hpp"

namespace zkmark {

// Null where the machine or what isa_allowed() holds has no path for the field.
std::unique_ptr<NttPlan> make_wide_ntt_plan(std::string_view field, const NttOptions& options);
// Whether there is a path at just this level.
bool has_wide_ntt(Isa isa, std::string_view field);

namespace ntt {

// What a transform needs to know of its field. Elements are in Montgomery form with R = 2^260.
struct WideParameters {
    using Words = std::array<std::uint64_t, 4>;

    Words modulus{};
    std::uint64_t negated_inverse = 0;  // -p^-1 mod 2^64
    Words one{}, scale{};               // 1, and 1 / n
    std::vector<Words> roots;           // [k]: of order 2^k, up to n; inverted for an inverse transform
    std::vector<Words> shifts;          // [k]: shift^(2^k), up to n, inverted likewise; empty if there is no coset
};

WideParameters wide_parameters(std::string_view field, const NttOptions& options);

// Numbers in 52-bit limbs that lazy reduction takes, all multiples of p or near one. wide_plan.hpp says which values
// occur where; a lane holds any value below 2^260, which is 35 p at least.
struct WideConstants {
    using Limbs = std::array<std::int64_t, 5>;

    explicit WideConstants(const WideParameters& parameters);

    Limbs p;
    Limbs complement;       // 2^260 - p
    Limbs six;              // 6 p
    Limbs offset;           // makes any value that sums of lanes reach positive
    Limbs back[8];          // offset less the largest multiple of p surely below i 2^257
    std::int64_t quotient;  // 2^97 / (p / 2^208), rounded down
    std::int64_t negated_inverse;  // -p^-1 mod 2^52
};

// One an instruction set, in wide_<isa>.cpp; null where the compiler made no such code.
using MakeWidePlan = std::unique_ptr<NttPlan> (*)(const WideParameters&, const NttOptions&);
MakeWidePlan wide_plan_avx2();
MakeWidePlan wide_plan_avx512();

}  // namespace ntt
}  // namespace zkmark
