// A cycle costs a move of the stack, up to 128 bytes in cache, and one field operation at the most (one
// multiplication; a division, one inversion): some 20 ns on one core. With a record it writes 23 words of the
// trace, 184 bytes, which is the floor of a recorded run: at 10 GB/s, 18 ns a cycle.
// Columns are written a block of cycles at a time, so that a block's lines are complete when they leave.
#include "provers/stackvm/cpu/executor.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/fields/cpu/goldilocks.hpp"

namespace zkmark::stackvm {
namespace {

constexpr Word u32_end = Word(1) << 32;
constexpr std::size_t block_rows = 64;

Goldilocks element(Word value) { return Goldilocks::from_raw(value); }

struct Outcome {
    Word r = 0, h = 0;
    Failure failure = Failure::none;
    Word a = 0, b = 0;
};

// What the other tables compute: chips.py.
Outcome compute(unsigned code, Word x, Word y) {
    if (code == power) {
        if (y >= 64) return {0, 0, Failure::exponent, y, 0};
        return {Word(1) << y, 0};
    }
    const Word low = y % u32_end, high = y / u32_end;
    if (code == split) return {low, high};
    if (code == low_half) return {low, 0};
    if (code == high_half) return {high, 0};
    for (const Word operand : {y, x})
        if (operand >= u32_end) return {0, 0, Failure::u32, operand, 0};
    if (code >= bitwise_xor) return {std::rotr(std::uint32_t(x ^ y), int(code - bitwise_xor)), 0};
    const Word sum = y + x, difference = (y - x) % u32_end, product = y * x;
    switch (code) {
        case wrapping_add: return {sum % u32_end, 0};
        case overflowing_add: return {sum / u32_end, sum % u32_end};
        case widening_add: return {sum % u32_end, sum / u32_end};
        case wrapping_sub: return {difference, 0};
        case overflowing_sub: return {Word(y < x), difference};
        case less: return {Word(y < x), 0};
        case not_less: return {Word(y >= x), 0};
        case minimum: return {std::min(x, y), 0};
        case maximum: return {std::max(x, y), 0};
        case wrapping_mul: return {product % u32_end, 0};
        case widening_mul: return {product % u32_end, product / u32_end};
        case overflowing_mul: return {product / u32_end, product % u32_end};
        case bitwise_and: return {y & x, 0};
        case bitwise_or: return {y | x, 0};
        default: break;
    }
    if (x == 0) return {0, 0, Failure::division, y, 0};
    switch (code) {
        case divide: return {y / x, 0};
        case modulo: return {y % x, 0};
        default: return {y % x, y / x};
    }
}

// r and h of a row; for EQ and NEQ, and DIV, h is what the trace has the inverse of.
Outcome result(const Row& row, Word x, Word y) {
    const std::uint32_t flags = row.flags;
    if (flags & boolean) {
        if (y > 1) return {0, 0, Failure::boolean, y, 0};
        if (x > 1) return {0, 0, Failure::boolean, x, 0};
    }
    if (flags & chip) return compute(row.code, x, y);
    if (flags & add) return {(element(y) + element(x)).raw(), 0};
    if (flags & sub) return {(element(y) - element(x)).raw(), 0};
    if (flags & mul) return {(element(y) * element(x)).raw(), 0};
    if (flags & div) {
        if (x == 0) return {0, 0, Failure::division, y, 0};
        return {(element(y) * element(x).inverse()).raw(), x};
    }
    if (flags & (eq | neq)) return {Word((x == y) == bool(flags & eq)), (element(y) - element(x)).raw()};
    return {};
}

struct Below {
    Word clk, value, below;
};

// The machine's state. A row either completes, or leaves a failure in `result`.
template <bool recorded>
class Machine {
public:
    Machine(const Program& program, Record* record) : program_(program), record_(record) {
        std::copy(program.inputs.begin(), program.inputs.end(), stack_);
    }

    Result run(Word max_cycles) {
        const Row* rows = program_.rows.data();
        while (pc_) {
            if (clk_ > max_cycles) {
                fail(Failure::limit, max_cycles);
                break;
            }
            // No program of the assembler's leaves its rows; one that does ends like a failed assertion.
            if (pc_ >= program_.rows.size()) {
                fail(Failure::assertion, 0);
                break;
            }
            if (!step(rows[pc_])) break;
        }
        if (result_.failure == Failure::none && !overflow_.empty())
            fail(Failure::depth, stack_size + overflow_.size());
        if constexpr (recorded) flush();
        result_.pc = pc_;
        result_.cycles = clk_ - 1;
        std::copy(stack_, stack_ + stack_size, result_.outputs.begin());
        return result_;
    }

private:
    bool fail(Failure failure, Word a, Word b = 0) {
        result_.failure = failure;
        result_.a = a;
        result_.b = b;
        return false;
    }

