// The test bench of every design: feeds streams, takes streams, plays external memory, counts cycles.
//
// A translation unit that Python writes (build.py) includes the model that Verilator made and a table of its
// ports, and then calls run(). Ports are little-endian bytes of 1, 2, 4, 8 or a multiple of 4 bytes, as Verilator
// lays them out, so that items are copied as they are.

#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

namespace zkmark_fpga {

// Shared with Python by ctypes (simulation.py): keep both in step.
struct StreamState {
    uint32_t* data;       // count items of so many words
    uint64_t count;       // to send, or to wait for
    uint64_t done;        // sent or received
    uint64_t first;       // the cycle of the first transfer
    uint64_t last;        // the cycle of the last one
    uint64_t refused;     // cycles in which an item was offered and not taken
    uint32_t words;
    uint32_t stall;       // how often the bench holds back by itself, of 2^32
};

struct MemoryState {
    uint32_t* data;
    uint64_t count;       // words of the memory
    uint32_t words;       // of 32 bits in each
    uint32_t latency;     // cycles from a request to its answer
    double per_cycle;     // words that it moves in a cycle, reads and writes together
    double jump;          // words' time that an access costs which does not follow the one before
    uint64_t read;
    uint64_t written;
    uint64_t jumps;
    uint32_t stall;       // how often it is not ready, of 2^32
    uint32_t reserved;
};

struct RunState {
    StreamState* inputs;
    StreamState* outputs;
    MemoryState* memories;
    const uint64_t* settings;
    uint64_t* counters;
    uint64_t seed;        // of stalls, and of what registers hold before the first reset
    uint64_t reset_at;    // the cycle in which everything begins again; 0: never
    uint64_t max_cycles;
    uint64_t cycles;      // out: from the end of reset to the last item
    uint64_t drain;       // further cycles in which no item may come
    const char* waves;    // a VCD file, or null
    char message[256];
};

enum Status { kOk = 0, kStuck = 1, kBroken = 2 };

struct Port {
    uint8_t* valid;
    uint8_t* ready;
    void* data;
    uint32_t bytes;
};

struct Scalar {
    void* data;
    uint32_t bytes;
};

struct MemoryPort {
    Port read;            // data: the address
    Port answer;
    Port write;           // data: the address
    void* write_data;
    uint32_t bytes;
};

struct Random {
    uint64_t state;
    uint32_t next() {     // splitmix64
        uint64_t z = (state += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
    }
    bool below(uint32_t limit) { return limit != 0 && next() < limit; }
};

class Memory {
  public:
    Memory(MemoryState& state, const MemoryPort& port) : state_(state), port_(port) {}

    void reset() {
        answers_.clear();
        budget_ = 0;
        last_read_ = last_written_ = ~uint64_t{0};
    }

    void drive(uint64_t cycle, Random& random) {
        const double cap = state_.per_cycle > 1 ? state_.per_cycle : 1;
        budget_ += state_.per_cycle;
        if (budget_ > cap) budget_ = cap;
        const bool awake = !random.below(state_.stall);
        *port_.read.ready = *port_.write.ready = awake && budget_ >= 1;
        *port_.answer.valid = !answers_.empty() && answers_.front().due <= cycle;
        if (*port_.answer.valid)
            std::memcpy(port_.answer.data, at(answers_.front().address), port_.answer.bytes);
    }

    // False: an address beyond the memory.
    bool pass(uint64_t cycle) {
        if (*port_.answer.valid && *port_.answer.ready) answers_.pop_front();
        if (*port_.write.valid && *port_.write.ready) {
            const uint64_t address = value(port_.write.data, port_.write.bytes);
            if (address >= state_.count) return false;
            std::memcpy(at(address), port_.write_data, port_.bytes);
            charge(address, last_written_);
            state_.written++;
        }
        if (*port_.read.valid && *port_.read.ready) {
            const uint64_t address = value(port_.read.data, port_.read.bytes);
            if (address >= state_.count) return false;
            answers_.push_back({cycle + state_.latency, address});
            charge(address, last_read_);
            state_.read++;
        }
        return true;
    }

