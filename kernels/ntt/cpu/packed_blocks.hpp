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
#include "kernels/ntt/cpu/packed_moves.hpp"

#if defined(__AVX2__)

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class L>
class PackedBlocks : PackedMoves<L> {
    using Moves = PackedMoves<L>;
    using typename Moves::Factor, typename Moves::Twist, typename Moves::Vector, typename Moves::Word;
    using Moves::ahead, Moves::lanes, Moves::prefetch;
    using Moves::block_, Moves::l_, Moves::pass_, Moves::rows_, Moves::width_;
    using Moves::gather, Moves::go, Moves::place, Moves::row_place, Moves::scatter, Moves::twist_factors,
        Moves::twist_of;
    static constexpr std::size_t first_level_bytes = 16 * 1024;

public:
    static void run(const PackedPass& pass, const void* in, void* out, std::size_t first,
                    std::size_t columns, void* block) {
        PackedBlocks blocks(pass, static_cast<Word*>(block));
        blocks.transform(static_cast<const Word*>(in), static_cast<Word*>(out), first, columns);
    }

private:
    using Moves::Moves;

    // Where rows stay rows, the first sweep takes them from the array and the last puts them there.
    void transform(const Word* in, Word* out, std::size_t first, std::size_t columns) {
        if (!pass_.to.runs) {
            out_ = out + first;
            streamed_ = this->can_stream(out_);
        }
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
        if (streamed_) _mm_sfence();
    }

    // ---- sweeps ----

    const Word* twiddle(unsigned layer, std::size_t node) const {
        return static_cast<const Word*>(pass_.twiddles) +
               2 * (node + (pass_.coset ? std::size_t(1) << layer : 0));
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
                    x0 = this->template come<factors>(r, c, twist, x0);
                    x1 = this->template come<factors>(r + half, c, twist, x1);
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
                    v[k] = this->template come<factors>(r + k * quarter, c, twist, L::load(from[k] + c));
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
                for (std::size_t k = 0; k < 4; ++k) {
                    v[k] = go(4 * index + k, v[k]);
                    if (streamed_) L::stream(to[k] + c, v[k]);
                    else L::store(to[k] + c, v[k]);
                }
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

    Word* out_ = nullptr;  // of the last sweep, if it puts rows where they belong
    bool streamed_ = false;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
