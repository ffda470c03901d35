"""Progress of a run, on standard error: a bar on a terminal, one line a finished case elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zkmark.cli.terminal import console, is_plain, say
from zkmark.reports import quantities

if TYPE_CHECKING:
    from rich.progress import Progress

    from zkmark.suites.events import OnEvent, RunEvent

_STEPS = 1000


def format_left(seconds: float) -> str:
    """Write the time left as people say it: ``45 s``, ``2 min 10 s``, ``3 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def finished_line(slug: str, entries: tuple[dict[str, Any], ...]) -> str:
    """Write a finished case in one line: ``ntt/.../forward: cpu 1.2 ms, numba crashed``."""
    parts = []
    for entry in entries:
        if entry["status"] == "ok" and entry["kind"] == "modelled":
            seconds = quantities.seconds(entry["modelled"]["seconds"]["value"])
            parts.append(f"{entry['label']} {seconds} (modelled)")
        elif entry["status"] == "ok":
            median = entry["summary"][entry["ranked_phase"]]["median"]
            parts.append(f"{entry['label']} {quantities.seconds(median)}")
        else:
            parts.append(f"{entry['label']} {entry['status']}")
    return f"{slug}: {', '.join(parts)}"


@contextmanager
def progress() -> Iterator[OnEvent]:
    """Give the function that a run tells its events to; the bar is gone when this is left."""
    if is_plain(sys.stderr):
        yield _Lines()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        console=console(sys.stderr),
        transient=True,
    )
    with bar:
        yield _Bar(bar)


class _Lines:
    """One line for every finished case."""

    def __call__(self, event: RunEvent) -> None:
        from zkmark.suites.events import CaseFinished

        if isinstance(event, CaseFinished):
            line = finished_line(event.slug, event.entries)
            left = format_left(event.seconds_left)
            say(f"[{event.index + 1}/{event.total}] {line} (about {left} left)")


class _Bar:
    """A bar with the running case, its process, and the time left."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.title = ""
        self.task = bar.add_task("starting", total=_STEPS, left="")

    def __call__(self, event: RunEvent) -> None:
        from zkmark.suites.events import CaseFinished, CaseStarted, ProcessFinished, StageBegun

        if isinstance(event, CaseStarted):
            self.title = f"[{event.index + 1}/{event.total}] {event.slug}"
            self.bar.update(self.task, description=self.title)
        elif isinstance(event, StageBegun):
            self.bar.update(self.task, description=f"{self.title}: {event.stage} ({event.label})")
        elif isinstance(event, ProcessFinished) and event.status != "ok":
            self.bar.console.print(f"{event.slug} on {event.label}: {event.status}")
        elif isinstance(event, CaseFinished) and event.index + 1 == event.total:
            self.bar.update(self.task, description="writing")
        left = f"about {format_left(event.seconds_left)} left"
        self.bar.update(self.task, completed=event.fraction * _STEPS, left=left)
