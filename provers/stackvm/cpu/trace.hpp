// The tables of a run: the fast twin of provers/stackvm/trace.py.
#pragma once

#include <cstddef>

#include "provers/stackvm/cpu/executor.hpp"

namespace zkmark::stackvm {

// Columns of a table, one after another; nothing where a run does not need the table.
struct Table {
    Word* words = nullptr;
    std::size_t height = 0;
    std::size_t columns = 0;

    Word* column(std::size_t index) const { return words + index * height; }
};

struct Tables {
    Table processor, program, memory, u32, product, bitwise, bytes;
};

constexpr std::size_t processor_columns = Cycle::columns + 3 + flag_count;
// Of a program that needs no other tables: neither the code nor the flags that are for them.
constexpr std::size_t processor_alone_columns = processor_columns - 1 - 5;
constexpr std::size_t program_columns = 3, memory_columns = 10, u32_columns = 23, product_columns = 30,
                      bitwise_columns = 43, bytes_columns = 3;

// Runs the program again and fills in all tables. `table` is the program as it was given, `expected` what
// its first run came to; the tables' heights have room for that.
void fill(const Program& program, const Word* table, const Result& expected, const Tables& tables);

}  // namespace zkmark::stackvm
