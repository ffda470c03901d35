"""What the kernels on simulated FPGA designs share: plans that simulate, and the model of time.

Designs stand in ``kernels/<family>/rtl``, registrations in ``kernels/<kernel>/fpga``.

A simulation gives cycles, which are exact. Seconds are modelled: the longest of compute (cycles of
one instance, shared out to as many as fit the board, by the design's clock), external memory (bytes
by the board's bandwidth) and PCIe (the larger of both directions), which overlap when cases follow
one another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zkmark.backends.base import Backend
from zkmark.backends.fpga import FpgaBackend
from zkmark.backends.fpga.design import Design
from zkmark.hardware_profiles.boards import Board, board
from zkmark.kernels.case import Array, Case, Inputs, WrongOutputError
from zkmark.kernels.fpga_resources import MOST_UTILISATION, Fit, clock_on, fit
from zkmark.kernels.implementation import Implementation, Plan

# A formula that simulated sizes miss by more is not used for others.
MOST_DEVIATION = 0.01


@dataclass
class Simulated:
    """What simulating a case gave.

    ``result`` is what ``download`` makes the output of. ``external_bytes`` went through the board's
    memory, ``bytes_in`` and ``bytes_out`` over PCIe. ``seconds`` are those of the simulation.
    """

    result: Any
    cycles: int
    bytes_in: int
    bytes_out: int
    external_bytes: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class FpgaPlan(Plan, ABC):
    """A case on one instance of a design; ``compute`` simulates it, input to output.

    ``board`` gives the memory channel that the instance has.
    """

    def __init__(self, case: Any, design: Design, on: Board) -> None:
        from zkmark.backends.fpga.simulation import Simulator

        self.case = case
        self.design = design
        self.board = on
        self.simulator = Simulator(design)

    @abstractmethod
    def compute(self, uploaded: Any) -> Simulated:
        """Simulate the design on what ``upload`` made."""

    @abstractmethod
    def download(self, result: Simulated) -> Array:
        """Return the output."""


@dataclass(frozen=True)
class Comparison:
    """A size that was simulated, and what the formula says of it."""

    slug: str
    simulated: int
    formula: int

    @property
    def deviation(self) -> float:
        """How far the formula is off, of the simulated cycles."""
        return self.formula / self.simulated - 1


@dataclass(frozen=True)
class Modelled:
    """The modelled time of a case on a board, and everything it is made of.

    ``cycles`` are those of one instance that does the whole case: ``simulated``, or
    ``extrapolated`` by a formula that the sizes in ``compared`` fit; then there is no ``output``.
    ``terms``: seconds of ``compute``, ``external-memory`` and ``pcie``, of which the longest is
    ``seconds``. ``instances`` share the work; ``fit`` says why so many, or why it is one.
    """

    design: str
    board: str
    cycles: int
    cycles_are: str
    clock_hertz: float
    clock_source: str
    instances: int
    fit: str
    terms: Mapping[str, float]
    bytes_in: int
    bytes_out: int
    external_bytes: int
    counters: Mapping[str, int]
    simulation_seconds: float
    compared: tuple[Comparison, ...] = ()
    output: Array | None = None

    @property
    def seconds(self) -> float:
        """The longest term."""
        return max(self.terms.values())

    @property
    def bound(self) -> str:
        """Which term it is."""
        return max(self.terms, key=lambda name: self.terms[name])


class FpgaImplementation(Implementation):
    """A kernel on one kind of design.

    Subclasses say of a case which design computes it, how its plan is made, and what larger cases
    are extrapolated from.
    """

    backend = "fpga"

    @abstractmethod
    def design(self, case: Any) -> Design:
        """Return the design that computes a case."""

    @abstractmethod
    def make(self, case: Any, on: Board) -> FpgaPlan:
        """Prepare a case on one instance."""

    def simulated_instead(self, case: Any) -> list[Any]:
        """Return the smaller cases whose cycles stand for one too long to simulate; else none."""
        return []

    def formula(self, case: Any, on: Board) -> Simulated:
        """Return cycles and bytes by the design's formula; its ``result`` is ``None``."""
        raise NotImplementedError(f"{self.id} has no formula of its cycles")

    def most_instances(self, case: Any) -> int:
        """Return how many instances can share the case's work evenly."""
        return 1

    def shared(self, case: Any, on: Board, found: Simulated, instances: int) -> float:
        """Return the cycles of the busiest of so many instances, of the ``found`` ones of one.

        An even share, unless a design's formula knows better.
        """
        return found.cycles / instances

    def unsupported_on(self, case: Case, backend: Backend) -> str | None:
        """Say whether the backend's board is in the catalogue."""
        assert isinstance(backend, FpgaBackend)
        try:
            board(backend.board)
        except ValueError as error:
            return str(error)
        return None

    def plan(self, case: Case, backend: Backend) -> FpgaPlan:
        """Build the design, unless it is in the cache."""
        assert isinstance(backend, FpgaBackend)
        if instead := self.simulated_instead(case):
            raise ValueError(
                f"{case.slug} is too long to simulate; the largest that is simulated is "
                f"{instead[-1].slug}, and `zkmark bench` extrapolates from it"
            )
        return self.make(case, board(backend.board))

    def path(self, case: Case, backend: Backend) -> str:
        """Name the design: ``fpga/ntt-goldilocks-8``."""
        return f"fpga/{self.design(case).name}"

    def build(self, case: Case) -> None:
        """Build every design that ``model`` will simulate, unless it is in the cache."""
        from zkmark.backends.fpga.build import build_design

        for one in self.simulated_instead(case) or [case]:
            build_design(self.design(one))

    def model(self, case: Case, inputs: Inputs | None, backend: Backend, seed: int) -> Modelled:
        """Simulate a case, or smaller ones of its kind, and model its time on the backend's board.

        ``inputs`` are the case's own, ``None`` for one that is extrapolated. Raises
        ``WrongOutputError`` when a smaller case's output is wrong, and ``ValueError`` when its
        cycles miss the formula.
        """
        assert isinstance(backend, FpgaBackend)
        on = board(backend.board)
        instead = self.simulated_instead(case)
        if instead:
            compared, seconds = self._compare(instead, on, seed)
            found, output = self.formula(case, on), None
            found.seconds = seconds
        else:
            assert inputs is not None
            plan = self.make(case, on)
            found = plan.compute(plan.upload(inputs))
            compared, output = (), plan.download(found)
        return self._modelled(case, on, found, compared, output)

    def _compare(
        self, cases: list[Any], on: Board, seed: int
    ) -> tuple[tuple[Comparison, ...], float]:
        compared, seconds = [], 0.0
        for case in cases:
            plan = self.make(case, on)
            inputs = case.make_input(seed)
            found = plan.compute(plan.upload(inputs))
            verdict = case.check(inputs, plan.download(found), seed)
            if not verdict.ok:
                raise WrongOutputError(f"{case.slug}: the output is wrong: {verdict.detail}")
            one = Comparison(case.slug, found.cycles, self.formula(case, on).cycles)
            if abs(one.deviation) > MOST_DEVIATION:
                raise ValueError(
                    f"{case.slug} took {one.simulated} cycles and the formula says {one.formula}: "
                    f"more than {MOST_DEVIATION:.0%} apart, so that larger cases stay unknown"
                )
            compared.append(one)
            seconds += found.seconds
        return tuple(compared), seconds

    def _modelled(
        self,
        case: Any,
        on: Board,
        found: Simulated,
        compared: tuple[Comparison, ...],
        output: Array | None,
    ) -> Modelled:
        design = self.design(case)
        clock = clock_on(design, on)
        room = fit(design, on)
        if isinstance(room, Fit):
            instances = max(1, min(room.instances, self.most_instances(case)))
            limit = f"at {MOST_UTILISATION:.0%}, limited by {room.limit.upper()}"
            text = (
                f"{room.instances} fit {limit}" if room.instances else f"1, and none fits {limit}"
            )
        else:
            instances, text = 1, room
        terms = {"compute": self.shared(case, on, found, instances) / clock.hertz}
        if found.external_bytes and on.memory is not None:
            rate = on.memory.bytes_per_second * on.memory.efficiency
            terms["external-memory"] = found.external_bytes / rate
        if on.pcie_bytes_per_second is not None:
            terms["pcie"] = max(found.bytes_in, found.bytes_out) / on.pcie_bytes_per_second
        return Modelled(
            design=design.name,
            board=on.id,
            cycles=found.cycles,
            cycles_are="extrapolated" if compared else "simulated",
            clock_hertz=clock.hertz,
            clock_source=clock.source,
            instances=instances,
            fit=text,
            terms=terms,
            bytes_in=found.bytes_in,
            bytes_out=found.bytes_out,
            external_bytes=found.external_bytes,
            counters=dict(found.counters),
            simulation_seconds=found.seconds,
            compared=compared,
            output=output,
        )


def designs() -> dict[str, Design]:
    """Return every design of every family by its name: what is tested, synthesised and reported.

    Each family's package ``kernels/<family>/rtl`` has a function ``designs``.
    """
    from importlib import import_module

    found: dict[str, Design] = {}
    for folder in sorted(Path(__file__).parent.iterdir()):
        if (folder / "rtl" / "__init__.py").exists():
            family = import_module(f"zkmark.kernels.{folder.name}.rtl")
            found |= {design.name: design for design in family.designs()}
    return found
