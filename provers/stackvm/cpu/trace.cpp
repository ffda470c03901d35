// Of the processor's 67 columns (61 without other tables), 23 are written as the program runs; the others are
// gathered by pc from the program's rows, 8 bytes written and as many of pc read for each: the floor is the 67
// words of a cycle, 536 bytes, written once. Rows of the other tables are a few divisions each. Sorting accesses
// by address is two passes of a radix sort, 24 bytes read and written an access each. No multiplications but 3
// for each comparison's inverse.
#include "provers/stackvm/cpu/trace.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/batch_inversion.hpp"
#include "kernels/fields/cpu/goldilocks.hpp"

namespace zkmark::stackvm {
namespace {

constexpr Word u32_end = Word(1) << 32;
constexpr Word u32_max = u32_end - 1;
constexpr std::size_t chunk_rows = 1024;
enum Column : unsigned { pc_column, clk_column, below_column, x_column, y_column, r_column, h_column };

// How often each row of the table of bytes is looked up.
struct Lookups {
    std::array<Word, 256> bytes{}, nibbles{}, powers{};

    // Writes the 4 bytes of a u32 to a row of 4 columns.
    void split(const Table& table, unsigned column, std::size_t row, Word value) {
        for (unsigned place = 0; place < 4; ++place) {
            const unsigned byte = value >> (8 * place) & 255;
            ++bytes[byte];
            table.column(column + place)[row] = byte;
        }
    }

    Word both(Word high, Word low) {
        ++nibbles[16 * high + low];
        return high & low;
    }
};

// Replaces h by its inverse where the result is a comparison or a quotient; elsewhere h is a result itself.
void invert(const Program& program, const Table& table, std::size_t begin, std::size_t end) {
    Goldilocks values[chunk_rows], scratch[chunk_rows];
    std::size_t places[chunk_rows];
    std::size_t count = 0;
    Word* h = table.column(h_column);
    const Word* pc = table.column(pc_column);
    for (std::size_t row = begin; row < end; ++row) {
        if (!(program.rows[pc[row]].flags & (eq | neq | div))) continue;
        places[count] = row;
        values[count++] = Goldilocks::from_raw(h[row]);
    }
    batch_inverse(values, count, scratch);
    for (std::size_t i = 0; i < count; ++i) h[places[i]] = values[i].raw();
}

// The columns that the program decides, each gathered by pc: first code (unless the processor is alone),
// immediate and jump, then the bits of the flags.
struct Decided {
    std::vector<const Word*> words;
    std::vector<std::vector<std::uint8_t>> bits;

    Decided(const Word* table, std::size_t rows, bool alone) {
        for (unsigned part = alone ? 2 : 1; part < 4; ++part) words.push_back(table + part * rows);
        for (unsigned bit = 0; bit < flag_count; ++bit) {
            if (alone && bit >= stack_size && chip_flags >> (bit - stack_size) & 1) continue;
            auto& column = bits.emplace_back(rows);
            for (std::size_t pc = 0; pc < rows; ++pc) column[pc] = table[pc] >> bit & 1;
        }
    }

    void gather(const Table& processor, std::size_t begin, std::size_t end) const {
        const Word* pc = processor.column(pc_column);
        unsigned column = Cycle::columns;
        const auto write_column = [&](const auto* from) {
            Word* to = processor.column(column++);
            for (std::size_t row = begin; row < end; ++row) to[row] = from[pc[row]];
        };
        for (const Word* from : words) write_column(from);
        for (const auto& from : bits) write_column(from.data());
    }
};

void fill_processor(const Program& program, const Word* table, const Result& result, const Table& processor) {
    const std::size_t rows = program.rows.size(), cycles = result.cycles;
    // At the end the machine stays in row 0.
    const Word last[7] = {0, 0, 0, 1, 0, 1, 0};
    for (unsigned column = 0; column < Cycle::columns; ++column) {
        const Word value = column < 7 ? last[column] : result.outputs[column - 7];
        Word* to = processor.column(column);
        if (column == clk_column)
            for (std::size_t row = cycles; row < processor.height; ++row) to[row] = row + 1;
        else
            std::fill(to + cycles, to + processor.height, value);
    }
    const Decided decided(table, rows, processor.columns == processor_alone_columns);
    parallel_for(processor.height, chunk_rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t from = begin; from < end; from += chunk_rows) {
            const std::size_t to = std::min(end, from + chunk_rows);
            invert(program, processor, from, to);
            decided.gather(processor, from, to);
        }
    });
}

