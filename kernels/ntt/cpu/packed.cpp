// How transforms over small fields are cut into blocks for vector lanes, and who works on which.
//
// Short transforms of a batch are the columns of one block. A longer one is a matrix of n1 x n2 and takes two
// passes as in plan.cpp: with input index i1 n2 + i2 and output index j1 + n1 j2,
//
//     first pass:   for each i2, a transform of length n1 over i1 gives j1
//     second pass:  for each j1, what came is multiplied by (shift root^j1)^i2, and a transform of length n2
//                   over i2 gives j2
//
// All twiddles within a pass are the same in all columns, and those of its first nodes are one. The n twists
// between the passes are products of two, with i2 = B a + b: (shift root^j1)^(B a) and (shift root^j1)^b, of which
// there are about 2 sqrt(n2) n1 rather than n. So tables stay small, whatever the size, and a plan is made quickly.
//
// An inverse transform is a forward one with the inverse root. Its 1 / n is part of the twist, its coset is
// in part; what is left is one factor a row. A forward transform's coset is in the twist and in the twiddles of the
// first pass; over Goldilocks, whose first twiddles are shifts, in one factor a row of that pass instead.
//
// Orders: what comes bit-reversed is gathered so, by permuting rows or runs. In natural order the first
// pass transposes, so that the second finds its columns where its results belong; in bit-reversed order
// the second transposes when it gathers, and back when it scatters.
#include "kernels/ntt/cpu/packed.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <type_traits>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/ntt/cpu/twiddles.hpp"

namespace zkmark {
namespace {

using ntt::PackedBlock;
using ntt::PackedLayout;
using ntt::PackedPass;
using PackedFields = FieldList<BabyBear, KoalaBear, Goldilocks>;

// Transforms up to this size are done whole, one thread each, when there are enough of them.
constexpr std::size_t whole_bytes_limit = 4096 * 1024;
// A batch so large does not stay in caches, and its results go past them.
constexpr std::size_t streamed_bytes = 16 * 1024 * 1024;
// First passes of 64 rows take no products, so that up to this size they and long second ones are better than
// two of the same length.
constexpr unsigned most_by_64_rows = 17;
// Tables of twists are made up to this size, or if they are few beside the data; else each block makes its own.
constexpr std::size_t twist_bytes_limit = 256 * 1024;
// Columns of a block in cache lines, as long as it stays within a second-level cache.
constexpr std::size_t most_lines = 4, block_bytes_limit = 512 * 1024;
// From and to memory longer rows are better.
constexpr std::size_t most_lines_read = 16, most_lines_streamed = 8;
// A thread takes at least this much work at a time.
constexpr std::size_t grain_bytes = 32 * 1024;

const ntt::PackedKernels* packed_kernels(Isa isa) {
    if (isa == Isa::avx512) return ntt::packed_kernels_avx512();
    if (isa == Isa::avx2) return ntt::packed_kernels_avx2();
    return nullptr;
}

// A factor's two words, as packed_lanes.hpp wants them.
template <class F>
struct FactorWords {
    typename F::Canonical first, second;
};

template <class P>
FactorWords<Field31<P>> factor_words(const Field31<P>& w) {
    std::uint32_t canonical;
    w.to_canonical(&canonical);
    // w 2^32 = quotient p + raw.
    return {canonical, 0 - w.raw() * Field31<P>::inverse_of_modulus};
}

FactorWords<Goldilocks> factor_words(const Goldilocks& w) {
    const std::uint64_t word = (w * Goldilocks::from_raw(Goldilocks::epsilon)).raw();
    return {word, word >> 32};
}

template <class F>
class PackedPlan final : public NttPlan {
    using Word = typename F::Canonical;
    static constexpr std::size_t width = ntt::packed_columns<Word>;
    static constexpr unsigned log_width = std::countr_zero(width);
    static_assert(sizeof(F) == sizeof(Word));
    static constexpr bool by_shifts = std::is_same_v<F, Goldilocks>;

public:
    PackedPlan(PackedBlock kernel, const NttOptions& options)
        : kernel_(kernel), options_(options), size_(std::size_t(1) << options.log_size) {
        const unsigned k = options.log_size;
        single_ = k < 2 * log_width;
        first_.log_rows = single_ ? k : by_shifts && k > 12 && k <= most_by_64_rows ? 6 : k - k / 2;
        second_.log_rows = k - first_.log_rows;
        first_.modulus = second_.modulus = F::modulus;
        input_stride_ = options.input_stride ? options.input_stride : size_;
        output_stride_ = options.output_stride ? options.output_stride : size_;
        if (options.coset) shift_ = options.shift ? F::from_u64(options.shift) : F::generator();
        const std::size_t transforms = options.batch * options.beside;
        whole_ = !single_ && size_ * sizeof(Word) <= whole_bytes_limit && transforms >= thread_count();
        // A second array that stays in a cache is worth it while it is little beside the batch.
        between_ = whole_ && transforms >= 6 * thread_count();
        second_.streamed = between_ && data_bytes() * options.beside >= streamed_bytes;
        first_.width = single_ ? width : width_of(first_, rows(second_));
        second_.width = width_of(second_, rows(first_));
        make_twiddles();
        if (single_)
            prepare_single();
        else
            prepare_passes();
    }

