// Which code computes which hash: the one place where an instruction set is chosen.
//
// To add one: write name_avx2.cpp with a `const HashKernels name_avx2` and put its address in the row
// below. What a row leaves null falls back to the level before it.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark {
namespace {

const Hash sha_256 = {"sha-256", 1,       0, copy_digests, copy_digests, nullptr,
                      {&sha256_portable, &sha256_avx2, &sha256_avx512}, &sha256_sha};
const Hash blake3 = {"blake3", 1,       0, copy_digests, copy_digests, nullptr,
                     {&blake3_portable, &blake3_avx2, &blake3_avx512}, nullptr};
const Hash keccak_256 = {"keccak-256", 1,       0, copy_digests, copy_digests, nullptr,
                         {&keccak256_portable, &keccak256_avx2, &keccak256_avx512}, nullptr};

const Hash* const hashes[] = {
    &sha_256,
    &blake3,
    &keccak_256,
    &poseidon2_babybear_16,
    &poseidon2_babybear_24,
    &poseidon2_koalabear_16,
    &poseidon2_goldilocks_8,
    &poseidon2_goldilocks_12,
    &rpo_256,
};

bool usable(const HashKernels* kernels) { return kernels && kernels->hash_many; }

}  // namespace

void copy_digests(const std::uint8_t* from, std::size_t count, std::uint8_t* to) {
    if (count) std::memmove(to, from, count * digest_bytes);
}

// What no kernel takes from columns, such as fewer messages than there are lanes, is put together first.
void hash_columns(const Hash& hash, const HashKernels& kernels, const std::uint64_t* const* columns,
                  std::size_t length, std::size_t row, std::size_t count, std::size_t next_row, std::uint8_t* digests,
                  std::size_t stride) {
    if (kernels.hash_columns) {
        const std::size_t full = count - count % kernels.column_lanes;
        if (full) kernels.hash_columns(columns, length, row, full, next_row, digests, stride);
        row += full, count -= full, digests += full * stride;
        if (!count) return;
    }
    constexpr std::size_t together = 32;
    const std::size_t message_bytes = length * sizeof(std::uint64_t);
    std::vector<std::uint8_t> messages(std::min(count, together) * message_bytes + 1);
    std::uint8_t made[together * digest_bytes];
    for (std::size_t first = 0; first < count; first += together) {
        const std::size_t here = std::min(together, count - first);
        for (std::size_t k = 0; k < length; ++k)
            for (std::size_t i = 0; i < here; ++i)
                std::memcpy(messages.data() + i * message_bytes + k * sizeof(std::uint64_t),
                            columns[k] + row + first + i, sizeof(std::uint64_t));
        kernels.hash_many(messages.data(), message_bytes / hash.unit_bytes, here, made);
        for (std::size_t i = 0; i < here; ++i)
            std::memcpy(digests + (first + i) * stride, made + i * digest_bytes, digest_bytes);
    }
}

const Hash* find_hash(std::string_view id) {
    for (const Hash* hash : hashes)
        if (id == hash->id) return hash;
    return nullptr;
}

ChosenKernels choose_kernels(const Hash& hash) {
    const Isa allowed = isa_allowed();
    for (int level = static_cast<int>(allowed); level > 0; --level) {
        // SHA-NI is used wherever more than portable code is allowed, since no level includes it. It comes
        // before AVX2 (36 against 91 ns a pair of digests on Zen 4) and after AVX-512 (29 ns).
        if (level == static_cast<int>(Isa::avx2) && usable(hash.by_sha_extensions) && has_sha_extensions())
            return {hash.by_sha_extensions, "sha"};
        if (usable(hash.by_isa[level])) return {hash.by_isa[level], isa_name(static_cast<Isa>(level))};
    }
    return {hash.by_isa[0], isa_name(Isa::portable)};
}

const HashKernels* kernels_on(const Hash& hash, std::string_view path) {
    if (path == "sha")
        return has_sha_extensions() && usable(hash.by_sha_extensions) ? hash.by_sha_extensions : nullptr;
    for (int level = 0; level <= static_cast<int>(isa_detected()); ++level)
        if (path == isa_name(static_cast<Isa>(level)))
            return usable(hash.by_isa[level]) ? hash.by_isa[level] : nullptr;
    return nullptr;
}

}  // namespace zkmark
