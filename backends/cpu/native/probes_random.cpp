#include <atomic>
#include <barrier>

#include "backends/cpu/native/probes.hpp"
#include "backends/cpu/native/probes_machine.hpp"

namespace zkmark {

std::vector<double> random_access_seconds(std::size_t lines, std::size_t steps, unsigned threads,
                                          unsigned repetitions) {
    struct alignas(64) Line {
        std::uint64_t next;
    };
    const Pages pages(lines * sizeof(Line));
    Line* line = pages.as<Line>();
    if (!line || lines == 0 || (lines & (lines - 1)) != 0) return {};
    // The cycle of random_load_seconds, entered at as many places as there are chains.
    const auto follow = [mask = lines - 1](std::uint64_t at) {
        return (at * 6364136223846793005u + 1442695040888963407u) & mask;
    };
    const std::size_t all = std::size_t{threads} * random_access_chains;
    std::barrier step(static_cast<std::ptrdiff_t>(threads));
    std::vector<double> seconds(repetitions);
    std::atomic<bool> right{true};
    together(threads, [&](unsigned me) {
        const std::size_t begin = lines * me / threads, end = lines * (me + 1) / threads;
        for (std::size_t i = begin; i < end; ++i) line[i].next = follow(i);
        std::uint64_t at[random_access_chains], want[random_access_chains];
        for (unsigned chain = 0; chain < random_access_chains; ++chain)
            at[chain] = want[chain] = lines / all * (me * random_access_chains + chain) & (lines - 1);
        for (double& taken : seconds) {
            step.arrive_and_wait();
            const auto began = Clock::now();
            for (std::size_t i = 0; i < steps; ++i)
                for (std::uint64_t& place : at) place = line[place].next;
            for (std::uint64_t& place : at) __asm__ volatile("" : "+r"(place));
            step.arrive_and_wait();
            if (me == 0) taken = since(began);
        }
        for (std::size_t i = 0; i < steps * repetitions; ++i)
            for (std::uint64_t& place : want) place = follow(place);
        for (unsigned chain = 0; chain < random_access_chains; ++chain)
            if (at[chain] != want[chain]) right.store(false, std::memory_order_relaxed);
    });
    return right.load() ? seconds : std::vector<double>{};
}

}  // namespace zkmark
