// Transforms over fields of four words in vector lanes V (wide_lanes_<isa>.hpp), the field known only at run time.
//
// A block is rows of `columns` elements each, repacked into lanes while it is gathered, transformed along its columns
// as a tree of remainders (kernels.hpp) by layers of radix 4, and repacked while it is scattered. Short transforms of a
// batch are the columns of one block. A longer one is a matrix of n1 x n2 and takes two passes as in plan.cpp; but the
// n twists w^(i2 j1) between the passes are multiplied in while the second gathers, as a product of two: with i2 = B a
// + b, w^(j1 B a) and w^(j1 b), of which each group of columns has only about 2 sqrt(n2) to make. So all other
// twiddles are alike in all lanes, and node 0 of each layer has twiddle one and is not multiplied.
//
// An inverse transform is a forward one with the inverse root: it runs the same layers, its input is taken in bit-
// reversed order by gathering it so, 1 / n is part of the twist, and what a coset needs on top is one multiplication
// an element at the end.
//
// A twiddle w is kept expanded: the limbs of w 2^(52 (k + 1)) mod p for k from 0 to 4. The product with a value of limbs
// a_k is the sum of a_k times the k-th of these, divided by 2^52 by one step of Montgomery's reduction, where a product
// with w alone takes five: the steps on w's side were done once and for all. 61 products of 52 x 52 bits, halves counted
// apart, of which one is known; Montgomery's take 105, Shoup's with the columns that it can do without left out 75.
// Values stay canonical while twiddles are Montgomery's, so nothing is converted.
//
// Multiplicands must lie in [0, 2^260), at least 35 p; products are below 6 p. So a layer of radix 4 takes values
// from (-K p, 2^260 - K p) (WideConstants::offset is K p), reduces the two that are not multiplied first
// to below 2^257 + p by a look-up of the top bits, and gives values in (-12 p, 2^257 + 13 p).
//
// Floor: n log2 n / 2 multiplications, n fewer a pass for twiddles of one, 2 n more for the twist: 10 n for n =
// 2^20. At 60 multiply-adds for 8 products and one a cycle (Zen 4) 7.5 cycles a butterfly, 75 cycles an element. Each
// pass reads and writes the data once. Measured there: a butterfly in the first-level cache takes 8.2 cycles, an
// element of 2^14 90 cycles for 52, of 2^20 133 for 75. What is left is repacking (11 cycles an element and pass, which
// overlaps little), the making of the twists, and from 2^19 on memory. With AVX2 a butterfly takes 21 cycles: about 300
// instructions for four lanes in 84. Doing the first or last layers while repacking measured no faster.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/twiddles.hpp"
#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

// Memory of a thread, kept between calls; it only grows.
class WideScratch {
public:
    ~WideScratch() { std::free(memory_); }

    void* reserve(std::size_t bytes) {
        if (bytes > size_) {
            std::free(memory_);
            size_ = (bytes + 4095) / 4096 * 4096;
            memory_ = std::aligned_alloc(4096, size_);
            if (!memory_) std::abort();  // parallel_for's bodies must not throw
        }
        return memory_;
    }

private:
    void* memory_ = nullptr;
    std::size_t size_ = 0;
};

template <class V>
class WidePlan final : public NttPlan {
    using Word = typename V::Word;
    using Value = typename V::Value;
    using Shared = typename V::Shared;
    using PerLane = typename V::PerLane;
    using Words = std::vector<std::uint64_t>;  // elements of four words, or expanded twiddles of 25

    static constexpr std::size_t columns = V::lanes * V::width;  // of a block
    static constexpr std::size_t limbs = 5, expanded = limbs * limbs;
    // Transforms longer than this are never columns of one block, shorter than that always.
    static constexpr unsigned most_log_rows_of_batch = 11, fewest_log_rows_of_passes = 6;
    static constexpr std::size_t first_level_rows = 64 / V::width;

    // Where row r and column c of a block lie in an array, in elements: rows strided, columns neighbours; or columns
    // strided, rows neighbours. The reversals permute rows and strided columns; null leaves them in order.
    struct Layout {
        bool strided_rows = true;
        std::size_t stride = 0;
        const std::uint32_t* row_reversal = nullptr;
        const std::uint32_t* column_reversal = nullptr;

