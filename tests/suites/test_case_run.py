"""One case on its contenders: what is measured, what is checked, and what trouble costs."""

import time
from statistics import median

import pytest

from zkmark.suites.case_run import CaseRun
from zkmark.suites.result import PHASES, validate_document
from zkmark.suites.suite import CaseGroup, Contender


@pytest.fixture
def measure(plugin, brief, fast, slow):
    def run(case, contenders=None, settings=None, **more):
        group = CaseGroup(case, tuple(contenders or (fast, slow)))
        entries = CaseRun(group, settings or brief, 1, plugins=[plugin], **more).run()
        return {entry["implementation"] or entry["label"]: entry for entry in entries}

    return run


def test_every_contender_is_measured_in_every_round_and_checked(measure, fake, brief):
    found = measure(fake(), settings=brief.with_changes(max_processes=2, min_processes=2))
    fast, slow = found["fast"], found["slow"]
    for entry in (fast, slow):
        assert entry["status"] == "ok"
        assert entry["correctness"]["ok"] is True
        assert entry["correctness"]["method"] == "reference"
        assert entry["correctness"]["processes_checked"] == 2
        assert [record["round"] for record in entry["processes"]] == [0, 1]
        assert entry["stopping"]["reason"] == "processes"
        assert set(entry["phases"]) == set(PHASES)
    assert {r["position"] for e in (fast, slow) for r in e["processes"] if r["round"] == 0} == {
        0,
        1,
    }
    # Whatever the times were: the ratios of both rounds, and items over the median.
    ratios = [
        median(s["samples"]) / median(f["samples"])
        for s, f in zip(*(e["phases"]["total"]["processes"] for e in (slow, fast)), strict=True)
    ]
    assert fast["speedup"]["cpu[slow]"]["pairs"] == 2
    assert fast["speedup"]["cpu[slow]"]["median"] == pytest.approx(median(ratios))
    for entry in (fast, slow):
        assert entry["throughput"]["items_per_second"] == pytest.approx(
            entry["counts"]["items"] / entry["summary"]["total"]["median"]
        )


def test_total_is_the_sum_of_the_phases_in_every_sample(measure, fake):
    phases = measure(fake())["fast"]["phases"]
    for number, process in enumerate(phases["total"]["processes"]):
        parts = [phases[p]["processes"][number] for p in ("upload", "compute", "download")]
        for kind in ("warmup", "samples"):
            for i, total in enumerate(process[kind]):
                assert total == pytest.approx(sum(part[kind][i] for part in parts), rel=1e-6)
        assert process["warmup"], "the first iteration is always warm-up"


@pytest.mark.parametrize(
    ("trouble", "status", "words"),
    [
        ("abort", "crashed", "ended by SIGABRT while computing"),
        ("segfault", "crashed", "ended by SIGSEGV while computing"),
        ("killed", "crashed", "ended by SIGKILL while computing (perhaps the kernel was out of"),
        ("leave", "crashed", "exit code 3 and no answer while computing: leaving for good"),
        ("raise", "error", "RuntimeError: the device is on fire"),
        ("wrong", "incorrect", "the output's digest is sha256:"),
        ("unstable", "incorrect", "the last iteration differs from that of the first"),
        ("unsupported", "unsupported", "slow does not do this"),
    ],
)
def test_trouble_costs_only_the_contender_that_makes_it(measure, fake, trouble, status, words):
    found = measure(fake(trouble=trouble, on="slow"))
    good = found["fast"]
    bad = found["slow"]
    assert good["status"] == "ok"
    assert good["speedup"] == {}
    assert bad["status"] == status
    assert words in bad["reason"]
    assert "\n" not in bad["reason"]
    assert bad["phases"] == bad["summary"] == bad["speedup"] == {}
    assert bad["throughput"] is None
    assert bad["correctness"]["ok"] is (False if status == "incorrect" else None)


def test_wrong_output_says_what_is_wrong_by_the_case_s_own_check(measure, fake):
    assert measure(fake(trouble="wrong", on="slow"))["slow"]["correctness"]["detail"] == (
        "element 0 is wrong"
    )


def test_hang_is_ended_after_the_timeout(measure, fake, brief, slow):
    began = time.monotonic()
    entry = measure(fake(trouble="hang", on="slow"), [slow], brief.with_changes(timeout=4.0))[
        "slow"
    ]
    assert time.monotonic() - began < 15
    assert entry["status"] == "timeout"
    assert entry["reason"] == (
        "the process was still running after 4 s while computing and was ended"
    )


