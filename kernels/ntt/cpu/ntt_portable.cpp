// The portable kernels of every field.
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/ntt/cpu/butterflies.hpp"

namespace zkmark {

const NttKernels* ntt_kernels_portable(std::string_view field) {
    const NttKernels* found = nullptr;
    visit_field(field, [&]<class F>(F) {
        // Compilers vectorise the 31-bit loops along rows, which end in rows of a single column.
        constexpr bool vectorised = sizeof(F) == 4;
        static constexpr NttKernels kernels =
            ntt::portable_kernels<F>(vectorised ? 256 : 128 * 1024, vectorised ? 16 : 1);
        found = &kernels;
    });
    return found;
}

}  // namespace zkmark
