// Instruction sets: what the CPU and the operating system offer, and what a caller allows.
//
// This is the only place where the CPU is asked what it can do. A kernel's dispatch table has one entry
// an instruction set and picks the best one that `isa_allowed()` holds.
#pragma once

#include <cstdint>

namespace zkmark {

// In rising order: each level includes those before it.
enum class Isa : int { portable = 0, avx2 = 1, avx512 = 2 };

constexpr int isa_count = 3;
const char* isa_name(Isa isa);

// avx2: AVX2, FMA, BMI2 and ADX. avx512: avx2 and AVX-512 F, DQ, BW, VL and IFMA. Both with the registers
// enabled by the operating system.
Isa isa_detected();

// The SHA extensions stand beside the levels: CPUs without AVX2 have them and CPUs with AVX-512 lack them.
bool has_sha_extensions();

// So do AES-NI's rounds.
bool has_aes_instructions();

// The level that kernels may use: `isa_detected()` unless lowered.
Isa isa_allowed();
// Lowers (or raises back) the level; a level above `isa_detected()` is refused (false).
bool set_isa_allowed(Isa isa);

}  // namespace zkmark
