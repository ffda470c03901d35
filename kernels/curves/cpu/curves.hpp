// The curves, and the visitor that turns an id into a type. The Python twin is ../parameters.py; the
// endomorphisms' constants are those that ../endomorphism.py derives (a test compares them).
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/curves/cpu/curve.hpp"
#include "kernels/curves/cpu/split.hpp"
#include "kernels/fields/cpu/fields.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Each curve: its fields, the b of its equation y^2 = x^3 + b, beta of the endomorphism
// phi(x, y) = (beta x, y) in canonical words, how to split scalars along it, and whether points of other
// than the prime order exist.
struct Bn254G1 {
    using Base = Bn254Fq;
    using Scalar = Bn254Fr;
    static constexpr const char* id() { return "bn254-g1"; }
    static constexpr std::uint64_t b = 3;
    static constexpr bool has_cofactor = false;
    static constexpr std::uint64_t beta[Base::words] = {
        0xe4bd44e5607cfd48, 0xc28f069fbb966e3d,
        0x5e6dd9e7e0acccb0, 0x30644e72e131a029};
    static constexpr ScalarSplit split{
        .g1 = {0x149d540fd5e495cc, 0x5398fd0300ff6565, 0x4ccef014a773d2d2, 0x0000000000000002},
        .g2 = {0x6eb9c714773a6ef3, 0xd91d232ec7e0b3d7, 0x0000000000000002, 0x0000000000000000},
        .a1 = {0x8211bbeb7d4f1128, 0x6f4d8248eeb859fc, 0x0000000000000000},
        .b1 = {0x762cda976b2dec1d, 0xffffffffffffffff, 0xffffffffffffffff},
        .a2 = {0x89d3256894d213e3, 0x0000000000000000, 0x0000000000000000},
        .b2 = {0x0be4e1541221250b, 0x6f4d8248eeb859fd, 0x0000000000000000}};
};

struct Bls12381G1 {
    using Base = Bls12381Fq;
    using Scalar = Bls12381Fr;
    static constexpr const char* id() { return "bls12-381-g1"; }
    static constexpr std::uint64_t b = 4;
    static constexpr bool has_cofactor = true;
    static constexpr bool lambda_negative = true;
    static constexpr std::uint64_t lambda_magnitude[2] = {0x0000000100000000, 0xac45a4010001a402};
    static constexpr std::uint64_t beta[Base::words] = {
        0x2e01fffffffefffe, 0xde17d813620a0002, 0xddb3a93be6f89688,
        0xba69c6076a0f77ea, 0x5f19672fdf76ce51, 0x0000000000000000};
    static constexpr ScalarSplit split{
        .g1 = {0x355094edfede377c, 0x0000000000000002, 0x0000000000000000, 0x0000000000000000},
        .g2 = {0x034eb4b927adc028, 0x63f6e522f6cfee2e, 0x7c6becf1e01faadd, 0x0000000000000001},
        .a1 = {0x0000000000000001, 0x0000000000000000, 0x0000000000000000},
        .b1 = {0xffffffff00000001, 0x53ba5bfefffe5bfd, 0xffffffffffffffff},
        .a2 = {0x0000000100000000, 0xac45a4010001a402, 0x0000000000000000},
        .b2 = {0x0000000000000001, 0x0000000000000000, 0x0000000000000000}};
};

struct Pallas {
    using Base = PallasFp;
    using Scalar = VestaFp;
    static constexpr const char* id() { return "pallas"; }
    static constexpr std::uint64_t b = 5;
    static constexpr bool has_cofactor = false;
    static constexpr std::uint64_t beta[Base::words] = {
        0x7b7fd22f0201b547, 0x05270d29d19fc7d2,
        0xd3552a23a8554e50, 0x2d33357cb532458e};
    static constexpr ScalarSplit split{
        .g1 = {0x61afdea68480fa55, 0x32c49e4bffffffff, 0x279a745902a2654e, 0x0000000000000001},
        .g2 = {0x61afdea683e7688b, 0xff2b871c00000003, 0x279a745903c12455, 0x0000000000000001},
        .a1 = {0x8cb1279300000000, 0x49e69d1640a89953, 0x0000000000000000},
        .b1 = {0x80351e38ffffffff, 0xb61962e9bf0fb6ea, 0xffffffffffffffff},
        .a2 = {0x0c7c095a00000001, 0x93cd3a2c8198e269, 0x0000000000000000},
        .b2 = {0x8cb1279300000000, 0x49e69d1640a89953, 0x0000000000000000}};
};

struct Vesta {
    using Base = VestaFp;
    using Scalar = PallasFp;
    static constexpr const char* id() { return "vesta"; }
    static constexpr std::uint64_t b = 5;
    static constexpr bool has_cofactor = false;
    static constexpr std::uint64_t beta[Base::words] = {
        0x2aa9d2e050aa0e4f, 0x0fed467d47c033af,
        0x511db4d81cf70f5a, 0x06819a58283e528e};
    static constexpr ScalarSplit split{
        .g1 = {0xc35fbd4d0afe9927, 0x31f0256800000002, 0x4f34e8b2066389a4, 0x0000000000000002},
        .g2 = {0x61afdea685cc1579, 0x32c49e4c00000003, 0x279a745902a2654e, 0x0000000000000001},
        .a1 = {0x7fcae1c700000000, 0x49e69d1640f04915, 0x0000000000000000},
        .b1 = {0x734ed86cffffffff, 0xb61962e9bf5766ac, 0xffffffffffffffff},
        .a2 = {0x8cb1279300000001, 0x49e69d1640a89953, 0x0000000000000000},
        .b2 = {0x0c7c095a00000001, 0x93cd3a2c8198e269, 0x0000000000000000}};
};

// Calls visitor(Curve{}) for the curve with this id; false if there is none.
template <class Visitor>
bool visit_curve(std::string_view id, Visitor&& visitor) {
    if (id == Bn254G1::id()) return visitor(Bn254G1{}), true;
    if (id == Bls12381G1::id()) return visitor(Bls12381G1{}), true;
    if (id == Pallas::id()) return visitor(Pallas{}), true;
    if (id == Vesta::id()) return visitor(Vesta{}), true;
    return false;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
