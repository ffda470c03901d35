"""The peer of the workloads: a script in its place, and the real one where it is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zkmark.backends.base import BackendUnavailableError
from zkmark.backends.peer.catalogue import PEERS
from zkmark.backends.peer.process import PeerError
from zkmark.provers.stackvm.peer import PHASES, MidenVm, missing, version
from zkmark.provers.workloads.catalogue import WORKLOADS, make_workload

P = 2**64 - 2**32 + 1


def test_without_it_there_is_one_sentence(no_tools: None) -> None:
    said = str(missing())
    assert said.startswith("peer/miden-vm needs cargo")
    with pytest.raises(BackendUnavailableError) as caught:
        MidenVm("begin nop end", [])
    assert str(caught.value) == said


def test_its_version_is_that_of_the_lock_file() -> None:
    assert version() == f"miden-vm {PEERS['miden-vm'].version()}"


def test_phases_and_facts_are_told(fake: Callable[..., Path]) -> None:
    fake("miden-vm")
    assert missing() is None
    with MidenVm("begin nop end", [7, P - 1], threads=3) as machine:
        runs = machine.run(2)
        assert len(runs) == 2
        assert runs[1].total == pytest.approx(sum(getattr(runs[1], name) for name in PHASES))
        assert (runs[0].proof_bytes, runs[0].security_bits) == (1000, 96)
        assert (runs[0].digest, runs[0].options) == ("0a", {"queries": 27})
        assert runs[0].trace["rows"] == 64
        assert machine.outputs() == [7, P - 1] + [0] * 14
    with pytest.raises(PeerError, match="was closed"):
        machine.run()


@pytest.mark.parametrize("trouble", ["no-phases", "short-phases", "no-facts"])
def test_phases_that_are_none(fake: Callable[..., Path], trouble: str) -> None:
    fake("miden-vm", trouble)
    with MidenVm("begin nop end", []) as machine, pytest.raises(PeerError, match="that is none"):
        machine.run(2)


@pytest.mark.peers
@pytest.mark.parametrize("threads", [1, 2])
def test_a_program_is_proven(miden: None, threads: int) -> None:
    program = "begin repeat.20 swap dup.1 add end end"
    with MidenVm(program, [1, 0], threads=threads) as machine:
        (run,) = machine.run()
        assert min(run.compile, run.prove, run.verify) > 0
        assert run.security_bits >= 96
        assert run.proof_bytes > 10_000
        assert run.trace["rows"] >= run.trace["used_rows"] >= run.trace["cycles"] > 60
        assert run.trace["main_columns"] > 50
        assert run.options["queries"] * (run.options["blowup"].bit_length() - 1) >= 80
        assert machine.outputs()[:3] == [10946, 6765, 0]
        assert (machine.peak_bytes() or 1 << 30) > 1 << 20


@pytest.mark.peers
@pytest.mark.parametrize(
    ("program", "stack", "said"),
    [
        ("begin dance end", [], "does not assemble the program"),
        ("begin assert end", [0], "does not run the program: assertion failed"),
        ("begin adv_push drop end", [], "does not run the program"),
        ("begin push.1 end", [], "at most 16 elements at the end"),
        ("begin nop end", list(range(17)), "takes 16 inputs on the stack, not 17"),
        ("begin nop end", [P], "no field elements"),
    ],
)
def test_what_it_does_not_take(miden: None, program: str, stack: list[int], said: str) -> None:
    with pytest.raises(BackendUnavailableError, match=said) as caught:
        MidenVm(program, stack)
    assert "\n" not in str(caught.value)


@pytest.mark.peers
@pytest.mark.parametrize("name", WORKLOADS)
def test_the_workloads_are_proven_with_their_outputs(miden: None, name: str) -> None:
    workload = make_workload(name)
    with MidenVm(workload.source, workload.inputs, workload.advice) as machine:
        (run,) = machine.run()
        assert tuple(machine.outputs()) == workload.outputs
        assert run.trace["cycles"] >= workload.items
