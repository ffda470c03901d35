// A block of a transform over Goldilocks. There 2 is a root of unity of order 192, so that transforms of up to 64
// points are made of shifts: a sweep takes up to four layers of the tree of remainders, in which only what comes is
// multiplied, part k of a node by the k-th power of its first descendant's root. Two sweeps of radix 8 from a root
// of one do without: there those powers are shifts too.
//
// A node of radix 16 in registers is 15 products, 17 shifts and 32 pairs of a sum and a difference: with AVX-512
// 330 + 150 + 190 instructions, where as many layers of radix 2 take 32 products. Measured on Zen 4, cycles for a
// vector: product 12, shift 4 to 6, pair 4.6 (of 8 lanes, AVX-512); 9, 3 to 5, 2.4 (of 4, AVX2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/packed.hpp"
#include "kernels/ntt/cpu/packed_lanes_goldilocks.hpp"
#include "kernels/ntt/cpu/packed_moves.hpp"

#if defined(__AVX2__)

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class L>
class PackedShifts : PackedMoves<L> {
    using Moves = PackedMoves<L>;
    using typename Moves::Factor, typename Moves::Twist, typename Moves::Vector, typename Moves::Word;
    using Moves::ahead, Moves::lanes, Moves::prefetch;
    using Moves::block_, Moves::l_, Moves::pass_, Moves::rows_, Moves::width_;
    using Moves::gather, Moves::go, Moves::place, Moves::row_place, Moves::scatter, Moves::twist_factors,
        Moves::twist_of;
    using Sweep = PackedPass::Sweep;

public:
    static void run(const PackedPass& pass, const void* in, void* out, std::size_t first,
                    std::size_t columns, void* block) {
        PackedShifts blocks(pass, static_cast<Word*>(block));
        blocks.transform(static_cast<const Word*>(in), static_cast<Word*>(out), first, columns);
    }

private:
    using Moves::Moves;

    // Where rows stay rows, the first sweep takes them from the array and the last puts them there.
    void transform(const Word* in, Word* out, std::size_t first, std::size_t columns) {
        if (pass_.from.runs) {
            gather(in, first, columns);
        } else {
            in_ = in + first;
            if (pass_.twisted) twist_ = twist_of(first);
        }
        if (!pass_.to.runs) {
            out_ = out + first;
            streamed_ = this->can_stream(out_);
        }
        if (pass_.sweep_count) tree(0, 0, 0, block_);
        if (pass_.to.runs) scatter(out, first, columns);
        if (streamed_) _mm_sfence();
    }

    // All sweeps of a node from sweep s on, the node of one before those of its descendants.
    void tree(unsigned s, unsigned layer, std::size_t index, Word* x) const {
        const Sweep& sweep = pass_.sweeps[s];
        const std::size_t part = (rows_ >> layer >> sweep.log_radix) * width_;
        switch (sweep.log_radix) {
            case 1: node<1>(s, index, part, x); break;
            case 2: node<2>(s, index, part, x); break;
            case 3: node<3>(s, index, part, x); break;
            default: node<4>(s, index, part, x);
        }
        if (s + 1 == pass_.sweep_count) return;
        for (std::size_t p = 0; p < std::size_t(1) << sweep.log_radix; ++p)
            tree(s + 1, layer + sweep.log_radix, index << sweep.log_radix | p, x + p * part);
    }

    // Vectors side by side in each part, and what happens to them on their way.
    struct Span {
        const Word *from[16], *next[16];
        Word* to[16];
        std::size_t words;
        const Word* factors = nullptr;
        unsigned eighth = 0;  // or: part k times 2^(3 eighth k)
        bool comes = false;  // from the array: at row `row` and every `step`-th from there on
        std::size_t row = 0, step = 0;
        bool goes = false;  // to the array: row goes_to[p]
        std::size_t goes_to[16] = {};
    };

