#include "kernels/stark/cpu/recycling.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace zkmark::stark {
namespace {

constexpr std::size_t line = 64, page = 4096, huge_page = std::size_t(2) << 20;
// Smaller blocks are left to the system, which keeps them at hand itself.
constexpr std::size_t smallest = 64 * 1024;
// What is kept at most; the largest blocks go first, being the quickest to reach it and the rarest.
constexpr std::size_t most_kept = std::size_t(512) << 20;

// Sizes in steps of an eighth, so that columns of a little other size find a block, too.
std::size_t rounded(std::size_t bytes) {
    if (bytes < smallest) return (bytes + line) / line * line;
    const std::size_t step = std::max(page, std::bit_floor(bytes) / 8);
    return (bytes + step - 1) / step * step;
}

class Kept {
public:
    void* take(std::size_t size) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = blocks_.find(size);
        if (found == blocks_.end()) return nullptr;
        void* block = found->second;
        blocks_.erase(found);
        bytes_ -= size;
        return block;
    }

    void keep(void* block, std::size_t size) {
        const std::lock_guard<std::mutex> lock(mutex_);
        blocks_.emplace(size, block);
        bytes_ += size;
        while (bytes_ > most_kept) {
            const auto largest = std::prev(blocks_.end());
            bytes_ -= largest->first;
            std::free(largest->second);
            blocks_.erase(largest);
        }
    }

private:
    std::mutex mutex_;
    std::multimap<std::size_t, void*> blocks_;
    std::size_t bytes_ = 0;
};

// Never destroyed: arrays may be freed after static objects are.
Kept& kept() {
    static Kept* const made = new Kept;
    return *made;
}

}  // namespace

void* take_block(std::size_t bytes) {
    const std::size_t size = rounded(bytes);
    if (size >= smallest)
        if (void* block = kept().take(size)) return block;
    const bool huge = size >= 2 * huge_page;
    const std::size_t alignment = huge ? huge_page : line;
    void* block = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (!block) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    if (huge) madvise(block, size, MADV_HUGEPAGE);  // advice: what it answers changes nothing
#endif
    return block;
}

void return_block(void* block, std::size_t bytes) noexcept {
    const std::size_t size = rounded(bytes);
    if (size < smallest) return std::free(block);
    try {
        kept().keep(block, size);
    } catch (const std::bad_alloc&) {
        std::free(block);
    }
}

}  // namespace zkmark::stark