void fill_program(const Result& result, const Table& processor, const Table& program) {
    std::fill(program.words, program.words + program_columns * program.height, 0);
    Word* uses = program.column(0);
    const Word* pc = processor.column(pc_column);
    for (std::size_t row = 0; row < processor.height; ++row) ++uses[pc[row]];
    program.column(1)[0] = Goldilocks::from_raw(uses[0]).inverse().raw();
    program.column(2)[0] = result.underflows;
}

// In order of address; accesses of one address stay in order of time.
void sort(std::vector<Access>& accesses) {
    std::vector<Access> other(accesses.size());
    for (unsigned shift = 0; shift < 32; shift += 16) {
        std::vector<std::size_t> start(65537);
        for (const Access& access : accesses) ++start[(access.address >> shift & 65535) + 1];
        for (std::size_t digit = 0; digit < 65536; ++digit) start[digit + 1] += start[digit];
        for (const Access& access : accesses) other[start[access.address >> shift & 65535]++] = access;
        accesses.swap(other);
    }
}

void fill_memory(std::vector<Access>& accesses, const Table& table, Lookups& lookups) {
    if (accesses.size() < 4096)
        std::stable_sort(accesses.begin(), accesses.end(),
                         [](const Access& a, const Access& b) { return a.address < b.address; });
    else
        sort(accesses);
    Word previous[3] = {};  // address, clk, value
    for (std::size_t row = 0; row < table.height; ++row) {
        Word values[5] = {};
        if (row >= 1 && row <= accesses.size()) {
            const Access& access = accesses[row - 1];
            const Word real[5] = {access.address, access.clk, access.value, access.write, 1};
            std::copy(real, real + 5, values);
        } else if (row) {
            const bool there = previous[0] == u32_max;
            values[0] = u32_max;
            values[1] = there ? previous[1] + 1 : 0;
            values[2] = there ? previous[2] : 0;
        }
        for (unsigned column = 0; column < 5; ++column) table.column(column)[row] = values[column];
        if (row) {
            const bool changes = values[0] != previous[0];
            table.column(5)[row - 1] = changes;
            lookups.split(table, 6, row - 1, (changes ? values[0] - previous[0] : values[1] - previous[1]) - 1);
        }
        std::copy(values, values + 3, previous);
    }
    table.column(5)[table.height - 1] = 0;
    lookups.split(table, 6, table.height - 1, 0);
}

void write_flags(const Table& table, unsigned column, std::size_t row, unsigned count, unsigned which) {
    for (unsigned flag = 0; flag < count; ++flag) table.column(column + flag)[row] = flag == which;
}

// Code 0 is a row that pads the table.
void u32_row(const Computed& computed, const Table& table, std::size_t row, Lookups& lookups) {
    const Word x = computed.x, y = computed.y;
    const bool adds = computed.code <= widening_add;
    const Word carry = adds ? (y + x) / u32_end : y < x;
    lookups.split(table, 0, row, y);
    lookups.split(table, 4, row, x);
    lookups.split(table, 8, row, (adds ? y + x : y - x) % u32_end);
    table.column(12)[row] = carry;
    table.column(13)[row] = computed.r;
    write_flags(table, 14, row, 9, unsigned(computed.code) - wrapping_add);
}

