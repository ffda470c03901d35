// Elementwise arithmetic on arrays of canonical words, for tests and users. Kernels use the field types.
//
// Arrays come as bytes of contiguous words; kernels/fields/arithmetic.py checks types, shapes and values.
// What is checked here is only what memory safety needs.
#define ZKMARK_FIELD_CALLS  // kernels/fields/cpu/word.hpp
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/fields/cpu/packed.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Words = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using WordsOut = nb::ndarray<nb::c_contig, nb::device::cpu>;

// An index range that takes a few microseconds at least: below it a second thread does not pay.
constexpr std::size_t grain = 4096;

template <class Visitor>
void visit_any_field(const std::string& id, Visitor&& visitor) {
    if (!visit_field(id, visitor) && !visit_extension_field(id, visitor))
        throw std::invalid_argument("field: unknown id " + id);
}

void require(bool condition, const char* message) {
    if (!condition) throw std::invalid_argument(message);
}

template <class F, class Array>
std::size_t elements_of(const Array& array) {
    using Word = typename F::Canonical;
    require(array.itemsize() == sizeof(Word), "array: words of the wrong width");
    require(array.size() % F::words == 0, "array: not a whole number of elements");
    return array.size() / F::words;
}

// out[i] = operation(a[i]) on all threads.
template <class F, class Operation>
void map_unary(const Words& a, WordsOut& out, Operation operation) {
    using Word = typename F::Canonical;
    const std::size_t count = elements_of<F>(a);
    require(elements_of<F>(out) == count, "out: not as many elements as a");
    const Word* in = static_cast<const Word*>(a.data());
    Word* result = static_cast<Word*>(out.data());
    const nb::gil_scoped_release release;
    parallel_for(count, grain, [=](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            operation(F::from_canonical(in + i * F::words)).to_canonical(result + i * F::words);
    });
}

template <class F, class Operation>
void map_binary(const Words& a, const Words& b, WordsOut& out, Operation operation) {
    using Word = typename F::Canonical;
    const std::size_t count = elements_of<F>(a);
    require(elements_of<F>(b) == count, "b: not as many elements as a");
    require(elements_of<F>(out) == count, "out: not as many elements as a");
    const Word* left = static_cast<const Word*>(a.data());
    const Word* right = static_cast<const Word*>(b.data());
    Word* result = static_cast<Word*>(out.data());
    const nb::gil_scoped_release release;
    parallel_for(count, grain, [=](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            operation(F::from_canonical(left + i * F::words), F::from_canonical(right + i * F::words))
                .to_canonical(result + i * F::words);
    });
}

void field_binary(const std::string& operation, const std::string& id, const Words& a, const Words& b,
                  WordsOut& out) {
    visit_any_field(id, [&](auto tag) {
        using F = decltype(tag);
        if (operation == "add") {
            map_binary<F>(a, b, out, [](const F& x, const F& y) { return x + y; });
        } else if (operation == "subtract") {
            map_binary<F>(a, b, out, [](const F& x, const F& y) { return x - y; });
        } else if (operation == "multiply") {
            map_binary<F>(a, b, out, [](const F& x, const F& y) { return x * y; });
        } else {
            throw std::invalid_argument("operation: unknown name " + operation);
        }
    });
}

void field_unary(const std::string& operation, const std::string& id, const Words& a, WordsOut& out) {
    visit_any_field(id, [&](auto tag) {
        using F = decltype(tag);
        if (operation == "negate") {
            map_unary<F>(a, out, [](const F& x) { return -x; });
        } else if (operation == "double") {
            map_unary<F>(a, out, [](const F& x) { return x.doubled(); });
        } else if (operation == "square") {
            map_unary<F>(a, out, [](const F& x) { return x.square(); });
        } else if (operation == "inverse") {
            map_unary<F>(a, out, [](const F& x) { return x.inverse(); });
        } else {
            throw std::invalid_argument("operation: unknown name " + operation);
        }
    });
}

void field_power(const std::string& id, const Words& a, const std::vector<std::uint64_t>& exponent,
                 WordsOut& out) {
    visit_any_field(id, [&](auto tag) {
        using F = decltype(tag);
        map_unary<F>(a, out, [&exponent](const F& x) {
            return x.pow(exponent.data(), static_cast<unsigned>(exponent.size()));
        });
    });
}

void field_frobenius(const std::string& id, const Words& a, WordsOut& out) {
    if (!visit_extension_field(id, [&](auto tag) {
            using F = decltype(tag);
            map_unary<F>(a, out, [](const F& x) { return x.frobenius(); });
        }))
        throw std::invalid_argument("extension field: unknown id " + id);
}

void field_batch_inverse(const std::string& id, const Words& a, WordsOut& out) {
    visit_any_field(id, [&](auto tag) {
        using F = decltype(tag);
        using Word = typename F::Canonical;
        const std::size_t count = elements_of<F>(a);
        require(elements_of<F>(out) == count, "out: not as many elements as a");
        const Word* in = static_cast<const Word*>(a.data());
        Word* result = static_cast<Word*>(out.data());
        const nb::gil_scoped_release release;
        std::vector<F> values(count), scratch(count);
        parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) values[i] = F::from_canonical(in + i * F::words);
            batch_inverse(values.data() + begin, end - begin, scratch.data() + begin);
            for (std::size_t i = begin; i < end; ++i) values[i].to_canonical(result + i * F::words);
        });
    });
}

