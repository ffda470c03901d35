"""Case by case: ratios, states, energy and cost, what was modelled."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from zkmark.reports.compare import (
    ComparisonError,
    DifferentCasesError,
    NothingComparableError,
)
from zkmark.reports.compare.tables import notes, tables, verdict

NTT = "ntt/goldilocks/2^10/forward"
FIBONACCI = "stackvm/fibonacci/iter-93/96-bit/blake3"


def find(document: Any, slug: str, label: str = "cpu") -> Any:
    return next(c for c in document["cases"] if (c["slug"], c["label"]) == (slug, label))


def case_of(comparison: Any, slug: str, label: str = "cpu") -> Any:
    return next(c for c in comparison.measured if (c.slug, c.label) == (slug, label))


def table_of(comparison: Any, start: str) -> Any:
    return next((t for t in tables(comparison) if t.title.startswith(start)), None)


def test_a_machine_that_takes_half_the_time_is_twice_as_fast(any_pair: Any, compared: Any) -> None:
    comparison = compared(*any_pair)
    phases = [phase for case in comparison.measured for phase in case.phases]
    assert phases
    for phase in phases:
        one, two = phase.figures
        assert one.seconds == pytest.approx(2 * two.seconds)
        assert phase.ratios[0] is None
        assert phase.ratios[1].median == pytest.approx(2)
        assert phase.ratios[1].low < 2 < phase.ratios[1].high
        assert verdict(phase.ratios[1]) == "faster"


def test_workloads_have_their_own_phases(programs: Any, compared: Any) -> None:
    case = case_of(compared(*programs), FIBONACCI)
    assert [phase.name for phase in case.phases] == ["compile", "prove", "verify", "total"]
    shown = [row[2] for row in table_of(compared(*programs), "Case").rows if row[0] == FIBONACCI]
    assert shown[:4] == ["total", "compile", "prove", "verify"]


def test_shares_of_each_machines_own_ceiling(pair: Any, compared: Any) -> None:
    base, other = pair
    section = find(other, NTT)["ceiling"]
    section["operations"]["fraction"]["value"] = 0.25
    section["memory"]["fraction"]["value"] = 0.5
    case = case_of(compared(base, other), NTT)
    assert (case.ceiling(0).bound, case.ceiling(1).cell) == ("arithmetic", "50 % memory")


def test_equal_times_are_not_told_apart(pair: Any, compared: Any) -> None:
    base, _ = pair
    other = copy.deepcopy(base)
    other["run"]["id"] = "again"
    ratio = case_of(compared(base, other), NTT).phases[-1].ratios[1]
    assert verdict(ratio) == "not told apart"
    assert "not told apart" in table_of(compared(base, other), "Case").rows[0][5]


def test_three_results_are_all_compared_with_the_first(pair: Any, compared: Any) -> None:
    base, other = pair
    third = copy.deepcopy(base)
    third["run"]["id"] = "third"
    for case in third["cases"]:
        scale_all(case, 4.0)
    total = case_of(compared(base, other, third), NTT).phases[-1]
    assert [round(ratio.median, 6) for ratio in total.ratios[1:]] == [2.0, 0.25]
    assert verdict(total.ratios[2]) == "slower"


def scale_all(case: Any, factor: float) -> None:
    for groups in case["phases"].values():
        for group in groups["processes"]:
            group["samples"] = [seconds * factor for seconds in group["samples"]]


def test_what_is_wrong_or_crashed_has_no_figures(pair: Any, compared: Any) -> None:
    base, other = pair
    comparison = compared(base, other)
    wrong = case_of(comparison, "merkle/sha-256/2^12/64-bytes")
    assert (wrong.phases, wrong.state(0), wrong.state(1)) == ((), "incorrect", "incorrect")
    assert any("merkle/sha-256/2^12/64-bytes on cpu is incorrect" in n for n in notes(comparison))


def test_a_case_that_one_machine_could_not_run_has_the_others_time(
    pair: Any, compared: Any
) -> None:
    base, other = pair
    crashed = find(other, "merkle/blake3/2^12/64-bytes")
    for case in other["cases"]:
        if (case["slug"], case["label"]) == (NTT, "numba"):
            keep = {k: case[k] for k in ("slug", "kernel", "parameters", "counts", "label")}
            case |= {**copy.deepcopy(crashed), **keep}
    numba = case_of(compared(base, other), NTT, "numba")
    total = numba.phases[-1]
    assert total.figures[0] is not None and total.figures[1] is None
    assert (total.ratios, numba.state(1), numba.compares) == ((None, None), "crashed", False)


def test_results_of_other_cases_are_refused_by_name(pair: Any, compared: Any) -> None:
    base, other = pair
    other["cases"] = [c for c in other["cases"] if c["kernel"] != "msm"]
    with pytest.raises(DifferentCasesError, match=r"B lacks msm/bls12-381-g1/2\^10; --common"):
        compared(base, other)
    comparison = compared(base, other, common=True)
    assert comparison.left_out == ("msm/bls12-381-g1/2^10",)
    assert {case.kernel for case in comparison.measured} == {"ntt", "merkle"}


def test_nothing_in_common_is_refused_whatever_is_allowed(
    pair: Any, programs: Any, compared: Any
) -> None:
    with pytest.raises(DifferentCasesError, match=r"no case in common: A has ntt/.*B has stackvm"):
        compared(pair[0], programs[1], common=True, allow_env_diff=True)


@pytest.mark.parametrize("part", ["parameters", "items", "program digest"])
def test_one_name_for_two_computations_is_refused(programs: Any, compared: Any, part: str) -> None:
    base, other = programs
    case = find(other, FIBONACCI)
    if part == "parameters":
        case["parameters"]["blowup"] = 16
    elif part == "items":
        case["counts"]["items"] += 1
    else:
        case["workload"]["run"]["program"]["digest"] = "cd" * 32
    with pytest.raises(DifferentCasesError, match=f"{FIBONACCI} is not the same case.*{part}"):
        compared(base, other, common=True, allow_env_diff=True)


def test_a_run_is_not_compared_with_itself(pair: Any, compared: Any) -> None:
    with pytest.raises(ComparisonError, match=r"a\.json and b\.json are the same run"):
        compared(pair[0], pair[0])
    with pytest.raises(ComparisonError, match="got 1, want 2"):
        compared(pair[0])


def test_other_backends_compare_by_the_fastest_of_each(pair: Any, compared: Any) -> None:
    base, other = pair
    for document, kept in ((base, "cpu"), (other, "numba")):
        document["cases"] = [c for c in document["cases"] if (c["slug"], c["label"]) == (NTT, kept)]
    with pytest.raises(NothingComparableError, match="--best"):
        compared(base, other)
    (case,) = compared(base, other, best=True).measured
    assert (case.label, case.label_on(0), case.label_on(1)) == ("fastest", "cpu/portable", "numba")
    mine, theirs = find(base, NTT), find(other, NTT, "numba")
    expected = mine["summary"]["total"]["median"] / theirs["summary"]["total"]["median"]
    assert case.phases[-1].ratios[1].median == pytest.approx(expected)


def test_the_fastest_is_neither_a_peer_nor_a_model(simulated: Any, compared: Any) -> None:
    base, other = simulated
    peer = copy.deepcopy(find(base, NTT))
    peer.update(backend="peer", label="peer/other", path="peer/other")
    scale_all(peer, 0.01)
    peer["summary"]["total"]["median"] *= 0.01
    base["cases"].append(peer)
    case = case_of(compared(base, other, best=True), NTT, "fastest")
    assert case.label_on(0) == "cpu/portable"


def test_cost_is_the_price_of_the_time_that_ranks(programs: Any, compared: Any) -> None:
    base, other = programs
    other["profile"]["economics"] = {
        "price_per_hour": {
            "value": 3.6, "unit": "USD/h", "source": "an example", "status": "declared",
        }
    }  # fmt: skip
    comparison = compared(base, other)
    case = case_of(comparison, FIBONACCI)
    seconds = find(other, FIBONACCI)["summary"]["total"]["median"]
    assert case.cost[1].value == pytest.approx(0.001 * seconds)
    assert case.cost[1].unit == "USD"
    assert case.cost[0].value is None and "nobody declared" in case.cost[0].reason
    assert case.units["proof"] == 1
    assert case.units["million steps"] * find(base, FIBONACCI)["counts"]["items"] == 1e6
    rows = [row for row in table_of(comparison, "Energy and cost").rows if row[0] == FIBONACCI]
    assert [row[2] for row in rows][:2] == ["proof", "million steps"]
    assert rows[0][3:6] == ("–", "–", "–") and rows[0][6].endswith(" µUSD")
    assert "Cost of A unavailable: nobody declared the machine's price per hour." in (
        notes(comparison)
    )


def test_energy_by_declared_power_is_called_an_estimate(programs: Any, compared: Any) -> None:
    base, other = programs
    other["profile"]["economics"] = {
        "power": {"value": 200, "unit": "W", "source": "an example", "status": "declared"}
    }
    comparison = compared(base, other)
    case = case_of(comparison, FIBONACCI)
    seconds = find(other, FIBONACCI)["summary"]["total"]["median"]
    assert case.estimated_energy[1].value == pytest.approx(200 * seconds)
    assert case.energy[1].value is None and case.estimated_energy[0].value is None
    table = table_of(comparison, "Energy and cost")
    assert [name for name, _ in table.heads][-2:] == ["energy A, estimated", "energy B, estimated"]
    assert next(row for row in table.rows if row[0] == FIBONACCI)[-1].endswith("J")
    assert any("estimated: 200 W x time" in note for note in notes(comparison))


def test_energy_is_what_the_counters_counted(pair: Any, compared: Any) -> None:
    base, other = pair
    joules = {"value": 0.5, "unit": "J", "source": "powercap", "status": "measured"}
    find(base, NTT)["energy_joules"] = dict(joules)
    comparison = compared(base, other)
    case = case_of(comparison, NTT)
    assert (case.energy[0].value, case.energy[0].scope) == (0.5, "processor")
    assert case.energy[1].value is None and "no energy counter" in case.energy[1].reason
    (row,) = table_of(comparison, "Energy and cost").rows
    assert row[2] == "million elements"
    assert row[3:5] == ("488 J", "–")  # 0.5 J for 1024 of them


def test_energy_of_a_gpu_alone_says_so() -> None:
    from zkmark.reports.compare.economy import energy_of

    def field(value: float | None) -> Any:
        return {"value": value, "reason": None if value else "no counter"}

    def energy(processor: float | None, gpu: float | None) -> Any:
        return energy_of({"energy_joules": field(processor), "gpu": {"energy": field(gpu)}})

    assert (energy(1.0, 2.0).value, energy(1.0, 2.0).scope) == (3.0, "processor and GPU")
    assert (energy(None, 2.0).value, energy(None, 2.0).scope) == (2.0, "GPU alone")
    assert (energy(None, None).value, energy(None, None).reason) == (None, "no counter")


def test_what_was_modelled_stands_apart(simulated: Any, compared: Any) -> None:
    base, other = simulated
    section = find(other, NTT, "fpga")["modelled"]
    section["seconds"]["value"] /= 4
    comparison = compared(base, other)
    assert all(e["kind"] == "measured" for c in comparison.measured for e in c.entries if e)
    found = next(c for c in comparison.modelled if c.slug == NTT)
    assert found.ratios == (None, pytest.approx(4))
    measured, modelled = table_of(comparison, "Case"), table_of(comparison, "Modelled")
    assert {row[1] for row in modelled.rows} == {"fpga"}
    assert "fpga" not in {row[1] for row in measured.rows}
    wrong = next(row for row in modelled.rows if row[0] == "ntt/goldilocks/2^14/forward")
    assert wrong[2:5] == ("incorrect", "incorrect", "–")
