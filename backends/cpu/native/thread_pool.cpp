#include "backends/cpu/native/thread_pool.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace zkmark {
namespace {

using Body = std::function<void(std::size_t, std::size_t)>;

thread_local bool inside_body = false;

struct Job {
    const Body* body;
    std::size_t count;
    std::size_t block;
    std::atomic<std::size_t> next{0};

    void work() {
        inside_body = true;
        for (;;) {
            const std::size_t begin = next.fetch_add(block, std::memory_order_relaxed);
            if (begin >= count) break;
            (*body)(begin, std::min(begin + block, count));
        }
        inside_body = false;
    }
};

// Workers sleep between jobs. A job is published under the mutex and finished when every worker that
// took it has come back, so its stack-allocated state is never touched afterwards.
class Pool {
public:
    explicit Pool(unsigned workers) {
        for (unsigned i = 0; i < workers; ++i) threads_.emplace_back([this] { run(); });
    }

    ~Pool() {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    void execute(Job& job) {
        {
            std::lock_guard lock(mutex_);
            job_ = &job;
            busy_ = threads_.size();
            ++generation_;
        }
        wake_.notify_all();
        job.work();
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return busy_ == 0; });
        job_ = nullptr;
    }

    std::size_t workers() const { return threads_.size(); }

private:
    void run() {
        std::size_t seen = 0;
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
            if (stopping_) return;
            seen = generation_;
            Job* job = job_;
            lock.unlock();
            job->work();
            lock.lock();
            if (--busy_ == 0) done_.notify_one();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_, done_;
    std::vector<std::thread> threads_;
    Job* job_ = nullptr;
    std::size_t generation_ = 0;
    std::size_t busy_ = 0;
    bool stopping_ = false;
};

unsigned usable_processors() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

struct Shared {
    std::mutex mutex;  // one parallel_for at a time: two Python threads never share a job
    std::unique_ptr<Pool> pool;
};

// Never freed, so that no thread is joined while the process ends, when it may be gone already.
std::atomic<Shared*> shared{nullptr};
std::atomic<unsigned> wanted{0};

// A forked child has the forking thread alone. Its copy of the pool waits for workers that do not exist,
// and its copy of the mutex may be locked for ever: the child leaves both behind and starts afresh.
void start_afresh() {
    shared.store(new Shared, std::memory_order_release);
    inside_body = false;
}

Shared& current() {
    static const bool once = [] {
        shared.store(new Shared, std::memory_order_release);
        pthread_atfork(nullptr, nullptr, start_afresh);
        return true;
    }();
    static_cast<void>(once);
    return *shared.load(std::memory_order_acquire);
}

}  // namespace

unsigned thread_count() {
    const unsigned set = wanted.load(std::memory_order_relaxed);
    return set ? set : usable_processors();
}

void set_thread_count(unsigned threads) { wanted.store(threads, std::memory_order_relaxed); }

void parallel_for(std::size_t count, std::size_t grain, const Body& body) {
    if (count == 0) return;
    const std::size_t threads = thread_count();
    grain = std::max<std::size_t>(1, grain);
    if (threads == 1 || inside_body || count <= grain) {
        body(0, count);
        return;
    }
    Shared& state = current();
    std::lock_guard lock(state.mutex);
    auto& pool = state.pool;
    if (!pool || pool->workers() != threads - 1) {
        pool.reset();
        pool = std::make_unique<Pool>(static_cast<unsigned>(threads - 1));
    }
    // Four blocks a thread even out a thread that was held up, without many trips to the counter.
    const std::size_t block = std::max(grain, (count + threads * 4 - 1) / (threads * 4));
    Job job{&body, count, block, {}};
    pool->execute(job);
}

}  // namespace zkmark
