"""The fake kernels, and settings under which a case takes a fraction of a second."""

from pathlib import Path

import pytest

from zkmark.suites.plugins import load_plugin
from zkmark.suites.settings import Settings
from zkmark.suites.suite import Contender

PLUGIN = str(Path(__file__).with_name("fake_kernels.py"))
fakes = load_plugin(PLUGIN)


@pytest.fixture
def plugin():
    return PLUGIN


@pytest.fixture
def fake():
    return fakes.FakeCase


@pytest.fixture
def brief():
    return Settings(
        min_processes=1,
        max_processes=1,
        time_budget=1.0,
        process_seconds=0.01,
        max_samples=5,
        timeout=20.0,
    )


@pytest.fixture
def fast():
    return Contender("cpu", "fast")


@pytest.fixture
def slow():
    return Contender("cpu", "slow")