        std::size_t row(std::size_t r) const { return row_reversal ? row_reversal[r] : r; }
        std::size_t column(std::size_t c) const { return column_reversal ? column_reversal[c] : c; }
    };

    struct Pass {
        unsigned log_rows = 0;
        std::size_t all_columns = 1;
        Layout from{}, to{};
        bool heap = false;   // twiddles of a coset: a table of its own for each layer, and none of them one
        bool twist = false;  // multiply by the twists while gathering
        bool last = false;   // values become canonical, after the output's scale

        std::size_t rows() const { return std::size_t(1) << log_rows; }
        std::size_t groups() const { return (all_columns + columns - 1) / columns; }
    };

public:
    WidePlan(const WideParameters& parameters, const NttOptions& options)
        : options_(options), size_(std::size_t(1) << options.log_size), constants_(WideConstants(parameters)) {
        const std::size_t groups = (options.batch + columns - 1) / columns;
        const bool well_filled = groups * columns * 4 <= options.batch * 5 && groups >= thread_count();
        one_block_ = options.log_size < fewest_log_rows_of_passes ||
                     (options.log_size <= most_log_rows_of_batch && well_filled);
        first_.log_rows = one_block_ ? options.log_size : (options.log_size + 1) / 2;
        second_.log_rows = options.log_size - first_.log_rows;
        first_reversal_ = bit_reversal(first_.log_rows);
        second_reversal_ = bit_reversal(second_.log_rows);
        lay_out();
        [[maybe_unused]] const typename V::Mode mode;
        make_tables(parameters);
    }

    void transform(const void* input, void* output) const override {
        const auto* in = static_cast<const std::uint64_t*>(input);
        auto* out = static_cast<std::uint64_t*>(output);
        const std::size_t words = 4 * size_;
        if (one_block_) {
            for_all(first_.groups(), first_.rows() * columns, [&](std::size_t group) { block(first_, in, out, group); });
        } else if (options_.batch >= 2 * thread_count() && options_.log_size <= 14) {
            for_all(options_.batch, size_, [&](std::size_t i) {
                for (std::size_t g = 0; g < first_.groups(); ++g) block(first_, in + i * words, out + i * words, g);
                for (std::size_t g = 0; g < second_.groups(); ++g) block(second_, out + i * words, out + i * words, g);
            });
        } else {
            for (const Pass* pass : {&first_, &second_}) {
                const std::uint64_t* source = pass == &first_ ? in : out;
                for_all(options_.batch * pass->groups(), pass->rows() * columns, [&](std::size_t i) {
                    const std::size_t offset = i / pass->groups() * words;
                    block(*pass, source + offset, out + offset, i % pass->groups());
                });
            }
        }
    }

    std::size_t data_bytes() const override { return options_.batch * size_ * 32; }
    std::size_t table_bytes() const override {
        return 8 * (twiddles_.size() + heap_.size() + column_roots_.size() + column_scales_.size() + row_scales_.size()) +
               4 * (first_reversal_.size() + second_reversal_.size());
    }
    std::size_t word_bytes() const override { return 8; }

private:
    void lay_out() {
        const bool inverse = options_.inverse, natural = !options_.bit_reversed;
        const std::uint32_t *rows1 = first_reversal_.data(), *rows2 = second_reversal_.data();
        first_.heap = options_.coset && !inverse;
        if (one_block_) {
            first_.all_columns = options_.batch;
            first_.from = {false, size_, inverse && !natural ? rows1 : nullptr};
            first_.to = {false, size_, inverse || natural ? rows1 : nullptr};
            first_.last = true;
            return;
        }
        const std::size_t n1 = first_.rows(), n2 = second_.rows();
        first_.all_columns = n2;
        second_.all_columns = n1;
        second_.twist = second_.last = true;
        first_.from = {true, n2};
        if (inverse && !natural) first_.from = {false, n1, rows1};  // columns in the order in which they lie
        if (natural || inverse) {
            first_.to = {false, n1, rows1, inverse && !natural ? rows2 : nullptr};
            second_.from = {true, n1};
            second_.to = {true, n1, rows2};
        } else {
            first_.to = {true, n2};
            second_.from = second_.to = {false, n2};
        }
    }

