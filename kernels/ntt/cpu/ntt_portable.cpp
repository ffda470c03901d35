// The portable kernels of every field.
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/ntt/cpu/butterflies.hpp"

namespace zkmark {

const NttKernels* ntt_kernels_portable(std::string_view field) {
    const NttKernels* found = nullptr;
    visit_field(field, [&]<class F>(F) {
        static constexpr NttKernels kernels = ntt::portable_kernels<F>(128 * 1024);
        found = &kernels;
    });
    return found;
}

}  // namespace zkmark
