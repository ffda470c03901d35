"""Calls that join floors: a case on your own arrays, several results in one table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from zkmark.backends import Backend
    from zkmark.kernels.case import Array, Case, Inputs


def run(
    case: Case,
    inputs: Inputs | None = None,
    *,
    backend: str | Backend = "cpu",
    threads: int | None = None,
    device: str | int | None = None,
    implementation: str | None = None,
    seed: int = 0,
) -> Array:
    """Compute one case and return its output.

    ``inputs`` are named arrays in canonical form, as ``case.make_input`` shows; without them the
    case makes its own from ``seed``. ``backend`` is a name or what ``get_backend`` returned;
    ``threads`` goes with a name, and with ``cuda`` and ``opencl`` so does ``device``: an index or a
    part of a device's name.

    Raises ``ValueError`` for bad input, before any work starts, and ``BackendUnavailableError`` for
    a backend that cannot run here.
    """
    from zkmark.backends import ready_backend
    from zkmark.kernels.case import Case
    from zkmark.kernels.implementation import run_case

    if not isinstance(case, Case):
        raise ValueError(f"case: got {type(case).__name__}, want a case such as NttCase")

    ready = ready_backend(backend, threads, device)
    return run_case(
        case, case.make_input(seed) if inputs is None else inputs, ready, implementation
    )


def read_results(paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
    """Return the rows of results in one table, with the column ``file`` before the others.

    The rows are those of ``Result.to_dataframe``. Raises ``ValueError`` for a file that is none.
    """
    import pandas as pd

    from zkmark.suites.result import load_result

    tables = []
    for path in [paths] if isinstance(paths, str | Path) else paths:
        table = load_result(path).to_dataframe()
        table.insert(0, "file", str(path))
        tables.append(table)
    if not tables:
        raise ValueError("paths: got none, want at least one result")
    return pd.concat(tables, ignore_index=True)
