#include "backends/cpu/native/probes.hpp"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "backends/cpu/native/isa.hpp"
#include "backends/cpu/native/probes_machine.hpp"
#include "backends/cpu/native/probes_vector.hpp"

namespace zkmark {
namespace {

// What this thread computed for, whatever else the machine had to do meanwhile.
double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// ---- operations

constexpr unsigned portable_words = 24;  // 12 chains of two words

void multiply_64_portable(std::uint64_t* state, std::uint64_t rounds) {
    std::uint64_t x[probe_chains_scalar];
    std::copy_n(state, probe_chains_scalar, x);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (unsigned i = 0; i < probe_chains_scalar; ++i) {
#if defined(__x86_64__)
            // By hand: gcc 12 takes every product through the stack, at half the rate.
            std::uint64_t high;
            __asm__ volatile("mulq %2" : "+a"(x[i]), "=&d"(high) : "r"(probe_multiplier_64) : "cc");
#else
            __extension__ using Wide = unsigned __int128;
            const Wide product = Wide(x[i]) * probe_multiplier_64;
            const auto high = static_cast<std::uint64_t>(product >> 64);
            __asm__ volatile("" : : "r"(high));
            x[i] = static_cast<std::uint64_t>(product);
#endif
        }
    std::copy_n(x, probe_chains_scalar, state);
}

#if defined(__x86_64__)
// SSE2 is part of every x86-64 processor.
void multiply_32_portable(std::uint64_t* state, std::uint64_t rounds) {
    __m128i x[portable_words / 2];
    const __m128i c = _mm_set1_epi64x(probe_multiplier_32);
    for (unsigned i = 0; i < portable_words / 2; ++i)
        x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 2 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (__m128i& word : x) word = _mm_mul_epu32(word, c);
    for (unsigned i = 0; i < portable_words / 2; ++i)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 2 * i), x[i]);
}
#else
// Whatever the compiler's vectoriser makes of it.
void multiply_32_portable(std::uint64_t* state, std::uint64_t rounds) {
    std::uint64_t x[portable_words];
    std::copy_n(state, portable_words, x);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (std::uint64_t& word : x) word = (word & 0xffffffff) * probe_multiplier_32;
    std::copy_n(x, portable_words, state);
}
#endif

#if defined(__x86_64__)
void word_32_portable(std::uint64_t* state, std::uint64_t rounds) {
    __m128i x[portable_words / 2];
    const __m128i c = _mm_set1_epi64x(static_cast<long long>(probe_addend_32));
    const __m128i d = _mm_set1_epi64x(static_cast<long long>(probe_mask_32));
    for (unsigned i = 0; i < portable_words / 2; ++i)
        x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 2 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (__m128i& word : x) word = _mm_xor_si128(_mm_add_epi32(word, c), d);
    for (unsigned i = 0; i < portable_words / 2; ++i)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 2 * i), x[i]);
}

void word_64_portable(std::uint64_t* state, std::uint64_t rounds) {
    __m128i x[portable_words / 2];
    const __m128i c = _mm_set1_epi64x(static_cast<long long>(probe_addend_64));
    const __m128i d = _mm_set1_epi64x(static_cast<long long>(probe_mask_64));
    for (unsigned i = 0; i < portable_words / 2; ++i)
        x[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 2 * i));
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (__m128i& word : x) word = _mm_xor_si128(_mm_add_epi64(word, c), d);
    for (unsigned i = 0; i < portable_words / 2; ++i)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 2 * i), x[i]);
}
#else
void word_32_portable(std::uint64_t* state, std::uint64_t rounds) {
    std::uint32_t x[2 * portable_words];
    for (unsigned i = 0; i < portable_words; ++i) {
        x[2 * i] = static_cast<std::uint32_t>(state[i]);
        x[2 * i + 1] = static_cast<std::uint32_t>(state[i] >> 32);
    }
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (std::uint32_t& word : x)
            word = (word + static_cast<std::uint32_t>(probe_addend_32)) ^ static_cast<std::uint32_t>(probe_mask_32);
    for (unsigned i = 0; i < portable_words; ++i) state[i] = x[2 * i] | std::uint64_t(x[2 * i + 1]) << 32;
}

