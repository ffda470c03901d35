"""A run of a suite: the document that grows, killing, interrupting, resuming."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zkmark.suites import engine, result_writer
from zkmark.suites.engine import run_suite
from zkmark.suites.errors import (
    NothingMeasuredError,
    ResultOutputError,
    ResumeMismatchError,
)
from zkmark.suites.events import CaseFinished, CaseStarted, ProcessFinished, RunFinished, RunStarted
from zkmark.suites.result import load_result, validate_document
from zkmark.suites.suite import CaseGroup, Suite

HERE = Path(__file__).parent


@pytest.fixture
def suite(module_suite):
    return module_suite


@pytest.fixture
def run(plugin):
    def call(suite, **more):
        return run_suite(suite, plugins=[plugin], command_line=["zkmark", "run"], **more)

    return call


def keys(result):
    return [(case["slug"], case["label"]) for case in result.cases]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, module_suite, module_plugin):
    """One whole run: its result, and what was heard and lay on the disk at each event."""
    folder = tmp_path_factory.mktemp("finished") / "new" / "folder"
    heard = []

    def hear(event):
        (path,) = folder.glob("*.json")
        heard.append((event, load_result(path)))

    result = run_suite(
        module_suite,
        output=folder,
        seed=7,
        plugins=[module_plugin],
        command_line=["zkmark", "run"],
        on_event=hear,
    )
    return result, heard


def test_run_leaves_a_valid_document_named_by_time_and_host(finished):
    result, _ = finished
    assert result.status == "complete"
    assert result.exit_code == 0
    assert result.missing == []
    assert [path.name for path in result.path.parent.iterdir()] == [result.path.name]
    assert result.path.name == f"{result.run['id']}.json"
    assert result.run["machine"]["hostname"] in result.path.name
    again = load_result(result.path)
    assert again.document == result.document
    assert again.run["seed"] == 7
    assert again.run["command_line"] == ["zkmark", "run"]
    assert again.run["packages"]["numpy"]
    assert again.run["native"]["compiler"]
    assert again.run["attempts"][0]["exit"] == "complete"
    assert again.profile["cpu"]["model"]["status"]


def test_document_is_valid_and_grows_with_every_case(finished):
    _, heard = finished
    counts = [len(seen.cases) for event, seen in heard if isinstance(event, CaseFinished)]
    assert counts == [2, 4, 6]
    assert {seen.status for _, seen in heard[:-1]} == {"running"}
    assert (len(heard[-1][1].cases), heard[-1][1].status) == (6, "complete")


def test_events_tell_the_case_and_the_time_left(finished):
    events = [event for event, _ in finished[1]]
    assert isinstance(events[0], RunStarted)
    assert (events[0].entries, events[0].done) == (6, 0)
    assert events[0].path == finished[0].path
    assert events[0].seconds_left > 0
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].seconds_left, events[-1].fraction) == (0.0, 1.0)
    started = [event for event in events if isinstance(event, CaseStarted)]
    assert [(event.slug, event.index, event.total) for event in started] == [
        ("fake/64", 0, 3),
        ("fake/128", 1, 3),
        ("fake/256", 2, 3),
    ]
    assert len([e for e in events if isinstance(e, ProcessFinished)]) == 3 * 2
    fractions = [e.fraction for e in events if isinstance(e, CaseFinished)]
    assert fractions == sorted(fractions)
    assert 0.1 < fractions[0] < 0.6


def test_two_runs_in_one_folder_at_once_keep_apart(suite, run, tmp_path):
    script = "import sys; sys.path.insert(0, sys.argv[1]); from engine_child import main; main()"
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(HERE), str(tmp_path), "64", ""])
        for _ in range(2)
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    documents = sorted(tmp_path.iterdir())
    assert len(documents) == 2
    for path in documents:
        assert load_result(path).status == "complete"


def test_same_name_gets_a_number(tmp_path):
    document = json.loads((HERE / "example_result.json").read_text())
    names = []
    for _ in range(3):
        writer = result_writer.ResultWriter.create(tmp_path, "a b", document)
        writer.close()
        names.append(writer.path.name)
    assert names == ["a-b.json", "a-b-2.json", "a-b-3.json"]


def start_child(folder, sizes, extra=""):
    script = "import sys; sys.path.insert(0, sys.argv[1]); from engine_child import main; main()"
    return subprocess.Popen([sys.executable, "-c", script, str(HERE), str(folder), sizes, extra])


def wait_for_cases(folder, count):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in folder.glob("*.json"):
            result = load_result(path)  # valid at every moment
            if len(result.cases) >= count:
                return result
        time.sleep(0.02)
    raise AssertionError("the run did not get that far")


def workers_of(pid):
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_killed_run_keeps_every_finished_case_and_is_resumed(tmp_path, plugin):
    child = start_child(tmp_path, "64,128,256")
    partial = wait_for_cases(tmp_path, 2)
    workers = workers_of(child.pid)
    child.kill()
    child.wait()
    deadline = time.monotonic() + 5
    while not all(gone(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert all(gone(pid) for pid in workers), "a worker outlives the run that started it"
    killed = load_result(partial.path)
    assert killed.status == "running"
    assert 2 <= len(killed.cases) < 6
    assert killed.missing
    kept = killed.document["cases"]

    again = start_child(tmp_path, "64,128,256", f"resume={killed.path}")
    assert again.wait(60) == 0
    resumed = load_result(killed.path)
    assert resumed.status == "complete"
    assert resumed.missing == []
    assert resumed.document["cases"][: len(kept)] == kept
    assert [attempt["exit"] for attempt in resumed.run["attempts"]] == ["interrupted", "complete"]
    assert list(tmp_path.glob("*.json")) == [killed.path]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_says_so_and_ends_by_itself(tmp_path, number):
    child = start_child(tmp_path, "64,128,256,512")
    wait_for_cases(tmp_path, 2)
    child.send_signal(number)
    assert child.wait(30) == 0
    (path,) = tmp_path.iterdir()
    result = load_result(path)
    assert result.status == "interrupted"
    assert result.run["attempts"][0]["exit"] == "interrupted"
    assert result.run["attempts"][0]["finished"]
    assert 2 <= len(result.cases) < 8


def test_resume_tries_what_crashed_again_and_keeps_wrong_outputs(
    run, fake, brief, fast, slow, tmp_path
):
    marker = tmp_path / "marker"
    marker.touch()
    cases = [fake(trouble="abort", on="slow", marker=str(marker)), fake(trouble="wrong", on="slow")]
    suite = Suite("two", tuple(CaseGroup(case, (fast, slow)) for case in cases), brief)
    first = run(suite, output=tmp_path)
    assert [case["status"] for case in first.cases] == ["ok", "crashed", "ok", "incorrect"]
    assert first.exit_code == 6
    before = json.loads(first.path.read_text())["cases"]
    marker.unlink()
    second = run(suite, resume=first.path)
    assert [case["status"] for case in second.cases] == ["ok", "ok", "ok", "incorrect"]
    after = json.loads(second.path.read_text())["cases"]
    assert [after[i] for i in (0, 2, 3)] == [before[i] for i in (0, 2, 3)]
    # They ran in different attempts: no round has both.
    assert after[1]["speedup"] == {}
    assert len(second.run["attempts"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["run"].update(seed=5), "seed"),
        (lambda d: d["run"]["suite"].update(name="other"), "suite.name"),
        (lambda d: d["run"]["suite"]["settings"].update(time_budget=9.0), "time_budget"),
        (lambda d: d["run"]["suite"]["planned"].pop(), "suite.planned"),
        (lambda d: d["run"]["zkmark"].update(version="0.0.1"), "zkmark.version"),
        (lambda d: d["profile"]["cpu"]["model"].update(value="a better one"), "profile.cpu.model"),
    ],
)
def test_resume_elsewhere_or_of_something_else_is_refused(
    suite, run, tmp_path, monkeypatch, change, field
):
    monkeypatch.setattr(engine.CaseRun, "run", lambda self: [])
    path = run(suite, output=tmp_path).path
    document = json.loads(path.read_text())
    change(document)
    validate_document(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ResumeMismatchError, match="cannot be resumed") as refused:
        run(suite, resume=path, seed=1)
    assert field in str(refused.value)
    assert refused.value.exit_code == 4
    assert json.loads(path.read_text()) == document


def test_resume_of_a_run_that_is_still_going_is_refused(suite, run, tmp_path):
    tried = []

    def resume_meanwhile(event):
        if isinstance(event, CaseStarted) and not tried:
            (path,) = tmp_path.glob("*.json")
            with pytest.raises(ResultOutputError, match="is being written by another run"):
                run(suite, resume=path)
            tried.append(path)

    assert run(suite, output=tmp_path, on_event=resume_meanwhile).status == "complete"
    assert tried


def test_folder_that_cannot_be_written_is_told_before_the_run(suite, run, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_Run", None)  # nothing may start
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ResultOutputError, match=f"{tmp_path}/file is a file, want a folder"):
        run(suite, output=tmp_path / "file")
    with pytest.raises(ResultOutputError, match="cannot be made: Not a directory"):
        run(suite, output=tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"
    # Not even root writes here.
    with pytest.raises(ResultOutputError, match="the folder /proc/self cannot be written to"):
        run(suite, output="/proc/self")


def test_full_disk_is_told_before_the_run(suite, run, tmp_path, monkeypatch):
    usage = type("usage", (), {"free": 1 << 20})
    monkeypatch.setattr(result_writer.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(ResultOutputError, match=r"has 1\.0 MiB free, want at least 16 MiB"):
        run(suite, output=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_disk_that_fills_up_leaves_the_last_valid_document(suite, run, tmp_path, monkeypatch):
    full = []

    def fsync(descriptor, real=os.fsync):
        if full:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(result_writer.os, "fsync", fsync)

    def fill(event):
        if isinstance(event, CaseFinished) and event.index == 1:
            full.append(True)

    with pytest.raises(ResultOutputError, match=r"No space left on device.*--resume"):
        run(suite, output=tmp_path, on_event=fill)
    (path,) = tmp_path.iterdir()
    result = load_result(path)
    assert keys(result) == [
        ("fake/64", "cpu[fast]"),
        ("fake/64", "cpu[slow]"),
        ("fake/128", "cpu[fast]"),
        ("fake/128", "cpu[slow]"),
    ]
    full.clear()
    assert run(suite, resume=path).status == "complete"


def test_optional_contender_that_cannot_run_is_left_out(run, fake, brief, fast, slow):
    from dataclasses import replace

    case = fake(trouble="unsupported", on="slow")
    both = (fast, replace(slow, optional=True))
    result = run(Suite("one", (CaseGroup(case, both),), brief))
    assert keys(result) == [(case.slug, "cpu[fast]")]
    asked = run(Suite("one", (CaseGroup(case, (fast, slow)),), brief))
    assert [entry["status"] for entry in asked.cases] == ["ok", "unsupported"]
    with pytest.raises(NothingMeasuredError, match="slow does not do this"):
        run(Suite("one", (CaseGroup(case, both[1:]),), brief))


def test_nothing_left_after_filtering_and_bad_arguments(run, suite, tmp_path):
    with pytest.raises(NothingMeasuredError) as refused:
        run(suite.select(kernels=["ntt"]))
    assert refused.value.exit_code == 5
    with pytest.raises(ValueError, match="seed: got -1"):
        run(suite, seed=-1)
    with pytest.raises(ValueError, match="together with resume"):
        run(suite, output=tmp_path, resume=tmp_path)


def test_select_narrows_by_size_and_backend(suite, slow):
    assert [g.case.size for g in suite.select(sizes=[128, 9]).groups] == [128]
    assert suite.select(backends=["numba"]).groups == ()
    assert suite.select(backends=["cpu"]).groups == suite.groups
    assert suite.with_settings(time_budget=3, threads=None).settings.time_budget == 3.0


def test_file_that_its_user_names_is_made_and_never_overwritten(run, suite, tmp_path):
    one = suite.select(sizes=[64])
    named = tmp_path / "mine.json"
    assert run(one, output=named).path == named
    before = named.read_bytes()
    with pytest.raises(ResultOutputError, match=r"is there already and is not overwritten"):
        run(one, output=named)
    assert named.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]
