// Butterflies in portable C++, for any field type. kernels.hpp says what they compute.
//
// One layer a sweep over the data: gcc and clang vectorise its loops for 31-bit fields, but not those of two
// layers a sweep, which measure slower there and no faster for other fields. Blocks larger than the
// first-level cache are worked depth first: after a sweep, each half is finished before the next.
//
// Floor of a block of n elements: (n/2) log2 n multiplications, n log2 n additions, and one load and store
// an element for each layer.
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

// Sweeps over one node: `rows` rows of `width` columns in each half.
template <class F, class T>
inline void forward_sweep(F* data, std::size_t rows, std::size_t width, T t) {
    const std::size_t half = rows * width;
    for (F* end = data + half; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            const F x = data[i], product = t.times(data[i + half], i);
            data[i] = x + product;
            data[i + half] = x - product;
        }
}

template <class F, class S, class T>
inline void inverse_sweep(F* data, std::size_t rows, std::size_t width, T t, S scale) {
    const std::size_t half = rows * width;
    for (F* end = data + half; data != end; data += width)
        for (std::size_t i = 0; i < width; ++i) {
            const F x = data[i], y = data[i + half];
            data[i] = scale.times(x + y, i);
            data[i + half] = t.times(x - y, i);
        }
}

// A node of the tree over a block, and its twiddle.
template <class F>
struct Node {
    const F* twiddles;
    unsigned layer;
    std::size_t index;

    const F* twiddle(std::size_t width) const {
        return twiddles + ((std::size_t(1) << layer) + index) * width;
    }
    Node child(unsigned layers, std::size_t i) const {
        return {twiddles, layer + layers, (index << layers) + i};
    }
};

// One sweep at a node over 2^log_rows rows. With one twiddle for all columns the rows of a half are one
// long row, so that the inner loop is long.
template <bool lanes, class F>
inline void forward_node(F* block, unsigned log_rows, std::size_t width, Node<F> node) {
    const std::size_t half = std::size_t(1) << (log_rows - 1);
    if constexpr (lanes) {
        forward_sweep(block, half, width, PerColumn<F>{node.twiddle(width)});
    } else {
        const F t = *node.twiddle(1);
        if (node.index == 0 && t == F::one())
            forward_sweep(block, 1, half * width, One{});
        else
            forward_sweep(block, 1, half * width, Shared<F>{t});
    }
}

template <bool lanes, class F>
inline void inverse_node(F* block, unsigned log_rows, std::size_t width, Node<F> node) {
    const std::size_t half = std::size_t(1) << (log_rows - 1);
    if constexpr (lanes) {
        inverse_sweep(block, half, width, PerColumn<F>{node.twiddle(width)}, One{});
    } else {
        const F t = *node.twiddle(1);
        if (node.index == 0 && t == F::one())
            inverse_sweep(block, 1, half * width, One{}, One{});
        else
            inverse_sweep(block, 1, half * width, Shared<F>{t}, One{});
    }
}

template <bool lanes, class F>
void forward_tree(F* block, unsigned log_rows, std::size_t width, Node<F> node) {
    if ((width << log_rows) * sizeof(F) > first_level_bytes && log_rows > 1) {
        forward_node<lanes>(block, log_rows, width, node);
        for (std::size_t i = 0; i < 2; ++i)
            forward_tree<lanes>(block + i * (width << (log_rows - 1)), log_rows - 1, width,
                                node.child(1, i));
        return;
    }
    for (unsigned done = 0; done < log_rows; ++done) {
        const unsigned rest = log_rows - done;
        for (std::size_t i = 0; i < std::size_t(1) << done; ++i)
            forward_node<lanes>(block + i * (width << rest), rest, width, node.child(done, i));
    }
}

template <bool lanes, class F>
void inverse_tree(F* block, unsigned log_rows, std::size_t width, Node<F> node) {
    if ((width << log_rows) * sizeof(F) > first_level_bytes && log_rows > 1) {
        for (std::size_t i = 0; i < 2; ++i)
            inverse_tree<lanes>(block + i * (width << (log_rows - 1)), log_rows - 1, width,
                                node.child(1, i));
        inverse_node<lanes>(block, log_rows, width, node);
        return;
    }
    for (unsigned done = log_rows; done-- > 0;) {
        const unsigned rest = log_rows - done;
        for (std::size_t i = 0; i < std::size_t(1) << done; ++i)
            inverse_node<lanes>(block + i * (width << rest), rest, width, node.child(done, i));
    }
}

// The whole tree, and at its root the scale: one multiplication an element, or half of one in a coset.
template <class F>
void inverse_scaled(F* block, unsigned log_rows, std::size_t width, Node<F> root, const F& scale) {
    if (log_rows == 0) return;  // a single element, whose scale is one
    const std::size_t half = width << (log_rows - 1);
    for (std::size_t i = 0; i < 2; ++i)
        inverse_tree<false>(block + i * half, log_rows - 1, width, root.child(1, i));
    inverse_sweep(block, 1, half, Shared<F>{*root.twiddle(1) * scale}, Shared<F>{scale});
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
constexpr NttKernels portable_kernels(std::size_t single_column_bytes, std::size_t columns_at_once) {
    return {
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            forward_tree<false>(static_cast<F*>(block), log_rows, width,
                                Node<F>{static_cast<const F*>(twiddles), 0, 0});
        },
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles, const void* scale) {
            inverse_scaled(static_cast<F*>(block), log_rows, width,
                           Node<F>{static_cast<const F*>(twiddles), 0, 0},
                           *static_cast<const F*>(scale));
        },
        // A field without a fourth root of unity has no transform of two passes.
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            if constexpr (F::two_adicity > 1)
                forward_tree<true>(static_cast<F*>(block), log_rows, width,
                                   Node<F>{static_cast<const F*>(twiddles), 0, 0});
        },
        [](void* block, unsigned log_rows, std::size_t width, const void* twiddles) {
            if constexpr (F::two_adicity > 1)
                inverse_tree<true>(static_cast<F*>(block), log_rows, width,
                                   Node<F>{static_cast<const F*>(twiddles), 0, 0});
        },
        [](void* twiddles, unsigned log_rows, std::size_t width, const void* column_roots,
           const void* roots) {
            lane_twiddles(static_cast<F*>(twiddles), log_rows, width, static_cast<const F*>(column_roots),
                          static_cast<const F*>(roots));
        },
        single_column_bytes,
        columns_at_once,
    };
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt
