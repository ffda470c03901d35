// The words in which a kernel is one text in OpenCL C 1.2, in CUDA C++ and, through backends/cuda/host, in
// C++ on the host.
//
// Rules that the three together ask for, and no compiler checks:
//   - no templates, no references, no overloads: specialise by #define;
//   - a pointer says where it points: GLOBAL, LOCAL, or nothing for a thread's own variables;
//   - BARRIER and GLOBAL_BARRIER stand in a kernel's own body and every thread of the group reaches them: no return
//     before them, none in a function (one compiler gives wrong results for it, silently);
//   - LOCAL_ARRAY and DYNAMIC_LOCAL stand at the top of a kernel's body;
//   - constants of 64 bits are written U64(0x...).
#if defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)

#define LANGUAGE_OPENCL 1
typedef uint u32;
typedef int i32;
typedef ulong u64;
typedef long i64;
typedef uchar u8;
#define U64(x) x##ul
// A kernel and the size of its groups: KERNEL(name, 256)(parameters) { ... }
#define KERNEL(name, size) __kernel __attribute__((reqd_work_group_size(size, 1, 1))) void name
#define FUNCTION static inline
// A function too long to be copied into every place that calls it.
#define OUTLINED static __attribute__((noinline))
#define GLOBAL __global
#define LOCAL __local
#define CONSTANT __constant const
// What a function takes a table of CONSTANT by.
#define CONSTANT_POINTER(type) __constant const type *
#define RESTRICT restrict
#define ALIGNED(n) __attribute__((aligned(n)))
#define LOCAL_ARRAY(type, name, count) __local type name[count]
// Local memory whose size the launch says (local_bytes): the first stands last among the kernel's parameters,
// without a comma before it, the second at the top of its body.
#define DYNAMIC_LOCAL_PARAMETER(type, name) , __local type *name
#define DYNAMIC_LOCAL(type, name)
#define LOCAL_ID ((u32)get_local_id(0))
#define GROUP_ID ((u32)get_group_id(0))
#define GROUP_ID_Y ((u32)get_group_id(1))
#define GROUP_SIZE ((u32)get_local_size(0))
#define GROUP_COUNT ((u32)get_num_groups(0))
#define GLOBAL_ID ((u32)get_global_id(0))
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
// Orders what the group's threads wrote to global memory too.
#define GLOBAL_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
// On words of 32 bits, in global or local memory; gives the value before.
#define ATOMIC_ADD(pointer, value) atomic_add((pointer), (value))
#define LEADING_ZEROS32(x) ((u32)clz((uint)(x)))
#define POPULATION32(x) ((u32)popcount((uint)(x)))
#define UNROLL _Pragma("unroll")
#if DEVICE_CPU
// Compilers for CPUs take long over unrolled multi-word arithmetic, and gain nothing.
#define UNROLL_ON_GPU _Pragma("unroll 1")
#else
#define UNROLL_ON_GPU _Pragma("unroll")
#endif

#else  // CUDA C++, by NVRTC or for the host

#define LANGUAGE_CUDA 1
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;
typedef unsigned char u8;
#define U64(x) x##ull
#define GLOBAL
#define LOCAL
#define CONSTANT_POINTER(type) const type *
#define RESTRICT __restrict__
#define LOCAL_ARRAY(type, name, count) __shared__ type name[count]
#define DYNAMIC_LOCAL_PARAMETER(type, name)
#define LOCAL_ID (threadIdx.x)
#define GROUP_ID (blockIdx.x)
#define GROUP_ID_Y (blockIdx.y)
#define GROUP_SIZE (blockDim.x)
#define GROUP_COUNT (gridDim.x)
#define GLOBAL_ID (blockIdx.x * blockDim.x + threadIdx.x)
#define BARRIER() __syncthreads()
#define GLOBAL_BARRIER() __syncthreads()
#define ATOMIC_ADD(pointer, value) atomicAdd((pointer), (value))
#define LEADING_ZEROS32(x) ((u32)__clz((int)(x)))
#define POPULATION32(x) ((u32)__popc(x))

