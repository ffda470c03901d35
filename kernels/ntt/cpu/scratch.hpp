// Scratch memory of a thread, kept between calls; it only grows.
#pragma once

#include <cstddef>

namespace zkmark::ntt {

// Aligned to 64 bytes. What an earlier call gave is gone.
void* thread_scratch(std::size_t bytes);

}  // namespace zkmark::ntt
