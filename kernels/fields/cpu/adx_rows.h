// The rows of Montgomery's multiplication in x86-64 assembly, as text for C++ (montgomery_adx.hpp, where the scheme
// and its source stand) and for OpenCL on processors (kernels/fields/opencl/wide_adx.h). Of 4 and 6 limbs of 64 bits.
//
// Operands: a, b and p point to limbs; t0, t1 and so on, low, high and top are written early; ZKMARK_INVERSE is the
// operand with -1/p modulo 2^64. With 6 limbs the pointers a and b are overwritten at the end.

// t += a[j] * rdx, low word by CF, high word by OF.
#define ZKMARK_MULTIPLY_ADD(j, t_low, t_high)      \
    "mulxq 8*" #j "(%[a]), %[low], %[high]\n\t"    \
    "adcxq %[low], " t_low "\n\t"                  \
    "adoxq %[high], " t_high "\n\t"

// t = (t + m p) / 2^64, one limb of it; the low word's carry came with the limb before.
#define ZKMARK_REDUCE(j, t_below, t_here)          \
    "adcxq " t_here ", " t_below "\n\t"            \
    "mulxq 8*" #j "(%[p]), %[low], " t_here "\n\t" \
    "adoxq %[low], " t_below "\n\t"

#define ZKMARK_REDUCE_START(t0)                    \
    "movq " ZKMARK_INVERSE ", %%rdx\n\t"          \
    "imulq " t0 ", %%rdx\n\t"                      \
    "xorl %k[high], %k[high]\n\t"                  \
    "mulxq (%[p]), %[low], %[high]\n\t"            \
    "adcxq " t0 ", %[low]\n\t"                     \
    "movq %[high], " t0 "\n\t"

#define ZKMARK_REDUCE_END(t_last)                  \
    "movl $0, %k[low]\n\t"                         \
    "adcxq %[low], " t_last "\n\t"                 \
    "adoxq %[top], " t_last "\n\t"

#define ZKMARK_ROW_END(j_last, t_last)                \
    "mulxq 8*" #j_last "(%[a]), %[low], %[high]\n\t" \
    "adcxq %[low], " t_last "\n\t"                   \
    "movl $0, %k[low]\n\t"                           \
    "adoxq %[high], %[top]\n\t"                      \
    "adcxq %[low], %[top]\n\t"

#define ZKMARK_FIRST(j, t_here, t_above)              \
    "mulxq 8*" #j "(%[a]), %[low], " t_above "\n\t"  \
    "adcxq %[low], " t_here "\n\t"

#define ZKMARK_REDUCE_4                                                      \
    ZKMARK_REDUCE_START("%[t0]") ZKMARK_REDUCE(1, "%[t0]", "%[t1]")          \
    ZKMARK_REDUCE(2, "%[t1]", "%[t2]") ZKMARK_REDUCE(3, "%[t2]", "%[t3]")    \
    ZKMARK_REDUCE_END("%[t3]")

#define ZKMARK_ROW_4(i)                                                                \
    "movq 8*" #i "(%[b]), %%rdx\n\t"                                                   \
    "xorl %k[top], %k[top]\n\t"                                                        \
    ZKMARK_MULTIPLY_ADD(0, "%[t0]", "%[t1]") ZKMARK_MULTIPLY_ADD(1, "%[t1]", "%[t2]") \
    ZKMARK_MULTIPLY_ADD(2, "%[t2]", "%[t3]") ZKMARK_ROW_END(3, "%[t3]") ZKMARK_REDUCE_4

// The last conditional subtraction. a and b are not needed any more.
#define ZKMARK_SUBTRACT_4                                                                          \
    "movq %[t0], %[low]\n\tmovq %[t1], %[high]\n\tmovq %[t2], %[top]\n\tmovq %[t3], %%rdx\n\t" \
    "subq (%[p]), %[low]\n\tsbbq 8(%[p]), %[high]\n\tsbbq 16(%[p]), %[top]\n\t"                 \
    "sbbq 24(%[p]), %%rdx\n\t"                                                                    \
    "cmovncq %[low], %[t0]\n\tcmovncq %[high], %[t1]\n\tcmovncq %[top], %[t2]\n\t"              \
    "cmovncq %%rdx, %[t3]\n\t"

