// Memory of columns and trees, which comes back in the same sizes: what is freed is kept for a while, so that a proof's
// rounds, and one proof after another, do not wait for the system to clear pages (2 MiB take as long as 100 us).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace zkmark::stark {

// A block of at least so many bytes, not initialised, from a cache line on; large ones on huge pages where the system
// grants them. Throws std::bad_alloc.
void* take_block(std::size_t bytes);
// Gives it back; `bytes` as it was asked for.
void return_block(void* block, std::size_t bytes) noexcept;

struct ReturnBlock {
    std::size_t bytes = 0;
    void operator()(std::uint8_t* block) const noexcept { return_block(block, bytes); }
};
using RecycledBytes = std::unique_ptr<std::uint8_t[], ReturnBlock>;

inline RecycledBytes recycled_bytes(std::size_t bytes) {
    return RecycledBytes(static_cast<std::uint8_t*>(take_block(bytes)), ReturnBlock{bytes});
}

}  // namespace zkmark::stark
