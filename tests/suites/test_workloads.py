"""Workloads as suite cases: what is measured, what is kept, and what is never a number."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.kernels.case import WrongOutputError, case_from_parameters, output_digest
from zkmark.kernels.implementation import implementations_of
from zkmark.provers.stackvm.proving import verify
from zkmark.provers.workloads import implementation as module
from zkmark.provers.workloads.case import WorkloadCase
from zkmark.suites import CaseGroup, Contender, Settings, Suite, find_suite, load_suite, run_suite
from zkmark.suites.case_run import CaseRun
from zkmark.suites.errors import SuiteFileError
from zkmark.suites.jobs import case_from_json, case_to_json
from zkmark.suites.migrations import SCHEMA_VERSION, migrate
from zkmark.suites.result import load_result, validate_document
from zkmark.suites.workload import workload_section

QUICK = Settings(min_processes=2, max_processes=2, time_budget=2, process_seconds=0.02)
FIXED = WorkloadCase("fibonacci", "fixed-50")


def entries_of(case, *contenders):
    return CaseRun(CaseGroup(case, contenders), QUICK, 1).run()


# The case


def test_a_case_is_made_again_from_its_parameters():
    case = WorkloadCase("blake3", "bytes-70", scale=2, security=128, hash="rpo-256", blowup=4)
    assert case.slug == "stackvm/blake3/bytes-70/x2/128-bit/rpo-256/blowup-4"
    assert case_from_parameters("stackvm", case.parameters()) == case
    assert case_from_json(case_to_json(case)) == case
    assert str(WorkloadCase("sudoku")) == "stackvm/sudoku/96-bit/blake3"
    assert WorkloadCase("fibonacci") == WorkloadCase("fibonacci", "iter-93")
    assert case.options.degree == 3 and case.options.blowup == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "workload: got nothing"),
        ({"workload": "sudok"}, "workload: got 'sudok'.*did you mean 'sudoku'"),
        ({"workload": "sudoku", "size": 3}, "size: not a parameter of stackvm"),
        ({"workload": "fibonacci", "variant": "x"}, "variant: got 'x'"),
        ({"workload": "sudoku", "variant": 3}, "variant: got 3"),
        ({"workload": "sudoku", "scale": 0}, "scale: got 0"),
        ({"workload": "sudoku", "security": 200}, "security: got 200, want 1 to 128"),
        ({"workload": "sudoku", "security": "96"}, "security: got '96'"),
        ({"workload": "sudoku", "hash": "sha-256"}, "hash: got 'sha-256', want one of blake3"),
        ({"workload": "sudoku", "blowup": 3}, "blowup: got 3"),
    ],
)
def test_what_is_no_case(parameters, message):
    with pytest.raises(ValueError, match=message):
        case_from_parameters("stackvm", parameters)


def test_input_is_checked_before_anything_is_proven():
    inputs = FIXED.make_input(1)
    FIXED.validate(inputs)
    for wrong, message in (
        ({"inputs": inputs["inputs"]}, "advice: got nothing"),
        ({**inputs, "advice": np.zeros(3, np.int64)}, "advice: got int64"),
        ({**inputs, "inputs": np.zeros((1, 1), np.uint64)}, "inputs: got uint64"),
        ({**inputs, "inputs": np.full(1, 2**64 - 1, np.uint64)}, "want elements below the prime"),
    ):
        with pytest.raises(ValueError, match=message):
            FIXED.validate(wrong)


def test_an_output_is_judged_by_the_oracle():
    inputs = FIXED.make_input(1)
    right = FIXED.reference(inputs)
    assert int(right[0]) == 12586269025
    assert FIXED.check(inputs, right, 1).ok
    wrong = right.copy()
    wrong[3] = 7
    assert FIXED.check(inputs, wrong, 1).detail == "output 3 is 7, want 0"
    assert not FIXED.check(inputs, right[:4], 1).ok


# Measuring


def test_a_workload_is_measured_and_everything_of_it_is_kept():
    (entry,) = entries_of(FIXED, Contender("cpu"))
    assert entry["status"] == "ok", entry["reason"]
    assert set(entry["summary"]) == {"compile", "prove", "verify", "total"}
    for process in range(2):
        parts = [
            entry["phases"][phase]["processes"][process]["samples"]
            for phase in ("compile", "prove", "verify", "total")
        ]
        for compiled, proven, verified, total in zip(*parts, strict=True):
            assert compiled + proven + verified == pytest.approx(total)
    assert entry["clock"] == "host" and entry["ranked_phase"] == "total"
    assert "verified from its bytes" in entry["correctness"]["method"]
    assert entry["correctness"]["output_digest"] == output_digest(FIXED.reference({}))
    assert entry["throughput"]["item_unit"] == "steps"
    assert entry["ceiling"]["bound"] is None
    told = entry["workload"]
    assert (told["name"], told["variant"], told["scale"]) == ("fibonacci", "fixed-50", 1)
    run = told["run"]
    assert run["cycles"] == 52 and run["outputs"][0] == 12586269025
    assert {table["name"]: table["rows"] for table in run["tables"]}["processor"] == 64
    assert sum(run["proof"]["parts"].values()) == run["proof"]["bytes"]
    assert run["proof"]["same_in_all_processes"]
    assert run["security"]["conjectured"] >= 96 > run["security"]["proven"] > 0
    assert run["options"]["hash"] == "blake3"
    assert sum(one["share"] for one in run["kernels"]) == pytest.approx(1, abs=0.1)
    assert {"ntt", "hash", "constraints", "lookups", "execution"} <= {
        one["name"] for one in run["kernels"]
    }
    assert all(len(one["samples"]) == 2 for one in run["kernels"])

    def gaps(step):
        below = step.get("steps", [])
        if below:
            yield step["seconds"] - sum(one["seconds"] for one in below), step["seconds"]
        for one in below:
            yield from gaps(one)

    whole = run["steps"]["seconds"]
    assert all(-1e-9 <= gap <= 0.02 * whole for gap, _ in gaps(run["steps"]))


def test_the_proof_is_the_same_on_every_backend_that_has_the_kernels():
    proofs = {}
    for name in ("cpu", "opencl", "cuda"):
        assert implementations_of("stackvm", name), name
    for name, options in (("cpu", {}), ("cpu", {"isa": "portable"})):
        backend = get_backend(name, **options)
        plan = implementations_of("stackvm", name)[0].plan(FIXED, backend)
        value = FIXED.make_input(1)
        for step in plan.steps()[:2]:
            value = step(value)
        proofs[str(options)] = value.data
    assert len(set(proofs.values())) == 1


def test_the_reference_is_not_measured_and_says_why():
    (entry,) = entries_of(FIXED, Contender("reference"))
    assert entry["status"] == "unsupported"
    assert "takes minutes" in entry["reason"]
    assert entry["workload"]["run"] is None


# What is never a number


@pytest.fixture
def plan():
    backend = get_backend("cpu")
    return implementations_of("stackvm", "cpu")[0].plan(FIXED, backend)


def test_a_rejected_proof_is_a_wrong_output(plan):
    proven = plan.prove(plan.compile(FIXED.make_input(1)))
    assert plan.verify(proven).tolist() == FIXED.reference({}).tolist()
    for place in (20, len(proven.data) // 2, len(proven.data) - 1):
        changed = bytearray(proven.data)
        changed[place] ^= 1
        with pytest.raises(WrongOutputError, match="the verifier rejects the proof: "):
            plan.verify(dataclasses.replace(proven, data=bytes(changed)))


TAMPERED = '''
"""A plugin: the prover hands out proofs with a byte changed, or other outputs."""

import dataclasses
import os

from zkmark.provers.workloads import implementation

_right = implementation.prove_program


def _wrong(compiled, inputs, advice, recorder=None):
    proven = _right(compiled, inputs, advice, recorder)
    if os.environ["TAMPER"] == "proof":
        return dataclasses.replace(proven, data=proven.data[:-1] + bytes([proven.data[-1] ^ 1]))
    other = list(inputs[:1]) + [int(inputs[1]) + 1]
    return _right(compiled, other, advice, recorder)


implementation.prove_program = _wrong
'''


@pytest.mark.parametrize(
    ("how", "reason"),
    [("proof", "the verifier rejects the proof"), ("outputs", "the output's digest is")],
)
def test_wrong_ones_are_errors_of_the_run(how, reason, tmp_path, monkeypatch):
    plugin = tmp_path / f"tampered_{how}.py"
    plugin.write_text(TAMPERED)
    monkeypatch.setenv("TAMPER", how)
    monkeypatch.setattr(module, "prove_program", module.prove_program)
    suite = Suite("tampered", (CaseGroup(FIXED, (Contender("cpu"),)),), QUICK)
    result = run_suite(suite, plugins=[str(plugin)], ceilings=False)
    (entry,) = result.cases
    assert entry["status"] == "incorrect"
    assert reason in entry["reason"]
    assert entry["phases"] == entry["summary"] == {}
    assert entry["correctness"]["ok"] is False
    assert entry["workload"]["run"] is None
    assert result.exit_code == 6
    validate_document(result.document)


def test_a_proof_of_weaker_options_is_not_taken_for_the_case(plan):
    proven = plan.prove(plan.compile(FIXED.make_input(1)))
    statement = proven.statement
    more = verify(
        proven.data, proven.compiled.digest, statement.inputs, statement.outputs, min_bits=128
    )
    assert not more.ok and "fewer than the 128" in more.reason


# The document


def test_processes_are_joined_without_losing_that_they_add_up():
    def details(seconds, sha):
        tree = {"name": "prove", "seconds": seconds, "steps": [{"name": "x", "seconds": seconds}]}
        fixed = dict.fromkeys(("program", "inputs", "outputs", "tables", "security", "options"))
        kernels = {"ntt": seconds * 0.75, "hash": seconds * 0.25}
        proof = {"bytes": 1, "parts": {}, "sha256": sha}
        answer = {**fixed, "cycles": 3, "steps": tree, "proof": proof, "kernels": kernels}
        return {"details": answer}

    identity = {"name": "n"}
    section = workload_section(identity, [details(s, "a") for s in (5.0, 1.0, 2.0)])
    assert section["run"]["steps"]["seconds"] == 2.0
    assert [one["name"] for one in section["run"]["kernels"]] == ["ntt", "hash"]
    assert section["run"]["kernels"][0] == {
        "name": "ntt",
        "seconds": 1.5,
        "share": 0.75,
        "samples": [3.75, 0.75, 1.5],
    }
    assert section["run"]["proof"]["same_in_all_processes"]
    section = workload_section(identity, [details(1.0, "a"), details(1.0, "b")])
    assert not section["run"]["proof"]["same_in_all_processes"]
    assert workload_section(identity, []) == {"name": "n", "run": None}
    assert workload_section(None, []) is None


def test_documents_before_workloads_have_a_place_for_them():
    path = Path(__file__).with_name("example_result.json")
    document = json.loads(path.read_text())
    for case in document["cases"]:
        del case["workload"]
    document["schema_version"] = "1.3.0"
    moved = migrate(document, "old.json")
    assert moved["schema_version"] == SCHEMA_VERSION
    assert {case["workload"] for case in moved["cases"]} == {None}
    validate_document(moved)


def test_a_frame_has_the_phases_and_columns_of_workloads():
    frame = load_result(Path(__file__).with_name("example_workloads.json")).to_dataframe()
    good = frame[frame["status"] == "ok"]
    assert set(good["phase"]) == {"compile", "prove", "verify", "total"}
    assert set(good["cycles_run"]) == {127} and set(good["trace_rows"]) == {128}
    assert set(good["proof_bytes"]) == {43000}
    assert set(good["security_conjectured"]) == {96}
    (wrong,) = frame[frame["status"] == "incorrect"].to_dict("records")
    assert wrong["phase"] == "total" and np.isnan(wrong["proof_bytes"])


# Suites


def test_the_suite_has_the_published_workloads_and_the_strict_sudoku():
    suite = find_suite("workloads")
    found = {(g.case.workload, g.case.variant) for g in suite.groups}
    from zkmark.provers.workloads.published import published

    theirs = {(row.workload, row.variant) for row in published().rows if row.ours}
    assert found == theirs | {("sudoku-strict", "puzzle")}
    assert {g.case.security for g in suite.groups} == {96}


def test_scale_makes_every_workload_larger_and_nothing_else():
    suite = find_suite("workloads").with_scale(3)
    assert {group.case.scale for group in suite.groups} == {3}
    assert suite.with_scale(2).groups[0].case.scale == 6
    assert suite.with_scale(None) is suite
    with pytest.raises(ValueError, match="has no workloads"):
        find_suite("smoke").select(kernels=["ntt"]).with_scale(2)
    with pytest.raises(ValueError, match=r"variant: got .* steps"):
        suite.with_scale(1 << 17)


def test_a_suite_file_names_workloads_and_its_mistakes(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[case]]\nkernel = "stackvm"\nworkload = "fibonacci"\n'
        'variant = ["iter-5", "fixed-5"]\nscale = [1, 10]\nhash = "rpo-256"\n'
    )
    suite = load_suite(path, available=["cpu"])
    assert len(suite.groups) == 4
    path.write_text('[[case]]\nkernel = "stackvm"\nworkload = "fibonaci"\n')
    with pytest.raises(SuiteFileError, match=r"mine.toml:3: workload: got 'fibonaci'.*mean"):
        load_suite(path, available=["cpu"])
    path.write_text('[[case]]\nkernel = "stackvm"\nworkload = "sudoku"\nsecurity = 300\n')
    with pytest.raises(SuiteFileError, match=r"mine.toml:4: security: got 300"):
        load_suite(path, available=["cpu"])
