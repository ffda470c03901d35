// Butterflies in portable C++, for any field type. kernels.hpp says what they compute.
//
// Where an element is one word, two layers are done in one sweep over the data, which halves the loads and
// stores; a multiplication of several words hides them. Blocks larger than the first-level cache are
// worked depth first: after a sweep, each part is finished before the next is touched.
//
// Floor of a block of n elements: (n/2) log2 n multiplications, n log2 n additions, and one load and store
// an element for each sweep.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/kernels.hpp"

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

constexpr std::size_t first_level_bytes = 16 * 1024;

// The three kinds of twiddle. `column` is ignored where all columns share one.
struct One {
    template <class F>
    ZKMARK_ALWAYS_INLINE F times(const F& x, std::size_t) const {
        return x;
    }
};

template <class F>
struct Shared {
    F twiddle;
    ZKMARK_ALWAYS_INLINE F times(const F& x, std::size_t) const { return x * twiddle; }
};

template <class F>
struct PerColumn {
    const F* twiddles;
    ZKMARK_ALWAYS_INLINE F times(const F& x, std::size_t column) const { return x * twiddles[column]; }
};

template <class F, class T>
ZKMARK_ALWAYS_INLINE void forward_pair(F& x, F& y, std::size_t column, const T& t) {
    const F product = t.times(y, column);
    y = x - product;
    x = x + product;
}

template <class F, class T>
ZKMARK_ALWAYS_INLINE void inverse_pair(F& x, F& y, std::size_t column, const T& t) {
    const F difference = x - y;
    x = x + y;
    y = t.times(difference, column);
}

// Sweeps over one node: `rows` rows of `width` columns in each half or quarter. With shared twiddles a
// caller passes rows * width columns of one row instead, so that the inner loop is long.
template <class F, class T>
inline void forward_sweep2(F* data, std::size_t rows, std::size_t width, T t) {
    const std::size_t half = rows * width;
    for (F* end = data + half; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            F x = data[i], y = data[i + half];
            forward_pair(x, y, i, t);
            data[i] = x;
            data[i + half] = y;
        }
}

template <class F, class T0, class T1, class T2>
inline void forward_sweep4(F* data, std::size_t rows, std::size_t width, T0 t0, T1 t1, T2 t2) {
    const std::size_t quarter = rows * width;
    for (F* end = data + quarter; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            F a = data[i], b = data[i + quarter], c = data[i + 2 * quarter], d = data[i + 3 * quarter];
            forward_pair(a, c, i, t0);
            forward_pair(b, d, i, t0);
            forward_pair(a, b, i, t1);
            forward_pair(c, d, i, t2);
            data[i] = a;
            data[i + quarter] = b;
            data[i + 2 * quarter] = c;
            data[i + 3 * quarter] = d;
        }
}

template <class F, class S, class T>
inline void inverse_sweep2(F* data, std::size_t rows, std::size_t width, T t, S scale) {
    const std::size_t half = rows * width;
    for (F* end = data + half; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            F x = data[i], y = data[i + half];
            inverse_pair(x, y, i, t);
            data[i] = scale.times(x, i);
            data[i + half] = y;
        }
}

template <class F, class S, class T0, class T1, class T2>
inline void inverse_sweep4(F* data, std::size_t rows, std::size_t width, T0 t0, T1 t1, T2 t2, S scale) {
    const std::size_t quarter = rows * width;
    for (F* end = data + quarter; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            F a = data[i], b = data[i + quarter], c = data[i + 2 * quarter], d = data[i + 3 * quarter];
            inverse_pair(a, b, i, t1);
            inverse_pair(c, d, i, t2);
            inverse_pair(a, c, i, t0);
            inverse_pair(b, d, i, t0);
            data[i] = scale.times(a, i);
            data[i + quarter] = scale.times(b, i);
            data[i + 2 * quarter] = c;
            data[i + 3 * quarter] = d;
        }
}

// A node (layer, index) of the tree over a block, with its twiddle and those of its two children.
template <class F>
struct Node {
    const F* twiddles;
    unsigned layer;
    std::size_t index;

