// Interpolation and low-degree extension of columns, by the transforms of kernels/ntt/cpu.
//
// Extending a polynomial of h coefficients to b blocks is b transforms of size h, each on its own coset, rather than
// one of size b h of coefficients padded with zeros: the h coefficients are read once a block, every value is written
// once, in the order in which it is wanted, and no butterfly meets a zero. Where whole transforms fit a cache, a
// thread takes the blocks of a few columns one after another, so that the coefficients come from memory once.
//
// Multiplications: those of (1 + b) transforms of size h, which are the floor, and of a coset: over Goldilocks in
// vector lanes one an element, h a block, because the first layers of a plain transform are shifts (packed.cpp); an
// inverse on a coset takes h more as well. Bytes: 8 h read and 8 h written a block, twice where a transform does not
// fit a cache.
//
// Measured on two cores of an EPYC (Zen 2) guest, AVX2, against as many plain transforms by the same kernel: see
// docs/kernels.md.
#include "kernels/stark/cpu/transforms.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "backends/cpu/native/isa.hpp"
#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/ntt/cpu/plan.hpp"

namespace zkmark::stark {
namespace {

using Plan = std::shared_ptr<const NttPlan>;

// A thread takes at least this much work at a time.
constexpr std::size_t grain_bytes = 32 * 1024;
// Pieces that are transformed for one block before the next, whose tables then stay in a cache as they do.
constexpr std::size_t group_bytes = 256 * 1024;

// Plans of earlier calls. A proof has few shapes of columns, and asks for each of them once a round; making a plan
// takes as long as a few transforms. All are dropped when their tables outgrow the limit.
class Plans {
public:
    Plan get(const NttOptions& options) {
        const Key key{options.log_size, options.batch, options.inverse, options.coset, options.shift,
                      options.input_stride, options.output_stride, options.beside, isa_allowed(), thread_count()};
        const std::lock_guard<std::mutex> lock(mutex_);
        if (const auto found = plans_.find(key); found != plans_.end()) return found->second;
        Plan plan = make_ntt_plan("goldilocks", options);
        bytes_ += plan->table_bytes() + 1024;
        if (bytes_ > limit) {
            plans_.clear();
            bytes_ = plan->table_bytes() + 1024;
        }
        plans_.emplace(key, plan);
        return plan;
    }

private:
    static constexpr std::size_t limit = std::size_t(64) << 20;
    using Key = std::tuple<unsigned, std::size_t, bool, bool, std::uint64_t, std::size_t, std::size_t, std::size_t,
                           Isa, unsigned>;
    std::mutex mutex_;
    std::map<Key, Plan> plans_;
    std::size_t bytes_ = 0;
};

Plans& plans() {
    static Plans made;
    return made;
}

// Runs plans of one shape, each on its own block of the columns in either array.
void transform_blocks(const std::vector<Plan>& blocks, const std::uint64_t* in, std::size_t in_step,
                      std::uint64_t* out, std::size_t out_step) {
    const std::size_t pieces = blocks[0]->pieces();
    if (!pieces) {
        for (std::size_t j = 0; j < blocks.size(); ++j) blocks[j]->transform(in + j * in_step, out + j * out_step);
        return;
    }
    const std::size_t grain = std::max<std::size_t>(1, grain_bytes / blocks[0]->piece_bytes());
    const std::size_t together = std::clamp<std::size_t>(group_bytes / blocks[0]->piece_bytes(), 1, pieces);
    parallel_for(pieces * blocks.size(), grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t first = i / (together * blocks.size()) * together;
            const std::size_t here = std::min(together, pieces - first), at = i - first * blocks.size();
            const std::size_t j = at / here, piece = first + at % here;
            blocks[j]->transform_piece(piece, in + j * in_step, out + j * out_step);
        }
    });
}

}  // namespace

void interpolate(const std::uint64_t* values, std::uint64_t* coefficients, std::size_t count, std::size_t blocks,
                 unsigned log_height, const std::vector<std::uint64_t>& shifts) {
    if (!count || !blocks) return;
    const std::size_t height = std::size_t(1) << log_height;
    NttOptions options;
    options.log_size = log_height;
    options.inverse = true;
    if (shifts.empty()) {
        options.batch = count * blocks;
        return transform_blocks({plans().get(options)}, values, 0, coefficients, 0);
    }
    options.batch = count;
    options.coset = true;
    options.input_stride = options.output_stride = blocks * height;
    options.beside = blocks;
    std::vector<Plan> made;
    for (const std::uint64_t shift : shifts) {
        options.shift = shift;
        made.push_back(plans().get(options));
    }
    transform_blocks(made, values, height, coefficients, height);
}

void extend(const std::uint64_t* coefficients, std::uint64_t* values, std::size_t count, unsigned log_height,
            const std::vector<std::uint64_t>& shifts) {
    if (!count || shifts.empty()) return;
    const std::size_t height = std::size_t(1) << log_height;
    NttOptions options;
    options.log_size = log_height;
    options.batch = count;
    options.coset = true;
    options.output_stride = shifts.size() * height;
    options.beside = shifts.size();
    std::vector<Plan> made;
    for (const std::uint64_t shift : shifts) {
        options.shift = shift;
        made.push_back(plans().get(options));
    }
    transform_blocks(made, coefficients, 0, values, height);
}

}  // namespace zkmark::stark
