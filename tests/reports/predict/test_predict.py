"""Predictions: from curves, from fractions, their bands, and when there is none."""

from __future__ import annotations

import copy
import json
import math
import random
from typing import Any

import pytest
from tests.reports.predict.conftest import leaf

from zkmark.hardware_profiles.catalogue import catalogue_profile
from zkmark.reports.predict import Prediction, cases_of, predict
from zkmark.reports.predict.cases import PredictionError
from zkmark.reports.predict.formats import COLUMNS, as_json, notes, rows
from zkmark.reports.predict.machines import Machine, Part
from zkmark.reports.predict.model import left_out_machines, nearest
from zkmark.reports.predict.observations import Observation


def only(found: Any) -> Prediction:
    (one,) = found.made
    return one  # type: ignore[no-any-return]


def seconds(case: Any, rate: float, fraction: float = 0.5) -> float:
    return float(case.counts().word_multiplications / (fraction * rate))


def test_the_same_case_has_the_interval_of_its_run(machine: Any, ntt: Any) -> None:
    result = machine("a", 4e9)
    one = only(predict([ntt(12)], result.profile, [result]))
    assert one.basis == "same case"
    assert one.total == pytest.approx(seconds(ntt(12), 4e9))
    assert one.band is not None and one.band.low < one.total < one.band.high
    assert (one.band.coverage, one.band.left_out) == (0.95, 0)


def test_between_sizes_a_curve_tells(machine: Any, ntt: Any) -> None:
    result = machine("a", 4e9, sizes=(8, 10, 12, 14, 16))
    one = only(predict([ntt(13)], result.profile, [result]))
    assert one.basis == "curve"
    assert one.total == pytest.approx(seconds(ntt(13), 4e9))
    # Five sizes leave three between the ends, and the rate is the same everywhere.
    assert one.band is not None and (one.band.left_out, one.band.coverage) == (3, 0.5)
    assert one.band.high == pytest.approx(one.total)


def test_further_beyond_a_curve_the_band_is_wider(machine: Any, ntt: Any) -> None:
    results = [machine("a", 4e9, sizes=(10, 12, 14)), machine("b", 5e9, sizes=(10, 12, 14))]
    for result in results:
        # The largest size leaves the caches.
        summary = result.cases[-1]["summary"]
        for phase in summary.values():
            phase["median"] *= 1.5
    found = predict([ntt(15), ntt(18)], results[0].profile, results)
    near, far = found.made
    assert near.basis == far.basis == "beyond the curve"
    assert near.band is not None and far.band is not None
    assert far.band.high / far.total > near.band.high / near.total > 1.01


def test_another_machine_reaches_the_same_fraction(machine: Any, ntt: Any) -> None:
    known, target = machine("a", 4e9, fraction=0.4), machine("b", 6e9)
    one = only(predict([ntt(12)], target.profile, [known]))
    assert (one.basis, one.machine) == ("fractions", "A")
    assert one.total == pytest.approx(seconds(ntt(12), 6e9, 0.4), rel=1e-6)


def test_the_nearest_machine_is_taken(machine: Any, ntt: Any) -> None:
    far, near = machine("far", 2e9, fraction=0.9), machine("near", 5.5e9, fraction=0.4)
    target = machine("target", 6e9)
    one = only(predict([ntt(12)], target.profile, [far, near]))
    assert one.machine == "B"
    assert one.compute == pytest.approx(seconds(ntt(12), 6e9, 0.4), rel=1e-6)


def test_with_too_few_machines_there_is_no_band_and_it_says_so(machine: Any, ntt: Any) -> None:
    found = predict([ntt(12)], machine("c", 6e9).profile, [machine("a", 4e9), machine("b", 5e9)])
    assert only(found).band is None
    assert only(found).no_band == "it takes 3 machines with results of ntt on cpu, and there are 2"
    assert any("No error band for 1 prediction" in note for note in notes(found))
    assert dict(zip(COLUMNS, rows(found)[0], strict=True))["error band"] == "none"


def test_the_band_is_the_largest_error_of_machines_left_out(machine: Any, ntt: Any) -> None:
    fractions = {"a": 0.40, "b": 0.44, "c": 0.52}
    known = [
        machine(name, 4e9 + index * 1e8, fraction)
        for index, (name, fraction) in enumerate(fractions.items())
    ]
    one = only(predict([ntt(12)], machine("t", 6e9).profile, known))
    # c is nearest to the target; left out, each is predicted from its neighbour: c from b is worst.
    assert one.machine == "C"
    assert one.band is not None
    assert math.log(one.band.high / one.total) == pytest.approx(math.log(0.52 / 0.44), rel=1e-6)
    assert one.band.low * one.band.high == pytest.approx(one.total**2)
    assert (one.band.left_out, one.band.coverage) == (3, 0.5)


