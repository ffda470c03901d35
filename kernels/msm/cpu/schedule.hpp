// How a sum is cut: the window, the way buckets are filled, and how many windows are worked on at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zkmark {

// Bits of a half scalar's magnitude (see kernels/curves/cpu/split.hpp).
constexpr unsigned half_bits = 127;

constexpr unsigned widest_window = 22;

struct MsmSchedule {
    unsigned bits;      // c: the window
    unsigned windows;   // ceil((half_bits + 1) / c)
    bool affine;        // buckets filled by pairwise sums; by XYZZ accumulators if not
    unsigned group;     // windows sorted and summed together, at most
    std::size_t chunk;  // points summed by one thread in one go
    std::size_t piece;  // points of the input worked off at once

    MsmSchedule(unsigned bits, bool affine, unsigned group, std::size_t chunk, std::size_t piece)
        : bits(bits),
          windows((half_bits + bits) / bits),
          affine(affine),
          group(group),
          chunk(chunk),
          piece(piece) {}

    std::size_t buckets() const { return std::size_t(1) << (bits - 1); }
};

// The cheapest schedule for `count` points and their images on `threads` threads, by counting multiplications.
MsmSchedule best_schedule(std::size_t count, unsigned threads);

// A half scalar with its sign in bit 127.
struct Half {
    std::uint64_t low, high;
};

// A digit d of a half scalar, -2^(c-1) <= d <= 2^(c-1): |d| and its sign.
struct Digit {
    std::uint32_t magnitude;
    std::uint32_t negative;
};

// Takes digits out of half scalars in any order. Adding 2^(c-1) to every digit but the last beforehand lets each
// be read without the carries from those below it: digit = field of the sum - 2^(c-1). The sum stays below
// 2^128 because the magnitude is below 2^127 and c (windows - 1) <= 127; the last digit, at most
// 2^(half_bits - c (windows - 1)), fits a bucket because c windows > half_bits.
class DigitReader {
public:
    explicit DigitReader(const MsmSchedule& schedule) : bits_(schedule.bits), windows_(schedule.windows) {
        for (unsigned w = 0; w + 1 < windows_; ++w) offset_ += Wide(1) << (w * bits_ + bits_ - 1);
    }

    Digit operator()(const Half& half, unsigned window) const {
        const Wide sum = ((Wide(half.high & ~sign_bit) << 64) | half.low) + offset_;
        auto digit = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum >> (window * bits_)));
        if (window + 1 < windows_)
            digit = (digit & ((std::int64_t(1) << bits_) - 1)) - (std::int64_t(1) << (bits_ - 1));
        const bool negative = digit < 0;
        return {static_cast<std::uint32_t>(negative ? -digit : digit),
                static_cast<std::uint32_t>(negative) ^ static_cast<std::uint32_t>(half.high >> 63)};
    }

    static constexpr std::uint64_t sign_bit = std::uint64_t(1) << 63;

private:
    using Wide = unsigned __int128;
    unsigned bits_, windows_;
    Wide offset_ = 0;
};

}  // namespace zkmark
