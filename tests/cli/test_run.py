"""``zkmark run``: what it writes, how it ends, how it is interrupted and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from zkmark.exit_codes import ExitCode

pytestmark = pytest.mark.usefixtures("no_probes")
SUITE = """
[suite.settings]
min_processes = {processes}
max_processes = {processes}
process_seconds = 0.01

[[case]]
kernel = "ntt"
field = ["goldilocks", "babybear"]
size = "2^2..2^4"
backends = ["reference"]

[[case]]
kernel = "msm"
curve = "pallas"
size = 3
backends = ["reference"]
"""
ENTRIES = 7


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of seven tiny cases, one process each."""
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE.format(processes=1))
    return path


def result_of(folder: Path) -> Path:
    (path,) = folder.glob("*.json")
    return path


def cases_in(path: Path) -> list[str]:
    return [case["slug"] for case in json.loads(path.read_text())["cases"]]


def test_a_run_ends_with_the_paths_of_result_and_report(
    zkmark: Any, suite: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "results"
    done = zkmark("run", str(suite), "--output", str(folder))
    assert done.code == ExitCode.GOOD, done.err
    result = result_of(folder)
    assert done.out.splitlines()[-2:] == [str(result), str(result.with_suffix(".html"))]
    assert result.with_suffix(".html").stat().st_size > 10_000
    assert len(cases_in(result)) == ENTRIES
    assert sum(" ok" in line for line in done.out.splitlines()) == ENTRIES
    # Progress: one line a finished case, with the time left, on standard error.
    assert done.err.count("ntt/goldilocks/2^3/forward: reference") == 1
    assert "left)" in done.err
    assert "\x1b" not in done.out + done.err


def test_two_runs_into_one_folder_leave_two_results(here: Any, suite: Path, tmp_path: Path) -> None:
    words = ["run", str(suite), "-n", "3", "--no-report", "-o", str(tmp_path / "out")]
    assert [here(*words).code, here(*words).code] == [0, 0]
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_a_file_can_be_named_and_is_never_overwritten(
    here: Any, suite: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    words = ["run", str(suite), "--kernel", "msm", "--no-report", "--output", str(path)]
    done = here(*words)
    assert (done.code, done.out.splitlines()[-1]) == (0, str(path))
    before = path.read_bytes()
    again = here(*words)
    assert again.code == ExitCode.USAGE
    assert again.err.count("\n") == 1
    assert str(path) in again.err
    assert path.read_bytes() == before


def test_json_is_all_that_standard_output_gets(zkmark: Any, suite: Path, tmp_path: Path) -> None:
    done = zkmark("run", str(suite), "-k", "msm", "--json", "-o", str(tmp_path / "out"))
    said = json.loads(done.out)
    assert said["exit_code"] == done.code == 0
    assert said["status"] == "complete"
    assert Path(said["result"]).is_file()
    assert Path(said["report"]).is_file()
    assert [case["slug"] for case in said["cases"]] == ["msm/pallas/3"]


@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        (["--kernel", "msm"], ["msm/pallas/3"]),
        (["--kernel", "ntt", "--field", "babybear", "--size", "2^2"], ["ntt/babybear/2^2/forward"]),
        (["--size", "2^4..2^9", "--field", "babybear"], ["ntt/babybear/2^4/forward"]),
        (
            ["--field", "babybear,goldilocks", "--size", "2^3"],
            ["ntt/goldilocks/2^3/forward", "ntt/babybear/2^3/forward"],
        ),
    ],
)
def test_filters(here: Any, suite: Path, tmp_path: Path, filters: list[str], slugs: Any) -> None:
    done = here("run", str(suite), *filters, "--no-report", "-o", str(tmp_path / "out"))
    assert done.code == 0, done.err
    assert cases_in(result_of(tmp_path / "out")) == slugs


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "quik"], ExitCode.USAGE, "quick"),
        (["run", "nowhere.toml"], ExitCode.USAGE, "nowhere.toml"),
        (["run", "SUITE", "--size", "2^2.."], ExitCode.USAGE, "2^10..2^20"),
        (["run", "SUITE", "--size", "2^20"], ExitCode.NOTHING_MEASURED, "2^4"),
        (["run", "SUITE", "--curve", "vesta", "-k", "msm"], ExitCode.NOTHING_MEASURED, "tiny"),
        (["run", "SUITE", "--backend", "numba"], ExitCode.NOTHING_MEASURED, "tiny"),
        (["run", "SUITE", "--backend", "fpga"], ExitCode.NOTHING_MEASURED, "tiny"),
        (["run", "SUITE", "--board", "u251"], ExitCode.USAGE, "u250"),
        (["run", "SUITE", "--board", "u250"], ExitCode.USAGE, "--backend fpga"),
        (["run", "SUITE", "--board", "u250", "-b", "cpu"], ExitCode.USAGE, "only the backend fpga"),
        (["run", "SUITE", "--backend", "cpus"], ExitCode.USAGE, "did you mean cpu?"),
        (["run", "SUITE", "--kernel", "nt"], ExitCode.USAGE, "did you mean ntt?"),
        (["run", "SUITE", "--field", "goldilock"], ExitCode.USAGE, "did you mean goldilocks?"),
        (["run", "SUITE", "--hash", "sha256"], ExitCode.USAGE, "did you mean sha-256?"),
        (["run", "SUITE", "--threads", "0"], ExitCode.USAGE, "zkmark: --threads: got 0"),
        (["run", "SUITE", "--threads", "100000"], ExitCode.USAGE, "threads"),
        (["run", "SUITE", "--threads", "many"], ExitCode.USAGE, "--threads"),
        (["run", "SUITE", "--isa", "sse9"], ExitCode.USAGE, "portable"),
        (["run", "SUITE", "--time-budget", "0"], ExitCode.USAGE, "zkmark: --time-budget: got 0"),
        (["run", "SUITE", "--seed", "-1"], ExitCode.USAGE, "zkmark: --seed: got -1"),
        (["run", "SUITE", "--output", "SUITE"], ExitCode.USAGE, "folder"),
        (["run", "SUITE", "--output", "SUITE/below"], ExitCode.USAGE, "tiny.toml"),
        (["run", "SUITE", "--output", "/proc/zkmark"], ExitCode.USAGE, "/proc/zkmark"),
        (["run", "SUITE", "--resume", "none.json"], ExitCode.USAGE, "none.json"),
        (["run", "SUITE", "--resume", "/"], ExitCode.USAGE, "folder"),
        (["run", "SUITE", "--resume", "SUITE"], ExitCode.USAGE, "no zkmark result"),
        (["run", "SUITE", "--resume", "x.json", "--output", "y"], ExitCode.USAGE, "--output"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_before_anything_is_measured(
    here: Any,
    suite: Path,
    tmp_path: Path,
    words: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = here(*(word.replace("SUITE", str(suite)) for word in words))
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("zkmark: ")
    assert done.err.count("\n") == 1, done.err
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_wrong_suite_names_its_line(here: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('[[case]]\nkernel = "ntt"\nfield = "goldilock"\nsize = "2^4"\n')
    done = here("run", str(path))
    assert done.code == ExitCode.USAGE
    assert "wrong.toml:3:" in done.err
    assert done.err.count("\n") == 1


class Running:
    """A run in the background, in a process group of its own."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zkmark", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # As a shell script starts background commands: with Ctrl-C ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )

    def end_after_cases(self, folder: Path, count: int, number: int) -> tuple[int, str, str]:
        """Send a signal once so many cases are in the result; return code and both outputs."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            found = list(folder.glob("*.json"))
            if found and len(cases_in(found[0])) >= count:
                break
            time.sleep(0.05)
        os.kill(self.process.pid, number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def slow_suite(tmp_path: Path) -> Path:
    """The same suite with enough processes to be caught in the middle."""
    path = tmp_path / "slow.toml"
    path.write_text(SUITE.format(processes=4))
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on_and_goes_on(
    zkmark: Any, slow_suite: Path, tmp_path: Path, number: int
) -> None:
    folder = tmp_path / "out"
    words = ["run", str(slow_suite), "--field", "babybear", "-n", "2^2..2^3", "--no-report"]
    code, out, err = Running(*words, "-o", str(folder)).end_after_cases(folder, 1, number)
    assert code == ExitCode.INTERRUPTED
    result = result_of(folder)
    assert out.splitlines()[-1] == str(result)
    document = json.loads(result.read_text())
    assert document["run"]["status"] == "interrupted"
    assert len(document["cases"]) == 1
    advice = err.splitlines()[-1].removeprefix("Go on with: ")
    assert advice.split()[-2:] == ["--resume", str(result)]
    # The advice is run as it was given.
    done = subprocess.run(
        ["bash", "-c", f'zkmark() {{ "{sys.executable}" -m zkmark "$@"; }}; {advice}'],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(result.read_text())
    assert document["run"]["status"] == "complete"
    assert [attempt["exit"] for attempt in document["run"]["attempts"]] == [
        "interrupted",
        "complete",
    ]
    assert len(document["cases"]) == 2


def test_a_killed_run_leaves_a_result_that_can_be_shown_and_resumed(
    zkmark: Any, slow_suite: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    words = ["run", str(slow_suite), "--field", "goldilocks", "-n", "2^2..2^3", "--no-report"]
    code, _, _ = Running(*words, "-o", str(folder)).end_after_cases(folder, 1, signal.SIGKILL)
    assert code == -signal.SIGKILL
    result = result_of(folder)
    shown = zkmark("show", str(result))
    assert shown.code == 0
    assert "1 planned and not measured; the run is running." in shown.out
    done = zkmark(*words, "--resume", str(result))
    assert done.code == 0, done.err
    assert cases_in(result) == ["ntt/goldilocks/2^2/forward", "ntt/goldilocks/2^3/forward"]


def test_resuming_with_other_settings_is_a_mismatch(here: Any, suite: Path, tmp_path: Path) -> None:
    words = ["run", str(suite), "--kernel", "msm", "--no-report"]
    assert here(*words, "-o", str(tmp_path / "out")).code == 0
    result = result_of(tmp_path / "out")
    before = result.read_bytes()
    done = here(*words, "--resume", str(result), "--seed", "7")
    assert done.code == ExitCode.ENVIRONMENT_MISMATCH
    assert "seed" in done.err
    assert done.err.count("\n") == 1
    assert result.read_bytes() == before


def test_a_bar_names_the_running_case_on_a_terminal(
    on_terminal: Any, suite: Path, tmp_path: Path
) -> None:
    done = on_terminal("run", str(suite), "-k", "msm", "--no-report", "-o", str(tmp_path / "out"))
    assert done.code == 0
    assert "[1/1] msm/pallas/3" in done.out
    assert "left" in done.out
    assert done.out.rstrip().splitlines()[-1] == str(result_of(tmp_path / "out"))
