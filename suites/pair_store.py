"""A comparison on disk as it goes: every pair is kept, and what is interrupted can be gone on with.

The file is a document of the kind that `zkmark ab -o FILE.json` writes, without a verdict as long
as there is none. It says what is compared by what rule (``Plan``): going on with it takes the same,
to the last item, else the rule that was stated in advance would no longer be the one that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from zkmark.suites.errors import ResultFormatError, ResultOutputError, ResumeMismatchError
from zkmark.suites.pairs import Trial
from zkmark.suites.result_writer import ResultWriter, check_folder

SCHEMA = "zkmark-gate"
SCHEMA_VERSION = "1.1.0"
# Where a comparison is kept unless a file is named; apart from results, which are read by folder.
DEFAULT_FOLDER = Path("results") / "ab"
# As long as there is no verdict: what a run ends with that is interrupted.
_NO_VERDICT = 130
_UNFINISHED = ("running", "interrupted", "stopped")


@dataclass(frozen=True)
class Plan:
    """What is compared and by what rule: ``items`` by name, in the order in which to compare them.

    ``base`` and ``head`` are the sides as people call them.
    """

    base: str
    head: str
    cases: tuple[str, ...]
    seed: int
    items: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"cases": list(self.cases), "seed": self.seed, **self.items}


class PairStore:
    """Keeps the pairs of one comparison; make it with ``create`` or ``resume``, and close it."""

    def __init__(self, plan: Plan, writer: ResultWriter, trials: Sequence[Trial] = ()) -> None:
        self.plan = plan
        self.earlier = tuple(trials)
        self._trials = {trial.case: trial for trial in trials}
        self._writer = writer

    @property
    def path(self) -> Path:
        """Return where the document is."""
        return self._writer.path

    @property
    def pairs(self) -> int:
        """Return how many pairs are kept, of all cases."""
        return sum(len(trial.pairs) for trial in self._trials.values())

    @classmethod
    def create(cls, plan: Plan, path: Path | None = None, folder: Path = DEFAULT_FOLDER) -> Self:
        """Begin a document, at a path or under a new name in a folder.

        A finished comparison at the path is written over, an unfinished one is not. Raises
        ``ResultOutputError``.
        """
        if path is None:
            check_folder(folder)
            stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            return cls(plan, ResultWriter.create(folder, stem, _document(plan, {}, "running")))
        if path.exists() and _is_unfinished(path):
            raise ResultOutputError(
                f"output: {path} holds a comparison that is not finished; "
                f"go on with it: --resume {path}, or name another file"
            )
        store = cls(plan, ResultWriter.resume(path))
        store.save("running")
        return store

    @classmethod
    def resume(cls, plan: Plan, path: Path) -> Self:
        """Go on with a document.

        Raises ``ResultFormatError`` for what is no comparison by pairs, ``ResumeMismatchError``
        naming the first item that is another one, and ``ResultOutputError``.
        """
        writer = ResultWriter.resume(path)
        try:
            document = read_comparison(path)
            _check_same(document["run"]["plan"], plan.to_json(), path)
            trials = _trials(document, path)
        except BaseException:
            writer.close()
            raise
        return cls(plan, writer, trials)

    def keep(self, trial: Trial) -> None:
        """Write down a trial as it is now."""
        self._trials[trial.case] = trial
        self.save("running")

    def save(self, status: str) -> None:
        """Write the document as it is before there is a verdict: ``running``, ``interrupted``."""
        self._writer.write(_document(self.plan, self._trials, status))

    def finish(self, document: dict[str, Any]) -> None:
        """Put the document with the verdicts in place of the pairs alone."""
        self._writer.write(document)

    def run_json(self, status: str) -> dict[str, Any]:
        """Return what a finished document says of its run."""
        return _run(self.plan, status)

    def close(self) -> None:
        """Let go of the document."""
        self._writer.close()


def read_comparison(path: Path) -> dict[str, Any]:
    """Return a comparison by pairs; ``ResultFormatError`` for any other file."""

    def refuse(reason: str) -> ResultFormatError:
        return ResultFormatError(f"{path} cannot be gone on with: {reason}")

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refuse((error.strerror or str(error)).lower()) from None
    except ValueError:
        raise refuse("it is no JSON") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise refuse("it is no comparison of zkmark ab")
    if document.get("method") != "pairs":
        raise refuse("it is no comparison by pairs")
    run = document.get("run")
    if document.get("schema_version") != SCHEMA_VERSION or not isinstance(run, dict):
        version = document.get("schema_version")
        raise refuse(f"it has schema version {version}, want {SCHEMA_VERSION}")
    if not isinstance(run.get("plan"), dict):
        raise refuse("it does not say what it compares")
    return document


def _is_unfinished(path: Path) -> bool:
    try:
        return read_comparison(path)["run"].get("status") in _UNFINISHED
    except ResultFormatError:
        return False


def _trials(document: Mapping[str, Any], path: Path) -> list[Trial]:
    try:
        pairs = document["data"]["pairs"]
        return [Trial.from_json(case, found) for case, found in pairs.items()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultFormatError(f"{path} cannot be gone on with: its pairs: {error}") from None


def _check_same(recorded: dict[str, Any], now: dict[str, Any], path: Path) -> None:
    for case in now["cases"]:
        if case not in recorded.get("cases", ()):
            raise ResumeMismatchError("cases", "a list without it", case, path)
    # What is set on either side, in the order of now.
    for name in dict.fromkeys((*now, *recorded)):
        # As JSON gives it back: a tuple is a list there.
        value = json.loads(json.dumps(now.get(name)))
        if recorded.get(name) != value:
            if name == "cases":
                gone = [case for case in recorded[name] if case not in value]
                raise ResumeMismatchError(
                    name, gone[0] if gone else "in another order", "a list without it", path
                )
            raise ResumeMismatchError(name, recorded.get(name), value, path)


def _run(plan: Plan, status: str) -> dict[str, Any]:
    return {"status": status, "plan": plan.to_json()}


def _document(plan: Plan, trials: Mapping[str, Trial], status: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "method": "pairs",
        "verdict": None,
        "exit_code": _NO_VERDICT,
        "base": plan.base,
        "head": plan.head,
        "notes": [],
        "warnings": [],
        "run": _run(plan, status),
        "data": {
            "unit": "s",
            "seed": plan.seed,
            "pairs": {case: trial.to_json() for case, trial in trials.items()},
        },
        "cases": [],
    }
