// Expression programs over columns: a tile of rows after the other, an instruction at a time.
//
// Cost at a row: the program's multiplications, of which those by constants in sums take half (tile_plan.cpp), its
// additions (a third of a multiplication, a fifth where a term is known to be canonical), and one copy of every column
// that is loaded, 8 bytes. Copies are what makes a tile's rows contiguous, the next row and lifted columns included,
// and what keeps them in the cache: columns lie a power of two apart, so that tiles of more than 8 of them would
// evict each other where they are. Deciding what an instruction does is shared by a tile's rows.
//
// Floor: multiplications at the speed of kernels that do nothing else, 0.79 ns each with AVX2 (Zen 2, one thread).
// Measured against that, 8192 rows of 2 blocks: a virtual machine's quotient of 564 multiplications and 227 other
// instructions takes 1.14 times as long (1.3 without sums that are reduced at their end), one of random instructions,
// a third of them additions, 1.5 times.
//
// Registers hold any words congruent to their elements. A sum of two costs less when one of them is known to be
// canonical, as loads and constants are; they are made canonical where they are stored, and only there.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/stark/cpu/tile_plan.hpp"
#include "kernels/stark/cpu/vectors.hpp"

namespace zkmark::stark {
namespace {

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
    const TilePlan plan = plan_tiles(program, sources, constants, out.blocks, out.height, lanes);
    const TileProgram tile_program = plan.program();
    const std::size_t tiles = out.height / plan.rows;

    parallel_for(out.blocks * tiles, 1, [&](std::size_t begin, std::size_t end) {
        auto* const memory =
            static_cast<std::uint64_t*>(ntt::thread_scratch(plan.words * sizeof(std::uint64_t)));
        std::vector<std::uint64_t*> outputs(program.outputs);
        for (std::size_t i = 0; i < program.constants; ++i) std::fill_n(memory + i * lanes, lanes, constants[i]);
        std::size_t last_block = out.blocks;
        for (std::size_t task = begin; task < end; ++task) {
            const std::size_t block = task / tiles, row = task % tiles * plan.rows;
            if (block != last_block)
                for (std::size_t i = 0; i < program.block_constants; ++i)
                    std::fill_n(memory + plan.block_scalars + i * lanes, lanes,
                                block_constants[i * out.blocks + block]);
            last_block = block;
            for (const Copy& copy : plan.copies)
                copy_cyclic(copy.source->column(copy.column, block * copy.block_step), copy.source->height, row,
                            memory + copy.place, plan.rows + copy.next);
            for (std::size_t i = 0; i < program.outputs; ++i) outputs[i] = out.column(i, block) + row;
            kernels.run(tile_program, memory, plan.rows, outputs.data());
        }
    });
}

}  // namespace zkmark::stark
