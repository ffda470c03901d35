"""The ``reference`` backend: plain Python integers on one thread."""

from __future__ import annotations

import platform

from zkmark.backends.base import Backend, BackendStatus


class ReferenceBackend(Backend):
    """Runs the definitions themselves, in Python integers. Always there, always slow."""

    name = "reference"

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(1)  # one thread whatever is asked for: the definitions are sequential

    @classmethod
    def status(cls) -> BackendStatus:
        """Say that it is available: it needs Python alone."""
        return BackendStatus(
            cls.name, True, device=f"{platform.python_implementation()} {platform.python_version()}"
        )

    def activate(self) -> None:
        """Do nothing: there are no settings."""
