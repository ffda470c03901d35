"""The ``cpu`` backend: native C++ kernels on the host's processors."""

from __future__ import annotations

from typing import Any

from zkmark.backends.base import Backend, BackendStatus
from zkmark.backends.threads import available_threads, check_threads


class CpuBackend(Backend):
    """Runs native kernels on ``threads`` threads with instruction sets up to ``isa``."""

    name = "cpu"

    def __init__(self, threads: int | None = None, isa: str | None = None) -> None:
        super().__init__(check_threads(threads))
        from zkmark import _native

        levels = _native.isa_levels()
        self.isa = levels[-1] if isa is None else isa
        if self.isa not in levels:
            raise ValueError(f"isa: got {isa!r}, want one of {', '.join(levels)} on this machine")

    @classmethod
    def status(cls) -> BackendStatus:
        """Say whether the native extension loads, and what it found."""
        try:
            from zkmark import _native
        except ImportError as error:
            return BackendStatus(
                cls.name,
                False,
                reason=f"the native extension does not load ({error}); "
                "run `pip install --force-reinstall .`",
            )
        levels = _native.isa_levels()
        return BackendStatus(
            cls.name,
            True,
            device=f"{available_threads()} threads, {levels[-1]}",
            details={"isa_levels": levels, "sha_extensions": _native.has_sha_extensions()},
        )

    def activate(self) -> None:
        """Set the native thread count and instruction-set level of this process."""
        from zkmark import _native

        _native.set_thread_count(self.threads)
        _native.set_isa_allowed(self.isa)

    def describe(self) -> dict[str, Any]:
        """Return threads and instruction-set level."""
        return {"threads": self.threads, "isa": self.isa}
