#include "kernels/ntt/cpu/scratch.hpp"

#include <cstdlib>

namespace zkmark::ntt {
namespace {

class Scratch {
public:
    ~Scratch() { std::free(memory_); }

    void* reserve(std::size_t bytes) {
        if (bytes > size_) {
            std::free(memory_);
            memory_ = nullptr;
            size_ = (bytes + 4095) / 4096 * 4096;
            memory_ = std::aligned_alloc(64, size_);
            if (!memory_) std::abort();  // parallel_for's bodies must not throw
        }
        return memory_;
    }

private:
    void* memory_ = nullptr;
    std::size_t size_ = 0;
};

thread_local Scratch scratch;

}  // namespace

void* thread_scratch(std::size_t bytes) { return scratch.reserve(bytes); }

}  // namespace zkmark::ntt
