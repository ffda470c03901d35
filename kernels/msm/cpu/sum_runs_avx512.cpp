// Pairwise sums of runs of affine points, eight additions at a time (see kernels/curves/cpu/pairwise.hpp, the
// portable twin). Coordinates are in Montgomery form with the R of kernels/fields/cpu/lanes52.hpp.
//
// An addition is 6 multiplications of eight lanes; its share of the batch's inversion (about 4 us for 2048
// additions), of gathering and of reductions comes on top: about a fifth of the whole with 8 limbs.
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/msm/cpu/dispatch.hpp"

#if defined(__AVX512IFMA__)
#include "kernels/fields/cpu/inverse.hpp"
#include "kernels/fields/cpu/lanes52.hpp"
#endif

namespace zkmark {
namespace {

#if defined(__AVX512IFMA__)

template <class Field>
class PairBatch {
    using Lanes = Lanes52<Field>;
    using Constants = Limbs52<Field>;
    static constexpr std::size_t N = Lanes::N, L = Lanes::L;
    static constexpr std::size_t groups = 256, capacity = 8 * groups;

    struct Point {
        std::uint64_t x[N], y[N];
    };

public:
    void run(std::uint64_t* words, const Run* runs, std::size_t count, std::uint32_t stride) {
        Point* points = reinterpret_cast<Point*>(words);
        stride_ = stride;
        for (std::size_t r = 0; r < count; ++r) {
            Point* run = points + runs[r].start;
            for (std::size_t j = 0; j + stride < runs[r].length; j += 2 * std::size_t(stride)) {
                left_[pairs_++] = run + j;
                if (pairs_ == capacity) add_batch();
            }
        }
        if (pairs_) add_batch();
    }

private:
    // a += b for the listed pairs (a, a + stride).
    void add_batch() {
        // Lanes past the last pair add two points that are in nobody's way.
        while (pairs_ % 8) left_[pairs_++] = nullptr;
        spare_[0] = {{1}, {1}};
        spare_[1] = {{2}, {1}};
        const std::size_t used = pairs_ / 8;
        Lanes product = Lanes::broadcast(Constants::one);
        for (std::size_t g = 0; g < used; ++g) {
            product.store(prefixes_ + g * L);
            const Lanes d = denominators(g);
            d.store(denominators_ + g * L);
            product = product * d;
        }
        Lanes inverse = inverses(product);
        for (std::size_t g = used; g-- > 0;) {
            const Lanes d = Lanes::load(denominators_ + g * L);
            add_group(g, inverse * Lanes::load(prefixes_ + g * L));
            inverse = inverse * d;
        }
        pairs_ = 0;
    }

    struct Group {
        std::uint64_t *ax[8], *ay[8], *bx[8], *by[8];
    };

    Group group(std::size_t g) {
        Group at;
        for (int i = 0; i < 8; ++i) {
            Point* a = left_[8 * g + i];
            Point* b = a ? a + stride_ : &spare_[1];
            if (!a) a = &spare_[0];
            at.ax[i] = a->x;
            at.ay[i] = a->y;
            at.bx[i] = b->x;
            at.by[i] = b->y;
        }
        return at;
    }

    // The slopes' denominators: b.x - a.x, or 2 a.y for a doubling, or 1 where no slope is needed.
    Lanes denominators(std::size_t g) {
        const Group at = group(g);
        const Lanes ax = Lanes::gather(at.ax), bx = Lanes::gather(at.bx);
        Lanes d = Lanes::subtract(bx, ax, Constants::p);  // in (0, 2 p): 0 modulo p only as p
        // Zero for x is what infinity has, and a point or two of order 3.
        const __mmask8 odd = d.equals(Constants::p) | ax.equals({}) | bx.equals({});
        doublings_[g] = without_slope_[g] = 0;
        if (odd) [[unlikely]] {
            const Lanes ay = Lanes::gather(at.ay), by = Lanes::gather(at.by);
            const __mmask8 infinity = (ax.equals({}) & ay.equals({})) | (bx.equals({}) & by.equals({}));
            const __mmask8 same_x = d.equals(Constants::p);
            const __mmask8 same_y = Lanes::subtract(by, ay, Constants::p).equals(Constants::p);
            doublings_[g] = same_x & same_y & ~infinity & ~ay.equals({});
            without_slope_[g] = infinity | (same_x & ~doublings_[g]);
            d = Lanes::select(doublings_[g], d, ay + ay);
            d = Lanes::select(without_slope_[g], d, Lanes::broadcast(Constants::one));
        }
        return d;
    }

