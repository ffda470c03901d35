// Registers are given anew. Values are told apart by the instruction that computes them, so that sums of products
// with constants, `x1 c1 + (x2 c2 + ...)`, can be computed together and later than where they stand: constraints are
// folded by powers of a challenge in two or three such sums, one a coordinate, of the same values. They are half of
// all products in the programs of a virtual machine, and a term costs half when its sum is reduced at the end only
// (lanes.hpp): a sixth of such a program's time. A plan for 800 instructions takes 40 us.
#include "kernels/stark/cpu/tile_plan.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "kernels/stark/cpu/factors.hpp"

namespace zkmark::stark {
namespace {

// A tile's memory should not be much larger than a second-level cache of 512 KiB.
constexpr std::size_t tile_words = 64 * 1024, least_rows = 32, most_rows = 256;
// Terms that are added up at once: as many values must be kept until then.
constexpr std::size_t terms_at_once = 8;
// Shorter sums cost less as they stand, and for fewer points to find them costs more than it saves.
constexpr std::size_t least_terms = 3, least_points = 256;
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

bool operator==(const Operand& a, const Operand& b) { return a.kind == b.kind && a.index == b.index; }

bool is_register(const Operand& operand) { return operand.kind == OperandKind::register_; }
bool is_constant(const Operand& operand) { return operand.kind == OperandKind::constant; }
bool is_column(const Operand& operand) { return is_register(operand) || operand.kind == OperandKind::load; }

// A sum of products with constants: the instructions of its terms, in their order.
using Chain = std::vector<std::uint32_t>;

// Sums of the same values that are computed together, one to three.
struct Bundle {
    std::vector<Chain> chains;
};

class Planner {
public:
    Planner(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
            std::size_t blocks, std::size_t height, std::size_t lanes)
        : program_(program), constants_(constants), lanes_(lanes), code_(program.code) {
        name_values();
        bundle_of_.assign(code_.size(), none);
        if (blocks * height >= least_points) find_sums();
        schedule();
        give_registers();
        find_copies(sources, blocks);
        lay_out(height);
        for (const Task& task : tasks_) emit(task);
    }

    TilePlan take() { return std::move(plan_); }

private:
    // A step of the program: an instruction, or terms `begin` to `end` of a bundle.
    struct Task {
        std::uint32_t instruction, bundle;
        std::size_t begin, end;
    };
    struct Place {
        std::uint32_t offset;
        std::uint8_t step;
    };

    // From here on a register operand's index is the instruction that computes it.
    void name_values() {
        std::vector<std::uint32_t> writer(program_.registers, none);
        reads_.assign(code_.size(), 0);
        first_read_.assign(code_.size(), none);
        for (std::uint32_t i = 0; i < code_.size(); ++i) {
            Instruction& instruction = code_[i];
            Operand* const operands[] = {&instruction.a, &instruction.b, &instruction.c};
            for (unsigned k = 0; k < instruction.operands(); ++k) {
                Operand& operand = *operands[k];
                if (!is_register(operand)) continue;
                operand.index = writer[operand.index];
                ++reads_[operand.index];
                first_read_[operand.index] = std::min(first_read_[operand.index], i);
            }
            if (instruction.operation == Operation::multiply || instruction.operation == Operation::multiply_add)
                if (is_constant(instruction.a)) std::swap(instruction.a, instruction.b);  // constants come second
            if (instruction.operation != Operation::store) writer[instruction.target] = i;
        }
    }

    bool is_term(std::uint32_t i) const {
        const Instruction& instruction = code_[i];
        return (instruction.operation == Operation::multiply || instruction.operation == Operation::multiply_add) &&
               is_column(instruction.a) && is_constant(instruction.b);
    }
    bool is_small(const Operand& operand) const {
        return is_constant(operand) && constants_[operand.index] >> 32 == 0;
    }
    std::uint32_t small(const Operand& operand) const {
        return static_cast<std::uint32_t>(constants_[operand.index]);
    }