// a b / 2^256 mod p.
#define ZKMARK_MULTIPLY_4                                                                                       \
    "movq (%[b]), %%rdx\n\t"                                                                                    \
    "xorl %k[low], %k[low]\n\t"                                                                                 \
    "mulxq (%[a]), %[t0], %[t1]\n\t"                                                                            \
    ZKMARK_FIRST(1, "%[t1]", "%[t2]") ZKMARK_FIRST(2, "%[t2]", "%[t3]") ZKMARK_FIRST(3, "%[t3]", "%[top]")      \
    "movl $0, %k[low]\n\t"                                                                                      \
    "adcxq %[low], %[top]\n\t"                                                                                  \
    ZKMARK_REDUCE_4 ZKMARK_ROW_4(1) ZKMARK_ROW_4(2) ZKMARK_ROW_4(3) ZKMARK_SUBTRACT_4

#define ZKMARK_REDUCE_6                                                      \
    ZKMARK_REDUCE_START("%[t0]") ZKMARK_REDUCE(1, "%[t0]", "%[t1]")          \
    ZKMARK_REDUCE(2, "%[t1]", "%[t2]") ZKMARK_REDUCE(3, "%[t2]", "%[t3]")    \
    ZKMARK_REDUCE(4, "%[t3]", "%[t4]") ZKMARK_REDUCE(5, "%[t4]", "%[t5]")    \
    ZKMARK_REDUCE_END("%[t5]")

#define ZKMARK_ROW_6(i)                                                                \
    "movq 8*" #i "(%[b]), %%rdx\n\t"                                                   \
    "xorl %k[top], %k[top]\n\t"                                                        \
    ZKMARK_MULTIPLY_ADD(0, "%[t0]", "%[t1]") ZKMARK_MULTIPLY_ADD(1, "%[t1]", "%[t2]") \
    ZKMARK_MULTIPLY_ADD(2, "%[t2]", "%[t3]") ZKMARK_MULTIPLY_ADD(3, "%[t3]", "%[t4]") \
    ZKMARK_MULTIPLY_ADD(4, "%[t4]", "%[t5]") ZKMARK_ROW_END(5, "%[t5]") ZKMARK_REDUCE_6

#define ZKMARK_SUBTRACT_6                                                                          \
    "movq %[t0], %[low]\n\tmovq %[t1], %[high]\n\tmovq %[t2], %[top]\n\tmovq %[t3], %%rdx\n\t" \
    "movq %[t4], %[a]\n\tmovq %[t5], %[b]\n\t"                                                   \
    "subq (%[p]), %[low]\n\tsbbq 8(%[p]), %[high]\n\tsbbq 16(%[p]), %[top]\n\t"                 \
    "sbbq 24(%[p]), %%rdx\n\tsbbq 32(%[p]), %[a]\n\tsbbq 40(%[p]), %[b]\n\t"                    \
    "cmovncq %[low], %[t0]\n\tcmovncq %[high], %[t1]\n\tcmovncq %[top], %[t2]\n\t"              \
    "cmovncq %%rdx, %[t3]\n\tcmovncq %[a], %[t4]\n\tcmovncq %[b], %[t5]\n\t"

// a b / 2^384 mod p.
#define ZKMARK_MULTIPLY_6                                                                                       \
    "movq (%[b]), %%rdx\n\t"                                                                                    \
    "xorl %k[low], %k[low]\n\t"                                                                                 \
    "mulxq (%[a]), %[t0], %[t1]\n\t"                                                                            \
    ZKMARK_FIRST(1, "%[t1]", "%[t2]") ZKMARK_FIRST(2, "%[t2]", "%[t3]") ZKMARK_FIRST(3, "%[t3]", "%[t4]")       \
    ZKMARK_FIRST(4, "%[t4]", "%[t5]") ZKMARK_FIRST(5, "%[t5]", "%[top]")                                        \
    "movl $0, %k[low]\n\t"                                                                                      \
    "adcxq %[low], %[top]\n\t"                                                                                  \
    ZKMARK_REDUCE_6 ZKMARK_ROW_6(1) ZKMARK_ROW_6(2) ZKMARK_ROW_6(3) ZKMARK_ROW_6(4) ZKMARK_ROW_6(5)             \
    ZKMARK_SUBTRACT_6