def test_a_band_holds_as_often_as_it_says() -> None:
    """Of machines whose fractions are drawn alike; the draws are the same in every run."""
    chance = random.Random(1)
    trials, held, count = 300, 0, 5
    for _ in range(trials):
        *known, (target, (truth,)) = [_drawn(chance) for _ in range(count + 1)]
        worst = max(left_out_machines(known, "ntt", "cpu", True))
        made = nearest(known, target, ("f", "cpu"), "s", truth.work, truth.bytes)
        assert not isinstance(made, str)
        held += abs(math.log(made.total / truth.total)) <= worst
    assert held / trials >= (count - 1) / (count + 1)
    # A band that always holds would be too wide to say anything.
    assert held < trials


def _drawn(chance: random.Random) -> tuple[Machine, list[Observation]]:
    rate, fraction = math.exp(chance.gauss(22, 0.5)), math.exp(chance.gauss(-1, 0.2))
    profile = {
        "ceilings": {
            "multiply_64": {"avx2": {"threads_2": leaf(rate)}},
            "triad": {"threads_2": leaf(2e10)},
        },
        "cpu": {"features": {"avx2": leaf(True)}},
    }
    machine, seconds = Machine("drawn", profile), 1e6 / (fraction * rate)
    parts = (Part(1.0, "multiply_64", "avx2"),)
    of = ("s", "ntt", "f", "cpu", "cpu", 2, 1e6, 16, seconds, seconds, None, None, parts)
    return machine, [Observation(machine, *of)]


def test_two_results_of_one_machine_are_one_machine(machine: Any, ntt: Any) -> None:
    again = machine("a", 4e9)
    again.document["run"]["id"] = "again"
    known = [machine("a", 4e9), again, machine("b", 5e9)]
    found = predict([ntt(12)], machine("t", 6e9).profile, known)
    assert [letter for letter, _ in found.known] == ["A", "B"]
    assert only(found).band is None


def test_many_cores_are_not_promised_from_few(machine: Any, ntt: Any) -> None:
    known = machine("a", 4e9)
    one = only(predict([ntt(12)], machine("t", 1.92e11, threads=96).profile, [known]))
    # A core of either has the same rate, and twice the cores that were seen are not too many.
    assert one.threads == 4
    assert one.compute == pytest.approx(seconds(ntt(12), 4e9) / 2, rel=1e-6)


def test_a_machine_of_the_catalogue_goes_by_cores_and_clock(machine: Any, ntt: Any) -> None:
    known = machine("a", 4e9)  # two cores of 2 GHz
    target = catalogue_profile("epyc-9654")
    one = only(predict([ntt(12)], target, [known]))
    clock = target["cpu"]["clock_base"]["value"]
    # On four of its cores.
    assert one.compute == pytest.approx(seconds(ntt(12), 4e9) * 2e9 / clock / 2, rel=1e-6)
    assert "by cores and clock" in one.explained


def test_an_instruction_set_that_a_target_lacks_is_not_assumed(machine: Any, ntt: Any) -> None:
    target = copy.deepcopy(machine("t", 6e9).profile)
    target["cpu"]["features"]["avx2"]["value"] = False
    found = predict([ntt(12)], target, [machine("a", 4e9)])
    assert found.made == ()
    assert found.not_made[0].reason.startswith("t has no avx2, which A used")


def test_memory_cannot_be_outrun_where_it_is_used(machine: Any, ntt: Any) -> None:
    known = machine("a", 4e9, bandwidth=1e12)
    target = machine("t", 6e9, bandwidth=1e6)
    one = only(predict([ntt(12)], target.profile, [known]))
    assert one.compute is not None
    assert one.compute >= ntt(12).counts().bytes_moved / 1e6


def test_a_case_that_nobody_measured_is_named(machine: Any, ntt: Any) -> None:
    from zkmark.kernels.case import case_from_parameters

    other = case_from_parameters("msm", {"curve": "bn254-g1", "size": 1024})
    result = machine("a", 4e9)
    found = predict([other, ntt(12)], result.profile, [result])
    assert [one.slug for one in found.not_made] == [other.slug]
    assert any("no result has it" in note for note in notes(found))


def test_nothing_to_predict_from_is_refused(machine: Any, ntt: Any) -> None:
    result = machine("a", 4e9, sizes=())
    with pytest.raises(PredictionError, match="no measurement"):
        predict([ntt(12)], result.profile, [result])