    static uint64_t value(const void* data, uint32_t bytes) {
        uint64_t found = 0;
        std::memcpy(&found, data, bytes < 8 ? bytes : 8);
        return found;
    }

  private:
    struct Answer {
        uint64_t due;
        uint64_t address;
    };

    void charge(uint64_t address, uint64_t& last) {
        budget_ -= 1;
        if (address != last + 1) {
            budget_ -= state_.jump;
            state_.jumps++;
        }
        last = address;
    }

    uint32_t* at(uint64_t address) { return state_.data + address * state_.words; }

    MemoryState& state_;
    const MemoryPort& port_;
    std::deque<Answer> answers_;
    double budget_ = 0;
    uint64_t last_read_ = ~uint64_t{0};
    uint64_t last_written_ = ~uint64_t{0};
};

// Model: clk, rst, eval(), and step() that tells the tracer. See build.py.
template <class Model>
class Bench {
  public:
    Bench(Model& model, RunState& run)
        : model_(model), run_(run), random_{run.seed}, held_(model.outputs.size(), false) {
        for (size_t i = 0; i < model.memories.size(); i++) {
            memories_.emplace_back(run.memories[i], model.memories[i]);
            if (run.reset_at) {
                const MemoryState& m = run.memories[i];
                saved_.emplace_back(m.data, m.data + m.count * m.words);
            }
        }
        for (const Port& port : model.outputs) kept_.emplace_back(port.bytes);
    }

    int run() {
        for (size_t i = 0; i < model_.settings.size(); i++)
            std::memcpy(model_.settings[i].data, &run_.settings[i], model_.settings[i].bytes);
        reset();
        uint64_t left = run_.drain;
        for (cycle_ = 1;; cycle_++) {
            if (run_.reset_at && cycle_ == run_.reset_at) {
                run_.reset_at = 0;
                begin_again();
            }
            if (const int status = cycle()) return status;
            if (!finished()) {
                if (cycle_ >= run_.max_cycles) return stuck();
                continue;
            }
            if (left == run_.drain) run_.cycles = cycle_;
            if (left-- == 0) break;
        }
        for (size_t i = 0; i < model_.counters.size(); i++)
            run_.counters[i] = Memory::value(model_.counters[i].data, model_.counters[i].bytes);
        return kOk;
    }

  private:
    void reset() {
        for (const Port& port : model_.inputs) *port.valid = 0;
        for (const Port& port : model_.outputs) *port.ready = 0;
        for (const MemoryPort& port : model_.memories)
            *port.read.ready = *port.write.ready = *port.answer.valid = 0;
        *model_.rst = 1;
        for (int i = 0; i < 4; i++) model_.tick();
        *model_.rst = 0;
        for (Memory& memory : memories_) memory.reset();
        held_.assign(held_.size(), false);
    }

    void begin_again() {
        for (size_t i = 0; i < saved_.size(); i++) {
            MemoryState& m = run_.memories[i];
            std::memcpy(m.data, saved_[i].data(), saved_[i].size() * sizeof(uint32_t));
            m.read = m.written = m.jumps = 0;
        }
        for (size_t i = 0; i < model_.inputs.size(); i++) clear(run_.inputs[i]);
        for (size_t i = 0; i < model_.outputs.size(); i++) clear(run_.outputs[i]);
        reset();
        cycle_ = 1;
    }

    static void clear(StreamState& s) { s.done = s.first = s.last = s.refused = 0; }

