// All fields, and the way from a field's id to its type.
#pragma once

#include <string_view>

#include "kernels/fields/cpu/batch_inversion.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/fields/cpu/field31.hpp"
#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/fields/cpu/montgomery.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class... Fields>
struct FieldList {
    // Calls visitor(F{}) for the field with that id; false if there is none.
    template <class Visitor>
    static bool visit(std::string_view id, Visitor&& visitor) {
        return ((id == Fields::id() && (visitor(Fields{}), true)) || ...);
    }
};

using AllFields = FieldList<Goldilocks, BabyBear, KoalaBear, Bn254Fr, Bn254Fq, Bls12381Fr, Bls12381Fq,
                            PallasFp, VestaFp>;
using AllExtensionFields = FieldList<GoldilocksExt2, GoldilocksExt3, BabyBearExt4>;

// visitor(F{}) is called with the type's zero, a tag to take the type from: `[&](auto tag) { using F =
// decltype(tag); ... }`.
template <class Visitor>
bool visit_field(std::string_view id, Visitor&& visitor) {
    return AllFields::visit(id, visitor);
}

template <class Visitor>
bool visit_extension_field(std::string_view id, Visitor&& visitor) {
    return AllExtensionFields::visit(id, visitor);
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