    bool step(const Row& row) {
        const std::uint32_t flags = row.flags;
        const unsigned n = row.index;
        // A row has one of A_TOP and A_INDEX at the most, and likewise for B.
        const Word y = flags & a_top ? stack_[0] : flags & a_index ? stack_[n] : 0;
        Word x;
        if (!operand(row, x)) return false;
        const Outcome outcome = result(row, x, y);
        if (outcome.failure != Failure::none) return fail(outcome.failure, outcome.a, outcome.b);
        const Word r = outcome.r, h = outcome.h;
        if (flags & chip) count(row.code, x, y, r);
        if constexpr (recorded) remember(x, y, r, h);
        move(flags, n, x, r, h);
        if (row.jump) {
            if (r && row.jump == fail_jump) return fail(Failure::assertion, y, x);
            pc_ = (element(pc_ + 1) + element(r) * element(row.jump)).raw();
        } else {
            ++pc_;
        }
        ++clk_;
        return true;
    }

    bool operand(const Row& row, Word& x) {
        const std::uint32_t flags = row.flags;
        if (flags & free) {
            if (used_ == program_.advice.size()) return fail(Failure::advice, used_);
            x = program_.advice[used_++];
        } else {
            x = flags & b_top ? stack_[0] : flags & b_index ? stack_[row.index] : 0;
            if (!(flags & (load | store)) && row.immediate) x = (element(x) + element(row.immediate)).raw();
        }
        if (flags & (load | store)) {
            const Word top = flags & address_top ? stack_[0] : 0;
            const Word address = (element(row.immediate) + element(top)).raw();
            if (address >= u32_end) return fail(Failure::address, address);
            Word& place = memory_.at(std::uint32_t(address));
            if (flags & load)
                x = place;
            else
                place = x;
            ++result_.accesses;
            if constexpr (recorded)
                record_->accesses.push_back(
                    {std::uint32_t(address), std::uint32_t(clk_), x, bool(flags & store)});
        }
        return true;
    }

    void count(std::uint8_t code, Word x, Word y, Word r) {
        if (code <= maximum)
            ++result_.u32_rows;
        else if (code <= high_half)
            ++result_.product_rows;
        else if (code != power)
            ++result_.bitwise_rows;
        if constexpr (recorded) record_->computed.push_back({x, y, r, code});
    }

    void move(std::uint32_t flags, unsigned n, Word x, Word r, Word h) {
        Word* s = stack_;
        switch (flags & (keep | push | pop | zkmark::stackvm::remove | up | down | write | swap)) {
            case keep:
                s[0] = r;
                if (flags & two) s[1] = h;
                break;
            case push:
                overflow_.push_back({clk_, s[stack_size - 1], below()});
                std::memmove(s + 1, s, (stack_size - 1) * sizeof(Word));
                s[0] = r;
                if (flags & two) s[1] = h;
                break;
            case pop:
                std::memmove(s, s + 1, (stack_size - 1) * sizeof(Word));
                s[stack_size - 1] = popped();
                break;
            case zkmark::stackvm::remove:
                std::memmove(s + n, s + n + 1, (stack_size - 1 - n) * sizeof(Word));
                s[stack_size - 1] = popped();
                s[0] = r;
                break;
            case up:
                std::memmove(s + 1, s, n * sizeof(Word));
                s[0] = r;
                break;
            case down:
                std::memmove(s, s + 1, n * sizeof(Word));
                s[n] = r;
                break;
            case write: s[n] = r; break;
            case swap:
                s[n] = s[0];
                s[0] = x;
                break;
            default: break;
        }
    }

    Word below() const { return overflow_.empty() ? 0 : overflow_.back().clk; }

    Word popped() {
        if (overflow_.empty()) {
            ++result_.underflows;
            return 0;
        }
        const Word value = overflow_.back().value;
        overflow_.pop_back();
        return value;
    }

    void remember(Word x, Word y, Word r, Word h) {
        Word* to = block_[held_].values;
        const Word head[7] = {pc_, clk_, below(), x, y, r, h};
        std::copy(head, head + 7, to);
        std::copy(stack_, stack_ + stack_size, to + 7);
        if (++held_ == block_rows) flush();
    }

    void flush() {
        for (unsigned column = 0; column < Cycle::columns; ++column) {
            Word* to = record_->processor + column * record_->height + written_;
            for (std::size_t row = 0; row < held_; ++row) to[row] = block_[row].values[column];
        }
        written_ += held_;
        held_ = 0;
    }

    const Program& program_;
    Record* record_;
    Result result_;
    Word stack_[stack_size];
    Word pc_ = 1, clk_ = 1;
    std::size_t used_ = 0;
    Memory memory_;
    std::vector<Below> overflow_;
    Cycle block_[recorded ? block_rows : 1];
    std::size_t held_ = 0, written_ = 0;
};

}  // namespace

Result run(const Program& program, Word max_cycles, Record* record) {
    if (record) return Machine<true>(program, record).run(max_cycles);
    return Machine<false>(program, nullptr).run(max_cycles);
}

}  // namespace zkmark::stackvm
