// Loops that are unrolled for certain: the body gets its index as a compile-time constant.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class Body, std::size_t... indices>
ZKMARK_ALWAYS_INLINE void unroll_over(std::index_sequence<indices...>, Body&& body) {
    (body(std::integral_constant<std::size_t, indices>{}), ...);
}

// unroll<4>([&](auto i) { ... i is 0, 1, 2, 3 ... });
template <std::size_t count, class Body>
ZKMARK_ALWAYS_INLINE void unroll(Body&& body) {
    unroll_over(std::make_index_sequence<count>{}, body);
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
