// What tests see of the thread pool: that every index is visited once, by whom and in what pieces.
#pragma once

#include <cstddef>

namespace zkmark {

struct ParallelForSelftest {
    bool each_once = false;          // every index, and every pair of indices when nested, exactly once
    std::size_t ranges = 0;          // calls of the outer body
    std::size_t smallest_range = 0;  // leaving out the one that ends the whole; 0 when there is no other
    std::size_t threads = 0;         // distinct threads that ran the outer body
    bool nested_stayed = true;       // a nested call never left its thread, where it may not
};

// Runs parallel_for over `count` indices with `grain`, and within each a parallel_for over `nested`.
ParallelForSelftest parallel_for_selftest(std::size_t count, std::size_t grain, std::size_t nested);

}  // namespace zkmark
