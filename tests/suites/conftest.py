"""The fake kernels, and settings under which a case takes a fraction of a second."""

from pathlib import Path

import pytest

from zkmark.suites.plugins import load_plugin
from zkmark.suites.settings import Settings
from zkmark.suites.suite import CaseGroup, Contender, Suite

PLUGIN = str(Path(__file__).with_name("fake_kernels.py"))
fakes = load_plugin(PLUGIN)


_BRIEF = Settings(
    min_processes=1,
    max_processes=1,
    time_budget=1.0,
    process_seconds=0.01,
    max_samples=5,
    timeout=20.0,
)
_FAST, _SLOW = Contender("cpu", "fast"), Contender("cpu", "slow")


@pytest.fixture
def plugin():
    return PLUGIN


@pytest.fixture(scope="session")
def module_plugin():
    return PLUGIN


@pytest.fixture(scope="session")
def module_suite():
    groups = [CaseGroup(fakes.FakeCase(size=size), (_FAST, _SLOW)) for size in (64, 128, 256)]
    return Suite("three", tuple(groups), _BRIEF)


@pytest.fixture
def fake():
    return fakes.FakeCase


@pytest.fixture
def brief():
    return _BRIEF


@pytest.fixture
def fast():
    return _FAST


@pytest.fixture
def slow():
    return _SLOW


@pytest.fixture(autouse=True)
def no_probes(monkeypatch):
    """Leave the machine's ceilings alone: they take a second a run."""
    from zkmark.hardware_profiles import ceilings

    monkeypatch.setattr(ceilings, "measure", lambda *_: ceilings.not_measured("not in these tests"))