    // --- Tables -----------------------------------------------------------------------------------------------------

    using Element = WideParameters::Words;

    // start times the product of steps[k] over the bits k of i, for all i below 2^(number of steps).
    Words products(const Element& start, const std::vector<Element>& steps) const {
        Words all(4 * ((std::size_t(1) << steps.size()) + columns));
        std::copy(start.begin(), start.end(), all.begin());
        // Whole vectors: what is written past the end of a step is overwritten by the next.
        for (std::size_t k = 0, half = 1; k < steps.size(); ++k, half *= 2)
            multiply_all(all.data() + 4 * half, all.data(), half, steps[k]);
        all.resize(4 << steps.size());
        return all;
    }

    void multiply_all(std::uint64_t* to, const std::uint64_t* from, std::size_t count, const Element& factor) const {
        Word w[expanded];
        expand(factor, w);
        for (std::size_t i = 0; i < count; i += V::lanes) {
            const Value r = V::product(constants_, V::load_columns(from + 4 * i), PerLane{w});
            V::store_columns(to + 4 * i, V::canonical(constants_, r));
        }
    }

    void expand(const Element& factor, Word* w) const {
        std::uint64_t copies[4 * V::lanes];
        for (std::size_t i = 0; i < 4 * V::lanes; ++i) copies[i] = factor[i % 4];
        V::expand(constants_, V::load_columns(copies), w);
    }

    // Appends expanded twiddles.
    void append_expanded(Words& table, const Words& elements) const {
        const std::size_t count = elements.size() / 4;
        for (std::size_t i = 0; i < count; i += V::lanes) {
            const std::size_t some = std::min(V::lanes, count - i);
            std::uint64_t words[4 * V::lanes] = {};
            std::copy_n(elements.data() + 4 * i, 4 * some, words);
            Word w[expanded];
            V::expand(constants_, V::load_columns(words), w);
            std::uint64_t lanes[expanded][V::lanes];
            std::memcpy(lanes, w, sizeof lanes);
            for (std::size_t lane = 0; lane < some; ++lane)
                for (const auto& limb : lanes) table.push_back(limb[lane]);
        }
    }

    __attribute__((noinline)) void make_tables(const WideParameters& parameters) {
        for (std::size_t i = 0; i < one_.size(); ++i) {
            one_[i] = parameters.one[i % 4];
            scale_[i] = parameters.scale[i % 4];
        }
        const unsigned log_size = options_.log_size, log1 = first_.log_rows, log2 = second_.log_rows;
        // node_roots of twiddles.cpp: r_j has as its angle the bits of j reversed behind a leading zero.
        std::vector<Element> steps;
        for (unsigned k = 0; k + 1 < log1; ++k) steps.push_back(parameters.roots[k + 2]);
        const Words roots = products(parameters.one, steps);
        if (first_.heap) {
            heap_.resize(expanded);  // entry 0 is nobody's
            heap_.reserve(expanded << log1);
            for (unsigned layer = 0; layer < log1; ++layer) {
                Words of_layer(4 * ((std::size_t(1) << layer) + columns));
                Words padded(roots.begin(), roots.begin() + (4 << layer));
                padded.resize(of_layer.size());
                multiply_all(of_layer.data(), padded.data(), std::size_t(1) << layer,
                             parameters.shifts[log_size - layer - 1]);
                of_layer.resize(4 << layer);
                append_expanded(heap_, of_layer);
            }
        }
        if (!first_.heap || !one_block_) {
            const unsigned log_rows = std::max(first_.heap ? 0 : log1, log2);
            Words some(roots.begin(), roots.begin() + (4 << (log_rows ? log_rows - 1 : 0)));
            append_expanded(twiddles_, some);
        }
        if (!one_block_) {
            steps.clear();
            for (unsigned k = 0; k < log1; ++k)
                steps.push_back(parameters.roots[log_size - (options_.bit_reversed && !options_.inverse ? log1 - 1 - k : k)]);
            column_roots_ = products(first_.heap ? parameters.shifts[0] : parameters.one, steps);
        }
        if (!options_.inverse) return;
        if (!options_.coset) {
            (one_block_ ? row_scales_ : column_scales_) = Words(parameters.scale.begin(), parameters.scale.end());
        } else if (!one_block_) {
            steps.assign(parameters.shifts.begin(), parameters.shifts.begin() + log1);
            column_scales_ = products(parameters.scale, steps);
        }
        if (options_.coset) {
            steps.assign(parameters.shifts.begin() + (one_block_ ? 0 : log1), parameters.shifts.begin() + log_size);
            row_scales_ = products(one_block_ ? parameters.scale : parameters.one, steps);
        }
        Words table;
        append_expanded(table, row_scales_);
        row_scales_ = std::move(table);
    }