    void transform(const void* input, void* output) const override {
        const Word* in = static_cast<const Word*>(input);
        Word* out = static_cast<Word*>(output);
        if (pieces()) {
            for_all(pieces(), piece_bytes() / sizeof(Word), [&](std::size_t i) { transform_piece(i, in, out); });
        } else {
            pass(first_, rows(second_), in, input_stride_, out);
            pass(second_, rows(first_), out, output_stride_, out);
        }
    }

    std::size_t pieces() const override {
        return single_ ? (options_.batch + width - 1) / width : whole_ ? options_.batch : 0;
    }
    std::size_t piece_bytes() const override { return (single_ ? width * size_ : size_) * sizeof(Word); }
    void transform_piece(std::size_t i, const void* input, void* output) const override {
        const Word* in = static_cast<const Word*>(input);
        Word* out = static_cast<Word*>(output);
        if (single_) {
            const std::size_t done = i * width;
            return kernel_(first_, in, out, done, std::min(width, options_.batch - done), scratch());
        }
        const std::size_t n1 = rows(first_), n2 = rows(second_);
        Word* block = scratch(between_ ? size_ : 0);
        Word* to = out + i * output_stride_;
        Word* between = to;
        if (between_) {
            between = block;
            block += size_;
        }
        for (std::size_t c = 0; c < n2; c += first_.width)
            kernel_(first_, in + i * input_stride_, between, c, first_.width, block);
        for (std::size_t c = 0; c < n1; c += second_.width)
            kernel_(second_, between, to, c, second_.width, block);
    }

    std::size_t data_bytes() const override { return options_.batch * size_ * sizeof(Word); }
    std::size_t word_bytes() const override { return sizeof(Word); }
    std::size_t table_bytes() const override {
        return sizeof(Word) * (coset_twiddles_.size() + twiddles_.size() + first_sweeps_.size() +
                               second_sweeps_.size() + from_factors_.size() + roots_.size() + starts_.size() +
                               low_.size() + high_.size() + row_factors_.size()) +
               sizeof(std::uint32_t) * (reversal_first_.size() + reversal_second_.size());
    }

private:
    static std::size_t rows(const PackedPass& pass) { return std::size_t(1) << pass.log_rows; }

    // Wide blocks use more of a page, and save on twiddles; but each thread should have some to do.
    std::size_t width_of(const PackedPass& pass, std::size_t columns) const {
        const std::size_t pieces = whole_ ? 1 : thread_count() > 1 ? 2 * thread_count() : 1;
        std::size_t lines = !second_.streamed ? most_lines : &pass == &first_ ? most_lines_read : most_lines_streamed;
        while (lines > 1 && (width * lines > columns || rows(pass) * lines * 64 > block_bytes_limit ||
                             options_.batch * options_.beside * columns < pieces * width * lines))
            lines /= 2;
        return width * lines;
    }

    // Room for a block of either pass behind so many words.
    Word* scratch(std::size_t words = 0) const {
        const auto bytes = [](const PackedPass& pass) {
            return rows(pass) * pass.width * sizeof(Word) + ntt::packed_twist_bytes(pass, sizeof(Word));
        };
        return static_cast<Word*>(
            ntt::thread_scratch(words * sizeof(Word) + std::max(bytes(first_), bytes(second_))));
    }

