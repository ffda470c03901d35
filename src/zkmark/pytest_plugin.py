"""The pytest plugin: suites as tests, and the fixture ``zkmark``, reported by pytest-benchmark.

``pytest suites/smoke.toml`` measures a suite, a test for each case and backend. A test of one's own
takes the fixture ``zkmark`` and calls it with a case. zkmark measures, in fresh processes, with
every output checked; pytest-benchmark reports, compares and stores.

pytest loads this module wherever zkmark is installed, so that it imports nothing but pytest, and
does nothing in a run that uses neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from zkmark.pytest_measuring import Asked, Clock, ZkmarkFixture

_MARKER = (
    "zkmark(phase=..., seed=..., plugins=[...], **settings): how the fixture zkmark measures; "
    "settings are those of a suite file, time_budget=5 for example."
)
# What a suite file has and other TOML files have not.
_CASES = re.compile(rb"^\s*\[\[\s*case\s*\]\]", re.MULTILINE)
_PLACES = pytest.StashKey[frozenset[Path]]()
_CLOCK: pytest.StashKey[Clock] = pytest.StashKey()
_USED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a command line may say about measuring."""
    group = parser.getgroup("zkmark", "zkmark: zero-knowledge proving")
    group.addoption(
        "--zkmark-phase",
        metavar="PHASE",
        help="Phase whose time is reported: total, compute, prove, ... (default: total).",
    )
    group.addoption(
        "--zkmark-time-budget",
        metavar="SECONDS",
        type=float,
        help="Seconds for each case and backend at most (default: the suite's own).",
    )
    parser.addini(
        "zkmark_plugins",
        "Modules or .py files with kernels of your own, for every suite and test.",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a suite file that the command line names, or that lies in a folder that it names.

    Not those below it: whoever runs ``pytest .`` does not ask for hours of measuring.
    """
    if file_path.suffix != ".toml":
        return None
    places = _places(parent.config)
    if file_path not in places and not (
        file_path.parent in places and _CASES.search(file_path.read_bytes())
    ):
        return None
    from zkmark.pytest_suites import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


def _places(config: pytest.Config) -> frozenset[Path]:
    """Return the files and folders that the command line names itself."""
    if _PLACES not in config.stash:
        named: Iterable[str] = ()
        if config.args_source is pytest.Config.ArgsSource.ARGS:
            named = config.args
        start = config.invocation_params.dir
        config.stash[_PLACES] = frozenset(
            # Like pytest itself: links are kept.
            Path((start / one.partition("::")[0]).absolute())
            for one in named
        )
    return config.stash[_PLACES]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give pytest-benchmark the clock of every test that uses the fixture."""
    ours = [item for item in items if "_zkmark_asked" in getattr(item, "fixturenames", ())]
    if not ours:
        return
    if not config.pluginmanager.hasplugin("pytest-benchmark"):
        raise pytest.UsageError(
            "zkmark measures through pytest-benchmark, which is not installed or is switched off; "
            "run: pip install 'zkmark[pytest]'"
        )
    from zkmark.pytest_measuring import Clock

    config.stash[_USED] = True
    for item in ours:
        clock = item.stash[_CLOCK] = Clock()
        own = item.get_closest_marker("benchmark")
        told = dict(own.kwargs) if own else {}
        item.add_marker(
            pytest.mark.benchmark(**{**told, "timer": clock.measured_by_zkmark}), append=False
        )


# Before `benchmark`, which warns of a test that has it and ends without a time.
@pytest.fixture
def _zkmark_asked(request: pytest.FixtureRequest) -> Asked:
    from zkmark.pytest_measuring import Asked

    return Asked(request.node)


@pytest.fixture
def zkmark(request: pytest.FixtureRequest, _zkmark_asked: Asked, benchmark: Any) -> ZkmarkFixture:
    """Measure one case, check every output, and report the time to pytest-benchmark.

    ``zkmark(NttCase("goldilocks", log_size=16), "cpu", threads=1)`` returns a ``Measurement``. The
    test fails where an output is wrong, and is skipped where the backend cannot run the case.
    """
    from zkmark.pytest_measuring import ZkmarkFixture

    return ZkmarkFixture(request.node, benchmark, _zkmark_asked, request.node.stash[_CLOCK])


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Add what zkmark tells machines apart by, in runs that use it."""
    if config.stash.get(_USED, False):
        _add_machine(machine_info)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_benchmark_compare_machine_info(
    machine_info: dict[str, Any], compared_benchmark: dict[str, Any]
) -> None:
    """Add it before machines are compared too, which is before anything is collected."""
    if "zkmark" in compared_benchmark["machine_info"]:
        _add_machine(machine_info)


def _add_machine(machine_info: dict[str, Any]) -> None:
    from zkmark.hardware_profiles import detect_profile, profile_key

    machine_info["zkmark"] = profile_key(detect_profile())
