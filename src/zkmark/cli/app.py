"""The command line put together, and the one place where commands end and exit codes are made."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, TextIO

import typer
from typer.main import get_command

from zkmark._version import __version__
from zkmark.backends.native_tools import native_fault
from zkmark.cli import (
    ab_command,
    bench_command,
    compare_command,
    export_command,
    fpga_command,
    gate_command,
    history_command,
    list_command,
    peers_command,
    predict_command,
    profile_command,
    prove_command,
    report_command,
    run_command,
    show_command,
    verify_command,
)
from zkmark.cli.errors import RefusalError, os_reason
from zkmark.cli.terminal import complain, is_plain
from zkmark.exit_codes import ExitCode

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# The kinds of mistakes that pydantic tells apart, by how their names begin.
_WANTED = {"int_": "a whole number", "float_": "a number"}

_EPILOG = """\b
Examples:
  zkmark list                                    what can be measured here, and with what
  zkmark run quick                               a few minutes, every kernel, a report at the end
  zkmark bench ntt --field goldilocks --size 2^20
  zkmark prove fibonacci --variant iter-1000     a whole program, proven and verified
  zkmark report results/*.json -o page.html
"""
# How the Python API begins a sentence about an argument.
_SETTING = re.compile(r"([a-z][a-z_]*): ")


def _print_version(value: bool) -> None:
    if value:
        print(f"zkmark {__version__}")
        raise typer.Exit


def _front(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Measure zero-knowledge proving on this machine: its kernels, and whole programs.

    Every output is checked in the run that times it.
    """
    if context.invoked_subcommand is None:
        text = context.get_help()
        if text:
            print(text)
        raise typer.Exit(ExitCode.USAGE)


def make_app() -> typer.Typer:
    """Make the Typer application; its help is drawn with Rich on a terminal only."""
    app = typer.Typer(
        name="zkmark",
        rich_markup_mode=None if is_plain(sys.stdout) else "rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, epilog=_EPILOG)(_front)
    for command in (
        list_command,
        run_command,
        bench_command,
        prove_command,
        verify_command,
        peers_command,
        fpga_command,
        report_command,
        compare_command,
        predict_command,
        export_command,
        show_command,
        profile_command,
        ab_command,
        gate_command,
        history_command,
    ):
        command.register(app)
    return app


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing but an interpreter fault escapes."""
    code: int
    try:
        code = _execute(arguments)
    except BrokenPipeError:
        code = ExitCode.BROKEN_PIPE
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = ExitCode.BROKEN_PIPE
    except OSError as error:
        complain(f"standard output cannot be written: {os_reason(error)}")
        code = ExitCode.USAGE
        _discard_output()
    if code == ExitCode.BROKEN_PIPE:
        _discard_output()
    return int(code)


def _discard_output() -> None:
    """Let what is still in standard output's buffer go nowhere.

    The interpreter flushes once more at its end and would print a complaint about it.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _execute(arguments: Sequence[str] | None) -> int:
    app = make_app()
    try:
        code = app(
            args=None if arguments is None else list(arguments),
            prog_name="zkmark",
            standalone_mode=False,
        )
    except RefusalError as refusal:
        words = sys.argv[1:] if arguments is None else arguments
        complain(_by_option(refusal.message, get_command(app), words))
        return refusal.code
    except typer.TyperException as error:
        complain(_usage_sentence(error))
        return ExitCode.USAGE
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as leaving:
        # Typer leaves so after printing a completion script (0) and when its pipe is gone (1).
        return ExitCode.BROKEN_PIPE if leaving.code == 1 else int(leaving.code or 0)
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            # Whatever was being written, the fault is the disk's and not zkmark's.
            complain(f"cannot write: {os_reason(error)}")
            return ExitCode.USAGE
        if isinstance(error, PermissionError) and error.filename is not None:
            # Even asking whether it is there is refused of a file in somebody else's folder.
            complain(os_reason(error))
            return ExitCode.USAGE
        if os.environ.get("ZKMARK_DEBUG"):
            traceback.print_exc()
        if native := native_fault(error):
            complain(native)
            return ExitCode.NOT_BUILT
        complain(
            f"internal error ({type(error).__name__}: {error}); this is a fault of zkmark: please "
            "report it with what ZKMARK_DEBUG=1 prints"
        )
        return ExitCode.INTERNAL_ERROR
    return int(code or 0)


def _by_option(message: str, command: Any, words: Sequence[str]) -> str:
    """Name a refused setting as it was typed: ``time_budget: got 0`` is that of ``--time-budget``.

    What was said in a file instead keeps the name that it has there.
    """
    name = _SETTING.match(message)
    if name is None:
        return message
    option = f"--{name[1].replace('_', '-')}"
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    for parameter in command.params:
        if option in parameter.opts and any(_is_typed(words, one) for one in parameter.opts):
            return f"{option}{message[name.end(1) :]}"
    return message


def _is_typed(words: Sequence[str], option: str) -> bool:
    joined = f"{option}=" if option.startswith("--") else option
    return any(word == option or word.startswith(joined) for word in words)


def _usage_sentence(error: typer.TyperException) -> str:
    """Return one line of what was wrong on the command line and where to read more."""
    text = _wrong_type(error) or " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "zkmark"
    if text.endswith("?"):
        return f"{text} ({where} --help shows how)"
    return f"{text}; {where} --help shows how"


def _wrong_type(error: typer.TyperException) -> str | None:
    """Say what an option got and wants where it is no number; ``None`` for any other mistake.

    Typer's own words are those of pydantic, which converts for it, and leave out what was given.
    """
    parameter, cause = getattr(error, "param", None), error.__cause__ or error.__context__
    details: list[dict[str, Any]] = getattr(cause, "errors", list)()
    if parameter is None or len(details) != 1 or "input" not in details[0]:
        return None
    kind = str(details[0].get("type", ""))
    wanted = next((want for name, want in _WANTED.items() if kind.startswith(name)), None)
    if wanted is None:
        return None
    return f"{parameter.opts[0]}: got {details[0]['input']!r}, want {wanted}"


def _nowhere() -> TextIO:
    """Return a stream that forgets what is written to it; it is open until the process ends."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def main() -> None:
    """Run the command line of this process."""
    # A shell script starts background commands with Ctrl-C ignored, and Python would leave it so:
    # `kill -INT` would then not end a run in order.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A stream that the caller closed (`>&-`) is None here; what is said to it goes nowhere.
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Figures have a µ or a × in them; where the encoding lacks these, a ? will do.
            stream.reconfigure(errors="replace")
    sys.exit(execute())
