// The seven rounds of BLAKE3 in vector lanes, in assembly. Include this in one file an instruction set.
//
// Registers are the reason: the state of one group of messages takes all sixteen that AVX2 has, that of two groups all
// thirty-two of AVX-512, and compilers then move one word in four to memory and back in the middle of a chain (gcc
// 12: 71 cycles a message with AVX2, 33 with AVX-512, against 46 and 27 here). Here message words are operands in
// memory, as are the patterns of AVX2's rotations by bytes. Its other rotations need one register more: a word of
// the state that is not used meanwhile goes to memory for a while, another one each time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/blake3_constants.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Words 12 to 15 of the state that a compression starts with.
struct Blake3Tail {
    std::uint32_t counter_low, counter_high, length, flags;
};

#if defined(__AVX512F__)
// Each line for registers 0 to 15 and for 16 to 31, which hold the first and the second half of the lanes.
#define ZKMARK_LOW(n) "%%zmm" #n
#define ZKMARK_HIGH(n) ZKMARK_HIGH_##n
#define ZKMARK_HIGH_0 "%%zmm16"
#define ZKMARK_HIGH_1 "%%zmm17"
#define ZKMARK_HIGH_2 "%%zmm18"
#define ZKMARK_HIGH_3 "%%zmm19"
#define ZKMARK_HIGH_4 "%%zmm20"
#define ZKMARK_HIGH_5 "%%zmm21"
#define ZKMARK_HIGH_6 "%%zmm22"
#define ZKMARK_HIGH_7 "%%zmm23"
#define ZKMARK_HIGH_8 "%%zmm24"
#define ZKMARK_HIGH_9 "%%zmm25"
#define ZKMARK_HIGH_10 "%%zmm26"
#define ZKMARK_HIGH_11 "%%zmm27"
#define ZKMARK_HIGH_12 "%%zmm28"
#define ZKMARK_HIGH_13 "%%zmm29"
#define ZKMARK_HIGH_14 "%%zmm30"
#define ZKMARK_HIGH_15 "%%zmm31"
#define ZKMARK_BINARY(op, x, y)                                     \
    op " " ZKMARK_LOW(y) "," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t" \
    op " " ZKMARK_HIGH(y) "," ZKMARK_HIGH(x) "," ZKMARK_HIGH(x) "\n\t"
#define ZKMARK_XOR_TO(x, y) ZKMARK_BINARY("vpxord", x, y)
#define ZKMARK_ADD_WORD(x, word)                                         \
    "vpaddd " #word "*128(%[m])," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t" \
    "vpaddd " #word "*128+64(%[m])," ZKMARK_HIGH(x) "," ZKMARK_HIGH(x) "\n\t"
#define ZKMARK_SAVE(x)
#define ZKMARK_RESTORE(x)
#define ZKMARK_ROTATE_BYTES(bits, x)                            \
    "vprord $" #bits "," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t" \
    "vprord $" #bits "," ZKMARK_HIGH(x) "," ZKMARK_HIGH(x) "\n\t"
#define ZKMARK_ROTATE(right, left, x, spare) ZKMARK_ROTATE_BYTES(right, x)
#define ZKMARK_LOAD(n)                                        \
    "vmovdqa64 " #n "*128(%[chaining])," ZKMARK_LOW(n) "\n\t" \
    "vmovdqa64 " #n "*128+64(%[chaining])," ZKMARK_HIGH(n) "\n\t"
#define ZKMARK_STORE(n)                                  \
    "vmovdqa64 " ZKMARK_LOW(n) "," #n "*128(%[out])\n\t" \
    "vmovdqa64 " ZKMARK_HIGH(n) "," #n "*128+64(%[out])\n\t"
#define ZKMARK_EVERYWHERE(table, i, n)                           \
    "vpbroadcastd " #i "*4(%[" #table "])," ZKMARK_LOW(n) "\n\t" \
    "vpbroadcastd " #i "*4(%[" #table "])," ZKMARK_HIGH(n) "\n\t"
#else
#define ZKMARK_LOW(n) "%%ymm" #n
#define ZKMARK_BINARY(op, x, y) op " " ZKMARK_LOW(y) "," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t"
#define ZKMARK_XOR_TO(x, y) ZKMARK_BINARY("vpxor", x, y)
#define ZKMARK_ADD_WORD(x, word) "vpaddd " #word "*32(%[m])," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t"
#define ZKMARK_SAVE(x) "vmovdqa " ZKMARK_LOW(x) ",%[saved]\n\t"
#define ZKMARK_RESTORE(x) "vmovdqa %[saved]," ZKMARK_LOW(x) "\n\t"
#define ZKMARK_ROTATE_BYTES(bits, x) "vpshufb %[by" #bits "]," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t"
#define ZKMARK_ROTATE(right, left, x, spare)                         \
    "vpsrld $" #right "," ZKMARK_LOW(x) "," ZKMARK_LOW(spare) "\n\t" \
    "vpslld $" #left "," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t"      \
    "vpor " ZKMARK_LOW(spare) "," ZKMARK_LOW(x) "," ZKMARK_LOW(x) "\n\t"
