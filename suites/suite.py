"""What a suite is: cases, the contenders that run each of them, and how to measure them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zkmark.kernels.case import Case
from zkmark.kernels.implementation import implementations_of
from zkmark.suites.settings import Settings

# In a suite file: every backend that runs here and has the kernel, but neither the slow reference
# nor other people's libraries, nor what is modelled and not measured.
AVAILABLE = "available"
PEER = "peer"
NOT_AVAILABLE = ("reference", PEER)


@dataclass(frozen=True)
class Contender:
    """One way to run a case: a backend, perhaps a certain implementation, perhaps with options.

    ``options`` are the backend's own (``threads``, ``isa``, ``device``, ``board``), as sorted
    pairs. ``optional``: where it cannot compute a case, it is left out of that case and not
    reported as unsupported.
    """

    backend: str
    implementation: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    optional: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        """Return the backend's name, with what the suite sets in brackets: ``cpu[threads=1]``.

        A board stands behind an @: ``fpga@u55c``.
        """
        name, extra = self.backend, []
        options = dict(self.options)
        board = options.pop("board", None)
        if self.implementation is not None:
            # The id of a peer begins with its backend's name and says all.
            if self.implementation.startswith(f"{self.backend}/"):
                name = self.implementation
            else:
                extra.append(self.implementation)
        if board is not None:
            name += f"@{board}"
        extra += [f"{option}={value}" for option, value in options.items()]
        return f"{name}[{', '.join(extra)}]" if extra else name

    def to_json(self) -> dict[str, Any]:
        """Return the form that goes to a worker."""
        return {
            "backend": self.backend,
            "implementation": self.implementation,
            "options": dict(self.options),
        }


@dataclass(frozen=True)
class CaseGroup:
    """One case and the contenders that are measured side by side on it.

    ``target``: the ratio of zkmark's time to the best peer's that is aimed for.
    """

    case: Case
    contenders: tuple[Contender, ...]
    target: float | None = None


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

        ``fields``, ``curves`` and ``hashes`` each ask for cases of the kernels that have such a
        parameter: with ``fields`` alone, only NTTs over these are left, with ``fields`` and
        ``hashes`` the trees of these hashes too. ``sizes`` are numbers of elements, points or
        leaves.
        """

        def matches(case: Case) -> bool:
            parameters = case.parameters()
            asked = {
                name: ids
                for name, ids in (("field", fields), ("curve", curves), ("hash", hashes))
                if ids is not None
            }
            # Of what the case has, everything asked for must match; of what was asked for, the
            # case must have something.
            answers = [parameters[name] in ids for name, ids in asked.items() if name in parameters]
            return (
                (kernels is None or case.kernel in kernels)
                and (not asked or (bool(answers) and all(answers)))
                and (sizes is None or case_size(case) in sizes)
            )

        def kept(contender: Contender) -> bool:
            return backends is None or contender.backend in backends

        return self._filtered(matches, kept)

    def _filtered(
        self, matches: Callable[[Case], bool], kept: Callable[[Contender], bool]
    ) -> Suite:
        groups = [
            replace(group, contenders=tuple(c for c in group.contenders if kept(c)))
            for group in self.groups
            if matches(group.case)
        ]
        return replace(self, groups=tuple(g for g in groups if g.contenders))

    def with_settings(self, **changes: Any) -> Suite:
        """Return the suite with some settings changed; those given as ``None`` stay.

        Raises ``ValueError`` for a value out of its range.
        """
        return replace(self, settings=self.settings.with_changes(**changes))

    def with_threads(self, threads: int | None) -> Suite:
        """Return the suite on a number of threads, whatever it says itself; ``None``: unchanged."""
        if threads is None:
            return self

        def on_threads(contender: Contender) -> Contender:
            if "threads" not in dict(contender.options):
                return contender
            options = {**dict(contender.options), "threads": threads}
            return replace(contender, options=tuple(sorted(options.items())))

        groups = tuple(
            replace(group, contenders=tuple(dict.fromkeys(map(on_threads, group.contenders))))
            for group in self.groups
        )
        return replace(self, groups=groups).with_settings(threads=threads)

    def with_scale(self, scale: int | None) -> Suite:
        """Return the suite with its workloads so many times larger; ``None``: unchanged.

        Raises ``ValueError`` for a suite without workloads, and for a scale that one cannot have.
        """
        if scale is None:
            return self

        def scaled(case: Case) -> Case:
            parameters = case.parameters()
            if "scale" not in parameters:
                return case
            return type(case).from_parameters({**parameters, "scale": parameters["scale"] * scale})

        if all("scale" not in group.case.parameters() for group in self.groups):
            raise ValueError(f"scale: got {scale}, and the suite {self.name} has no workloads")
        groups = tuple(replace(group, case=scaled(group.case)) for group in self.groups)
        return replace(self, groups=groups)

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


def group_cases(
    pairs: list[tuple[Case, list[Contender]]], targets: Mapping[Case, float] | None = None
) -> tuple[CaseGroup, ...]:
    """Join equal cases, keep the order, and drop contenders that are there twice."""
    joined: dict[Case, dict[Contender, Contender]] = {}
    for case, contenders in pairs:
        known = joined.setdefault(case, {})
        for contender in contenders:
            # Asked for by name weighs more than swept in with all that is available.
            if contender not in known or not contender.optional:
                known[contender] = contender
    aims = targets or {}
    return tuple(
        CaseGroup(case, tuple(known.values()), aims.get(case)) for case, known in joined.items()
    )


def expanded(contender: Contender, kernel: str) -> list[Contender]:
    """Return what a contender stands for: on the backend ``peer``, every library with the kernel.

    Any other backend's implementations are choices of its own, of which the first is meant. What a
    library lacks, and peers that are not built, are left out of a case.
    """
    if contender.backend != PEER or contender.implementation is not None:
        return [contender]
    return [
        replace(contender, implementation=one.id, optional=True)
        for one in implementations_of(kernel, PEER)
    ]
