"""Result documents: reading, checking, and tables from them.

A result is one JSON document of one run (``result.schema.json``). It is the only thing that passes
from measuring to reporting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmark.suites.errors import ResultFormatError
from zkmark.suites.migrations import migrate
from zkmark.suites.modelled import TERMS

if TYPE_CHECKING:
    import pandas as pd

# The phases of a kernel and those of a workload.
PHASES = ("upload", "compute", "download", "total")
WORKLOAD_PHASES = ("compile", "prove", "verify", "total")
STATUSES = ("ok", "incorrect", "crashed", "timeout", "unsupported", "error")
_SCHEMA_FILE = Path(__file__).with_name("result.schema.json")


@cache
def result_schema() -> dict[str, Any]:
    """Return the JSON Schema of result documents."""
    schema: dict[str, Any] = json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def validate_document(document: dict[str, Any], name: str = "document") -> None:
    """Raise ``ResultFormatError`` with the place and the reason if a document breaks the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(result_schema()).iter_errors(document))
    if error is not None:
        place = error.json_path.removeprefix("$").removeprefix(".") or "the top level"
        message = error.message if len(error.message) < 300 else error.message[:300] + "..."
        raise ResultFormatError(f"{name} is no valid zkmark result: at {place}, {message}")


class Result:
    """One run's result document with conveniences; ``document`` is the plain JSON tree."""

    def __init__(self, document: dict[str, Any], path: Path | None = None) -> None:
        self.document = document
        self.path = path

    @property
    def run(self) -> dict[str, Any]:
        """Return the run section: id, status, suite, seed, versions, attempts."""
        section: dict[str, Any] = self.document["run"]
        return section

    @property
    def profile(self) -> dict[str, Any]:
        """Return the machine: a tree whose leaves are value-fields."""
        section: dict[str, Any] = self.document["profile"]
        return section

    @property
    def cases(self) -> list[dict[str, Any]]:
        """Return the finished entries, one a case and backend, in the order of the run."""
        section: list[dict[str, Any]] = self.document["cases"]
        return section

    @property
    def status(self) -> str:
        """Return ``complete``, ``interrupted`` or (after a kill) ``running``."""
        status: str = self.run["status"]
        return status

    @property
    def missing(self) -> list[tuple[str, str]]:
        """Return (slug, label) of every planned entry that is not in the document."""
        have = {(case["slug"], case["label"]) for case in self.cases}
        planned = [(plan["slug"], plan["label"]) for plan in self.run["suite"]["planned"]]
        return [key for key in planned if key not in have]

    def with_status(self, *statuses: str) -> list[dict[str, Any]]:
        """Return the entries whose status is one of ``statuses``."""
        return [case for case in self.cases if case["status"] in statuses]

    @property
    def exit_code(self) -> int:
        """Return 6 if any output was wrong, 5 if nothing was measured, else 0."""
        if self.with_status("incorrect"):
            return 6
        return 0 if self.with_status("ok") else 5

    def find(self, slug: str, label: str) -> dict[str, Any]:
        """Return one entry; ``KeyError`` if the run has none such."""
        for case in self.cases:
            if case["slug"] == slug and case["label"] == label:
                return case
        raise KeyError(f"{slug} on {label}")

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per entry and phase, seconds and the rest in plain columns.

        Columns: slug, kernel, backend, label, implementation, path, threads, isa, status, reason,
        kind, clock, phase, median, low, high, relative_width, processes, samples; items, item_unit,
        items_per_second and bytes_per_second (on rows of the phase that ranks, ``total`` but for
        peers, else missing); operation_unit, operations, operations_per_byte,
        operations_per_second, operations_roof_per_second, fraction_of_operations,
        memory_bytes_per_second, memory_roof_per_second, fraction_of_memory and bound (on
        ``compute`` rows, else missing: a roofline's points); host_peak_bytes; and one column a case
        parameter (field, log_size, ...). An entry that is not ``ok`` has one row, with the phase
        that ranks and no numbers.

        What was modelled is in columns of its own, so that no ranking of ``median`` meets it:
        design, board, cycles, cycles_status (simulated or extrapolated), clock_hertz, instances,
        modelled_bound, modelled_seconds, modelled_compute_seconds,
        modelled_external_memory_seconds, modelled_pcie_seconds and modelled_items_per_second. Such
        an entry has one row, with the phase ``modelled``.

        Workloads have the phases compile, prove, verify and total, and in columns of their own
        (missing for kernels): cycles_run, trace_rows (of the longest table), proof_bytes,
        security_conjectured, security_proven and program_digest.
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for case in self.cases:
            throughput = case["throughput"] or {}
            ranked = case["ranked_phase"]
            known = WORKLOAD_PHASES if case["workload"] else PHASES
            for phase in [p for p in known if p in case["summary"]] or [ranked or "modelled"]:
                summary = case["summary"].get(phase, {})
                total = phase == ranked
                yield {
                    **_identity(case),
                    "threads": case["settings"].get("threads"),
                    "isa": case["settings"].get("isa"),
                    "status": case["status"],
                    "reason": case["reason"],
                    "kind": case["kind"],
                    "clock": case["clock"],
                    "phase": phase,
                    "median": summary.get("median"),
                    "low": summary.get("low"),
                    "high": summary.get("high"),
                    "relative_width": summary.get("relative_width"),
                    "processes": summary.get("processes", 0),
                    "samples": summary.get("samples", 0),
                    "items": case["counts"]["items"],
                    "item_unit": case["counts"]["item_unit"],
                    "items_per_second": throughput.get("items_per_second") if total else None,
                    "bytes_per_second": throughput.get("bytes_per_second") if total else None,
                    **_ceiling_columns(case, phase),
                    **_modelled_columns(case["modelled"]),
                    **_workload_columns(case["workload"]),
                    "host_peak_bytes": case["memory"]["host_peak_bytes"]["value"],
                    **case["parameters"],
                }

    def samples_dataframe(self) -> pd.DataFrame:
        """Return one row per raw sample: entry, phase, process, round, warm-up or not, seconds."""
        import pandas as pd

        rows = []
        for case in self.cases:
            rounds = [one["round"] for one in case["processes"] if one["status"] == "ok"]
            for phase, groups in case["phases"].items():
                for process, group in enumerate(groups["processes"]):
                    number = rounds[process] if process < len(rounds) else process
                    for warmup, values in ((True, group["warmup"]), (False, group["samples"])):
                        for seconds in values:
                            rows.append(
                                {
                                    **_identity(case),
                                    "phase": phase,
                                    "process": process,
                                    "round": number,
                                    "warmup": warmup,
                                    "seconds": seconds,
                                }
                            )
        columns = [*_IDENTITY, "phase", "process", "round", "warmup", "seconds"]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        return f"Result({self.run['suite']['name']}, {self.status}, {len(self.cases)} entries)"


_IDENTITY = ("slug", "kernel", "backend", "label", "implementation", "path")


def _ceiling_columns(case: dict[str, Any], phase: str) -> dict[str, Any]:
    """Return a case's shares of the machine's ceilings, on the rows of their phase."""
    section = case["ceiling"]
    here = section["phase"] == phase and case["status"] == "ok"
    operations, memory = section["operations"], section["memory"]
    columns = {
        "operation_unit": operations["unit"],
        "operations": operations["count"],
        "operations_per_byte": operations["per_byte"],
        "operations_per_second": operations["rate"]["value"],
        "operations_roof_per_second": operations["roof"]["value"],
        "fraction_of_operations": operations["fraction"]["value"],
        "memory_bytes_per_second": memory["rate"]["value"],
        "memory_roof_per_second": memory["roof"]["value"],
        "fraction_of_memory": memory["fraction"]["value"],
        "bound": section["bound"],
    }
    return columns if here else dict.fromkeys(columns)


def _modelled_columns(section: dict[str, Any] | None) -> dict[str, Any]:
    """Return a modelled time's columns, all missing for what was measured."""
    found = section or {}
    terms = found.get("terms", {})
    nothing: dict[str, Any] = {}
    return {
        "design": found.get("design"),
        "board": found.get("board"),
        "cycles": found.get("cycles", nothing).get("value"),
        "cycles_status": found.get("cycles", nothing).get("status"),
        "clock_hertz": found.get("clock", nothing).get("value"),
        "instances": found.get("instances", nothing).get("value"),
        "modelled_bound": found.get("bound"),
        "modelled_seconds": found.get("seconds", nothing).get("value"),
        **{
            f"modelled_{name.replace('-', '_')}_seconds": terms.get(name, nothing).get("value")
            for name in TERMS
        },
        "modelled_items_per_second": found.get("throughput", nothing).get("items_per_second"),
    }


def _workload_columns(section: dict[str, Any] | None) -> dict[str, Any]:
    """Return a workload's columns, all missing for a kernel and where it was not proven."""
    run = (section or {}).get("run")
    return {
        "cycles_run": run["cycles"] if run else None,
        "trace_rows": max(table["rows"] for table in run["tables"]) if run else None,
        "proof_bytes": run["proof"]["bytes"] if run else None,
        "security_conjectured": run["security"]["conjectured"] if run else None,
        "security_proven": run["security"]["proven"] if run else None,
        "program_digest": run["program"]["digest"] if run else None,
    }


def _identity(case: dict[str, Any]) -> dict[str, Any]:
    return {key: case[key] for key in _IDENTITY}


def load_result(path: str | Path) -> Result:
    """Read, migrate and check a result document.

    Raises ``ResultFormatError`` with one sentence for a file that is missing, no JSON, no zkmark
    result, broken, or from a newer version.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultFormatError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ResultFormatError(f"{path} is no zkmark result: it is not UTF-8 text") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ResultFormatError(f"{path} is no zkmark result: it is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("schema") != "zkmark-result":
        raise ResultFormatError(
            f'{path} is no zkmark result: it lacks the mark "schema": "zkmark-result"'
        )
    document = migrate(document, str(path))
    validate_document(document, str(path))
    return Result(document, path)
