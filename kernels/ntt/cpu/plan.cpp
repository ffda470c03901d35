// How a transform is cut into blocks that fit the cache, and who works on which.
//
// Short transforms are one block each. Long ones are n1 x n2 matrices and take two passes over memory
// (Bailey, "FFTs in external or hierarchical memory", 1990): with input index i1 n2 + i2 and output index
// j1 + n1 j2,
//
//     shared pass:  for each i2, a transform of length n1 over i1 gives j1; all i2 share their twiddles
//     lanes pass:   for each j1, a transform of length n2 over i2 gives j2; twiddles depend on j1
//
// forward in this order and inverse in the other. Each pass gathers a block of some columns, transforms it
// in scratch memory and scatters it; the first reads the input and writes the output, the second works in
// place in the output, so a transform needs no memory but input, output and tables of about 2 sqrt(n)
// elements. Reordering costs nothing of its own: in natural order the first pass writes the matrix
// transposed, so that the second finds its columns where its results belong, and bit reversal is a
// permutation of rows while gathering or scattering.
//
// Twiddles of the lanes pass are made as they are needed (n multiplications) where a table of them would
// not fit the cache, once for all transforms of a batch.
//
// Floor: (n/2) log2 n multiplications (here n more for those twiddles, and about n fewer because the
// shared pass knows where its twiddles are one; n more for the scale of an inverse), and the data read
// twice and written twice (once each if they fit the cache).
#include "kernels/ntt/cpu/plan.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/ntt/cpu/blocks.hpp"
#include "kernels/ntt/cpu/kernels.hpp"
#include "kernels/ntt/cpu/packed.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/ntt/cpu/twiddles.hpp"
#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark {
namespace {

using ntt::BlockLayout;

// Blocks of a long transform: half of the second-level caches of today, twiddles of their size beside them.
constexpr std::size_t block_bytes = 128 * 1024;
// Up to this size the lanes pass keeps its twiddles in a table, as large as one transform.
constexpr std::size_t table_bytes_limit = 2048 * 1024;
// Transforms up to this size are done whole, one thread each, when there are enough of them.
constexpr std::size_t whole_bytes_limit = 512 * 1024;
// One transform shorter than this is not worth waking other threads for.
constexpr unsigned log_size_worth_threads = 12;
// A thread takes at least this much work at a time.
constexpr std::size_t grain_bytes = 64 * 1024;

std::size_t power_of_two_at_most(std::size_t x) {
    std::size_t power = 1;
    while (power * 2 <= x) power *= 2;
    return power;
}

template <class Element>
class NttPlanOf final : public NttPlan {
public:
    NttPlanOf(std::string_view field, const NttOptions& options)
        : options_(options), kernels_(ntt_kernels(field)), size_(std::size_t(1) << options.log_size),
          input_stride_(options.input_stride ? options.input_stride : size_),
          output_stride_(options.output_stride ? options.output_stride : size_),
          many_(options.batch * options.beside >= thread_count()) {
        const unsigned k = options.log_size;
        const bool starved = !many_ && k >= log_size_worth_threads;
        const std::size_t together = power_of_two_at_most(std::min(options.batch, kernels_.columns_at_once));
        const std::size_t fit = together * kernels_.single_column_bytes;
        single_ = k < 2 || (size_ * sizeof(Element) <= fit && !starved);
        if (single_) shared_.width = together;
        shared_.log_rows = single_ ? k : k - k / 2;
        lanes_.log_rows = k - shared_.log_rows;
        reversal_shared_ = ntt::bit_reversal(shared_.log_rows);
        tables_ = ntt::make_tables<Element>(field, k, shared_.log_rows, options.inverse,
                                            options.bit_reversed, options.coset, options.shift);
        if (single_)
            prepare_single();
        else
            prepare_passes();
    }

    void transform(const void* input, void* output) const override {
        const Element* in = static_cast<const Element*>(input);
        Element* out = static_cast<Element*>(output);
        if (pieces())
            for_all(pieces(), piece_bytes() / sizeof(Element),
                    [&](std::size_t i) { transform_piece(i, in, out); });
        else
            pass_by_pass(in, out);
    }

    std::size_t pieces() const override {
        if (single_) return (options_.batch + shared_.width - 1) / shared_.width;
        return size_ * sizeof(Element) <= whole_bytes_limit && many_ ? options_.batch : 0;
    }
    std::size_t piece_bytes() const override {
        return (single_ ? shared_.block() : size_) * sizeof(Element);
    }
    void transform_piece(std::size_t i, const void* input, void* output) const override {
        const Element* in = static_cast<const Element*>(input);
        Element* out = static_cast<Element*>(output);
        if (single_)
            single(in, out, i * shared_.width);
        else
            whole(in + i * input_stride_, out + i * output_stride_);
    }

