// Expression programs over columns: a tile of rows after the other, an instruction at a time.
//
// Cost at a row: the program's multiplications, which are the floor, its additions, and one copy of every column that
// is loaded (8 bytes read, the other floor: memory). Copies are what makes a tile's rows contiguous, the next row and
// lifted columns included, and what keeps them in the cache: columns lie a power of two apart, so that tiles of more
// than 8 of them would evict each other where they are. Deciding what an instruction does costs 10 to 20 ns, which
// tiles of some hundred rows share; tiles are as long as a second-level cache allows.
//
// Registers hold any words congruent to their elements. A sum of two costs less when one of them is known to be
// canonical, as loads and constants are; they are made canonical where they are stored, and only there.
#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"
#include "kernels/stark/cpu/vectors.hpp"

namespace zkmark::stark {
namespace {

// A tile's memory should leave room in a second-level cache of 512 KiB or more.
constexpr std::size_t tile_words = 64 * 1024, least_rows = 32, most_rows = 256;

struct Copy {
    const Matrix* source;
    std::size_t column, block_step;
    bool next;  // one row more
    std::uint32_t place;
};

// A program laid out for a tile of `rows`: scalars, each as a vector of copies; registers; columns.
struct Layout {
    std::size_t rows, stride, words;
    std::uint32_t scalars, block_scalars;  // places of constants and block constants
    std::vector<Copy> copies;
    std::vector<Step> steps;
};

class Planner {
public:
    Planner(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
            const MatrixOut& out, std::size_t lanes)
        : program_(program), constants_(constants), lanes_(lanes) {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> known;
        for (const Load& load : program.loads) {
            const auto [found, fresh] = known.try_emplace({load.source, load.column}, layout_.copies.size());
            if (fresh) {
                const Matrix& source = sources[load.source];
                layout_.copies.push_back({&source, load.column, source.blocks / out.blocks, false, 0});
            }
            layout_.copies[found->second].next |= load.next;
            copy_of_load_.push_back(found->second);
        }
        const std::size_t arrays = program.registers + layout_.copies.size();
        layout_.rows = most_rows;
        while (layout_.rows > least_rows && arrays * layout_.rows > tile_words) layout_.rows /= 2;
        layout_.rows = std::min(layout_.rows, out.height);
        // Room for the next row, and arrays that do not all begin at the same place of the cache.
        layout_.stride = (layout_.rows + 8) / 8 * 8 + 8;
        layout_.scalars = 0;
        layout_.block_scalars = static_cast<std::uint32_t>(program.constants * lanes);
        registers_ = ((program.constants + program.block_constants) * lanes + 7) / 8 * 8;
        columns_ = registers_ + program.registers * layout_.stride;
        layout_.words = columns_ + layout_.copies.size() * layout_.stride;
        if (layout_.words >> 32) throw std::invalid_argument("program: needs too many registers and columns");
        for (std::size_t i = 0; i < layout_.copies.size(); ++i)
            layout_.copies[i].place = static_cast<std::uint32_t>(columns_ + i * layout_.stride);
    
        for (const Instruction& instruction : program.code) plan(instruction);
    }

    Layout take() { return std::move(layout_); }

private:
    struct Place {
        std::uint32_t offset;
        std::uint8_t step;
    };

    Place place(const Operand& operand) const {
        switch (operand.kind) {
            case OperandKind::register_:
                return {static_cast<std::uint32_t>(registers_ + operand.index * layout_.stride), 1};
            case OperandKind::load:
                return {layout_.copies[copy_of_load_[operand.index]].place +
                            static_cast<std::uint32_t>(program_.loads[operand.index].next),
                        1};
            case OperandKind::constant:
                return {static_cast<std::uint32_t>(layout_.scalars + operand.index * lanes_), 0};
            default: return {static_cast<std::uint32_t>(layout_.block_scalars + operand.index * lanes_), 0};
        }
    }

    bool is_canonical(const Operand& operand) const { return operand.kind != OperandKind::register_; }
    bool is_small(const Operand& operand) const {
        return operand.kind == OperandKind::constant && constants_[operand.index] >> 32 == 0;
    }
    std::uint32_t small(const Operand& operand) const {
        return static_cast<std::uint32_t>(constants_[operand.index]);
    }

