// Polynomials at points of the extension, and sums of columns with weights in it.
//
// `evaluate`: degree products a coefficient and point, the floor without structure in the points. A point's powers
// are made once for a block of 256 coefficients and serve all blocks of all columns. Memory is read once, in parts
// that stay in the cache for all points.
//
// `combine`: degree products a value; every column is read once, in tiles of rows. That is the floor in bytes:
// 8 (columns + degree) a row.
//
// Sums of products are reduced once for many (lanes.hpp): 16 instructions a product, of them 4 multiplications.
// Measured with AVX2 (Zen 2, one thread, degree 2 / 3), as a share of products that are reduced at once (0.79 ns each):
// `evaluate` 1.08 / 1.6 ns a coefficient, 0.68; `combine` 1.1 / 1.65 ns a value, 0.70, which is 7 GB/s / 5 GB/s.
#include <algorithm>
#include <stdexcept>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/stark/cpu/factors.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"
#include "kernels/stark/cpu/vectors.hpp"

namespace zkmark::stark {
namespace {

constexpr std::size_t block_rows = 256, part_rows = 4096, combined_rows = 256;

template <class E>
void evaluate_at(const Matrix& coefficients, const std::uint64_t* points, std::size_t point_count,
                 std::uint64_t* out) {
    constexpr unsigned degree = E::degree;
    const std::size_t height = coefficients.height, count = coefficients.count;
    const VectorKernels& kernels = vector_kernels(height);
    const std::size_t block = std::min(block_rows, height), part = std::min(part_rows, height), parts = height / part;

    std::vector<std::uint64_t> factors(point_count * 4 * degree * block),
        powers(point_count * part / block * degree);
    std::vector<E> part_powers(point_count);
    for (std::size_t i = 0; i < point_count; ++i) {
        const E point = E::from_canonical(points + i * degree);
        E power = E::one();
        for (std::size_t k = 0; k < block; ++k, power *= point)
            for (unsigned d = 0; d < degree; ++d)
                write_factor(power[d], &factors[(i * degree + d) * 4 * block + k], block);
        E block_power = E::one();
        for (std::size_t k = 0; k < part / block; ++k, block_power *= power)
            block_power.to_canonical(&powers[(i * part / block + k) * degree]);
        part_powers[i] = block_power;
    }

    std::vector<std::uint64_t> sums(count * parts * point_count * degree);
    parallel_for(count * parts, std::max<std::size_t>(1, 1024 / part), [&](std::size_t begin, std::size_t end) {
        for (std::size_t task = begin; task < end; ++task)
            for (std::size_t i = 0; i < point_count; ++i)
                kernels.evaluate(degree, coefficients.column(task / parts, 0) + task % parts * part, part,
                                 &factors[i * 4 * degree * block], block,
                                 &powers[i * part / block * degree],
                                 &sums[(task * point_count + i) * degree]);
    });

    for (std::size_t i = 0; i < point_count; ++i)
        for (std::size_t column = 0; column < count; ++column) {
            E total;
            for (std::size_t k = parts; k-- > 0;)
                total = total * part_powers[i] +
                        E::from_canonical(&sums[((column * parts + k) * point_count + i) * degree]);
            total.to_canonical(out + (i * count + column) * degree);
        }
}

}  // namespace

void evaluate(unsigned degree, const Matrix& coefficients, const std::uint64_t* points, std::size_t point_count,
              std::uint64_t* out) {
    if (coefficients.blocks != 1) throw std::invalid_argument("coefficients: want one block");
    if (degree == 2) {
        evaluate_at<GoldilocksExt2>(coefficients, points, point_count, out);
    } else {
        evaluate_at<GoldilocksExt3>(coefficients, points, point_count, out);
    }
}

void combine(unsigned degree, const std::vector<Matrix>& matrices, const std::uint64_t* weights,
             const MatrixOut& out) {
    std::size_t count = 0;
    for (const Matrix& matrix : matrices) {
        if (matrix.blocks != out.blocks || matrix.height != out.height)
            throw std::invalid_argument("matrices: want all of one shape");
        count += matrix.count;
    }
    if (count == 0) throw std::invalid_argument("matrices: got no columns, want at least one");
    if (out.count != degree) throw std::invalid_argument("out: want one extension column");

    std::vector<std::uint64_t> factors(count * degree * 4);
    for (std::size_t i = 0; i < count * degree; ++i) write_factor(Goldilocks::from_raw(weights[i]), &factors[4 * i], 1);

    const VectorKernels& kernels = vector_kernels(out.height);
    const std::size_t rows = std::min(combined_rows, out.height), tiles = out.height / rows;
    const std::size_t scratch_words = 4 * degree * rows;
    parallel_for(out.blocks * tiles, std::max<std::size_t>(1, 1024 / (rows * count)),
                 [&](std::size_t begin, std::size_t end) {
                     auto* const scratch =
                         static_cast<std::uint64_t*>(ntt::thread_scratch((scratch_words + count) * 8));
                     auto* const columns = reinterpret_cast<const std::uint64_t**>(scratch + scratch_words);
                     for (std::size_t task = begin; task < end; ++task) {
                         const std::size_t block = task / tiles, row = task % tiles * rows;
                         std::size_t next = 0;
                         for (const Matrix& matrix : matrices)
                             for (std::size_t i = 0; i < matrix.count; ++i)
                                 columns[next++] = matrix.column(i, block) + row;
                         std::uint64_t* outputs[3] = {};
                         for (unsigned d = 0; d < degree; ++d) outputs[d] = out.column(d, block) + row;
                         kernels.combine(degree, columns, count, factors.data(), rows, scratch, outputs);
                     }
                 });
}

}  // namespace zkmark::stark