// The flat index of the first element not below the modulus, -1 if there is none.
std::int64_t field_first_not_canonical(const std::string& id, const Words& a) {
    std::int64_t found = -1;
    const bool known = visit_field(id, [&](auto tag) {
        using F = decltype(tag);
        using Word = typename F::Canonical;
        const std::size_t count = elements_of<F>(a);
        const Word* in = static_cast<const Word*>(a.data());
        const nb::gil_scoped_release release;
        std::atomic<std::size_t> first{count};
        parallel_for(count, 16 * grain, [&](std::size_t begin, std::size_t end) {
            if (begin >= first.load(std::memory_order_relaxed)) return;
            // Good blocks, nearly all, are summed up without a branch an element.
            constexpr std::size_t block = 256;
            for (std::size_t start = begin; start < end; start += block) {
                const std::size_t stop = std::min(end, start + block);
                unsigned good = 1;
                for (std::size_t i = start; i < stop; ++i) good &= F::is_canonical(in + i * F::words);
                if (good) continue;
                std::size_t i = start;
                while (F::is_canonical(in + i * F::words)) ++i;
                std::size_t least = first.load(std::memory_order_relaxed);
                while (i < least && !first.compare_exchange_weak(least, i)) {
                }
                return;
            }
        });
        if (first.load() < count) found = static_cast<std::int64_t>(first.load());
    });
    if (!known) throw std::invalid_argument("field: unknown id " + id);
    return found;
}

// The constants that this extension works with, as flat words: what tests hold against parameters.py.
nb::dict field_constants(const std::string& id) {
    nb::dict constants;
    const bool known = visit_field(id, [&](auto tag) {
        using F = decltype(tag);
        const auto words_of = [](const F& x) {
            typename F::Canonical words[F::words];
            x.to_canonical(words);
            return std::vector<std::uint64_t>(words, words + F::words);
        };
        std::vector<std::vector<std::uint64_t>> roots;
        for (unsigned log_size = 0; log_size <= F::two_adicity; ++log_size)
            roots.push_back(words_of(F::root_of_unity(log_size)));
        constants["bits"] = F::bits;
        constants["two_adicity"] = F::two_adicity;
        constants["one"] = words_of(F::one());
        constants["minus_one"] = words_of(-F::one());
        constants["generator"] = words_of(F::generator());
        constants["roots_of_unity"] = roots;
    });
    if (!known) throw std::invalid_argument("field: unknown id " + id);
    return constants;
}

bool field_packed(const std::string& isa, const std::string& id, const std::string& operation, const Words& a,
                  const Words& b, WordsOut& out) {
    bool known = false;
    visit_field(id, [&](auto tag) {
        using F = decltype(tag);
        const std::size_t count = elements_of<F>(a);
        require(elements_of<F>(b) == count && elements_of<F>(out) == count && count % 16 == 0,
                "a, b, out: not equally many elements, or not a multiple of 16");
        for (const Isa level : {Isa::avx2, Isa::avx512})
            if (isa == isa_name(level) && level <= isa_detected())
                known = packed_operation(level, id, operation, a.data(), b.data(), out.data(), count);
    });
    return known;
}

}  // namespace

bool packed_operation(Isa isa, std::string_view field, std::string_view operation, const void* a,
                      const void* b, void* out, std::size_t count) {
    if (isa == Isa::avx512) return packed_operation_avx512(field, operation, a, b, out, count);
    if (isa == Isa::avx2) return packed_operation_avx2(field, operation, a, b, out, count);
    return false;
}

void bind_fields(nb::module_& module) {
    using namespace nb::literals;
    module.def("field_binary", &field_binary, "operation"_a, "field"_a, "a"_a.noconvert(),
               "b"_a.noconvert(), "out"_a.noconvert(),
               "out[i] = a[i] operation b[i]: add, subtract or multiply.");
    module.def("field_unary", &field_unary, "operation"_a, "field"_a, "a"_a.noconvert(),
               "out"_a.noconvert(), "out[i] = operation(a[i]): negate, double, square or inverse.");
    module.def("field_power", &field_power, "field"_a, "a"_a.noconvert(), "exponent"_a,
               "out"_a.noconvert(), "out[i] = a[i]^exponent, the exponent as little-endian words.");
    module.def("field_frobenius", &field_frobenius, "field"_a, "a"_a.noconvert(), "out"_a.noconvert(),
               "out[i] = a[i]^p in an extension field.");
    module.def("field_batch_inverse", &field_batch_inverse, "field"_a, "a"_a.noconvert(),
               "out"_a.noconvert(), "out[i] = 1 / a[i] by Montgomery's trick; zeros stay zero.");
    module.def("field_first_not_canonical", &field_first_not_canonical, "field"_a, "a"_a.noconvert(),
               "Flat index of the first element not below the modulus, -1 if there is none.");
    module.def("field_packed", &field_packed, "isa"_a, "field"_a, "operation"_a, "a"_a.noconvert(),
               "b"_a.noconvert(), "out"_a.noconvert(),
               "Arithmetic of a field packed in an instruction set's lanes, for tests, on words as the field type "
               "holds them; false where there is none.");
    module.def("field_constants", &field_constants, "field"_a,
               "bits, two_adicity, and one, minus_one, generator, roots_of_unity as words.");
}

}  // namespace zkmark
