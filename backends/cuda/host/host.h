// CUDA's device language on the host's processor: what a kernel text needs of it, so that its CUDA reading can be
// compiled by a C++ compiler and run, bit for bit as on a GPU, where there is none.
//
// A block's threads are fibers on one thread of the host. They run one after the other, in order or (backward)
// against it, each until it ends or waits: at a barrier for the block, in a shuffle for its warp. A barrier that is
// missing is seen when the two orders give different results. Blocks run one after the other too, so that a
// static variable can be shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#define __shared__ static
#define ZKMARK_HOST 1

namespace zkmark_host {

struct Index {
    unsigned x = 0, y = 0, z = 0;
};

enum class State { running, at_barrier, in_warp, done };

// Switching saves what the calling convention says that a function must keep.
#if defined(__x86_64__)
struct Context {
    void* stack_pointer;
};
extern "C" void zkmark_switch(void** from, void* to);
asm(R"(
.text
.type zkmark_switch, @function
zkmark_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
inline void resume(Context& from, Context& to) { zkmark_switch(&from.stack_pointer, to.stack_pointer); }
inline void prepare(Context& context, char* stack, std::size_t bytes, void (*entry)()) {
    // The first switch pops six registers and returns into the entry, with the stack as after a call.
    auto top = reinterpret_cast<std::uintptr_t>(stack + bytes) & ~std::uintptr_t(15);
    void** slot = reinterpret_cast<void**>(top) - 2;
    slot[0] = reinterpret_cast<void*>(entry);
    slot[1] = nullptr;
    for (int i = 1; i <= 6; ++i) slot[-i] = nullptr;
    context.stack_pointer = slot - 6;
}
#else
using Context = ucontext_t;
inline void resume(Context& from, Context& to) { swapcontext(&from, &to); }
inline void prepare(Context& context, char* stack, std::size_t bytes, void (*entry)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = bytes;
    context.uc_link = nullptr;
    makecontext(&context, entry, 0);
}
#endif

constexpr std::size_t stack_bytes = 128 * 1024;
constexpr unsigned most_threads = 1024;
constexpr unsigned warp = 32;

struct Fiber {
    Context context;
    State state;
    unsigned thread;
    std::uint64_t shown;
    char* stack;
};

static Fiber fibers[most_threads];
static Context scheduler;
static Fiber* current;
static unsigned block_threads;
static Index grid, block_index;
static void (*job)(void**);
static void** job_arguments;
static char* local_memory;
static std::size_t local_capacity;

inline void* dynamic_local() { return local_memory; }

inline void run_fiber() {
    for (;;) {
        job(job_arguments);
        current->state = State::done;
        resume(current->context, scheduler);
    }
}

inline void wait(State state) {
    current->state = state;
    resume(current->context, scheduler);
}

// What another lane of the warp shows; every lane of the warp must ask.
inline std::uint64_t exchange(std::uint64_t value, unsigned lane) {
    Fiber* self = current;
    self->shown = value;
    wait(State::in_warp);
    const unsigned source = (self->thread & ~(warp - 1)) + (lane & (warp - 1));
    const std::uint64_t seen = source < block_threads ? fibers[source].shown : value;
    wait(State::in_warp);
    return seen;
}

// Lets every fiber of [first, last) run again that waits; false if one of them does not.
inline bool all_wait(unsigned first, unsigned last, State state) {
    for (unsigned i = first; i < last; ++i)
        if (fibers[i].state != state) return false;
    for (unsigned i = first; i < last; ++i) fibers[i].state = State::running;
    return true;
}

inline const char* run_block(bool backward) {
    for (unsigned i = 0; i < block_threads; ++i) fibers[i].state = State::running;
    unsigned done = 0;
    while (done < block_threads) {
        bool progress = false;
        for (unsigned i = 0; i < block_threads; ++i) {
            Fiber& fiber = fibers[backward ? block_threads - 1 - i : i];
            if (fiber.state != State::running) continue;
            progress = true;
            current = &fiber;
            resume(scheduler, fiber.context);
            done += fiber.state == State::done;
        }
        for (unsigned w = 0; w < block_threads; w += warp) {
            const unsigned end = w + warp < block_threads ? w + warp : block_threads;
            progress = all_wait(w, end, State::in_warp) || progress;
        }
        progress = all_wait(0, block_threads, State::at_barrier) || progress;
        if (!progress && done < block_threads)
            return done ? "some threads of a block ended before a barrier that others wait at"
                        : "the threads of a block wait for each other in different places";
    }
    return nullptr;
}

// Runs a kernel on every block; returns what went wrong, or null.
inline const char* launch(const unsigned* groups, unsigned threads, std::size_t local_bytes, void** arguments,
                          void (*kernel)(void**), bool backward) {
    if (threads == 0 || threads > most_threads) return "a block has 1 to 1024 threads";
    grid = {groups[0], groups[1], groups[2]};
    block_threads = threads;
    job = kernel;
    job_arguments = arguments;
    const std::size_t wanted = (local_bytes + 127) / 128 * 128 + 128;
    if (wanted > local_capacity) {
        std::free(local_memory);
        local_memory = static_cast<char*>(std::aligned_alloc(128, wanted));
        local_capacity = wanted;
    }
    for (unsigned i = 0; i < threads; ++i) {
        Fiber& fiber = fibers[i];
        if (fiber.stack == nullptr) fiber.stack = static_cast<char*>(std::malloc(stack_bytes));
        fiber.thread = i;
        prepare(fiber.context, fiber.stack, stack_bytes, run_fiber);
    }
    for (block_index.z = 0; block_index.z < grid.z; ++block_index.z)
        for (block_index.y = 0; block_index.y < grid.y; ++block_index.y)
            for (block_index.x = 0; block_index.x < grid.x; ++block_index.x) {
                std::memset(local_memory, 0xcd, local_capacity);  // nobody may count on zeros
                if (const char* wrong = run_block(backward)) return wrong;
            }
    return nullptr;
}

template <class... Parameters, std::size_t... I>
inline void call(void (*kernel)(Parameters...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<Parameters*>(arguments[I])...);
}
template <class... Parameters>
inline void call(void (*kernel)(Parameters...), void** arguments) {
    call(kernel, arguments, std::index_sequence_for<Parameters...>());
}
template <class... Parameters>
constexpr int parameter_count(void (*)(Parameters...)) {
    return sizeof...(Parameters);
}

inline Index thread_index() { return {current->thread, 0, 0}; }
inline Index block_size() { return {block_threads, 1, 1}; }

}  // namespace zkmark_host

#define threadIdx (zkmark_host::thread_index())
#define blockIdx (zkmark_host::block_index)
#define blockDim (zkmark_host::block_size())
#define gridDim (zkmark_host::grid)

inline void __syncthreads() { zkmark_host::wait(zkmark_host::State::at_barrier); }
inline void __syncwarp(unsigned = ~0u) { zkmark_host::exchange(0, 0); }
inline void __threadfence() {}
template <class T>
inline T __shfl_sync(unsigned, T value, int lane) {
    return static_cast<T>(zkmark_host::exchange(static_cast<std::uint64_t>(value), unsigned(lane)));
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int bits) {
    return __shfl_sync(mask, value, int((threadIdx.x & 31) ^ unsigned(bits)));
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned distance) {
    const unsigned lane = threadIdx.x & 31;
    return __shfl_sync(mask, value, int(lane + distance < 32 ? lane + distance : lane));
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned distance) {
    const unsigned lane = threadIdx.x & 31;
    return __shfl_sync(mask, value, int(lane >= distance ? lane - distance : lane));
}
inline int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
template <class T>
inline T atomicAdd(T* place, T value) {
    const T before = *place;
    *place = before + value;
    return before;
}
