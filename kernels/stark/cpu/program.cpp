#include "kernels/stark/cpu/program.hpp"

#include <stdexcept>
#include <string>

namespace zkmark::stark {
namespace {

constexpr unsigned operand_shift = 28;
constexpr std::uint32_t operand_mask = (std::uint32_t(1) << operand_shift) - 1;
// More than any program needs; keeps the sizes of scratch memory far from overflow.
constexpr std::size_t most = std::size_t(1) << 20;

[[noreturn]] void refuse(std::size_t instruction, const std::string& reason) {
    throw std::invalid_argument("program: instruction " + std::to_string(instruction) + " " + reason);
}

}  // namespace

Program::Program(const std::uint32_t* words, std::size_t instructions, const std::uint32_t* load_words,
                 std::size_t load_count, std::size_t registers_, std::size_t constants_,
                 std::size_t block_constants_, std::size_t outputs_)
    : registers(registers_), constants(constants_), block_constants(block_constants_), outputs(outputs_) {
    for (const std::size_t count : {instructions, load_count, registers, constants, block_constants, outputs})
        if (count > most)
            throw std::invalid_argument("program: got a count of " + std::to_string(count) + ", want at most 2^20");
    if (outputs == 0) throw std::invalid_argument("program: got no outputs, want at least one");

    for (std::size_t i = 0; i < load_count; ++i) {
        const std::uint32_t* load = load_words + 3 * i;
        if (load[2] > 1)
            throw std::invalid_argument("program: load " + std::to_string(i) + " is of row " +
                                        std::to_string(load[2]) + " from here, want 0 or 1");
        loads.push_back({load[0], load[1], load[2] == 1});
    }

    std::vector<bool> written(registers), stored(outputs);
    const auto operand = [&](std::size_t i, std::uint32_t word) {
        const std::uint32_t kind = word >> operand_shift, index = word & operand_mask;
        if (kind > 3) refuse(i, "has an operand of kind " + std::to_string(kind) + ", want 0 to 3");
        const std::size_t limits[] = {registers, constants, load_count, block_constants};
        static constexpr const char* names[] = {"register", "constant", "load", "block constant"};
        if (index >= limits[kind])
            refuse(i, std::string("reads ") + names[kind] + " " + std::to_string(index) + " of " +
                          std::to_string(limits[kind]));
        if (kind == 0 && !written[index])
            refuse(i, "reads register " + std::to_string(index) + " before it is written");
        return Operand{static_cast<OperandKind>(kind), index};
    };
    for (std::size_t i = 0; i < instructions; ++i) {
        const std::uint32_t* word = words + 5 * i;
        if (word[0] > 4) refuse(i, "has operation " + std::to_string(word[0]) + ", want 0 to 4");
        Instruction instruction{static_cast<Operation>(word[0]), word[1], {}, {}, {}};
        instruction.a = instruction.b = instruction.c = operand(i, word[2]);
        if (instruction.operands() > 1) instruction.b = operand(i, word[3]);
        if (instruction.operands() > 2) instruction.c = operand(i, word[4]);
        std::vector<bool>& targets = instruction.operation == Operation::store ? stored : written;
        if (instruction.target >= targets.size())
            refuse(i, "writes to " + std::to_string(instruction.target) + " of " + std::to_string(targets.size()));
        targets[instruction.target] = true;
        code.push_back(instruction);
    }
    for (std::size_t i = 0; i < outputs; ++i)
        if (!stored[i])
            throw std::invalid_argument("program: output " + std::to_string(i) + " is never stored");
}

}  // namespace zkmark::stark
