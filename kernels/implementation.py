"""What an implementation is: one way to compute a case on one backend, in timed steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.work import Work

# One step of a procedure: takes what the step before it made.
Step = Callable[[Any], Any]


class Procedure(ABC):
    """A case prepared for one backend, as steps that are timed apart, one after another.

    ``phases`` names the steps; ``core`` is the one of them in which the backend does its work.
    """

    phases: ClassVar[tuple[str, ...]]
    core: ClassVar[str]

    @abstractmethod
    def steps(self) -> tuple[Step, ...]:
        """Return the steps: the first takes the inputs, the last gives the output as an array."""

    def run(self, inputs: Inputs) -> Array:
        """Take all steps and return the output. Inputs are not validated."""
        value: Any = inputs
        for step in self.steps():
            value = step(value)
        output: Array = value
        return output

    def clock(self, backend: Backend) -> str:
        """Name the clock that the core is timed by: the host's unless the steps read another."""
        return "host"

    def timed(self, inputs: Inputs, times: int) -> tuple[tuple[float, ...], Array] | None:
        """Take all steps some times by a clock of their own.

        Returns the mean seconds of each phase and the last output, or ``None`` where there is no
        such clock and the host's is to time the steps.
        """
        return None

    def ranked_phase(self, backend: Backend) -> str:
        """Name the phase that compares with that of others."""
        return "total"

    def peak_bytes(self) -> int | None:
        """Return the most memory that another process held for this; ``None`` without one."""
        return None

    def differences(self) -> list[str]:
        """Say in what the case as computed differs from the case as defined, a sentence each.

        Asked for after a run; the output is right all the same.
        """
        return []

    def details(self, inputs: Inputs) -> dict[str, Any] | None:
        """Return what a result document keeps of a whole program's run; ``None`` for a kernel.

        Asked for after the timed runs; it may run once more to see more.
        """
        return None


class Plan(Procedure):
    """A kernel's case prepared: twiddles made, code compiled, buffers allocated.

    What a user waits for is upload + compute + download. What the device does alone is compute. A
    prover that feeds one kernel's output to the next keeps what ``compute`` returns on the device.
    """

    phases = ("upload", "compute", "download")
    core = "compute"

    def steps(self) -> tuple[Step, ...]:
        """Return upload, compute, download."""
        return self.upload, self.compute, self.download

    def clock(self, backend: Backend) -> str:
        """Name the backend's own clock, which ``timed_compute`` reads."""
        return backend.clock

    def ranked_phase(self, backend: Backend) -> str:
        """Name the backend's: a device's own clock may time compute alone."""
        return backend.ranked_phase

    @abstractmethod
    def upload(self, inputs: Inputs) -> Any:
        """Bring canonical input to the device in the form that it computes on.

        Counts everything that stands between a user's arrays and the kernel: copies, conversion to
        Montgomery form, reordering. Does not validate; ``run_case`` and ``Case.validate`` do.
        """

    @abstractmethod
    def compute(self, uploaded: Any) -> Any:
        """Run the kernel on the device; called again on the same upload, it gives the same."""

    def timed_compute(self, uploaded: Any, times: int) -> tuple[Any, float]:
        """Run the kernel some times in a row; return the last result and the seconds of one run.

        Only asked for where the backend's clock is not the host's: the seconds are the device's
        own, by that clock.
        """
        raise NotImplementedError(f"{type(self).__name__} has no clock of its own")

    @abstractmethod
    def download(self, result: Any) -> Array:
        """Bring the result back as a canonical NumPy array."""


