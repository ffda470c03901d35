// Arrays whose elements are visited in random order: on huge pages where the system grants them, since walks of
// page tables cost more than the cache misses themselves.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace zkmark {

struct FreeLargeArray {
    void operator()(void* block) const { std::free(block); }
};

template <class T>
using LargeArray = std::unique_ptr<T[], FreeLargeArray>;

// `count` elements, not initialised.
template <class T>
LargeArray<T> make_large_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    constexpr std::size_t huge_page = std::size_t(1) << 21;
    const std::size_t bytes = count * sizeof(T);
    const bool large = bytes >= 2 * huge_page;
    const std::size_t alignment = large ? huge_page : 64;
    const std::size_t padded = (bytes / alignment + 1) * alignment;
    void* block = std::aligned_alloc(alignment, padded);
    if (!block) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
    if (large) madvise(block, bytes, MADV_HUGEPAGE);  // advice: what it answers changes nothing
#endif
    return LargeArray<T>(static_cast<T*>(block));
}

}  // namespace zkmark
