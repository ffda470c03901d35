"""Results on disk against each other, and their history."""

from __future__ import annotations

import copy
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from zkmark.reports.gate.history import (
    MissingOtavaError,
    machine_id,
    series_of,
    with_changes,
)
from zkmark.reports.gate.limits import Limits
from zkmark.reports.gate.stored import compare_stored, find_baseline, process_values
from zkmark.reports.gate.verdict import CaseVerdict, Verdict
from zkmark.suites.result import Result, load_result

EXAMPLE = Path(__file__).parents[2] / "suites" / "example_result.json"
CASE = "ntt/goldilocks/2^14/forward on cpu"


def example(factor: float = 1.0, *, day: int = 1, noise: float = 0.0, seed: int = 0) -> Result:
    """The example's run with every time multiplied, on some day."""
    document: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    random_numbers = random.Random(seed)
    for case in document["cases"]:
        for phase in case["phases"].values():
            for process in phase["processes"]:
                scale = factor * random_numbers.lognormvariate(0, noise)
                process["samples"] = [value * scale for value in process["samples"]]
    document["run"]["attempts"][0]["started"] = f"2026-01-{day:02d}T12:00:00Z"
    document["run"]["id"] = f"run-{day}"
    return Result(document)


def judged(current: Result, *baseline: Result, limits: Limits | None = None) -> CaseVerdict:
    report = compare_stored(current, baseline, limits or Limits())
    return next(case for case in report.cases if case.case == CASE)


def test_the_three_verdicts() -> None:
    assert judged(example(), example()).verdict is Verdict.PASS
    assert judged(example(1.3), example()).verdict is Verdict.FAIL
    assert judged(example(0.7), example()).verdict is Verdict.PASS
    assert judged(example(1.05), example()).verdict is Verdict.INCONCLUSIVE


def test_the_ratio_and_its_interval() -> None:
    found = judged(example(1.3), example())
    assert found.ratio == pytest.approx(1.3)
    assert found.low is not None and found.high is not None and found.low < 1.3 < found.high
    assert found.detectable is not None and found.detectable > 0.05


def test_a_wrong_output_is_never_a_time() -> None:
    report = compare_stored(example(), [example()], Limits())
    wrong = [case for case in report.cases if case.verdict is Verdict.INCORRECT]
    assert [case.case for case in wrong] == ["merkle/sha-256/2^12/64-bytes on cpu"]
    assert wrong[0].ratio is None
    assert report.exit_code == 6


def test_baseline_runs_that_lie_apart_make_a_verdict_harder() -> None:
    near = [example(day=day, seed=day) for day in range(1, 6)]
    far = [example(1 + 0.15 * ((day % 3) - 1), day=day) for day in range(1, 6)]
    assert judged(example(1.15), *near).verdict is Verdict.FAIL
    assert judged(example(1.15), *far).verdict is not Verdict.FAIL


def test_too_few_processes_are_not_enough() -> None:
    few = example(2.0)
    for case in few.cases:
        for phase in case["phases"].values():
            del phase["processes"][3:]
    found = judged(few, example())
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "3 processes" in found.reason


def test_an_absolute_limit_of_a_stored_result(tmp_path: Path) -> None:
    from zkmark.reports.gate.limits import load_limits

    path = tmp_path / "limits.toml"
    path.write_text('[[case]]\nmatch = "ntt/goldilocks/2^14/*"\nlimit = "100 us"\n')
    assert "limit" in judged(example(), example(), limits=load_limits(path)).reason


def test_another_machine_and_missing_cases_are_said() -> None:
    other = example()
    other.document["profile"] = copy.deepcopy(other.profile)
    other.document["profile"]["cpu"]["model"]["value"] = "Another CPU"
    gone = example()
    gone.document["cases"] = [c for c in gone.cases if c["label"] != "numba"]
    report = compare_stored(gone, [other], Limits())
    assert any("another machine" in w and "Another CPU" in w for w in report.warnings)
    assert any("not measured now" in w and "on numba" in w for w in report.warnings)
    new = compare_stored(other, [gone], Limits())
    assert any("not in the baseline" in w and "on numba" in w for w in new.warnings)


def test_a_crash_where_the_baseline_has_a_time_is_no_pass() -> None:
    broken = example()
    entry = next(c for c in broken.cases if c["slug"] in CASE and c["label"] == "cpu")
    entry |= {"status": "crashed", "reason": "it crashed", "phases": {}}
    found = judged(broken, example())
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "crashed" in found.reason


def test_no_baseline() -> None:
    with pytest.raises(ValueError, match="baseline: got no result"):
        compare_stored(example(), [], Limits())


def test_a_phase_of_its_own() -> None:
    entry = next(c for c in example().cases if c["status"] == "ok")
    compute = process_values(entry, "compute")
    assert len(compute) == len(process_values(entry)) == 6
    assert all(c < t for c, t in zip(compute, process_values(entry), strict=True))
    assert process_values(entry, "prove") == []


def test_a_file_is_a_baseline_and_so_are_those_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no \.json file in"):
        find_baseline(tmp_path)
    for name in ("a.json", "b.json", "c.txt"):
        (tmp_path / name).touch()
    assert find_baseline(tmp_path) == [tmp_path / "a.json", tmp_path / "b.json"]
    assert find_baseline(tmp_path / "a.json") == [tmp_path / "a.json"]


def history(steps: int = 24, change: float = 1.1) -> list[Result]:
    return [
        example(change if day > steps // 2 else 1.0, day=day, noise=0.01, seed=day)
        for day in range(1, steps + 1)
    ]


def test_series_keep_machines_apart_and_times_in_order() -> None:
    results = history(6)
    results[2].document["profile"]["cpu"]["model"]["value"] = "Another CPU"
    assert machine_id(results[2]) != machine_id(results[0])
    found = [one for one in series_of(list(reversed(results))) if one.case == CASE]
    assert sorted(len(one.runs) for one in found) == [1, 5]
    longest = max(found, key=lambda one: len(one.runs))
    started = [run.started for run in longest.runs]
    assert started == sorted(started)


def test_a_step_is_found_where_it_is() -> None:
    pytest.importorskip(
        "otava", reason="Apache Otava is not installed: pip install 'zkmark[history]'"
    )
    one = next(one for one in series_of(history()) if one.case == CASE)
    found = with_changes(one)
    assert [change.index for change in found.changes] == [12]
    assert found.changes[0].ratio == pytest.approx(1.1, rel=0.02)
    assert found.slower_now
    assert found.to_json()["changes"][0]["from"]["started"].startswith("2026-01-13")
    flat = next(one for one in series_of(history(change=1.0)) if one.case == CASE)
    assert with_changes(flat).changes == ()
    short = next(one for one in series_of(history(3)) if one.case == CASE)
    assert with_changes(short).changes == ()


def test_without_otava_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "otava.analysis", None)
    one = series_of(history(6))[0]
    with pytest.raises(MissingOtavaError, match=r"pip install 'zkmark\[history\]'"):
        with_changes(one)


def test_the_example_on_disk_is_a_baseline() -> None:
    assert judged(load_result(EXAMPLE), load_result(EXAMPLE)).verdict is Verdict.PASS