    template <unsigned log_radix>
    void node(unsigned s, std::size_t index, std::size_t part, Word* x) const {
        constexpr std::size_t radix = std::size_t(1) << log_radix;
        const Sweep& sweep = pass_.sweeps[s];
        Span span;
        span.words = part;
        const std::uint8_t* parts = sweep.parts[0];
        if (sweep.by_shifts) {
            parts = sweep.parts[index];
            span.eighth = sweep.eighths[index];
        } else if (index || pass_.coset)
            span.factors = static_cast<const Word*>(sweep.factors) + index * (radix - 1) * L::factor_words;
        span.goes = out_ && s + 1 == pass_.sweep_count;
        for (std::size_t p = 0; p < radix; ++p) {
            span.goes_to[p] = index * radix + parts[p];
            span.to[p] = span.goes ? out_ + place(pass_.to.rows, span.goes_to[p]) * pass_.to.stride
                                   : x + parts[p] * part;
            span.from[p] = span.next[p] = x + p * part;
        }
        if constexpr (log_radix == 3) {
            switch (span.eighth) {
                case 1: return work<3, 1>(span);
                case 2: return work<3, 2>(span);
                case 3: return work<3, 3>(span);
                case 4: return work<3, 4>(span);
                case 5: return work<3, 5>(span);
                case 6: return work<3, 6>(span);
                case 7: return work<3, 7>(span);
            }
        }
        if (s || !in_) return work<log_radix>(span);
        span.comes = true;
        span.step = part / width_;
        span.words = width_;
        for (; span.row < span.step; ++span.row) {
            const std::size_t next = span.row + ahead < span.step ? span.row + ahead : span.row;
            for (std::size_t k = 0; k < radix; ++k) {
                span.from[k] = in_ + row_place(span.row + k * span.step);
                span.next[k] = in_ + row_place(next + k * span.step);
            }
            work<log_radix>(span);
            if (!span.goes)
                for (Word*& to : span.to) to += width_;
        }
    }

    template <unsigned log_radix, unsigned eighth = 0>
    __attribute__((noinline)) void work(const Span& span) const {
        constexpr std::size_t radix = std::size_t(1) << log_radix;
        const L l = l_;  // in registers, which stores through pointers to words cannot change
        const bool comes = eighth == 0 && span.comes;
        const unsigned twists = comes ? twist_factors() : 0;
        const std::size_t words = span.words;
        for (std::size_t i = 0; i < words; i += lanes) {
            Vector v[radix];
#pragma GCC unroll 16
            for (std::size_t k = 0; k < radix; ++k) v[k] = L::load(span.from[k] + i);
            if (comes) {
#pragma GCC unroll 16
                for (std::size_t k = 0; k < radix; ++k) {
                    prefetch(span.next[k] + i);
                    v[k] = l.value_of(v[k]);
                }
            }
            if constexpr (eighth) {
                shift_each<3 * eighth>(l, v, std::make_index_sequence<radix>());
                for (std::size_t k = 1; k < radix / 2; ++k) v[k] = l.value_of(v[k]);
            } else if (twists) {
                multiply_by_twists<radix>(l, v, span, i, twists);
                for (std::size_t k = 0; k < radix / 2; ++k) v[k] = l.value_of(v[k]);
            } else if (comes && pass_.from_factors) {
                const Word* factors = static_cast<const Word*>(pass_.from_factors);
#pragma GCC unroll 16
                for (std::size_t k = 0; k < radix; ++k)
                    v[k] = l.times(v[k], L::factor(factors + L::factor_words * (span.row + k * span.step)));
                for (std::size_t k = 0; k < radix / 2; ++k) v[k] = l.value_of(v[k]);
            } else if (span.factors) {
#pragma GCC unroll 16
                for (std::size_t k = 1; k < radix; ++k)
                    v[k] = l.times(v[k], L::factor(span.factors + L::factor_words * (k - 1)));
                for (std::size_t k = 1; k < radix / 2; ++k) v[k] = l.value_of(v[k]);
            } else {
#pragma GCC unroll 16
                for (std::size_t k = radix / 2; k < radix; ++k) v[k] = l.term_of(v[k]);
            }
            halves<log_radix, 0, true>(l, v);
            if (span.goes) {
#pragma GCC unroll 16
                for (std::size_t p = 0; p < radix; ++p) v[p] = go(span.goes_to[p], v[p]);
            }
            if (span.goes && streamed_) {
#pragma GCC unroll 16
                for (std::size_t p = 0; p < radix; ++p) L::stream(span.to[p] + i, v[p]);
            } else {
#pragma GCC unroll 16
                for (std::size_t p = 0; p < radix; ++p) L::store(span.to[p] + i, v[p]);
            }
        }
    }

