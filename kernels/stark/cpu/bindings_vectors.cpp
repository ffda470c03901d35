// What Python sees of a STARK's kernels on the CPU: programs over columns, and sums, quotients and folds of columns.
//
// Columns are arrays [count / ways, blocks, ways, height]. Shapes that would lead to foreign memory are refused here
// and in what is called; what values mean is checked in kernels/stark/cpu/vectors.py.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <bit>
#include <tuple>
#include <vector>

#include "kernels/stark/cpu/vectors.hpp"
#include "kernels/stark/cpu/verifier.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using nb::arg;
using Columns = nb::ndarray<const std::uint64_t, nb::ndim<4>, nb::c_contig, nb::device::cpu>;
using ColumnsOut = nb::ndarray<std::uint64_t, nb::ndim<4>, nb::c_contig, nb::device::cpu>;
using Words = nb::ndarray<const std::uint64_t, nb::c_contig, nb::device::cpu>;
using WordsOut = nb::ndarray<std::uint64_t, nb::c_contig, nb::device::cpu>;
using Codes = nb::ndarray<const std::uint32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void require(bool condition, const char* message) {
    if (!condition) throw std::invalid_argument(message);
}

void require_degree(unsigned degree) { require(degree == 2 || degree == 3, "degree: want 2 or 3"); }

template <class Matrix, class Array>
Matrix matrix_of(const Array& array) {
    Matrix matrix{array.data(), array.shape(0) * array.shape(2), array.shape(1), array.shape(3), array.shape(2)};
    require(matrix.count && matrix.blocks && std::has_single_bit(matrix.blocks) && std::has_single_bit(matrix.height),
            "columns: want at least one, and powers of two of blocks and rows");
    return matrix;
}

std::vector<stark::Matrix> matrices_of(const std::vector<Columns>& arrays) {
    std::vector<stark::Matrix> matrices;
    matrices.reserve(arrays.size());
    for (const Columns& array : arrays) matrices.push_back(matrix_of<stark::Matrix>(array));
    return matrices;
}

void make_program(stark::Program* self, const Codes& code, const Codes& loads, std::size_t registers,
                  std::size_t constants, std::size_t block_constants, std::size_t outputs) {
    require(code.shape(1) == 5, "program: want five words an instruction");
    require(loads.shape(1) == 3, "program: want three words a load");
    new (self) stark::Program(code.data(), code.shape(0), loads.data(), loads.shape(0), registers, constants,
                              block_constants, outputs);
}

void run(const stark::Program& program, const std::vector<Columns>& sources, const Words& constants,
         const Words& block_constants, const ColumnsOut& out) {
    const auto matrices = matrices_of(sources);
    const auto result = matrix_of<stark::MatrixOut>(out);
    require(constants.size() == program.constants, "constants: not as many as the program has");
    require(block_constants.size() == program.block_constants * result.blocks,
            "block_constants: not as many as the program and the blocks have");
    const nb::gil_scoped_release release;
    stark::run_program(program, matrices, constants.data(), block_constants.data(), result);
}

void run_at(const stark::Program& program, unsigned degree, const Words& loads, const Words& constants,
            const Words& block_constants, const WordsOut& out) {
    require(degree >= 1 && degree <= 3, "degree: want 1, 2 or 3");
    require(loads.size() == program.loads.size() * degree, "loads: not as many as the program has");
    const auto is_base = [&](const Words& values, std::size_t count, const char* message) {
        require(values.size() == count || values.size() == count * degree, message);
        return values.size() == count;
    };
    const bool base = is_base(constants, program.constants, "constants: not as many as the program has");
    const bool base_blocks =
        is_base(block_constants, program.block_constants, "block_constants: not as many as the program has");
    require(out.size() == program.outputs * degree, "out: not as many as the program's outputs");
    stark::run_at(program, degree, {loads.data(), constants.data(), block_constants.data(), base, base_blocks},
                  out.data());
}

void evaluate(unsigned degree, const Columns& coefficients, const Words& points, const WordsOut& out) {
    require_degree(degree);
    const auto matrix = matrix_of<stark::Matrix>(coefficients);
    require(points.size() % degree == 0, "points: want extension elements");
    require(out.size() == points.size() * matrix.count, "out: not an element for each point and column");
    const nb::gil_scoped_release release;
    stark::evaluate(degree, matrix, points.data(), points.size() / degree, out.data());
}

void combine(unsigned degree, const std::vector<Columns>& arrays, const Words& weights, const ColumnsOut& out) {
    require_degree(degree);
    const auto matrices = matrices_of(arrays);
    std::size_t count = 0;
    for (const auto& matrix : matrices) count += matrix.count;
    require(weights.size() == count * degree, "weights: not as many extension elements as columns");
    const auto result = matrix_of<stark::MatrixOut>(out);
    const nb::gil_scoped_release release;
    stark::combine(degree, matrices, weights.data(), result);
}