    // --- One block ---------------------------------------------------------------------------------------------------

    template <class Body>
    static void for_all(std::size_t count, std::size_t elements, const Body& body) {
        parallel_for(count, std::max<std::size_t>(1, 1024 / elements), [&](std::size_t begin, std::size_t end) {
            [[maybe_unused]] const typename V::Mode mode;
            for (std::size_t i = begin; i < end; ++i) body(i);
        });
    }

    __attribute__((noinline)) void block(const Pass& pass, const std::uint64_t* in, std::uint64_t* out, std::size_t group) const {
        static thread_local WideScratch scratch;
        const std::size_t rows = pass.rows(), twists = pass.twist ? 2 * expanded * V::width << ((pass.log_rows + 1) / 2) : 0;
        Word* data = static_cast<Word*>(scratch.reserve((rows * V::width * limbs + twists) * sizeof(Word)));
        gather(pass, data, data + rows * V::width * limbs, in, group * columns);
        tree(pass, data, pass.log_rows, 0, 0);
        scatter(pass, out, data, group * columns);
    }

    // The columns from `first` on as runs; those that a batch does not fill are copies of its last.
    template <class Pointer>
    static void find_runs(const Pass& pass, const Layout& layout, Pointer array, std::size_t first, Pointer* runs) {
        for (std::size_t c = 0; c < columns; ++c)
            runs[c] = array + 4 * layout.column(std::min(first + c, pass.all_columns - 1)) * layout.stride;
    }

    void gather(const Pass& pass, Word* data, Word* twists, const std::uint64_t* in, std::size_t first) const {
        const std::uint64_t* runs[columns];
        if (!pass.from.strided_rows) find_runs(pass, pass.from, in, first, runs);
        const auto load = [&](std::size_t r, std::size_t w) {
            if (pass.from.strided_rows)
                return V::load_columns(in + 4 * (pass.from.row(r) * pass.from.stride + first + w * V::lanes));
            return V::load_runs(runs + w * V::lanes, 4 * pass.from.row(r));
        };
        if (!pass.twist) {
            for (std::size_t r = 0; r < pass.rows(); ++r)
                for (std::size_t w = 0; w < V::width; ++w) V::store(data + (r * V::width + w) * limbs, load(r, w));
            return;
        }
        const unsigned log_b = pass.log_rows / 2;
        const std::size_t size_b = std::size_t(1) << log_b, size_a = pass.rows() >> log_b;
        Word* twists_a = twists;
        Word* twists_b = twists + size_a * V::width * expanded;
        make_twists(twists_a, size_a, twists_b, log_b, data, first);
        for (std::size_t a = 0; a < size_a; ++a)
            for (std::size_t b = 0; b < size_b; b += 2)
                for (std::size_t w = 0; w < V::width; ++w) {
                    const std::size_t r = a * size_b + b;
                    const PerLane wa{twists_a + (a * V::width + w) * expanded};
                    const Word* wb = twists_b + (b * V::width + w) * expanded;
                    const Value x = V::product(constants_, load(r, w), wa);
                    const Value y = V::product(constants_, load(r + 1, w), wa);
                    Word* to = data + (r * V::width + w) * limbs;
                    V::store(to, V::product(constants_, V::prepared(constants_, x), PerLane{wb}));
                    V::store(to + V::width * limbs, V::product(constants_, V::prepared(constants_, y),
                                                               PerLane{wb + V::width * expanded}));
                }
    }

