// Transforms over the small fields (31 bits, Goldilocks) in vector lanes. packed_blocks.hpp tells how a block
// goes, packed.cpp how a transform is cut into blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "backends/cpu/native/isa.hpp"
#include "kernels/ntt/cpu/plan.hpp"

namespace zkmark {

// Null where the machine or what isa_allowed() holds has no path for the field.
std::unique_ptr<NttPlan> make_packed_ntt_plan(std::string_view field, const NttOptions& options);
// Whether there is a path at just this level.
bool has_packed_ntt(Isa isa, std::string_view field);

namespace ntt {

// Columns that fill a cache line. A block has a multiple of them.
template <class Word>
constexpr std::size_t packed_columns = 64 / sizeof(Word);

// Where a block lies in an array, in elements: rows at place(row) * stride with columns side by side, or, as
// `runs`, columns at place(column) * stride with rows side by side. Null tables are the identity; columns
// are permuted in runs only. In runs it is rows of the block that are permuted: run position s is row rows[s].
struct PackedLayout {
    bool runs = false;
    std::size_t stride = 0;
    const std::uint32_t* rows = nullptr;
    const std::uint32_t* columns = nullptr;
};

// One pass over one array. Tables are of Words. Factors are pairs of words (packed_lanes.hpp); those that
// differ from column to column are in two arrays, so that they load as vectors.
struct PackedPass {
    unsigned log_rows = 0;
    std::size_t width = 0;  // columns of a block
    PackedLayout from, to;
    std::uint64_t modulus = 0;

    // Fields of 31 bits: node j of layer l has twiddle j, or 2^l + j in a coset.
    const void* twiddles = nullptr;
    bool coset = false;

    // Goldilocks: how many layers each sweep takes; node j's radix - 1 factors, or the power of the 64th root 8
    // whose powers they are, by shifts; and the part where part p of a node's results belongs.
    struct Sweep {
        unsigned log_radix = 0;
        bool by_shifts = false;
        const void* factors = nullptr;
        std::uint8_t eighths[8] = {};    // by shifts: one a node
        std::uint8_t parts[8][16] = {};  // by shifts: one row a node; else one for all
    };
    unsigned sweep_count = 0;
    Sweep sweeps[8];

    // Row r of column c is multiplied first by low[r mod 2^log_low][c] * high[r >> log_low][c]: powers of the
    // column's root, all of the low ones times its start. Tables of so many columns a row; null: made for a
    // block when it is gathered. The first high row is ones and not used.
    struct Columns {
        const void *words = nullptr, *seconds = nullptr;
    };
    bool twisted = false;
    unsigned log_low = 0;
    std::size_t twist_columns = 0;
    Columns low, high, roots, starts;

    // What row r is multiplied by first, the same in all columns: three words each, Goldilocks only, where rows come
    // as rows. Null: nothing.
    const void* from_factors = nullptr;

    // Whether rows that go to an array go past the caches, if they are whole cache lines there.
    bool streamed = false;

    // What row r is multiplied by at last. Null: nothing.
    const void* row_factors = nullptr;
};

// Transforms `columns` columns from column `first` on: a block's width, or fewer between runs. `block` has room
// for a block, and packed_twist_bytes() behind it.
using PackedBlock = void (*)(const PackedPass& pass, const void* in, void* out, std::size_t first,
                             std::size_t columns, void* block);

// Of twists made for a block: both words of the low and the high ones.
inline std::size_t packed_twist_bytes(const PackedPass& pass, std::size_t word_bytes) {
    if (!pass.twisted || pass.low.words) return 0;
    return 2 * pass.width * word_bytes *
           ((std::size_t(1) << pass.log_low) + (std::size_t(1) << (pass.log_rows - pass.log_low)));
}

struct PackedKernels {
    PackedBlock field31, goldilocks;
};

// One an instruction set, in packed_<isa>.cpp; null where the compiler made no such code.
const PackedKernels* packed_kernels_avx2();
const PackedKernels* packed_kernels_avx512();

}  // namespace ntt
}  // namespace zkmark
