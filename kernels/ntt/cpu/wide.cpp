// Which fields are wide, what a transform needs to know of them, and which instruction set runs it.
#include "kernels/ntt/cpu/wide.hpp"

#include "kernels/fields/cpu/fields.hpp"

namespace zkmark {
namespace ntt {
namespace {

using WideFields = FieldList<Bn254Fr, Bls12381Fr, PallasFp, VestaFp>;

MakeWidePlan wide_plan_at(Isa isa) {
    if (isa == Isa::avx512) return wide_plan_avx512();
    if (isa == Isa::avx2) return wide_plan_avx2();
    return nullptr;
}

// x R mod p for R = 2^260. Field elements hold x 2^256.
template <class F>
WideParameters::Words words_of(const F& x) {
    return x.doubled().doubled().doubled().doubled().raw();
}

}  // namespace

namespace {

using Limbs = WideConstants::Limbs;
constexpr std::int64_t limb_mask = (std::int64_t(1) << 52) - 1;

Limbs carried(Limbs x) {
    for (unsigned i = 0; i < 4; ++i) {
        x[i + 1] += x[i] >> 52;
        x[i] &= limb_mask;
    }
    return x;
}

Limbs plus(const Limbs& a, const Limbs& b, std::int64_t times = 1) {
    Limbs sum;
    for (unsigned i = 0; i < 5; ++i) sum[i] = a[i] + times * b[i];
    return carried(sum);
}

bool at_most(const Limbs& a, const Limbs& b) { return plus(b, a, -1)[4] >= 0; }

}  // namespace

WideConstants::WideConstants(const WideParameters& parameters)
    : p{}, negated_inverse(static_cast<std::int64_t>(parameters.negated_inverse) & limb_mask) {
    for (unsigned bit = 0; bit < 256; ++bit)
        p[bit / 52] |= std::int64_t(parameters.modulus[bit / 64] >> (bit % 64) & 1) << (bit % 52);
    complement = plus({0, 0, 0, 0, std::int64_t(1) << 52}, p, -1);
    six = plus({}, p, 6);
    // Sums reach down to -12 p, or to minus twice what reducing leaves, 2^257 + p.
    const Limbs lowest = plus({0, 0, 0, 0, std::int64_t(1) << 50}, p, 2);
    offset = plus({}, p, 12);
    while (!at_most(lowest, offset)) offset = plus(offset, p);
    // "Surely": the top limb that i is read from lacks the carries of the limbs below, less than 2^12.
    Limbs multiple{};
    for (std::int64_t i = 0; i < 8; ++i) {
        const Limbs bound{0, 0, 0, 0, (i << 49) - (1 << 12)};
        while (at_most(plus(multiple, p), bound)) multiple = plus(multiple, p);
        for (unsigned j = 0; j < 5; ++j) back[i][j] = offset[j] - multiple[j];
    }
    __extension__ using Wide = unsigned __int128;
    quotient = static_cast<std::int64_t>((Wide(1) << 97) / static_cast<std::uint64_t>(p[4] + 1));
}

WideParameters wide_parameters(std::string_view field, const NttOptions& options) {
    WideParameters parameters;
    WideFields::visit(field, [&]<class F>(F) {
        parameters.modulus = F::modulus;
        parameters.negated_inverse = F::negated_inverse_of_modulus;
        parameters.one = words_of(F::one());
        parameters.scale = words_of(F::from_u64(std::uint64_t(1) << options.log_size).inverse());
        F root = F::root_of_unity(options.log_size), shift = F::generator();
        if (options.inverse) {
            root = root.inverse();
            shift = shift.inverse();
        }
        parameters.roots.resize(options.log_size + 1);
        for (unsigned k = options.log_size + 1; k-- > 0; root = root.square())
            parameters.roots[k] = words_of(root);
        for (unsigned k = 0; options.coset && k <= options.log_size; ++k, shift = shift.square())
            parameters.shifts.push_back(words_of(shift));
    });
    return parameters;
}

}  // namespace ntt

bool has_wide_ntt(Isa isa, std::string_view field) {
    return ntt::wide_plan_at(isa) && ntt::WideFields::visit(field, [](auto) {});
}

namespace {

// A plan in vector registers' alignment, held by one of none: who gets a plan may delete it by the base class' alignment
// (nanobind does), which is not how it was allocated.
class HeldPlan final : public NttPlan {
public:
    explicit HeldPlan(std::unique_ptr<NttPlan> plan) : plan_(std::move(plan)) {}

    void transform(const void* input, void* output) const override { plan_->transform(input, output); }
    std::size_t data_bytes() const override { return plan_->data_bytes(); }
    std::size_t table_bytes() const override { return plan_->table_bytes(); }
    std::size_t word_bytes() const override { return plan_->word_bytes(); }

private:
    std::unique_ptr<NttPlan> plan_;
};

}  // namespace

std::unique_ptr<NttPlan> make_wide_ntt_plan(std::string_view field, const NttOptions& options) {
    for (int level = static_cast<int>(isa_allowed()); level > 0; --level)
        if (has_wide_ntt(static_cast<Isa>(level), field))
            return std::make_unique<HeldPlan>(
                ntt::wide_plan_at(static_cast<Isa>(level))(ntt::wide_parameters(field, options), options));
    return nullptr;
}

}  // namespace zkmark