def test_output_of_libraries_and_children_that_stay_behind_do_no_harm(measure, fake, fast):
    assert measure(fake(trouble="chatty"), [fast])["fast"]["status"] == "ok"
    began = time.monotonic()
    assert measure(fake(trouble="forks"), [fast])["fast"]["status"] == "ok"
    assert time.monotonic() - began < 15


def test_without_reference_a_trusted_output_is_judged_by_the_case_s_check(measure, fake):
    found = measure(fake(slow_reference=True))
    for entry in found.values():
        assert entry["status"] == "ok"
        assert entry["correctness"]["method"] == "the rule 3 x + 1, on cpu/fast"


def test_wrong_trusted_implementation_is_found_out_and_the_next_one_is_asked(measure, fake):
    found = measure(fake(slow_reference=True, trouble="wrong", on="fast"))
    assert found["slow"]["status"] == "ok"
    assert found["slow"]["correctness"]["method"] == "the rule 3 x + 1, on cpu/slow"
    assert found["fast"]["status"] == "incorrect"
    assert "element 0 is wrong" in found["fast"]["reason"]


def test_no_trusted_output_at_all_is_an_error_not_a_number(measure, fake, fast):
    found = measure(fake(slow_reference=True, trouble="raise"), [fast])
    (entry,) = found.values()
    assert entry["status"] == "error"
    assert entry["summary"] == {}


def test_input_that_cannot_be_made_is_told(measure, fake):
    for entry in measure(fake(trouble="bad-input")).values():
        assert entry["status"] == "error"
        assert entry["reason"].startswith("the input could not be made: the process was ended by")


def test_slow_reference_is_skipped_with_a_sentence(measure, fake, fast):
    found = measure(fake(slow_reference=True), [fast, Contender("reference")])
    assert found["fast"]["status"] == "ok"
    assert found["reference"]["status"] == "unsupported"
    assert found["reference"]["reason"].startswith("skipped: the reference takes about 60 s")


def test_reference_can_be_timed_too(measure, fake, fast):
    found = measure(fake(), [fast, Contender("reference")])
    assert found["reference"]["status"] == "ok"
    assert "reference" in found["fast"]["speedup"]


def test_backend_that_is_not_there_says_why(measure, fake, fast):
    found = measure(fake(), [fast, Contender("cuda")])
    assert found["cuda"]["status"] == "unsupported"
    assert "backend cuda is not available" in found["cuda"]["reason"]


def test_noise_is_shown_and_the_budget_ends_it(measure, fake, fast, brief):
    settings = brief.with_changes(min_processes=6, max_processes=100, time_budget=2.0)
    entry = measure(fake(trouble="noisy"), [fast], settings)["fast"]
    stopping = entry["stopping"]
    assert stopping["reason"] == "budget"
    assert stopping["rounds"] >= 6
    summary = entry["summary"]["total"]
    assert stopping["achieved_relative_width"] == summary["relative_width"] > 0.02
    assert summary["low"] < summary["median"] < summary["high"]


def test_narrow_interval_ends_it(measure, fake, fast, brief):
    settings = brief.with_changes(
        min_processes=6, max_processes=100, time_budget=60.0, relative_width=1.0
    )
    entry = measure(fake(), [fast], settings)["fast"]
    assert entry["stopping"]["reason"] == "interval"
    assert entry["stopping"]["rounds"] < 100


def test_host_peak_counts_the_case_and_not_the_interpreter(measure, fake, fast):
    size = 1 << 21
    peaks = {}
    for n in (64, size):
        field = measure(fake(size=n), [fast])["fast"]["memory"]["host_peak_bytes"]
        if field["status"] == "unavailable":
            pytest.skip(field["reason"])
        peaks[n] = field["value"]
    # Input, its copy and the output at the least, eight bytes each, and not much more than twice.
    assert 3 * 8 * size <= peaks[size] <= 8 * 8 * size
    assert peaks[64] < 8 << 20


def test_entries_hold_to_the_schema(measure, fake):
    from zkmark.suites.result import load_result

    document = load_result(__file__.replace("test_case_run.py", "example_result.json")).document
    for trouble in ("wrong", "abort"):
        document["cases"] = list(measure(fake(trouble=trouble, on="slow")).values())
        validate_document(document)
