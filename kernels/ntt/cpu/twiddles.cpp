#define ZKMARK_FIELD_CALLS  // kernels/fields/cpu/word.hpp
#include "kernels/ntt/cpu/twiddles.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/fields/cpu/fields.hpp"

namespace zkmark::ntt {
namespace {

// The points of a transform: shift * root^i, where root has order 2^log_size. For an inverse transform
// both are inverted, which inverts every twiddle.
template <class F>
struct Points {
    unsigned log_size;
    F root;
    F shift;

    Points(unsigned log_size_, bool inverse, bool coset, std::uint64_t shift_)
        : log_size(log_size_), root(F::root_of_unity(log_size_)),
          shift(!coset ? F::one() : shift_ ? F::from_u64(shift_) : F::generator()) {
        if (inverse) {
            root = root.inverse();
            shift = shift.inverse();
        }
    }

    // root^(2^log_stride): the root of order 2^(log_size - log_stride).
    F coarse_root(unsigned log_stride) const {
        F power = root;
        for (unsigned i = 0; i < log_stride; ++i) power = power.square();
        return power;
    }
};

// The roots of unity r_j whose angle, as a fraction of a full turn, is j with its bits reversed behind a
// leading zero: 0, 1/4, 1/8, 3/8, 1/16 ... In every layer node j has twiddle r_j, up to the coset.
template <class F>
std::vector<F> node_roots(const Points<F>& points, std::size_t count) {
    std::vector<F> roots{F::one()};
    roots.reserve(count);
    for (unsigned bit = 0; roots.size() < count; ++bit) {
        const F step = points.coarse_root(points.log_size - (bit + 2));  // of order 2^(bit + 2)
        for (std::size_t j = 0, half = roots.size(); j < half; ++j) roots.push_back(roots[j] * step);
    }
    return roots;
}

// The heap of twiddles of the first log_rows layers: shift^(n / 2^(layer + 1)) * r_j.
template <class F>
std::vector<F> shared_twiddles(const Points<F>& points, unsigned log_rows, const std::vector<F>& roots) {
    std::vector<F> heap(std::size_t(1) << log_rows);
    F power = points.shift;
    for (unsigned layer = points.log_size; layer-- > 0; power = power.square())
        if (layer < log_rows)
            for (std::size_t j = 0; j < std::size_t(1) << layer; ++j)
                heap[(std::size_t(1) << layer) + j] = roots[j] * power;
    return heap;
}

// shift * root^i for i below 2^bits, in natural or bit-reversed order.
template <class F>
std::vector<F> column_roots(const Points<F>& points, unsigned bits, bool reversed) {
    const std::vector<std::uint32_t> reversal = bit_reversal(bits);
    std::vector<F> roots(reversal.size());
    F power = points.shift;
    for (std::size_t i = 0; i < roots.size(); ++i, power = power * points.root)
        roots[reversed ? reversal[i] : i] = power;
    return roots;
}

// The words of field elements.
template <class Element, class F>
std::vector<Element> words_of(const std::vector<F>& values) {
    static_assert(sizeof(F) == sizeof(Element), "words are all that a field element holds");
    std::vector<Element> words(values.size());
    if (!values.empty()) std::memcpy(words.data(), values.data(), values.size() * sizeof(F));
    return words;
}

template <class F, class Element>
Tables<Element> tables_of(unsigned log_size, unsigned log_shared, bool inverse, bool bit_reversed,
                          bool coset, std::uint64_t shift) {
    const Points<F> points(log_size, inverse, coset, shift);
    const std::size_t n1 = std::size_t(1) << log_shared, n2 = std::size_t(1) << (log_size - log_shared);
    std::vector<F> roots = node_roots(points, std::max<std::size_t>(1, std::max(n1, n2) / 2));
    Tables<Element> tables;
    tables.shared_twiddles = words_of<Element>(shared_twiddles(points, log_shared, roots));
    tables.scale = words_of<Element>(std::vector<F>{F::from_u64(std::uint64_t(1) << log_size).inverse()})[0];
    if (n2 > 1) {
        tables.column_roots = words_of<Element>(column_roots(points, log_shared, bit_reversed));
        roots.resize(n2 / 2);
        tables.node_roots = words_of<Element>(roots);
    }
    return tables;
}

}  // namespace

std::vector<std::uint32_t> bit_reversal(unsigned bits) {
    std::vector<std::uint32_t> reversal(std::size_t(1) << bits);
    for (std::size_t i = 1; i < reversal.size(); ++i)
        reversal[i] = reversal[i / 2] / 2 + (i % 2 ? std::uint32_t(1) << (bits - 1) : 0);
    return reversal;
}

template <class Element>
Tables<Element> make_tables(std::string_view field, unsigned log_size, unsigned log_shared, bool inverse,
                            bool bit_reversed, bool coset, std::uint64_t shift) {
    Tables<Element> tables;
    visit_field(field, [&]<class F>(F) {
        if constexpr (sizeof(F) == sizeof(Element))
            tables = tables_of<F, Element>(log_size, log_shared, inverse, bit_reversed, coset, shift);
    });
    return tables;
}

template Tables<std::uint32_t> make_tables(std::string_view, unsigned, unsigned, bool, bool, bool, std::uint64_t);
template Tables<std::uint64_t> make_tables(std::string_view, unsigned, unsigned, bool, bool, bool, std::uint64_t);
template Tables<Limbs<4>> make_tables(std::string_view, unsigned, unsigned, bool, bool, bool, std::uint64_t);
template Tables<Limbs<6>> make_tables(std::string_view, unsigned, unsigned, bool, bool, bool, std::uint64_t);

}  // namespace zkmark::ntt
