// A program on a tile of rows, an instruction after the other: the inner loops of run.cpp.
#pragma once

#include "kernels/stark/cpu/lanes.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"

namespace zkmark::stark {
inline namespace ZKMARK_ISA_NAMESPACE {

// body(a, b, c) for every vector of rows; the result goes to `target`.
template <unsigned operands, class Body>
ZKMARK_ALWAYS_INLINE void map_rows(const Step& step, const std::uint64_t* memory, std::size_t rows,
                                   std::uint64_t* target, Body body) {
    const std::uint64_t* a = memory + step.a;
    const std::uint64_t* b = memory + step.b;
    const std::uint64_t* c = memory + step.c;
    const std::size_t a_step = step.a_step * Lanes::count, b_step = step.b_step * Lanes::count,
                      c_step = step.c_step * Lanes::count;
#pragma GCC unroll 2
    for (std::size_t i = 0; i < rows; i += Lanes::count, a += a_step, b += b_step, c += c_step) {
        if constexpr (operands == 1) {
            body(Lanes::load(a)).store(target + i);
        } else if constexpr (operands == 2) {
            body(Lanes::load(a), Lanes::load(b)).store(target + i);
        } else {
            body(Lanes::load(a), Lanes::load(b), Lanes::load(c)).store(target + i);
        }
    }
}

template <unsigned sums>
void add_terms(const SumStep& step, const TileProgram& program, std::uint64_t* memory, std::size_t rows) {
    constexpr std::size_t words = ProductSum::words * Lanes::count;
    std::uint64_t* partial = memory + step.partial;
    const std::uint32_t* const terms = program.terms + step.first_term;
    for (std::size_t i = 0; i < rows; i += Lanes::count, partial += sums * words) {
        ProductSum sum[sums];
        for (unsigned j = 0; j < sums; ++j) {
            if (!step.first) {
                sum[j] = ProductSum::load(partial + j * words);
            } else if (step.has_addend[j]) {
                sum[j].add(Lanes::load(memory + step.addends[j] + step.addend_steps[j] * i));
            }
        }
        const std::uint64_t* factors = program.factors + step.first_factor;
        for (std::uint32_t k = 0; k < step.terms; ++k, factors += 4 * sums) {
            const auto value = ProductSum::split(Lanes::load(memory + terms[k] + i));
            for (unsigned j = 0; j < sums; ++j) sum[j].add(value, Factor::broadcast(factors + 4 * j));
        }
        for (unsigned j = 0; j < sums; ++j) {
            if (step.last) {
                sum[j].sum().store(memory + step.targets[j] + i);
            } else {
                sum[j].store(partial + j * words);
            }
        }
    }
}

inline void run_tile(const TileProgram& program, std::uint64_t* memory, std::size_t rows,
                     std::uint64_t* const* outputs) {
    for (const Step* at = program.steps; at != program.steps + program.count; ++at) {
        const Step& step = *at;
        if (step.code == Code::sum) {
            const SumStep& sum = program.sums[step.target];
            if (sum.sums == 1) add_terms<1>(sum, program, memory, rows);
            if (sum.sums == 2) add_terms<2>(sum, program, memory, rows);
            if (sum.sums == 3) add_terms<3>(sum, program, memory, rows);
            continue;
        }
        std::uint64_t* const target = memory + step.target;
        switch (step.code) {
            case Code::add:
                map_rows<2>(step, memory, rows, target, [](Lanes a, Lanes b) { return a.plus_canonical(b); });
                break;
            case Code::add_any:
                map_rows<2>(step, memory, rows, target, [](Lanes a, Lanes b) { return a + b; });
                break;
            case Code::subtract:
                map_rows<2>(step, memory, rows, target, [](Lanes a, Lanes b) { return a.minus_canonical(b); });
                break;
            case Code::subtract_any:
                map_rows<2>(step, memory, rows, target, [](Lanes a, Lanes b) { return a - b; });
                break;
            case Code::multiply:
                map_rows<2>(step, memory, rows, target, [](Lanes a, Lanes b) { return a * b; });
                break;
            case Code::square:
                map_rows<1>(step, memory, rows, target, [](Lanes a) { return a.square(); });
                break;
            case Code::multiply_small:
                map_rows<1>(step, memory, rows, target, [f = step.b](Lanes a) { return a.times_small(f); });
                break;
            case Code::multiply_add:
                map_rows<3>(step, memory, rows, target,
                            [](Lanes a, Lanes b, Lanes c) { return Lanes::multiply_add(a, b, c); });
                break;
            case Code::multiply_small_add:
                map_rows<2>(step, memory, rows, target,
                            [f = step.c](Lanes a, Lanes b) { return Lanes::multiply_small_add(a, f, b); });
                break;
            case Code::sum: break;
            case Code::store:
                map_rows<1>(step, memory, rows, outputs[step.target], [](Lanes a) { return a.canonical(); });
                break;
        }
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::stark
