// A block of a transform over a small field, in vector lanes L (packed_lanes.hpp): gathered, transformed along
// its columns as the tree of remainders that kernels.hpp describes, scattered.
//
// Rows are a cache line, so vectors run along columns and twiddles are the same in all lanes: a sweep sees
// one array for a node. Sweeps are of radix 4, two layers for one load and store; a block larger than the
// first-level cache is worked depth first.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/packed.hpp"
#include "kernels/ntt/cpu/packed_lanes.hpp"

#if defined(__AVX2__)

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class L>
class PackedBlocks {
    using Word = typename L::Word;
    using Vector = typename L::Vector;
    using Factor = typename L::Factor;
    static constexpr std::size_t lanes = L::lanes, width = packed_columns<Word>;
    static constexpr std::size_t first_level_bytes = 16 * 1024;

public:
    static void run(const PackedPass& pass, const void* in, void* out, std::size_t first,
                    std::size_t columns, void* block) {
        const PackedBlocks blocks(pass, static_cast<Word*>(block));
        blocks.gather(static_cast<const Word*>(in), first, columns);
        blocks.transform();
        blocks.scatter(static_cast<Word*>(out), first, columns);
    }

private:
    PackedBlocks(const PackedPass& pass, Word* block)
        : pass_(pass), l_(pass.modulus), block_(block), rows_(std::size_t(1) << pass.log_rows) {}

    // ---- sweeps ----

    const Word* twiddle(unsigned layer, std::size_t node) const {
        return static_cast<const Word*>(pass_.twiddles) +
               2 * (node + (pass_.coset ? std::size_t(1) << layer : 0));
    }

    // One layer of the root, whose twiddle is one but in a coset.
    void radix_2() const {
        const std::size_t half = rows_ / 2 * width;
        const Factor f = L::factor(twiddle(0, 0));
        for (std::size_t i = 0; i < half; i += lanes) {
            const Vector x = L::load(block_ + i), y = L::load(block_ + half + i);
            const Vector t = pass_.coset ? l_.times(y, f) : l_.term_of(y);
            L::store(block_ + i, l_.add(x, t));
            L::store(block_ + half + i, l_.sub(x, t));
        }
    }

    // Two layers of a node that has `quarter` elements in each of its grandchildren. The last half of these
    // are to be multiplied next, and so are left as they come (`lazy`).
    template <bool one, bool lazy>
    ZKMARK_ALWAYS_INLINE void radix_4(Word* x, std::size_t from, std::size_t to, std::size_t quarter,
                                      const Factor& f, const Factor& g, const Factor& h) const {
        for (std::size_t i = from; i < to; i += lanes) {
            const Vector x0 = L::load(x + i), x1 = L::load(x + quarter + i);
            const Vector x2 = L::load(x + 2 * quarter + i), x3 = L::load(x + 3 * quarter + i);
            const Vector t2 = one ? l_.term_of(x2) : l_.times(x2, f);
            const Vector t3 = one ? l_.term_of(x3) : l_.times(x3, f);
            const Vector a0 = l_.add(x0, t2), a2 = l_.sub(x0, t2);
            const Vector t1 = one ? l_.term_of(l_.add(x1, t3)) : l_.times(l_.lazy_add(x1, t3), g);
            const Vector u3 = l_.times(l_.lazy_sub(x1, t3), h);
            if constexpr (lazy) {
                L::store(x + i, l_.lazy_add(a0, t1));
                L::store(x + quarter + i, l_.lazy_sub(a0, t1));
                L::store(x + 2 * quarter + i, l_.lazy_add(a2, u3));
                L::store(x + 3 * quarter + i, l_.lazy_sub(a2, u3));
            } else {
                L::store(x + i, l_.add(a0, t1));
                L::store(x + quarter + i, l_.sub(a0, t1));
                L::store(x + 2 * quarter + i, l_.add(a2, u3));
                L::store(x + 3 * quarter + i, l_.sub(a2, u3));
            }
        }
    }

