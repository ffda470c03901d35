// What Python sees of the stack machine: a run, and the filling of its tables.
//
// Python allocates the tables, so that they are NumPy's; shapes are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "kernels/fields/cpu/goldilocks.hpp"
#include "provers/stackvm/cpu/trace.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Columns = nb::ndarray<std::uint64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Values = nb::ndarray<const std::uint64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<const std::uint64_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void require_elements(const char* message, const std::uint64_t* begin, const std::uint64_t* end) {
    if (std::any_of(begin, end, [](std::uint64_t value) { return value >= Goldilocks::modulus; }))
        throw nb::value_error(message);
}

class StackvmRun {
public:
    StackvmRun(const Rows& rows, const Values& inputs, const Values& advice, std::uint64_t max_cycles) {
        if (rows.shape(0) != 4 || rows.shape(1) < 2) throw nb::value_error("program: want 4 columns of 2 rows or more");
        if (inputs.size() != stackvm::stack_size) throw nb::value_error("inputs: want 16 of them");
        if (max_cycles >> 31) throw nb::value_error("max_cycles: want less than 2^31");
        table_.assign(rows.data(), rows.data() + rows.size());
        require_elements("inputs: want elements of the field", inputs.data(), inputs.data() + inputs.size());
        require_elements("advice: want elements of the field", advice.data(), advice.data() + advice.size());
        require_elements("program: want elements of the field", table_.data(), table_.data() + table_.size());
        program_.rows = stackvm::decoded(table_.data(), rows.shape(1));
        std::copy(inputs.data(), inputs.data() + inputs.size(), program_.inputs.begin());
        program_.advice.assign(advice.data(), advice.data() + advice.size());
        nb::gil_scoped_release release;
        result_ = stackvm::run(program_, max_cycles, nullptr);
    }

    const stackvm::Result& result() const { return result_; }

    nb::list outputs() const {
        nb::list list;
        for (const std::uint64_t value : result_.outputs) list.append(value);
        return list;
    }

    void fill(const Columns& processor, const Columns& program, const Columns& memory, const Columns& u32,
              const Columns& product, const Columns& bitwise, const Columns& bytes) const {
        using namespace stackvm;
        if (result_.failure != Failure::none) throw nb::value_error("fill: want a run that came to its end");
        Tables tables;
        const bool alone = bytes.shape(1) == 0;
        tables.processor =
            table(processor, alone ? processor_alone_columns : processor_columns, result_.cycles + 1);
        tables.program = table(program, program_columns, program_.rows.size());
        tables.memory = table(memory, memory_columns, result_.accesses ? result_.accesses + 2 : 0);
        tables.u32 = table(u32, u32_columns, result_.u32_rows);
        tables.product = table(product, product_columns, result_.product_rows);
        tables.bitwise = table(bitwise, bitwise_columns, result_.bitwise_rows);
        tables.bytes = table(bytes, bytes_columns, bytes.shape(1) ? 256 : 0);
        if (tables.bytes.height > 256) throw nb::value_error("bytes: want 256 rows");
        nb::gil_scoped_release release;
        stackvm::fill(program_, table_.data(), result_, tables);
    }

private:
    // A table without rows where none are wanted, otherwise one with room for them.
    static stackvm::Table table(const Columns& array, std::size_t columns, std::size_t rows) {
        const std::size_t height = array.shape(1);
        if (rows == 0 && height == 0) return {};
        if (array.shape(0) != columns || rows == 0 || height < rows || !std::has_single_bit(height))
            throw nb::value_error("tables: want each with all its columns, and rows as many as it needs");
        return {array.data(), height, columns};
    }

    std::vector<std::uint64_t> table_;
    stackvm::Program program_;
    stackvm::Result result_;
};

}  // namespace

void bind_stackvm(nb::module_& module) {
    nb::class_<StackvmRun>(module, "StackvmRun",
                           "A run of a stack machine's program (uint64[4, rows]), to its end or its failure.")
        .def(nb::init<const Rows&, const Values&, const Values&, std::uint64_t>(), nb::arg("program"),
             nb::arg("inputs"), nb::arg("advice"), nb::arg("max_cycles"))
        .def_prop_ro("failure", [](const StackvmRun& run) { return unsigned(run.result().failure); })
        .def_prop_ro("pc", [](const StackvmRun& run) { return run.result().pc; })
        .def_prop_ro("cycles", [](const StackvmRun& run) { return run.result().cycles; })
        .def_prop_ro("operands",
                     [](const StackvmRun& run) { return nb::make_tuple(run.result().a, run.result().b); })
        .def_prop_ro("outputs", &StackvmRun::outputs)
        .def_prop_ro("accesses", [](const StackvmRun& run) { return run.result().accesses; })
        .def_prop_ro("u32_rows", [](const StackvmRun& run) { return run.result().u32_rows; })
        .def_prop_ro("product_rows", [](const StackvmRun& run) { return run.result().product_rows; })
        .def_prop_ro("bitwise_rows", [](const StackvmRun& run) { return run.result().bitwise_rows; })
        .def("fill", &StackvmRun::fill, nb::arg("processor"), nb::arg("program"), nb::arg("memory"), nb::arg("u32"),
             nb::arg("product"), nb::arg("bitwise"), nb::arg("bytes"),
             "Fill in the tables of the run: uint64[columns, height], without rows where it does not need them.");
}

}  // namespace zkmark
