"""Results in the forms of other people's tools, for those who keep their benchmarks there.

Each form is a module with ``render(results) -> str`` or ``bytes``. All but the tables hold measured
times alone: their readers rank whatever they are given, and know of no modelled time. What is left
out is told in sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmark.reports.exports.libraries import MissingLibraryError
from zkmark.reports.exports.series import left_out, measured_series
from zkmark.suites.errors import NothingMeasuredError

if TYPE_CHECKING:
    from zkmark.suites.result import Result

__all__ = ["FORMATS", "TABLES", "Export", "MissingLibraryError", "export"]

# Every form, and whether it takes several results.
FORMATS = {
    "pytest-benchmark": False,
    "bmf": False,
    "gbench": False,
    "otava-csv": True,
    "csv": True,
    "parquet": True,
}
# Tables, which have columns of their own for what was modelled and for what went wrong.
TABLES = ("csv", "parquet")


@dataclass(frozen=True)
class Export:
    """A rendered form, and a sentence for each kind of thing that it leaves out."""

    content: str | bytes
    left_out: tuple[str, ...] = ()


def export(
    results: Sequence[Result], form: str, *, samples: bool = False, allow_env_diff: bool = False
) -> Export:
    """Return results in another tool's form, one of ``FORMATS``.

    ``samples``: tables have a row for each raw sample instead of one for each case and phase.
    ``allow_env_diff``: a series over time may be of machines that differ (by a new kernel, say).
    Raises ``ValueError`` for an unknown form, for several results where one is wanted and for
    ``samples`` with what is no table, ``NothingMeasuredError`` where no measured time is left, and
    ``MissingLibraryError``.
    """
    if form not in FORMATS:
        raise ValueError(f"format: got {form!r}, want one of {', '.join(FORMATS)}")
    if not results:
        raise ValueError("results: got none, want at least one")
    if len(results) > 1 and not FORMATS[form]:
        raise ValueError(
            f"results: got {len(results)}, and a file of {form} holds one run; export each alone"
        )
    if samples and form not in TABLES:
        raise ValueError(f"samples: want {' or '.join(TABLES)} with it, got {form!r}")
    if form in TABLES:
        from zkmark.reports.exports import tables

        return Export(tables.render(results, form, samples=samples))
    if not any(measured_series(result) for result in results):
        reasons = "; ".join(left_out(results)) or "there are no cases"
        raise NothingMeasuredError(f"nothing to export as {form}: {reasons}")
    if form == "otava-csv":
        from zkmark.reports.exports import otava

        content, without = otava.render(results, allow_env_diff=allow_env_diff)
        return Export(content, (*left_out(results), *without))
    return Export(_renderer(form)(results[0]), left_out(results))


def _renderer(form: str) -> Callable[[Result], str]:
    from zkmark.reports.exports import bmf, gbench, pytest_benchmark

    return {
        "pytest-benchmark": pytest_benchmark.render,
        "bmf": bmf.render,
        "gbench": gbench.render,
    }[form]
