"""How a command says no: one sentence on standard error and an exit code, never a traceback."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zkmark.cli.terminal import complain
from zkmark.exit_codes import ExitCode


class RefusalError(Exception):
    """A command will not go on; ``message`` is one sentence, ``code`` the exit status."""

    def __init__(self, message: str, code: int = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def only_one(options: Mapping[str, bool]) -> None:
    """Refuse forms of output that were asked for together."""
    chosen = [name for name, on in options.items() if on]
    if len(chosen) > 1:
        raise RefusalError(f"{' and '.join(chosen)}: want one of them")


@contextmanager
def refusing(about: str | None = None) -> Iterator[None]:
    """Turn bad input (a ``ValueError``, a missing backend, an unusable file) into a refusal.

    Put around the part of a command that looks at what the user gave, not around the work, so that
    a fault of zkmark is not mistaken for one of the user's. ``about`` is put before the sentence.
    An error that carries its own ``exit_code`` keeps it.
    """
    from zkmark.backends import BackendUnavailableError
    from zkmark.suites.errors import ZkmarkError

    head = f"{about}: " if about else ""
    try:
        yield
    except ZkmarkError as error:
        raise RefusalError(f"{head}{error}", error.exit_code) from error
    except OSError as error:
        raise RefusalError(f"{head}{os_reason(error)}") from error
    except (ValueError, BackendUnavailableError) as error:
        raise RefusalError(f"{head}{error}") from error


@contextmanager
def saying_report_warnings() -> Iterator[None]:
    """Say each warning about a report in one line on standard error, not in Python's form.

    Put around the writing of a report; other warnings are left to Python.
    """
    from zkmark.reports.plotly_bundle import ReportWarning

    with warnings.catch_warnings():
        warnings.simplefilter("always", ReportWarning)
        others = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **rest: Any) -> None:
            if issubclass(category, ReportWarning):
                complain(f"the report: {message}")
            else:
                others(message, category, *place, **rest)

        warnings.showwarning = show
        yield


def os_reason(error: OSError) -> str:
    """Say what the system refused, with the file it was about."""
    reason = (error.strerror or str(error)).lower()
    return reason if error.filename is None else f"{error.filename}: {reason}"