#define ZKMARK_LOAD(n) "vmovdqa " #n "*32(%[chaining])," ZKMARK_LOW(n) "\n\t"
#define ZKMARK_STORE(n) "vmovdqa " ZKMARK_LOW(n) "," #n "*32(%[out])\n\t"
#define ZKMARK_EVERYWHERE(table, i, n) "vpbroadcastd " #i "*4(%[" #table "])," ZKMARK_LOW(n) "\n\t"
#endif
#define ZKMARK_ADD(x, y) ZKMARK_BINARY("vpaddd", x, y)

// Parts of two mixings side by side. The first half turns d by 16 and b by 12, the second by 8 and 7.
#define ZKMARK_START(by, w0, a0, b0, d0, w1, a1, b1, d1)                                  \
    ZKMARK_ADD_WORD(a0, w0) ZKMARK_ADD_WORD(a1, w1) ZKMARK_ADD(a0, b0) ZKMARK_ADD(a1, b1) \
    ZKMARK_XOR_TO(d0, a0) ZKMARK_XOR_TO(d1, a1) ZKMARK_ROTATE_BYTES(by, d0) ZKMARK_ROTATE_BYTES(by, d1)
#define ZKMARK_SUMS(c0, d0, c1, d1) ZKMARK_ADD(c0, d0) ZKMARK_ADD(c1, d1)
#define ZKMARK_TURN(right, left, b0, c0, b1, c1)                                                   \
    ZKMARK_XOR_TO(b0, c0) ZKMARK_XOR_TO(b1, c1) ZKMARK_SAVE(c0) ZKMARK_ROTATE(right, left, b0, c0) \
    ZKMARK_ROTATE(right, left, b1, c0) ZKMARK_RESTORE(c0)

// Columns 0 and 1 lead columns 2 and 3 by half of a half, and so do diagonals 0 and 3, which take b from the
// leading columns, diagonals 1 and 2. The last of those are left for what follows the round.
#define ZKMARK_REST_OF_ROUND ZKMARK_SUMS(11, 12, 8, 13)
#define ZKMARK_LAST_TURN ZKMARK_TURN(7, 25, 6, 11, 7, 8)
#define ZKMARK_ROUND(sums, turn, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15) \
    sums ZKMARK_START(16, w0, 0, 4, 12, w2, 1, 5, 13) turn                                             \
    ZKMARK_SUMS(8, 12, 9, 13) ZKMARK_TURN(12, 20, 4, 8, 5, 9)                                          \
    ZKMARK_START(16, w4, 2, 6, 14, w6, 3, 7, 15)                                                       \
    ZKMARK_SUMS(10, 14, 11, 15)                                                                        \
    ZKMARK_START(8, w1, 0, 4, 12, w3, 1, 5, 13) ZKMARK_TURN(12, 20, 6, 10, 7, 11)                      \
    ZKMARK_SUMS(8, 12, 9, 13) ZKMARK_TURN(7, 25, 5, 9, 4, 8)                                           \
    ZKMARK_START(8, w5, 2, 6, 14, w7, 3, 7, 15)                                                        \
    ZKMARK_SUMS(10, 14, 11, 15)                                                                        \
    ZKMARK_START(16, w8, 0, 5, 15, w14, 3, 4, 14) ZKMARK_TURN(7, 25, 7, 11, 6, 10)                     \
    ZKMARK_SUMS(10, 15, 9, 14) ZKMARK_TURN(12, 20, 5, 10, 4, 9)                                        \
    ZKMARK_START(16, w10, 1, 6, 12, w12, 2, 7, 13)                                                     \
    ZKMARK_SUMS(11, 12, 8, 13)                                                                         \
    ZKMARK_START(8, w9, 0, 5, 15, w15, 3, 4, 14) ZKMARK_TURN(12, 20, 6, 11, 7, 8)                      \
    ZKMARK_SUMS(10, 15, 9, 14) ZKMARK_TURN(7, 25, 4, 9, 5, 10)                                         \
    ZKMARK_START(8, w11, 1, 6, 12, w13, 2, 7, 13)
#define ZKMARK_FIRST_ROUND(...) ZKMARK_ROUND(, , __VA_ARGS__)
#define ZKMARK_NEXT_ROUND(...) ZKMARK_ROUND(ZKMARK_REST_OF_ROUND, ZKMARK_LAST_TURN, __VA_ARGS__)

