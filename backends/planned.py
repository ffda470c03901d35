"""Backends that have a place in the design and no kernels in this version yet."""

from __future__ import annotations

from zkmark.backends.base import Backend, BackendStatus


class PlannedBackend(Backend):
    """Says that it has no kernels yet; cannot be made."""

    device_class = ""

    @classmethod
    def status(cls) -> BackendStatus:
        """Say that this version has no kernels for it."""
        return BackendStatus(
            cls.name,
            False,
            reason=f"this version has no kernels for {cls.device_class} yet; "
            "see the roadmap in CHANGELOG.md",
        )

    def activate(self) -> None:
        """Never reached: ``get_backend`` refuses before it makes one."""
        raise NotImplementedError
