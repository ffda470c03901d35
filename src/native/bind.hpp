// What each folder contributes to the extension module. Defined in the folder's bindings.cpp.
#pragma once

#include <nanobind/nanobind.h>

namespace zkmark {

void bind_cpu_backend(nanobind::module_& module);  // backends/cpu/native
void bind_fields(nanobind::module_& module);       // kernels/fields/cpu
void bind_ntt(nanobind::module_& module);          // kernels/ntt/cpu
void bind_msm(nanobind::module_& module);          // kernels/msm/cpu (and curves)
void bind_hashes(nanobind::module_& module);       // kernels/hashes/cpu
void bind_merkle(nanobind::module_& module);       // kernels/merkle/cpu
void bind_stark(nanobind::module_& module);        // kernels/stark/cpu: transforms, trees, grinding
void bind_stark_vectors(nanobind::module_& module);  // kernels/stark/cpu: programs, columns' arithmetic
void bind_stackvm(nanobind::module_& module);      // provers/stackvm/cpu

}  // namespace zkmark
