// The numbers of RPO-256 and its round constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/hashes/cpu/keccak.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

constexpr unsigned rpo_width = 12;
constexpr unsigned rpo_rate = 8;
constexpr unsigned rpo_rounds = 7;

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

struct RpoConstants {
    std::uint64_t first[rpo_rounds][rpo_width];
    std::uint64_t second[rpo_rounds][rpo_width];

    // Nine bytes of SHAKE-256 of the instance's name for each constant, reduced.
    RpoConstants() {
        Shake256 shake("RPO(18446744069414584321,12,4,128)");
        const auto draw = [&] {
            uint128_t value = 0;
            for (unsigned i = 0; i < 9; ++i) value |= uint128_t(shake.next()) << (8 * i);
            return std::uint64_t(value % Goldilocks::modulus);
        };
        for (unsigned round = 0; round < rpo_rounds; ++round) {
            for (auto& constant : first[round]) constant = draw();
            for (auto& constant : second[round]) constant = draw();
        }
    }

    static const RpoConstants& get() {
        static const RpoConstants made;
        return made;
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
