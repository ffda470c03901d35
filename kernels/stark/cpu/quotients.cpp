// Quotients of extension columns: the fractions of lookups, and the DEEP polynomial.
//
// Products a fraction, degree 2 / 3: the denominator's adjoint and norm 2 / 9, the norm's inverse 3, numerator times
// adjoint 4 / 9, times the inverse 2 / 3: 11 / 24, and a few multiples by 7. A norm lies in the base field, so that
// inverses cost 3 products by Montgomery's trick, which is the floor that is known; with products in the extension the
// trick alone would take 12 / 27. An inversion is shared by some thousand fractions.
// Bytes a row of k fractions: 8 degree (3 k + 1), and twice 8 degree more for the running sum's second pass.
//
// Measured (AVX2, Zen 2, one thread) against products at 0.79 ns each: 1.72 / 1.68 times for six fractions a row, of
// which additions and canonical forms are most of the rest; a single one a row 2.06 / 1.83, since the running sum is
// then shared by none.
//
// Products a point of DEEP terms that share z, degree 2 / 3: x 1, the conjugates' product over x and z's minimal
// polynomial 3 / 8, the inverse 3, and 2 / 3 + 4 / 9 with the numerator: 13 / 24. Bytes: 8 degree (columns + 1).
// Measured likewise: 1.45 / 1.57 times.
#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/stark/cpu/domain.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"
#include "kernels/stark/cpu/vectors.hpp"

namespace zkmark::stark {
namespace {

constexpr std::size_t inverted = 1024;

// sum[d] of column d over up to 2^32 rows.
template <unsigned degree>
void add_up(const std::uint64_t* const* columns, std::size_t rows, std::uint64_t* sum) {
    for (unsigned d = 0; d < degree; ++d) {
        uint128_t total = 0;
        for (std::size_t i = 0; i < rows; ++i) total += columns[d][i];
        sum[d] = Goldilocks::canonical(Goldilocks::reduce_lazily(total));
    }
}

template <class E>
bool fractions_of(const Matrix& numerators, const Matrix& denominators, const MatrixOut& out, std::uint64_t* sum) {
    constexpr unsigned degree = E::degree;
    const std::size_t k = numerators.count / degree, height = out.height;
    const VectorKernels& kernels = vector_kernels(height);
    std::size_t rows = inverted;
    while (rows > 64 && rows * k > inverted) rows /= 2;
    rows = std::min(rows, height);
    const std::size_t tiles = height / rows, grain = std::max<std::size_t>(1, 512 / (rows * k));

    // First pass: quotients, and the sum of each row's where the running sum will be.
    std::vector<E> tile_sums(tiles);
    std::atomic<bool> found_zero{false};
    parallel_for(tiles, grain, [&](std::size_t begin, std::size_t end) {
        auto* const scratch = static_cast<std::uint64_t*>(
            ntt::thread_scratch((degree + 2) * k * rows * sizeof(std::uint64_t)));
        std::vector<const std::uint64_t*> pointers(2 * k * degree);
        std::vector<std::uint64_t*> quotients(k * degree);
        for (std::size_t tile = begin; tile < end; ++tile) {
            for (std::size_t c = 0; c < k * degree; ++c) {
                pointers[c] = numerators.column(c, 0) + tile * rows;
                pointers[k * degree + c] = denominators.column(c, 0) + tile * rows;
                quotients[c] = out.column(c, 0) + tile * rows;
            }
            std::uint64_t* totals[degree];
            for (unsigned d = 0; d < degree; ++d) totals[d] = out.column(k * degree + d, 0) + tile * rows;
            if (!kernels.fractions(degree, pointers.data(), pointers.data() + k * degree, k, rows, scratch,
                                   quotients.data(), totals)) {
                found_zero = true;
                return;
            }
            std::uint64_t words[degree];
            add_up<degree>(totals, rows, words);
            tile_sums[tile] = E::from_canonical(words);
        }
    });
    if (found_zero) return false;

    E total;
    for (const E& tile : tile_sums) total += tile;
    total.to_canonical(sum);
    const E step = total * Goldilocks::from_u64(height).inverse();

    // Second pass: every tile's running sum, from what the tiles before add up to.
    E before;
    for (std::size_t tile = 0; tile < tiles; ++tile) {
        const E here = tile_sums[tile];
        tile_sums[tile] = before;
        before += here - step * Goldilocks::from_raw(rows);
    }
    parallel_for(tiles, grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t tile = begin; tile < end; ++tile) {
            std::uint64_t* columns[degree];
            for (unsigned d = 0; d < degree; ++d) columns[d] = out.column(k * degree + d, 0) + tile * rows;
            E running = tile_sums[tile];
            for (std::size_t i = 0; i < rows; ++i)
                for (unsigned d = 0; d < degree; ++d) {
                    const Goldilocks here = Goldilocks::from_raw(columns[d][i]);
                    columns[d][i] = running[d].raw();
                    running[d] += here - step[d];
                }
        }
    });
    return true;
}

}  // namespace

