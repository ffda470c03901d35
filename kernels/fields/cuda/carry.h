// Additions and multiplications that hand their carry on, as PTX has them, and the same on the host.
//
// The flag lives between one instruction and the next: a chain stands in straight code with nothing else in it.
#if defined(__CUDA_ARCH__)

#define CARRY_TWO(name, instruction)                                                     \
    FUNCTION u32 name(u32 a, u32 b) {                                                    \
        u32 r;                                                                           \
        asm volatile(instruction ".u32 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b));         \
        return r;                                                                        \
    }
#define CARRY_THREE(name, instruction)                                                   \
    FUNCTION u32 name(u32 a, u32 b, u32 c) {                                             \
        u32 r;                                                                           \
        asm volatile(instruction ".u32 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c)); \
        return r;                                                                        \
    }
// With zero: a register that holds one costs instructions.
#define CARRY_ONE(name, instruction)                                     \
    FUNCTION u32 name(u32 a) {                                           \
        u32 r;                                                           \
        asm volatile(instruction ".u32 %0, %1, 0;" : "=r"(r) : "r"(a));  \
        return r;                                                        \
    }
CARRY_ONE(subc_zero, "subc")
CARRY_ONE(subc_zero_cc, "subc.cc")
FUNCTION u32 carry_alone(void) {
    u32 r;
    asm volatile("addc.u32 %0, 0, 0;" : "=r"(r));
    return r;
}
FUNCTION void multiply_wide(u32 a, u32 b, u32 *low, u32 *high) {
    asm("{ .reg .b64 t; mul.wide.u32 t, %2, %3; mov.b64 {%0, %1}, t; }" : "=r"(*low), "=r"(*high) : "r"(a), "r"(b));
}
CARRY_TWO(add_cc, "add.cc")
CARRY_TWO(addc_cc, "addc.cc")
CARRY_TWO(addc, "addc")
CARRY_TWO(sub_cc, "sub.cc")
CARRY_TWO(subc_cc, "subc.cc")
CARRY_TWO(subc, "subc")
CARRY_THREE(mad_lo_cc, "mad.lo.cc")
CARRY_THREE(madc_lo_cc, "madc.lo.cc")
CARRY_THREE(madc_hi_cc, "madc.hi.cc")
CARRY_THREE(madc_hi, "madc.hi")
#undef CARRY_ONE
#undef CARRY_TWO
#undef CARRY_THREE

#else

static u32 carry_flag;

FUNCTION u32 carry_out(u64 sum) {
    carry_flag = (u32)(sum >> 32);
    return (u32)sum;
}
FUNCTION u32 borrow_out(u64 difference) {
    carry_flag = (u32)(difference >> 32) & 1;
    return (u32)difference;
}
FUNCTION u32 add_cc(u32 a, u32 b) { return carry_out((u64)a + b); }
FUNCTION u32 addc_cc(u32 a, u32 b) { return carry_out((u64)a + b + carry_flag); }
FUNCTION u32 addc(u32 a, u32 b) { return a + b + carry_flag; }
FUNCTION u32 sub_cc(u32 a, u32 b) { return borrow_out((u64)a - b); }
FUNCTION u32 subc_cc(u32 a, u32 b) { return borrow_out((u64)a - b - carry_flag); }
FUNCTION u32 subc(u32 a, u32 b) { return a - b - carry_flag; }
FUNCTION void multiply_wide(u32 a, u32 b, u32 *low, u32 *high) {
    *low = a * b;
    *high = MULTIPLY_HIGH32(a, b);
}
FUNCTION u32 subc_zero(u32 a) { return subc(a, 0); }
FUNCTION u32 subc_zero_cc(u32 a) { return subc_cc(a, 0); }
FUNCTION u32 carry_alone(void) { return carry_flag; }
FUNCTION u32 mad_lo_cc(u32 a, u32 b, u32 c) { return carry_out((u64)(a * b) + c); }
FUNCTION u32 madc_lo_cc(u32 a, u32 b, u32 c) { return carry_out((u64)(a * b) + c + carry_flag); }
FUNCTION u32 madc_hi_cc(u32 a, u32 b, u32 c) { return carry_out((u64)MULTIPLY_HIGH32(a, b) + c + carry_flag); }
FUNCTION u32 madc_hi(u32 a, u32 b, u32 c) { return MULTIPLY_HIGH32(a, b) + c + carry_flag; }

#endif
