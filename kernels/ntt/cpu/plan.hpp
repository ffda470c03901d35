// Transforms prepared once and run many times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace zkmark {

struct NttOptions {
    unsigned log_size = 0;  // at most the field's two-adicity
    std::size_t batch = 1;  // transforms of 2^log_size elements, one behind the other
    bool inverse = false;
    bool bit_reversed = false;  // the order of the values; coefficients are always in natural order
    bool coset = false;         // values at a shift times the roots of unity
    std::uint64_t shift = 0;    // of a coset: an integer of the field, not zero; or 0, the field's generator
    // Elements from one transform to the next in either array, at least 2^log_size; 0: just so many.
    std::size_t input_stride = 0, output_stride = 0;
    // Plans of this batch whose pieces a caller hands to threads together.
    std::size_t beside = 1;
};

class NttPlan {
public:
    virtual ~NttPlan() = default;

    // Both arrays hold batch * 2^log_size canonical elements and do not overlap. May be called by one
    // thread at a time; uses parallel_for.
    virtual void transform(const void* input, void* output) const = 0;

    // Where a transform is too small to be shared among threads, pieces of the batch that do not depend on each
    // other; else 0. Any number of threads may work on pieces of a plan at once.
    virtual std::size_t pieces() const { return 0; }
    virtual std::size_t piece_bytes() const { return 0; }  // of what a piece transforms
    virtual void transform_piece(std::size_t, const void*, void*) const {}

    virtual std::size_t data_bytes() const = 0;   // of the input, and of the output
    virtual std::size_t table_bytes() const = 0;  // what the plan keeps: twiddles
    virtual std::size_t word_bytes() const = 0;   // 4 or 8
};

// Null for a field that is not known.
std::unique_ptr<NttPlan> make_ntt_plan(std::string_view field, const NttOptions& options);

}  // namespace zkmark
