// The tables of a transform. kernels.hpp says how twiddles are indexed and what they are for.
//
// Tables hold the words of field elements (`Element`: an unsigned word, or an array of them), so that what
// uses them is compiled once a width and not once a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zkmark::ntt {

template <unsigned count>
struct Limbs {
    std::uint64_t limbs[count];
};

template <class Element>
struct Tables {
    std::vector<Element> shared_twiddles;  // of the shared pass: one a node
    std::vector<Element> column_roots;     // of the columns of the lanes pass, in their order
    std::vector<Element> node_roots;       // the roots of unity that multiply them
    Element scale;                         // what an inverse multiplies by: 1 / n
};

// The tables of a transform whose shared pass has 2^log_shared rows. Elements must have the field's width. A coset
// is shifted by the integer `shift`, or by the field's generator where that is 0.
template <class Element>
Tables<Element> make_tables(std::string_view field, unsigned log_size, unsigned log_shared, bool inverse,
                            bool bit_reversed, bool coset, std::uint64_t shift = 0);

// For each i below 2^bits, i with its bits reversed.
std::vector<std::uint32_t> bit_reversal(unsigned bits);

}  // namespace zkmark::ntt