    template <bool one>
    ZKMARK_ALWAYS_INLINE void node(Word* x, unsigned layer, std::size_t index, std::size_t quarter) const {
        const Factor f = L::factor(twiddle(layer, index)), g = L::factor(twiddle(layer + 1, 2 * index)),
                     h = L::factor(twiddle(layer + 1, 2 * index + 1));
        // Not if nothing comes next, nor if that has factors of one.
        const std::size_t strict = one || quarter == width ? quarter : quarter / 2;
        radix_4<one, false>(x, 0, strict, quarter, f, g, h);
        radix_4<one, true>(x, strict, quarter, quarter, f, g, h);
    }

    void any_node(Word* x, unsigned layer, std::size_t index, std::size_t quarter) const {
        if (index == 0 && !pass_.coset)
            node<true>(x, layer, index, quarter);
        else
            node<false>(x, layer, index, quarter);
    }

    // All layers below a node.
    void tree(Word* x, unsigned layer, std::size_t index) const {
        std::size_t elements = (rows_ >> layer) * width;
        if (elements * sizeof(Word) > first_level_bytes) {
            any_node(x, layer, index, elements / 4);
            for (std::size_t i = 0; i < 4; ++i) tree(x + i * elements / 4, layer + 2, 4 * index + i);
            return;
        }
        for (std::size_t nodes = 1; elements > width; layer += 2, nodes *= 4, index *= 4, elements /= 4)
            for (std::size_t i = 0; i < nodes; ++i)
                any_node(x + i * elements, layer, index + i, elements / 4);
    }

    void transform() const {
        if (pass_.log_rows % 2 == 0) {
            tree(block_, 0, 0);
        } else {
            radix_2();
            tree(block_, 1, 0);
            tree(block_ + rows_ / 2 * width, 1, 1);
        }
    }

    // ---- moving ----

    // The twists of the columns of this block.
    struct Twist {
        const Word *low, *low_seconds, *high, *high_seconds;
        std::size_t stride;
    };

    Twist twist(std::size_t first) const {
        if (!pass_.low.words) return made_twist(first);
        return {words(pass_.low.words) + first, words(pass_.low.seconds) + first,
                words(pass_.high.words) + first, words(pass_.high.seconds) + first, pass_.twist_columns};
    }

    Twist made_twist(std::size_t first) const {
        const std::size_t low_rows = std::size_t(1) << pass_.log_low, high_rows = rows_ >> pass_.log_low;
        Word* low = block_ + rows_ * width;
        Word* low_seconds = low + low_rows * width;
        Word* high = low_seconds + low_rows * width;
        Word* high_seconds = high + high_rows * width;
        const typename L::Seconds seconds(pass_.modulus);
        for (std::size_t c = 0; c < width; c += lanes) {
            const Factor root = L::factors(words(pass_.roots.words) + first + c,
                                           words(pass_.roots.seconds) + first + c);
            L::store(low + c, L::load(words(pass_.starts.words) + first + c));
            const Factor step = powers(low + c, low_seconds + c, low_rows, root, seconds);
            if (high_rows == 1) continue;
            L::store(high + width + c, step.w);
            powers(high + width + c, high_seconds + width + c, high_rows - 1, step, seconds);
        }
        return {low, low_seconds, high, high_seconds, width};
    }

    // Each of `count` rows is the one before it times `step`; by doubling, so that few wait for each
    // other. Returns step^(a power of two from count on).
    Factor powers(Word* rows, Word* second_words, std::size_t count, Factor step,
                  const typename L::Seconds& seconds) const {
        for (std::size_t done = 1; done < count; done *= 2) {
            for (std::size_t i = 0; i < done && done + i < count; ++i)
                L::store(rows + (done + i) * width, l_.times(l_.value_of(L::load(rows + i * width)), step));
            step = seconds.factor(l_.times(l_.value_of(step.w), step));
        }
        for (std::size_t i = 0; i < count; ++i)
            L::store(second_words + i * width, seconds.second(L::load(rows + i * width)));
        return step;
    }

    static const Word* words(const void* table) { return static_cast<const Word*>(table); }

    // What comes in for a row, from column `column` of the block on: multiplied, and a value.
    template <bool twisted>
    ZKMARK_ALWAYS_INLINE void put(std::size_t row, std::size_t column, const Twist& twist, Vector x) const {
        Vector value = l_.value_of(x);
        if constexpr (twisted) {
            const std::size_t low = (row & ((std::size_t(1) << pass_.log_low) - 1)) * twist.stride + column;
            const std::size_t high = row >> pass_.log_low;
            if (high) {
                const std::size_t i = high * twist.stride + column;
                value = l_.lazy_times(value, L::factors(twist.high + i, twist.high_seconds + i));
            }
            value = l_.value_of(l_.times(value, L::factors(twist.low + low, twist.low_seconds + low)));
        }
        L::store(block_ + row * width + column, value);
    }

