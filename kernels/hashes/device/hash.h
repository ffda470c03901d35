// The hash of a program, chosen by its definitions. Each hash's file has, with the same names:
//
//   DIGEST_WORDS                        words of 32 bits of a digest, in the byte order of memory
//   hash_leaf(leaf, digest)             a leaf of LEAF_BYTES bytes at a GLOBAL pointer
//   hash_pair(pair, digest)             two digests side by side
#if HASH_SHA256 || HASH_BLAKE3
#include "kernels/hashes/device/message.h"
#endif
#if HASH_SHA256
#include "kernels/hashes/device/sha256.h"
#elif HASH_BLAKE3
#include "kernels/hashes/device/blake3.h"
#endif
