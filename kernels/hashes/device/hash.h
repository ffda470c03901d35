// The hash of a program, chosen by its definitions. Every digest has ROW_BYTES bytes. Each hash's file has, with the
// same names, for LANES messages side by side (backends/device/lanes.h):
//
//   WORD_BITS, word, words              what digests consist of
//   hash_leaf(leaves, digest)           leaves of LEAF_BYTES bytes, from memory
//   hash_pair(pairs, digest)            pairs of digests, from memory
//
// Digests of fields in Montgomery form are in that form, in memory too.
#if HASH_SHA256 || HASH_BLAKE3 || FE_31
#define WORD_BITS 32
#else
#define WORD_BITS 64
#endif
#if HASH_KECCAK256
#define MESSAGE_BLOCK_BYTES 136
#else
#define MESSAGE_BLOCK_BYTES 32  // or more of them
#endif
#include "backends/device/lanes.h"
#include "kernels/hashes/device/message.h"
#if HASH_SHA256
#include "kernels/hashes/device/sha256.h"
#elif HASH_BLAKE3
#include "kernels/hashes/device/blake3.h"
#elif HASH_KECCAK256
#include "kernels/hashes/device/keccak256.h"
#elif POSEIDON2_WIDTH || RPO_ROUNDS
#include "kernels/fields/device/field.h"
#include "kernels/hashes/device/sponge.h"
#else
#error "the program defines no hash"
#endif