    void add_group(std::size_t g, const Lanes& inverse) {
        const Group at = group(g);
        const Lanes ax = Lanes::gather(at.ax), bx = Lanes::gather(at.bx);
        const Lanes ay = Lanes::gather(at.ay), by = Lanes::gather(at.by);
        Lanes numerator = Lanes::subtract(by, ay, Constants::p);
        if (doublings_[g]) [[unlikely]] {
            const Lanes xx = Lanes::reduce_once(ax * ax, Constants::p);
            numerator = Lanes::select(doublings_[g], numerator, xx + xx + xx);
        }
        // Below 1.3 p each: see Lanes52 for products. Differences below 3.3 p after adding 2 p.
        const Lanes slope = numerator * inverse;
        Lanes x = Lanes::subtract(slope * slope, ax + bx, Constants::p_twice);
        x = Lanes::reduce_once(Lanes::reduce_once(x, Constants::p_twice), Constants::p);
        Lanes y = Lanes::subtract(slope * Lanes::subtract(ax, x, Constants::p), ay, Constants::p);
        y = Lanes::reduce_once(Lanes::reduce_once(y, Constants::p), Constants::p);
        if (without_slope_[g]) [[unlikely]] {
            // infinity + b = b, a + infinity = a, a - a = infinity.
            const __mmask8 a_infinite = ax.equals({}) & ay.equals({}), b_infinite = bx.equals({}) & by.equals({});
            const Lanes zero = Lanes::broadcast({});
            const auto choose = [&](const Lanes& sum, const Lanes& a, const Lanes& b) {
                Lanes special = Lanes::select(b_infinite, zero, a);
                special = Lanes::select(a_infinite, special, b);
                return Lanes::select(without_slope_[g], sum, special);
            };
            x = choose(x, ax, bx);
            y = choose(y, ay, by);
        }
        x.scatter(at.ax);
        y.scatter(at.ay);
    }

    // The inverse of each lane: one inversion of the product of all eight, by rotations.
    static Lanes inverses(const Lanes& a) {
        const Lanes one = a.template rotated<1>();
        const Lanes two = a * one;                          // lanes i, i + 1
        const Lanes four = two * two.template rotated<2>();  // lanes i to i + 3
        Lanes all = four * four.template rotated<4>();
        all = Lanes::reduce_once(all, Constants::p);
        alignas(64) std::uint64_t product[8][N];
        std::uint64_t* rows[8];
        for (int i = 0; i < 8; ++i) rows[i] = product[i];
        all.scatter(rows);
        // (T R)^-1 R^3 / R = T^-1 R.
        invert<N>(product[0], Field::modulus.data(), Field::negated_inverse_of_modulus, Field::bits, product[0]);
        for (int i = 1; i < 8; ++i)
            for (std::size_t k = 0; k < N; ++k) product[i][k] = product[0][k];
        const Lanes inverse = Lanes::gather(rows) * Lanes::broadcast(Constants::r_cubed);
        const Lanes others = one * two.template rotated<2>() * four.template rotated<4>();
        return inverse * others;
    }

    __m512i prefixes_[groups * L], denominators_[groups * L];
    Point* left_[capacity];
    __mmask8 doublings_[groups], without_slope_[groups];
    Point spare_[2] = {};
    std::size_t pairs_ = 0;
    std::uint32_t stride_ = 0;
};

template <class Field>
void sum_runs_in_lanes(void* points, Run* runs, std::size_t count, void* /*prefixes*/) {
    // One a thread: half a megabyte at most, in the second-level cache while it is used.
    alignas(64) static thread_local PairBatch<Field> batch;
    for (std::uint32_t stride = 1;; stride *= 2) {
        std::size_t longer = 0;
        for (std::size_t r = 0; r < count; ++r)
            if (runs[r].length > stride) runs[longer++] = runs[r];
        if (longer == 0) return;
        count = longer;
        batch.run(static_cast<std::uint64_t*>(points), runs, count, stride);
    }
}
#endif

using BaseFields = FieldList<Bn254Fq, Bls12381Fq, PallasFp, VestaFp>;

}  // namespace

SumRuns sum_runs_avx512([[maybe_unused]] std::string_view field) {
    SumRuns found = nullptr;
#if defined(__AVX512IFMA__)
    BaseFields::visit(field, [&](auto tag) { found = &sum_runs_in_lanes<decltype(tag)>; });
#endif
    return found;
}

unsigned avx512_form_shift([[maybe_unused]] std::string_view field) {
    unsigned shift = 0;
#if defined(__AVX512IFMA__)
    BaseFields::visit(field, [&](auto tag) {
        using Field = decltype(tag);
        shift = Limbs52<Field>::r_bits - 64 * Field::words;
    });
#endif
    return shift;
}

}  // namespace zkmark
