"""The suites that come with zkmark: what they hold, and that the smallest one comes out right."""

import pytest

from zkmark.suites import find_suite, list_suites, run_suite
from zkmark.suites.result import validate_document
from zkmark.suites.statistics import FEWEST_FOR_INTERVAL
from zkmark.suites.suite import case_size


def sizes(suite, **wanted):
    return {
        case_size(group.case)
        for group in suite.groups
        if all(group.case.parameters()[name] == value for name, value in wanted.items())
    }


def powers(low, high):
    return {1 << log for log in range(low, high + 1)}


@pytest.mark.parametrize("name", [path.stem for path in list_suites()])
def test_every_suite_says_what_it_is_for_and_has_every_kernel(name):
    suite = find_suite(name)
    assert suite.name == name
    assert suite.description.endswith(".")
    kernels = {group.case.kernel for group in suite.groups}
    every = {"ntt", "msm", "merkle"}
    others = {"workloads": {"stackvm"}, "quick": {*every, "stackvm"}, "smoke": {*every, "stackvm"}}
    assert kernels == others.get(name, every)
    slugs = [group.case.slug for group in suite.groups]
    assert len(slugs) == len(set(slugs))


def test_quick_has_intervals_scaling_curves_and_the_reference_of_every_kernel():
    quick = find_suite("quick")
    assert quick.settings.min_processes >= FEWEST_FOR_INTERVAL
    for kernel in ("ntt", "msm", "merkle"):
        groups = quick.select(kernels=[kernel]).groups
        assert any("reference" in [c.backend for c in g.contenders] for g in groups)
        assert len({case_size(g.case) for g in groups}) >= 3
    programs = {g.case.workload for g in quick.select(kernels=["stackvm"]).groups}
    assert programs == {"fibonacci", "sudoku"}


def test_quick_has_simulated_designs_of_every_kernel_at_sizes_that_take_seconds():
    fpga = find_suite("quick").select(backends=["fpga"])
    for kernel, most in (("ntt", 1 << 12), ("msm", 1 << 8), ("merkle", 1 << 10)):
        found = {case_size(group.case) for group in fpga.select(kernels=[kernel]).groups}
        assert found, kernel
        assert min(found) <= most
    # The others stay what they are: tests of this machine's processors and devices.
    for name in ("smoke", "kernels", "versus-peers"):
        assert not find_suite(name).select(backends=["fpga"]).groups


def test_kernels_covers_every_parameter_set_over_its_whole_range():
    from zkmark.kernels.curves.parameters import CURVES
    from zkmark.kernels.fields.parameters import FIELDS
    from zkmark.kernels.hashes.parameters import HASHES

    suite = find_suite("kernels")
    for field in FIELDS.values():
        has_roots = field.two_adicity >= 22
        ntt = sizes(suite.select(kernels=["ntt"]), field=field.id)
        assert ntt == (powers(10, 22) if has_roots else set()), field.id
    for curve in CURVES:
        assert sizes(suite.select(kernels=["msm"]), curve=curve) == powers(8, 18)
    for name in HASHES:
        assert sizes(suite.select(kernels=["merkle"]), hash=name) == powers(10, 20)


def test_smoke_comes_out_right_on_the_cpu():
    smoke = find_suite("smoke").select(backends=["cpu"])
    result = run_suite(smoke)
    assert result.exit_code == 0
    assert {case["status"] for case in result.cases} == {"ok"}
    assert len(result.cases) == len(smoke.groups)
    assert all(case["path"].startswith("cpu/") for case in result.cases)
    validate_document(result.document)
    frame = result.to_dataframe()
    assert {"field", "curve", "hash"} <= set(frame.columns)
