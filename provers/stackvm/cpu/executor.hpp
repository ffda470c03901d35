// Running a program of the stack machine: the fast twin of provers/stackvm/machine.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "provers/stackvm/cpu/instructions.hpp"

namespace zkmark::stackvm {

using Word = std::uint64_t;

// Why a program fails; the numbers are those of provers/stackvm/failures.py.
enum class Failure : unsigned {
    none = 0,
    limit,
    assertion,
    advice,
    address,
    boolean,
    division,
    u32,
    exponent,
    depth,
};

// What other tables computed: (r, h) of x and y.
struct Computed {
    Word x, y, r;
    std::uint8_t code;
};

struct Access {
    std::uint32_t address, clk;
    Word value;
    bool write;
};

// What a cycle leaves in the trace, as the processor's columns have it: all of it but flags.
struct Cycle {
    static constexpr unsigned columns = 7 + stack_size;
    Word values[columns];  // pc, clk, below, x, y, r, h, s[16]; h not yet inverted
};

struct Result {
    Failure failure = Failure::none;
    Word pc = 0;      // where it failed
    Word cycles = 0;  // rows run before the end or the failure
    Word a = 0, b = 0;
    std::array<Word, stack_size> outputs{};
    // What a trace needs room for.
    std::size_t accesses = 0, u32_rows = 0, product_rows = 0, bitwise_rows = 0, underflows = 0;
};

// Memory of field elements, zero until written, in pages that are made when touched.
class Memory {
public:
    Word& at(std::uint32_t address) {
        const std::uint32_t page = address / page_size;
        if (page != page_) {
            auto& found = pages_[page];
            if (!found) found = std::make_unique<Page>();
            page_ = page;
            words_ = found->data();
        }
        return words_[address % page_size];
    }

private:
    static constexpr std::uint32_t page_size = 64;
    using Page = std::array<Word, page_size>;
    std::unordered_map<std::uint32_t, std::unique_ptr<Page>> pages_;
    std::uint32_t page_ = ~std::uint32_t(0);
    Word* words_ = nullptr;
};

// Where a second run writes what a trace is made of.
struct Record {
    Word* processor;     // columns of `height` words, the first 23 of which are written
    std::size_t height;
    std::vector<Access> accesses;
    std::vector<Computed> computed;
};

struct Program {
    std::vector<Row> rows;
    std::array<Word, stack_size> inputs;
    std::vector<Word> advice;
};

// Runs to the end, to a failure, or to the limit of cycles; writes to `record` if it is given.
Result run(const Program& program, Word max_cycles, Record* record);

}  // namespace zkmark::stackvm
