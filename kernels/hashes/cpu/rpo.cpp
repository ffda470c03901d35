// RPO-256: Rescue Prime Optimized over Goldilocks (eprint 2022/1577), with Miden's sponge and merge.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/fields/cpu/fields.hpp"
#include "kernels/hashes/cpu/algebraic.hpp"
#include "kernels/hashes/cpu/circulant.hpp"
#include "kernels/hashes/cpu/keccak.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
namespace {

using F = Goldilocks;

constexpr unsigned lanes = 12;
constexpr unsigned round_count = 7;

// The bytes of SHAKE-256 (FIPS 202): rate 136, padding 0x1f.
class Shake256 {
public:
    explicit Shake256(std::string_view message) {  // shorter than one block
        for (std::size_t i = 0; i < message.size(); ++i) mix_in(i, std::uint8_t(message[i]));
        mix_in(message.size(), 0x1f);
        mix_in(rate - 1, 0x80);
        keccak_permute(state_);
    }

    std::uint8_t next() {
        if (at_ == rate) {
            keccak_permute(state_);
            at_ = 0;
        }
        const std::uint8_t byte = std::uint8_t(state_[at_ / 8] >> (8 * (at_ % 8)));
        ++at_;
        return byte;
    }

private:
    static constexpr std::size_t rate = 136;

    void mix_in(std::size_t at, std::uint8_t byte) { state_[at / 8] ^= std::uint64_t(byte) << (8 * (at % 8)); }

    std::uint64_t state_[25] = {};
    std::size_t at_ = 0;
};

struct Constants {
    F first[round_count][lanes];
    F second[round_count][lanes];

    // Nine bytes of SHAKE-256 of the instance's name for each constant, reduced.
    Constants() {
        Shake256 shake("RPO(18446744069414584321,12,4,128)");
        const auto draw = [&] {
            uint128_t value = 0;
            for (unsigned i = 0; i < 9; ++i) value |= uint128_t(shake.next()) << (8 * i);
            return F::from_u64(std::uint64_t(value % F::modulus));
        };
        for (unsigned round = 0; round < round_count; ++round) {
            for (auto& constant : first[round]) constant = draw();
            for (auto& constant : second[round]) constant = draw();
        }
    }
};

const Constants& constants() {
    static const Constants made;
    return made;
}

// The functions below take all lanes through one step at a time: their chains of dependent
// multiplications overlap.

void power_7(F* x) {
    for (unsigned i = 0; i < lanes; ++i) {
        const F square = x[i].square();
        x[i] = square.square() * (square * x[i]);
    }
}

// out = base^(2^squarings) * tail; out may be base.
template <unsigned squarings>
void shift_and_multiply(const F* base, const F* tail, F* out) {
    F result[lanes];
    for (unsigned i = 0; i < lanes; ++i) result[i] = base[i];
    for (unsigned step = 0; step < squarings; ++step)
        for (unsigned i = 0; i < lanes; ++i) result[i] = result[i].square();
    for (unsigned i = 0; i < lanes; ++i) out[i] = result[i] * tail[i];
}

// x^(1/7) = x^0x92492491b6db6db7 in 72 multiplications: the exponent's upper half repeats 001, its lower
// half 011, so that the runs are built by doubling their length (the chain of eprint 2022/1577's authors).
void power_inverse_7(F* x) {
    F two[lanes], four[lanes], t3[lanes], t6[lanes], t12[lanes], run[lanes], all[lanes];
    for (unsigned i = 0; i < lanes; ++i) {
        two[i] = x[i].square();
        four[i] = two[i].square();
    }
    shift_and_multiply<3>(four, four, t3);    // 100100
    shift_and_multiply<6>(t3, t3, t6);        // 100 four times
    shift_and_multiply<12>(t6, t6, t12);      // eight times
    shift_and_multiply<6>(t12, t3, run);      // ten times
    shift_and_multiply<31>(run, run, all);    // 100 ten times, a zero, 100 ten times
    for (unsigned i = 0; i < lanes; ++i) {
        const F upper = (all[i].square() * run[i]).square().square();
        x[i] = upper * (two[i] * four[i] * x[i]);
    }
}

void mds_layer(F* x) {
    std::uint64_t words[lanes];
    for (unsigned i = 0; i < lanes; ++i) words[i] = x[i].raw();
    rpo_circulant(words);
    for (unsigned i = 0; i < lanes; ++i) x[i] = F::from_raw(words[i]);
}

struct Rpo {
    using Field = F;
    static constexpr unsigned width = lanes;
    static constexpr unsigned rate = 8;

    static void permute(F* state) {
        const Constants& c = constants();
        for (unsigned round = 0; round < round_count; ++round) {
            mds_layer(state);
            for (unsigned i = 0; i < lanes; ++i) state[i] = state[i] + c.first[round][i];
            power_7(state);
            mds_layer(state);
            for (unsigned i = 0; i < lanes; ++i) state[i] = state[i] + c.second[round][i];
            power_inverse_7(state);
        }
    }

    static void start(F* state, std::size_t length) { state[rate] = F::from_u64(length % rate); }
    static void fill(F* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = F::zero();
    }
};

}  // namespace

const Hash rpo_256 = AlgebraicHash<Rpo>::entry("rpo-256");

}  // namespace zkmark