    // Calls body(i) for each of `count` pieces of `elements` elements.
    template <class Body>
    static void for_all(std::size_t count, std::size_t elements, const Body& body) {
        parallel_for(count, std::max<std::size_t>(1, grain_bytes / (elements * sizeof(Word))),
                     [&](std::size_t begin, std::size_t end) {
                         for (std::size_t i = begin; i < end; ++i) body(i);
                     });
    }

    // A pass over all transforms, its groups of columns shared among the threads.
    void pass(const PackedPass& pass, std::size_t columns, const Word* in, std::size_t in_stride, Word* out) const {
        const std::size_t groups = columns / pass.width;
        for_all(options_.batch * groups, rows(pass) * pass.width, [&](std::size_t i) {
            const std::size_t transform = i / groups;
            kernel_(pass, in + transform * in_stride, out + transform * output_stride_, i % groups * pass.width,
                    pass.width, scratch());
        });
    }

    static std::vector<Word> factors_of(const Word* raw, std::size_t count) {
        std::vector<Word> words;
        for (std::size_t i = 0; i < count; ++i) append_factor(words, F::from_raw(raw[i]));
        return words;
    }

    void make_twiddles() {
        const unsigned k = options_.log_size;
        const bool forward_coset = options_.coset && !options_.inverse;
        const auto tables = ntt::make_tables<Word>(F::id(), k, first_.log_rows, options_.inverse,
                                                   options_.bit_reversed && !options_.inverse, forward_coset,
                                                   options_.shift);
        reversal_first_ = ntt::bit_reversal(first_.log_rows);
        reversal_second_ = ntt::bit_reversal(second_.log_rows);
        const std::size_t n1 = rows(first_);
        first_.coset = forward_coset && (single_ || !by_shifts);
        if constexpr (by_shifts) {
            // The heap's last layer begins with the others, and so do the roots of a coset's nodes.
            const bool plain = forward_coset && !first_.coset;
            const auto more = plain ? ntt::make_tables<Word>(F::id(), k, first_.log_rows, options_.inverse, false, false)
                                    : ntt::Tables<Word>{};
            const Word* twiddles = plain ? more.shared_twiddles.data() : tables.shared_twiddles.data();
            make_sweeps(first_, first_sweeps_, twiddles + (first_.coset ? 0 : n1 / 2));
            if (plain) make_from_factors();
            if (!single_) make_sweeps(second_, second_sweeps_, tables.node_roots.data());
        } else {
            if (forward_coset) {
                coset_twiddles_ = factors_of(tables.shared_twiddles.data(), n1);
                twiddles_ = factors_of(tables.node_roots.data(), tables.node_roots.size());
            } else {  // the heap's last layer begins with the others
                twiddles_ = factors_of(tables.shared_twiddles.data() + n1 / 2, n1 - n1 / 2);
            }
            first_.twiddles = forward_coset ? coset_twiddles_.data() : twiddles_.data();
            second_.twiddles = twiddles_.data();
        }
        if (!single_) make_twists(tables.column_roots.data());
        if (options_.inverse && (single_ || options_.coset)) make_row_factors();
    }

    // Few sweeps, as even as can be; where the first node's root is one, two of radix 8 come first, that are 64
    // points by shifts alone. Other nodes multiply by powers of their first descendant's twiddle, which are
    // laid out for all nodes of a sweep.
    void make_sweeps(PackedPass& pass, std::vector<Word>& factors, const Word* twiddles) const {
        const bool by_shifts = !pass.coset && pass.log_rows >= 6;
        std::size_t starts[std::size(pass.sweeps)];
        unsigned& s = pass.sweep_count;
        for (unsigned layer = 0; layer < pass.log_rows; ++s) {
            PackedPass::Sweep& sweep = pass.sweeps[s];
            const unsigned rest = pass.log_rows - layer, left = (rest + 3) / 4;
            sweep.log_radix = by_shifts && layer < 6 ? 3 : (rest + left - 1) / left;
            sweep.by_shifts = by_shifts && layer == 3;
            starts[s] = factors.size();
            if (sweep.by_shifts)
                place_shifted_parts(sweep, pass.sweeps[0]);
            else
                place_parts(sweep);
            const unsigned first = layer + sweep.log_radix - 1;
            for (std::size_t j = 0; j < std::size_t(1) << layer && !sweep.by_shifts; ++j) {
                const std::size_t node = (j << (sweep.log_radix - 1)) + (pass.coset ? std::size_t(1) << first : 0);
                const F root = F::from_raw(twiddles[node]);
                F power = root;
                for (unsigned k = 1; k < 1u << sweep.log_radix; ++k, power = power * root)
                    append_factor(factors, power);
            }
            layer += sweep.log_radix;
        }
        for (unsigned i = 0; i < s; ++i) pass.sweeps[i].factors = factors.data() + starts[i];
    }