    // The powers c^(a B) (times the scale) and c^b of the columns' roots, expanded. `room` is for one of each.
    void make_twists(Word* twists_a, std::size_t size_a, Word* twists_b, unsigned log_b, Word* room,
                     std::size_t first) const {
        Word step[expanded];
        for (std::size_t w = 0; w < V::width; ++w) {
            Value power = V::load_columns(column_roots_.data() + 4 * (first + w * V::lanes));
            Value start = V::load_columns(one_.data());
            const auto fill = [&](Word* twists, std::size_t count) {
                V::store(room, start);
                for (std::size_t half = 1; half < count; half *= 2) {
                    V::expand(constants_, power, step);
                    const auto times_step = [&](const Value& x) {
                        return V::nearly_canonical(constants_, V::product(constants_, x, PerLane{step}));
                    };
                    for (std::size_t i = 0; i < half; ++i)
                        V::store(room + (half + i) * limbs, times_step(V::load(room + i * limbs)));
                    power = times_step(power);
                }
                for (std::size_t i = 0; i < count; ++i)
                    V::expand(constants_, V::load(room + i * limbs), twists + (i * V::width + w) * expanded);
            };
            fill(twists_b, std::size_t(1) << log_b);
            if (column_scales_.size() == 4) start = V::load_columns(scale_.data());
            if (column_scales_.size() > 4) start = V::load_columns(column_scales_.data() + 4 * (first + w * V::lanes));
            fill(twists_a, size_a);
        }
    }

    void scatter(const Pass& pass, std::uint64_t* out, const Word* data, std::size_t first) const {
        const std::uint64_t* scales = pass.last && !row_scales_.empty() ? row_scales_.data() : nullptr;
        const std::size_t scale_step = row_scales_.size() > expanded ? expanded : 0;
        std::uint64_t* runs[columns];
        if (!pass.to.strided_rows) find_runs(pass, pass.to, out, first, runs);
        for (std::size_t place = 0; place < pass.rows(); ++place)
            for (std::size_t w = 0; w < V::width; ++w) {
                // Row r is the result of index `place` with its bits reversed.
                const std::size_t r = pass.to.row(place);
                Value x = V::load(data + (r * V::width + w) * limbs);
                if (scales)
                    x = V::product(constants_, V::prepared_any(constants_, x), Shared{scales + place * scale_step});
                x = pass.last ? V::canonical(constants_, x) : V::nearly_canonical(constants_, x);
                if (pass.to.strided_rows)
                    V::store_columns(out + 4 * (place * pass.to.stride + first + w * V::lanes), x);
                else
                    V::store_runs(runs + w * V::lanes, 4 * place, x);
            }
    }

    // --- Butterflies --------------------------------------------------------------------------------------------------

    const std::uint64_t* twiddle(const Pass& pass, unsigned layer, std::size_t node) const {
        if (pass.heap) return heap_.data() + ((std::size_t(1) << layer) + node) * expanded;
        return twiddles_.data() + node * expanded;
    }

    // The layers below a node, over 2^log_rows rows. Larger than the first-level cache depth first.
    void tree(const Pass& pass, Word* data, unsigned log_rows, unsigned layer, std::size_t node) const {
        if (log_rows == 0) return;
        const std::size_t row = V::width * limbs;
        if (log_rows % 2) {
            radix_2(pass, data, row << (log_rows - 1), layer, node);
            for (std::size_t i = 0; i < 2; ++i)
                tree(pass, data + i * (row << (log_rows - 1)), log_rows - 1, layer + 1, 2 * node + i);
        } else if (std::size_t(1) << log_rows > first_level_rows) {
            radix_4(pass, data, row << (log_rows - 2), layer, node);
            for (std::size_t i = 0; i < 4; ++i)
                tree(pass, data + i * (row << (log_rows - 2)), log_rows - 2, layer + 2, 4 * node + i);
        } else {
            for (unsigned done = 0; done < log_rows; done += 2)
                for (std::size_t i = 0; i < std::size_t(1) << done; ++i)
                    radix_4(pass, data + i * (row << (log_rows - done)), row << (log_rows - done - 2), layer + done,
                            (node << done) + i);
        }
    }