    std::size_t heap() const { return (std::size_t(1) << layer) + index; }
    const F* twiddle(std::size_t width) const { return twiddles + heap() * width; }
    const F* child_twiddles(std::size_t width) const { return twiddles + 2 * heap() * width; }
    Node child(unsigned layers, std::size_t i) const {
        return {twiddles, layer + layers, (index << layers) + i};
    }
};

template <class F>
constexpr unsigned layers_of_sweep = F::words == 1 ? 2 : 1;

// An odd number of layers starts with a single one at the root; all other sweeps do their two.
template <class F>
constexpr unsigned layers_of_first_sweep(unsigned log_rows) {
    return log_rows % layers_of_sweep<F> ? 1 : layers_of_sweep<F>;
}

// One sweep at a node over 2^log_rows rows.
template <bool lanes, class F>
inline void forward_node(F* block, unsigned log_rows, std::size_t width, Node<F> node, unsigned layers) {
    const std::size_t part = std::size_t(1) << (log_rows - layers);
    if constexpr (lanes) {
        const PerColumn<F> t0{node.twiddle(width)};
        if (layers == 1) return forward_sweep2(block, part, width, t0);
        if constexpr (layers_of_sweep<F> == 2) {
            const F* children = node.child_twiddles(width);
            forward_sweep4(block, part, width, t0, PerColumn<F>{children}, PerColumn<F>{children + width});
        }
    } else {
        const std::size_t columns = part * width;
        const Shared<F> t0{*node.twiddle(1)};
        const bool one = node.index == 0 && t0.twiddle == F::one();
        if (layers == 1) {
            if (one) return forward_sweep2(block, 1, columns, One{});
            return forward_sweep2(block, 1, columns, t0);
        }
        if constexpr (layers_of_sweep<F> == 2) {
            const Shared<F> t1{node.child_twiddles(1)[0]}, t2{node.child_twiddles(1)[1]};
            // With t0, t1 is one too: its square root, and the first of its layer.
            if (one) return forward_sweep4(block, 1, columns, One{}, One{}, t2);
            if (columns == 1) return forward_sweep4(block, 1, 1, t0, t1, t2);
            forward_sweep4(block, 1, columns, t0, t1, t2);
        }
    }
}

template <bool lanes, class F>
inline void inverse_node(F* block, unsigned log_rows, std::size_t width, Node<F> node, unsigned layers,
                         const F* scale) {
    const std::size_t part = std::size_t(1) << (log_rows - layers);
    if constexpr (lanes) {
        const PerColumn<F> t0{node.twiddle(width)};
        if (layers == 1) return inverse_sweep2(block, part, width, t0, One{});
        if constexpr (layers_of_sweep<F> == 2) {
            const F* children = node.child_twiddles(width);
            inverse_sweep4(block, part, width, t0, PerColumn<F>{children}, PerColumn<F>{children + width},
                           One{});
        }
    } else {
        const std::size_t columns = part * width;
        const Shared<F> t0{*node.twiddle(1)};
        const bool one = node.index == 0 && t0.twiddle == F::one();
        // The scale comes in at the root alone: one multiplication an element, or half of one in a coset.
        const Shared<F> whole{scale ? *scale : F::one()}, scaled{scale ? t0.twiddle * *scale : t0.twiddle};
        if (layers == 1) {
            if (scale) return inverse_sweep2(block, 1, columns, scaled, whole);
            if (one) return inverse_sweep2(block, 1, columns, One{}, One{});
            return inverse_sweep2(block, 1, columns, t0, One{});
        }
        if constexpr (layers_of_sweep<F> == 2) {
            const Shared<F> t1{node.child_twiddles(1)[0]}, t2{node.child_twiddles(1)[1]};
            if (scale) return inverse_sweep4(block, 1, columns, scaled, t1, t2, whole);
            if (one) return inverse_sweep4(block, 1, columns, One{}, One{}, t2, One{});
            if (columns == 1) return inverse_sweep4(block, 1, 1, t0, t1, t2, One{});
            inverse_sweep4(block, 1, columns, t0, t1, t2, One{});
        }
    }
}