#if defined(ZKMARK_HOST)
#define KERNEL(name, size) extern "C" void name
#define FUNCTION static inline __attribute__((always_inline))
#define OUTLINED static __attribute__((noinline))
#define CONSTANT static const
#define ALIGNED(n) __attribute__((aligned(n)))
#define DYNAMIC_LOCAL(type, name) type *name = (type *)zkmark_host::dynamic_local()
#define UNROLL
#define UNROLL_ON_GPU
#else
#define KERNEL(name, size) extern "C" __global__ void __launch_bounds__(size) name
#define FUNCTION static __device__ __forceinline__
#define OUTLINED static __device__ __noinline__
#define CONSTANT static __device__ __constant__ const
#define ALIGNED(n) __align__(n)
#define DYNAMIC_LOCAL(type, name)                  \
    extern __shared__ ulonglong2 zkmark_dynamic[]; \
    type *name = (type *)zkmark_dynamic
#define UNROLL _Pragma("unroll")
#define UNROLL_ON_GPU _Pragma("unroll")
#endif

#endif

// Rotations by 1 to one less than the width. Written as shifts, which every compiler knows; the OpenCL built-in
// function is up to 16 times slower where it is a call.
#if defined(__CUDA_ARCH__)
#define ROTATE_RIGHT32(x, n) __funnelshift_r((x), (x), (n))
#define ROTATE_LEFT32(x, n) __funnelshift_l((x), (x), (n))
#define BYTE_SWAP32(x) __byte_perm((x), 0, 0x0123)
#define BIT_REVERSE32(x) __brev(x)
#else
#define ROTATE_RIGHT32(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define ROTATE_LEFT32(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
FUNCTION u32 BYTE_SWAP32(u32 x) {
    return ROTATE_RIGHT32(x & 0xff00ff00u, 24) | ROTATE_RIGHT32(x & 0x00ff00ffu, 8);
}
FUNCTION u32 BIT_REVERSE32(u32 x) {
    x = ((x >> 1) & 0x55555555u) | ((x & 0x55555555u) << 1);
    x = ((x >> 2) & 0x33333333u) | ((x & 0x33333333u) << 2);
    x = ((x >> 4) & 0x0f0f0f0fu) | ((x & 0x0f0f0f0fu) << 4);
    return BYTE_SWAP32(x);
}
#endif
#define ROTATE_LEFT64(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
#define ROTATE_RIGHT64(x, n) (((x) >> (n)) | ((x) << (64 - (n))))

// The upper half of a product, as words even where it is signed. Clang for a 64-bit CPU has integers of 128 bits in OpenCL C too; WITHOUT_U128 has the
// text as a GPU's compiler reads it.
#if defined(__CUDA_ARCH__)
#define MULTIPLY_HIGH32(a, b) __umulhi((a), (b))
#define MULTIPLY_HIGH_SIGNED32(a, b) ((u32)__mulhi((i32)(a), (i32)(b)))
#define MULTIPLY_HIGH64(a, b) __umul64hi((a), (b))
#else
#define MULTIPLY_HIGH32(a, b) ((u32)(((u64)(u32)(a) * (u32)(b)) >> 32))
#define MULTIPLY_HIGH_SIGNED32(a, b) ((u32)(((i64)(i32)(a) * (i32)(b)) >> 32))
#if defined(__SIZEOF_INT128__) && !(LANGUAGE_OPENCL && WITHOUT_U128)
#define HAS_U128 1
typedef unsigned __int128 u128;
#define MULTIPLY_HIGH64(a, b) ((u64)(((u128)(a) * (b)) >> 64))
#else
#define MULTIPLY_HIGH64(a, b) mul_hi((ulong)(a), (ulong)(b))
#endif
#endif