    std::size_t data_bytes() const override { return options_.batch * size_ * sizeof(Element); }
    std::size_t word_bytes() const override { return std::min<std::size_t>(8, sizeof(Element)); }
    std::size_t table_bytes() const override {
        return sizeof(Element) * (tables_.shared_twiddles.size() + tables_.column_roots.size() +
                                  tables_.node_roots.size() + lane_twiddles_.size()) +
               sizeof(std::uint32_t) * (reversal_shared_.size() + reversal_lanes_.size());
    }

private:
    // A pass over a long transform (or over all of a short one): groups of `width` of its `columns`.
    struct Pass {
        unsigned log_rows = 0;
        std::size_t columns = 1, width = 1;
        BlockLayout from{}, to{};
        std::size_t from_step = 0, to_step = 0;  // between neighbouring columns in either array

        std::size_t rows() const { return std::size_t(1) << log_rows; }
        std::size_t groups() const { return columns / width; }
        std::size_t block() const { return rows() * width; }
    };

    void prepare_single() {
        const std::uint32_t* reversal = options_.bit_reversed ? nullptr : reversal_shared_.data();
        shared_.from = {false, input_stride_, options_.inverse ? reversal : nullptr};
        shared_.to = {false, output_stride_, options_.inverse ? nullptr : reversal};
    }

    void prepare_passes() {
        const std::size_t n1 = shared_.rows(), n2 = lanes_.rows();
        shared_.columns = n2;
        lanes_.columns = n1;
        for (Pass* pass : {&shared_, &lanes_}) {
            const std::size_t line = std::max<std::size_t>(1, 64 / sizeof(Element));
            const std::size_t fit = power_of_two_at_most(
                std::max(line, block_bytes / (pass->rows() * sizeof(Element))));
            pass->width = std::min(pass->columns, fit);
        }
        reversal_lanes_ = ntt::bit_reversal(lanes_.log_rows);
        const bool natural = !options_.bit_reversed;
        const BlockLayout rows_n1{true, n1, nullptr}, rows_n2{true, n2, nullptr};
        const BlockLayout runs_n1{false, n1, nullptr}, runs_n2{false, n2, nullptr};
        const auto reversed = [](BlockLayout layout, const std::vector<std::uint32_t>& table) {
            layout.reversal = table.data();
            return layout;
        };
        // What a forward pass reads an inverse one writes, but for the transposition, which belongs to
        // whichever pass comes first.
        if (!options_.inverse) {
            shared_.from = rows_n2;
            shared_.to = natural ? reversed(runs_n1, reversal_shared_) : rows_n2;
            lanes_.from = natural ? rows_n1 : runs_n2;
            lanes_.to = natural ? reversed(rows_n1, reversal_lanes_) : runs_n2;
        } else {
            lanes_.from = natural ? reversed(rows_n1, reversal_lanes_) : runs_n2;
            lanes_.to = runs_n2;
            shared_.from = natural ? reversed(rows_n2, reversal_shared_) : rows_n2;
            shared_.to = rows_n2;
        }
        for (Pass* pass : {&shared_, &lanes_}) {
            pass->from_step = pass->from.strided_rows ? 1 : pass->from.stride;
            pass->to_step = pass->to.strided_rows ? 1 : pass->to.stride;
        }
        if (size_ * sizeof(Element) > table_bytes_limit) return;
        lane_twiddles_.resize(size_);
        for (std::size_t group = 0; group < lanes_.groups(); ++group)
            make_lane_twiddles(lane_twiddles_.data() + group * lanes_.block(), group);
    }

    void make_lane_twiddles(Element* twiddles, std::size_t group) const {
        kernels_.lane_twiddles(twiddles, lanes_.log_rows, lanes_.width,
                               tables_.column_roots.data() + group * lanes_.width, tables_.node_roots.data());
    }

    // Calls body(i) for each of `count` pieces of `elements` elements.
    template <class Body>
    static void for_all(std::size_t count, std::size_t elements, const Body& body) {
        parallel_for(count, std::max<std::size_t>(1, grain_bytes / (elements * sizeof(Element))),
                     [&](std::size_t begin, std::size_t end) {
                         for (std::size_t i = begin; i < end; ++i) body(i);
                     });
    }

    // Room for a block and, behind it, the twiddles of one.
    Element* reserve_scratch() const {
        return static_cast<Element*>(ntt::thread_scratch(2 * std::max(shared_.block(), lanes_.block()) * sizeof(Element)));
    }

