"""A CSV for Apache Otava's importer: a row a run, in the order of time, a column a series.

Otava looks for change points in each column by itself. A column must have a number in every row,
so that a series that some run lacks is left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zkmark.reports.exports.series import measured_series
from zkmark.suites.errors import NothingMeasuredError, ZkmarkError

if TYPE_CHECKING:
    from zkmark.suites.result import Result

TIME = "time"
# What a row says of its run; in Otava's configuration these are ``attributes``.
ATTRIBUTES = ("run", "suite", "hostname", "zkmark_version", "zkmark_commit")


class DifferentMachinesError(ZkmarkError):
    """Results of different machines or suites are no series over time."""

    exit_code = 4


def render(
    results: Sequence[Result], *, allow_env_diff: bool = False
) -> tuple[str, tuple[str, ...]]:
    """Return the table in seconds, and sentences about the series that were left out.

    Raises ``DifferentMachinesError`` naming the first field in which two runs differ.
    """
    ordered = sorted(results, key=_started)
    for one in ordered[1:]:
        _check_same(ordered[0], one, allow_env_diff)
    medians = [
        {series.name: series.summary["median"] for series in measured_series(result)}
        for result in ordered
    ]
    names = list(dict.fromkeys(name for row in medians for name in row))
    kept = [name for name in names if all(name in row for row in medians)]
    if not kept:
        raise NothingMeasuredError("otava-csv: no case was measured in every one of the results")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([TIME, *ATTRIBUTES, *kept])
    for result, row in zip(ordered, medians, strict=True):
        writer.writerow(
            [_started(result).isoformat(), *_attributes(result), *(row[name] for name in kept)]
        )
    gone = [name for name in names if name not in kept]
    if not gone:
        return file.getvalue(), ()
    shown = ", ".join(gone[:3]) + (", ..." if len(gone) > 3 else "")
    return file.getvalue(), (f"{len(gone)} series left out, which some result lacks: {shown}",)


def _started(result: Result) -> datetime:
    return datetime.fromisoformat(result.run["attempts"][0]["started"])


def _attributes(result: Result) -> list[Any]:
    run = result.run
    git = run["zkmark"]["git"]["value"] or {}
    return [
        run["id"],
        run["suite"]["name"],
        run["machine"].get("hostname"),
        run["zkmark"]["version"],
        git.get("commit") or "unknown",
    ]


def _check_same(first: Result, other: Result, allow_env_diff: bool) -> None:
    from zkmark.hardware_profiles import profile_key

    def differ(field: str, one: Any, two: Any) -> None:
        if one != two:
            raise DifferentMachinesError(
                f"otava-csv: {field} is {one!r} in {first.run['id']} and {two!r} in "
                f"{other.run['id']}; a series over time is of one suite on one machine"
            )

    differ("run.suite.name", first.run["suite"]["name"], other.run["suite"]["name"])
    if allow_env_diff:
        return
    one, two = profile_key(first.profile), profile_key(other.profile)
    for name in sorted(one.keys() | two.keys()):
        differ(f"profile.{name}", one.get(name), two.get(name))
