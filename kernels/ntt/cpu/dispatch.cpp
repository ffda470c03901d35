// Which kernels run: one entry an instruction set, indexed by Isa, asked for the field. A null entry, or one
// that answers null because it has no path for the field, falls back to the level below; the portable
// entry knows every field.
#include "kernels/ntt/cpu/kernels.hpp"
#include "kernels/ntt/cpu/packed.hpp"
#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark {
namespace {

constexpr const NttKernels* (*kernels_at[isa_count])(std::string_view) = {
    &ntt_kernels_portable,
    nullptr,
    nullptr,
};

const NttKernels* entry(Isa isa, std::string_view field) {
    const auto kernels = kernels_at[static_cast<int>(isa)];
    return kernels ? kernels(field) : nullptr;
}

}  // namespace

Isa ntt_isa(std::string_view field) {
    int level = static_cast<int>(isa_allowed());
    const auto has_path = [&](Isa isa) {
        return entry(isa, field) || has_packed_ntt(isa, field) || has_wide_ntt(isa, field);
    };
    while (level > 0 && !has_path(static_cast<Isa>(level))) --level;
    return static_cast<Isa>(level);
}

const NttKernels& ntt_kernels(std::string_view field) {
    int level = static_cast<int>(isa_allowed());
    while (level > 0 && !entry(static_cast<Isa>(level), field)) --level;
    return *entry(static_cast<Isa>(level), field);
}

}  // namespace zkmark