bool fractions(unsigned degree, const Columns& numerators, const Columns& denominators, const ColumnsOut& out,
               const WordsOut& sum) {
    require_degree(degree);
    require(sum.size() == degree, "sum: want one extension element");
    const auto above = matrix_of<stark::Matrix>(numerators), below = matrix_of<stark::Matrix>(denominators);
    const auto result = matrix_of<stark::MatrixOut>(out);
    const nb::gil_scoped_release release;
    return stark::fractions(degree, above, below, result, sum.data());
}

std::vector<std::uint64_t> vector_of(const Words& words) { return {words.data(), words.data() + words.size()}; }

using Term = std::tuple<std::vector<Columns>, Words, Words, Words>;

bool deep(unsigned degree, const std::vector<Term>& terms, const ColumnsOut& out) {
    require_degree(degree);
    std::vector<stark::DeepTerm> native;
    for (const auto& [columns, point, value, weight] : terms)
        native.push_back({matrices_of(columns), vector_of(point), vector_of(value), vector_of(weight)});
    const auto result = matrix_of<stark::MatrixOut>(out);
    const nb::gil_scoped_release release;
    return stark::deep(degree, native, result);
}

using OpenedTerm = std::tuple<std::vector<std::size_t>, Words, Words, Words, Words>;

bool deep_at(unsigned degree, const Words& x, const std::vector<Words>& rows, const std::vector<OpenedTerm>& terms,
             const WordsOut& out) {
    require_degree(degree);
    const std::size_t queries = x.size();
    require(out.size() == queries * degree, "out: not an extension element for each query");
    std::vector<stark::QueriedRows> opened;
    for (const Words& matrix : rows) {
        require(matrix.ndim() == 2 && matrix.shape(0) == queries, "rows: want one of each matrix for each query");
        opened.push_back({matrix.data(), matrix.shape(1)});
    }
    std::vector<stark::OpenedTerm> native;
    for (const auto& [matrices, weights, point, value, weight] : terms) {
        std::size_t columns = 0;
        for (const std::size_t m : matrices) {
            require(m < opened.size(), "terms: want indices of matrices");
            columns += opened[m].columns;
        }
        require(weights.size() == columns * degree, "terms: want a weight for each column");
        require(point.size() == degree && value.size() == degree && weight.size() == degree,
                "terms: want extension elements");
        native.push_back({matrices, weights.data(), point.data(), value.data(), weight.data()});
    }
    return stark::deep_at(degree, x.data(), queries, opened, native, out.data());
}

void fold(unsigned degree, const Columns& column, std::size_t ways, const Words& challenge, const ColumnsOut& out) {
    require_degree(degree);
    require(challenge.size() == degree, "challenge: want one extension element");
    const auto matrix = matrix_of<stark::Matrix>(column);
    const auto result = matrix_of<stark::MatrixOut>(out);
    const nb::gil_scoped_release release;
    stark::fold(degree, matrix, ways, challenge.data(), result);
}

void fold_at(unsigned degree, const Words& x, const Words& values, const Words& challenge, const WordsOut& out) {
    require_degree(degree);
    require(values.ndim() == 3 && values.shape(0) == x.size() && values.shape(2) == degree,
            "values: want [queries, ways, degree]");
    const std::size_t ways = values.shape(1);
    require(std::has_single_bit(ways) && ways <= 1 << 16, "ways: want a power of two of at most 2^16");
    require(challenge.size() == degree && out.size() == x.size() * degree, "out: want [queries, degree]");
    stark::fold_at(degree, x.data(), x.size(), ways, values.data(), challenge.data(), out.data());
}

}  // namespace

void bind_stark_vectors(nb::module_& module) {
    nb::class_<stark::Program>(module, "StarkProgram", "An expression program, checked.")
        .def("__init__", &make_program, arg("code"), arg("loads"), arg("registers"), arg("constants"),
             arg("block_constants"), arg("outputs"))
        .def("run", &run, arg("sources"), arg("constants"), arg("block_constants"), arg("out"))
        .def("run_at", &run_at, arg("degree"), arg("loads"), arg("constants"), arg("block_constants"), arg("out"));
    module.def("stark_evaluate", &evaluate, arg("degree"), arg("coefficients"), arg("points"), arg("out"));
    module.def("stark_combine", &combine, arg("degree"), arg("matrices"), arg("weights"), arg("out"));
    module.def("stark_fractions", &fractions, arg("degree"), arg("numerators"), arg("denominators"), arg("out"),
               arg("sum"), "False if a denominator is zero.");
    module.def("stark_deep", &deep, arg("degree"), arg("terms"), arg("out"), "False if a point is in the domain.");
    module.def("stark_fold", &fold, arg("degree"), arg("columns"), arg("ways"), arg("challenge"), arg("out"));
    module.def("stark_deep_at", &deep_at, arg("degree"), arg("x"), arg("rows"), arg("terms"), arg("out"),
               "False if an x is a point.");
    module.def("stark_fold_at", &fold_at, arg("degree"), arg("x"), arg("values"), arg("challenge"), arg("out"));
}

}  // namespace zkmark