    // What goes out of a row: multiplied, and reduced.
    ZKMARK_ALWAYS_INLINE Vector take(std::size_t row, std::size_t column) const {
        const Vector value = L::load(block_ + row * width + column);
        if (!pass_.row_factors) return l_.term_of(value);
        return l_.times(value, L::factor(static_cast<const Word*>(pass_.row_factors) + 2 * row));
    }

    static std::size_t place(const std::uint32_t* table, std::size_t i) { return table ? table[i] : i; }

    void gather(const Word* in, std::size_t first, std::size_t columns) const {
        if (pass_.twisted)
            gather_by<true>(in, first, columns, twist(first));
        else
            gather_by<false>(in, first, columns, {});
    }

    template <bool twisted>
    void gather_by(const Word* in, std::size_t first, std::size_t columns, const Twist& twist) const {
        const PackedLayout& from = pass_.from;
        if (!from.runs) {
            const Word* source = in + first;
            for (std::size_t r = 0; r < rows_; ++r) {
                const Word* row = source + place(from.rows, r) * from.stride;
                if (r + ahead < rows_) prefetch(source + place(from.rows, r + ahead) * from.stride);
                for (std::size_t c = 0; c < width; c += lanes) put<twisted>(r, c, twist, L::load(row + c));
            }
        } else if (columns == width && rows_ >= lanes) {
            for (std::size_t c = 0; c < width; c += lanes)
                for (std::size_t s = 0; s < rows_; s += lanes) {
                    Vector tile[lanes];
                    for (std::size_t i = 0; i < lanes; ++i)
                        tile[i] = L::load(in + place(from.columns, first + c + i) * from.stride + s);
                    L::transpose(tile);
                    for (std::size_t i = 0; i < lanes; ++i)
                        put<twisted>(place(from.rows, s + i), c, twist, tile[i]);
                }
        } else {
            for (std::size_t s = 0; s < rows_; ++s) {
                alignas(64) Word line[width] = {};
                for (std::size_t c = 0; c < columns; ++c)
                    line[c] = in[place(from.columns, first + c) * from.stride + s];
                for (std::size_t c = 0; c < width; c += lanes)
                    put<false>(place(from.rows, s), c, twist, L::load(line + c));
            }
        }
    }

    void scatter(Word* out, std::size_t first, std::size_t columns) const {
        const PackedLayout& to = pass_.to;
        if (!to.runs) {
            for (std::size_t r = 0; r < rows_; ++r) {
                Word* row = out + first + place(to.rows, r) * to.stride;
                for (std::size_t c = 0; c < width; c += lanes) L::store(row + c, take(r, c));
            }
        } else if (columns == width && rows_ >= lanes) {
            for (std::size_t c = 0; c < width; c += lanes)
                for (std::size_t s = 0; s < rows_; s += lanes) {
                    Vector tile[lanes];
                    for (std::size_t i = 0; i < lanes; ++i) tile[i] = take(place(to.rows, s + i), c);
                    L::transpose(tile);
                    for (std::size_t i = 0; i < lanes; ++i)
                        L::store(out + place(to.columns, first + c + i) * to.stride + s, tile[i]);
                }
        } else {
            for (std::size_t s = 0; s < rows_; ++s) {
                alignas(64) Word line[width];
                for (std::size_t c = 0; c < width; c += lanes)
                    L::store(line + c, take(place(to.rows, s), c));
                for (std::size_t c = 0; c < columns; ++c)
                    out[place(to.columns, first + c) * to.stride + s] = line[c];
            }
        }
    }

    // Strided rows are beyond what the hardware foresees.
    static constexpr std::size_t ahead = 8;
    static ZKMARK_ALWAYS_INLINE void prefetch(const Word* line) {
        _mm_prefetch(reinterpret_cast<const char*>(line), _MM_HINT_T0);
    }

    const PackedPass& pass_;
    const L l_;
    Word* block_;
    std::size_t rows_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
