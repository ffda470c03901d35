// Every operation of a field on pairs of elements: for tests, and for a look at what a compiler makes of them.
#include "kernels/fields/device/field.h"

KERNEL(pairwise, 64)(GLOBAL const fe *a, GLOBAL const fe *b, GLOBAL fe *output, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    const fe x = fe_from_canonical(a[i]), y = fe_from_canonical(b[i]);
    output[i] = fe_to_canonical(fe_add(x, y));
    output[count + i] = fe_to_canonical(fe_sub(x, y));
    output[2 * count + i] = fe_to_canonical(fe_neg(x));
    output[3 * count + i] = fe_to_canonical(fe_mul(x, y));
    output[4 * count + i] = fe_to_canonical(fe_sqr(x));
    output[5 * count + i] = fe_to_canonical(fe_inv(x));
    output[6 * count + i] = fe_to_canonical(fe_pow(x, 5));
}