def test_no_figure_is_called_measured(machine: Any, ntt: Any) -> None:
    known = [machine(name, rate) for name, rate in (("a", 4e9), ("b", 5e9), ("c", 5.5e9))]
    found = predict([ntt(12)], machine("t", 6e9).profile, known)
    document = json.loads(json.dumps(as_json(found), allow_nan=False))
    (one,) = document["predictions"]
    assert document["kind"] == "predicted" and "total_seconds" in one["predicted"]
    assert not {"median", "seconds", "summary", "samples"} & set(one)
    assert rows(found)[0][COLUMNS.index("predicted total")].startswith("≈ ")


def test_a_gpu_goes_by_its_multiply_adds(machine: Any, ntt: Any) -> None:
    known = machine("a", 4e9)
    peak = catalogue_profile("h100-sxm5")["gpus"]["devices"][0]["multiply_add_32_peak"]["value"]
    known.profile["devices"] = {
        "cuda_0": {
            "backend": leaf("cuda"),
            "kind": leaf("gpu"),
            "multiply_add_32": leaf(peak / 4, "multiply-adds/s"),
        }
    }
    for case in known.cases:
        case.update(backend="cuda", label="cuda")
        case["settings"] = {"device": "Some GPU", "device_kind": "gpu"}
    one = only(predict([ntt(12)], catalogue_profile("h100-sxm5"), [known]))
    assert one.threads is None
    assert one.total == pytest.approx(seconds(ntt(12), 4e9) / 4, rel=1e-6)
    # A processor that offers OpenCL is no GPU.
    for case in known.cases:
        case["settings"]["device_kind"] = "cpu"
    assert predict([ntt(12)], catalogue_profile("h100-sxm5"), [known]).made == ()


def test_programs_are_scaled_step_by_step(result_of: Any, programs: Any) -> None:
    """A target twice as fast in products, and no faster in hashing."""
    document, target, entry = programs
    result = result_of(document)
    case = next(c for c in cases_of(entry["workload"]["name"]) if c.slug == entry["slug"])
    one = only(predict([case], target, [result], ["cpu"]))
    shares = {k["name"]: k["share"] for k in entry["workload"]["run"]["kernels"]}
    whole = sum(shares.values())
    same = sum(shares.get(name, 0.0) for name in ("hash", "grinding", "transfer", "execution"))
    slower = (same + (whole - same) / 2) / whole
    assert one.total == pytest.approx(entry["summary"]["total"]["median"] * slower, rel=1e-6)
    assert one.compute is None and one.basis == "fractions"


def test_transfers_go_with_the_rest_where_memory_is_not_known(
    result_of: Any, programs: Any
) -> None:
    document, target, entry = programs
    kernels = [{"name": "ntt", "share": 0.9}, {"name": "transfer", "share": 0.1}]
    for one in document["cases"]:
        if one["workload"]["run"]:
            one["workload"]["run"]["kernels"] = [
                {**one["workload"]["run"]["kernels"][0], **kernel} for kernel in kernels
            ]
    case = next(c for c in cases_of(entry["workload"]["name"]) if c.slug == entry["slug"])
    took = entry["summary"]["total"]["median"]
    # Both machines have the same memory: nine tenths take half as long, one tenth as long.
    one = only(predict([case], target, [result_of(document)], ["cpu"]))
    assert one.total == pytest.approx(0.55 * took, rel=1e-6)
    target["ceilings"]["triad"] = {}
    target["cpu"]["processors"] = leaf(entry["settings"]["threads"])
    one = only(predict([case], target, [result_of(document)], ["cpu"]))
    assert one.total == pytest.approx(0.5 * took, rel=1e-6)
    assert "memory that is taken to be as the rest" in one.explained
    for one in document["cases"]:
        if one["workload"]["run"]:
            one["workload"]["run"]["kernels"][1]["share"] = 0.9
            one["workload"]["run"]["kernels"][0]["share"] = 0.1
    (refusal,) = predict([case], target, [result_of(document)], ["cpu"]).not_made
    assert "does not say how fast its memory is" in refusal.reason


def test_a_size_beyond_what_the_other_machine_measured_says_so(machine: Any, ntt: Any) -> None:
    one = only(predict([ntt(16)], machine("t", 6e9).profile, [machine("a", 4e9)]))
    assert one.basis == "fractions beyond the curve"
    assert "doublings of work beyond what A measured" in one.explained


def test_suites_and_workloads_give_their_cases() -> None:
    assert {case.kernel for case in cases_of("quick")} >= {"ntt", "msm", "merkle"}
    assert [case.slug.split("/")[1] for case in cases_of("sudoku")] == ["sudoku"]
    with pytest.raises(PredictionError, match="a workload"):
        cases_of("nonsense")
