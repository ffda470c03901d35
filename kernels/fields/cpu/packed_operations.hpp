// What packed_<isa>.cpp have in common; packed.hpp says what it is for.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernels/fields/cpu/packed31.hpp"
#include "kernels/fields/cpu/packed_goldilocks.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class P, class Operation>
void map_packed(const void* a, const void* b, void* out, std::size_t count, Operation operation) {
    using F = typename P::Field;
    for (std::size_t i = 0; i < count; i += P::lanes)
        operation(static_cast<const F*>(a) + i, static_cast<const F*>(b) + i)
            .store(static_cast<F*>(out) + i);
}

template <class P>
bool packed_operation_of(std::string_view operation, const void* a, const void* b, void* out,
                         std::size_t count) {
    using F = typename P::Field;
    const auto map = [&](auto body) {
        map_packed<P>(a, b, out, count, body);
        return true;
    };
    if (operation == "add") return map([](const F* x, const F* y) { return P::load(x) + P::load(y); });
    if (operation == "subtract") return map([](const F* x, const F* y) { return P::load(x) - P::load(y); });
    if (operation == "multiply") return map([](const F* x, const F* y) { return P::load(x) * P::load(y); });
    if (operation == "square") return map([](const F* x, const F*) { return P::load(x).square(); });
    if constexpr (requires { typename P::Factor; })
        if (operation == "factor")
            return map([](const F* x, const F* y) {
                std::uint32_t w[P::lanes], quotient[P::lanes];
                for (std::size_t i = 0; i < P::lanes; ++i) {
                    w[i] = P::canonical_word(y[i]);
                    quotient[i] = P::quotient_of(w[i]);
                }
                return P::load(x) * P::Factor::load(w, quotient);
            });
    if constexpr (requires(P x) { x.template times_power_of_two<1>(); })
        if (operation == "constants")
            return map([](const F* x, const F*) {
                // By constants of every kind: 2^255 (2^32 - 1).
                return P::load(x)
                    .template times_power_of_two<0>()
                    .template times_power_of_two<1>()
                    .template times_power_of_two<32>()
                    .template times_power_of_two<33>()
                    .template times_power_of_two<64>()
                    .template times_power_of_two<95>()
                    .template times_power_of_two<30>()
                    .times_small(0xffffffff);
            });
    return false;
}

inline bool packed_operation_here(std::string_view field, std::string_view operation, const void* a,
                                  const void* b, void* out, std::size_t count) {
    if (field == BabyBear::id())
        return packed_operation_of<Packed31<BabyBear>>(operation, a, b, out, count);
    if (field == KoalaBear::id())
        return packed_operation_of<Packed31<KoalaBear>>(operation, a, b, out, count);
    if (field == Goldilocks::id()) return packed_operation_of<PackedGoldilocks>(operation, a, b, out, count);
    return false;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