class Implementation(ABC):
    """One way to compute one kernel's cases on one backend."""

    id: ClassVar[str]
    backend: ClassVar[str]
    kernel: str

    @abstractmethod
    def unsupported(self, case: Case) -> str | None:
        """Say in one sentence why it cannot compute this case; ``None`` when it can."""

    def unsupported_on(self, case: Case, backend: Backend) -> str | None:
        """Say why this one device cannot compute a case that others could: its memory, mostly."""
        return None

    @abstractmethod
    def plan(self, case: Case, backend: Backend) -> Procedure:
        """Prepare a case. Calls ``backend.activate()`` first."""

    def path(self, case: Case, backend: Backend) -> str:
        """Name the code path that runs, as reports show it (``cpu/avx2``); else ``id``."""
        return self.id

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the operations of one ``compute`` on this path, or say why it does not know."""
        return f"zkmark does not know which instructions {self.id} spends on a case"


class ReferencePlan(Plan):
    """The definition itself: nothing is prepared, nothing is moved."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def upload(self, inputs: Inputs) -> Inputs:
        """Return the inputs as they are."""
        return inputs

    def compute(self, uploaded: Inputs) -> Array:
        """Compute the case from its definition."""
        return self.case.reference(uploaded)

    def download(self, result: Array) -> Array:
        """Return the result as it is."""
        return result


class ReferenceImplementation(Implementation):
    """Any kernel by its definition. ``kernels/<kernel>/reference.py`` lists one of these."""

    id = "reference"
    backend = "reference"

    def __init__(self, kernel: str) -> None:
        self.kernel = kernel

    def unsupported(self, case: Case) -> str | None:
        """Return ``None``: a definition computes everything, given time."""
        return None

    def plan(self, case: Case, backend: Backend) -> Plan:
        """Wrap the case's own definition."""
        return ReferencePlan(case)

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Say that it has no count."""
        return "the reference computes in Python integers, whose instructions nobody counts"


# Packages of the cases that stand elsewhere than in kernels/<kernel>: higher floors add theirs.
PACKAGES: dict[str, str] = {}


# For each kernel and backend, the module whose IMPLEMENTATIONS lists the ways to compute it. The
# path is the rule: kernels/<kernel>/<backend>. The first one is the default.
def _module_of(kernel: str, backend: str) -> str:
    return f"{PACKAGES.get(kernel, f'zkmark.kernels.{kernel}')}.{backend}"


def implementations_of(kernel: str, backend: str) -> list[Implementation]:
    """Return the implementations of a kernel on a backend, the default first; maybe none."""
    from importlib.util import find_spec

    name = _module_of(kernel, backend)
    if find_spec(name) is None:
        return []
    found = getattr(import_module(name), "IMPLEMENTATIONS", [])
    return list(found)


def find_implementation(
    case: Case, backend: str, implementation: str | None = None
) -> Implementation:
    """Return the implementation of a case on a backend, the default or the one with the given id.

    Raises ``ValueError`` with the reason if there is none.
    """
    candidates = implementations_of(case.kernel, backend)
    if implementation is not None:
        candidates = [c for c in candidates if c.id == implementation]
        if not candidates:
            raise ValueError(f"implementation: {implementation!r} is not one of backend {backend}")
    if not candidates:
        raise ValueError(f"backend {backend} has no implementation of {case.kernel}")
    reasons = []
    for candidate in candidates:
        reason = candidate.unsupported(case)
        if reason is None:
            return candidate
        reasons.append(reason)
    raise ValueError(f"backend {backend} cannot compute {case.slug}: {reasons[0]}")


def open_implementation(
    case: Case, backend: Backend, implementation: str | None = None
) -> Implementation:
    """Return the implementation of a case for a ready backend.

    Raises ``ValueError`` with the reason if there is none, or if its device cannot compute this
    case.
    """
    found = find_implementation(case, backend.name, implementation)
    reason = found.unsupported_on(case, backend)
    if reason is not None:
        raise ValueError(f"backend {backend.name} cannot compute {case.slug}: {reason}")
    return found


def run_case(
    case: Case, inputs: Inputs, backend: Backend, implementation: str | None = None
) -> Array:
    """Validate the inputs, compute the case on a backend and return the output.

    Raises ``ValueError`` for bad input before any device work starts.
    """
    case.validate(inputs)
    return open_implementation(case, backend, implementation).plan(case, backend).run(inputs)
