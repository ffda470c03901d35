// Quotients and folds of extension columns: the inner loops of quotients.cpp and folding.cpp.
#pragma once

#include "kernels/fields/cpu/batch_inversion.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/stark/cpu/lanes.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"

namespace zkmark::stark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <unsigned degree>
struct ExtensionOf;
template <>
struct ExtensionOf<2> {
    using Type = GoldilocksExt2;
};
template <>
struct ExtensionOf<3> {
    using Type = GoldilocksExt3;
};

template <unsigned degree>
ZKMARK_ALWAYS_INLINE ExtensionLanes<degree> load_extension(const std::uint64_t* const* coordinates, std::size_t i) {
    ExtensionLanes<degree> result;
    for (unsigned d = 0; d < degree; ++d) result[d] = Lanes::load(coordinates[d] + i);
    return result;
}

template <unsigned degree>
ZKMARK_ALWAYS_INLINE ExtensionLanes<degree> broadcast_extension(const typename ExtensionOf<degree>::Type& a) {
    std::uint64_t words[degree];
    a.to_canonical(words);
    return ExtensionLanes<degree>::broadcast(words);
}

// Replaces values by their inverses: Montgomery's trick in every lane of four chains, so that products need not wait
// for each other; then over chains and lanes. 3 products an element, and an inversion (72 products one after the
// other) a call. False, and values lost, if one is zero. `before` has room for as many.
inline bool invert_tile(std::uint64_t* values, std::size_t count, std::uint64_t* before) {
    constexpr std::size_t n = Lanes::count, chains = 4;
    const Lanes one = Lanes::broadcast(1);
    Lanes product[chains] = {one, one, one, one};
    const std::size_t even = count / (chains * n) * (chains * n);
    const auto forward = [&](std::size_t i, Lanes& chain) {
        chain.store(before + i);
        chain = chain * Lanes::load(values + i);
    };
    for (std::size_t i = 0; i < even; i += chains * n)
        for (std::size_t k = 0; k < chains; ++k) forward(i + k * n, product[k]);
    for (std::size_t i = even; i < count; i += n) forward(i, product[0]);

    const Lanes first = product[0] * product[1], second = product[2] * product[3];
    std::uint64_t words[n];
    (first * second).store_canonical(words);
    Goldilocks lanes[n], scratch[n];
    for (std::size_t k = 0; k < n; ++k) {
        if (words[k] == 0) return false;
        lanes[k] = Goldilocks::from_raw(words[k]);
    }
    batch_inverse(lanes, n, scratch);
    for (std::size_t k = 0; k < n; ++k) words[k] = lanes[k].raw();
    const Lanes inverse = Lanes::load(words);
    const Lanes first_inverse = inverse * second, second_inverse = inverse * first;
    Lanes rest[chains] = {first_inverse * product[1], first_inverse * product[0], second_inverse * product[3],
                          second_inverse * product[2]};

    const auto backward = [&](std::size_t i, Lanes& chain) {
        const Lanes value = Lanes::load(values + i);
        (chain * Lanes::load(before + i)).store(values + i);
        chain = chain * value;
    };
    for (std::size_t i = count; i > even;) backward(i -= n, rest[0]);
    for (std::size_t i = even; i > 0;) {
        i -= chains * n;
        for (std::size_t k = 0; k < chains; ++k) backward(i + k * n, rest[k]);
    }
    return true;
}

template <unsigned degree>
bool fractions_tile(const std::uint64_t* const* numerators, const std::uint64_t* const* denominators,
                    std::size_t count, std::size_t rows, std::uint64_t* scratch, std::uint64_t* const* quotients,
                    std::uint64_t* const* totals) {
    const std::size_t all = count * rows;
    std::uint64_t* const norms = scratch;
    std::uint64_t* const adjoints = scratch + 2 * all;  // [degree][count][rows]; between them what inversion needs
    for (std::size_t j = 0; j < count; ++j)
        for (std::size_t i = 0; i < rows; i += Lanes::count) {
            const auto value = load_extension<degree>(denominators + j * degree, i);
            const auto adjoint = value.adjoint();
            for (unsigned d = 0; d < degree; ++d) adjoint[d].store(adjoints + d * all + j * rows + i);
            value.norm(adjoint).store(norms + j * rows + i);
        }
    if (!invert_tile(norms, all, scratch + all)) return false;
    for (std::size_t j = 0; j < count; ++j)
        for (std::size_t i = 0; i < rows; i += Lanes::count) {
            const auto adjoint = ExtensionLanes<degree>::load(adjoints + j * rows + i, all);
            const auto quotient =
                load_extension<degree>(numerators + j * degree, i) * adjoint * Lanes::load(norms + j * rows + i);
            for (unsigned d = 0; d < degree; ++d) {
                const Lanes word = quotient[d].canonical();
                word.store(quotients[j * degree + d] + i);
                const Lanes total = j == 0 ? word : Lanes::load(totals[d] + i).plus_canonical(word);
                total.store_canonical(totals[d] + i);
            }
        }
    return true;
}

