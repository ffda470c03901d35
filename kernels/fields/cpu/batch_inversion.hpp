// Many inverses for the price of one: Montgomery's trick.
//
// n inverses cost 3 (n - 1) multiplications and one inversion; the floor is open, and no batch inversion
// with fewer multiplications is known.
#pragma once

#include <cstddef>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Replaces values[0..n) by their inverses; zeros stay zero. `scratch` has room for n elements.
template <class F>
void batch_inverse(F* values, std::size_t n, F* scratch) {
    F product = F::one();
    for (std::size_t i = 0; i < n; ++i) {
        scratch[i] = product;
        if (!values[i].is_zero()) product = product * values[i];
    }
    F inverse = product.inverse();
    for (std::size_t i = n; i-- > 0;) {
        if (values[i].is_zero()) continue;
        const F value = values[i];
        values[i] = inverse * scratch[i];
        inverse = inverse * value;
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
