"""What a suite is: cases, the contenders that run each of them, and how to measure them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zkmark.kernels.case import Case
from zkmark.suites.settings import Settings

# In a suite file: every backend that runs here and has the kernel, but not the slow reference.
AVAILABLE = "available"


@dataclass(frozen=True)
class Contender:
    """One way to run a case: a backend, perhaps a certain implementation, perhaps with options.

    ``options`` are the backend's own (``threads``, ``isa``), as sorted pairs. ``optional``: where
    it cannot compute a case, it is left out of that case and not reported as unsupported.
    """

    backend: str
    implementation: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    optional: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        """Return the backend's name, with what the suite sets in brackets: ``cpu[threads=1]``."""
        extra = [] if self.implementation is None else [self.implementation]
        extra += [f"{name}={value}" for name, value in self.options]
        return f"{self.backend}[{', '.join(extra)}]" if extra else self.backend

    def to_json(self) -> dict[str, Any]:
        """Return the form that goes to a worker."""
        return {
            "backend": self.backend,
            "implementation": self.implementation,
            "options": dict(self.options),
        }


@dataclass(frozen=True)
class CaseGroup:
    """One case and the contenders that are measured side by side on it."""

    case: Case
    contenders: tuple[Contender, ...]


@dataclass(frozen=True)
class Suite:
    """A named list of cases. ``source`` is the file that it came from, if any."""

    name: str
    groups: tuple[CaseGroup, ...]
    settings: Settings = field(default_factory=Settings)
    description: str = ""
    source: Path | None = None

    def select(
        self,
        *,
        backends: Collection[str] | None = None,
        kernels: Collection[str] | None = None,
        fields: Collection[str] | None = None,
        curves: Collection[str] | None = None,
        hashes: Collection[str] | None = None,
        sizes: Collection[int] | None = None,
    ) -> Suite:
        """Return the suite with only the cases that match; ``None`` matches everything.

        ``fields``, ``curves`` and ``hashes`` each narrow the kernels that have such a parameter and
        leave the others alone. ``sizes`` are numbers of elements, points or leaves.
        """

        def matches(case: Case) -> bool:
            parameters = case.parameters()
            wanted = (("field", fields), ("curve", curves), ("hash", hashes))
            return (
                (kernels is None or case.kernel in kernels)
                and all(
                    ids is None or name not in parameters or parameters[name] in ids
                    for name, ids in wanted
                )
                and (sizes is None or case_size(case) in sizes)
            )

        def kept(contender: Contender) -> bool:
            return backends is None or contender.backend in backends

        return self._filtered(matches, kept)

    def _filtered(
        self, matches: Callable[[Case], bool], kept: Callable[[Contender], bool]
    ) -> Suite:
        groups = [
            CaseGroup(group.case, tuple(c for c in group.contenders if kept(c)))
            for group in self.groups
            if matches(group.case)
        ]
        return replace(self, groups=tuple(g for g in groups if g.contenders))

    def with_settings(self, **changes: Any) -> Suite:
        """Return the suite with some settings changed; those given as ``None`` stay.

        Raises ``ValueError`` for a value out of its range.
        """
        return replace(self, settings=self.settings.with_changes(**changes))

    def expected_seconds(self) -> float:
        """Guess how long the whole suite takes, before anything ran."""
        contenders = sum(len(group.contenders) for group in self.groups)
        return contenders * self.settings.expected_seconds() + len(self.groups)


def case_size(case: Case) -> int | None:
    """Return a case's number of elements, points or leaves; ``None`` for a kernel without sizes."""
    parameters = case.parameters()
    if "log_size" in parameters:
        return 1 << int(parameters["log_size"])
    size = parameters.get("size")
    return size if isinstance(size, int) else None


def group_cases(pairs: list[tuple[Case, list[Contender]]]) -> tuple[CaseGroup, ...]:
    """Join equal cases, keep the order, and drop contenders that are there twice."""
    joined: dict[Case, dict[Contender, Contender]] = {}
    for case, contenders in pairs:
        known = joined.setdefault(case, {})
        for contender in contenders:
            # Asked for by name weighs more than swept in with all that is available.
            if contender not in known or not contender.optional:
                known[contender] = contender
    return tuple(CaseGroup(case, tuple(known.values())) for case, known in joined.items())
