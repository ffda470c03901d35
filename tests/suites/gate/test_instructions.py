"""Counting instructions: what Callgrind writes, and the whole way where Valgrind is there."""

import shutil

import pytest

from zkmark.suites import callgrind
from zkmark.suites.instructions import NoCounterError, count_instructions, method_here
from zkmark.suites.sides import Cases
from zkmark.suites.suite_file import find_suite

DUMP = """# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 1
cmd: python
part: 2

desc: I1 cache:
desc: Trigger: Client Request: {label}

positions: line
events: Ir
summary: 999

ob=/usr/bin/python3.11
fl=???
fn=interpreter
0 500
cob=/x/zkmark/_native.cpython-311-x86_64-linux-gnu.so
cfi=???
cfn=kernel
calls=1 0
0 300

ob=/x/zkmark/_native.cpython-311-x86_64-linux-gnu.so
fl=???
fn=kernel
0 100
cob=/usr/lib/libc.so.6
cfn=memcpy
calls=2 0
0 80
+3 20
fn=helper
* 7

ob=/usr/lib/libc.so.6
fn=memcpy
0 80

totals: 707
"""


def test_only_the_extensions_own_costs_count(tmp_path):
    (tmp_path / "callgrind.out.1").write_text(DUMP.format(label="a"))
    (tmp_path / "callgrind.out.2").write_text(DUMP.format(label="b"))
    (tmp_path / "callgrind.out").write_text("# callgrind format\ntotals: 5\n")
    assert callgrind.native_counts(tmp_path) == {"a": 127, "b": 127}


@pytest.mark.skipif(callgrind.unavailable_here() is not None, reason="no Valgrind, or no x86-64")
def test_a_request_without_valgrind_does_nothing():
    requests = callgrind.Requests()
    assert not requests.heard
    with requests.counting("nothing"):
        pass


def test_where_nothing_counts_it_is_said(monkeypatch):
    from zkmark.hardware_profiles import performance_counters

    def none(machine):
        return {"hardware": {"instructions": {"value": None, "reason": "no counter"}}}

    monkeypatch.setattr(performance_counters, "detect", none)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(callgrind.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(callgrind.platform, "system", lambda: "Linux")
    with pytest.raises(NoCounterError, match=r"no counter; valgrind is not installed"):
        method_here()
    monkeypatch.setattr(callgrind.platform, "machine", lambda: "riscv64")
    with pytest.raises(NoCounterError, match=r"x86-64 only, not on riscv64"):
        method_here()


@pytest.mark.skipif(callgrind.unavailable_here() is not None, reason="no Valgrind, or no x86-64")
def test_counts_repeat_exactly(tmp_path):
    """The wide field too, whose vectors round as Valgrind does not: its portable path counts."""
    wanted = ["goldilocks", "bn254-fr"]
    suite = find_suite("smoke").select(backends=["cpu"], kernels=["ntt"], fields=wanted)
    made = Cases(suite.with_threads(1), 1, tmp_path)
    found = count_instructions(made, method="callgrind")
    assert not found.faults
    assert len(found.counts) == 2
    for name in made.names:
        # A transform of 2^8 points is 1024 butterflies.
        assert len(set(found.counts[name])) == 1
        assert found.counts[name][0] > 1024
    assert found.paths[made.names[1]] == "cpu/portable"


def test_the_processors_counter(tmp_path, monkeypatch):
    """The job itself, with a counter that a test can have everywhere."""
    from zkmark import hardware_profiles
    from zkmark.hardware_profiles.value import measured
    from zkmark.suites.instructions import count_job

    class Meter:
        def __init__(self, events):
            assert events == ("instructions",)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def values(self):
            return {"instructions": measured([4711], "test", "instructions")}

    monkeypatch.setattr(hardware_profiles, "CounterMeter", Meter)
    suite = find_suite("smoke").select(backends=["cpu"], kernels=["ntt"], fields=["goldilocks"])
    made = Cases(suite, 1, tmp_path)
    (name,) = made.names
    answer = count_job(
        {"method": "perf", "repeats": 2, "cases": {name: made.job(name)}}, lambda stage: None
    )["cases"][name]
    assert answer["counts"] == [4711, 4711]
    assert answer["last_digest"] == made.expected(name).digest


def test_a_zkmark_that_cannot_count_yet_is_told(tmp_path, monkeypatch):
    from zkmark.suites import instructions
    from zkmark.suites.worker_process import Outcome

    old = Outcome("error", None, "KeyError: 'count_instructions'", 1.0)
    monkeypatch.setattr(instructions, "run_job", lambda *_, **__: old)
    made = Cases(find_suite("smoke").select(kernels=["ntt"], sizes=[]), 1, tmp_path)
    with pytest.raises(NoCounterError, match="older than this way of counting"):
        count_instructions(made, "python", method="perf")


def test_an_interpreter_without_zkmark_is_no_count(tmp_path):
    suite = find_suite("smoke").select(backends=["cpu"], kernels=["ntt"], fields=["goldilocks"])
    made = Cases(suite, 1, tmp_path)
    with pytest.raises(NoCounterError, match=r"^false: .*exit code 1"):
        count_instructions(made, "false", method="perf")
