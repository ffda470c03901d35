// FRI's fold of an extension column, `ways` values to one.
//
// In log2(ways) steps on a tile in the cache: with f(X) = even(X^2) + X odd(X^2),
//
//     2 (even + c odd)(X^2) = (f(X) + f(-X)) + (f(X) - f(-X)) c / X,
//
// and a fold of that by c^2 is one of f by c four ways, and so on. -X lies half a block after X. Rows i of the tiles
// that are folded together stand at X v^k: the root v^-k is multiplied to the challenge, so that one row of 1 / X
// serves all; the powers of 2 are divided out at the end.
//
// Products a pair, degree 2 / 3: the challenge 4 / 9, 1 / X 2 / 3, and one a row for 1 / X or its square; ways - 1
// pairs a row, and 2 / 3 for the division: 9 / 16 for two ways, 22 / 41 for four, 47 / 90 for eight.
// Bytes: 8 degree (ways + 1) a row of the result.
// Measured (AVX2, Zen 2, one thread) against products at 0.79 ns each: 1.6 times for every number of ways; the rest
// are two additions a coordinate and pair, and canonical forms.
#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/extension.hpp"
#include "kernels/ntt/cpu/scratch.hpp"
#include "kernels/stark/cpu/domain.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"
#include "kernels/stark/cpu/vectors.hpp"

namespace zkmark::stark {
namespace {

constexpr std::size_t folded_rows = 256;

// What a step's pairs are multiplied by: [step][pair] elements, challenge^(2^step) root^(-pair 2^step).
template <class E>
std::vector<std::uint64_t> challenges_of(E challenge, std::size_t ways) {
    std::vector<std::uint64_t> result;
    for (std::size_t left = ways; left > 1; left /= 2) {
        const Goldilocks back = root(left).inverse();
        E here = challenge;
        for (std::size_t pair = 0; pair < left / 2; ++pair, here = here * back) {
            std::uint64_t words[E::degree];
            here.to_canonical(words);
            result.insert(result.end(), words, words + E::degree);
        }
        challenge = challenge.square();
    }
    return result;
}

}  // namespace

void fold(unsigned degree, const Matrix& column, std::size_t ways, const std::uint64_t* challenge,
          const MatrixOut& out) {
    if (ways < 2 || !std::has_single_bit(ways) || column.height % ways || out.height != column.height / ways)
        throw std::invalid_argument("ways: got " + std::to_string(ways) + ", want a power of two from 2 to the height");
    if (column.count != degree || out.count != degree || column.blocks != out.blocks)
        throw std::invalid_argument("columns: want one extension column");

    const std::vector<std::uint64_t> challenges =
        degree == 2 ? challenges_of(GoldilocksExt2::from_canonical(challenge), ways)
                    : challenges_of(GoldilocksExt3::from_canonical(challenge), ways);
    const VectorKernels& kernels = vector_kernels(out.height);
    const std::size_t rows = std::min(folded_rows, out.height), tiles = out.height / rows;
    const std::uint64_t scale = Goldilocks::from_u64(ways).inverse().raw();
    const TiledPoints inverses(column.height, column.blocks, rows, tiles, true);

    parallel_for(out.blocks * tiles, std::max<std::size_t>(1, 512 / (rows * ways)), [&](std::size_t begin,
                                                                                        std::size_t end) {
        auto* const inverse_x = static_cast<std::uint64_t*>(
            ntt::thread_scratch((1 + degree * ways / 2) * rows * sizeof(std::uint64_t)));
        std::uint64_t* const partial = inverse_x + rows;
        for (std::size_t task = begin; task < end; ++task) {
            const std::size_t block = task / tiles, row = task % tiles * rows;
            kernels.scale(inverses.row.data(), inverses.start(block, task % tiles), rows, inverse_x);
            const std::uint64_t* by = challenges.data();
            for (std::size_t left = ways; left > 1; left /= 2) {
                const std::size_t half = left / 2;
                for (std::size_t pair = 0; pair < half; ++pair, by += degree) {
                    const std::uint64_t *low[3] = {}, *high[3] = {};
                    std::uint64_t* to[3] = {};
                    for (unsigned d = 0; d < degree; ++d) {
                        if (left == ways) {
                            low[d] = column.column(d, block) + pair * out.height + row;
                            high[d] = low[d] + half * out.height;
                        } else {
                            low[d] = partial + (pair * degree + d) * rows;
                            high[d] = partial + ((pair + half) * degree + d) * rows;
                        }
                        to[d] = half == 1 ? out.column(d, block) + row : partial + (pair * degree + d) * rows;
                    }
                    kernels.fold(degree, low, high, by, inverse_x, half == 1 ? scale : 1, rows, to);
                }
                if (half > 1) kernels.square(inverse_x, rows, inverse_x);
            }
        }
    });
}

}  // namespace zkmark::stark