    void plan(const Instruction& instruction) {
        Operand a = instruction.a, b = instruction.b;
        const Operand& c = instruction.c;
        const std::uint32_t target = place({OperandKind::register_, instruction.target}).offset;
        const auto emit = [&](Code code, Place x, Place y = {}, Place z = {}) {
            layout_.steps.push_back({code, x.step, y.step, z.step, target, x.offset, y.offset, z.offset});
        };
        switch (instruction.operation) {
            case Operation::add:
                if (is_canonical(a)) std::swap(a, b);
                emit(is_canonical(b) ? Code::add : Code::add_any, place(a), place(b));
                break;
            case Operation::subtract:
                emit(is_canonical(b) ? Code::subtract : Code::subtract_any, place(a), place(b));
                break;
            case Operation::multiply:
                if (is_small(a)) std::swap(a, b);
                if (is_small(b)) {
                    emit(Code::multiply_small, place(a), {small(b), 0});
                } else if (a.kind == b.kind && a.index == b.index) {
                    emit(Code::square, place(a));
                } else {
                    emit(Code::multiply, place(a), place(b));
                }
                break;
            case Operation::multiply_add:
                if (is_small(a)) std::swap(a, b);
                if (is_small(b)) {
                    emit(Code::multiply_small_add, place(a), place(c), {small(b), 0});
                } else {
                    emit(Code::multiply_add, place(a), place(b), place(c));
                }
                break;
            case Operation::store:
                emit(Code::store, place(a));
                layout_.steps.back().target = instruction.target;
                break;
        }
    }

    const Program& program_;
    const std::uint64_t* constants_;
    std::size_t lanes_, registers_ = 0, columns_ = 0;
    std::vector<std::size_t> copy_of_load_;
    Layout layout_{};
};

void check(const Program& program, const std::vector<Matrix>& sources, const MatrixOut& out) {
    if (out.count != program.outputs) throw std::invalid_argument("program: not as many columns as outputs");
    for (std::size_t i = 0; i < program.loads.size(); ++i) {
        const Load& load = program.loads[i];
        const std::string name = "program: load " + std::to_string(i);
        if (load.source >= sources.size())
            throw std::invalid_argument(name + " is of source " + std::to_string(load.source) + " of " +
                                        std::to_string(sources.size()));
        if (load.column >= sources[load.source].count)
            throw std::invalid_argument(name + " is of column " + std::to_string(load.column) + " of " +
                                        std::to_string(sources[load.source].count));
    }
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (sources[i].blocks % out.blocks || sources[i].height > out.height)
            throw std::invalid_argument("sources: source " + std::to_string(i) + " has " +
                                        std::to_string(sources[i].blocks) + " blocks of " +
                                        std::to_string(sources[i].height) + " rows, want a multiple of " +
                                        std::to_string(out.blocks) + " and at most " + std::to_string(out.height));
    }
}

}  // namespace

void run_program(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
                 const std::uint64_t* block_constants, const MatrixOut& out) {
    check(program, sources, out);
    const VectorKernels& kernels = vector_kernels(out.height);
    const std::size_t lanes = kernels.lanes;
    const Layout layout = Planner(program, sources, constants, out, lanes).take();
    const std::size_t tiles = out.height / layout.rows;

    parallel_for(out.blocks * tiles, 1, [&](std::size_t begin, std::size_t end) {
        auto* const memory = static_cast<std::uint64_t*>(
            ntt::thread_scratch((layout.words + program.outputs) * sizeof(std::uint64_t)));
        auto* const outputs = reinterpret_cast<std::uint64_t**>(memory + layout.words);
        for (std::size_t i = 0; i < program.constants; ++i)
            std::fill_n(memory + layout.scalars + i * lanes, lanes, constants[i]);
        std::size_t last_block = out.blocks;
        for (std::size_t task = begin; task < end; ++task) {
            const std::size_t block = task / tiles, row = task % tiles * layout.rows;
            if (block != last_block)
                for (std::size_t i = 0; i < program.block_constants; ++i)
                    std::fill_n(memory + layout.block_scalars + i * lanes, lanes,
                                block_constants[i * out.blocks + block]);
            last_block = block;
            for (const Copy& copy : layout.copies)
                copy_cyclic(copy.source->column(copy.column, block * copy.block_step), copy.source->height, row,
                            memory + copy.place, layout.rows + copy.next);
            for (std::size_t i = 0; i < program.outputs; ++i) outputs[i] = out.column(i, block) + row;
            kernels.run(layout.steps.data(), layout.steps.size(), memory, layout.rows, outputs);
        }
    });
}

}  // namespace zkmark::stark
