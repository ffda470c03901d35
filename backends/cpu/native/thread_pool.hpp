// A pool of threads that kernels share. Work is handed out in blocks of indices; the caller works too.
#pragma once

#include <cstddef>
#include <functional>

namespace zkmark {

// How many threads parallel_for uses: the processors this process may run on, unless set.
unsigned thread_count();
void set_thread_count(unsigned threads);

// Calls body(begin, end) on disjoint ranges that together cover [0, count), on up to thread_count()
// threads, and returns when all have returned. Ranges have at least `grain` indices (the last may have
// fewer). Ranges are handed out as threads come free, so uneven work balances. The body must not throw.
// A call from inside a body that the pool runs takes its whole range on the calling thread; one from a
// body that was not shared out (too few indices) may use the pool. Two threads that call at once take
// turns. A forked child starts a pool of its own.
void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

}  // namespace zkmark
