#include "backends/cpu/native/isa.hpp"

#include <atomic>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace zkmark {
namespace {

struct Detected {
    Isa level = Isa::portable;
    bool sha = false;
    bool aes = false;
};

#if defined(__x86_64__)
std::uint64_t enabled_register_state() {
    std::uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (std::uint64_t(high) << 32) | low;
}

// Valgrind runs ADX's instructions, but the processor that it shows lacks the bit. The rotations do
// nothing on a bare processor and are Valgrind's mark; the request asks whether it runs.
bool runs_under_valgrind() {
    volatile std::uint64_t request[6] = {0x1001, 0, 0, 0, 0, 0};
    std::uint64_t answer = 0;
    __asm__ volatile(
        "rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
        : "+d"(answer)
        : "a"(&request[0])
        : "cc", "memory");
    return answer != 0;
}

// __builtin_cpu_supports would be shorter, but answers 0 in builds with zig's compiler driver.
Detected detect() {
    Detected found;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
    const bool sse41 = c & bit_SSE4_1;
    found.aes = sse41 && (c & bit_AES);
    const bool osxsave = c & bit_OSXSAVE;
    const bool fma = c & bit_FMA;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
    found.sha = sse41 && (b & (1u << 29));
    if (!osxsave) return found;
    const std::uint64_t state = enabled_register_state();
    const bool ymm = (state & 0x6) == 0x6;
    const bool zmm = (state & 0xe6) == 0xe6;
    const bool adx = (b & (1u << 19)) || runs_under_valgrind();
    const bool avx2 = (b & (1u << 5)) && (b & (1u << 8)) && adx;  // AVX2, BMI2
    const bool avx512 = (b & (1u << 16)) && (b & (1u << 17)) && (b & (1u << 21)) &&  // F, DQ, IFMA
                        (b & (1u << 30)) && (b & (1u << 31));                        // BW, VL
    if (ymm && fma && avx2) found.level = Isa::avx2;
    if (ymm && fma && avx2 && zmm && avx512) found.level = Isa::avx512;
    return found;
}
#else
Detected detect() { return {}; }
#endif

const Detected& detected() {
    static const Detected found = detect();
    return found;
}

std::atomic<int>& allowed() {
    static std::atomic<int> level{static_cast<int>(detected().level)};
    return level;
}

}  // namespace

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::portable: return "portable";
        case Isa::avx2: return "avx2";
        case Isa::avx512: return "avx512";
    }
    return "unknown";
}

Isa isa_detected() { return detected().level; }
bool has_sha_extensions() { return detected().sha; }
bool has_aes_instructions() { return detected().aes; }
Isa isa_allowed() { return static_cast<Isa>(allowed().load(std::memory_order_relaxed)); }

bool set_isa_allowed(Isa isa) {
    if (static_cast<int>(isa) > static_cast<int>(isa_detected())) return false;
    allowed().store(static_cast<int>(isa), std::memory_order_relaxed);
    return true;
}

}  // namespace zkmark
