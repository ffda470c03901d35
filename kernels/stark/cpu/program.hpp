// Expression programs (kernels/stark/program.py), checked once: no operand of a checked program lies outside what
// it names, every register and output is written, and no register is read before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zkmark::stark {

enum class Operation : std::uint32_t { add = 0, subtract = 1, multiply = 2, multiply_add = 3, store = 4 };
enum class OperandKind : std::uint32_t { register_ = 0, constant = 1, load = 2, block = 3 };

struct Operand {
    OperandKind kind;
    std::uint32_t index;
};

struct Instruction {
    Operation operation;
    std::uint32_t target;
    Operand a, b, c;  // as many as the operation has; others are a copy of a

    unsigned operands() const {
        return operation == Operation::store ? 1 : operation == Operation::multiply_add ? 3 : 2;
    }
};

struct Load {
    std::uint32_t source, column;
    bool next;
};

class Program {
public:
    // `code` is [instructions][5], `loads` [loads][3]. Throws std::invalid_argument, naming the instruction or load.
    Program(const std::uint32_t* code, std::size_t instructions, const std::uint32_t* loads, std::size_t load_count,
            std::size_t registers, std::size_t constants, std::size_t block_constants, std::size_t outputs);

    std::vector<Instruction> code;
    std::vector<Load> loads;
    std::size_t registers, constants, block_constants, outputs;
};

}  // namespace zkmark::stark