    void radix_2(const Pass& pass, Word* data, std::size_t half, unsigned layer, std::size_t node) const {
        const bool trivial = node == 0 && !pass.heap;
        const Shared t{twiddle(pass, layer, node)};
        for (Word* end = data + half; data != end; data += limbs) {
            const Value x = V::reduced(constants_, V::load(data));
            Value y = V::load(data + half);
            y = trivial ? V::reduced(constants_, y) : V::product(constants_, V::prepared_any(constants_, y), t);
            V::store(data, V::add(x, y));
            V::store(data + half, V::subtract(x, y));
        }
    }

    void radix_4(const Pass& pass, Word* data, std::size_t quarter, unsigned layer, std::size_t node) const {
        if (node == 0 && !pass.heap) return first_radix_4(data, quarter);
        const Shared t{twiddle(pass, layer, node)}, t0{twiddle(pass, layer + 1, 2 * node)},
            t1{twiddle(pass, layer + 1, 2 * node + 1)};
        for (Word* end = data + quarter; data != end; data += limbs) {
            // What a product waits for is never the one just before: a processor looks ahead about two of them.
            const Value y3 = V::product(constants_, V::prepared_any(constants_, V::load(data + 3 * quarter)), t);
            const Value y2 = V::product(constants_, V::prepared_any(constants_, V::load(data + 2 * quarter)), t);
            const Value x1 = V::reduced(constants_, V::load(data + quarter));
            const Value z1 = V::product(constants_, V::prepared(constants_, V::add(x1, y3)), t0);
            const Value z3 = V::product(constants_, V::prepared_6(constants_, V::subtract(x1, y3)), t1);
            const Value x0 = V::reduced(constants_, V::load(data));
            const Value even = V::add(x0, y2), odd = V::subtract(x0, y2);
            V::store(data, V::add(even, z1));
            V::store(data + quarter, V::subtract(even, z1));
            V::store(data + 2 * quarter, V::add(odd, z3));
            V::store(data + 3 * quarter, V::subtract(odd, z3));
        }
    }

    // At node 0, whose twiddles are 1, 1 and the fourth root of unity. What is only ever added up is quadrupled by each
    // layer, in every limb, since nothing but a product carries: so the sums are carried here.
    void first_radix_4(Word* data, std::size_t quarter) const {
        const Shared fourth_root{twiddles_.data() + expanded};
        for (Word* end = data + quarter; data != end; data += limbs) {
            const Value x0 = V::reduced(constants_, V::load(data));
            const Value x1 = V::reduced(constants_, V::load(data + quarter));
            const Value x2 = V::reduced(constants_, V::load(data + 2 * quarter));
            const Value x3 = V::reduced(constants_, V::load(data + 3 * quarter));
            const Value even = V::add(x0, x2), odd = V::subtract(x0, x2), sum = V::add(x1, x3);
            const Value z3 = V::product(constants_, V::prepared_any(constants_, V::subtract(x1, x3)), fourth_root);
            V::store(data, V::normalized(constants_, V::add(even, sum)));
            V::store(data + quarter, V::subtract(even, sum));
            V::store(data + 2 * quarter, V::add(odd, z3));
            V::store(data + 3 * quarter, V::subtract(odd, z3));
        }
    }

    NttOptions options_;
    std::size_t size_;
    typename V::Constants constants_;
    bool one_block_ = false;
    Pass first_, second_;
    std::vector<std::uint32_t> first_reversal_, second_reversal_;
    Words twiddles_, heap_;                       // expanded; see twiddle()
    Words column_roots_, column_scales_;          // what the twists of a column are made of; one scale for all, or one each
    Words row_scales_;                            // expanded: what results are multiplied by; one for all, or one a row
    std::array<std::uint64_t, 4 * V::lanes> one_{}, scale_{};  // in every lane
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt
