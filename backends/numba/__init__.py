"""The ``numba`` backend: Python compiled just in time, as a scientist would write it first."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from zkmark.backends.base import Backend, BackendStatus
from zkmark.backends.threads import available_threads, check_threads


class NumbaBackend(Backend):
    """Runs Numba-compiled kernels on ``threads`` threads."""

    name = "numba"

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(check_threads(threads))

    @classmethod
    def status(cls) -> BackendStatus:
        """Say whether Numba is installed (it is not imported: that takes half a second)."""
        if find_spec("numba") is None:
            return BackendStatus(
                cls.name, False, reason="Numba is not installed; run `pip install numba`"
            )
        from importlib.metadata import version

        return BackendStatus(
            cls.name, True, device=f"Numba {version('numba')}, {available_threads()} threads"
        )

    def activate(self) -> None:
        """Set Numba's thread count."""
        import numba

        numba.set_num_threads(self.threads)

    def describe(self) -> dict[str, Any]:
        """Return threads and Numba's version."""
        import numba

        return {"threads": self.threads, "numba": numba.__version__}
