"""The pytest plugin, in sessions of its own with kernels that are told to misbehave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from zkmark.suites.result import load_result

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "tests" / "suites" / "fake_kernels.py"
SUITE = """\
[suite]
name = "fakes"

[suite.settings]
min_processes = 2
max_processes = 2
time_budget = 0.5
process_seconds = 0.01

[[case]]
kernel = "fake"
size = 64
backends = [{backend = "cpu", implementation = "fast"}, {backend = "cpu", implementation = "slow"}]

[[case]]
kernel = "fake"
size = 128
trouble = "wrong"
on = "slow"
backends = [{backend = "cpu", implementation = "slow"}]
"""
TESTS = """\
import pytest
from zkmark.suites.plugins import load_plugin

fakes = load_plugin(KERNELS)
pytestmark = pytest.mark.zkmark(
    min_processes=2, max_processes=2, time_budget=0.5, process_seconds=0.01
)

def test_right(zkmark):
    measured = zkmark(fakes.FakeCase(size=64), "cpu", implementation="fast", phase="compute")
    assert measured.ok and measured.seconds > 0

@pytest.mark.benchmark(group="mine")
def test_wrong(zkmark):
    zkmark(fakes.FakeCase(trouble="wrong"), "cpu", implementation="fast")

def test_unsupported(zkmark):
    zkmark(fakes.FakeCase(trouble="unsupported"), "cpu", implementation="fast")

@pytest.mark.zkmark(time_buget=1)
def test_misspelt(zkmark):
    zkmark(fakes.FakeCase(), "cpu", implementation="fast")

def test_twice(zkmark):
    zkmark(fakes.FakeCase(size=32), "cpu", implementation="fast")
    zkmark(fakes.FakeCase(size=16), "cpu", implementation="fast")

def test_without():
    pass