    // Sweeps go by the root 2^(192 / order), the transform by a power of it: what is at the former's e-th power
    // is at the latter's e t-th.
    unsigned power_of_root(unsigned log_order) const {
        F wanted = F::one();
        for (unsigned i = 0; i < 192 >> log_order; ++i) wanted = wanted + wanted;
        F root = F::root_of_unity(log_order);
        if (options_.inverse) root = root.inverse();
        unsigned t = 0;
        for (F power = F::one(); power != wanted; power = power * root) ++t;
        return t;
    }

    void place_parts(PackedPass::Sweep& sweep) const {
        const unsigned radix = 1u << sweep.log_radix, t = power_of_root(sweep.log_radix);
        const std::vector<std::uint32_t> reversal = ntt::bit_reversal(sweep.log_radix);
        for (unsigned p = 0; p < radix; ++p)
            sweep.parts[0][p] = static_cast<std::uint8_t>(reversal[reversal[p] * t % radix]);
    }

    // The node at the first sweep's e-th power goes on to the 64th roots with powers e + 8 i.
    void place_shifted_parts(PackedPass::Sweep& sweep, const PackedPass::Sweep& before) const {
        const unsigned t = power_of_root(6);
        const std::vector<std::uint32_t> reversal = ntt::bit_reversal(3);
        for (unsigned q = 0; q < 8; ++q) {
            const unsigned node = before.parts[0][q];
            sweep.eighths[node] = static_cast<std::uint8_t>(reversal[q]);
            for (unsigned p = 0; p < 8; ++p)
                sweep.parts[node][p] =
                    static_cast<std::uint8_t>(reversal[(reversal[q] + 8 * reversal[p]) * t % 64 / 8]);
        }
    }

    // With a third word, for those that are the same in all columns.
    static void append_factor(std::vector<Word>& factors, const F& w) {
        const auto [word, second] = factor_words(w);
        factors.push_back(word);
        factors.push_back(second);
        if constexpr (by_shifts) factors.push_back(word + (word << 32));
    }

    void make_twists(const Word* column_roots) {
        const std::size_t n1 = rows(first_), n2 = rows(second_);
        second_.twisted = true;
        const bool whole_table = 2 * data_bytes() / options_.batch <= twist_bytes_limit;
        second_.log_low = whole_table ? second_.log_rows : (second_.log_rows + 1) / 2;
        // The parts of a first sweep but the first then have a high factor in all rows.
        if (by_shifts && !whole_table)
            second_.log_low = std::min(second_.log_low, second_.log_rows - second_.sweeps[0].log_radix);
        second_.twist_columns = n1;
        const std::size_t low_rows = std::size_t(1) << second_.log_low, high_rows = n2 / low_rows;
        const std::size_t bytes = 2 * (low_rows + high_rows) * n1 * sizeof(Word);
        const bool tables = bytes <= std::max(twist_bytes_limit, data_bytes() / 64);
        roots_.resize(2 * n1);
        starts_.resize(2 * n1);
        const F shift = options_.inverse ? shift_.inverse() : F::one();
        F start = options_.inverse ? F::from_u64(size_).inverse() : F::one();
        for (std::size_t c = 0; c < n1; ++c, start = start * shift) {
            put(roots_, n1, c, F::from_raw(column_roots[c]));
            put(starts_, n1, c, start);
        }
        second_.roots = {roots_.data(), roots_.data() + n1};
        second_.starts = {starts_.data(), starts_.data() + n1};
        if (!tables) return;
        low_.resize(2 * low_rows * n1);
        high_.resize(2 * high_rows * n1);
        start = options_.inverse ? F::from_u64(size_).inverse() : F::one();
        for (std::size_t c = 0; c < n1; ++c, start = start * shift) {
            const F root = F::from_raw(column_roots[c]);
            F power = F::one();
            for (std::size_t r = 0; r < low_rows; ++r, power = power * root)
                put(low_, low_rows * n1, r * n1 + c, power * start);
            const F step = power;
            power = F::one();
            for (std::size_t r = 0; r < high_rows; ++r, power = power * step)
                put(high_, high_rows * n1, r * n1 + c, power);
        }
        second_.low = {low_.data(), low_.data() + low_rows * n1};
        second_.high = {high_.data(), high_.data() + high_rows * n1};
    }

