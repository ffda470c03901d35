// The Grain LFSR in self-shrinking mode, from which Poseidon2 draws its round constants (eprint 2019/458).
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

class Grain {
public:
    // For a prime field with a power as S-box: the 80-bit state starts from the instance's own numbers.
    Grain(std::uint64_t modulus, unsigned width, unsigned full_rounds, unsigned partial_rounds)
        : modulus_(modulus), bits_(unsigned(std::bit_width(modulus))) {
        const std::initializer_list<std::pair<unsigned, unsigned>> fields = {
            {1, 2}, {0, 4}, {bits_, 12}, {width, 12}, {full_rounds, 10}, {partial_rounds, 10}};
        unsigned at = 0;
        for (const auto& [value, size] : fields)
            for (unsigned i = 0; i < size; ++i) state_[at++] = (value >> (size - 1 - i)) & 1;
        while (at < size) state_[at++] = true;
        for (unsigned i = 0; i < 160; ++i) clock();
    }

    // The next canonical element; values not below the modulus are drawn again.
    std::uint64_t element() {
        for (;;) {
            std::uint64_t value = 0;
            for (unsigned i = 0; i < bits_; ++i) value = value << 1 | std::uint64_t(kept_bit());
            if (value < modulus_) return value;
        }
    }

private:
    static constexpr unsigned size = 80;

    bool tap(unsigned i) const { return state_[(first_ + i) % size]; }

    bool clock() {
        const bool bit = tap(62) ^ tap(51) ^ tap(38) ^ tap(23) ^ tap(13) ^ tap(0);
        state_[first_] = bit;
        first_ = (first_ + 1) % size;
        return bit;
    }

    // Bits come in pairs: the second counts if the first is one.
    bool kept_bit() {
        for (;;) {
            const bool keep = clock();
            const bool bit = clock();
            if (keep) return bit;
        }
    }

    std::uint64_t modulus_;
    unsigned bits_;
    bool state_[size] = {};
    unsigned first_ = 0;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