"""


KEPT = "--benchmark-storage=kept"


@dataclass(frozen=True)
class Session:
    """How a run of pytest ended: outcomes by test, the JSON that it wrote, and what it said."""

    code: int
    outcomes: dict[str, tuple[str, str]]
    benchmarks: dict[str, dict[str, Any]]
    machine: dict[str, Any]
    said: str

    def count(self) -> Counter[str]:
        return Counter(outcome for outcome, _ in self.outcomes.values())


def run_pytest(folder: Path, *arguments: str, benchmark: bool = True) -> Session:
    """Run pytest in a folder with the plugin, whether or not this installation registers it."""
    written, report = folder / "written.json", folder / "report.xml"
    written.unlink(missing_ok=True)
    report.unlink(missing_ok=True)
    plugins = ["-p", "zkmark.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"]
    if benchmark:
        plugins += ["-p", "pytest_benchmark.plugin", "--benchmark-json", str(written)]
        # Its own, that there was nothing to save; asked for by text where one matters.
        plugins += ["-W", "default::pytest_benchmark.logger.PytestBenchmarkWarning"]
    # A session of its own, whoever runs this one: in xdist, pytest-benchmark measures nothing.
    outer = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *plugins),
            *("-o", f"zkmark_plugins={KERNELS}", "--strict-markers"),
            *(f"--junit-xml={report}", *arguments),
        ],
        cwd=folder,
        env={**outer, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    outcomes = {}
    for test in ElementTree.parse(report).iter("testcase") if report.exists() else ():
        found = next((one for one in test if one.tag in ("failure", "error", "skipped")), None)
        name, text = test.attrib["name"], "" if found is None else found.attrib["message"]
        outcomes[name] = ("passed" if found is None else found.tag, text)
    has_json = written.exists() and written.stat().st_size > 0
    document = json.loads(written.read_text(encoding="utf-8")) if has_json else {}
    return Session(
        done.returncode,
        outcomes,
        {one["fullname"]: one for one in document.get("benchmarks", ())},
        document.get("machine_info", {}),
        done.stdout + done.stderr,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("project")
    (place / "suites").mkdir()
    (place / "suites" / "fakes.toml").write_text(SUITE, encoding="utf-8")
    (place / "suites" / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    tests = TESTS.replace("KERNELS", repr(str(KERNELS)))
    (place / "test_mine.py").write_text(tests, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def suite_session(folder: Path) -> Session:
    return run_pytest(folder, "suites/", KEPT, "--benchmark-save=one")


@pytest.fixture(scope="module")
def own_session(folder: Path) -> Session:
    return run_pytest(folder, "test_mine.py")


def test_a_folder_of_suites_is_measured(suite_session: Session) -> None:
    assert suite_session.code == 1, suite_session.said
    assert suite_session.count() == {"passed": 2, "failure": 1}
    assert set(suite_session.benchmarks) == {
        "fakes::fake/64[cpu[fast]]",
        "fakes::fake/64[cpu[slow]]",
    }
    fast, slow = suite_session.benchmarks.values()
    assert fast["group"] == slow["group"] == "fake/64"
    assert (fast["param"], slow["param"]) == ("cpu[fast]", "cpu[slow]")
    assert fast["params"]["size"] == 64
    assert fast["options"]["timer"] == "measured_by_zkmark"


def test_a_wrong_output_is_a_failure_of_one_sentence_and_no_number(suite_session: Session) -> None:
    (failure,) = [text for outcome, text in suite_session.outcomes.values() if outcome == "failure"]
    assert failure.startswith("fake/128/wrong/slow on cpu[slow]: incorrect: the output's digest is")
    assert "Traceback" not in suite_session.said
    assert "pedantic" not in suite_session.said


def test_times_are_those_that_zkmark_measured(suite_session: Session) -> None:
    for one in suite_session.benchmarks.values():
        info, stats = one["extra_info"], one["stats"]
        assert stats["rounds"] == info["processes"] == 2
        assert stats["median"] == pytest.approx(info["median"], rel=1e-12)
        assert info["correctness"] == "reference"
        # What a kernel takes is made of its phases; medians need not add up to the digit.
        assert set(info["phases"]) == {"upload", "compute", "download", "total"}
        assert info["phases"]["total"] == info["median"]


def test_the_machine_is_told(suite_session: Session) -> None:
    assert suite_session.machine["zkmark"]["cpu.processors"] >= 1


def test_the_fixture_measures_and_names_what_goes_wrong(own_session: Session) -> None:
    assert own_session.code == 1
    assert {name: outcome for name, (outcome, _) in own_session.outcomes.items()} == {
        "test_right": "passed",
        "test_wrong": "failure",
        "test_unsupported": "skipped",
        "test_misspelt": "error",
        "test_twice": "failure",
        "test_without": "passed",
    }, own_session.said
    said = {name: text for name, (_, text) in own_session.outcomes.items()}
    assert "fake/64/wrong on cpu[fast]: incorrect" in said["test_wrong"]
    assert "fast does not do this" in said["test_unsupported"]
    assert "time_buget: unknown setting" in said["test_misspelt"]
    assert "a test measures one case, and this is the second" in said["test_twice"]
    assert "pytest_benchmark/fixture.py" not in own_session.said
    assert "Warning" not in own_session.said
    by_test = {one["fullname"]: one for one in own_session.benchmarks.values()}
    assert list(by_test) == ["test_mine.py::test_right", "test_mine.py::test_twice"]
    right = by_test["test_mine.py::test_right"]
    assert right["group"] == "fake/64 compute"
    # The fake kernel sleeps for 0.2 ms in compute.
    assert right["stats"]["min"] >= 0.0002


def test_without_times_every_output_is_checked_still(folder: Path) -> None:
    session = run_pytest(folder, "suites/fakes.toml", "--benchmark-disable", "-k", "128 or fast")
    assert session.count() == {"passed": 1, "failure": 1}, session.said
    assert session.benchmarks == {}


def test_benchmarks_are_skipped_with_all_others(folder: Path) -> None:
    session = run_pytest(folder, "suites/fakes.toml", "test_mine.py", "--benchmark-skip")
    assert session.code == 0, session.said
    assert session.count() == {"skipped": 8, "passed": 1}


def test_another_phase_is_reported_when_asked_for(folder: Path) -> None:
    session = run_pytest(folder, "suites/fakes.toml", "-k", "fast", "--zkmark-phase", "compute")
    (one,) = session.benchmarks.values()
    assert one["fullname"] == "fakes::fake/64[cpu[fast]] compute"
    assert one["stats"]["median"] == pytest.approx(one["extra_info"]["phases"]["compute"])
    assert list(session.outcomes) == ["fake/64[cpu[fast]]"]


def test_suites_are_collected_where_the_command_line_names_them_only(folder: Path) -> None:
    """``pytest .`` above them is no wish to measure, nor is a file that is no suite."""
    said = run_pytest(folder, "--collect-only", "-q", ".").said
    assert "6 tests collected" in said, said
    assert "fakes.toml" not in said


def test_a_wrong_suite_is_told_with_its_line(folder: Path) -> None:
    (folder / "wrong.toml").write_text(SUITE.replace("size = 64", "size = true"), "utf-8")
    session = run_pytest(folder, "wrong.toml")
    assert session.code == 2
    assert "wrong.toml:12: size: got True" in session.said
    (folder / "wrong.toml").unlink()


def test_without_pytest_benchmark_the_command_that_brings_it_is_named(folder: Path) -> None:
    session = run_pytest(folder, "suites/fakes.toml", benchmark=False)
    assert session.code == pytest.ExitCode.USAGE_ERROR
    assert "pip install 'zkmark[pytest]'" in session.said
    # Who does not use it is not bothered.
    (folder / "test_plain.py").write_text("def test_plain():\n    pass\n", "utf-8")
    assert run_pytest(folder, "test_plain.py", benchmark=False).code == 0
    (folder / "test_plain.py").unlink()


def test_a_phase_that_nothing_has_is_refused(folder: Path) -> None:
    session = run_pytest(folder, "suites/fakes.toml", "-k", "fast", "--zkmark-phase", "comptue")
    assert "phase: got 'comptue', want one of upload, compute" in session.said
    assert session.benchmarks == {}


def test_a_run_compares_with_one_before_it(folder: Path, suite_session: Session) -> None:
    session = run_pytest(folder, "suites/fakes.toml", "-k", "fast", KEPT, "--benchmark-compare")
    assert session.code == 0, session.said
    # The machine agrees with itself.
    assert "machine_info is different" not in session.said
    assert "(NOW)" in session.said
    assert "(0001_one)" in session.said


def test_the_documented_test_runs(folder: Path) -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```\{code-block\} python\n(.*?)^```$", page, re.M | re.S)
    (folder / "test_documented.py").write_text(block, encoding="utf-8")
    session = run_pytest(folder, "test_documented.py", "--benchmark-disable", "-k", "10")
    assert session.outcomes == {"test_transform[10]": ("passed", "")}, session.said


def test_it_is_registered_and_loads_nothing() -> None:
    entry = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "entry-points"
    ]["pytest11"]
    assert entry == {"zkmark": "zkmark.pytest_plugin"}
    assert import_module(entry["zkmark"]).pytest_collect_file
    code = (
        "import pytest, sys; before = set(sys.modules); import zkmark.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(done.stdout.split()) <= {"zkmark", "zkmark._version", "zkmark.pytest_plugin"}


def test_a_run_that_does_not_use_it_loads_nothing_either(folder: Path) -> None:
    (folder / "test_loaded.py").write_text(
        "import sys\n\ndef test_loaded():\n"
        "    assert not [m for m in sys.modules if m.startswith('zkmark.') and m not in "
        "('zkmark._version', 'zkmark.pytest_plugin')]\n    assert 'numpy' not in sys.modules\n",
        encoding="utf-8",
    )
    session = run_pytest(folder, "test_loaded.py")
    assert session.code == 0, session.said
    assert "zkmark" not in session.machine


def test_names_are_those_of_exports(suite_session: Session) -> None:
    """A file of ``zkmark export`` and one of pytest can be set side by side."""
    from zkmark.reports.exports import export

    example = load_result(ROOT / "tests" / "suites" / "example_result.json")
    document = json.loads(str(export([example], "pytest-benchmark").content))
    assert document["benchmarks"][3]["fullname"] == "quick::ntt/goldilocks/2^10/forward[cpu]"
    ours = next(iter(suite_session.benchmarks.values()))
    assert set(document["benchmarks"][3]) == set(ours)
    assert set(document["benchmarks"][3]["stats"]) == set(ours["stats"])
    assert set(document["benchmarks"][3]["extra_info"]) == set(ours["extra_info"])
