// What Python sees of a STARK's kernels on the CPU: transforms over columns, commitments to their rows, grinding.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/hashes/cpu/hash_arrays.hpp"
#include "kernels/stark/cpu/grinding.hpp"
#include "kernels/stark/cpu/openings.hpp"
#include "kernels/stark/cpu/recycling.hpp"
#include "kernels/stark/cpu/trees.hpp"
#include "kernels/stark/cpu/transforms.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Words = nb::ndarray<const std::uint64_t, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<const std::uint64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using OwnedWords = nb::ndarray<nb::numpy, std::uint64_t, nb::ndim<1>>;
using OwnedRows = nb::ndarray<nb::numpy, std::uint64_t, nb::ndim<2>>;
using WordsOut = nb::ndarray<std::uint64_t, nb::c_contig, nb::device::cpu>;

// The callers of this module validate; what is checked here only keeps a mistake there from touching foreign memory.
unsigned log_height(std::size_t height) {
    if (!std::has_single_bit(height) || height > std::size_t(1) << 32)
        throw nb::value_error("height: want a power of two, at most 2^32");
    return static_cast<unsigned>(std::countr_zero(height));
}

OwnedWords memory(std::size_t words) {
    auto block = std::make_unique<stark::RecycledBytes>(stark::recycled_bytes(words * sizeof(std::uint64_t)));
    auto* data = reinterpret_cast<std::uint64_t*>(block->get());
    nb::capsule owner(block.get(), [](void* p) noexcept { delete static_cast<stark::RecycledBytes*>(p); });
    block.release();
    return OwnedWords(data, {words}, owner);
}

void interpolate(const Words& values, const WordsOut& out, std::size_t blocks, std::size_t height,
                 const std::vector<std::uint64_t>& shifts) {
    const unsigned log = log_height(height);
    if (!blocks || values.size() % (blocks * height) || out.size() != values.size() ||
        (!shifts.empty() && shifts.size() != blocks))
        throw nb::value_error("values, out, shifts: sizes do not fit together");
    nb::gil_scoped_release release;
    stark::interpolate(values.data(), out.data(), values.size() / (blocks * height), blocks, log, shifts);
}

void extend(const Words& coefficients, const WordsOut& out, std::size_t height,
            const std::vector<std::uint64_t>& shifts) {
    const unsigned log = log_height(height);
    if (coefficients.size() % height || out.size() != coefficients.size() * shifts.size())
        throw nb::value_error("coefficients, out, shifts: sizes do not fit together");
    nb::gil_scoped_release release;
    stark::extend(coefficients.data(), out.data(), coefficients.size() / height, log, shifts);
}

const Hash& tree_hash_or_throw(const std::string& id) {
    const Hash& hash = hash_or_throw(id);
    if (hash.unit_bytes != 1 && hash.unit_bytes != sizeof(std::uint64_t))
        throw nb::value_error("hash: it takes elements of another field than Goldilocks");
    return hash;
}

// Ascending distinct leaves below `leaves`.
void check_indices(const Indices& indices, std::size_t leaves) {
    const std::int64_t *first = indices.data(), *last = first + indices.size();
    if (first == last) return;
    if (std::adjacent_find(first, last, std::greater_equal<>()) != last || *first < 0 ||
        static_cast<std::size_t>(last[-1]) >= leaves)
        throw nb::value_error("indices: want ascending distinct leaves of the tree");
}

// A tree, and the arrays that it reads when it is opened.
class Commitment {
public:
    Commitment(const std::string& id, std::vector<Words> arrays, const std::vector<std::size_t>& counts,
               const std::vector<std::size_t>& ways, const std::vector<std::size_t>& heights, std::size_t blocks)
        : arrays_(std::move(arrays)) {
        const Hash& hash = tree_hash_or_throw(id);
        const std::size_t matrices = arrays_.size();
        if (!matrices || counts.size() != matrices || ways.size() != matrices || heights.size() != matrices)
            throw nb::value_error("matrices: want one at least, and a count, ways and a height for each");
        log_height(blocks);
        std::vector<stark::Matrix> made;
        for (std::size_t m = 0; m < matrices; ++m) {
            if (!ways[m] || counts[m] % ways[m] || arrays_[m].size() != counts[m] * blocks * heights[m])
                throw nb::value_error("matrices: one's array does not have the size that it should");
            made.push_back({arrays_[m].data(), counts[m], ways[m], log_height(heights[m])});
        }
        nb::gil_scoped_release release;
        tree_ = std::make_unique<stark::Tree>(hash, std::move(made), blocks);
    }

    OwnedBytes root() const {
        auto [out, array] = new_bytes(digest_bytes);
        tree_->write_root(out);
        return array;
    }

