// Sums of the segments of a long list of points, in parallel, whatever the segments' lengths.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/curves/cpu/curve.hpp"
#include "kernels/curves/cpu/point_kernels.hpp"

namespace zkmark {

// The functions that sum points of a curve over F, and the factors from the field's own form to theirs and back.
template <class F>
struct MsmKernel {
    const PointKernels* functions = &point_kernels(F::id());
    F into = F::from_u64(std::uint64_t(1) << functions->form_shift), back = into.inverse();

    Affine<F> into_form(const Affine<F>& p) const { return {p.x * into, p.y * into}; }
    Affine<F> out_of_form(const Affine<F>& p) const { return {p.x * back, p.y * back}; }
};

// Working memory of the threads that sum chunks; taken and given back, so that at most one a thread is made.
template <class F>
class ChunkMemory {
public:
    struct Slot {
        std::unique_ptr<Affine<F>[]> points;
        std::vector<Run> runs, scratch;
        std::vector<std::size_t> segments;
    };

    explicit ChunkMemory(std::size_t chunk) : chunk_(chunk) {}
    std::size_t chunk() const { return chunk_; }

    std::unique_ptr<Slot> take() {
        {
            std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                auto slot = std::move(free_.back());
                free_.pop_back();
                return slot;
            }
        }
        auto slot = std::make_unique<Slot>();
        slot->points = std::make_unique_for_overwrite<Affine<F>[]>(chunk_);
        return slot;
    }

    void give_back(std::unique_ptr<Slot> slot) {
        std::lock_guard lock(mutex_);
        free_.push_back(std::move(slot));
    }

private:
    std::size_t chunk_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Slot>> free_;
};

// sums[s] = the sum of the points that entries[starts[s]], ..., entries[starts[s + 1] - 1] name, for all `segments`; an
// empty one is infinity.
//
// The list is cut into chunks of equal length wherever that falls, so that one giant segment (all scalars equal)
// is shared by all threads like any other; the parts of a segment that was cut are put together at the end.
template <class F>
void sum_segments(const std::size_t* starts, std::size_t segments, const Affine<F>* points,
                  const std::uint32_t* entries, const MsmKernel<F>& kernel, ChunkMemory<F>& memory,
                  Affine<F>* sums) {
    struct Part {
        std::size_t segment;
        Affine<F> sum;
    };
    constexpr std::size_t no_segment = ~std::size_t(0);
    const std::size_t total = starts[segments], chunk = memory.chunk();
    const std::size_t chunks = (total + chunk - 1) / chunk;
    std::vector<Part> parts(chunks, Part{no_segment, Affine<F>::infinity()});

    parallel_for(segments, 4096, [&](std::size_t begin, std::size_t end) {
        std::fill(sums + begin, sums + end, Affine<F>::infinity());
    });
    parallel_for(chunks, 1, [&](std::size_t begin, std::size_t end) {
        auto slot = memory.take();
        for (std::size_t k = begin; k < end; ++k) {
            const std::size_t first = k * chunk, last = std::min(first + chunk, total);
            slot->runs.clear();
            slot->segments.clear();
            std::size_t s = std::upper_bound(starts, starts + segments, first) - starts - 1;
            for (; s < segments && starts[s] < last; ++s) {
                const std::size_t from = std::max(starts[s], first), to = std::min(starts[s + 1], last);
                if (from >= to) continue;
                slot->runs.push_back({static_cast<std::uint32_t>(from - first),
                                      static_cast<std::uint32_t>(to - from)});
                slot->segments.push_back(s);
            }
            slot->scratch.resize(slot->runs.size());
            kernel.functions->sum_lists(points, entries + first, slot->runs.data(), slot->runs.size(),
                                   slot->points.get(), slot->scratch.data());
            for (std::size_t r = 0; r < slot->runs.size(); ++r) {
                const std::size_t segment = slot->segments[r];
                const Affine<F>& sum = slot->points[slot->runs[r].start];
                if (starts[segment] >= first)
                    sums[segment] = sum;
                else
                    parts[k] = {segment, sum};
            }
        }
        memory.give_back(std::move(slot));
    });

    std::vector<std::size_t> cut;
    std::vector<Xyzz<F>> whole;
    for (const Part& part : parts) {
        if (part.segment == no_segment) continue;
        if (cut.empty() || cut.back() != part.segment) {
            cut.push_back(part.segment);
            whole.push_back(Xyzz<F>::from(kernel.out_of_form(sums[part.segment])));
        }
        whole.back() += kernel.out_of_form(part.sum);
    }
    std::vector<Affine<F>> affine(whole.size());
    std::vector<F> scratch(whole.size());
    batch_to_affine(whole.data(), whole.size(), affine.data(), scratch.data());
    for (std::size_t i = 0; i < cut.size(); ++i) sums[cut[i]] = kernel.into_form(affine[i]);
}

}  // namespace zkmark
