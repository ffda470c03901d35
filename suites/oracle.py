"""The expected output of a case: what every measured process must reproduce.

Small cases: the reference, computed in a process of its own. Others: the first trusted
implementation (``cpu``, then ``numba``, then what is being measured) whose output holds to the
case's own check, which does not trust whatever made the output. Everything runs in workers: a crash
here costs nothing but the next candidate's turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zkmark.backends import backend_kind
from zkmark.suites.jobs import case_to_json
from zkmark.suites.settings import Settings
from zkmark.suites.suite import CaseGroup, Contender
from zkmark.suites.worker_process import Outcome, run_job

# Input that takes longer to make than this is kept on disk for the case's other processes.
_KEEP_FROM_SECONDS = 0.05
_TRUSTED = (Contender("cpu"), Contender("numba"))


@dataclass
class Expected:
    """What is known of a case before it is timed.

    ``digest``: the expected output's, ``None`` when nothing could say; then ``problem`` tells why.
    ``input``: the folder with the kept input, if it is kept. ``wrong``: contenders whose output
    failed the case's own check, by label, with what was wrong. ``input_problem``: why there is no
    input at all.
    """

    digest: str | None = None
    method: str | None = None
    input: str | None = None
    wrong: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    input_problem: str | None = None


class Oracle:
    """Finds expected outputs; ``folder`` is a temporary folder for kept input."""

    def __init__(
        self, settings: Settings, seed: int, folder: Path, plugins: Sequence[str] = ()
    ) -> None:
        self.settings = settings
        self.seed = seed
        self.folder = folder
        self.plugins = plugins

    def expect(self, group: CaseGroup) -> Expected:
        """Make the input of a case and find its expected output."""
        by_reference = group.case.reference_seconds <= self.settings.reference_limit
        made = self._make_input(group, by_reference)
        if by_reference and made.answer is None:
            made = self._make_input(group, False)
        if made.answer is None:
            return Expected(input_problem=f"the input could not be made: {made.reason}")
        expected = Expected(input=str(self.folder) if made.answer["kept"] else None)
        if "digest" in made.answer:
            expected.digest, expected.method = made.answer["digest"], group.case.reference_method
            return expected
        tried: list[str] = []
        own = [c for c in group.contenders if c.backend != "reference"]
        # Simulations take their time: only when nothing else can say.
        own.sort(key=lambda c: backend_kind(c.backend) == "modelled")
        for contender in dict.fromkeys((*_TRUSTED, *own)):
            outcome = self.judge(group, contender, expected.input)
            if outcome.answer is None:
                if outcome.status != "unsupported":
                    tried.append(f"{contender.label}: {outcome.reason}")
            elif outcome.answer["ok"]:
                expected.digest, expected.method = (
                    outcome.answer["digest"],
                    outcome.answer["method"],
                )
                return expected
            else:
                detail = outcome.answer["detail"] or f"it fails: {outcome.answer['method']}"
                expected.wrong[contender.label] = detail
                tried.append(f"{contender.label}: {detail}")
        why = "; ".join(tried) or "no implementation runs it here"
        expected.problem = f"no trusted output to compare with ({why})"
        return expected

    def judge(self, group: CaseGroup, contender: Contender, input_folder: str | None) -> Outcome:
        """Compute a case once on a contender and judge the output by the case's own check."""
        return self._run(
            group, job="judge", contender=contender.to_json(), input=input_folder, threads=None
        )

    def _make_input(self, group: CaseGroup, by_reference: bool) -> Outcome:
        return self._run(
            group,
            job="make_input",
            reference=by_reference,
            folder=str(self.folder),
            keep_from_seconds=_KEEP_FROM_SECONDS,
        )

    def _run(self, group: CaseGroup, **job: Any) -> Outcome:
        whole = {"case": case_to_json(group.case), "seed": self.seed, **job}
        return run_job(whole, self.settings.timeout, self.plugins)
