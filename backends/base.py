"""What every backend is: a device that can be asked for, described and timed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal


class BackendUnavailableError(RuntimeError):
    """A backend was asked for that cannot run on this machine; the text says why and what to do."""


@dataclass(frozen=True)
class BackendStatus:
    """Whether a backend can run here.

    ``reason`` is ``None`` when it can, else one sentence with the command or step that would fix
    it. ``device`` names the device as a person would (``AMD EPYC, 2 threads``).
    """

    name: str
    available: bool
    device: str | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Backend(ABC):
    """One device (or pool of processors), ready to run kernels.

    ``clock`` names the clock that ``compute`` is timed by: ``host``, or a device's own
    (``device-event``, ``simulated-cycles``, ``peer``), which its plans read in ``timed_compute``.
    ``threads`` is the number of host threads that its kernels may use. ``ranked_phase`` is the
    phase that compares with other backends: ``total`` unless reaching the device is an artefact of
    zkmark and no part of what a user waits for; then only ``compute`` is kept.
    ``in_this_process``: whether kernels use this process's memory, so that its peak tells theirs.
    ``kind``: ``measured``, or ``modelled`` where no device runs and seconds follow from a model;
    the two never share a ranking.
    """

    name: ClassVar[str]
    clock: ClassVar[str] = "host"
    ranked_phase: ClassVar[Literal["total", "compute"]] = "total"
    kind: ClassVar[Literal["measured", "modelled"]] = "measured"
    in_this_process: ClassVar[bool] = True

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    @classmethod
    @abstractmethod
    def status(cls) -> BackendStatus:
        """Say whether this backend can run here; never raises."""

    @abstractmethod
    def activate(self) -> None:
        """Make this backend's threads, instruction set and device the process's current ones.

        Called before kernels run; cheap.
        """

    def synchronize(self) -> None:  # noqa: B027 - most devices compute before they return
        """Wait until all launched work is done."""

    def gpu_address(self) -> str | None:
        """Return the PCI address of the NVIDIA GPU that it computes on, if it does on one."""
        return None

    def device_peak_bytes(self) -> int | None:
        """Return the most bytes held on the device so far; ``None``: it has no memory of its own.

        Counted is what kernels were given, since the process began.
        """
        return None

    def describe(self) -> dict[str, Any]:
        """Return the settings that results record: threads, instruction set, versions."""
        return {"threads": self.threads}
