// Points of the curves y^2 = x^3 + b over the program's field, and the complete group law; the twin of
// kernels/curves/cpu/curve.hpp, where the forms and their source stand.
//
// Affine: (x, y); infinity is (0, 0). XYZZ: x = X / ZZ, y = Y / ZZZ with ZZ^3 = ZZZ^2; infinity has ZZ = 0.
// Multiplications, squarings included: xyzz_add_affine 10, xyzz_add 14, xyzz_double 9. The order of the
// statements keeps few values alive: a point of BLS12-381 takes 48 of a GPU's 255 registers.
#include "kernels/fields/device/field.h"

typedef struct {
    fe x, y;
} affine;
typedef struct {
    fe x, y, zz, zzz;
} xyzz;

FUNCTION u32 affine_is_infinity(affine p) { return fe_is_zero(p.x) && fe_is_zero(p.y); }
FUNCTION u32 xyzz_is_infinity(xyzz p) { return fe_is_zero(p.zz); }

FUNCTION xyzz xyzz_infinity(void) {
    xyzz p;
    p.x = p.y = p.zz = p.zzz = fe_zero();
    return p;
}
FUNCTION xyzz xyzz_of(affine q) {
    xyzz p;
    if (affine_is_infinity(q)) return xyzz_infinity();
    p.x = q.x;
    p.y = q.y;
    p.zz = p.zzz = fe_one();
    return p;
}

// y = 0 gives ZZ = 0: infinity, as it must.
OUTLINED xyzz xyzz_double(xyzz p) {
    const fe u = fe_add(p.y, p.y), v = fe_sqr(u), w = fe_mul(u, v), s = fe_mul(p.x, v), xx = fe_sqr(p.x);
    const fe m = fe_add(fe_add(xx, xx), xx);
    xyzz r;
    r.x = fe_sub(fe_sqr(m), fe_add(s, s));
    r.y = fe_sub(fe_mul(m, fe_sub(s, r.x)), fe_mul(w, p.y));
    r.zz = fe_mul(v, p.zz);
    r.zzz = fe_mul(w, p.zzz);
    return r;
}

FUNCTION xyzz xyzz_add_affine(xyzz p, affine q) {
    if (affine_is_infinity(q)) return p;
    if (xyzz_is_infinity(p)) return xyzz_of(q);
    const fe h = fe_sub(fe_mul(q.x, p.zz), p.x), r = fe_sub(fe_mul(q.y, p.zzz), p.y);
    if (fe_is_zero(h)) return fe_is_zero(r) ? xyzz_double(xyzz_of(q)) : xyzz_infinity();
    const fe hh = fe_sqr(h), hhh = fe_mul(h, hh), v = fe_mul(p.x, hh);
    p.zz = fe_mul(p.zz, hh);
    p.zzz = fe_mul(p.zzz, hhh);
    p.y = fe_mul(p.y, hhh);
    p.x = fe_sub(fe_sub(fe_sqr(r), hhh), fe_add(v, v));
    p.y = fe_sub(fe_mul(r, fe_sub(v, p.x)), p.y);
    return p;
}

OUTLINED xyzz xyzz_add(xyzz p, xyzz q) {
    if (xyzz_is_infinity(q)) return p;
    if (xyzz_is_infinity(p)) return q;
    const fe u = fe_mul(p.x, q.zz), s = fe_mul(p.y, q.zzz);
    const fe h = fe_sub(fe_mul(q.x, p.zz), u), r = fe_sub(fe_mul(q.y, p.zzz), s);
    if (fe_is_zero(h)) return fe_is_zero(r) ? xyzz_double(p) : xyzz_infinity();
    const fe hh = fe_sqr(h), hhh = fe_mul(h, hh), v = fe_mul(u, hh);
    p.zz = fe_mul(fe_mul(p.zz, q.zz), hh);
    p.zzz = fe_mul(fe_mul(p.zzz, q.zzz), hhh);
    p.y = fe_mul(s, hhh);
    p.x = fe_sub(fe_sub(fe_sqr(r), hhh), fe_add(v, v));
    p.y = fe_sub(fe_mul(r, fe_sub(v, p.x)), p.y);
    return p;
}
