// A block of a transform over a small field, in vector lanes L (packed_lanes.hpp): gathered, transformed along
// its columns as the tree of remainders that kernels.hpp describes, scattered.
//
// Rows are whole cache lines, so vectors run along columns and twiddles are the same in all lanes: a sweep sees
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
    static constexpr std::size_t lanes = L::lanes, line_words = packed_columns<Word>;
    static constexpr std::size_t first_level_bytes = 16 * 1024;

public:
    static void run(const PackedPass& pass, const void* in, void* out, std::size_t first,
                    std::size_t columns, void* block) {
        PackedBlocks blocks(pass, static_cast<Word*>(block));
        blocks.transform(static_cast<const Word*>(in), static_cast<Word*>(out), first, columns);
    }

private:
    PackedBlocks(const PackedPass& pass, Word* block)
        : pass_(pass), l_(pass.modulus), block_(block), rows_(std::size_t(1) << pass.log_rows),
          width_(pass.width) {}

    // Where rows stay rows, the first sweep takes them from the array and the last puts them there.
    void transform(const Word* in, Word* out, std::size_t first, std::size_t columns) {
        if (!pass_.to.runs) out_ = out + first;
        if (pass_.from.runs) {
            gather(in, first, columns);
            if (pass_.log_rows % 2)
                first_sweep_2<0>(nullptr, {});
            else
                tree(block_, 0, 0);
        } else {
            first_sweep(in + first, first);
        }
        if (pass_.log_rows % 2) {
            tree(block_, 1, 0);
            tree(block_ + rows_ / 2 * width_, 1, 1);
        } else if (!pass_.from.runs) {
            for (std::size_t i = 0; i < 4; ++i) tree(block_ + i * (rows_ / 4) * width_, 2, i);
        }
        if (pass_.to.runs) scatter(out, first, columns);
    }

    // ---- sweeps ----

    // The twists of the columns of this block.
    struct Twist {
        const Word *low, *low_seconds, *high, *high_seconds;
        std::size_t stride;
    };

    const Word* twiddle(unsigned layer, std::size_t node) const {
        return static_cast<const Word*>(pass_.twiddles) +
               2 * (node + (pass_.coset ? std::size_t(1) << layer : 0));
    }

    // How many factors a row's twist has.
    unsigned twist_factors() const {
        return !pass_.twisted ? 0 : pass_.log_low == pass_.log_rows ? 1 : 2;
    }

    void first_sweep(const Word* in, std::size_t first) const {
        const Twist twist = pass_.twisted ? twist_of(first) : Twist{};
        switch (2 * twist_factors() + pass_.log_rows % 2) {
            case 0: return first_sweep_4<0>(in, twist);
            case 1: return first_sweep_2<0>(in, twist);
            case 2: return first_sweep_4<1>(in, twist);
            case 3: return first_sweep_2<1>(in, twist);
            case 4: return first_sweep_4<2>(in, twist);
            default: return first_sweep_2<2>(in, twist);
        }
    }

    // One layer of the root, whose twiddle is one but in a coset: from an array, or in the block if `in` is null.
    template <unsigned factors>
    void first_sweep_2(const Word* in, const Twist& twist) const {
        const std::size_t half = rows_ / 2;
        const Factor f = L::factor(twiddle(0, 0));
        for (std::size_t r = 0; r < half; ++r) {
            const Word* upper = in ? in + row_place(r) : block_ + r * width_;
            const Word* lower = in ? in + row_place(r + half) : block_ + (r + half) * width_;
            const std::size_t next = r + ahead < half ? r + ahead : r;
            const Word* next_upper = in ? in + row_place(next) : upper;
            const Word* next_lower = in ? in + row_place(next + half) : lower;
            Word* x = block_ + r * width_;
            for (std::size_t c = 0; c < width_; c += lanes) {
                prefetch(next_upper + c);
                prefetch(next_lower + c);
                Vector x0 = L::load(upper + c), x1 = L::load(lower + c);
                if (in) {
                    x0 = come<factors>(r, c, twist, x0);
                    x1 = come<factors>(r + half, c, twist, x1);
                }
                const Vector t = pass_.coset ? l_.times(x1, f) : l_.term_of(x1);
                L::store(x + c, l_.add(x0, t));
                L::store(x + half * width_ + c, l_.sub(x0, t));
            }
        }
    }

    template <unsigned factors>
    void first_sweep_4(const Word* in, const Twist& twist) const {
        if (pass_.coset)
            first_sweep_4<factors, false>(in, twist);
        else
            first_sweep_4<factors, true>(in, twist);
    }

    template <unsigned factors, bool one>
    void first_sweep_4(const Word* in, const Twist& twist) const {
        const std::size_t quarter = rows_ / 4;
        const Factor f = L::factor(twiddle(0, 0)), g = L::factor(twiddle(1, 0)), h = L::factor(twiddle(1, 1));
        for (std::size_t r = 0; r < quarter; ++r) {
            const std::size_t next_row = r + ahead < quarter ? r + ahead : r;
            const Word *from[4], *next[4];
            for (std::size_t k = 0; k < 4; ++k) {
                from[k] = in + row_place(r + k * quarter);
                next[k] = in + row_place(next_row + k * quarter);
            }
            Word* x = block_ + r * width_;
            for (std::size_t c = 0; c < width_; c += lanes) {
                Vector v[4];
                for (std::size_t k = 0; k < 4; ++k) prefetch(next[k] + c);
                for (std::size_t k = 0; k < 4; ++k)
                    v[k] = come<factors>(r + k * quarter, c, twist, L::load(from[k] + c));
                butterfly_4<one, false>(v, f, g, h);
                for (std::size_t k = 0; k < 4; ++k) L::store(x + k * quarter * width_ + c, v[k]);
            }
        }
    }

    // Two layers of a node whose grandchildren hold one of v each. Those that are to be multiplied next are left
    // as they come (`lazy`).
    template <bool one, bool lazy>
    ZKMARK_ALWAYS_INLINE void butterfly_4(Vector (&v)[4], const Factor& f, const Factor& g,
                                          const Factor& h) const {
        const Vector t2 = one ? l_.term_of(v[2]) : l_.times(v[2], f);
        const Vector t3 = one ? l_.term_of(v[3]) : l_.times(v[3], f);
        const Vector a0 = l_.add(v[0], t2), a2 = l_.sub(v[0], t2);
        const Vector t1 = one ? l_.term_of(l_.add(v[1], t3)) : l_.times(l_.lazy_add(v[1], t3), g);
        const Vector u3 = l_.times(l_.lazy_sub(v[1], t3), h);
        v[0] = lazy ? l_.lazy_add(a0, t1) : l_.add(a0, t1);
        v[1] = lazy ? l_.lazy_sub(a0, t1) : l_.sub(a0, t1);
        v[2] = lazy ? l_.lazy_add(a2, u3) : l_.add(a2, u3);
        v[3] = lazy ? l_.lazy_sub(a2, u3) : l_.sub(a2, u3);
    }

    template <bool one, bool lazy>
    ZKMARK_ALWAYS_INLINE void sweep_4(Word* x, std::size_t from, std::size_t to, std::size_t quarter,
                                      const Factor& f, const Factor& g, const Factor& h) const {
        for (std::size_t i = from; i < to; i += lanes) {
            Vector v[4];
            for (std::size_t k = 0; k < 4; ++k) v[k] = L::load(x + k * quarter + i);
            butterfly_4<one, lazy>(v, f, g, h);
            for (std::size_t k = 0; k < 4; ++k) L::store(x + k * quarter + i, v[k]);
        }
    }

    template <bool one>
    ZKMARK_ALWAYS_INLINE void node(Word* x, unsigned layer, std::size_t index, std::size_t quarter) const {
        const Factor f = L::factor(twiddle(layer, index)), g = L::factor(twiddle(layer + 1, 2 * index)),
                     h = L::factor(twiddle(layer + 1, 2 * index + 1));
        if (quarter == width_ && out_) {
            Word* to[4];
            for (std::size_t k = 0; k < 4; ++k)
                to[k] = out_ + place(pass_.to.rows, 4 * index + k) * pass_.to.stride;
            for (std::size_t c = 0; c < width_; c += lanes) {
                Vector v[4];
                for (std::size_t k = 0; k < 4; ++k) v[k] = L::load(x + k * width_ + c);
                butterfly_4<one, false>(v, f, g, h);
                for (std::size_t k = 0; k < 4; ++k) L::store(to[k] + c, go(4 * index + k, v[k]));
            }
            return;
        }
        // Not if nothing comes next, nor if that has factors of one.
        const std::size_t strict = one || quarter == width_ ? quarter : quarter / 2;
        sweep_4<one, false>(x, 0, strict, quarter, f, g, h);
        sweep_4<one, true>(x, strict, quarter, quarter, f, g, h);
    }

    void any_node(Word* x, unsigned layer, std::size_t index, std::size_t quarter) const {
        if (index == 0 && !pass_.coset)
            node<true>(x, layer, index, quarter);
        else
            node<false>(x, layer, index, quarter);
    }

    // All layers below a node.
    void tree(Word* x, unsigned layer, std::size_t index) const {
        std::size_t elements = (rows_ >> layer) * width_;
        if (elements * sizeof(Word) > first_level_bytes) {
            any_node(x, layer, index, elements / 4);
            for (std::size_t i = 0; i < 4; ++i) tree(x + i * elements / 4, layer + 2, 4 * index + i);
            return;
        }
        for (std::size_t nodes = 1; elements > width_; layer += 2, nodes *= 4, index *= 4, elements /= 4)
            for (std::size_t i = 0; i < nodes; ++i)
                any_node(x + i * elements, layer, index + i, elements / 4);
    }

    // ---- moving ----

    Twist twist_of(std::size_t first) const {
        if (!pass_.low.words) return made_twist(first);
        return {words(pass_.low.words) + first, words(pass_.low.seconds) + first,
                words(pass_.high.words) + first, words(pass_.high.seconds) + first, pass_.twist_columns};
    }

    Twist made_twist(std::size_t first) const {
        const std::size_t low_rows = std::size_t(1) << pass_.log_low, high_rows = rows_ >> pass_.log_low;
        Word* low = block_ + rows_ * width_;
        Word* low_seconds = low + low_rows * width_;
        Word* high = low_seconds + low_rows * width_;
        Word* high_seconds = high + high_rows * width_;
        const typename L::Seconds seconds(pass_.modulus);
        for (std::size_t c = 0; c < width_; c += lanes) {
            const Factor root = L::factors(words(pass_.roots.words) + first + c,
                                           words(pass_.roots.seconds) + first + c);
            L::store(low + c, L::load(words(pass_.starts.words) + first + c));
            const Factor step = powers(low + c, low_seconds + c, low_rows, root, seconds);
            if (high_rows == 1) continue;
            L::store(high + width_ + c, step.w);
            powers(high + width_ + c, high_seconds + width_ + c, high_rows - 1, step, seconds);
        }
        return {low, low_seconds, high, high_seconds, width_};
    }

    // Each of `count` rows is the one before it times `step`; by doubling, so that few wait for each
    // other. Returns step^(a power of two from count on).
    Factor powers(Word* rows, Word* second_words, std::size_t count, Factor step,
                  const typename L::Seconds& seconds) const {
        for (std::size_t done = 1; done < count; done *= 2) {
            for (std::size_t i = 0; i < done && done + i < count; ++i)
                L::store(rows + (done + i) * width_, l_.times(l_.value_of(L::load(rows + i * width_)), step));
            step = seconds.factor(l_.times(l_.value_of(step.w), step));
        }
        for (std::size_t i = 0; i < count; ++i)
            L::store(second_words + i * width_, seconds.second(L::load(rows + i * width_)));
        return step;
    }

    static const Word* words(const void* table) { return static_cast<const Word*>(table); }

    // What comes for a row, from column `column` of the block on: multiplied, and a value.
    template <unsigned factors>
    ZKMARK_ALWAYS_INLINE Vector come(std::size_t row, std::size_t column, const Twist& twist, Vector x) const {
        Vector value = l_.value_of(x);
        if constexpr (factors == 2) {
            const std::size_t i = (row >> pass_.log_low) * twist.stride + column;
            if (row >> pass_.log_low)
                value = l_.lazy_times(value, L::factors(twist.high + i, twist.high_seconds + i));
        }
        if constexpr (factors) {
            const std::size_t low = row & ((std::size_t(1) << pass_.log_low) - 1);
            const std::size_t i = low * twist.stride + column;
            value = l_.value_of(l_.times(value, L::factors(twist.low + i, twist.low_seconds + i)));
        }
        return value;
    }

    // What goes out of a row: multiplied, and reduced.
    ZKMARK_ALWAYS_INLINE Vector go(std::size_t row, Vector value) const {
        if (!pass_.row_factors) return l_.term_of(value);
        return l_.times(value, L::factor(static_cast<const Word*>(pass_.row_factors) + 2 * row));
    }
    ZKMARK_ALWAYS_INLINE Vector take(std::size_t row, std::size_t column) const {
        return go(row, L::load(block_ + row * width_ + column));
    }

    ZKMARK_ALWAYS_INLINE void put(std::size_t row, std::size_t column, Vector value) const {
        L::store(block_ + row * width_ + column, value);
    }

    static std::size_t place(const std::uint32_t* table, std::size_t i) { return table ? table[i] : i; }

    std::size_t row_place(std::size_t row) const { return place(pass_.from.rows, row) * pass_.from.stride; }

    void gather(const Word* in, std::size_t first, std::size_t columns) const {
        switch (twist_factors()) {
            case 0: return gather_by<0>(in, first, columns, {});
            case 1: return gather_by<1>(in, first, columns, twist_of(first));
            default: return gather_by<2>(in, first, columns, twist_of(first));
        }
    }

    template <unsigned factors>
    void gather_by(const Word* in, std::size_t first, std::size_t columns, const Twist& twist) const {
        const PackedLayout& from = pass_.from;
        if (columns == width_ && rows_ >= lanes) {
            for (std::size_t c = 0; c < width_; c += lanes)
                for (std::size_t s = 0; s < rows_; s += lanes) {
                    Vector tile[lanes];
                    for (std::size_t i = 0; i < lanes; ++i)
                        tile[i] = L::load(in + place(from.columns, first + c + i) * from.stride + s);
                    L::transpose(tile);
                    for (std::size_t i = 0; i < lanes; ++i)
                        put(place(from.rows, s + i), c,
                            come<factors>(place(from.rows, s + i), c, twist, tile[i]));
                }
        } else {
            for (std::size_t s = 0; s < rows_; ++s) {
                alignas(64) Word line[line_words] = {};
                for (std::size_t c = 0; c < columns; ++c)
                    line[c] = in[place(from.columns, first + c) * from.stride + s];
                for (std::size_t c = 0; c < width_; c += lanes)
                    put(place(from.rows, s), c, l_.value_of(L::load(line + c)));
            }
        }
    }

    void scatter(Word* out, std::size_t first, std::size_t columns) const {
        const PackedLayout& to = pass_.to;
        if (columns == width_ && rows_ >= lanes) {
            for (std::size_t c = 0; c < width_; c += lanes)
                for (std::size_t s = 0; s < rows_; s += lanes) {
                    Vector tile[lanes];
                    for (std::size_t i = 0; i < lanes; ++i) tile[i] = take(place(to.rows, s + i), c);
                    L::transpose(tile);
                    for (std::size_t i = 0; i < lanes; ++i)
                        L::store(out + place(to.columns, first + c + i) * to.stride + s, tile[i]);
                }
        } else {
            for (std::size_t s = 0; s < rows_; ++s) {
                alignas(64) Word line[line_words];
                for (std::size_t c = 0; c < width_; c += lanes)
                    L::store(line + c, take(place(to.rows, s), c));
                for (std::size_t c = 0; c < columns; ++c)
                    out[place(to.columns, first + c) * to.stride + s] = line[c];
            }
        }
    }

    // Rows far apart are beyond what the hardware foresees; it is told this many before.
    static constexpr std::size_t ahead = 2;
    static ZKMARK_ALWAYS_INLINE void prefetch(const Word* line) {
        _mm_prefetch(reinterpret_cast<const char*>(line), _MM_HINT_T0);
    }

    const PackedPass& pass_;
    const L l_;
    Word* block_;
    Word* out_ = nullptr;  // of the last sweep, if it puts rows where they belong
    std::size_t rows_, width_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
