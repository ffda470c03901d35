// Pairwise sums of runs of affine points with multiplications by MULX, ADCX and ADOX (kernels/fields/cpu/montgomery_adx.hpp).
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/msm/cpu/dispatch.hpp"

namespace zkmark {
namespace {

#if defined(ZKMARK_HAS_ADX)
template <class F>
void with_adx(void* points, Run* runs, std::size_t count, void* prefixes) {
    sum_runs(static_cast<Affine<F>*>(points), runs, count, static_cast<F*>(prefixes));
}
#endif

}  // namespace

SumRuns sum_runs_avx2([[maybe_unused]] std::string_view field) {
    SumRuns found = nullptr;
#if defined(ZKMARK_HAS_ADX)
    FieldList<Bn254Fq, Bls12381Fq, PallasFp, VestaFp>::visit(
        field, [&](auto tag) { found = &with_adx<decltype(tag)>; });
#endif
    return found;
}

}  // namespace zkmark