    void find_sums() {
        // Every term goes on from the one whose value it alone reads, as what its product is added to.
        std::vector<std::uint32_t> before(code_.size(), none), length(code_.size(), 0);
        for (std::uint32_t i = 0; i < code_.size(); ++i) {
            if (!is_term(i)) continue;
            const Instruction& instruction = code_[i];
            length[i] = 1;
            if (instruction.operation != Operation::multiply_add || !is_register(instruction.c)) continue;
            const std::uint32_t last = instruction.c.index;
            if (reads_[last] != 1 || length[last] == 0) continue;
            before[i] = last;
            length[i] = length[last] + 1;
            length[last] = 1;  // no end of a sum
        }
        std::unordered_multimap<std::uint64_t, std::uint32_t> known;  // bundles by a hash of their values
        for (std::uint32_t i = 0; i < code_.size(); ++i) {
            if (length[i] < least_terms) continue;
            Chain chain(length[i]);
            std::uint64_t hash = 0;
            bool small_only = true;
            for (std::uint32_t k = length[i], term = i; k-- > 0; term = before[term]) {
                chain[k] = term;
                const Operand& value = code_[term].a;
                hash = (hash ^ (std::uint64_t(value.kind) << 32 | value.index)) * 0x9e37'79b9'7f4a'7c15;
                small_only &= is_small(code_[term].b);
            }
            if (small_only) continue;
            const auto [first, last] = known.equal_range(hash);
            const auto found = std::find_if(
                first, last, [&](const auto& entry) { return joins(bundles_[entry.second], chain); });
            const auto bundle = found == last ? static_cast<std::uint32_t>(bundles_.size()) : found->second;
            if (found == last) {
                known.emplace(hash, bundle);
                bundles_.emplace_back();
            }
            for (const std::uint32_t term : chain) bundle_of_[term] = bundle;
            bundles_[bundle].chains.push_back(std::move(chain));
        }
    }

    // Whether the sums are of the same values, and none of them is read before all are complete.
    bool joins(const Bundle& bundle, const Chain& chain) const {
        if (bundle.chains.size() == SumStep::most_sums) return false;
        if (!std::equal(chain.begin(), chain.end(), bundle.chains[0].begin(), bundle.chains[0].end(),
                        [&](std::uint32_t i, std::uint32_t j) { return code_[i].a == code_[j].a; }))
            return false;
        std::uint32_t end = chain.back(), read = first_read_[chain.back()];
        for (const Chain& other : bundle.chains) {
            end = std::max(end, other.back());
            read = std::min(read, first_read_[other.back()]);
        }
        return read > end;
    }

    void schedule() {
        // Where the terms of a group stand last, they are added.
        std::vector<std::uint32_t> group_at(code_.size(), none);
        std::vector<Task> groups;
        for (std::uint32_t b = 0; b < bundles_.size(); ++b) {
            const auto& chains = bundles_[b].chains;
            for (std::size_t begin = 0; begin < chains[0].size(); begin += terms_at_once) {
                const std::size_t end = std::min(begin + terms_at_once, chains[0].size());
                std::uint32_t at = 0;
                for (const Chain& chain : chains) at = std::max(at, chain[end - 1]);
                group_at[at] = static_cast<std::uint32_t>(groups.size());
                groups.push_back({none, b, begin, end});
            }
        }
        for (std::uint32_t i = 0; i < code_.size(); ++i) {
            if (group_at[i] != none) {
                tasks_.push_back(groups[group_at[i]]);
            } else if (bundle_of_[i] == none) {
                tasks_.push_back({i, none, 0, 0});
            }
        }
    }

    template <class Visitor>
    void visit_reads(const Task& task, Visitor&& visit) const {
        const auto of_register = [&](const Operand& operand) {
            if (is_register(operand)) visit(operand.index);
        };
        if (task.bundle == none) {
            const Instruction& instruction = code_[task.instruction];
            const Operand* const operands[] = {&instruction.a, &instruction.b, &instruction.c};
            for (unsigned k = 0; k < instruction.operands(); ++k) of_register(*operands[k]);
            return;
        }
        for (const Chain& chain : bundles_[task.bundle].chains) {
            for (std::size_t k = task.begin; k < task.end; ++k) of_register(code_[chain[k]].a);
            if (task.begin == 0 && code_[chain[0]].operation == Operation::multiply_add)
                of_register(code_[chain[0]].c);
        }
    }

    bool is_last(const Task& task) const { return task.end == bundles_[task.bundle].chains[0].size(); }

