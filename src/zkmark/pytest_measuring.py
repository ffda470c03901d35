"""What the pytest plugin's fixture does: measure, judge, and hand the times to pytest-benchmark.

pytest-benchmark takes times from a clock of the test's choice. Its clock here is one that stands
still but for jumps by what zkmark measured: a round for each process, the median of its samples.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from zkmark._version import __version__
from zkmark.reports.exports.pytest_benchmark import extra_info
from zkmark.reports.exports.series import entry_series, group_name
from zkmark.suites import Measurement, Settings, measure_case
from zkmark.suites.engine import DEFAULT_SEED
from zkmark.suites.result import PHASES, WORKLOAD_PHASES

if TYPE_CHECKING:
    from zkmark.kernels.case import Case

# With --benchmark-disable: one process, a few samples, which are checked and not reported.
_CHECK_ONLY = {"min_processes": 1, "max_processes": 1, "process_seconds": 0.01, "max_samples": 3}
_KNOWN_PHASES = tuple(dict.fromkeys((*PHASES, *WORKLOAD_PHASES)))


class WrongCaseError(AssertionError):
    """A case gave a wrong output, or crashed, hung or failed: it has no time."""


class Clock:
    """A clock that stands still but for what it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    # pytest-benchmark writes the clock's name down.
    def measured_by_zkmark(self) -> float:
        """Return the time in seconds."""
        return self.now

    def reset(self) -> None:
        """Go back to zero, so that a difference to it is exact."""
        self.now = 0.0


class Asked:
    """What a test's marker and the command line ask for."""

    def __init__(self, item: pytest.Item) -> None:
        told: dict[str, Any] = {}
        for marker in reversed(list(item.iter_markers("zkmark"))):
            if marker.args:
                raise pytest.UsageError(
                    f"zkmark: got the positional {marker.args[0]!r} in the marker, want names"
                )
            told |= marker.kwargs
        config = item.config
        self.phase: str | None = config.getoption("zkmark_phase") or told.pop("phase", None)
        told.pop("phase", None)
        self.seed: int = told.pop("seed", DEFAULT_SEED)
        self.plugins: list[str] = [*config.getini("zkmark_plugins"), *told.pop("plugins", ())]
        budget = config.getoption("zkmark_time_budget")
        self.settings: dict[str, Any] = told | ({} if budget is None else {"time_budget": budget})
        check_phase(self.phase)
        self.apply(Settings(), enabled=True)

    def apply(self, settings: Settings, enabled: bool) -> Settings:
        """Return a suite's settings changed accordingly; few samples unless ``enabled``."""
        changes = self.settings | ({} if enabled else _CHECK_ONLY)
        try:
            return Settings.from_mapping(settings.to_json() | changes)
        except ValueError as error:
            raise pytest.UsageError(f"zkmark: {error}") from None


def check_phase(phase: str | None) -> None:
    """Raise ``UsageError`` for a phase that nothing has."""
    if phase is not None and phase not in _KNOWN_PHASES:
        raise pytest.UsageError(
            f"zkmark: phase: got {phase!r}, want one of {', '.join(_KNOWN_PHASES)}"
        )


class ZkmarkFixture:
    """Measures one case when it is called; pytest-benchmark has one benchmark a test."""

    def __init__(self, item: pytest.Item, benchmark: Any, asked: Asked, clock: Clock) -> None:
        self.item = item
        self.benchmark = benchmark
        self.asked = asked
        self.clock = clock
        self._called = False

    @property
    def enabled(self) -> bool:
        """Say whether times are wanted; without, outputs are checked alone."""
        return bool(self.benchmark.enabled)

    def __call__(
        self,
        case: Case,
        backend: str = "cpu",
        *,
        implementation: str | None = None,
        phase: str | None = None,
        **options: Any,
    ) -> Measurement:
        """Measure a case on a backend and report the time of one phase, that which ranks.

        ``options`` are the backend's own (``threads``, ``isa``, ``device``). Fails the test where
        an output is wrong or the case gave none, and skips it where the backend cannot run it.
        """
        from zkmark.suites.plugins import load_plugin

        __tracebackhide__ = True
        if self._called:
            pytest.fail(
                "zkmark: a test measures one case, and this is the second; pytest.mark.parametrize "
                "makes a test of each"
            )
        self._called = True
        check_phase(phase)
        for plugin in self.asked.plugins:
            load_plugin(plugin)
        measured = measure_case(
            case,
            backend,
            implementation=implementation,
            seed=self.asked.seed,
            settings=self.asked.apply(Settings(), self.enabled),
            plugins=self.asked.plugins,
            **options,
        )
        self.report(measured.entry, phase)
        return measured

    def report(self, entry: dict[str, Any], phase: str | None = None) -> str:
        """Hand an entry's times to pytest-benchmark; return the phase whose they are."""
        __tracebackhide__ = True
        where = f"{entry['slug']} on {entry['label']}"
        if entry["status"] == "unsupported":
            _skip(f"{where}: {entry['reason']}")
        if entry["kind"] == "modelled" and entry["status"] == "ok":
            _skip(f"{where}: the time is modelled and not measured; zkmark run and bench show it")
        if entry["status"] != "ok":
            error = WrongCaseError(f"{where}: {entry['status']}: {entry['reason']}")
            # Where pytest-benchmark looks on first, so that it knows that there is no time.
            with contextlib.suppress(WrongCaseError):
                self.benchmark.pedantic(_raise, args=(error,))
            raise error.with_traceback(None)
        phase = self.asked.phase or phase or str(entry["ranked_phase"])
        if phase not in entry["summary"]:
            _skip(f"{where} has no phase {phase}, only {', '.join(entry['summary'])}")
        self._hand_over(entry, phase)
        return phase

    def _hand_over(self, entry: dict[str, Any], phase: str) -> None:
        values = entry_series(entry, phase).values
        pending = iter(values)

        def one_process() -> None:
            self.clock.now = next(pending)

        if self.benchmark.group is None:
            self.benchmark.group = group_name(entry["slug"], phase)
        told = {"zkmark_version": __version__, "seed": self.asked.seed}
        self.benchmark.extra_info.update(extra_info(entry, phase, told))
        self.benchmark.pedantic(one_process, setup=self.clock.reset, rounds=len(values))


def _raise(error: WrongCaseError) -> NoReturn:
    raise error


def _skip(reason: str) -> NoReturn:
    __tracebackhide__ = True
    pytest.skip(reason)
