#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernels/hashes/cpu/hash_arrays.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Columns = nb::ndarray<const std::uint64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

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

const HashKernels& kernels_or_throw(const Hash& hash, const std::string& path) {
    const HashKernels* kernels = path.empty() ? choose_kernels(hash).kernels : kernels_on(hash, path);
    if (!kernels) throw nb::value_error("path: this hash has none of this name that runs here");
    return *kernels;
}

OwnedBytes hash_many(const std::string& id, const Bytes& messages, std::size_t count, const std::string& path) {
    const Hash& hash = hash_or_throw(id);
    const HashKernels& kernels = kernels_or_throw(hash, path);
    const std::size_t step = count * hash.unit_bytes;
    if (count == 0 || messages.size() % step) throw nb::value_error("messages: want `count` of one length");
    auto [out, array] = new_bytes(count * digest_bytes);
    nb::gil_scoped_release release;
    kernels.hash_many(messages.data(), messages.size() / step, count, out);
    hash.to_canonical(out, count, out);
    return array;
}

OwnedBytes compress_pairs(const std::string& id, const Bytes& pairs, const std::string& path) {
    const Hash& hash = hash_or_throw(id);
    const HashKernels& kernels = kernels_or_throw(hash, path);
    const std::size_t count = pairs.size() / (2 * digest_bytes);
    if (pairs.size() % (2 * digest_bytes)) throw nb::value_error("pairs: want pairs of digests");
    auto [children, children_array] = new_bytes(pairs.size());
    auto [out, array] = new_bytes(count * digest_bytes);
    nb::gil_scoped_release release;
    hash.from_canonical(pairs.data(), 2 * count, children);
    kernels.compress_pairs(children, count, out);
    hash.to_canonical(out, count, out);
    return array;
}

OwnedBytes columns_hashed(const std::string& id, const Columns& columns, std::size_t row, const std::string& path) {
    const Hash& hash = hash_or_throw(id);
    const HashKernels& kernels = kernels_or_throw(hash, path);
    if (hash.unit_bytes != 1 && hash.unit_bytes != sizeof(std::uint64_t))
        throw nb::value_error("hash: it takes elements of another field than Goldilocks");
    const std::size_t length = columns.shape(0), height = columns.shape(1);
    if (row > height) throw nb::value_error("row: want one of the columns'");
    std::vector<const std::uint64_t*> starts;
    for (std::size_t k = 0; k < length; ++k) starts.push_back(columns.data() + k * height);
    auto [out, array] = new_bytes((height - row) * digest_bytes);
    nb::gil_scoped_release release;
    hash_columns(hash, kernels, starts.data(), length, row, height - row, row, out, digest_bytes);
    hash.to_canonical(out, height - row, out);
    return array;
}

std::vector<std::string> paths(const std::string& id) {
    std::vector<std::string> found;
    for (const char* path : {"portable", "avx2", "sha", "avx512"})
        if (kernels_on(hash_or_throw(id), path)) found.emplace_back(path);
    return found;
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
    module.def("hash_many", &hash_many, nb::arg("hash"), nb::arg("messages"), nb::arg("count"),
               nb::arg("path") = "",
               "Digests of `count` messages of one length, by the path in use or the one named.");
    module.def("hash_columns", &columns_hashed, nb::arg("hash"), nb::arg("columns"), nb::arg("row"),
               nb::arg("path") = "", "Digests of the messages across columns of 64-bit words, from a row on.");
    module.def("hash_compress_pairs", &compress_pairs, nb::arg("hash"), nb::arg("pairs"), nb::arg("path") = "",
               "Compress each pair of canonical digests, by the path in use or the one named.");
    module.def("hash_paths", &paths, nb::arg("hash"),
               "The paths of this hash that this machine can run: portable, avx2, sha, avx512.");
    module.def("hash_permute", &permute, nb::arg("hash"), nb::arg("state"),
               "Permute one canonical state of an algebraic hash.");
    module.def("hash_isa", [](const std::string& id) {
        return std::string(choose_kernels(hash_or_throw(id)).isa);
    }, nb::arg("hash"), "The instruction set that this hash uses at the level now allowed.");
}

}  // namespace zkmark