    void give_registers() {
        std::vector<std::size_t> last_read(code_.size(), 0);
        for (std::size_t t = 0; t < tasks_.size(); ++t)
            visit_reads(tasks_[t], [&](std::uint32_t value) { last_read[value] = t; });
        register_of_.assign(code_.size(), none);
        partial_of_.assign(bundles_.size(), none);
        std::vector<std::uint32_t> free_registers, free_partials;
        const auto take = [](std::vector<std::uint32_t>& free, std::uint32_t& count) {
            if (free.empty()) return count++;
            const std::uint32_t taken = free.back();
            free.pop_back();
            return taken;
        };
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            const Task& task = tasks_[t];
            // A target may lie where an operand does that is read for the last time: of a row, operands are read
            // before targets are written.
            visit_reads(task, [&](std::uint32_t value) {
                if (last_read[value] != t) return;
                free_registers.push_back(register_of_[value]);
                last_read[value] = tasks_.size();
            });
            const auto write = [&](std::uint32_t value) {
                register_of_[value] = take(free_registers, registers_);
                if (reads_[value] == 0) free_registers.push_back(register_of_[value]);
            };
            if (task.bundle == none) {
                if (code_[task.instruction].operation != Operation::store) write(task.instruction);
                continue;
            }
            std::uint32_t& partial = partial_of_[task.bundle];
            if (task.begin == 0 && !is_last(task)) partial = take(free_partials, partials_);
            if (!is_last(task)) continue;
            if (partial != none) free_partials.push_back(partial);
            const auto& chains = bundles_[task.bundle].chains;
            for (const Chain& chain : chains) register_of_[chain.back()] = take(free_registers, registers_);
            for (const Chain& chain : chains)
                if (reads_[chain.back()] == 0) free_registers.push_back(register_of_[chain.back()]);
        }
    }

    void find_copies(const std::vector<Matrix>& sources, std::size_t blocks) {
        std::unordered_map<std::uint64_t, std::size_t> known;
        for (const Load& load : program_.loads) {
            const std::uint64_t key = std::uint64_t(load.source) << 32 | load.column;
            const auto [found, fresh] = known.try_emplace(key, plan_.copies.size());
            if (fresh) {
                const Matrix& source = sources[load.source];
                plan_.copies.push_back({&source, load.column, source.blocks / blocks, false, 0});
            }
            plan_.copies[found->second].next |= load.next;
            copy_of_load_.push_back(found->second);
        }
    }

    void lay_out(std::size_t height) {
        const std::size_t arrays = registers_ + plan_.copies.size() + 4 * SumStep::most_sums * partials_;
        plan_.rows = most_rows;
        while (plan_.rows > least_rows && arrays * plan_.rows > tile_words) plan_.rows /= 2;
        plan_.rows = std::min(plan_.rows, height);
        // Room for the next row, and arrays that do not all begin at the same place of the cache.
        stride_ = (plan_.rows + 8) / 8 * 8 + 8;
        plan_.block_scalars = static_cast<std::uint32_t>(program_.constants * lanes_);
        const std::size_t columns = ((program_.constants + program_.block_constants) * lanes_ + 7) / 8 * 8;
        registers_at_ = columns + plan_.copies.size() * stride_;
        partials_at_ = registers_at_ + registers_ * stride_;
        plan_.words = partials_at_ + 4 * SumStep::most_sums * partials_ * stride_;
        if (plan_.words >> 32) throw std::invalid_argument("program: needs too many registers and columns");
        for (std::size_t i = 0; i < plan_.copies.size(); ++i)
            plan_.copies[i].place = static_cast<std::uint32_t>(columns + i * stride_);
    }

    std::uint32_t place_of(std::uint32_t value) const {
        return static_cast<std::uint32_t>(registers_at_ + register_of_[value] * stride_);
    }
    Place place(const Operand& operand) const {
        switch (operand.kind) {
            case OperandKind::register_: return {place_of(operand.index), 1};
            case OperandKind::load:
                return {plan_.copies[copy_of_load_[operand.index]].place +
                            static_cast<std::uint32_t>(program_.loads[operand.index].next),
                        1};
            case OperandKind::constant: return {static_cast<std::uint32_t>(operand.index * lanes_), 0};
            default: return {static_cast<std::uint32_t>(plan_.block_scalars + operand.index * lanes_), 0};
        }
    }

