"""The count at the end of a run: every outcome in its rows, and nothing left out unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """\
import pytest

@pytest.mark.slow
def test_that_takes_long(): pass

@pytest.mark.gpu
@pytest.mark.parametrize("number", range(3))
def test_on_a_gpu(number): pytest.skip("there is no GPU")

@pytest.mark.skip(reason="not today")
def test_of_tomorrow(): pass

def test_right(): pass

def test_wrong(): assert False

@pytest.fixture
def broken(): raise ValueError

def test_without_its_fixture(broken): pass

@pytest.mark.driver
@pytest.mark.xfail
def test_known_to_fail(): assert False
"""
CONFTEST = """\
from tests.what_ran import WhatRan

def pytest_configure(config):
    for mark in ("driver", "gpu", "slow"):
        config.addinivalue_line("markers", mark)
    config.pluginmanager.register(WhatRan())
"""
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("processes", [0, 2])
def test_every_outcome_is_counted_in_one_process_and_in_several(
    tmp_path: Path, processes: int
) -> None:
    for folder in ("kernels", "reports"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "tests" / "kernels" / "test_all.py").write_text(TESTS, "utf-8")
    (tmp_path / "tests" / "reports" / "test_one.py").write_text("def test_one(): pass\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    command += [f"--numprocesses={processes}", "-c", str(tmp_path / "pytest.ini"), str(tmp_path)]
    # From here, where tests.what_ran is found; and of its own, whoever runs this one.
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True)
    lines = done.stdout.partition("what really ran")[2].splitlines()
    assert [line.split() for line in lines[1:8]] == [
        ["passed", "failed", "error", "skipped", "xfailed", "left", "out"],
        ["kernels", "1", "1", "1", "4", "1", "1"],
        ["reports", "1", "-", "-", "-", "-", "-"],
        ["all", "2", "1", "1", "4", "1", "1"],
        ["marked", "driver", "-", "-", "-", "-", "1", "-"],
        ["marked", "gpu", "-", "-", "-", "3", "-", "-"],
        ["marked", "slow", "-", "-", "-", "-", "-", "1"],
    ], done.stdout + done.stderr
    assert lines[8:11] == ["skipped, because:", "     3 there is no GPU", "     1 not today"]
    assert lines[11].startswith("native kernels: as portable")
