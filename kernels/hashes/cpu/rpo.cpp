// RPO-256: Rescue Prime Optimized over Goldilocks (eprint 2022/1577), with Miden's sponge and merge.
#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/hashes/cpu/algebraic.hpp"
#include "kernels/hashes/cpu/circulant.hpp"
#include "kernels/hashes/cpu/rpo_constants.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
namespace {

using F = Goldilocks;
constexpr unsigned lanes = rpo_width;

// Between the first and the last step of a permutation lanes are plain words, congruent to the elements but
// not always below the modulus: products and the matrix take them as they are.
using Word = std::uint64_t;

ZKMARK_ALWAYS_INLINE Word multiply(Word a, Word b) { return F::reduce_lazily(uint128_t(a) * b); }

void power_7(Word* x) {
    for (unsigned i = 0; i < lanes; ++i) {
        const Word square = multiply(x[i], x[i]);
        x[i] = multiply(multiply(square, square), multiply(square, x[i]));
    }
}

// Lanes that go through the chain below side by side: enough that one's latency hides behind the others'
// work, few enough for the registers.
constexpr unsigned group = 6;

// out = base^(2^squarings) * tail; out may be base.
template <unsigned squarings>
ZKMARK_ALWAYS_INLINE void shift_and_multiply(const Word* base, const Word* tail, Word* out) {
    Word result[group];
    for (unsigned i = 0; i < group; ++i) result[i] = base[i];
    for (unsigned step = 0; step < squarings; ++step)
        for (unsigned i = 0; i < group; ++i) result[i] = multiply(result[i], result[i]);
    for (unsigned i = 0; i < group; ++i) out[i] = multiply(result[i], tail[i]);
}

// x^(1/7) = x^0x92492491b6db6db7 in 72 multiplications: the exponent's upper half repeats 100, its lower
// half 110, so runs are built by doubling their length (the chain of the reference implementations).
void power_inverse_7(Word* lane) {
    for (Word* x = lane; x < lane + lanes; x += group) {
        Word four[group], tail[group], t3[group], t6[group], run[group], all[group];
        for (unsigned i = 0; i < group; ++i) {
            const Word two = multiply(x[i], x[i]);
            four[i] = multiply(two, two);
            tail[i] = multiply(multiply(two, four[i]), x[i]);
        }
        shift_and_multiply<3>(four, four, t3);  // 100 twice
        shift_and_multiply<6>(t3, t3, t6);      // four times
        shift_and_multiply<12>(t6, t6, run);    // eight times
        shift_and_multiply<6>(run, t3, run);    // ten times
        shift_and_multiply<31>(run, run, all);  // ten times, a zero, ten times
        for (unsigned i = 0; i < group; ++i) {
            const Word upper = multiply(multiply(all[i], all[i]), run[i]);
            const Word square = multiply(upper, upper);
            x[i] = multiply(multiply(square, square), tail[i]);
        }
    }
}

struct Rpo {
    using Field = F;
    static constexpr unsigned width = rpo_width;
    static constexpr unsigned rate = rpo_rate;

    static void permute(F* state) {
        const RpoConstants& c = RpoConstants::get();
        Word x[lanes];
        for (unsigned i = 0; i < lanes; ++i) x[i] = state[i].raw();
        for (unsigned round = 0; round < rpo_rounds; ++round) {
            rpo_circulant(x, c.first[round]);
            power_7(x);
            rpo_circulant(x, c.second[round]);
            power_inverse_7(x);
        }
        for (unsigned i = 0; i < lanes; ++i) state[i] = F::from_u64(x[i]);
    }

    static void start(F* state, std::size_t length) { state[rate] = F::from_u64(length % rate); }
    static void fill(F* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = F::zero();
    }
};

}  // namespace

const Hash rpo_256 = AlgebraicHash<Rpo>::entry("rpo-256", &rpo_256_avx2, &rpo_256_avx512);

}  // namespace zkmark
