// What probes stand on: threads on processors of their own, pages fresh from the kernel, the clock on the wall.
#pragma once

#include <sched.h>
#include <sys/mman.h>

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace zkmark {

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Threads of their own, not the kernels' pool: a probe wants each of them exactly once, at one time, on
// its own processor.
template <class Body>
void together(unsigned threads, Body body) {
    std::vector<std::thread> running;
    cpu_set_t allowed;
    const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    int processor = -1;
    for (unsigned i = 0; i < threads; ++i) {
        if (known && threads > 1 && CPU_COUNT(&allowed) > 0)
            do processor = (processor + 1) % CPU_SETSIZE;
            while (!CPU_ISSET(processor, &allowed));
        running.emplace_back([i, processor, &body] {
            if (processor >= 0) {
                cpu_set_t own;
                CPU_ZERO(&own);
                CPU_SET(processor, &own);
                sched_setaffinity(0, sizeof own, &own);  // where it may not, it runs where it is put
            }
            body(i);
        });
    }
    for (auto& thread : running) thread.join();
}

// Pages that came from the kernel untouched, so that the thread that writes first decides where they are.
class Pages {
public:
    explicit Pages(std::size_t bytes) : bytes_(bytes) {
        void* found = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (found == MAP_FAILED) return;
        address_ = found;
#if defined(MADV_HUGEPAGE)
        madvise(address_, bytes_, MADV_HUGEPAGE);  // as NumPy asks for its large arrays
#endif
    }
    ~Pages() {
        if (address_) munmap(address_, bytes_);
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    template <class T>
    T* as() const {
        return static_cast<T*>(address_);
    }

private:
    void* address_ = nullptr;
    std::size_t bytes_;
};

}  // namespace zkmark
