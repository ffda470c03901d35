#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cstddef>
#include <string>

#include "kernels/hashes/cpu/hash_arrays.hpp"
#include "kernels/merkle/cpu/tree.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

constexpr unsigned largest_log_size = 40;

void build(MerkleTree& tree, const Bytes& leaves) {
    const std::size_t leaf_count = std::size_t(1) << tree.log_size();
    const std::size_t unit = tree.hash().unit_bytes;
    if (leaves.size() % (leaf_count * unit))
        throw nb::value_error("leaves: want whole leaves of equal width");
    const std::size_t units = leaves.size() / leaf_count / unit;
    nb::gil_scoped_release release;
    tree.build(leaves.data(), units);
}

OwnedBytes layer(const MerkleTree& tree, unsigned level) {
    if (level > tree.log_size()) throw nb::index_error("level: above the root");
    auto [out, array] = new_bytes((std::size_t(1) << (tree.log_size() - level)) * digest_bytes);
    tree.write_layer(level, out);
    return array;
}

OwnedBytes path(const MerkleTree& tree, std::size_t index) {
    if (index >> tree.log_size()) throw nb::index_error("index: past the last leaf");
    auto [out, array] = new_bytes(tree.log_size() * digest_bytes);
    tree.write_path(index, out);
    return array;
}

}  // namespace

void bind_merkle(nb::module_& module) {
    nb::class_<MerkleTree>(module, "MerkleTree",
                           "A Merkle tree of 2^log_size leaves; arrays in and out are canonical bytes.")
        .def("__init__", [](MerkleTree* self, const std::string& id, unsigned log_size) {
            const Hash& hash = hash_or_throw(id);
            if (log_size > largest_log_size) throw nb::value_error("log_size: too large");
            new (self) MerkleTree(hash, log_size);
        }, nb::arg("hash"), nb::arg("log_size"))
        .def("build", &build, nb::arg("leaves"), "Hash the leaves and all layers above them.")
        .def("layer", &layer, nb::arg("level"), "Digests of a layer; 0 is that of the leaves.")
        .def("root", [](const MerkleTree& tree) { return layer(tree, tree.log_size()); },
             "The root's digest.")
        .def("path", &path, nb::arg("index"), "The siblings from a leaf up to below the root.");
}

}  // namespace zkmark
