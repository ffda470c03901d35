"""Suites with peers: threads, targets, interleaving, and what happens when a peer goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zkmark
from zkmark.backends.threads import available_threads
from zkmark.kernels.implementation import implementations_of, run_case
from zkmark.suites.errors import SuiteFileError
from zkmark.suites.suite import Contender, Suite, expanded
from zkmark.suites.suite_file import find_suite, load_suite

SUITE = """
[suite.settings]
min_processes = 2
max_processes = 2
process_seconds = 0.01

[[case]]
kernel = "ntt"
field = "goldilocks"
size = "2^4"
backends = ["cpu", "peer"]
threads = 1
target = 0.8
"""


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    path = tmp_path / "beside.toml"
    path.write_text(SUITE)
    return path


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zkmark", "run", *words],
        capture_output=True,
        text=True,
        timeout=300,
    )


def entries(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.json")
    return {case["label"]: case for case in json.loads(path.read_text())["cases"]}


def test_a_run_beside_a_peer(fake: Callable[..., Path], suite_file: Path, tmp_path: Path) -> None:
    fake("plonky3", "differs")
    done = run(str(suite_file), "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    found = entries(tmp_path / "out")
    assert set(found) == {"cpu[threads=1]", "peer/plonky3[threads=1]"}
    ours, theirs = found["cpu[threads=1]"], found["peer/plonky3[threads=1]"]
    assert theirs["clock"] == "peer"
    assert theirs["ranked_phase"] == "compute"
    assert set(theirs["phases"]) == set(theirs["summary"]) == {"compute"}
    assert 2e-4 <= theirs["summary"]["compute"]["median"] < 3e-4
    assert theirs["correctness"]["ok"] is True
    assert theirs["memory"]["host_peak_bytes"]["status"] == "unavailable"
    assert theirs["target"] == ours["target"] == 0.8
    ratio = theirs["compute_speedup"]["cpu[threads=1]"]
    assert ratio["pairs"] == 2
    assert ours["speedup"] == {}
    # Both ran in every round, in an order of their own.
    assert [p["round"] for p in theirs["processes"]] == [p["round"] for p in ours["processes"]]
    assert "ntt beside peers: compute" in done.stdout
    (row,) = [x for x in done.stdout.splitlines() if x.startswith("ntt/") and "≤ 0.8" in x]
    assert "1" in row.split()[1]
    assert "plonky3: it has everything upside down." in done.stdout
    page = next((tmp_path / "out").glob("*.html")).read_text()
    assert "Beside peers" in page
    assert "upside down" in page
    loaded = zkmark.load_result(next((tmp_path / "out").glob("*.json")))
    assert "beside peers" in zkmark.write_report([loaded], tmp_path / "r.md").read_text()


def test_wrong_output_is_never_ranked(
    fake: Callable[..., Path], suite_file: Path, tmp_path: Path
) -> None:
    fake("plonky3", "wrong")
    done = run(str(suite_file), "-o", str(tmp_path / "out"))
    assert done.returncode == 6
    theirs = entries(tmp_path / "out")["peer/plonky3[threads=1]"]
    assert theirs["status"] == "incorrect"
    assert theirs["summary"] == {}
    (row,) = [x for x in done.stdout.splitlines() if x.startswith("ntt/") and "≤ 0.8" in x]
    assert "incorrect" in row
    assert "ahead" not in row and "target met" not in row


@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        ("killed", "error", "was ended by SIGKILL"),
        ("dies-at-once", "error", "no such thing"),
        ("unsupported", "unsupported", "it has none of these"),
    ],
)
def test_a_failing_peer_costs_nobody_else(
    fake: Callable[..., Path],
    suite_file: Path,
    tmp_path: Path,
    trouble: str,
    status: str,
    reason: str,
) -> None:
    fake("plonky3", trouble)
    done = run(str(suite_file), "--no-report", "-o", str(tmp_path / "out"))
    assert done.returncode == 0
    found = entries(tmp_path / "out")
    assert found["cpu[threads=1]"]["status"] == "ok"
    assert found["peer/plonky3[threads=1]"]["status"] == status
    assert reason in found["peer/plonky3[threads=1]"]["reason"]


def test_a_peer_that_is_not_built_is_left_out_with_a_sentence(
    no_tools: None, suite_file: Path, tmp_path: Path
) -> None:
    done = run(str(suite_file), "--no-report", "-o", str(tmp_path / "out"))
    assert done.returncode == 0
    said = [line for line in done.stderr.splitlines() if "peer/plonky3" in line]
    assert said == [
        "zkmark: peer/plonky3 needs cargo; install Rust from https://rustup.rs, "
        "then run: zkmark peers build plonky3 (left out)"
    ]
    assert set(entries(tmp_path / "out")) == {"cpu[threads=1]"}


def test_peers_from_python(fake: Callable[..., Path]) -> None:
    fake("plonky3")
    case = zkmark.NttCase("babybear", 4, batch=2)
    inputs = case.make_input(3)
    found = run_case(case, inputs, zkmark.get_backend("peer", threads=1))
    assert np.array_equal(found, case.reference(inputs))
    settings = zkmark.Settings(min_processes=1, max_processes=1, process_seconds=0.01)
    measured = zkmark.measure(case, "peer", settings=settings)
    assert measured.ok, measured.reason
    assert measured.seconds == measured.interval("compute").median
    with pytest.raises(ValueError, match="got 'total', want one of compute"):
        measured.interval("total")


def read(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "s.toml"
    path.write_text(text)
    return load_suite(path)


def test_threads_are_an_axis(tmp_path: Path) -> None:
    suite = read(tmp_path, SUITE.replace("threads = 1", 'threads = [1, "all", 1]'))
    (group,) = suite.groups
    numbers = list(dict.fromkeys([1, available_threads()]))
    for name in ("cpu", "peer/plonky3"):
        labels = [c.label for c in group.contenders if c.label.startswith(name)]
        assert labels == [f"{name}[threads={n}]" for n in numbers]
    (one,) = suite.with_threads(1).groups
    assert {dict(c.options)["threads"] for c in one.contenders} == {1}
    assert len(one.contenders) == len(group.contenders) // len(numbers)
    assert suite.with_threads(None) is suite
    assert group.target == 0.8


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("threads = 1", "threads = 0", 'got 0, want a whole number from 1 or "all"'),
        ("threads = 1", 'threads = "some"', "got 'some', want a whole number"),
        ("target = 0.8", "target = 0", "target: got 0, want a number above 0"),
        ("target = 0.8", 'target = "fast"', "target: got 'fast', want a number above 0"),
    ],
)
def test_bad_threads_and_targets(tmp_path: Path, old: str, new: str, text: str) -> None:
    with pytest.raises(SuiteFileError) as caught:
        read(tmp_path, SUITE.replace(old, new))
    assert text in str(caught.value)


def test_the_name_peer_stands_for_every_library() -> None:
    names = [c.implementation for c in expanded(Contender("peer"), "ntt")]
    assert names == [one.id for one in implementations_of("ntt", "peer")]
    assert all(c.optional for c in expanded(Contender("peer"), "ntt"))
    assert expanded(Contender("cpu"), "ntt") == [Contender("cpu")]


def test_options_leave_out_the_kernels_that_they_are_not_for() -> None:
    suite = find_suite("versus-peers")
    assert {g.case.kernel for g in suite.select(fields=["goldilocks"]).groups} == {"ntt"}
    assert {g.case.kernel for g in suite.select(curves=["pallas"]).groups} == {"msm"}
    both = suite.select(fields=["goldilocks"], hashes=["sha-256"])
    assert {g.case.kernel for g in both.groups} == {"ntt", "merkle"}
    assert suite.select(kernels=["msm"], fields=["goldilocks"]).groups == ()
    done = run("versus-peers", "--kernel", "msm", "--field", "goldilocks")
    assert done.returncode == 5
    assert "--field is for ntt, not for msm" in done.stderr


def test_versus_peers_covers_the_kernels_with_targets() -> None:
    suite = find_suite("versus-peers")
    assert all(group.target for group in suite.groups)
    assert {g.case.kernel for g in suite.groups} == {"ntt", "msm", "merkle"}
    assert all(
        {"cpu"} < {c.backend for c in g.contenders} or g.case.kernel == "msm" for g in suite.groups
    )