template <bool lanes, class F>
void forward_tree(F* block, unsigned log_rows, std::size_t width, Node<F> node) {
    if (log_rows == 0) return;
    const unsigned first = layers_of_first_sweep<F>(log_rows);
    if ((width << log_rows) * sizeof(F) > first_level_bytes && log_rows > 2) {
        forward_node<lanes>(block, log_rows, width, node, first);
        const unsigned rest = log_rows - first;
        for (std::size_t i = 0; i < std::size_t(1) << first; ++i)
            forward_tree<lanes>(block + i * (width << rest), rest, width, node.child(first, i));
        return;
    }
    for (unsigned done = 0, layers = first; done < log_rows; done += layers, layers = layers_of_sweep<F>) {
        const unsigned rest = log_rows - done;
        for (std::size_t i = 0; i < std::size_t(1) << done; ++i)
            forward_node<lanes>(block + i * (width << rest), rest, width, node.child(done, i), layers);
    }
}

template <bool lanes, class F>
void inverse_tree(F* block, unsigned log_rows, std::size_t width, Node<F> node, const F* scale) {
    if (log_rows == 0) return;
    const unsigned first = layers_of_first_sweep<F>(log_rows);
    if ((width << log_rows) * sizeof(F) > first_level_bytes && log_rows > 2) {
        const unsigned rest = log_rows - first;
        for (std::size_t i = 0; i < std::size_t(1) << first; ++i)
            inverse_tree<lanes, F>(block + i * (width << rest), rest, width, node.child(first, i), nullptr);
        inverse_node<lanes>(block, log_rows, width, node, first, scale);
        return;
    }
    for (unsigned done = log_rows; done > 0;) {
        const unsigned layers = done == first ? first : layers_of_sweep<F>;
        done -= layers;
        const unsigned rest = log_rows - done;
        for (std::size_t i = 0; i < std::size_t(1) << done; ++i)
            inverse_node<lanes, F>(block + i * (width << rest), rest, width, node.child(done, i), layers,
                                   done == 0 ? scale : nullptr);
    }
}

template <class F>
void lane_twiddles(F* twiddles, unsigned log_rows, std::size_t width, const F* column_roots,
                   const F* roots) {
    if (log_rows == 0) return;
    // Layer by layer from the last, whose power is the column's root itself; each earlier one squares.
    for (unsigned layer = log_rows; layer-- > 0;) {
        F* powers = twiddles + (std::size_t(1) << layer) * width;  // those of node 0, where roots[0] is one
        const F* below = powers + (width << layer);                // the same of the layer after this
        for (std::size_t i = 0; i < width; ++i)
            powers[i] = layer + 1 == log_rows ? column_roots[i] : below[i].square();
        for (std::size_t node = 1; node < std::size_t(1) << layer; ++node) {
            const F root = roots[node];
            F* row = powers + node * width;
            for (std::size_t i = 0; i < width; ++i) row[i] = powers[i] * root;
        }
    }
}

// The table of these kernels for a field.
template <class F>
constexpr NttKernels portable_kernels(std::size_t single_block_bytes) {
    return {
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            forward_tree<false>(static_cast<F*>(block), log_rows, width,
                                Node<F>{static_cast<const F*>(twiddles), 0, 0});
        },
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles, const void* scale) {
            inverse_tree<false>(static_cast<F*>(block), log_rows, width,
                                Node<F>{static_cast<const F*>(twiddles), 0, 0},
                                static_cast<const F*>(scale));
        },
        // A field without a fourth root of unity has no transform of two passes.
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            if constexpr (F::two_adicity > 1)
                forward_tree<true>(static_cast<F*>(block), log_rows, width,
                                   Node<F>{static_cast<const F*>(twiddles), 0, 0});
        },
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            if constexpr (F::two_adicity > 1)
                inverse_tree<true, F>(static_cast<F*>(block), log_rows, width,
                                      Node<F>{static_cast<const F*>(twiddles), 0, 0}, nullptr);
        },
        [](void* twiddles, unsigned log_rows, std::size_t width, const void* column_roots,
           const void* roots) {
            lane_twiddles(static_cast<F*>(twiddles), log_rows, width, static_cast<const F*>(column_roots),
                          static_cast<const F*>(roots));
        },
        single_block_bytes,
    };
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt
