// Two residues worked on in step by scalar code: the portable twin of lanes52.hpp.
//
// A chain of dependent multiplications waits for carries most of the time; two chains side by side fill each
// other's gaps, and a core's window for instructions reaches just about that far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class Field>
struct ScalarLanes {
    using Mask = std::uint8_t;
    static constexpr std::size_t lanes = 2, words = Field::words;
    static constexpr unsigned form_shift = 0;  // residues are in the field's own Montgomery form
    static_assert(sizeof(Field) == words * sizeof(std::uint64_t));

    Field lane[lanes];

    static ZKMARK_ALWAYS_INLINE ScalarLanes broadcast(const Field& value) { return {{value, value}}; }
    static ZKMARK_ALWAYS_INLINE ScalarLanes one() { return broadcast(Field::one()); }
    static ZKMARK_ALWAYS_INLINE ScalarLanes zero() { return broadcast(Field::zero()); }

    // A small number as it is, in no Montgomery form.
    static ZKMARK_ALWAYS_INLINE ScalarLanes plain(std::uint64_t value) {
        return broadcast(Field::from_raw({value}));
    }
    // The factor that turns canonical residues into Montgomery form.
    static ZKMARK_ALWAYS_INLINE ScalarLanes to_montgomery() {
        return broadcast(Field::from_raw(Field::r_squared));
    }
    ZKMARK_ALWAYS_INLINE const ScalarLanes& reduced() const { return *this; }

    // Residue i lies at source[i] + offset.
    static ZKMARK_ALWAYS_INLINE ScalarLanes gather(const std::uint64_t* const* source, std::size_t offset) {
        ScalarLanes r;
        std::memcpy(static_cast<void*>(&r.lane[0]), source[0] + offset, sizeof(Field));
        std::memcpy(static_cast<void*>(&r.lane[1]), source[1] + offset, sizeof(Field));
        return r;
    }
    ZKMARK_ALWAYS_INLINE void scatter(std::uint64_t* const* target, std::size_t offset) const {
        std::memcpy(target[0] + offset, &lane[0], sizeof(Field));
        std::memcpy(target[1] + offset, &lane[1], sizeof(Field));
    }

    friend ZKMARK_ALWAYS_INLINE ScalarLanes operator*(const ScalarLanes& a, const ScalarLanes& b) {
        return {{a.lane[0] * b.lane[0], a.lane[1] * b.lane[1]}};
    }
    friend ZKMARK_ALWAYS_INLINE ScalarLanes operator+(const ScalarLanes& a, const ScalarLanes& b) {
        return {{a.lane[0] + b.lane[0], a.lane[1] + b.lane[1]}};
    }
    ZKMARK_ALWAYS_INLINE ScalarLanes squared() const { return {{lane[0].square(), lane[1].square()}}; }
    ZKMARK_ALWAYS_INLINE ScalarLanes tripled() const { return *this + *this + *this; }

    static ZKMARK_ALWAYS_INLINE ScalarLanes difference(const ScalarLanes& a, const ScalarLanes& b) {
        return {{a.lane[0] - b.lane[0], a.lane[1] - b.lane[1]}};
    }
    static ZKMARK_ALWAYS_INLINE ScalarLanes minus(const ScalarLanes& a, const ScalarLanes& b) {
        return difference(a, b);
    }
    static ZKMARK_ALWAYS_INLINE ScalarLanes minus_both(const ScalarLanes& a, const ScalarLanes& b,
                                                       const ScalarLanes& c) {
        return difference(difference(a, b), c);
    }
    ZKMARK_ALWAYS_INLINE ScalarLanes negated_where(Mask mask) const {
        return {{lane[0].negated_if(mask & 1), lane[1].negated_if(mask >> 1)}};
    }
    static ZKMARK_ALWAYS_INLINE void negate_if(bool negative, std::uint64_t* residue) {
        Field value;
        std::memcpy(static_cast<void*>(&value), residue, sizeof value);
        value = value.negated_if(negative);
        std::memcpy(residue, &value, sizeof value);
    }

    // Whether words that were gathered are below the modulus.
    ZKMARK_ALWAYS_INLINE Mask is_canonical() const {
        return static_cast<Mask>(Field::is_canonical(lane[0].raw().data()) |
                                 Field::is_canonical(lane[1].raw().data()) << 1);
    }
    ZKMARK_ALWAYS_INLINE Mask is_zero() const {
        return static_cast<Mask>(lane[0].is_zero() | lane[1].is_zero() << 1);
    }
    ZKMARK_ALWAYS_INLINE Mask is_zero_difference() const { return is_zero(); }
    static ZKMARK_ALWAYS_INLINE ScalarLanes select(Mask mask, const ScalarLanes& a, const ScalarLanes& b) {
        return {{mask & 1 ? b.lane[0] : a.lane[0], mask & 2 ? b.lane[1] : a.lane[1]}};
    }

    static ScalarLanes inverses(const ScalarLanes& a) {
        const Field inverse = (a.lane[0] * a.lane[1]).inverse();
        return {{inverse * a.lane[1], inverse * a.lane[0]}};
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