void product_row(const Computed& computed, const Table& table, std::size_t row, Lookups& lookups) {
    const Word x = computed.x, y = computed.y;
    Word a = x, b = y, rest = 0, low = 0, high = 0;
    if (computed.code == divide || computed.code == modulo || computed.code == divide_modulo) {
        b = y / x;
        rest = y % x;
        low = y;
        high = x - 1 - rest;
    } else {
        const bool splits = computed.code >= split;
        if (splits) b = 0;
        const Word value = splits ? y : x * y;
        low = value % u32_end;
        high = value / u32_end;
    }
    const Word parts[5] = {a, b, rest, low, high};
    for (unsigned part = 0; part < 5; ++part) lookups.split(table, 4 * part, row, parts[part]);
    // Made the inverse when all rows are there; zero stays zero.
    table.column(20)[row] = u32_max - high;
    write_flags(table, 21, row, 9, unsigned(computed.code) - wrapping_mul);
}

void bitwise_row(const Computed& computed, const Table& table, std::size_t row, Lookups& lookups) {
    const bool rotates = computed.code >= bitwise_xor;
    const unsigned n = rotates ? computed.code - bitwise_xor : 0;
    const unsigned k = n / 4, m = n % 4;
    const Word z = computed.x ^ computed.y;
    for (unsigned place = 0; place < 8; ++place) {
        const Word y = computed.y >> (4 * place) & 15, x = computed.x >> (4 * place) & 15;
        table.column(place)[row] = y;
        table.column(8 + place)[row] = x;
        table.column(16 + place)[row] = lookups.both(y, x);
    }
    write_flags(table, 24, row, 8, k);
    write_flags(table, 32, row, 4, m);
    table.column(36)[row] = lookups.both(z >> (4 * k) & 15, (1u << m) - 1);
    table.column(37)[row] = z % (Word(1) << n);
    table.column(38)[row] = Word(1) << (32 - n);
    table.column(39)[row] = computed.r;
    table.column(40)[row] = computed.code == bitwise_and;
    table.column(41)[row] = computed.code == bitwise_or;
    table.column(42)[row] = rotates;
}

void fill_computed(const std::vector<Computed>& computed, const Tables& tables, Lookups& lookups) {
    std::size_t u32_rows = 0, product_rows = 0, bitwise_rows = 0;
    for (const Computed& entry : computed) {
        if (entry.code <= maximum)
            u32_row(entry, tables.u32, u32_rows++, lookups);
        else if (entry.code <= high_half)
            product_row(entry, tables.product, product_rows++, lookups);
        else if (entry.code == power)
            ++lookups.powers[entry.y];
        else
            bitwise_row(entry, tables.bitwise, bitwise_rows++, lookups);
    }
    const Computed nothing{};
    while (u32_rows < tables.u32.height) u32_row(nothing, tables.u32, u32_rows++, lookups);
    while (product_rows < tables.product.height) product_row(nothing, tables.product, product_rows++, lookups);
    while (bitwise_rows < tables.bitwise.height) bitwise_row(nothing, tables.bitwise, bitwise_rows++, lookups);
    if (const std::size_t count = tables.product.height) {
        std::vector<Goldilocks> values(count), scratch(count);
        Word* column = tables.product.column(20);
        for (std::size_t row = 0; row < count; ++row) values[row] = Goldilocks::from_raw(column[row]);
        batch_inverse(values.data(), count, scratch.data());
        for (std::size_t row = 0; row < count; ++row) column[row] = values[row].raw();
    }
}

}  // namespace

void fill(const Program& program, const Word* table, const Result& expected, const Tables& tables) {
    Record record{tables.processor.words, tables.processor.height, {}, {}};
    record.accesses.reserve(expected.accesses);
    record.computed.reserve(expected.u32_rows + expected.product_rows + expected.bitwise_rows);
    const Result result = run(program, expected.cycles, &record);
    fill_processor(program, table, result, tables.processor);
    fill_program(result, tables.processor, tables.program);
    Lookups lookups;
    if (tables.memory.height) fill_memory(record.accesses, tables.memory, lookups);
    fill_computed(record.computed, tables, lookups);
    if (tables.bytes.height) {
        std::copy(lookups.bytes.begin(), lookups.bytes.end(), tables.bytes.column(0));
        std::copy(lookups.nibbles.begin(), lookups.nibbles.end(), tables.bytes.column(1));
        std::copy(lookups.powers.begin(), lookups.powers.end(), tables.bytes.column(2));
    }
}

}  // namespace zkmark::stackvm