    int cycle() {
        for (size_t i = 0; i < model_.inputs.size(); i++) offer(model_.inputs[i], run_.inputs[i]);
        for (size_t i = 0; i < model_.outputs.size(); i++)
            *model_.outputs[i].ready = !random_.below(run_.outputs[i].stall);
        for (Memory& memory : memories_) memory.drive(cycle_, random_);
        model_.settle();
        for (size_t i = 0; i < model_.outputs.size(); i++)
            if (const int status = take(i)) return status;
        for (size_t i = 0; i < model_.inputs.size(); i++) pass(model_.inputs[i], run_.inputs[i]);
        for (size_t i = 0; i < memories_.size(); i++)
            if (!memories_[i].pass(cycle_))
                return broken("memory %zu was asked for a word beyond its end", i);
        model_.rise();
        return kOk;
    }

    void offer(const Port& port, const StreamState& s) {
        if (*port.valid) return;  // still the item that was not taken
        if (s.done < s.count && !random_.below(s.stall)) {
            *port.valid = 1;
            std::memcpy(port.data, s.data + s.done * s.words, port.bytes);
        }
    }

    void pass(const Port& port, StreamState& s) {
        if (!*port.valid) return;
        if (!*port.ready) {
            s.refused++;
            return;
        }
        if (s.done++ == 0) s.first = cycle_;
        s.last = cycle_;
        // Falls after the clock's edge; rise() has it still.
        pending_.push_back(port.valid);
    }

    int take(size_t i) {
        const Port& port = model_.outputs[i];
        StreamState& s = run_.outputs[i];
        const bool valid = *port.valid;
        if (held_[i] && (!valid || std::memcmp(kept_[i].data(), port.data, port.bytes) != 0))
            return broken("output stream %zu changed an item that had not been taken", i);
        held_[i] = valid && !*port.ready;
        if (!valid) return kOk;
        if (held_[i]) {
            std::memcpy(kept_[i].data(), port.data, port.bytes);
            s.refused++;
            return kOk;
        }
        if (s.done >= s.count) return broken("output stream %zu gave more items than expected", i);
        uint32_t* item = s.data + s.done * s.words;
        item[s.words - 1] = 0;
        std::memcpy(item, port.data, port.bytes < 4 * s.words ? port.bytes : 4 * s.words);
        if (s.done++ == 0) s.first = cycle_;
        s.last = cycle_;
        return kOk;
    }

    bool finished() {
        for (uint8_t* valid : pending_) *valid = 0;
        pending_.clear();
        for (size_t i = 0; i < model_.inputs.size(); i++)
            if (run_.inputs[i].done < run_.inputs[i].count) return false;
        for (size_t i = 0; i < model_.outputs.size(); i++)
            if (run_.outputs[i].done < run_.outputs[i].count) return false;
        return true;
    }

    int stuck() {
        int used = std::snprintf(run_.message, sizeof run_.message, "after %llu cycles:",
                                 static_cast<unsigned long long>(cycle_));
        auto tell = [&](const char* kind, size_t i, const StreamState& s) {
            if (used < 0 || used >= static_cast<int>(sizeof run_.message)) return;
            used += std::snprintf(run_.message + used, sizeof run_.message - used, " %s %zu %llu of %llu,", kind, i,
                                  static_cast<unsigned long long>(s.done), static_cast<unsigned long long>(s.count));
        };
        for (size_t i = 0; i < model_.inputs.size(); i++) tell("input", i, run_.inputs[i]);
        for (size_t i = 0; i < model_.outputs.size(); i++) tell("output", i, run_.outputs[i]);
        return kStuck;
    }

    int broken(const char* format, size_t i) {
        const int used = std::snprintf(run_.message, sizeof run_.message, format, i);
        if (used > 0 && used < static_cast<int>(sizeof run_.message))
            std::snprintf(run_.message + used, sizeof run_.message - used, " (cycle %llu)",
                          static_cast<unsigned long long>(cycle_));
        return kBroken;
    }

    Model& model_;
    RunState& run_;
    Random random_;
    uint64_t cycle_ = 0;
    std::vector<Memory> memories_;
    std::vector<std::vector<uint32_t>> saved_;
    std::vector<bool> held_;
    std::vector<std::vector<uint8_t>> kept_;
    std::vector<uint8_t*> pending_;
};

}  // namespace zkmark_fpga
