"""Suite files as pytest collects them: a test for each case and backend.

The backends of a case that are left after ``-k``, ``-m`` and ``--deselect`` are measured side by
side in the same rounds when the first of their tests runs, as ``zkmark run`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from zkmark.backends import backend_kind
from zkmark.pytest_measuring import WrongCaseError, ZkmarkFixture
from zkmark.reports.exports.pytest_benchmark import full_name, parameters
from zkmark.reports.exports.series import TOTAL, series_name
from zkmark.suites import SuiteFileError, load_suite
from zkmark.suites.case_run import CaseRun
from zkmark.suites.plugins import load_plugin

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from zkmark.suites import CaseGroup, Contender, Suite


class SuiteFile(pytest.File):
    """A suite's file."""

    suite: Suite
    _entries: dict[tuple[str, str], dict[str, Any]]

    def collect(self) -> Iterable[pytest.Item]:
        """Return a test for each case and backend; a wrong file is an error with its line."""
        for plugin in self.config.getini("zkmark_plugins"):
            load_plugin(plugin)
        try:
            self.suite = load_suite(self.path)
        except SuiteFileError as error:
            raise self.CollectError(str(error)) from None
        self._entries = {}
        for group in self.suite.groups:
            for contender in group.contenders:
                yield CaseItem.make(self, group, contender)

    def entry(self, item: CaseItem, fixture: ZkmarkFixture) -> dict[str, Any]:
        """Return the entry of a test, measured together with the others of its case."""
        key = (item.group.case.slug, item.contender.label)
        if key not in self._entries:
            group = replace(item.group, contenders=self._side_by_side(item, fixture.enabled))
            run = CaseRun(
                group,
                fixture.asked.apply(self.suite.settings, fixture.enabled),
                fixture.asked.seed,
                plugins=fixture.asked.plugins,
            )
            self._entries |= {(one["slug"], one["label"]): one for one in run.run()}
        return self._entries[key]

    def _side_by_side(self, item: CaseItem, enabled: bool) -> tuple[Contender, ...]:
        # What is only checked is checked by itself: under xdist others have the rest.
        if not enabled:
            return (item.contender,)
        wanted = {
            other.contender
            for other in self.session.items
            if isinstance(other, CaseItem) and other.parent is self and other.group is item.group
        }
        return tuple(
            one
            for one in item.group.contenders
            if one in wanted and backend_kind(one.backend) == "measured"
        )


class CaseItem(pytest.Function):
    """One case on one backend."""

    group: CaseGroup
    contender: Contender

    @classmethod
    def make(cls, parent: SuiteFile, group: CaseGroup, contender: Contender) -> CaseItem:
        """Make the test; its name is that of the case with the backend in brackets."""
        name = series_name(group.case.slug, contender.label, TOTAL)
        item: CaseItem = cls.from_parent(parent, name=name, callobj=_body(parent))
        item.group, item.contender = group, contender
        return item

    def reportinfo(self) -> tuple[Any, int, str]:
        """Return the suite's file, not the plugin's; pytest wants a line of it for skips."""
        return self.path, 0, self.name

    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        """Return a failure as its one sentence: there is no code of the user's in it."""
        if isinstance(excinfo.value, WrongCaseError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


def _body(file: SuiteFile) -> Callable[[ZkmarkFixture], None]:
    def measured_and_right(zkmark: ZkmarkFixture) -> None:
        item = zkmark.item
        assert isinstance(item, CaseItem)
        if backend_kind(item.contender.backend) == "modelled":
            pytest.skip(
                f"{item.group.case.slug} on {item.contender.label}: the time is modelled and not "
                "measured; zkmark run shows it"
            )
        entry = file.entry(item, zkmark)
        benchmark = zkmark.benchmark
        benchmark.param, benchmark.params = item.contender.label, parameters(entry)
        phase = zkmark.asked.phase or entry["ranked_phase"] or TOTAL
        # Where the file lies is not part of it: a file of `zkmark export` has the same names.
        benchmark.name = series_name(entry["slug"], entry["label"], phase)
        benchmark.fullname = full_name(file.suite.name, benchmark.name)
        zkmark.report(entry)

    return measured_and_right
