// Arithmetic on arrays of canonical affine points, multi-threaded. Callers have checked sizes and curve.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zkmark {

// What is wrong with a point: the first bad one of an array.
struct PointFault {
    const char* kind;  // "modulus", "curve", "subgroup" or "" if all are good
    std::size_t index;
};

// Words of one coordinate; 0 for an unknown curve.
unsigned curve_coordinate_words(std::string_view curve);

// Checks that coordinates are below the modulus and points on the curve (or infinity), and if asked also
// that they are in the subgroup of prime order.
PointFault check_points(std::string_view curve, const std::uint64_t* points, std::size_t count,
                        bool subgroup);

// result[i] = whether check_points finds no fault.
void good_points(std::string_view curve, const std::uint64_t* points, std::size_t count, bool subgroup,
                 bool* result);

// result[i] = multiples[i] * base: multiples are single words; base is in the subgroup of prime order.
void multiples_of_base(std::string_view curve, const std::uint64_t* base, const std::uint64_t* multiples,
                       std::size_t count, std::uint64_t* result);

// result[i] = left[i] + right[i].
void add_points(std::string_view curve, const std::uint64_t* left, const std::uint64_t* right,
                std::size_t count, std::uint64_t* result);

// result[i] = scalars[i] * points[i]; scalars have four words. For any point of the curve.
void multiply_points(std::string_view curve, const std::uint64_t* points, const std::uint64_t* scalars,
                     std::size_t count, std::uint64_t* result);

// Splits scalars below the order along the endomorphism: for each, the two magnitudes (2 words each) and the
// two signs.
void split_scalars(std::string_view curve, const std::uint64_t* scalars, std::size_t count,
                   std::uint64_t* magnitudes, bool* negative);

// beta of the endomorphism, in canonical words.
void curve_beta(std::string_view curve, std::uint64_t* result);

}  // namespace zkmark