    void emit(const Task& task) {
        if (task.bundle == none) {
            emit_instruction(task.instruction);
        } else {
            emit_sum(task);
        }
    }

    void emit_instruction(std::uint32_t i) {
        const Instruction& instruction = code_[i];
        Operand a = instruction.a, b = instruction.b;
        const Operand& c = instruction.c;
        const std::uint32_t target =
            instruction.operation == Operation::store ? instruction.target : place_of(i);
        const auto step = [&](Code code, Place x, Place y = {}, Place z = {}) {
            plan_.steps.push_back({code, x.step, y.step, z.step, target, x.offset, y.offset, z.offset});
        };
        switch (instruction.operation) {
            case Operation::add:
                // Loads and constants are canonical.
                if (!is_register(a)) std::swap(a, b);
                step(is_register(b) ? Code::add_any : Code::add, place(a), place(b));
                break;
            case Operation::subtract:
                step(is_register(b) ? Code::subtract_any : Code::subtract, place(a), place(b));
                break;
            case Operation::multiply:
                if (is_small(b)) {
                    step(Code::multiply_small, place(a), {small(b), 0});
                } else if (a == b) {
                    step(Code::square, place(a));
                } else {
                    step(Code::multiply, place(a), place(b));
                }
                break;
            case Operation::multiply_add:
                if (is_small(b)) {
                    step(Code::multiply_small_add, place(a), place(c), {small(b), 0});
                } else {
                    step(Code::multiply_add, place(a), place(b), place(c));
                }
                break;
            case Operation::store: step(Code::store, place(a)); break;
        }
    }

    void emit_sum(const Task& task) {
        const auto& chains = bundles_[task.bundle].chains;
        SumStep sum{};
        sum.sums = static_cast<std::uint32_t>(chains.size());
        sum.first = task.begin == 0;
        sum.last = is_last(task);
        sum.first_term = static_cast<std::uint32_t>(plan_.terms.size());
        sum.terms = static_cast<std::uint32_t>(task.end - task.begin);
        sum.first_factor = static_cast<std::uint32_t>(plan_.factors.size());
        if (partial_of_[task.bundle] != none)
            sum.partial = static_cast<std::uint32_t>(partials_at_ + partial_of_[task.bundle] * 4 *
                                                                        SumStep::most_sums * stride_);
        for (std::size_t j = 0; j < chains.size(); ++j) {
            const Instruction& head = code_[chains[j][0]];
            sum.has_addend[j] = head.operation == Operation::multiply_add;
            if (sum.has_addend[j]) {
                const Place addend = place(head.c);
                sum.addends[j] = addend.offset;
                sum.addend_steps[j] = addend.step;
            }
            if (sum.last) sum.targets[j] = place_of(chains[j].back());
        }
        for (std::size_t k = task.begin; k < task.end; ++k) {
            plan_.terms.push_back(place(code_[chains[0][k]].a).offset);
            for (const Chain& chain : chains) {
                plan_.factors.resize(plan_.factors.size() + 4);
                write_factor(Goldilocks::from_raw(constants_[code_[chain[k]].b.index]),
                             plan_.factors.data() + plan_.factors.size() - 4, 1);
            }
        }
        plan_.steps.push_back({Code::sum, 0, 0, 0, static_cast<std::uint32_t>(plan_.sums.size()), 0, 0, 0});
        plan_.sums.push_back(sum);
    }

    const Program& program_;
    const std::uint64_t* constants_;
    std::size_t lanes_;
    std::vector<Instruction> code_;
    std::vector<std::uint32_t> reads_, first_read_;  // of each value
    std::vector<Bundle> bundles_;
    std::vector<std::uint32_t> bundle_of_, register_of_, partial_of_;
    std::vector<Task> tasks_;
    std::vector<std::size_t> copy_of_load_;
    std::uint32_t registers_ = 0, partials_ = 0;
    std::size_t stride_ = 0, registers_at_ = 0, partials_at_ = 0;
    TilePlan plan_{};
};

}  // namespace

TilePlan plan_tiles(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
                    std::size_t blocks, std::size_t height, std::size_t lanes) {
    return Planner(program, sources, constants, blocks, height, lanes).take();
}

}  // namespace zkmark::stark
