// Cost: as many multiplications as the definitions have, 2 to 4 ns each. Inverses are shared over all queries.
#include "kernels/stark/cpu/verifier.hpp"

#include "kernels/fields/cpu/batch_inversion.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/stark/cpu/domain.hpp"

namespace zkmark::stark {
namespace {

template <class F>
F read(const std::uint64_t* words, std::size_t index, bool base) {
    if constexpr (requires { F::degree; })
        return base ? F(Goldilocks::from_raw(words[index])) : F::from_canonical(words + index * F::degree);
    else
        return F::from_raw(words[index]);
}

template <class F>
void run_in(const Program& program, const PointValues& values, std::uint64_t* out) {
    std::vector<F> registers(program.registers);
    const auto value = [&](const Operand& operand) {
        switch (operand.kind) {
            case OperandKind::register_: return registers[operand.index];
            case OperandKind::constant: return read<F>(values.constants, operand.index, values.base_constants);
            case OperandKind::load: return read<F>(values.loads, operand.index, false);
            default: return read<F>(values.block_constants, operand.index, values.base_block_constants);
        }
    };
    for (const Instruction& instruction : program.code) {
        const F a = value(instruction.a);
        switch (instruction.operation) {
            case Operation::add: registers[instruction.target] = a + value(instruction.b); break;
            case Operation::subtract: registers[instruction.target] = a - value(instruction.b); break;
            case Operation::multiply: registers[instruction.target] = a * value(instruction.b); break;
            case Operation::multiply_add:
                registers[instruction.target] = a * value(instruction.b) + value(instruction.c);
                break;
            case Operation::store: a.to_canonical(out + instruction.target * F::words); break;
        }
    }
}

template <class E>
bool deep_in(const std::uint64_t* x, std::size_t queries, const std::vector<QueriedRows>& rows,
             const std::vector<OpenedTerm>& terms, std::uint64_t* out) {
    constexpr unsigned degree = E::degree;
    std::vector<E> inverses(terms.size() * queries), scratch(terms.size() * queries);
    for (std::size_t t = 0; t < terms.size(); ++t)
        for (std::size_t q = 0; q < queries; ++q) {
            const E difference = E(Goldilocks::from_raw(x[q])) - E::from_canonical(terms[t].point);
            if (difference.is_zero()) return false;
            inverses[t * queries + q] = difference;
        }
    batch_inverse(inverses.data(), inverses.size(), scratch.data());

    for (std::size_t q = 0; q < queries; ++q) {
        E total;
        for (std::size_t t = 0; t < terms.size(); ++t) {
            const OpenedTerm& term = terms[t];
            E sum = -E::from_canonical(term.value);
            const std::uint64_t* weight = term.weights;
            for (const std::size_t m : term.matrices) {
                const std::uint64_t* row = rows[m].data + q * rows[m].columns;
                for (std::size_t c = 0; c < rows[m].columns; ++c, weight += degree)
                    sum += E::from_canonical(weight) * Goldilocks::from_raw(row[c]);
            }
            total += sum * E::from_canonical(term.weight) * inverses[t * queries + q];
        }
        total.to_canonical(out + q * degree);
    }
    return true;
}

template <class E>
void fold_in(const std::uint64_t* x, std::size_t queries, std::size_t ways, const std::uint64_t* values,
             const std::uint64_t* challenge, std::uint64_t* out) {
    constexpr unsigned degree = E::degree;
    std::vector<Goldilocks> inverses(queries), scratch(queries), back(ways);
    for (std::size_t q = 0; q < queries; ++q) inverses[q] = Goldilocks::from_raw(x[q]);
    batch_inverse(inverses.data(), queries, scratch.data());
    Goldilocks power = Goldilocks::one();
    for (std::size_t k = 0; k < ways; ++k, power *= root(ways).inverse()) back[k] = power;
    const Goldilocks scale = Goldilocks::from_u64(ways).inverse();

    std::vector<E> here(ways);
    for (std::size_t q = 0; q < queries; ++q, values += ways * degree) {
        for (std::size_t k = 0; k < ways; ++k) here[k] = E::from_canonical(values + k * degree);
        E by = E::from_canonical(challenge) * inverses[q];  // challenge / X, then the squares
        for (std::size_t left = ways; left > 1; left /= 2, by = by.square())
            for (std::size_t k = 0; k < left / 2; ++k) {
                const E a = here[k], b = here[k + left / 2];
                here[k] = a + b + (a - b) * (by * back[k * (ways / left)]);
            }
        (here[0] * scale).to_canonical(out + q * degree);
    }
}

}  // namespace

void run_at(const Program& program, unsigned degree, const PointValues& values, std::uint64_t* out) {
    if (degree == 1) {
        run_in<Goldilocks>(program, values, out);
    } else if (degree == 2) {
        run_in<GoldilocksExt2>(program, values, out);
    } else {
        run_in<GoldilocksExt3>(program, values, out);
    }
}

bool deep_at(unsigned degree, const std::uint64_t* x, std::size_t queries, const std::vector<QueriedRows>& rows,
             const std::vector<OpenedTerm>& terms, std::uint64_t* out) {
    return degree == 2 ? deep_in<GoldilocksExt2>(x, queries, rows, terms, out)
                       : deep_in<GoldilocksExt3>(x, queries, rows, terms, out);
}

void fold_at(unsigned degree, const std::uint64_t* x, std::size_t queries, std::size_t ways,
             const std::uint64_t* values, const std::uint64_t* challenge, std::uint64_t* out) {
    if (degree == 2) {
        fold_in<GoldilocksExt2>(x, queries, ways, values, challenge, out);
    } else {
        fold_in<GoldilocksExt3>(x, queries, ways, values, challenge, out);
    }
}

}  // namespace zkmark::stark
