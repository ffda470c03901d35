"""Measuring one case from Python, and what a process measures."""

import gc

import numpy as np
import pytest

import zkmark.suites
from zkmark.backends import get_backend
from zkmark.kernels.implementation import Plan
from zkmark.suites import measure_case
from zkmark.suites.measure import measure_plan
from zkmark.suites.peak_memory import PeakMemory
from zkmark.suites.settings import Settings


def test_everything_that_is_promised_can_be_imported():
    for name in zkmark.suites.__all__:
        assert getattr(zkmark.suites, name).__name__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        zkmark.suites.nothing  # noqa: B018


def test_measurement_has_seconds_interval_and_samples(fake, plugin, brief):
    settings = brief.with_changes(min_processes=6, max_processes=6)
    found = measure_case(
        fake(), "cpu", implementation="fast", threads=1, settings=settings, plugins=[plugin]
    )
    assert found.ok
    assert found.entry["settings"]["threads"] == 1
    interval = found.interval()
    assert interval.low <= found.seconds == interval.median <= interval.high
    assert found.seconds > 0.2e-3  # it sleeps that long
    assert found.interval("compute").median <= found.seconds
    assert len(found.samples()) == 6
    assert found.items_per_second == pytest.approx(64 / found.seconds)
    assert "on cpu[fast, threads=1]: " in str(found)
    assert "95% interval" in str(found)
    with pytest.raises(ValueError, match="phase: got 'prove', want one of upload, compute"):
        found.interval("prove")


def test_measurement_that_failed_has_no_seconds(fake, plugin, brief):
    found = measure_case(fake(trouble="wrong"), settings=brief, plugins=[plugin])
    assert not found.ok
    assert found.status == "incorrect"
    assert "incorrect" in str(found)
    for attribute in ("seconds", "items_per_second"):
        with pytest.raises(ValueError, match="was not measured: the output"):
            getattr(found, attribute)
    with pytest.raises(ValueError, match="was not measured"):
        found.samples()


def test_option_that_the_backend_refuses_is_unsupported_with_the_reason(fake, plugin, brief):
    found = measure_case(fake(), settings=brief, plugins=[plugin], isa="sse9")
    assert found.status == "unsupported"
    assert "isa: got 'sse9', want one of portable" in found.reason


class StepPlan(Plan):
    """Counts its steps, in the order in which they come."""

    def __init__(self):
        self.order = []
        self.collecting = set()

    def upload(self, inputs):
        self.order.append("u")
        return inputs["x"]

    def compute(self, uploaded):
        self.order.append("c")
        self.collecting.add(gc.isenabled())
        return uploaded + 1

    def download(self, result):
        self.order.append("d")
        return result


def test_short_iterations_are_looped_until_a_sample_is_long_enough_for_its_clock():
    plan = StepPlan()
    settings = Settings(process_seconds=0.05, max_samples=20)
    measured = measure_plan(plan, {"x": np.zeros(4)}, get_backend("reference"), settings)
    assert measured.loops > 10
    assert measured.iterations * 3 == len(plan.order)
    assert plan.order == ["u", "c", "d"] * measured.iterations
    count = len(measured.samples["total"]) + len(measured.warmup["total"])
    # One first iteration and one to learn the length, then whole samples.
    assert measured.iterations == 2 + (count - 2) * measured.loops
    assert plan.collecting == {False}
    assert gc.isenabled()


def test_long_iterations_are_measured_once_after_warming_up():
    import time

    class Long(StepPlan):
        def compute(self, uploaded):
            time.sleep(0.03)
            return super().compute(uploaded)

    settings = Settings(process_seconds=0.01)
    measured = measure_plan(Long(), {"x": np.zeros(4)}, get_backend("reference"), settings)
    assert (measured.loops, measured.iterations) == (1, 2)
    assert [len(measured.warmup["total"]), len(measured.samples["total"])] == [1, 1]
    assert measured.samples["compute"][0] >= 0.03
    assert measured.warmup_settled is None


def test_peak_memory_without_the_mark_says_why_or_counts_what_rose_above(monkeypatch):
    from zkmark.suites import peak_memory

    class Unwritable:
        def write_text(self, text):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(peak_memory, "_CLEAR", Unwritable())
    field = PeakMemory().field()
    assert field["status"] == "unavailable"
    assert "clear_refs is not writable" in field["reason"]
    before = PeakMemory()
    resident_now = peak_memory._status_bytes("VmHWM") - peak_memory._status_bytes("VmRSS")
    block = np.ones((resident_now + (64 << 20)) // 8)
    field = before.field()
    assert field["status"] == "measured"
    assert field["value"] >= block.nbytes // 2