bool fractions(unsigned degree, const Matrix& numerators, const Matrix& denominators, const MatrixOut& out,
               std::uint64_t* sum) {
    if (numerators.count == 0 || numerators.count % degree || denominators.count != numerators.count ||
        out.count != numerators.count + degree)
        throw std::invalid_argument("numerators: want as many extension columns as denominators, at least one");
    for (const std::size_t blocks : {numerators.blocks, denominators.blocks, out.blocks})
        if (blocks != 1) throw std::invalid_argument("numerators and denominators: want one block");
    for (const std::size_t height : {numerators.height, denominators.height})
        if (height != out.height) throw std::invalid_argument("numerators and denominators: want equal heights");
    return degree == 2 ? fractions_of<GoldilocksExt2>(numerators, denominators, out, sum)
                       : fractions_of<GoldilocksExt3>(numerators, denominators, out, sum);
}

namespace {

// With the conjugates z_1, ... of the point z, and m(X) = (X - z)(X - z_1)..., which lies in the base field:
// 1 / (x - z) = (x - z_1)... / m(x).
template <class E>
VectorKernels::DeepPoint deep_point(const std::uint64_t* words) {
    const E z = E::from_canonical(words), z1 = z.frobenius();
    VectorKernels::DeepPoint point{};
    if constexpr (E::degree == 2) {
        point.trace = (z + z1)[0].raw();
        point.norm = (z * z1)[0].raw();
        (-z1).to_canonical(point.constant);
    } else {
        const E z2 = z1.frobenius();
        point.trace = (z + z1 + z2)[0].raw();
        point.middle = (z * z1 + z * z2 + z1 * z2)[0].raw();
        point.norm = (z * z1 * z2)[0].raw();
        (-(z1 + z2)).to_canonical(point.linear);
        (z1 * z2).to_canonical(point.constant);
    }
    return point;
}

}  // namespace

bool deep(unsigned degree, const std::vector<DeepTerm>& terms, const MatrixOut& out) {
    if (terms.empty()) throw std::invalid_argument("terms: got none, want at least one");
    if (out.count != degree) throw std::invalid_argument("out: want one extension column");
    std::size_t pointers_needed = 0;
    for (const DeepTerm& term : terms) {
        for (const auto& element : {term.point, term.value, term.weight})
            if (element.size() != degree) throw std::invalid_argument("terms: want extension elements");
        for (const Matrix& matrix : term.columns)
            if (matrix.count != degree || matrix.blocks != out.blocks || matrix.height > out.height)
                throw std::invalid_argument("terms: want extension columns of as many blocks, and no more rows");
        pointers_needed += term.columns.size() * degree;
    }
    // Terms that share a point share its inverses.
    std::vector<std::vector<const DeepTerm*>> groups;
    for (const DeepTerm& term : terms) {
        const auto group = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto& g) { return g.front()->point == term.point; });
        if (group == groups.end()) {
            groups.push_back({&term});
        } else {
            group->push_back(&term);
        }
    }

    std::vector<VectorKernels::DeepPoint> deep_points;
    for (const auto& group : groups) {
        const std::uint64_t* point = group.front()->point.data();
        deep_points.push_back(degree == 2 ? deep_point<GoldilocksExt2>(point) : deep_point<GoldilocksExt3>(point));
    }

    const VectorKernels& kernels = vector_kernels(out.height);
    const std::size_t rows = std::min(inverted, out.height), tiles = out.height / rows;
    const TiledPoints points(out.height, out.blocks, rows, tiles, false);

    std::atomic<bool> found_zero{false};
    parallel_for(out.blocks * tiles, std::max<std::size_t>(1, 512 / rows), [&](std::size_t begin, std::size_t end) {
        // x, what inversion needs, then a tile of every column that is shorter than one.
        std::vector<const std::uint64_t*> pointers(pointers_needed);
        std::vector<VectorKernels::DeepTerm> group_terms;
        auto* const scratch = static_cast<std::uint64_t*>(
            ntt::thread_scratch((3 + pointers_needed) * rows * sizeof(std::uint64_t)));
        for (std::size_t task = begin; task < end; ++task) {
            const std::size_t block = task / tiles, row = task % tiles * rows;
            kernels.scale(points.row.data(), points.start(block, task % tiles), rows, scratch);
            std::uint64_t* sums[3] = {};
            for (unsigned d = 0; d < degree; ++d) sums[d] = out.column(d, block) + row;
            const std::uint64_t** next = pointers.data();
            std::uint64_t* copies = scratch + 3 * rows;
            for (std::size_t g = 0; g < groups.size(); ++g) {
                group_terms.clear();
                for (const DeepTerm* term : groups[g]) {
                    VectorKernels::DeepTerm here{next, term->columns.size(), {}, {}};
                    std::copy_n(term->value.begin(), degree, here.value);
                    std::copy_n(term->weight.begin(), degree, here.weight);
                    for (const Matrix& matrix : term->columns)
                        for (unsigned d = 0; d < degree; ++d) {
                            const std::uint64_t* column = matrix.column(d, block);
                            if (matrix.height < rows) {
                                copy_cyclic(column, matrix.height, 0, copies, rows);
                                column = copies;
                                copies += rows;
                            } else {
                                column += row & (matrix.height - 1);
                            }
                            *next++ = column;
                        }
                    group_terms.push_back(here);
                }
                if (!kernels.deep(degree, scratch, deep_points[g], group_terms.data(), group_terms.size(), rows,
                                  scratch + rows, sums, g == 0)) {
                    found_zero = true;
                    return;
                }
            }
        }
    });
    return !found_zero;
}

}  // namespace zkmark::stark