void word_64_portable(std::uint64_t* state, std::uint64_t rounds) {
    std::uint64_t x[portable_words];
    std::copy_n(state, portable_words, x);
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (std::uint64_t& word : x) word = (word + probe_addend_64) ^ probe_mask_64;
    std::copy_n(x, portable_words, state);
}
#endif

struct Entry {
    Isa needs;
    RateProbe probe;
    bool (*also)() = nullptr;  // an extension that no level includes
};

constexpr unsigned words_avx2 = 4 * probe_chains_vector, words_avx512 = 8 * probe_chains_vector;
constexpr unsigned words_64 = probe_chains_scalar, words_sha = 4 * probe_chains_sha;
constexpr unsigned words_aes = 2 * probe_chains_vector;

// The best last.
constexpr Entry probes[] = {
    {Isa::portable, {"multiply_64", "portable", words_64, words_64, multiply_64_portable}},
    {Isa::portable, {"multiply_32", "portable", portable_words, portable_words, multiply_32_portable}},
    {Isa::portable, {"word_32", "portable", portable_words, 4 * portable_words, word_32_portable}},
    {Isa::portable, {"word_64", "portable", portable_words, 2 * portable_words, word_64_portable}},
#if defined(__x86_64__)
    {Isa::avx2, {"multiply_64", "avx2", words_64, words_64, multiply_64_avx2}},
    {Isa::avx2, {"multiply_32", "avx2", words_avx2, words_avx2, multiply_32_avx2}},
    {Isa::avx2, {"fused_64", "avx2", words_avx2, words_avx2, fused_64_avx2}},
    {Isa::avx2, {"word_32", "avx2", words_avx2, 4 * words_avx2, word_32_avx2}},
    {Isa::avx2, {"word_64", "avx2", words_avx2, 2 * words_avx2, word_64_avx2}},
    {Isa::avx2, {"sha_256", "sha", words_sha, probe_chains_sha, sha_256_sha}, has_sha_extensions},
    {Isa::portable, {"aes", "aes", words_aes, probe_chains_vector, aes_rounds}, has_aes_instructions},
    {Isa::avx512, {"multiply_32", "avx512", words_avx512, words_avx512, multiply_32_avx512}},
    {Isa::avx512, {"multiply_52", "avx512", words_avx512, words_avx512, multiply_52_avx512}},
    {Isa::avx512, {"fused_64", "avx512", words_avx512, words_avx512, fused_64_avx512}},
    {Isa::avx512, {"word_32", "avx512", words_avx512, 4 * words_avx512, word_32_avx512}},
    {Isa::avx512, {"word_64", "avx512", words_avx512, 2 * words_avx512, word_64_avx512}},
#endif
};

}  // namespace

const RateProbe* rate_probe(std::string_view kind) {
    const RateProbe* best = nullptr;
    for (const Entry& entry : probes)
        if (kind == entry.probe.kind && entry.needs <= isa_allowed() &&
            (entry.also == nullptr || entry.also()))
            best = &entry.probe;
    return best;
}

double operation_rate(const RateProbe& probe, unsigned threads, double seconds) {
    constexpr std::uint64_t rounds_at_once = 1 << 14;  // some 50 us, so that reading the clock is free
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    std::vector<double> rates(threads);
    std::atomic<std::uint64_t> sink{0};
    together(threads, [&](unsigned me) {
        std::vector<std::uint64_t> state(probe.words);
        for (unsigned i = 0; i < probe.words; ++i) state[i] = 2 * (std::uint64_t(me) * probe.words + i) + 1;
        probe.run(state.data(), rounds_at_once);
        start.arrive_and_wait();
        const auto wall = Clock::now();
        const double began = thread_seconds();
        std::uint64_t rounds = 0;
        double taken = 0;
        while (taken < seconds && (rounds == 0 || since(wall) < 4 * seconds)) {
            probe.run(state.data(), rounds_at_once);
            rounds += rounds_at_once;
            taken = thread_seconds() - began;
        }
        rates[me] = static_cast<double>(rounds * probe.operations) / taken;
        std::uint64_t mixed = 0;
        for (const std::uint64_t word : state) mixed ^= word;
        sink.fetch_xor(mixed, std::memory_order_relaxed);
    });
    double sum = 0;
    for (const double rate : rates) sum += rate;
    return sum;
}

