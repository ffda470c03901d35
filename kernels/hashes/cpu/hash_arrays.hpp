// What the bindings of hashes and of Merkle trees share: arrays of bytes, and hashes by name.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <string>
#include <utility>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark {

using Bytes = nanobind::ndarray<const std::uint8_t, nanobind::ndim<1>, nanobind::c_contig,
                                nanobind::device::cpu>;
using OwnedBytes = nanobind::ndarray<nanobind::numpy, std::uint8_t, nanobind::ndim<1>>;

inline const Hash& hash_or_throw(const std::string& id) {
    const Hash* hash = find_hash(id);
    if (!hash) throw nanobind::value_error("hash: no native kernel has this name");
    return *hash;
}

// A new NumPy array of `size` bytes and where to write them.
inline std::pair<std::uint8_t*, OwnedBytes> new_bytes(std::size_t size) {
    auto* data = new std::uint8_t[size ? size : 1];
    nanobind::capsule owner(data, [](void* p) noexcept { delete[] static_cast<std::uint8_t*>(p); });
    return {data, OwnedBytes(data, {size}, owner)};
}

}  // namespace zkmark
