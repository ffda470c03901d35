// Verifying opened leaves: all leaves are hashed in lanes at once, then each layer's nodes.
//
// Work, for q leaves of c columns in a tree of n: q ceil(c / 8) compressions for the leaves and at most q log2(n / q) +
// 2 q for the paths, which share what they can. With BLAKE3 and AVX2 that is some tens of microseconds for 80 leaves.
#include "kernels/stark/cpu/openings.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/stark/cpu/trees.hpp"

namespace zkmark::stark {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

bool canonical(const std::uint64_t* words, std::size_t count) {
    return std::all_of(words, words + count, [](std::uint64_t w) { return w < Goldilocks::modulus; });
}

bool canonical_digests(const Hash& hash, const std::uint8_t* digests, std::size_t count) {
    if (hash.unit_bytes == 1) return true;
    for (std::size_t at = 0; at < count * digest_bytes; at += word_bytes) {
        std::uint64_t word;
        std::memcpy(&word, digests + at, sizeof word);
        if (word >= Goldilocks::modulus) return false;
    }
    return true;
}

// A node that is known: where it is in its layer, and one of the leaves below, by its number in `indices`.
struct Known {
    std::size_t place, leaf;
};

bool verify_opening(const Hash& hash, std::size_t blocks, const Opened& opened) {
    const std::vector<OpenedRows>& matrices = opened.matrices;
    const std::uint8_t* siblings = opened.siblings;
    const std::size_t count = opened.count, sibling_count = opened.sibling_bytes / digest_bytes;
    if (!count || opened.sibling_bytes % digest_bytes || !canonical_digests(hash, siblings, sibling_count)) return false;
    std::vector<unsigned> log_heights;
    for (const OpenedRows& rows : matrices) {
        if (rows.count != count || !canonical(rows.words, rows.columns * count)) return false;
        log_heights.push_back(rows.log_height);
    }
    const HashKernels& kernels = *choose_kernels(hash).kernels;
    const std::vector<Level> levels = levels_of(log_heights);
    const unsigned log_height = levels[0].log_height;
    const unsigned top = log_height + static_cast<unsigned>(std::countr_zero(blocks));
    const std::size_t height = std::size_t(1) << log_height;
    std::vector<Known> known;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = static_cast<std::size_t>(opened.indices[i]);
        known.push_back({(index & ~(height - 1)) + reversed(index & (height - 1), log_height), i});
    }
    std::sort(known.begin(), known.end(), [](const Known& a, const Known& b) { return a.place < b.place; });

    std::vector<std::uint8_t> messages, digests(count * digest_bytes), of_rows(count * digest_bytes),
        pairs(2 * count * digest_bytes);
    // Digests of a level's rows, one for each known node.
    const auto hash_rows = [&](const Level& level, std::uint8_t* out) {
        std::size_t columns = 0;
        for (const std::size_t m : level.matrices) columns += matrices[m].columns;
        messages.resize(known.size() * columns * word_bytes + 1);
        std::size_t at = 0;
        for (const Known& node : known)
            for (const std::size_t m : level.matrices) {
                const std::size_t bytes = matrices[m].columns * word_bytes;
                if (bytes) std::memcpy(messages.data() + at, matrices[m].words + node.leaf * matrices[m].columns, bytes);
                at += bytes;
            }
        kernels.hash_many(messages.data(), columns * word_bytes / hash.unit_bytes, known.size(), out);
    };
    // Whether both leaves have the same rows in all matrices from a level on, as they must where their paths meet.
    const auto same_rows = [&](const Known& a, const Known& b, unsigned layer) {
        for (const Level& level : levels) {
            if (level.layer < layer) continue;
            for (const std::size_t m : level.matrices) {
                const std::uint64_t* words = matrices[m].words;
                const std::size_t columns = matrices[m].columns;
                if (!std::equal(words + a.leaf * columns, words + (a.leaf + 1) * columns, words + b.leaf * columns))
                    return false;
            }
        }
        return true;
    };

    hash_rows(levels[0], digests.data());
    std::size_t next_level = 1, used = 0;
    for (unsigned layer = 1; layer <= top; ++layer) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < known.size(); ++i) {
            const Known node = known[i];
            std::uint8_t* pair = pairs.data() + 2 * kept * digest_bytes;
            std::uint8_t* own = pair + (node.place & 1) * digest_bytes;
            std::uint8_t* other = pair + (~node.place & 1) * digest_bytes;
            std::memcpy(own, digests.data() + i * digest_bytes, digest_bytes);
            if (i + 1 < known.size() && known[i + 1].place == (node.place ^ 1)) {
                if (layer <= log_height && !same_rows(node, known[i + 1], layer)) return false;
                std::memcpy(other, digests.data() + ++i * digest_bytes, digest_bytes);
            } else {
                if (used == sibling_count) return false;
                hash.from_canonical(siblings + used++ * digest_bytes, 1, other);
            }
            known[kept++] = {node.place / 2, node.leaf};
        }
        known.resize(kept);
        kernels.compress_pairs(pairs.data(), kept, digests.data());
        if (next_level == levels.size() || levels[next_level].layer != layer) continue;
        hash_rows(levels[next_level++], of_rows.data());
        for (std::size_t i = 0; i < kept; ++i) {
            std::memcpy(pairs.data() + 2 * i * digest_bytes, digests.data() + i * digest_bytes, digest_bytes);
            std::memcpy(pairs.data() + (2 * i + 1) * digest_bytes, of_rows.data() + i * digest_bytes, digest_bytes);
        }
        kernels.compress_pairs(pairs.data(), kept, digests.data());
    }
    std::uint8_t computed[digest_bytes];
    hash.to_canonical(digests.data(), 1, computed);
    return used == sibling_count && std::memcmp(computed, opened.root, digest_bytes) == 0;
}

}  // namespace

std::vector<bool> verify_openings(const Hash& hash, std::size_t blocks, const std::vector<Opened>& openings) {
    std::vector<std::uint8_t> found(openings.size());  // not of bool: threads write their own bytes
    std::atomic<bool> no_memory{false};
    const auto verify = [&](std::size_t begin, std::size_t end) {
        try {
            for (std::size_t i = begin; i < end; ++i) found[i] = verify_opening(hash, blocks, openings[i]);
        } catch (const std::bad_alloc&) {
            no_memory = true;
        }
    };
    if (hash.unit_bytes == 1 || openings.size() < 2) verify(0, openings.size());
    else parallel_for(openings.size(), 1, verify);
    if (no_memory) throw std::bad_alloc();
    return {found.begin(), found.end()};
}

}  // namespace zkmark::stark