    static void put(std::vector<Word>& factors, std::size_t count, std::size_t i, const F& w) {
        const auto [first, second] = factor_words(w);
        factors[i] = first;
        factors[count + i] = second;
    }

    // Output j1 + n1 j2 of an inverse transform is left to be multiplied by shift^(-n1 j2), or by all where
    // there are no twists.
    void make_row_factors() {
        PackedPass& last = single_ ? first_ : second_;
        F step = shift_.inverse();
        for (unsigned i = 0; !single_ && i < first_.log_rows; ++i) step = step.square();
        F factor = single_ ? F::from_u64(size_).inverse() : F::one();
        const std::vector<std::uint32_t>& reversal = single_ ? reversal_first_ : reversal_second_;
        std::vector<Word> raw(rows(last));
        for (std::size_t j = 0; j < rows(last); ++j, factor = factor * step) raw[reversal[j]] = factor.raw();
        row_factors_ = factors_of(raw.data(), raw.size());
        last.row_factors = row_factors_.data();
    }

    // Input i1 n2 + i2 of a forward transform on a coset is multiplied by shift^(n2 i1); the twist has the rest.
    void make_from_factors() {
        F step = shift_, factor = F::one();
        for (unsigned i = 0; i < second_.log_rows; ++i) step = step.square();
        for (std::size_t i = 0; i < rows(first_); ++i, factor = factor * step) append_factor(from_factors_, factor);
        first_.from_factors = from_factors_.data();
    }

    void prepare_single() {
        first_.from = {true, input_stride_, nullptr, nullptr};
        first_.to = {true, output_stride_, reversal_first_.data(), nullptr};
        if (options_.bit_reversed) {
            if (options_.inverse)
                first_.from.rows = reversal_first_.data();
            else
                first_.to.rows = nullptr;
        }
    }

    void prepare_passes() {
        const std::size_t n1 = rows(first_), n2 = rows(second_);
        const std::uint32_t* reversal1 = reversal_first_.data();
        const std::uint32_t* reversal2 = reversal_second_.data();
        if (options_.bit_reversed && !options_.inverse) {
            first_.from = first_.to = {false, n2, nullptr, nullptr};
            second_.from = second_.to = {true, n2, nullptr, nullptr};
            return;
        }
        first_.from = {false, n2, nullptr, nullptr};
        first_.to = {true, n1, reversal1, nullptr};
        second_.from = {false, n1, nullptr, nullptr};
        second_.to = {false, n1, reversal2, nullptr};
        if (options_.bit_reversed) {
            first_.from = {true, n1, reversal1, nullptr};
            first_.to.columns = reversal2;
        }
    }

    PackedBlock kernel_;
    NttOptions options_;
    std::size_t size_, input_stride_, output_stride_;
    F shift_ = F::one();
    bool single_, whole_, between_;
    PackedPass first_, second_;
    std::vector<Word> coset_twiddles_, twiddles_, row_factors_;                // pairs
    std::vector<Word> first_sweeps_, second_sweeps_, from_factors_;
    std::vector<Word> roots_, starts_, low_, high_;              // all first words, then all second ones
    std::vector<std::uint32_t> reversal_first_, reversal_second_;
};

}  // namespace

bool has_packed_ntt(Isa isa, std::string_view field) {
    return packed_kernels(isa) && PackedFields::visit(field, [](auto) {});
}

std::unique_ptr<NttPlan> make_packed_ntt_plan(std::string_view field, const NttOptions& options) {
    std::unique_ptr<NttPlan> plan;
    for (int level = static_cast<int>(isa_allowed()); level > 0 && !plan; --level)
        if (const ntt::PackedKernels* kernels = packed_kernels(static_cast<Isa>(level)))
            PackedFields::visit(field, [&]<class F>(F) {
                plan = std::make_unique<PackedPlan<F>>(
                    sizeof(F) == sizeof(std::uint32_t) ? kernels->field31 : kernels->goldilocks, options);
            });
    return plan;
}

}  // namespace zkmark
