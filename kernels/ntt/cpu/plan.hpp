// Transforms prepared once and run many times.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace zkmark {

struct NttOptions {
    unsigned log_size = 0;  // at most the field's two-adicity
    std::size_t batch = 1;  // transforms of 2^log_size elements, one behind the other
    bool inverse = false;
    bool bit_reversed = false;  // the order of the values; coefficients are always in natural order
    bool coset = false;         // values at the field's generator times the roots of unity
};

class NttPlan {
public:
    virtual ~NttPlan() = default;

    // Both arrays hold batch * 2^log_size canonical elements and do not overlap. May be called by one
    // thread at a time; uses parallel_for.
    virtual void transform(const void* input, void* output) const = 0;

    virtual std::size_t data_bytes() const = 0;   // of the input, and of the output
    virtual std::size_t table_bytes() const = 0;  // what the plan keeps: twiddles
    virtual std::size_t word_bytes() const = 0;   // 4 or 8
};

// Null for a field that is not known.
std::unique_ptr<NttPlan> make_ntt_plan(std::string_view field, const NttOptions& options);

}  // namespace zkmark
