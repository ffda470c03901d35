"""What ``run`` and ``bench`` share: checks before a run, the run itself, and how it ends."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmark.cli.errors import RefusalError, refusing, saying_report_warnings
from zkmark.cli.names import check_name, check_names
from zkmark.cli.progress import progress
from zkmark.cli.result_table import (
    print_peers,
    print_published,
    print_result,
    without_samples,
)
from zkmark.cli.terminal import complain, emit_json, say
from zkmark.exit_codes import ExitCode

if TYPE_CHECKING:
    from zkmark.suites.result import Result
    from zkmark.suites.suite import Suite


def check_backends(names: Sequence[str] | None) -> list[str] | None:
    """Return the backends asked for by name; refuse any that cannot run here."""
    from zkmark.backends import backend_statuses

    found = check_names("backend", names)
    if found is None:
        return None
    for status in backend_statuses(found):
        if not status.available:
            raise RefusalError(f"--backend: {status.name} is not available: {status.reason}")
    return found


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that this process cannot have."""
    from zkmark.backends.threads import check_threads as check

    if threads is not None:
        with refusing():
            check(threads)


def check_isa(isa: str | None, backends: Sequence[str] | None) -> None:
    """Refuse an instruction-set level that this machine lacks or that no backend here has."""
    if isa is None:
        return
    check_name("isa", isa)
    if backends is not None and "cpu" not in backends:
        raise RefusalError("--isa: only the backend cpu has instruction-set levels")


def check_device(device: str | None, backends: Sequence[str] | None) -> list[str]:
    """Return the backends that have the device asked for; refuse one that none has."""
    from zkmark.backends import DEVICE_BACKENDS, find_device

    if device is None:
        return []
    asked = [name for name in DEVICE_BACKENDS if backends is None or name in backends]
    if not asked:
        raise RefusalError(f"--device: only {' and '.join(DEVICE_BACKENDS)} have devices")
    try:
        return list(find_device(device, asked))
    except ValueError as error:
        raise RefusalError(f"--{error}") from error


def check_board(board: str | None, backends: Sequence[str] | None) -> None:
    """Refuse a board that the catalogue lacks, or one that no backend here would be modelled on."""
    from zkmark.backends import BOARD_BACKENDS

    if board is None:
        return
    check_name("board", board)
    if backends is not None and not set(backends) & set(BOARD_BACKENDS):
        raise RefusalError(f"--board: only the backend {' and '.join(BOARD_BACKENDS)} has boards")


def with_board(suite: Suite, board: str | None) -> Suite:
    """Return the suite with a board for every contender that is modelled on one.

    Refuses a suite that has no such contender.
    """
    from zkmark.backends import BOARD_BACKENDS

    if board is None:
        return suite
    if not any(c.backend in BOARD_BACKENDS for g in suite.groups for c in g.contenders):
        raise RefusalError(
            f"--board: nothing here is modelled on a board; ask for --backend {BOARD_BACKENDS[0]}"
        )
    return _with_option(suite, "board", board, BOARD_BACKENDS)


def check_waves(waves: Path | None, backends: Sequence[str] | None) -> None:
    """Have the design's signals written to a file; refuse where nothing but designs would run."""
    if waves is None:
        return
    if backends is None or list(backends) != ["fpga"]:
        raise RefusalError("--waves: only the backend fpga has signals; add --backend fpga")
    if waves.suffix != ".vcd":
        raise RefusalError(f"--waves: got {waves.name!r}, want a name ending in .vcd")
    if not waves.absolute().parent.is_dir():
        raise RefusalError(f"--waves: {waves.absolute().parent} is no folder")
    # Workers inherit it.
    os.environ["ZKMARK_FPGA_WAVES"] = str(waves.absolute())


def with_device(suite: Suite, device: str | None, having: Sequence[str]) -> Suite:
    """Return the suite with a device for every contender that can have it.

    Contenders on other devices are left out; those on no device at all stay. Refuses a suite in
    which nothing is left for the device to do.
    """
    from zkmark.backends import DEVICE_BACKENDS

    if device is None:
        return suite
    if not any(c.backend in having for group in suite.groups for c in group.contenders):
        raise RefusalError(
            f"--device: {device} is a device of {' and '.join(having)}, and nothing here is to be "
            "measured there"
        )
    return _with_option(
        suite,
        "device",
        device,
        having,
        [name for name in DEVICE_BACKENDS if name not in having],
    )


def with_isa(suite: Suite, isa: str | None) -> Suite:
    """Return the suite with an instruction-set level for every contender on the backend cpu."""
    return suite if isa is None else _with_option(suite, "isa", isa, ["cpu"])