inline void scale_tile(const std::uint64_t* a, std::uint64_t factor, std::size_t rows, std::uint64_t* out) {
    const Lanes by = Lanes::broadcast(factor);
    for (std::size_t i = 0; i < rows; i += Lanes::count) (Lanes::load(a + i) * by).store_canonical(out + i);
}

inline void square_tile(const std::uint64_t* a, std::size_t rows, std::uint64_t* out) {
    for (std::size_t i = 0; i < rows; i += Lanes::count) Lanes::load(a + i).square().store_canonical(out + i);
}

template <unsigned degree>
bool deep_tile(const std::uint64_t* x, const VectorKernels::DeepPoint& point, const VectorKernels::DeepTerm* terms,
               std::size_t count, std::size_t rows, std::uint64_t* scratch, std::uint64_t* const* sums, bool first) {
    using E = typename ExtensionOf<degree>::Type;
    const Lanes trace = Lanes::broadcast(point.trace), middle = Lanes::broadcast(point.middle),
                norm = Lanes::broadcast(point.norm);
    for (std::size_t i = 0; i < rows; i += Lanes::count) {
        const Lanes at = Lanes::load(x + i);
        const Lanes above = at.minus_canonical(trace);
        if constexpr (degree == 2) {
            Lanes::multiply_add(above, at, norm).store(scratch + i);
        } else {
            (Lanes::multiply_add(above, at, middle) * at).minus_canonical(norm).store(scratch + i);
        }
    }
    if (!invert_tile(scratch, rows, scratch + rows)) return false;

    // A single term's weight is a factor of the polynomial in x; several terms are weighted by themselves.
    const E weight = count == 1 ? E::from_canonical(terms[0].weight) : E::one();
    const auto lead = broadcast_extension<degree>(weight),
               linear = broadcast_extension<degree>(weight * E::from_canonical(point.linear)),
               constant = broadcast_extension<degree>(weight * E::from_canonical(point.constant));
    for (std::size_t i = 0; i < rows; i += Lanes::count) {
        ExtensionLanes<degree> numerator;
        for (std::size_t t = 0; t < count; ++t) {
            const VectorKernels::DeepTerm& term = terms[t];
            ExtensionLanes<degree> sum;
            for (unsigned d = 0; d < degree; ++d) {
                sum[d] = Lanes::broadcast(term.value[d] ? Goldilocks::modulus - term.value[d] : 0);
                for (std::size_t j = 0; j < term.count; ++j)
                    sum[d] = sum[d].plus_canonical(Lanes::load(term.columns[j * degree + d] + i));
            }
            if (count > 1) sum = sum * ExtensionLanes<degree>::broadcast(term.weight);
            numerator = t == 0 ? sum : numerator + sum;
        }
        const Lanes at = Lanes::load(x + i), inverse = Lanes::load(scratch + i);
        ExtensionLanes<degree> other;
        for (unsigned d = 0; d < degree; ++d) {
            other[d] = degree == 2 ? Lanes::multiply_add(lead[d], at, constant[d])
                                   : Lanes::multiply_add(Lanes::multiply_add(lead[d], at, linear[d]), at, constant[d]);
        }
        const auto quotient = numerator * (other * inverse);
        for (unsigned d = 0; d < degree; ++d) {
            const Lanes sum = first ? quotient[d] : quotient[d].plus_canonical(Lanes::load(sums[d] + i));
            sum.store_canonical(sums[d] + i);
        }
    }
    return true;
}

template <unsigned degree>
void fold_tile(const std::uint64_t* const* low, const std::uint64_t* const* high, const std::uint64_t* challenge,
               const std::uint64_t* inverse_x, std::uint64_t scale, std::size_t rows, std::uint64_t* const* out) {
    const auto by = ExtensionLanes<degree>::broadcast(challenge);
    const Lanes scale_lanes = Lanes::broadcast(scale);
    for (std::size_t i = 0; i < rows; i += Lanes::count) {
        ExtensionLanes<degree> sum, difference;
        for (unsigned d = 0; d < degree; ++d) {
            const Lanes a = Lanes::load(low[d] + i), b = Lanes::load(high[d] + i);
            sum[d] = a.plus_canonical(b);
            difference[d] = a.minus_canonical(b);
        }
        const auto product = difference * by;
        const Lanes inverse = Lanes::load(inverse_x + i);
        for (unsigned d = 0; d < degree; ++d) {
            Lanes folded = Lanes::multiply_add(product[d], inverse, sum[d]);
            if (scale != 1) folded = folded * scale_lanes;
            folded.store_canonical(out[d] + i);
        }
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::stark
