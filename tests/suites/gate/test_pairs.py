"""Pairs of processes: their order, what ends them, and what the sides read."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from zkmark.suites.errors import NothingMeasuredError
from zkmark.suites.pairs import Reading, run_pairs
from zkmark.suites.self_test import run_rounds
from zkmark.suites.sides import Cases, CommandSide, ZkmarkSide, known_cause
from zkmark.suites.suite import CaseGroup, Suite


class Scripted:
    """A side that reads what it is told to, and notes when it was asked."""

    def __init__(self, name, log, value=1.0, fails=()):
        self.name, self.log, self.value, self.fails = name, log, value, fails

    def read(self, case):
        self.log.append((self.name, case))
        if case in self.fails:
            return Reading("crashed", None, "it crashed")
        return Reading("ok", self.value)


def everything(trials):
    return [trial.case for trial in trials]


def test_every_case_has_its_pairs_and_the_first_of_a_pair_is_drawn():
    log = []
    base, head = Scripted("base", log), Scripted("head", log, 2.0)
    trials = run_pairs(["a", "b"], base, head, (11, 21), everything)
    assert [len(trial.pairs) for trial in trials] == [21, 21]
    assert all(pair.log_ratio == pytest.approx(0.6931, abs=1e-3) for pair in trials[0].pairs)
    # Both of a pair run back to back.
    for first, second in zip(log[::2], log[1::2], strict=True):
        assert first[1] == second[1] and {first[0], second[0]} == {"base", "head"}
    firsts = Counter(name for name, _ in log[::2])
    assert min(firsts.values()) > 10
    noted = [pair.head_first for trial in trials for pair in trial.pairs]
    assert sum(noted) == firsts["head"]
    # Cases are interleaved: neither runs all of its pairs first.
    assert {case for _, case in log[:4]} == {"a", "b"}


def test_the_order_is_that_of_the_seed():
    def order(seed):
        log = []
        run_pairs(
            ["a", "b"], Scripted("base", log), Scripted("head", log), (11,), everything, seed=seed
        )
        return log

    assert order(1) == order(1) != order(2)


def test_a_decided_case_gets_no_more_pairs():
    looked = []

    def judge(trials):
        looked.append([len(trial.pairs) for trial in trials])
        return ["b"]

    trials = run_pairs(["a", "b"], Scripted("base", []), Scripted("head", []), (3, 5), judge)
    assert [len(trial.pairs) for trial in trials] == [3, 5]
    assert looked == [[3, 3], [3, 5]]


@pytest.mark.parametrize("failing", ["base", "head"])
def test_a_failing_process_ends_its_case_alone(failing):
    sides = {
        name: Scripted(name, [], fails=("a",) * (name == failing)) for name in ("base", "head")
    }
    a, b = run_pairs(["a", "b"], sides["base"], sides["head"], (4,), everything)
    assert (a.status, a.failed_side, a.reason, a.pairs) == ("crashed", failing, "it crashed", [])
    assert (b.status, len(b.pairs)) == ("ok", 4)


def test_a_value_of_zero_is_no_measurement():
    (trial,) = run_pairs(["a"], Scripted("base", [], 0.0), Scripted("head", []), (4,), everything)
    assert (trial.status, trial.failed_side) == ("error", "base")
    assert "want more than 0" in trial.reason


def test_no_pair_begins_after_the_deadline():
    (trial,) = run_pairs(
        ["a"],
        Scripted("base", []),
        Scripted("head", []),
        (4,),
        everything,
        deadline=time.monotonic(),
    )
    assert (trial.pairs, trial.status) == ([], "ok")


def test_a_command_is_timed_as_a_whole():
    reading = CommandSide("sh -c 'exit 0'").read("command")
    assert reading.status == "ok" and reading.value > 0


def test_a_command_says_its_own_seconds():
    side = CommandSide("printf 'warming up\\n0.25\\n\\n'", "output")
    assert side.read("command") == Reading("ok", 0.25)


@pytest.mark.parametrize(
    ("command", "reads", "timeout", "status", "said"),
    [
        ("sh -c 'echo it is broken >&2; exit 3'", "wall", 20, "error", "exit code 3: it is broken"),
        ("echo fast", "output", 20, "error", "its last line was 'fast', want a number of seconds"),
        ("true", "output", 20, "error", "its last line was ''"),
        ("sleep 20", "wall", 0.05, "timeout", "it still ran after 0.05 s"),
        ("/no/such/program", "wall", 20, "error", "it cannot be started: No such file"),
    ],
)
def test_a_command_that_gives_no_time(command, reads, timeout, status, said):
    reading = CommandSide(command, reads, timeout).read("command")
    assert (reading.status, reading.value) == (status, None)
    assert said in reading.reason


def test_a_command_of_nothing_is_refused():
    with pytest.raises(ValueError, match="command: got nothing"):
        CommandSide("  ")


@pytest.fixture
def cases(tmp_path, plugin, brief, fake, fast, slow):
    def make(**parameters):
        group = CaseGroup(fake(**parameters), (fast, slow))
        return Cases(Suite("two", (group,), brief), 1, tmp_path, (plugin,))

    return make


def test_zkmark_as_a_side(cases):
    made = cases(milliseconds=1.0)
    assert made.names == ["fake/64 on cpu[fast]", "fake/64 on cpu[slow]"]
    side = ZkmarkSide("this", made)
    fast, slow = (side.read(name) for name in made.names)
    assert (fast.status, slow.status) == ("ok", "ok")
    # They sleep 1 and 3 ms.
    assert 0.001 <= fast.value < slow.value
    compute = ZkmarkSide("this", made, phase="compute").read(made.names[0])
    assert compute.value >= 0.001


def test_a_slowdown_on_purpose_slows_down(cases):
    made = cases(milliseconds=1.0)
    # The fake kernel sleeps for a millisecond at least: five times that is five at least.
    assert ZkmarkSide("slowed", made, slowdown=4.0).read(made.names[0]).value >= 0.005


@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        ("wrong", "incorrect", "its output is wrong (held to: reference)"),
        ("unstable", "incorrect", "its last output differs from its first"),
        ("segfault", "crashed", "SIGSEGV"),
        ("unsupported", "unsupported", "does not do this"),
    ],
)
def test_what_is_wrong_with_a_side(cases, trouble, status, said):
    made = cases(trouble=trouble, on="fast")
    reading = ZkmarkSide("this", made).read(made.names[0])
    assert (reading.status, reading.value) == (status, None)
    assert said in reading.reason


def test_another_interpreter_is_the_one_that_runs(cases, tmp_path):
    made = cases()
    impostor = tmp_path / "python"
    impostor.write_text("#!/bin/sh\necho this is no python >&2\nexit 9\n")
    impostor.chmod(0o755)
    reading = ZkmarkSide("other", made, impostor).read(made.names[0])
    assert reading.status == "crashed"
    assert "this is no python" in reading.reason


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({}, "error", "answers in another form than this one's (no digests of its outputs)"),
        ({"digests": False}, "incorrect", "its last output differs from its first"),
        ({"digests": True}, "error", "another form than this one's (no samples)"),
        ({"digests": True, "samples": {"total": ["a"]}}, "error", "its samples are no numbers"),
        ({"digests": True, "samples": {"total": []}}, "error", "it has no phase total"),
        ({"digests": True, "samples": {"other": [1.0]}}, "error", "it has no phase total"),
        # Versions that did not say what ranks.
        ({"digests": True, "samples": {"total": [1.0, 3.0]}}, "ok", None),
    ],
)
def test_a_zkmark_of_another_version(cases, tmp_path, answer, status, said):
    made = cases()
    digest = made.expected(made.names[0]).digest
    if "digests" in answer:
        last = digest if answer.pop("digests") else "another"
        answer |= {"first_digest": digest, "last_digest": last}
    event = json.dumps({"event": "done", "answer": answer})
    old = tmp_path / "python"
    old.write_text(f"#!/bin/sh\nfor fd; do :; done\necho '{event}' > /dev/fd/$fd\n")
    old.chmod(0o755)
    reading = ZkmarkSide("old", made, old).read(made.names[0])
    assert (reading.status, reading.value) == (status, 2.0 if status == "ok" else None)
    assert said is None or said in reading.reason


def test_a_zkmark_that_lacks_what_a_case_takes_is_said_to():
    said = known_cause("ModuleNotFoundError: No module named 'zkmark.kernels.new'")
    assert said.startswith("its zkmark does not have what this takes (ModuleNotFoundError")
    assert known_cause("it crashed") == "it crashed"
    assert known_cause(None) is None


@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_a_command_that_says_no_time_of_this_world(value):
    base, head = CommandSide("echo 1", "output"), CommandSide(f"echo {value}", "output")
    (trial,) = run_pairs(["command"], base, head, (4,), everything)
    assert (trial.status, trial.failed_side, trial.pairs) == ("error", "head", [])
    assert "want more than 0" in trial.reason


def test_rounds_of_the_self_test():
    log = []
    sides = {"one": Scripted("one", log, 1.0), "slow": Scripted("slow", log, 2.0)}
    found = run_rounds("a", sides, "slow", 30)
    assert found.values == {"one": [1.0] * 30, "slow": [2.0] * 30}
    assert found.in_time == [1.0] * 30
    assert {name for name, _ in log[::2]} == {"one", "slow"}
    with pytest.raises(NothingMeasuredError, match="crashed"):
        run_rounds("a", {"one": Scripted("one", [], fails=("a",))}, "slow", 3)


def test_a_kept_input_is_made_once_for_all_processes(cases, tmp_path):
    made = cases()
    first = made.expected(made.names[0])
    assert made.expected(made.names[1]) is first
    assert len([path for path in Path(tmp_path).iterdir() if path.is_dir()]) == 1
