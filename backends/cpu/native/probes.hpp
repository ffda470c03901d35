// Probes: small loops that find what this machine's multipliers and memory can do at the most.
//
// A probe does one thing as fast as the processor can, over data that it hands back, so that the
// compiler cannot leave it out and the caller can check that it was done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zkmark {

// Independent chains of operations, each result the input of the next. One round takes every word of the state one
// step further.
//   multiply_64: x -> x c mod 2^64, with the upper half of the 128-bit product computed beside it
//   multiply_32: x -> (x mod 2^32) c, the 64-bit product of 32-bit words
//   multiply_52: x -> x + ((x mod 2^52) c mod 2^52), a 52-bit multiply-add (AVX-512 IFMA)
//   fused_64:    x -> x c + d in doubles, rounded once; x is in [1, 2), its fraction the low 52 bits of a word
//   word_32:     x -> (x + c) xor d on both 32-bit halves of a word: four operations
//   word_64:     x -> (x + c) xor d: two operations
//   sha_256:     two rounds of SHA-256 on every four words (SHA-NI's sha256rnds2): one operation
//   aes:         one round of AES on every two words (AES-NI's aesenc): one operation
struct RateProbe {
    const char* kind;
    const char* path;  // the instruction set it is written for
    unsigned words;
    unsigned operations;  // in a round
    void (*run)(std::uint64_t* state, std::uint64_t rounds);
};

constexpr std::uint64_t probe_multiplier_64 = 0x9e3779b97f4a7c15;
constexpr std::uint64_t probe_multiplier_32 = 0x9e3779b1;
constexpr std::uint64_t probe_multiplier_52 = 0x9e3779b97f4a7;
constexpr std::uint64_t probe_addend_32 = 0x9e3779b19e3779b1, probe_mask_32 = 0x85ebca7785ebca77;
constexpr std::uint64_t probe_addend_64 = 0x9e3779b97f4a7c15, probe_mask_64 = 0xc2b2ae3d27d4eb4f;
constexpr std::uint64_t probe_schedule = 0xb5c0fbcf71374491;  // two words of the schedule plus their constants

// The best probe of a kind that `isa_allowed()` lets run here; null when there is none.
const RateProbe* rate_probe(std::string_view kind);

// Operations a second of processor time, summed over `threads` threads that run together for
// `seconds` of it each (and at most four times as long by the clock on the wall).
double operation_rate(const RateProbe& probe, unsigned threads, double seconds);

// Additions a second of processor time in one chain in which each waits for the one before. Processors do one a cycle, so
// this is the clock at which the core ran.
double dependent_addition_rate(double seconds);

// Seconds of each repetition of STREAM's triad a[i] = b[i] + s c[i] (McCalpin 1995) over three arrays of
// `elements` doubles, shared out over `threads` threads that touch their part first. Empty when memory
// could not be had or a wrong sum came out.
std::vector<double> triad_seconds(std::size_t elements, unsigned threads, unsigned repetitions);

// Seconds a load takes when its address is the one before's result: each repetition follows `steps`
// links of one cycle through all of `lines` cache lines (a power of two). Empty when memory could not be
// had or the walk ended in the wrong place.
std::vector<double> random_load_seconds(std::size_t lines, std::size_t steps, unsigned repetitions);

// Loads under way at once in a thread: more than the misses that a core can have open.
constexpr unsigned random_access_chains = 32;
// Seconds of each repetition in which each of `threads` threads follows `steps` links of each of its chains through
// `lines` cache lines (a power of two): loads whose addresses are random, and independent of the other chains'. Empty
// when memory could not be had or a chain ended in the wrong place.
std::vector<double> random_access_seconds(std::size_t lines, std::size_t steps, unsigned threads, unsigned repetitions);

}  // namespace zkmark