// `out`: `chaining` after the block `m`, which are eight and sixteen aligned vectors.
template <class V>
inline void blake3_compress(V* out, const V* chaining, const V* m, const Blake3Tail& tail) {
#if defined(__AVX512F__)
#define ZKMARK_OUTPUTS
#define ZKMARK_PATTERNS
#define ZKMARK_MORE_REGISTERS                                                                                     \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", \
        "xmm28", "xmm29", "xmm30", "xmm31"
#else
#define ZKMARK_OUTPUTS [saved] "=m"(saved)
#define ZKMARK_PATTERNS , [by8] "m"(by8), [by16] "m"(by16)
#define ZKMARK_MORE_REGISTERS
    V saved;
    alignas(32) static constexpr std::uint8_t by8[32] = {1, 2,  3,  0, 5,  6, 7,  4,  9, 10, 11, 8, 13, 14, 15, 12,
                                                         1, 2,  3,  0, 5,  6, 7,  4,  9, 10, 11, 8, 13, 14, 15, 12};
    alignas(32) static constexpr std::uint8_t by16[32] = {2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
                                                          2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13};
#endif
    __asm__ volatile(
        ZKMARK_LOAD(0) ZKMARK_LOAD(1) ZKMARK_LOAD(2) ZKMARK_LOAD(3)
        ZKMARK_LOAD(4) ZKMARK_LOAD(5) ZKMARK_LOAD(6) ZKMARK_LOAD(7)
        ZKMARK_EVERYWHERE(iv, 0, 8) ZKMARK_EVERYWHERE(iv, 1, 9)
        ZKMARK_EVERYWHERE(iv, 2, 10) ZKMARK_EVERYWHERE(iv, 3, 11)
        ZKMARK_EVERYWHERE(tail, 0, 12) ZKMARK_EVERYWHERE(tail, 1, 13)
        ZKMARK_EVERYWHERE(tail, 2, 14) ZKMARK_EVERYWHERE(tail, 3, 15)
        ZKMARK_FIRST_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        ZKMARK_NEXT_ROUND(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
        ZKMARK_NEXT_ROUND(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
        ZKMARK_NEXT_ROUND(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
        ZKMARK_NEXT_ROUND(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4)
        ZKMARK_NEXT_ROUND(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7)
        ZKMARK_NEXT_ROUND(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13)
        ZKMARK_REST_OF_ROUND ZKMARK_LAST_TURN
        ZKMARK_XOR_TO(0, 8) ZKMARK_XOR_TO(1, 9) ZKMARK_XOR_TO(2, 10) ZKMARK_XOR_TO(3, 11)
        ZKMARK_XOR_TO(4, 12) ZKMARK_XOR_TO(5, 13) ZKMARK_XOR_TO(6, 14) ZKMARK_XOR_TO(7, 15)
        ZKMARK_STORE(0) ZKMARK_STORE(1) ZKMARK_STORE(2) ZKMARK_STORE(3)
        ZKMARK_STORE(4) ZKMARK_STORE(5) ZKMARK_STORE(6) ZKMARK_STORE(7)
        : ZKMARK_OUTPUTS
        : [out] "r"(out), [chaining] "r"(chaining), [m] "r"(m), [tail] "r"(&tail), [iv] "r"(blake3_initial_value.data())
          ZKMARK_PATTERNS
        : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14", "xmm15" ZKMARK_MORE_REGISTERS);
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#undef ZKMARK_LOW
#undef ZKMARK_HIGH
#undef ZKMARK_HIGH_0
#undef ZKMARK_HIGH_1
#undef ZKMARK_HIGH_2
#undef ZKMARK_HIGH_3
#undef ZKMARK_HIGH_4
#undef ZKMARK_HIGH_5
#undef ZKMARK_HIGH_6
#undef ZKMARK_HIGH_7
#undef ZKMARK_HIGH_8
#undef ZKMARK_HIGH_9
#undef ZKMARK_HIGH_10
#undef ZKMARK_HIGH_11
#undef ZKMARK_HIGH_12
#undef ZKMARK_HIGH_13
#undef ZKMARK_HIGH_14
#undef ZKMARK_HIGH_15
#undef ZKMARK_BINARY
#undef ZKMARK_XOR_TO
#undef ZKMARK_ADD
#undef ZKMARK_ADD_WORD
#undef ZKMARK_SAVE
#undef ZKMARK_RESTORE
#undef ZKMARK_ROTATE
#undef ZKMARK_ROTATE_BYTES
#undef ZKMARK_LOAD
#undef ZKMARK_STORE
#undef ZKMARK_EVERYWHERE
#undef ZKMARK_START
#undef ZKMARK_SUMS
#undef ZKMARK_TURN
#undef ZKMARK_REST_OF_ROUND
#undef ZKMARK_LAST_TURN
#undef ZKMARK_ROUND
#undef ZKMARK_FIRST_ROUND
#undef ZKMARK_NEXT_ROUND
#undef ZKMARK_OUTPUTS
#undef ZKMARK_PATTERNS
#undef ZKMARK_MORE_REGISTERS
