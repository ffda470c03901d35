"""The native thread pool: every index once, whatever the counts, nesting, resizing and forking."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from zkmark import _native


@pytest.fixture(autouse=True)
def threads() -> Any:
    """Leave this process's thread count as it was."""
    before = _native.thread_count()
    yield
    _native.set_thread_count(before)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 1000, 1_000_003])
@pytest.mark.parametrize("thread_count", [1, 2, 3, 8])
@pytest.mark.parametrize("grain", [0, 1, 5, 1000])
def test_every_index_is_visited_once(count: int, thread_count: int, grain: int) -> None:
    _native.set_thread_count(thread_count)
    each_once, ranges, smallest, used, _ = _native.parallel_for_selftest(count, grain)
    assert each_once
    assert (ranges == 0) == (count == 0)
    assert used <= min(thread_count, max(count, 0))
    if ranges > 1:
        assert smallest >= max(1, grain)


def test_one_thread_takes_all_in_one_piece() -> None:
    _native.set_thread_count(1)
    assert _native.parallel_for_selftest(1000, 1) == (True, 1, 0, 1, True)


def test_too_little_work_is_not_shared_out() -> None:
    _native.set_thread_count(4)
    assert _native.parallel_for_selftest(100, 100)[1] == 1
    assert _native.parallel_for_selftest(101, 100)[1] == 2


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("thread_count", [1, 2, 5])
def test_a_call_within_a_body_neither_hangs_nor_leaves_its_thread(
    count: int, thread_count: int
) -> None:
    _native.set_thread_count(thread_count)
    each_once, _, _, _, nested_stayed = _native.parallel_for_selftest(count, 1, 100)
    assert each_once
    assert nested_stayed


def test_the_thread_count_may_change_at_any_time() -> None:
    for step in range(60):
        _native.set_thread_count(step % 5 + 1)
        assert _native.thread_count() == step % 5 + 1
        assert _native.parallel_for_selftest(97, 1)[0]


def test_zero_means_every_processor_of_this_process() -> None:
    _native.set_thread_count(0)
    assert _native.thread_count() == len(os.sched_getaffinity(0))


def test_threads_that_call_at_once_take_turns() -> None:
    _native.set_thread_count(3)
    start = threading.Barrier(4)

    def call(_: int) -> bool:
        start.wait(timeout=10)
        return all(_native.parallel_for_selftest(500, 1, 3)[0] for _ in range(10))

    with ThreadPoolExecutor(4) as executor:
        assert all(executor.map(call, range(4)))


def fork_and(work: Any) -> int:
    """Run ``work`` in a forked child and return its exit status; killed after ten seconds."""
    import signal
    import time
    import warnings

    with warnings.catch_warnings():
        # Python 3.12 warns of forking with threads: that it works is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


def test_a_forked_child_has_a_pool_of_its_own() -> None:
    """Not something to build on (workers are started afresh), but users' programs fork."""
    _native.set_thread_count(3)
    assert _native.parallel_for_selftest(1000, 1)[0]  # the parent's workers exist now
    assert fork_and(lambda: _native.parallel_for_selftest(1000, 1)[0]) == 0
    assert _native.parallel_for_selftest(1000, 1)[0], "and the parent goes on"


def test_a_fork_while_another_thread_computes_does_not_lock_the_child() -> None:
    _native.set_thread_count(2)
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            _native.parallel_for_selftest(200_000, 1)

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        for _ in range(5):
            assert fork_and(lambda: _native.parallel_for_selftest(1000, 1)[0]) == 0
    finally:
        stop.set()
        thread.join()


def test_a_process_with_workers_ends_cleanly() -> None:
    import subprocess
    import sys

    code = (
        "from zkmark import _native; _native.set_thread_count(4); "
        "print(_native.parallel_for_selftest(1000, 1)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True")