    template <std::size_t radix>
    ZKMARK_ALWAYS_INLINE void multiply_by_twists(const L& l, Vector (&v)[radix], const Span& span,
                                                 std::size_t column, unsigned twists) const {
        const std::size_t mask = (std::size_t(1) << pass_.log_low) - 1;
        const auto high = [&](std::size_t k) __attribute__((always_inline)) {
            const std::size_t i = ((span.row + k * span.step) >> pass_.log_low) * twist_.stride + column;
            return L::factors(twist_.high + i, twist_.high_seconds + i);
        };
        const auto low = [&](std::size_t k) __attribute__((always_inline)) {
            const std::size_t i = ((span.row + k * span.step) & mask) * twist_.stride + column;
            return L::factors(twist_.low + i, twist_.low_seconds + i);
        };
        if (twists == 2) {
            if (span.row >> pass_.log_low) v[0] = l.lazy_times(v[0], high(0));
#pragma GCC unroll 16
            for (std::size_t k = 1; k < radix; ++k) v[k] = l.lazy_times(v[k], high(k));
        }
#pragma GCC unroll 16
        for (std::size_t k = 0; k < radix; ++k) v[k] = l.times(v[k], low(k));
    }

    template <unsigned exponent, std::size_t radix, std::size_t... k>
    static ZKMARK_ALWAYS_INLINE void shift_each(const L& l, Vector (&v)[radix], std::index_sequence<k...>) {
        ((v[k] = shift<exponent * k>(l, v[k])), ...);
    }

    template <unsigned exponent>
    static ZKMARK_ALWAYS_INLINE Vector shift(const L& l, Vector x) {
        if constexpr (exponent == 0) return x;
        else if constexpr (exponent < 96) return l.template shifted<exponent>(x);
        else return l.negated(l.template shifted<exponent - 96>(x));
    }

    // The layers of a node whose first twiddle is 2^exponent, which its upper half is multiplied by; `ready`: it
    // is multiplied, and terms.
    template <unsigned log_parts, unsigned exponent, bool ready = false>
    static ZKMARK_ALWAYS_INLINE void halves(const L& l, Vector* v) {
        constexpr std::size_t half = std::size_t(1) << (log_parts - 1);
        Vector terms[half];
#pragma GCC unroll 8
        for (std::size_t k = 0; k < half; ++k) {
            if constexpr (ready) terms[k] = v[half + k];
            else if constexpr (exponent == 0) terms[k] = l.term_of(v[half + k]);
            else terms[k] = l.template shifted<exponent>(v[half + k]);
        }
#pragma GCC unroll 8
        for (std::size_t k = 0; k < half; ++k) {
            v[half + k] = l.sub(v[k], terms[k]);
            v[k] = l.add(v[k], terms[k]);
        }
        if constexpr (log_parts > 1) {
            halves<log_parts - 1, exponent / 2>(l, v);
            halves<log_parts - 1, exponent / 2 + 48>(l, v + half);
        }
    }

    const Word* in_ = nullptr;  // of the first sweep, if it takes rows from where they are
    Word* out_ = nullptr;       // of the last sweep, if it puts rows where they belong
    bool streamed_ = false;
    Twist twist_{};
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
