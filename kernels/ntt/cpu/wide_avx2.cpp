#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark::ntt {

MakeWidePlan wide_plan_avx2() { return nullptr; }

}  // namespace zkmark::ntt