double dependent_addition_rate(double seconds) {
    constexpr int additions_at_once = 1 << 17;
    std::uint64_t x = 1, step = 3;
    __asm__ volatile("" : "+r"(step));  // unknown to the compiler, and no immediate: some cores fold those
    const auto wall = Clock::now();
    const double began = thread_seconds();
    double taken = 0;
    std::uint64_t count = 0;
    while (taken < seconds && (count == 0 || since(wall) < 4 * seconds)) {
        for (int i = 0; i < additions_at_once; i += 16) {
#define ZKMARK_ADD x += step; __asm__ volatile("" : "+r"(x));
#define ZKMARK_ADD_4 ZKMARK_ADD ZKMARK_ADD ZKMARK_ADD ZKMARK_ADD
            ZKMARK_ADD_4 ZKMARK_ADD_4 ZKMARK_ADD_4 ZKMARK_ADD_4
#undef ZKMARK_ADD_4
#undef ZKMARK_ADD
        }
        count += additions_at_once;
        taken = thread_seconds() - began;
    }
    return x == 1 + 3 * count ? static_cast<double>(count) / taken : 0;
}

std::vector<double> triad_seconds(std::size_t elements, unsigned threads, unsigned repetitions) {
    const std::size_t bytes = elements * sizeof(double);
    const Pages pages_a(bytes), pages_b(bytes), pages_c(bytes);
    double *a = pages_a.as<double>(), *b = pages_b.as<double>(), *c = pages_c.as<double>();
    if (!a || !b || !c) return {};
    std::barrier step(static_cast<std::ptrdiff_t>(threads));
    std::vector<double> seconds(repetitions);
    std::atomic<bool> right{true};
    together(threads, [&](unsigned me) {
        const std::size_t begin = elements * me / threads, end = elements * (me + 1) / threads;
        for (std::size_t i = begin; i < end; ++i) a[i] = 0, b[i] = 1, c[i] = 2;
        double factor = 3;
        for (unsigned repetition = 0; repetition < repetitions; ++repetition) {
            __asm__ volatile("" : "+m"(factor) : : "memory");  // each repetition is done, none foreseen
            step.arrive_and_wait();
            const auto began = Clock::now();
            for (std::size_t i = begin; i < end; ++i) a[i] = b[i] + factor * c[i];
            step.arrive_and_wait();
            if (me == 0) seconds[repetition] = since(began);
            factor += 1;
        }
        const double want = 1 + (factor - 1) * 2;
        for (std::size_t i = begin; i < end; ++i)
            if (a[i] != want) right.store(false, std::memory_order_relaxed);
    });
    return right.load() ? seconds : std::vector<double>{};
}

std::vector<double> random_load_seconds(std::size_t lines, std::size_t steps, unsigned repetitions) {
    struct alignas(64) Line {
        std::uint64_t next;
    };
    const Pages pages(lines * sizeof(Line));
    Line* line = pages.as<Line>();
    if (!line || lines == 0 || (lines & (lines - 1)) != 0) return {};
    // A linear congruential map with an odd increment and a factor that is 1 modulo 4 is one cycle through
    // all residues modulo a power of two (Knuth, The Art of Computer Programming 2, 3.2.1.2, theorem A).
    // Its steps jump all over memory, where no prefetcher follows, and it is written in address order.
    const auto follow = [mask = lines - 1](std::uint64_t at) {
        return (at * 6364136223846793005u + 1442695040888963407u) & mask;
    };
    for (std::size_t i = 0; i < lines; ++i) line[i].next = follow(i);
    std::vector<double> seconds(repetitions);
    std::uint64_t at = 0, want = 0;
    for (double& taken : seconds) {
        const auto began = Clock::now();
        for (std::size_t i = 0; i < steps; ++i) at = line[at].next;
        __asm__ volatile("" : "+r"(at));
        taken = since(began) / static_cast<double>(steps);
    }
    for (std::size_t i = 0; i < steps * repetitions; ++i) want = follow(want);
    return at == want ? seconds : std::vector<double>{};
}

}  // namespace zkmark
