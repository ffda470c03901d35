// Rows of the stack machine, decoded: the twin of provers/stackvm/instructions.py, which says what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zkmark::stackvm {

constexpr unsigned stack_size = 16;
// Bits of a row's flags, the index's 16 included.
constexpr unsigned flag_count = 41;

// Flags, from bit 16 on, in the order of FLAG_NAMES.
enum Flag : std::uint32_t {
    keep = 1u << 0,
    push = 1u << 1,
    pop = 1u << 2,
    remove = 1u << 3,
    up = 1u << 4,
    down = 1u << 5,
    write = 1u << 6,
    swap = 1u << 7,
    two = 1u << 8,
    a_top = 1u << 9,
    a_index = 1u << 10,
    b_top = 1u << 11,
    b_index = 1u << 12,
    free = 1u << 13,
    address_top = 1u << 14,
    add = 1u << 15,
    sub = 1u << 16,
    mul = 1u << 17,
    div = 1u << 18,
    eq = 1u << 19,
    neq = 1u << 20,
    boolean = 1u << 21,
    chip = 1u << 22,
    load = 1u << 23,
    store = 1u << 24,
};

// Those that a program without other tables does without.
constexpr std::uint32_t chip_flags = two | address_top | chip | load | store;

enum Code : std::uint8_t {
    wrapping_add = 1,
    overflowing_add,
    widening_add,
    wrapping_sub,
    overflowing_sub,
    less,
    not_less,
    minimum,
    maximum,
    wrapping_mul,
    widening_mul,
    overflowing_mul,
    divide,
    modulo,
    divide_modulo,
    split,
    low_half,
    high_half,
    bitwise_and,
    bitwise_or,
    power,
    bitwise_xor = 32,  // to 63: rotated to the right by code - 32
};

constexpr std::uint64_t fail_jump = std::uint64_t(1) << 32;

struct Row {
    std::uint32_t flags;
    std::uint8_t code;
    std::uint8_t index;  // n, 0 if there is none
    std::uint64_t immediate;
    std::uint64_t jump;
};

// From columns flags, code, immediate, jump, one after another.
inline std::vector<Row> decoded(const std::uint64_t* table, std::size_t rows) {
    std::vector<Row> result(rows);
    for (std::size_t pc = 0; pc < rows; ++pc) {
        const std::uint64_t flags = table[pc];
        unsigned index = 0;
        while (index < stack_size && !(flags >> index & 1)) ++index;
        result[pc] = {std::uint32_t(flags >> stack_size), std::uint8_t(table[rows + pc]),
                      std::uint8_t(index == stack_size ? 0 : index), table[2 * rows + pc], table[3 * rows + pc]};
    }
    return result;
}

}  // namespace zkmark::stackvm
