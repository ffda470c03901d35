"""Workloads beside the peer that proves the same programs, which is a script here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zkmark
from zkmark.kernels.implementation import implementations_of, run_case
from zkmark.provers.workloads.case import WorkloadCase
from zkmark.provers.workloads.peer import MidenProcedure
from zkmark.suites.suite_file import find_suite

SUITE = """
[suite.settings]
min_processes = 2
max_processes = 2
process_seconds = 0.01

[[case]]
kernel = "stackvm"
workload = "fibonacci"
variant = "fixed-50"
backends = ["cpu", "peer"]
threads = 1
target = 0.5
"""
CASE = WorkloadCase("fibonacci", "fixed-50")


@pytest.fixture
def measured(tmp_path: Path) -> Callable[[], tuple[Any, dict[str, Any]]]:
    """Runs the suite; returns the process and the entries by label."""

    def run() -> tuple[Any, dict[str, Any]]:
        path = tmp_path / "beside.toml"
        path.write_text(SUITE)
        done = subprocess.run(
            [sys.executable, "-m", "zkmark", "run", str(path), "-o", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            timeout=300,
        )
        (found,) = (tmp_path / "out").glob("*.json")
        return done, {case["label"]: case for case in json.loads(found.read_text())["cases"]}

    return run


def test_both_run_in_the_same_rounds(
    fake: Callable[..., Path], measured: Any, tmp_path: Path
) -> None:
    fake("miden-vm", "differs")
    done, found = measured()
    assert done.returncode == 0, done.stderr
    ours, theirs = found["cpu[threads=1]"], found["peer/miden-vm[threads=1]"]
    assert (theirs["clock"], theirs["ranked_phase"]) == ("peer", "total")
    phases = {"compile": 1e-4, "prove": 9e-5, "verify": 1e-5, "total": 2e-4}
    assert {name: each["median"] for name, each in theirs["summary"].items()} == pytest.approx(
        phases
    )
    assert theirs["correctness"]["ok"] is True
    told = theirs["workload"]["run"]
    assert told["security"] == {"conjectured": 96, "proven": None}
    assert told["proof"]["bytes"] == 1000
    assert told["outputs"] == ours["workload"]["run"]["outputs"]
    assert told["inputs"] == ours["workload"]["run"]["inputs"]
    assert (told["steps"], told["kernels"], told["cycles"]) == (None, [], 33)
    assert told["tables"][0] == {
        "name": "processor",
        "rows": 64,
        "preprocessed": 0,
        "main": 72,
        "auxiliary": 7,
    }
    assert [p["round"] for p in theirs["processes"]] == [p["round"] for p in ours["processes"]]
    # Zkmark over the peer, by the total of both.
    ratio = theirs["speedup"]["cpu[threads=1]"]
    assert ratio["pairs"] == 2
    assert ratio["median"] > 1  # a script that proves nothing is hard to beat
    assert "stackvm beside peers: total" in done.stdout
    (row,) = [x for x in done.stdout.splitlines() if x.startswith("stackvm/") and "≤ 0.5" in x]
    assert "behind" in row
    assert "miden-vm: it has everything upside down." in done.stdout
    # It is a row of its own among the workloads, and none of zkmark's beside published times.
    own, beside = done.stdout.split("Beside published times")
    assert "peer/miden-vm" in own
    assert "peer/miden-vm" not in beside
    (path,) = (tmp_path / "out").glob("*.html")
    assert "Beside peers" in path.read_text()
    result = zkmark.load_result(path.with_suffix(".json"))
    text = zkmark.write_report([result], tmp_path / "r.md").read_text()
    assert "beside peers: total" in text
    assert "miden-vm 0." in text


def test_wrong_outputs_rank_nowhere(fake: Callable[..., Path], measured: Any) -> None:
    fake("miden-vm", "wrong")
    done, found = measured()
    assert done.returncode == 6
    theirs = found["peer/miden-vm[threads=1]"]
    assert (theirs["status"], theirs["summary"]) == ("incorrect", {})
    assert found["cpu[threads=1]"]["status"] == "ok"


def test_without_the_peer_a_sentence_says_so(no_tools: None, measured: Any) -> None:
    done, found = measured()
    assert done.returncode == 0
    assert set(found) == {"cpu[threads=1]"}
    assert [line for line in done.stderr.splitlines() if "miden" in line] == [
        "zkmark: peer/miden-vm needs cargo; install Rust from https://rustup.rs, "
        "then run: zkmark peers build miden-vm (left out)"
    ]


def test_what_it_has_not_is_said(fake: Callable[..., Path]) -> None:
    fake("miden-vm")
    (one,) = implementations_of("stackvm", "peer")
    assert one.unsupported(CASE) is None
    more = WorkloadCase("fibonacci", "fixed-50", security=100)
    assert "96 bits of security, not 100" in str(one.unsupported(more))
    other = WorkloadCase("fibonacci", "fixed-50", hash="rpo-256")
    assert "not rpo-256" in str(one.unsupported(other))


def test_a_process_serves_as_long_as_the_inputs_stay(fake: Callable[..., Path]) -> None:
    fake("miden-vm")
    procedure = MidenProcedure(CASE, 1)
    inputs = CASE.make_input(0)
    seconds, outputs = procedure.timed(inputs, 3)
    assert seconds == pytest.approx((1e-4, 9e-5, 1e-5))
    assert CASE.check(inputs, outputs, 0).ok
    first = procedure._machine
    assert procedure.run(inputs).tolist() == outputs.tolist()
    assert procedure._machine is first
    procedure.run(CASE.make_input(0))
    assert procedure._machine is not first
    assert (procedure.peak_bytes() or 1 << 20) > 1 << 16


def test_from_python(fake: Callable[..., Path]) -> None:
    fake("miden-vm")
    inputs = CASE.make_input(0)
    found = run_case(CASE, inputs, zkmark.get_backend("peer", threads=1))
    assert CASE.check(inputs, found, 0).ok


def test_the_suite_of_workloads_asks_for_it() -> None:
    suite = find_suite("workloads")
    for group in suite.groups:
        assert "peer/miden-vm" in [one.implementation for one in group.contenders]
        assert group.target == 0.5
