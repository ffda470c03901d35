#include "backends/cpu/native/selftest.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "backends/cpu/native/thread_pool.hpp"

namespace zkmark {

ParallelForSelftest parallel_for_selftest(std::size_t count, std::size_t grain, std::size_t nested) {
    ParallelForSelftest result;
    const auto visits = std::make_unique<std::atomic<std::size_t>[]>(count);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::size_t smallest = count;
    bool others = false;
    std::atomic<bool> stayed{true};
    const bool shared_out = thread_count() > 1 && count > std::max<std::size_t>(1, grain);

    parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
        const auto me = std::this_thread::get_id();
        {
            std::lock_guard lock(mutex);
            threads.insert(me);
            ++result.ranges;
            if (end < count) {
                smallest = std::min(smallest, end - begin);
                others = true;
            }
        }
        for (std::size_t i = begin; i < end; ++i) {
            if (nested == 0) {
                ++visits[i];
                continue;
            }
            parallel_for(nested, 1, [&](std::size_t inner_begin, std::size_t inner_end) {
                visits[i] += inner_end - inner_begin;
                if (shared_out && std::this_thread::get_id() != me) stayed.store(false);
            });
        }
    });

    const std::size_t want = std::max<std::size_t>(1, nested);
    result.each_once = true;
    for (std::size_t i = 0; i < count; ++i) result.each_once &= visits[i].load() == want;
    result.smallest_range = others ? smallest : 0;
    result.threads = threads.size();
    result.nested_stayed = stayed.load();
    return result;
}

}  // namespace zkmark