    std::pair<std::vector<OwnedRows>, OwnedBytes> open(const Indices& indices) const {
        check_indices(indices, tree_->leaves());
        const std::size_t count = indices.size();
        std::vector<OwnedRows> rows;
        for (std::size_t m = 0; m < arrays_.size(); ++m) {
            const std::size_t columns = tree_->matrices()[m].count;
            auto* words = new std::uint64_t[count * columns + 1];
            nb::capsule owner(words, [](void* p) noexcept { delete[] static_cast<std::uint64_t*>(p); });
            tree_->write_rows(m, indices.data(), count, words);
            rows.emplace_back(words, std::initializer_list<std::size_t>{count, columns}, owner);
        }
        const std::vector<std::uint8_t> siblings = tree_->siblings(indices.data(), count);
        auto [out, array] = new_bytes(siblings.size());
        std::copy(siblings.begin(), siblings.end(), out);
        return {std::move(rows), array};
    }

private:
    std::vector<Words> arrays_;
    std::unique_ptr<stark::Tree> tree_;
};

// Heights of the matrices, indices, rows of each matrix, siblings, root.
using Opened = std::tuple<std::vector<std::size_t>, Indices, std::vector<Rows>, Bytes, Bytes>;

std::vector<bool> verify_openings(const std::string& id, std::size_t blocks, const std::vector<Opened>& openings) {
    const Hash& hash = tree_hash_or_throw(id);
    log_height(blocks);
    std::vector<stark::Opened> read;
    for (const auto& [heights, indices, rows, siblings, root] : openings) {
        if (heights.empty() || rows.size() != heights.size() || root.size() != digest_bytes)
            throw nb::value_error("heights, rows, root: want one matrix at least, rows for each, and one digest");
        check_indices(indices, blocks * *std::max_element(heights.begin(), heights.end()));
        stark::Opened one{{}, indices.data(), indices.size(), siblings.data(), siblings.size(), root.data()};
        for (std::size_t m = 0; m < rows.size(); ++m)
            one.matrices.push_back({rows[m].data(), rows[m].shape(0), rows[m].shape(1), log_height(heights[m])});
        read.push_back(std::move(one));
    }
    nb::gil_scoped_release release;
    return stark::verify_openings(hash, blocks, read);
}

std::uint64_t grind(const std::string& id, const Bytes& seed, unsigned bits) {
    const Hash& hash = tree_hash_or_throw(id);
    std::uint64_t words[4];
    if (seed.size() != sizeof words || bits >= 64) throw nb::value_error("seed, bits: want 32 bytes and less than 64");
    std::memcpy(words, seed.data(), sizeof words);
    nb::gil_scoped_release release;
    return stark::grind(hash, words, bits);
}

}  // namespace

void bind_stark(nb::module_& module) {
    module.def("stark_memory", &memory, nb::arg("words"),
               "So many words of 64 bits, not initialised, from a cache line on; recycled when they are freed.");
    module.def("stark_interpolate", &interpolate, nb::arg("values"), nb::arg("out"), nb::arg("blocks"),
               nb::arg("height"), nb::arg("shifts"),
               "From values [count, blocks, height] to coefficients; a shift a block, or none.");
    module.def("stark_extend", &extend, nb::arg("coefficients"), nb::arg("out"), nb::arg("height"),
               nb::arg("shifts"), "From coefficients [count, height] to values [count, shifts, height].");
    nb::class_<Commitment>(module, "StarkTree", "A Merkle tree over the rows of matrices of several heights.")
        .def(nb::init<const std::string&, std::vector<Words>, const std::vector<std::size_t>&,
                      const std::vector<std::size_t>&, const std::vector<std::size_t>&, std::size_t>(),
             nb::arg("hash"), nb::arg("arrays"), nb::arg("counts"), nb::arg("ways"), nb::arg("heights"),
             nb::arg("blocks"), "Hash arrays [count / ways, blocks, ways, height] and all layers above.")
        .def("root", &Commitment::root, "The root's 32 canonical bytes.")
        .def("open", &Commitment::open, nb::arg("indices"),
             "The rows of each matrix and the siblings that are missing, as bytes one after another.");
    module.def("stark_verify_openings", &verify_openings, nb::arg("hash"), nb::arg("blocks"), nb::arg("openings"),
               "For each of (heights, indices, rows, siblings, root), of trees of as many blocks, whether opened rows and\n"
               "siblings, all of them used, make the root.");
    module.def("stark_grind", &grind, nb::arg("hash"), nb::arg("seed"), nb::arg("bits"),
               "The least nonce whose digest with the seed has so many low bits of zero in its first word.");
}

}  // namespace zkmark
