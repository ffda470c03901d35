// zkmark._native: the one extension module. Each folder binds its own part.
#include <nanobind/nanobind.h>

#include "src/native/bind.hpp"

NB_MODULE(_native, module) {
    module.doc() = "zkmark's native kernels for CPUs; use them through zkmark's Python API";
    zkmark::bind_cpu_backend(module);
    zkmark::bind_fields(module);
    zkmark::bind_ntt(module);
    zkmark::bind_msm(module);
    zkmark::bind_hashes(module);
    zkmark::bind_merkle(module);
    zkmark::bind_stark(module);
    zkmark::bind_stark_vectors(module);
    zkmark::bind_stackvm(module);
}
