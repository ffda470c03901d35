#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cstring>
#include <string>

#include "kernels/hashes/cpu/hash_arrays.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

OwnedBytes hash_message(const std::string& id, const Bytes& message) {
    const Hash& hash = hash_or_throw(id);
    std::uint8_t digest[digest_bytes];
    choose_kernels(hash).kernels->hash_many(message.data(), message.size() / hash.unit_bytes, 1, digest);
    auto [out, array] = new_bytes(digest_bytes);
    hash.to_canonical(digest, 1, out);
    return array;
}

OwnedBytes compress(const std::string& id, const Bytes& pair) {
    const Hash& hash = hash_or_throw(id);
    if (pair.size() != 2 * digest_bytes) throw nb::value_error("pair: want two digests");
    std::uint8_t children[2 * digest_bytes], digest[digest_bytes];
    hash.from_canonical(pair.data(), 2, children);
    choose_kernels(hash).kernels->compress_pairs(children, 1, digest);
    auto [out, array] = new_bytes(digest_bytes);
    hash.to_canonical(digest, 1, out);
    return array;
}

OwnedBytes permute(const std::string& id, const Bytes& state) {
    const Hash& hash = hash_or_throw(id);
    if (!hash.permute || state.size() != hash.state_bytes)
        throw nb::value_error("state: want the state of an algebraic hash");
    auto [out, array] = new_bytes(hash.state_bytes);
    std::memcpy(out, state.data(), hash.state_bytes);
    hash.permute(out);
    return array;
}

}  // namespace

void bind_hashes(nb::module_& module) {
    module.def("hash_message", &hash_message, nb::arg("hash"), nb::arg("message"),
               "Digest of one message; bytes of canonical elements for algebraic hashes.");
    module.def("hash_compress", &compress, nb::arg("hash"), nb::arg("pair"),
               "Compress two canonical digests, 64 bytes, to one.");
    module.def("hash_permute", &permute, nb::arg("hash"), nb::arg("state"),
               "Permute one canonical state of an algebraic hash.");
    module.def("hash_isa", [](const std::string& id) {
        return std::string(choose_kernels(hash_or_throw(id)).isa);
    }, nb::arg("hash"), "The instruction set that this hash uses at the level now allowed.");
}

}  // namespace zkmark