    // The transforms of a batch from `first` on, as the columns of one block.
    void single(const Element* in, Element* out, std::size_t first) const {
        const std::size_t width = std::min(shared_.width, options_.batch - first);
        shared_block(in + first * input_stride_, out + first * output_stride_, width);
    }

    void shared_group(const Element* in, Element* out, std::size_t group) const {
        const std::size_t first = group * shared_.width;
        shared_block(in + first * shared_.from_step, out + first * shared_.to_step, shared_.width);
    }

    void shared_block(const Element* in, Element* out, std::size_t width) const {
        Element* block = reserve_scratch();
        const Element* twiddles = tables_.shared_twiddles.data();
        ntt::gather(block, shared_.rows(), width, in, shared_.from);
        if (options_.inverse)
            kernels_.inverse(block, shared_.log_rows, width, twiddles, &tables_.scale);
        else
            kernels_.forward(block, shared_.log_rows, width, twiddles);
        ntt::scatter(out, block, shared_.rows(), width, shared_.to);
    }

    void lanes_group(const Element* in, Element* out, std::size_t group, const Element* twiddles) const {
        Element* block = reserve_scratch();
        const std::size_t first = group * lanes_.width;
        ntt::gather(block, lanes_.rows(), lanes_.width, in + first * lanes_.from_step, lanes_.from);
        (options_.inverse ? kernels_.inverse_lanes : kernels_.forward_lanes)(block, lanes_.log_rows,
                                                                             lanes_.width, twiddles);
        ntt::scatter(out + first * lanes_.to_step, block, lanes_.rows(), lanes_.width, lanes_.to);
    }

    // The twiddles of a group of the lanes pass: from the table, or made in this thread's scratch memory.
    const Element* lane_twiddles(std::size_t group) const {
        if (!lane_twiddles_.empty()) return lane_twiddles_.data() + group * lanes_.block();
        Element* twiddles = reserve_scratch() + std::max(shared_.block(), lanes_.block());
        make_lane_twiddles(twiddles, group);
        return twiddles;
    }

    // Both passes over one transform, on this thread.
    void whole(const Element* in, Element* out) const {
        if (!options_.inverse)
            for (std::size_t group = 0; group < shared_.groups(); ++group) shared_group(in, out, group);
        for (std::size_t group = 0; group < lanes_.groups(); ++group)
            lanes_group(options_.inverse ? in : out, out, group, lane_twiddles(group));
        if (options_.inverse)
            for (std::size_t group = 0; group < shared_.groups(); ++group) shared_group(out, out, group);
    }

    // Each pass over all transforms in turn, its groups shared among the threads.
    void pass_by_pass(const Element* in, Element* out) const {
        const auto shared_pass = [&](const Element* source, std::size_t stride) {
            const std::size_t groups = shared_.groups();
            for_all(options_.batch * groups, shared_.block(), [&](std::size_t i) {
                const std::size_t transform = i / groups;
                shared_group(source + transform * stride, out + transform * output_stride_, i % groups);
            });
        };
        const auto lanes_pass = [&](const Element* source, std::size_t stride) {
            for_all(lanes_.groups(), lanes_.block() * options_.batch, [&](std::size_t group) {
                const Element* twiddles = lane_twiddles(group);
                for (std::size_t i = 0; i < options_.batch; ++i)
                    lanes_group(source + i * stride, out + i * output_stride_, group, twiddles);
            });
        };
        if (options_.inverse) {
            lanes_pass(in, input_stride_);
            shared_pass(out, output_stride_);
        } else {
            shared_pass(in, input_stride_);
            lanes_pass(out, output_stride_);
        }
    }

    NttOptions options_;
    const NttKernels& kernels_;
    std::size_t size_, input_stride_, output_stride_;
    bool many_;  // enough transforms for all threads
    bool single_;
    Pass shared_, lanes_;
    ntt::Tables<Element> tables_;
    std::vector<Element> lane_twiddles_;  // of all groups, one behind the other; empty: made as needed
    std::vector<std::uint32_t> reversal_shared_, reversal_lanes_;
};

}  // namespace

std::unique_ptr<NttPlan> make_ntt_plan(std::string_view field, const NttOptions& options) {
    std::unique_ptr<NttPlan> plan;
    if (!options.shift && !options.input_stride && !options.output_stride) plan = make_wide_ntt_plan(field, options);
    if (!plan) plan = make_packed_ntt_plan(field, options);
    if (plan) return plan;
    visit_field(field, [&]<class F>(F) {
        using Element = std::conditional_t<F::words == 1, typename F::Canonical, ntt::Limbs<F::words>>;
        plan = std::make_unique<NttPlanOf<Element>>(field, options);
    });
    return plan;
}

}  // namespace zkmark
