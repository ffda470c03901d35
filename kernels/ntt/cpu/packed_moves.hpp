// What every block of a transform over a small field has: twists, and gathering and scattering its rows or columns.
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
class PackedMoves {
public:
    using Word = typename L::Word;
    using Vector = typename L::Vector;
    using Factor = typename L::Factor;
    static constexpr std::size_t lanes = L::lanes, line_words = packed_columns<Word>;

protected:
    PackedMoves(const PackedPass& pass, Word* block)
        : pass_(pass), l_(pass.modulus), block_(block), rows_(std::size_t(1) << pass.log_rows),
          width_(pass.width) {}

    // The twists of the columns of this block.
    struct Twist {
        const Word *low, *low_seconds, *high, *high_seconds;
        std::size_t stride;
    };

    // How many factors a row's twist has.
    unsigned twist_factors() const {
        return !pass_.twisted ? 0 : pass_.log_low == pass_.log_rows ? 1 : 2;
    }

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
        return l_.times(value, L::factor(static_cast<const Word*>(pass_.row_factors) + L::factor_words * row));
    }
    ZKMARK_ALWAYS_INLINE Vector take(std::size_t row, std::size_t column) const {
        return go(row, L::load(block_ + row * width_ + column));
    }

    ZKMARK_ALWAYS_INLINE void put(std::size_t row, std::size_t column, Vector value) const {
        L::store(block_ + row * width_ + column, value);
    }

    bool can_stream(const Word* out) const {
        return pass_.streamed && reinterpret_cast<std::uintptr_t>(out) % 64 == 0;
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
    std::size_t rows_, width_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