def _with_option(
    suite: Suite, name: str, value: str, backends: Sequence[str], without: Sequence[str] = ()
) -> Suite:
    """Return the suite with an option on some backends, ``without`` the contenders on others."""
    groups = tuple(
        replace(
            group,
            # What differed in this option alone is one contender now.
            contenders=tuple(
                dict.fromkeys(
                    replace(c, options=tuple(sorted({**dict(c.options), name: value}.items())))
                    if c.backend in backends
                    else c
                    for c in group.contenders
                    if c.backend not in without
                )
            ),
        )
        for group in suite.groups
    )
    return replace(suite, groups=tuple(group for group in groups if group.contenders))


def say_missing_peers(suite: Suite) -> None:
    """Say of every peer that has a case of the suite and cannot be started why, a line each."""
    from zkmark.kernels.implementation import implementations_of
    from zkmark.kernels.peer import PeerImplementation

    reasons: dict[str, None] = {}
    for group in suite.groups:
        wanted = {c.implementation for c in group.contenders if c.backend == "peer"}
        if not wanted:
            continue
        for peer in implementations_of(group.case.kernel, "peer"):
            if (
                isinstance(peer, PeerImplementation)
                and peer.id in wanted
                and peer.lacks(group.case) is None
                and (reason := peer.missing()) is not None
            ):
                reasons[reason] = None
    for reason in reasons:
        complain(f"{reason} (left out)")


def measure(
    suite: Suite,
    output: Path | None,
    resume: Path | None = None,
    seed: int | None = None,
    economics: Mapping[str, Any] | None = None,
) -> Result:
    """Run a suite with its progress on standard error.

    Refuses what the run refuses: nothing to measure, an unusable folder, a result that cannot be
    resumed.
    """
    from zkmark.suites.engine import run_suite

    say_missing_peers(suite)
    with refusing(), progress() as hear:
        return run_suite(
            suite, output=output, resume=resume, seed=seed, on_event=hear, economics=economics
        )


def finish(result: Result, *, with_report: bool, as_json: bool) -> int:
    """Say how a run went and return the exit code: table, then paths, one a line, last."""
    report = None
    if with_report and result.path is not None and result.with_status("ok", "incorrect"):
        report = _write_report(result)
    code = _exit_code(result)
    _warn(result)
    paths = [str(path) for path in (result.path, report) if path is not None]
    if as_json:
        emit_json(
            {
                "exit_code": int(code),
                "status": result.status,
                "result": None if result.path is None else str(result.path),
                "report": None if report is None else str(report),
                "cases": without_samples(result.document),
            }
        )
    else:
        print_result(result.document)
        print_peers(result.document)
        print_published(result.document)
        if paths:
            print()
    if result.status == "interrupted":
        _say_how_to_go_on(result)
    if not as_json:
        for path in paths:
            print(path)
    return code


def _exit_code(result: Result) -> ExitCode:
    if result.status == "interrupted":
        return ExitCode.INTERRUPTED
    if result.with_status("incorrect"):
        return ExitCode.INCORRECT_OUTPUT
    return ExitCode.GOOD if result.with_status("ok") else ExitCode.NOTHING_MEASURED


def _warn(result: Result) -> None:
    wrong = result.with_status("incorrect")
    for case in wrong:
        complain(f"wrong output: {case['slug']} on {case['label']}: {case['reason']}")
    for case in result.with_status("crashed", "timeout", "error"):
        complain(f"{case['status']}: {case['slug']} on {case['label']}: {case['reason']}")


def _write_report(result: Result) -> Path | None:
    from zkmark.reports import write_report

    assert result.path is not None
    path = result.path.with_suffix(".html")
    try:
        with saying_report_warnings():
            write_report([result], path)
    except OSError as error:
        complain(f"the report {path} could not be written: {error}")
        return None
    return path


def _say_how_to_go_on(result: Result) -> None:
    done, missing = len(result.cases), len(result.missing)
    if result.path is None:
        say(f"Interrupted: {done} finished, {missing} not; nothing was kept (--output keeps it).")
        return
    say(f"Interrupted: {done} finished, {missing} not. What is finished is in {result.path}")
    say(f"Go on with: {resume_command(sys.argv[1:], result.path)}")


def resume_command(arguments: Sequence[str], path: Path) -> str:
    """Return the command line that goes on with a result: the same words, with ``--resume``."""
    kept: list[str] = []
    skip = False
    for word in arguments:
        if skip:
            skip = False
        elif word in ("--output", "-o", "--resume"):
            skip = True
        elif not word.startswith(("--output=", "--resume=", "-o")):
            kept.append(word)
    return shlex.join(["zkmark", *kept, "--resume", str(path)])
