// Several elements side by side: the type fev of FE_LANES elements of a field, with the functions of field.h under
// names that begin with fev_. With one lane, as on GPUs, an fev is an fe. Only narrow fields have more.
//
// fev_mul_by(v, a) multiplies every lane by the one element a; FEV_TRANSPOSE(v) transposes FE_LANES vectors.
//
// Compilers for CPUs see work items one after the other and rarely join them to vectors: here a work item is a vector.
#ifndef FE_LANES
#define FE_LANES 1
#endif

#if FE_LANES == 1
typedef fe fev;
#define fev_add fe_add
#define fev_sub fe_sub
#define fev_mul fe_mul
#define fev_mul_by fe_mul
#define fev_sqr fe_sqr
FUNCTION fev fev_broadcast(fe a) { return a; }
#define FEV_TRANSPOSE(v)
#if FE_GOLDILOCKS
#define fev_canonical fe_canonical
#define fev_reduce_lazily fe_reduce_lazily
#endif
#else
#define FE_JOIN_(a, b) a##b
#define FE_JOIN(a, b) FE_JOIN_(a, b)
#if FE_31
#include "kernels/fields/opencl/lanes31.h"
#else
#include "kernels/fields/opencl/lanes_goldilocks.h"
#endif
// Squares of a matrix change places across its diagonal, the largest first.
#define FEV_EXCHANGE(v, i, j, first, second) \
    {                                        \
        const fev x = v[i], y = v[j];        \
        v[i] = (fev)first;                   \
        v[j] = (fev)second;                  \
    }
#if FE_LANES == 8
#define FEV_EXCHANGE4(v, i) FEV_EXCHANGE(v, i, i + 4, (x.s0123, y.s0123), (x.s4567, y.s4567))
#define FEV_EXCHANGE2(v, i) \
    FEV_EXCHANGE(v, i, i + 2, (x.s01, y.s01, x.s45, y.s45), (x.s23, y.s23, x.s67, y.s67))
#define FEV_EXCHANGE1(v, i)                                                \
    FEV_EXCHANGE(v, i, i + 1, (x.s0, y.s0, x.s2, y.s2, x.s4, y.s4, x.s6, y.s6), \
                 (x.s1, y.s1, x.s3, y.s3, x.s5, y.s5, x.s7, y.s7))
#define FEV_TRANSPOSE(v)                                                                              \
    {                                                                                                 \
        FEV_EXCHANGE4(v, 0) FEV_EXCHANGE4(v, 1) FEV_EXCHANGE4(v, 2) FEV_EXCHANGE4(v, 3)               \
        FEV_EXCHANGE2(v, 0) FEV_EXCHANGE2(v, 1) FEV_EXCHANGE2(v, 4) FEV_EXCHANGE2(v, 5)               \
        FEV_EXCHANGE1(v, 0) FEV_EXCHANGE1(v, 2) FEV_EXCHANGE1(v, 4) FEV_EXCHANGE1(v, 6)               \
    }
#elif FE_LANES == 4
#define FEV_EXCHANGE2(v, i) FEV_EXCHANGE(v, i, i + 2, (x.s01, y.s01), (x.s23, y.s23))
#define FEV_EXCHANGE1(v, i) FEV_EXCHANGE(v, i, i + 1, (x.s0, y.s0, x.s2, y.s2), (x.s1, y.s1, x.s3, y.s3))
#define FEV_TRANSPOSE(v) \
    { FEV_EXCHANGE2(v, 0) FEV_EXCHANGE2(v, 1) FEV_EXCHANGE1(v, 0) FEV_EXCHANGE1(v, 2) }
#endif
FUNCTION fev fev_sqr(fev a) { return fev_mul(a, a); }
#endif
